"""Where things are: the province's districts and comunidades, and the fairs' names, for whoever reads a message."""

from __future__ import annotations

import json
from dataclasses import dataclass

from bot.records.agenda.kept import by_version
from bot.records.agenda.rows import Comunidad, District
from bot.records.store import Tx


@dataclass(frozen=True, slots=True)
class FairName:
    """What a fair is called, without anything of when it is."""

    key: str
    name: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Every name a message can mean; a key of `districts` and one of `comunidades` are never the same."""

    districts: tuple[District, ...]
    comunidades: tuple[Comunidad, ...]
    fairs: tuple[FairName, ...]


def all_places(tx: Tx) -> Places:
    """All names and aliases, sample rows too: to understand a name is not to answer from the row."""
    named = tx.all("SELECT key, name, aliases FROM fairs ORDER BY key")
    fairs = tuple(FairName(row["key"], row["name"], tuple(json.loads(row["aliases"]))) for row in named)
    return Places(tuple(districts(tx)), tuple(comunidades(tx)), fairs)


def districts(tx: Tx) -> list[District]:
    """The districts in INEI order."""
    return list(_districts(tx))


@by_version
def _districts(tx: Tx) -> tuple[District, ...]:
    return tuple(
        District(
            row["key"],
            row["name"],
            row["ubigeo"],
            tuple(json.loads(row["aliases"])),
            tuple(json.loads(row["neighbours"])),
        )
        for row in tx.all("SELECT key, name, ubigeo, aliases, neighbours FROM districts ORDER BY position")
    )


def comunidades(tx: Tx) -> list[Comunidad]:
    """The comunidades by name, sample rows marked."""
    return list(_comunidades(tx))


@by_version
def _comunidades(tx: Tx) -> tuple[Comunidad, ...]:
    return tuple(
        Comunidad(row["key"], row["name"], row["district"], tuple(json.loads(row["aliases"])), bool(row["is_sample"]))
        for row in tx.all("SELECT key, name, district, aliases, is_sample FROM comunidades ORDER BY name, key")
    )
