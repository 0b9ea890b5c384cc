"""`bot import`: what staff keep in a spreadsheet becomes the agenda's rows, all of them or none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.errors import Refusal
from bot.records import agenda
from bot.records.agenda import Campaign, Occupied
from bot.records.audit import Actor
from bot.records.store import Store, Tx
from bot.service.agenda.changes import AgendaChanges
from bot.service.appointments import days
from bot.service.appointments.changes import Changes, Shortage, Touched
from bot.service.content import Content
from bot.service.imports import tables
from bot.service.imports.kinds import KINDS, Kind, Reader
from bot.service.imports.known import gather
from bot.service.imports.tables import RowError

__all__ = ["KINDS", "Report", "RowError", "Sheet", "check", "load", "occupied", "run", "write"]


TERMINAL = Actor(None, "bot import")
"""Whoever has a shell on the server."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as rows of one kind, with what is wrong with it as a table."""

    kind: str
    rows: tuple[tables.Row, ...]
    errors: tuple[RowError, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did, or would do: counts of records by key; with any error nothing is written.

    `told` and `unreachable` are people with an appointment on a day that it changed.
    """

    kind: str
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    samples_removed: int = 0
    errors: tuple[RowError, ...] = ()
    applied: bool = False
    told: int = 0
    unreachable: int = 0

    def lines(self) -> list[str]:
        """The report as staff read it: one line for each error, or one sentence."""
        if self.errors:
            return [*map(str, self.errors), f"{len(self.errors)} errors: nothing was written."]
        done = "Written" if self.applied else "A dry run, nothing was written (--apply writes)"
        counts = f"{self.new} new, {self.changed} changed, {self.unchanged} unchanged"
        samples = f", {self.samples_removed} sample rows removed" if self.samples_removed else ""
        return [f"{done}: {self.kind}: {counts}{samples}.", *self._touched()]

    def _touched(self) -> list[str]:
        if not self.told and not self.unreachable:
            return []
        call = f" {self.unreachable} are reached by no message: call them (Citas, at the desk)." * bool(
            self.unreachable
        )
        return [f"People with an appointment on a changed day: {self.told} are told.{call}"]


def run(store: Store, content: Content, kind: str, path: Path, apply: bool, clock: Clock | None = None) -> Report:
    """Check a .csv or .xlsx file against the database, and write it when `apply` is set and nothing is wrong.

    `kind` is a key of KINDS. Records replace those of the same key; the first real rows of a kind take its sample rows
    away. Raises Refusal for a file that is no table, and Unavailable when another process holds the database.
    """
    if kind not in KINDS:
        raise Refusal(f"There is no import of '{kind}'; there are {', '.join(KINDS)}.")
    sheet = load(kind, path.name, tables.content_of(path))
    if not apply:
        return check(store.read, content, sheet)
    try:
        with store.write() as tx:
            return write(tx, content, sheet, clock or Clock(), TERMINAL)
    except Occupied as late:
        return occupied(sheet, late)


def load(kind: str, name: str, data: bytes) -> Sheet:
    """The rows of a .csv or .xlsx file; `name` is only said. Raises Refusal for what is no table."""
    rows, errors = tables.read(name, data, KINDS[kind].columns)
    return Sheet(kind, tuple(rows), tuple(errors))


def check(tx: Tx, content: Content, sheet: Sheet) -> Report:
    """What the rows would do to the database as it is now."""
    return _compare(tx, content, sheet)[0]


def write(tx: Tx, content: Content, sheet: Sheet, clock: Clock, who: Actor) -> Report:
    """Write all of the rows unless anything is wrong with them.

    Raises Occupied when somebody took a place between the check and the writing: see `occupied`.
    """
    changes = AgendaChanges(tx, clock, who, "import")
    report, records = _compare(tx, content, sheet)
    if report.errors:
        return report
    touched = _put(tx, clock, changes, sheet.kind, records)
    return replace(report, applied=True, told=touched.told, unreachable=len(touched.unreachable))


def occupied(sheet: Sheet, late: Occupied) -> Report:
    """The report of rows that would have left somebody without her place."""
    short = Shortage(late.specialty, late.taken, late.places)
    return Report(sheet.kind, errors=(RowError(1, "", _undecided("", short)),))


def _put(tx: Tx, clock: Clock, changes: AgendaChanges, kind: str, records: list[Any]) -> Touched:
    """Write the records; of campaigns everybody touched is told, as when staff change a day at the desk."""
    this = KINDS[kind]
    stored = {this.key(record): record for record in this.stored(tx)}
    new = {this.key(record): record for record in records}
    if kind != "campaigns":
        changes.put(kind, new, stored)
        return Touched(0, ())
    days_changed = Changes(tx, clock, clock.now(), "import")
    touched = [days_changed.put(campaign) for campaign in records]
    changes.note_all(kind, new, stored)
    agenda.remove_samples(tx, kind)
    return Touched(sum(each.told for each in touched), tuple(held for each in touched for held in each.unreachable))


def _compare(tx: Tx, content: Content, sheet: Sheet) -> tuple[Report, list[Any]]:
    """The report of a dry run, and the records that it would write."""
    kind, this = sheet.kind, KINDS[sheet.kind]
    given, errors = _records(tx, content, this, sheet)
    stored = {this.key(record): record for record in this.stored(tx)}
    records = [this.keep(record, stored[key]) if key in stored else record for key, record in given.items()]
    if kind == "campaigns" and not errors:
        errors = _shortages(tx, records, sheet.rows)
    if errors:
        in_order = sorted(errors, key=lambda error: (error.row, (*this.columns, error.column).index(error.column)))
        return Report(kind, errors=tuple(in_order)), []
    new = len(given.keys() - stored.keys())
    unchanged = sum(record == stored.get(this.key(record)) for record in records)
    samples = agenda.count_samples(tx, kind, besides=given.keys())
    return Report(kind, new, len(records) - new - unchanged, unchanged, samples), records


def _shortages(tx: Tx, campaigns: list[Campaign], rows: tuple[tables.Row, ...]) -> list[RowError]:
    """Where a day of the file would leave somebody without her place: that is decided at the desk, not by a file."""
    clock = Clock()
    changes = Changes(tx, clock, clock.now(), "import")
    numbers = {str(row.cells["key"]).strip(): row.number for row in rows}
    return [
        RowError(numbers.get(campaign.key, 1), _column(short), _undecided(f"'{campaign.key}' ", short))
        for campaign in campaigns
        for short in days.to_decide(tx, changes, campaign)
    ]


def _column(short: Shortage) -> str:
    return "places_per_specialty" if short.places else "specialties"


def _undecided(campaign: str, short: Shortage) -> str:
    return (
        f"{campaign}{short.specialty}: {short.taken} people have an appointment, and this leaves {short.places} places;"
        " decide about them at the desk first (Citas)."
    )


def _records(tx: Tx, content: Content, kind: Kind[Any], sheet: Sheet) -> tuple[dict[str, Any], list[RowError]]:
    known, found, wrong = gather(tx, content), dict[str, Any](), list(sheet.errors)
    for row in sheet.rows:
        own: list[RowError] = []
        record = kind.read(Reader(row, known, own))
        key = kind.key(record)
        if key and key in found:
            joined = kind.join(found[key], record)
            if isinstance(joined, str):
                own.append(RowError(row.number, kind.key_column, f"'{key}': {joined}."))
            else:
                record = joined
        if key and not own:
            found[key] = record
        wrong += own
    return found, wrong
