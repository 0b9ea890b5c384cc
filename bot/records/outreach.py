"""What we have to tell people who did not ask just now: kept as rows until it is said, at a decent hour."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.clock import from_text, to_text
from bot.records.store import Tx


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to tell one person: the flow that says it, and the values it begins with."""

    id: int
    person_id: int
    flow: str
    values: dict[str, Any]
    expires_at: datetime
    is_urgent: bool


def add(tx: Tx, errand: Errand, now: datetime) -> None:
    tx.run(
        "INSERT INTO outreach (id, person_id, flow, given, expires_at, is_urgent, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        errand.id,
        errand.person_id,
        errand.flow,
        json.dumps(errand.values, ensure_ascii=False),
        to_text(errand.expires_at),
        int(errand.is_urgent),
        to_text(now),
    )


def waiting(tx: Tx, limit: int, *, urgent_only: bool) -> list[Errand]:
    """The oldest that were not said yet; in quiet hours only what may be said even then."""
    rows = tx.all(
        "SELECT id, person_id, flow, given, expires_at, is_urgent FROM outreach WHERE closed_at IS NULL"
        " AND is_urgent >= ? ORDER BY id LIMIT ?",
        int(urgent_only),
        limit,
    )
    return [
        Errand(
            row["id"],
            row["person_id"],
            row["flow"],
            json.loads(row["given"]),
            from_text(row["expires_at"]),
            bool(row["is_urgent"]),
        )
        for row in rows
    ]


def close(tx: Tx, errand_id: int, outcome: str, now: datetime) -> bool:
    """`said`, `too_late` or `unreachable`; False when another process closed it."""
    return (
        tx.run(
            "UPDATE outreach SET closed_at = ?, outcome = ?, given = '{}' WHERE id = ? AND closed_at IS NULL",
            to_text(now),
            outcome,
            errand_id,
        )
        == 1
    )


def drop_of_person(tx: Tx, person_id: int, now: datetime) -> None:
    """She wants nothing from us, or is forgotten."""
    tx.run(
        "UPDATE outreach SET closed_at = ?, outcome = 'opted_out', given = '{}'"
        " WHERE person_id = ? AND closed_at IS NULL",
        to_text(now),
        person_id,
    )
