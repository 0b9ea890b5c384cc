"""Rows to provider: claimed by lease, answers first, in order for each address, at the channel's pace, never twice."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.channels.base import Channel
from bot.clock import LIMA, Clock
from bot.conversation.message import Attachment, Outgoing, Receipt
from bot.errors import (
    AccountTrouble,
    Ambiguous,
    BadAddress,
    OptedOut,
    SendError,
    SlowDown,
    TryLater,
)
from bot.records import backups, messages, notices, people
from bot.records.messages import Claimed
from bot.records.store import Connection, Unavailable
from bot.service.commits import Commits, T, Work
from bot.service.pace import Pace
from bot.service.quiet import HolidayOn, Quiet

log = logging.getLogger(__name__)

Attachments = Callable[[str], Awaitable[Attachment | None]]
"""Makes the file that a row names; None where there is none."""

IN_HAND = 48  # rows claimed and not yet closed
NOTICES_IN_HAND = 32  # of these at most what we begin ourselves, so that an answer never waits for room
POLL_SECONDS = 5.0
RENEW_SECONDS = 20.0  # a third of a lease
INSIST_SECONDS = 1.0
STOP_SECONDS = 4.0
FIRST_PAUSE = timedelta(seconds=5)
AMBIGUOUS_PAUSE = timedelta(seconds=20)  # what was just posted may not stand in the provider's list yet
LONGEST_PAUSE = timedelta(minutes=5)
ACCOUNT_PAUSE_SECONDS = 60.0
TRIES = 12


@dataclass(eq=False, slots=True)
class _Errand:
    """One row in hand; `is_begun` from the moment that the provider may have it."""

    row: Claimed
    is_begun: bool = False

    @property
    def out(self) -> Outgoing:
        return self.row.out

    @property
    def is_notice(self) -> bool:
        """What we begin ourselves, and no answer."""
        return self.row.priority > messages.REPLY


async def no_files(key: str) -> Attachment | None:
    """Every message leaves as text alone."""
    return None


class Sender:
    """Sends what waits for one channel, until stopped."""

    def __init__(
        self,
        commits: Commits,
        clock: Clock,
        channel: Channel,
        pace: Pace,
        holiday_on: HolidayOn = lambda day: None,
        attachments: Attachments = no_files,
    ) -> None:
        self._commits, self._clock, self._channel, self._pace = commits, clock, channel, pace
        self._holiday_on, self._attachments = holiday_on, attachments
        self._bell = asyncio.Event()
        self._in_hand: dict[asyncio.Task[None], _Errand] = {}
        self._renewed_at = 0.0

    def wake(self) -> None:
        """Something may wait."""
        self._bell.set()

    async def run(self) -> None:
        """Claim and send until cancelled; what is claimed and not yet sent then goes back."""
        await self._insist(lambda tx: messages.expire_leases(tx, self._channel.name, self._clock.now()))
        try:
            while True:
                await self._claim_or_not()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):  # wait_for of 3.11 can swallow our being cancelled
                        await self._bell.wait()
                self._bell.clear()
        finally:
            await self._put_down()

    # -- claiming

    async def _claim_or_not(self) -> None:
        """Nothing that goes wrong here may end the sending: the next round tries again."""
        try:
            await self._renew()
            await self._claim()
        except Unavailable:
            pass  # the group commit has said so
        except Exception:
            log.exception("channel %s: nothing could be claimed", self._channel.name)

    async def _claim(self) -> None:
        while (room := IN_HAND - len(self._in_hand)) > 0:
            notices = sum(errand.is_notice for errand in self._in_hand.values())
            rows = await self._commits.run(partial(self._claimed, room=room, notices=NOTICES_IN_HAND - notices))
            for row in rows:
                self._take_up(row)
            if len(rows) < room:
                return

    def _claimed(self, tx: Connection, room: int, notices: int) -> list[Claimed]:
        """The one gate: nothing passes while a restored backup waits for its release; in quiet hours nothing that is
        no answer, on holidays no notice to many."""
        if backups.held(tx):
            return []
        now = self._clock.now()
        return messages.claim(tx, self._channel.name, now, room, notices, **self._silence(tx, now))

    def _silence(self, tx: Connection, now: datetime) -> dict[str, bool]:
        is_holiday = self._holiday_on(now.astimezone(LIMA).date()) is not None
        return {"is_quiet": Quiet.load(tx, now).is_quiet(now), "is_holiday": is_holiday}

    async def _renew(self) -> None:
        """What waits in hand for longer than a lease, at a slow pace or in a pause, stays ours."""
        if not self._in_hand:
            self._renewed_at = time.monotonic()
        elif time.monotonic() - self._renewed_at >= RENEW_SECONDS:
            held = [errand.out.id for errand in self._in_hand.values()]
            await self._commits.run(lambda tx: messages.renew(tx, held, self._clock.now()))
            self._renewed_at = time.monotonic()

    def _take_up(self, row: Claimed) -> None:
        if any(errand.out.id == row.out.id for errand in self._in_hand.values()):
            return  # its lease lapsed while the database was away; it is being sent all the same
        errand = _Errand(row)
        task = asyncio.create_task(self._run_errand(errand))
        self._in_hand[task] = errand
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._in_hand[task]
        if not task.cancelled() and task.exception():
            log.error("outbox: a row was left to its lease", exc_info=task.exception())
        self.wake()

    # -- sending

    async def _run_errand(self, errand: _Errand) -> None:
        try:
            await self._deliver(errand)
        except Exception as error:
            log.exception("outbox row=%s", errand.out.id)
            await self._later(errand, Ambiguous(type(error).__name__))

    async def _deliver(self, errand: _Errand) -> None:
        """One message to its end: sent, failed, dropped, or put back for later."""
        out = errand.out
        if errand.row.was_tried and not await self._is_to_be_sent_again(errand):
            return
        if not self._is_too_late(out):
            await self._pace.wait(out.text, errand.row.priority, out.address)
        if self._is_too_late(out):
            await self._close(out, "dropped", "too_late")
            return
        if errand.is_notice and not await self._may_leave(out):
            return
        whole = await self._with_file(errand.row)
        errand.is_begun = True
        try:
            provider_id = await self._channel.send(whole)
        except SendError as error:
            await self._failed(errand, error)
        else:
            await self._sent(out, provider_id)

    async def _with_file(self, row: Claimed) -> Outgoing:
        """The message with the file that goes with it; the text alone where that cannot be made."""
        if not row.attachment:
            return row.out
        try:
            return replace(row.out, attachment=await self._attachments(row.attachment))
        except Exception:
            log.exception("outbox row=%s: its file cannot be made", row.out.id)
            return row.out

    def _is_too_late(self, out: Outgoing) -> bool:
        return out.expires_at is not None and out.expires_at <= self._clock.now()

    async def _may_leave(self, out: Outgoing) -> bool:
        """Hours can pass between a notice and its turn: she may have stopped us, staff the notice, or it is night."""

        def begin(tx: Connection) -> notices.Verdict:
            now = self._clock.now()
            return notices.begin(tx, out.id, now, **self._silence(tx, now))

        verdict = await self._insist(begin)
        if verdict not in ("go", "gone", "held", "paused"):
            await self._close(out, "dropped", verdict)
        return verdict == "go"

    async def _is_to_be_sent_again(self, errand: _Errand) -> bool:
        """Ask the provider for a message whose answer was lost; when it cannot say now, ask again later.

        Where nobody can be asked an answer is sent again, and what we began ourselves is not: it may have arrived.
        """
        out = errand.out
        if not self._channel.lists_messages:
            if errand.is_notice or self._is_too_late(out):
                await self._close(out, "unknown", "Ambiguous")
                return False
            return True
        adopted = await self._insist(lambda tx: messages.adopted(tx, self._channel.name, out))
        found = await self._channel.find(out, adopted.__contains__)
        if found.state == "sent":
            await self._sent(out, found.provider_id)
        elif found.state == "cannot_know" and self._is_too_late(out):
            await self._close(out, "unknown", "Ambiguous")
        elif found.state == "cannot_know":
            tries = await self._insist(lambda tx: messages.attempts(tx, out.id))
            await self._back(out, _pause(FIRST_PAUSE, tries), ambiguous=True)
        return found.state == "absent"

    async def _sent(self, out: Outgoing, provider_id: str) -> None:
        def write(tx: Connection) -> None:
            tx.serial(out.address)  # in order with a turn in which she has herself erased
            messages.sent(tx, out.id, provider_id, self._clock.now())
            messages.scrub_if_erased(tx, out.id)

        await self._insist(write)

    async def _failed(self, errand: _Errand, error: SendError) -> None:
        out = errand.out
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
                await self._back(out, timedelta(seconds=error.seconds), ambiguous=False, is_counted=False)
            case AccountTrouble():
                log.error("channel %s cannot send: %s %s", self._channel.name, error, error.code)
                self._pace.pause(ACCOUNT_PAUSE_SECONDS)
                pause = timedelta(seconds=ACCOUNT_PAUSE_SECONDS)
                await self._back(out, pause, ambiguous=False, is_counted=False)
            case Ambiguous() | TryLater():
                await self._later(errand, error)
            case _:
                await self._give_up(out, error)

    async def _later(self, errand: _Errand, error: SendError) -> None:
        """Again with a growing pause; TRIES times, or where we began it and nobody was reached, while it is true."""
        out = errand.out
        tries = await self._insist(lambda tx: messages.attempts(tx, out.id))
        is_ambiguous = isinstance(error, Ambiguous)
        is_patient = errand.is_notice and out.expires_at is not None and not is_ambiguous
        if tries >= TRIES and not is_patient:
            await self._give_up(out, error)
        else:
            pause = _pause(AMBIGUOUS_PAUSE if is_ambiguous else FIRST_PAUSE, tries)
            await self._back(out, pause, ambiguous=is_ambiguous)

    async def _give_up(self, out: Outgoing, error: SendError) -> None:
        state = "unknown" if isinstance(error, Ambiguous) else "failed"
        now = self._clock.now()

        def write(tx: Connection) -> None:
            tx.serial(out.address)
            messages.close(tx, out.id, state, type(error).__name__, error.code, now)
            if isinstance(error, OptedOut | BadAddress):
                people.mark_unusable(tx, out.address, type(error).__name__, now)

        await self._insist(write)

    async def _close(self, out: Outgoing, state: str, error_class: str) -> None:
        now = self._clock.now()

        def write(tx: Connection) -> None:
            tx.serial(out.address)
            messages.close(tx, out.id, state, error_class, "", now)

        await self._insist(write)

    async def _back(self, out: Outgoing, pause: timedelta, *, ambiguous: bool, is_counted: bool = True) -> None:
        due = self._clock.now() + pause
        await self._insist(lambda tx: messages.put_back(tx, out.id, due, ambiguous=ambiguous, is_counted=is_counted))
        asyncio.get_running_loop().call_later(pause.total_seconds() + 0.01, self.wake)

    async def _insist(self, work: Work[T]) -> T:
        """What became of a message is written down however long the database is away: else it might leave twice."""
        while True:
            try:
                return await self._commits.run(work)
            except Unavailable:
                await asyncio.sleep(INSIST_SECONDS)

    # -- stopping

    async def _put_down(self) -> None:
        """What has not begun goes back to wait; what is being sent is given a moment, then its lease lapses."""
        idle = {task: errand for task, errand in self._in_hand.items() if not errand.is_begun}
        begun = set(self._in_hand) - set(idle)
        for task in idle:
            task.cancel()
        await asyncio.gather(*idle, return_exceptions=True)
        now = self._clock.now()

        def write(tx: Connection) -> None:
            for errand in idle.values():
                messages.put_back(tx, errand.out.id, now, ambiguous=errand.row.was_tried, is_counted=False)

        if idle:
            with contextlib.suppress(Unavailable):
                await self._commits.run(write)
        if begun:
            _, late = await asyncio.wait(begun, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


def _pause(first: timedelta, tries: int) -> timedelta:
    """How long until the next try: twice as long each time, and not for all at once."""
    doubled: timedelta = first * 2 ** min(max(tries - 1, 0), 16)
    return min(LONGEST_PAUSE, doubled) * random.uniform(0.8, 1.2)  # noqa: S311  jitter


def take_receipt(
    tx: Connection, clock: Clock, receipt: Receipt, classify: Callable[[str], type[SendError]], now: datetime
) -> None:
    """A delivery receipt: the event is kept, the row only rises, and a dead number is marked. What was never on the air
    is tried again."""
    address = messages.take_receipt(tx, clock.new_id(), receipt, now)
    if not address or not receipt.error_code:
        return
    kind = classify(receipt.error_code)
    if issubclass(kind, OptedOut | BadAddress):
        people.mark_unusable(tx, address, kind.__name__, now)
    if issubclass(kind, AccountTrouble):
        log.error("channel %s cannot send: the provider told us %s", receipt.channel, receipt.error_code)
    if receipt.is_unsent:
        messages.send_again(tx, receipt, now + LONGEST_PAUSE, TRIES)
