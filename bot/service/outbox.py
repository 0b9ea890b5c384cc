"""Rows to provider: claimed by lease, answers first, in order for each address, at the channel's pace, never twice."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.channels.base import Channel
from bot.clock import Clock
from bot.conversation.message import Outgoing, Receipt
from bot.errors import (
    AccountTrouble,
    Ambiguous,
    BadAddress,
    OptedOut,
    SendError,
    SlowDown,
    TryLater,
)
from bot.records import messages, people
from bot.records.store import Connection, Unavailable
from bot.service.commits import Commits
from bot.service.pace import Pace

log = logging.getLogger(__name__)

IN_HAND = 32  # rows claimed and not yet closed
POLL_SECONDS = 5.0
FIRST_PAUSE = timedelta(seconds=5)
AMBIGUOUS_PAUSE = timedelta(seconds=20)  # what was just posted may not stand in the provider's list yet
LONGEST_PAUSE = timedelta(minutes=5)
ACCOUNT_PAUSE_SECONDS = 60.0
TRIES = 12


class Sender:
    """Sends what waits for one channel, until stopped."""

    def __init__(self, commits: Commits, clock: Clock, channel: Channel, pace: Pace) -> None:
        self._commits, self._clock, self._channel, self._pace = commits, clock, channel, pace
        self._bell = asyncio.Event()
        self._lines: dict[str, deque[tuple[Outgoing, bool]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_hand = 0

    def wake(self) -> None:
        """Something may wait."""
        self._bell.set()

    async def run(self) -> None:
        """Claim and send until cancelled; what is claimed and not yet sent then goes back."""
        await self._commits.run(lambda tx: messages.expire_leases(tx, self._channel.name, self._clock.now()))
        try:
            while True:
                await self._claim()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._bell.wait(), POLL_SECONDS)
                self._bell.clear()
        finally:
            await self._put_down()

    async def _claim(self) -> None:
        while (room := IN_HAND - self._in_hand) > 0:
            now = self._clock.now()
            try:
                rows = await self._commits.run(
                    lambda tx, now=now, room=room: messages.claim(tx, self._channel.name, now, room)  # type: ignore[misc]
                )
            except Unavailable:
                return
            for out, was_tried in rows:
                self._line_up(out, was_tried)
            if len(rows) < room:
                return

    def _line_up(self, out: Outgoing, was_tried: bool) -> None:
        """One line an address: two messages to one person never overtake each other."""
        self._in_hand += 1
        line = self._lines.get(out.address)
        if line is not None:
            line.append((out, was_tried))
            return
        self._lines[out.address] = deque([(out, was_tried)])
        task = asyncio.create_task(self._work_off(out.address))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_off(self, address: str) -> None:
        line = self._lines[address]
        while line:
            out, was_tried = line[0]
            try:
                await self._deliver(out, was_tried)
            except Unavailable:
                log.error("outbox row=%s not closed: database unavailable; its lease will lapse", out.id)
            except Exception:
                log.exception("outbox row=%s", out.id)
                await self._back(out, FIRST_PAUSE, ambiguous=True)
            line.popleft()
            self._in_hand -= 1
        del self._lines[address]
        self.wake()

    async def _deliver(self, out: Outgoing, was_tried: bool) -> None:
        """One message to its end: sent, failed, dropped, or put back for later."""
        if out.expires_at and out.expires_at <= self._clock.now() and not was_tried:
            return await self._close(out, "dropped", "too_late", "")
        if was_tried and self._channel.lists_messages and not await self._is_to_be_sent_again(out):
            return None
        await self._pace.wait(out.text)
        try:
            provider_id = await self._channel.send(out)
        except SendError as error:
            return await self._failed(out, error)
        await self._commits.run(lambda tx: self._sent(tx, out, provider_id))
        return None

    async def _is_to_be_sent_again(self, out: Outgoing) -> bool:
        """Ask the provider for a message whose answer was lost; when it cannot say now, ask again later."""
        adopted = await self._commits.run(lambda tx: messages.adopted_since(tx, self._channel.name, out.address))
        found = await self._channel.find(out, adopted.__contains__)
        if found.state == "sent":
            await self._commits.run(lambda tx: self._sent(tx, out, found.provider_id))
        elif found.state == "cannot_know":
            if out.expires_at and out.expires_at <= self._clock.now():
                await self._close(out, "unknown", "Ambiguous", "")
            else:
                await self._back(out, FIRST_PAUSE, ambiguous=True)
        return found.state == "absent"

    def _sent(self, tx: Connection, out: Outgoing, provider_id: str) -> None:
        messages.sent(tx, out.id, provider_id, self._clock.now())
        messages.scrub_if_erased(tx, out.id)

    async def _failed(self, out: Outgoing, error: SendError) -> None:
        log.warning(
            "send failed row=%s channel=%s class=%s code=%s",
            out.id,
            self._channel.name,
            type(error).__name__,
            error.code,
        )
        match error:
            case SlowDown():
                self._pace.pause(error.seconds)
                await self._back(out, timedelta(seconds=error.seconds), ambiguous=False)
            case AccountTrouble():
                log.error("channel %s cannot send: %s %s", self._channel.name, error, error.code)
                self._pace.pause(ACCOUNT_PAUSE_SECONDS)
                await self._back(out, timedelta(seconds=ACCOUNT_PAUSE_SECONDS), ambiguous=False)
            case Ambiguous() | TryLater():
                await self._later(out, error)
            case _:
                await self._give_up(out, error)

    async def _later(self, out: Outgoing, error: SendError) -> None:
        tries = await self._commits.run(lambda tx: messages.attempts(tx, out.id))
        if tries >= TRIES:
            return await self._give_up(out, error)
        first = AMBIGUOUS_PAUSE if isinstance(error, Ambiguous) else FIRST_PAUSE
        pause = min(LONGEST_PAUSE, first * 2 ** (tries - 1)) * random.uniform(0.8, 1.2)  # noqa: S311  jitter
        return await self._back(out, pause, ambiguous=isinstance(error, Ambiguous))

    async def _give_up(self, out: Outgoing, error: SendError) -> None:
        state = "unknown" if isinstance(error, Ambiguous) else "failed"
        now = self._clock.now()

        def write(tx: Connection) -> None:
            messages.close(tx, out.id, state, type(error).__name__, error.code, now)
            if isinstance(error, OptedOut | BadAddress):
                people.mark_unusable(tx, out.address, type(error).__name__, now)

        await self._commits.run(write)

    async def _close(self, out: Outgoing, state: str, error_class: str, code: str) -> None:
        now = self._clock.now()
        await self._commits.run(lambda tx: messages.close(tx, out.id, state, error_class, code, now))

    async def _back(self, out: Outgoing, pause: timedelta, *, ambiguous: bool) -> None:
        due = self._clock.now() + pause
        await self._commits.run(lambda tx: messages.put_back(tx, out.id, due, ambiguous))
        asyncio.get_running_loop().call_later(pause.total_seconds() + 0.01, self.wake)

    async def _put_down(self) -> None:
        """Stopping: what is being sent is given a moment, what has not begun goes back to wait."""
        waiting = [out for line in self._lines.values() for out, was_tried in list(line)[1:] if not was_tried]
        for line in self._lines.values():
            while len(line) > 1:
                line.pop()
        now = self._clock.now()
        if waiting:
            await self._commits.run(lambda tx: messages.put_back_all(tx, [out.id for out in waiting], now))
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)


def take_receipt(
    tx: Connection, clock: Clock, receipt: Receipt, classify: Callable[[str], type[SendError]], now: datetime
) -> None:
    """A delivery receipt: the event is kept, the row only rises, and a dead number is marked."""
    address = messages.take_receipt(tx, clock.new_id(), receipt, now)
    if address and receipt.error_code and issubclass(classify(receipt.error_code), OptedOut | BadAddress):
        people.mark_unusable(tx, address, classify(receipt.error_code).__name__, now)
