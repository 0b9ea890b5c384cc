"""How fast a channel may send: a bucket of segments (or messages) a second, room between two messages to one address,
and pauses that the provider asks for."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.language import sms

BURST_SECONDS = 4.0  # an answer of a few segments leaves at once; the provider's own queue evens it out
SHORTEST_WAIT_SECONDS = 0.001


@dataclass(order=True, slots=True)
class _Waiting:
    """One text that is to leave, in the order in which they leave."""

    priority: int
    ticket: int
    units: int = field(compare=False)
    address: str = field(compare=False)
    leave: asyncio.Future[None] = field(compare=False)


class Pace:
    """`per_second` units; `measure` says how many units a text is. Who waits with the lower priority goes first.

    Between two texts to one address lie `per_address_seconds`; who waits for that alone holds up nobody else.
    """

    def __init__(self, per_second: float, measure: Callable[[str], int], *, per_address_seconds: float = 0.0) -> None:
        self._per_second, self._measure, self._per_address_seconds = per_second, measure, per_address_seconds
        self._room = self._most = max(1.0, per_second) * BURST_SECONDS
        self._filled_at = self._paused_until = 0.0
        self._waiting: list[_Waiting] = []
        self._held: list[tuple[float, _Waiting]] = []  # until their addresses are free again, the first one first
        self._free_at: dict[str, float] = {}  # of the addresses that got something just now, in this order
        self._tickets = itertools.count()
        self._next: asyncio.TimerHandle | None = None

    async def wait(self, text: str, priority: int = 0, address: str = "") -> None:
        """Return when this text may leave; without an address it has room of its own."""
        leave: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, _Waiting(priority, next(self._tickets), self._measure(text), address, leave))
        self._let_go()
        await leave

    def pause(self, seconds: float) -> None:
        """Nothing of this channel leaves for so long; the other channels go on."""
        self._paused_until = max(self._paused_until, _now() + seconds)

    def _let_go(self) -> None:
        """Whoever may leave now does; for the next one we come again."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
        self._free()
        seconds = self._leave()
        if self._held:
            seconds = min(seconds, self._held[0][0] - _now())
        if seconds < math.inf:
            seconds = max(seconds, SHORTEST_WAIT_SECONDS)
            self._next = asyncio.get_running_loop().call_later(seconds, self._let_go)

    def _free(self) -> None:
        """Addresses whose time is over are forgotten, and who was held for one waits with the others again."""
        now = _now()
        for address in list(itertools.takewhile(lambda each: self._free_at[each] <= now, self._free_at)):
            del self._free_at[address]
        while self._held and self._held[0][0] <= now:
            heapq.heappush(self._waiting, heapq.heappop(self._held)[1])

    def _leave(self) -> float:
        """Let whoever there is room for leave, in order; the seconds until there is room for the next."""
        while self._waiting:
            first = self._waiting[0]
            if first.leave.done():
                heapq.heappop(self._waiting)  # gave up
            elif first.address in self._free_at:
                heapq.heappush(self._held, (self._free_at[first.address], heapq.heappop(self._waiting)))
            elif (seconds := self._seconds_until(first.units)) > 0:
                return seconds
            else:
                self._send_off(heapq.heappop(self._waiting))
        return math.inf

    def _send_off(self, waiting: _Waiting) -> None:
        self._room -= waiting.units
        if waiting.address and self._per_address_seconds:
            self._free_at[waiting.address] = _now() + self._per_address_seconds
        waiting.leave.set_result(None)

    def _seconds_until(self, units: int) -> float:
        now = _now()
        self._room = min(self._most, self._room + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        missing = min(units, self._most) - self._room
        return max(self._paused_until - now, missing / self._per_second)


def _now() -> float:
    """By the loop's own clock, by which it also wakes us."""
    return asyncio.get_running_loop().time()


def segments(text: str) -> int:
    return sms.count(text).segments


def one(text: str) -> int:
    return 1
