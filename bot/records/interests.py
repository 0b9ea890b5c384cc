"""What each person asked about: who was shown a work, a campaign or a fair can be told when it changes."""

from __future__ import annotations

from datetime import datetime

from bot.clock import to_text
from bot.records.store import Tx


def keep(tx: Tx, person_id: int, about: str, now: datetime) -> None:
    """She was shown this in detail, `work:…`, `campaign:…` or `fair:…` with its key; the latest time counts."""
    tx.run(
        "INSERT INTO interests (person_id, about, asked_at) VALUES (?, ?, ?)"
        " ON CONFLICT (person_id, about) DO UPDATE SET asked_at = excluded.asked_at",
        *(person_id, about, to_text(now)),
    )


def erase(tx: Tx, person_id: int) -> None:
    tx.run("DELETE FROM interests WHERE person_id = ?", person_id)


def let_go(tx: Tx, before: datetime, limit: int) -> int:
    """Forget up to `limit` interests that were last shown before; how many."""
    return tx.run(
        "DELETE FROM interests WHERE (person_id, about) IN"
        " (SELECT person_id, about FROM interests WHERE asked_at < ? ORDER BY asked_at LIMIT ?)",
        *(to_text(before), limit),
    )
