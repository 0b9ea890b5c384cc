"""How fast a channel may send: a bucket of segments (or messages) a second, and pauses that the provider asks for."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable

from bot.language import sms

BURST_SECONDS = 4.0  # an answer of a few segments leaves at once; the provider's own queue evens it out
SHORTEST_WAIT_SECONDS = 0.001


class Pace:
    """`per_second` units; `measure` says how many units a text is. Who waits with the lower priority goes first."""

    def __init__(self, per_second: float, measure: Callable[[str], int]) -> None:
        self._per_second, self._measure = per_second, measure
        self._room = self._most = max(1.0, per_second) * BURST_SECONDS
        self._filled_at = time.monotonic()
        self._paused_until = 0.0
        self._waiting: list[tuple[int, int, int, asyncio.Future[None]]] = []
        self._tickets = itertools.count()
        self._next: asyncio.TimerHandle | None = None

    async def wait(self, text: str, priority: int = 0) -> None:
        """Return when this text may leave."""
        leave: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._tickets), self._measure(text), leave))
        self._let_go()
        await leave

    def pause(self, seconds: float) -> None:
        """Nothing of this channel leaves for so long; the other channels go on."""
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def _let_go(self) -> None:
        """Whoever may leave now does; for the next one we come again."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
        while self._waiting:
            _, _, units, leave = self._waiting[0]
            seconds = 0.0 if leave.done() else self._seconds_until(units)
            if seconds > 0:
                loop = asyncio.get_running_loop()
                self._next = loop.call_later(max(seconds, SHORTEST_WAIT_SECONDS), self._let_go)
                return
            heapq.heappop(self._waiting)
            if not leave.done():
                self._room -= units
                leave.set_result(None)

    def _seconds_until(self, units: int) -> float:
        now = time.monotonic()
        self._room = min(self._most, self._room + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        missing = min(units, self._most) - self._room
        return max(self._paused_until - now, missing / self._per_second)


def segments(text: str) -> int:
    return sms.count(text).segments


def one(text: str) -> int:
    return 1
