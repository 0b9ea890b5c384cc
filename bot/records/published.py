"""What was published of each month, word for word: written once, never changed."""

from __future__ import annotations

from datetime import date, datetime

from bot.clock import to_text
from bot.records.store import Tx


def add(tx: Tx, month: date, tables: str, now: datetime) -> bool:
    """Keep a month's tables (JSON, empty for a month that is withheld); False when the month has its tables already."""
    return (
        tx.run(
            "INSERT INTO published_months (month, tables, published_at) VALUES (?, ?, ?)"
            " ON CONFLICT (month) DO NOTHING",
            *(month.isoformat(), tables, to_text(now)),
        )
        == 1
    )


def newest_month(tx: Tx) -> date | None:
    """The first day of the last month that was published."""
    row = tx.one("SELECT max(month) AS month FROM published_months")
    return date.fromisoformat(row["month"]) if row and row["month"] else None


def months(tx: Tx) -> dict[date, str]:
    """The tables of every published month by its first day, the newest first."""
    found = tx.all("SELECT month, tables FROM published_months ORDER BY month DESC")
    return {date.fromisoformat(row["month"]): row["tables"] for row in found}
