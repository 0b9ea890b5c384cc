"""What the agenda was before: every change of a row, who made it and when, so that it can be read and taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any, Literal

from bot.clock import from_text, to_text
from bot.records.agenda.rows import Amount, Campaign, Comunidad, Fair, Name, Promoter, Work
from bot.records.store import Row, Tx

Way = Literal["desk", "import", "undo"]
Thing = Work | Fair | Campaign | Comunidad | Promoter
Fields = Mapping[str, Any]
_CHANGES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the agenda as it was and as it is; `before` None: it was new, `after` None: it was taken away.

    `kind` is a kind of import; `name` is the name of who did it, as it was then. Of a promoter no change holds who
    she is: only her comunidades and her language.
    """

    id: int
    at: datetime
    staff_id: int | None
    name: str
    way: Way
    kind: str
    key: str
    before: Fields | None
    after: Fields | None


def fields(thing: Thing | None) -> Fields | None:
    """A row as JSON can hold it, without anything private."""
    if thing is None:
        return None
    plain = json.loads(json.dumps(asdict(thing), default=_plain))
    private = ("phone", "name") if isinstance(thing, Promoter) else ()
    return {name: value for name, value in plain.items() if name not in private}


def write(tx: Tx, change: Change) -> None:
    tx.run(
        "INSERT INTO agenda_changes (id, at, staff_id, name, way, kind, key, before, after)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        change.id,
        to_text(change.at),
        change.staff_id,
        change.name,
        change.way,
        change.kind,
        change.key,
        _json(change.before),
        _json(change.after),
    )


def changes_of(tx: Tx, kind: str, key: str) -> list[Change]:
    """What happened to one row, the newest first; the last hundred."""
    rows = tx.all(
        "SELECT * FROM agenda_changes WHERE kind = ? AND key = ? ORDER BY id DESC LIMIT ?", kind, key, _CHANGES_SHOWN
    )
    return [_change(row) for row in rows]


def removed(tx: Tx, kind: str) -> list[Change]:
    """The rows of a kind whose last change took them away, the newest first."""
    rows = tx.all(
        "SELECT c.* FROM agenda_changes c WHERE c.kind = ? AND c.after IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM agenda_changes l WHERE l.kind = c.kind AND l.key = c.key AND l.id > c.id)"
        " ORDER BY c.id DESC LIMIT ?",
        kind,
        _CHANGES_SHOWN,
    )
    return [_change(row) for row in rows]


def work_of(kept: Fields) -> Work:
    """A work as a change keeps it."""
    both = {part: Name(**kept[part]) for part in ("name", "short_name")}
    lists = {part: tuple(kept[part]) for part in ("topics", "districts")}
    return Work(**{**kept, **both, **lists, "amounts": tuple(Amount(**each) for each in kept["amounts"])})


def fair_of(kept: Fields) -> Fair:
    """A fair as a change keeps it."""
    hours = {part: time.fromisoformat(kept[part]) if kept[part] else None for part in ("opens", "closes")}
    lists = {part: tuple(kept[part]) for part in ("aliases", "products")}
    return Fair(**{**kept, **hours, **lists, "exceptions": tuple(map(date.fromisoformat, kept["exceptions"]))})


def _plain(value: object) -> str:
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)


def _json(kept: Fields | None) -> str | None:
    return None if kept is None else json.dumps(kept, ensure_ascii=False)


def _change(row: Row) -> Change:
    before, after = (json.loads(row[part]) if row[part] else None for part in ("before", "after"))
    who = (row["staff_id"], row["name"], row["way"])
    return Change(row["id"], from_text(row["at"]), *who, row["kind"], row["key"], before, after)
