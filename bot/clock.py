"""Time, the ids made from it, and chance: the one door to them, so that a test can close it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LIMA = ZoneInfo("America/Lima")

Now = Callable[[], datetime]


class Clock:
    """The service's clock: aware UTC datetimes; started elsewhere in time, it runs on from there."""

    def __init__(self, start: datetime | None = None) -> None:
        self._offset = (start - datetime.now(UTC)) if start else timedelta()
        self._last_id = 0

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def today(self) -> datetime:
        """Now, as the province's wall clock shows it."""
        return self.now().astimezone(LIMA)

    def new_id(self) -> int:
        """A positive 63-bit id that grows with time, also between processes: milliseconds, then 20 random bits."""
        made = (time.time_ns() // 1_000_000 << 20) | secrets.randbits(20)
        self._last_id = max(made, self._last_id + 1)
        return self._last_id

    def randbelow(self, limit: int) -> int:
        """A number from 0 to `limit` - 1 that nobody can guess."""
        return secrets.randbelow(limit)


@lru_cache(maxsize=100)
def to_text(moment: datetime) -> str:
    """A moment as it is stored: ISO 8601 in UTC, microseconds always, so that text order is time order."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")


def from_text(stored: str) -> datetime:
    return datetime.fromisoformat(stored)
