"""What a promoter has sent from her telephone, by her number."""

from __future__ import annotations

from datetime import datetime

from bot.clock import to_text
from bot.records.notices.rows import Notice, one
from bot.records.store import Tx


def launched_by(tx: Tx, phone: str, since: datetime) -> int:
    """How many notices she has sent off since then, whatever became of them."""
    row = tx.one(
        "SELECT count(*) AS n FROM notices WHERE promoter = ? AND state <> 'draft' AND created_at >= ?",
        *(phone, to_text(since)),
    )
    return int(row["n"]) if row else 0


def last_of(tx: Tx, phone: str) -> Notice | None:
    """Her newest that went its way: neither a draft, nor awaiting approval, nor cancelled."""
    row = tx.one(
        "SELECT max(id) AS id FROM notices WHERE promoter = ? AND state NOT IN ('draft', 'awaiting', 'cancelled')",
        phone,
    )
    return one(tx, row["id"]) if row and row["id"] else None
