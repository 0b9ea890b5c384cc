"""Days that staff have set aside: nothing leaves on them but answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.records.store import Tx


@dataclass(frozen=True, slots=True)
class QuietDay:
    """A whole day of Lima's calendar, why, and who set it."""

    day: date
    reason: str
    set_by: str


def coming(tx: Tx, from_day: date) -> list[QuietDay]:
    rows = tx.all("SELECT day, reason, set_by FROM quiet_days WHERE day >= ? ORDER BY day", from_day.isoformat())
    return [QuietDay(date.fromisoformat(row["day"]), row["reason"], row["set_by"]) for row in rows]


def put(tx: Tx, day: QuietDay) -> None:
    tx.run(
        "INSERT INTO quiet_days (day, reason, set_by) VALUES (?, ?, ?)"
        " ON CONFLICT (day) DO UPDATE SET reason = excluded.reason, set_by = excluded.set_by",
        day.day.isoformat(),
        day.reason,
        day.set_by,
    )


def remove(tx: Tx, day: date) -> None:
    tx.run("DELETE FROM quiet_days WHERE day = ?", day.isoformat())
