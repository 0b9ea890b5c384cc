"""How fast passwords may be tried: failures are counted by key, and each beyond the free ones doubles the pause."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

KEYS_REMEMBERED = 20_000
FORGOTTEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Patience:
    """So many tries are free; from then on the pause is 1 s, 2 s, 4 s … up to `longest_seconds`."""

    free_tries: int
    longest_seconds: int

    def pause(self, tries: int) -> timedelta:
        beyond = tries - self.free_tries
        return timedelta(seconds=min(2 ** min(beyond, 30), self.longest_seconds) if beyond >= 0 else 0)


@dataclass(slots=True)
class _Tries:
    count: int
    last: datetime


class Throttle:
    """Counters in memory: they may be lost at a restart, which gives whoever guesses a few tries more."""

    def __init__(self) -> None:
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def wait_seconds(self, key: str, patience: Patience, now: datetime) -> int:
        """How long until `key` may be tried again; 0 for at once."""
        tries = self._known(key, now)
        if tries is None:
            return 0
        left = tries.last + patience.pause(tries.count) - now
        return max(0, -(-left // timedelta(seconds=1)))

    def count(self, key: str, now: datetime) -> None:
        """One more try, counted before its answer is known, so that many at once are not free."""
        tries = self._known(key, now)
        self._tries[key] = _Tries((tries.count if tries else 0) + 1, now)
        self._tries.move_to_end(key)
        if len(self._tries) > KEYS_REMEMBERED:
            self._tries.popitem(last=False)

    def forgive(self, key: str) -> None:
        """The last try was right: it does not count, but those before it do."""
        tries = self._tries.get(key)
        if tries:
            tries.count -= 1

    def forget(self, key: str) -> None:
        """Begin anew: all tries were the owner's."""
        self._tries.pop(key, None)

    def _known(self, key: str, now: datetime) -> _Tries | None:
        tries = self._tries.get(key)
        return tries if tries and now - tries.last < FORGOTTEN_AFTER else None
