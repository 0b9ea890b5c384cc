"""What a provider has received for us, compared with what we have: how far its list was read, and what is known."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.clock import from_text, to_text
from bot.records.store import Tx

LATE = "late"
"""The intent of a message that was read too late to be answered."""

_AT_ONCE = 200


def listed_until(tx: Tx, channel: str) -> datetime | None:
    """The provider's time of the newest message of its list that we have seen."""
    row = tx.one("SELECT value FROM facts WHERE key = ?", f"listed {channel}")
    return from_text(row["value"]) if row else None


def set_listed_until(tx: Tx, channel: str, moment: datetime) -> None:
    tx.run(
        "INSERT INTO facts (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        f"listed {channel}",
        to_text(moment),
    )


def known(tx: Tx, channel: str, provider_ids: Iterable[str]) -> set[str]:
    """Those of the ids that were taken in already."""
    wanted, found = list(provider_ids), set[str]()
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        places = ", ".join("?" for _ in some)
        rows = tx.all(
            f"SELECT provider_id FROM inbound WHERE channel = ? AND provider_id IN ({places})", channel, *some
        )
        found |= {row["provider_id"] for row in rows}
    return found


def has_written_since(tx: Tx, person_id: int, moment: datetime, inbound_id: int) -> bool:
    """Whether another message of hers, said later than that, was taken in before this one."""
    row = tx.one(
        "SELECT 1 FROM inbound WHERE person_id = ? AND received_at > ? AND id <> ? LIMIT 1",
        person_id,
        to_text(moment),
        inbound_id,
    )
    return row is not None


def was_told_since(tx: Tx, person_id: int, moment: datetime) -> bool:
    """Whether she was told after that moment that something came too late."""
    row = tx.one(
        "SELECT 1 FROM outbox o JOIN inbound i ON i.id = o.inbound_id"
        " WHERE o.person_id = ? AND o.created_at > ? AND i.intent = ? LIMIT 1",
        person_id,
        to_text(moment),
        LATE,
    )
    return row is not None
