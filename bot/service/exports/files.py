"""`bot export`: a table into a file, written down in the audit like every export of the desk."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from bot.clock import Clock
from bot.errors import Refusal
from bot.records import audit
from bot.records.audit import Actor, Entry
from bot.records.store import Store, Tx
from bot.service.exports import tables
from bot.service.exports.spreadsheets import Table, form_of, written
from bot.service.exports.tables import Wish
from bot.service.knowledge import Knowledge, Library
from bot.service.scopes import keys

_OWNER_ONLY = 0o600
_TERMINAL = Actor(None, "bot export")


def to_file(
    store: Store,
    library: Library,
    clock: Clock,
    kind: str,
    file: Path,
    mesas: Iterable[str],
    districts: Iterable[str],
    from_day: date | None,
    to_day: date | None,
    only_day: date | None,
) -> int:
    """Write the table of that kind; how many rows. Raises Refusal, and writes nothing, for what it does not know."""
    form, knowledge = form_of(file.name), library.knowledge(store.read)
    asked = {"mesas": keys(knowledge, "mesa", mesas), "districts": keys(knowledge, "district", districts)}
    wish = Wish(asked["mesas"] or None, asked["districts"] or None, from_day, to_day, only_day, with_numbers=True)
    _refuse_what_does_not_fit(kind, wish)
    table = made(store.read, knowledge, kind, wish)
    file.touch(_OWNER_ONLY)
    file.write_bytes(written(table, form))
    with store.write() as tx:
        details = filters(wish) | {"file": file.name}
        audit.write(tx, Entry(clock.new_id(), clock.now(), _TERMINAL, "exported", kind, details, len(table.rows)))
    return len(table.rows)


def made(tx: Tx, knowledge: Knowledge, kind: str, wish: Wish) -> Table:
    """The table of that kind."""
    if kind == "works":
        return tables.works(tx, knowledge)
    return tables.feedback(tx, knowledge, wish) if kind == "feedback" else tables.appointments(tx, knowledge, wish)


def filters(wish: Wish) -> dict[str, str]:
    """What was asked for, as the audit keeps it."""
    said = {
        "mesa": " ".join(wish.mesas or ()),
        "district": " ".join(wish.districts or ()),
        "since": str(wish.from_day or ""),
        "until": str(wish.to_day or ""),
        "day": str(wish.only_day or ""),
    }
    return {name: value for name, value in said.items() if value}


def _refuse_what_does_not_fit(kind: str, wish: Wish) -> None:
    for option, kinds in (("mesa", "feedback"), ("day", "feedback"), ("district", "feedback appointments")):
        if option in filters(wish) and kind not in kinds.split():
            raise Refusal(f"--{option} says nothing of {kind}.")
