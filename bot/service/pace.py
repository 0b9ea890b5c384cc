"""How fast a channel may send: a bucket of segments (or messages) a second, and pauses that the provider asks for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from bot.language import sms

BURST_SECONDS = 4.0  # an answer of a few segments leaves at once; the provider's own queue evens it out


class Pace:
    """`per_second` units; `measure` says how many units a text is."""

    def __init__(self, per_second: float, measure: Callable[[str], int]) -> None:
        self._per_second, self._measure = per_second, measure
        self._room = self._most = max(1.0, per_second) * BURST_SECONDS
        self._filled_at = time.monotonic()
        self._paused_until = 0.0
        self._turn = asyncio.Lock()

    async def wait(self, text: str) -> None:
        """Return when this text may leave."""
        async with self._turn:
            while (pause := self._paused_until - time.monotonic()) > 0:  # noqa: ASYNC110  a pause can be prolonged
                await asyncio.sleep(pause)
            self._fill()
            self._room -= self._measure(text)
            if self._room < 0:
                await asyncio.sleep(-self._room / self._per_second)

    def pause(self, seconds: float) -> None:
        """Nothing of this channel leaves for so long; the other channels go on."""
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def _fill(self) -> None:
        now = time.monotonic()
        self._room = min(self._most, self._room + (now - self._filled_at) * self._per_second)
        self._filled_at = now


def segments(text: str) -> int:
    return sms.count(text).segments


def one(text: str) -> int:
    return 1
