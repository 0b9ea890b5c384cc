"""How fast a channel may send: so many a second, not two at once to one address, answers first, nobody held up for
another; on a clock that leaps to the next thing to happen instead of being waited for."""

from __future__ import annotations

import asyncio
import itertools
import selectors
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from bot.service import pace
from bot.service.pace import Pace

REPLY, NOTICE = 0, 10
ROSA, JUAN = "telegram:1", "telegram:2"


# ── a clock of our own ────────────────────────────────────────────────────────────────────────────────────────────────


class LeapingLoop(asyncio.SelectorEventLoop):
    """Its time stands still while somebody has something to do, and leaps to the next timer when nobody has."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        super().__init__(_Leap(self))

    def time(self) -> float:
        return self.seconds


class _Leap(selectors.DefaultSelector):
    def __init__(self, loop: LeapingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "somebody waits for ever"
            self._loop.seconds += timeout
        return ready


def lived(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        runner.run(story())


class Channel:
    """Messages that go by one pace: who left, and after how many seconds."""

    def __init__(self, per_second: float = 1000, per_address_seconds: float = 1.0) -> None:
        self.pace = Pace(per_second, pace.one, per_address_seconds=per_address_seconds)
        self.left: list[tuple[str, float]] = []
        self._begun = asyncio.get_running_loop().time()

    def put(self, name: str, address: str, priority: int = REPLY) -> asyncio.Task[None]:
        """A message waits to leave."""
        return asyncio.create_task(self._send(name, address, priority))

    async def _send(self, name: str, address: str, priority: int) -> None:
        await self.pace.wait("x", priority, address)
        self.left.append((name, round(asyncio.get_running_loop().time() - self._begun, 2)))

    async def all_left(self, *sending: Awaitable[None]) -> list[tuple[str, float]]:
        await asyncio.gather(*sending)
        return self.left


# ── one address ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_messages_to_one_chat_leave_a_second_apart() -> None:
    async def story() -> None:
        channel = Channel()
        left = await channel.all_left(*(channel.put(name, ROSA) for name in "abc"))
        assert left == [("a", 0), ("b", 1), ("c", 2)]

    lived(story)


def test_who_was_not_written_to_of_late_waits_for_nothing() -> None:
    async def story() -> None:
        channel = Channel()
        await channel.put("a", ROSA)
        await asyncio.sleep(1.5)
        await channel.put("b", ROSA)
        assert channel.left == [("a", 0), ("b", 1.5)]

    lived(story)


def test_the_second_is_counted_from_the_last_that_left() -> None:
    async def story() -> None:
        channel = Channel()
        await channel.put("a", ROSA)
        await asyncio.sleep(0.4)
        assert await channel.all_left(channel.put("b", ROSA), channel.put("c", ROSA)) == [("a", 0), ("b", 1), ("c", 2)]

    lived(story)


def test_a_chat_that_waits_holds_up_no_other() -> None:
    async def story() -> None:
        channel = Channel()
        rosas = [channel.put(f"rosa {n}", ROSA) for n in range(3)]
        others = [channel.put(f"chat {n}", f"telegram:{n + 10}", NOTICE) for n in range(5)]
        left = await channel.all_left(*rosas, *others)
        assert left == [("rosa 0", 0), *((f"chat {n}", 0) for n in range(5)), ("rosa 1", 1), ("rosa 2", 2)]

    lived(story)


def test_in_one_chat_too_an_answer_leaves_before_a_notice() -> None:
    async def story() -> None:
        channel = Channel()
        await channel.put("a", ROSA)
        waiting = [channel.put("notice", ROSA, NOTICE), channel.put("answer", ROSA), channel.put("more", ROSA)]
        left = await channel.all_left(*waiting)
        assert left == [("a", 0), ("answer", 1), ("more", 2), ("notice", 3)]

    lived(story)


def test_who_was_held_for_her_chat_comes_before_those_who_came_later() -> None:
    async def story() -> None:
        channel = Channel(per_second=1)
        first = [channel.put(name, ROSA) for name in ("a", "b")]
        burst = [channel.put(f"burst {n}", f"telegram:{n + 10}") for n in range(3)]
        await asyncio.gather(first[0], *burst)
        await asyncio.sleep(0.5)
        later = [channel.put("later", JUAN), channel.put("later notice", "telegram:3", NOTICE)]
        left = await channel.all_left(*first, *later)
        assert left[4:] == [("b", 1), ("later", 2), ("later notice", 3)]

    lived(story)


def test_a_message_without_an_address_and_a_channel_without_the_rule_wait_for_no_second() -> None:
    async def story() -> None:
        with_rule, without = Channel(), Channel(per_address_seconds=0)
        assert await with_rule.all_left(*(with_rule.put(name, "") for name in "ab")) == [("a", 0), ("b", 0)]
        assert await without.all_left(*(without.put(name, ROSA) for name in "ab")) == [("a", 0), ("b", 0)]

    lived(story)


def test_who_gives_up_while_she_is_held_takes_nobodys_second() -> None:
    async def story() -> None:
        channel = Channel()
        await channel.put("a", ROSA)
        given_up, waiting = channel.put("b", ROSA), channel.put("c", ROSA)
        await asyncio.sleep(0)
        given_up.cancel()
        await waiting
        assert channel.left == [("a", 0), ("c", 1)]

    lived(story)


def test_a_pause_holds_those_who_wait_for_their_chat_too() -> None:
    async def story() -> None:
        channel = Channel()
        await channel.put("a", ROSA)
        waiting = [channel.put("b", ROSA), channel.put("c", JUAN)]
        channel.pace.pause(5)
        left = await channel.all_left(*waiting)
        assert left == [("a", 0), ("b", 5), ("c", 5)]

    lived(story)


class Address(str):
    """Of which one can ask whether somebody still has it."""


def test_addresses_are_forgotten_after_their_second() -> None:
    async def story() -> None:
        channel = Channel(per_second=30)
        kept: weakref.WeakSet[Address] = weakref.WeakSet()
        for n in range(300):
            address = Address(f"telegram:{n + 10}")
            kept.add(address)
            await channel.put("x", address)
        del address
        assert len(kept) <= 31
        await asyncio.sleep(1)
        await channel.put("last", ROSA)
        assert len(kept) == 0

    lived(story)


# ── the channel ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_more_leaves_than_was_agreed_whatever_the_chats_wait_for() -> None:
    async def story() -> None:
        channel = Channel(per_second=30)
        left = await channel.all_left(*(channel.put(f"{n % 90}", f"telegram:{n % 90}") for n in range(300)))
        burst = 30 * pace.BURST_SECONDS
        assert all(n <= burst + 30 * at + 0.5 for n, (_, at) in enumerate(left, 1))
        assert left[-1][1] == (300 - burst) / 30  # and not more slowly either
        for chat in range(90):
            moments = [at for name, at in left if name == str(chat)]
            assert all(later - earlier >= 0.99 for earlier, later in itertools.pairwise(moments))

    lived(story)


@pytest.mark.parametrize("answers", [1, 20])
def test_an_answer_goes_before_all_notices_that_wait(answers: int) -> None:
    async def story() -> None:
        channel = Channel(per_second=10)
        notices = [channel.put("notice", f"telegram:{n}", NOTICE) for n in range(200)]
        await asyncio.sleep(5.05)
        sent = len(channel.left)
        replies = [channel.put("answer", f"telegram:{n + 1000}") for n in range(answers)]
        left = await channel.all_left(*replies, *notices)
        assert [name for name, _ in left[sent : sent + answers]] == ["answer"] * answers

    lived(story)
