"""Rows of the agenda are asked for in every turn and change a few times a week: kept by the agenda's version."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from bot.records.agenda.changes import agenda_version
from bot.records.store import Tx

T = TypeVar("T")

_VERSIONS_KEPT = 3


def by_version(read: Callable[[Tx], tuple[T, ...]]) -> Callable[[Tx], tuple[T, ...]]:
    """`read`, done once for each version of the agenda. No two databases or transactions ever make the same version,
    so that what was read in one that was undone is never found again."""
    kept: dict[int, tuple[T, ...]] = {}

    def read_once(tx: Tx) -> tuple[T, ...]:
        version = agenda_version(tx)
        if not version:  # nothing was ever written: any number of new databases are like this
            return read(tx)
        found = kept.get(version)
        if found is None:
            found = kept[version] = read(tx)
            for old in list(kept)[:-_VERSIONS_KEPT]:
                kept.pop(old, None)
        return found

    return read_once
