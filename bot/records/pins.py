"""The PIN of each promoter: what is kept of it, who has said it today, and how often it was said wrongly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.clock import to_text
from bot.records.store import Tx

MOST_WRONG = 5
"""After so many wrong ones in a day nothing is taken any more until the next, the right one included."""


@dataclass(frozen=True, slots=True)
class Pin:
    """What is kept of a promoter's PIN, with how often something else was said on the day asked about."""

    pin_hash: str
    wrong_tries: int

    @property
    def is_locked(self) -> bool:
        return self.wrong_tries >= MOST_WRONG


def put(tx: Tx, phone: str, pin_hash: str, now: datetime) -> None:
    """Her PIN from now on: what was said of the old one, right or wrong, is over."""
    tx.run(
        "INSERT INTO promoter_pins (phone, pin_hash, set_at) VALUES (?, ?, ?) ON CONFLICT (phone) DO UPDATE SET"
        " pin_hash = excluded.pin_hash, set_at = excluded.set_at, wrong_tries = 0, wrong_on = ''",
        *(phone, pin_hash, to_text(now)),
    )
    tx.run("DELETE FROM promoter_pin_days WHERE phone = ?", phone)


def one(tx: Tx, phone: str, day: date) -> Pin | None:
    """Her PIN as it stands on that day; None when she has none."""
    return by_phone(tx, day, phone).get(phone)


def by_phone(tx: Tx, day: date, phone: str = "") -> dict[str, Pin]:
    """The PIN of everybody who has one, as they stand on that day; with `phone` only hers."""
    found = tx.all("SELECT * FROM promoter_pins WHERE ? = '' OR phone = ?", phone, phone)
    today = day.isoformat()
    return {row["phone"]: Pin(row["pin_hash"], row["wrong_tries"] if row["wrong_on"] == today else 0) for row in found}


def count_wrong(tx: Tx, phone: str, day: date) -> None:
    """One more that was wrong; those of another day count no more."""
    today = day.isoformat()
    tx.run(
        "UPDATE promoter_pins SET wrong_tries = CASE WHEN wrong_on = ? THEN wrong_tries + 1 ELSE 1 END, wrong_on = ?"
        " WHERE phone = ?",
        *(today, today, phone),
    )


def locked(tx: Tx, day: date) -> list[str]:
    """The names of those whose PIN is not taken any more that day."""
    found = tx.all(
        "SELECT p.name FROM promoter_pins n JOIN promoters p ON p.phone = n.phone"
        " WHERE n.wrong_on = ? AND n.wrong_tries >= ? ORDER BY p.name, p.phone",
        *(day.isoformat(), MOST_WRONG),
    )
    return [row["name"] for row in found]


def keep_proof(tx: Tx, address: str, phone: str, day: date) -> None:
    """Her PIN was said from this address on that day."""
    tx.run(
        "INSERT INTO promoter_pin_days (address, phone, day) VALUES (?, ?, ?)"
        " ON CONFLICT (address) DO UPDATE SET phone = excluded.phone, day = excluded.day",
        *(address, phone, day.isoformat()),
    )


def is_proven(tx: Tx, address: str, phone: str, day: date) -> bool:
    """Whether her PIN was said from this address on that day."""
    found = tx.one(
        "SELECT 1 FROM promoter_pin_days WHERE address = ? AND phone = ? AND day = ?", address, phone, day.isoformat()
    )
    return found is not None
