"""Who did and saw what at the desk. Rows are only added: nothing here changes or removes one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.clock import from_text, to_text
from bot.records.store import Row, Tx

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account, or None for a command and for somebody unknown. `origin` is the client's address."""

    staff_id: int | None
    name: str
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `name` is the actor's as it was then; `row_count` says how many rows were shown or written."""

    id: int
    at: datetime
    actor: Actor
    action: str
    object: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    row_count: int | None = None


def write(tx: Tx, entry: Entry) -> None:
    tx.run(
        "INSERT INTO audit (id, at, staff_id, name, origin, action, object, details, row_count)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        entry.id,
        to_text(entry.at),
        entry.actor.staff_id,
        entry.actor.name,
        entry.actor.origin,
        entry.action,
        entry.object,
        json.dumps(dict(entry.details), ensure_ascii=False),
        entry.row_count,
    )


def newest(
    tx: Tx, name: str = "", action: str = "", before_id: int | None = None, most: int = PAGE_ROWS
) -> list[Entry]:
    """At most `most` rows older than `before_id`, the newest first; an empty name or action means any."""
    rows = tx.all(
        "SELECT * FROM audit WHERE (? = '' OR name = ?) AND (? = '' OR action = ?) AND id < ? ORDER BY id DESC LIMIT ?",
        name,
        name,
        action,
        action,
        before_id if before_id is not None else 2**63 - 1,
        most,
    )
    return [_entry(row) for row in rows]


def names(tx: Tx) -> list[str]:
    """Every name that stands in a row."""
    return [row["name"] for row in tx.all("SELECT DISTINCT name FROM audit WHERE name <> '' ORDER BY name")]


def actions(tx: Tx) -> list[str]:
    """Every action that stands in a row."""
    return [row["action"] for row in tx.all("SELECT DISTINCT action FROM audit ORDER BY action")]


def last_by_staff(tx: Tx, action: str) -> dict[int, datetime]:
    """When each account last did `action`."""
    rows = tx.all(
        "SELECT staff_id, max(at) AS at FROM audit WHERE action = ? AND staff_id IS NOT NULL GROUP BY staff_id",
        action,
    )
    return {row["staff_id"]: from_text(row["at"]) for row in rows}


def has_come_from(tx: Tx, staff_id: int, action: str, origin: str) -> bool:
    """Whether this account has done `action` from that address before."""
    found = tx.one(
        "SELECT 1 FROM audit WHERE staff_id = ? AND action = ? AND origin = ? LIMIT 1", staff_id, action, origin
    )
    return found is not None


def _entry(row: Row) -> Entry:
    return Entry(
        id=row["id"],
        at=from_text(row["at"]),
        actor=Actor(row["staff_id"], row["name"], row["origin"]),
        action=row["action"],
        object=row["object"],
        details=json.loads(row["details"]),
        row_count=row["row_count"],
    )
