"""Notices under way: begun at their hour, frozen in pieces, fed to the outbox a little ahead of the sender, watched."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.records import backups, notices
from bot.records.notices import Fate, Notice
from bot.records.store import Connection, Tx, Unavailable
from bot.service.commits import Commits
from bot.service.knowledge import KnowledgeOf
from bot.service.notices import reporting, steering, timing
from bot.service.notices.events import Event, event
from bot.service.notices.rendering import render
from bot.service.ways import Ways

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
PEOPLE_AT_ONCE = 1000
"""Written down in one transaction: an answer must not wait behind more."""

FED_AT_ONCE, AHEAD = 200, 400
"""Messages that enter the outbox in one transaction, and most that stand there by one channel: a pause recalls all."""

CANARY, CANARY_WAIT = 20, timedelta(seconds=15)
"""The first messages, and how long their receipts are waited for before the others follow."""

MOST_FAILED = 0.25
"""The share of failures above which a notice stops by itself."""


class Broadcaster:
    """Leads every notice from its hour to its end. What was done is in the rows: a repeated look does nothing twice."""

    def __init__(
        self,
        commits: Commits,
        clock: Clock,
        knowledge: KnowledgeOf,
        wake: Callable[[str], None],
        is_on: Callable[[str], bool],
        ways: Ways,
    ) -> None:
        """`is_on`: whether anything can leave by a channel."""
        self._commits, self._clock, self._knowledge, self._wake = commits, clock, knowledge, wake
        self._is_on, self._ways = is_on, ways

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                while await self._commits.run(lambda tx: self.look(tx, self._clock.now())):
                    pass  # whoever wrote meanwhile was answered in between
            except Unavailable:
                pass  # the group commit has said so; the next look tries again
            except Exception:
                log.exception("notices")
            await asyncio.sleep(LOOK_SECONDS)

    def look(self, tx: Connection, now: datetime) -> bool:
        """One small piece of work for each notice that asks for it; whether there is more to do at once."""
        if backups.held(tx):
            return False
        asked_for = [self._lead_alone(tx, notice, now) for notice in notices.due(tx, now)]
        return any(asked_for)

    def _lead_alone(self, tx: Connection, notice: Notice, now: datetime) -> bool:
        """A notice on which we break is held for somebody to look at, and holds up no other."""
        try:
            with tx.savepoint():
                return self._lead(tx, notice, now)
        except Unavailable:
            raise
        except Exception:
            log.exception("notice %s is held", notice.id)
            notices.set_state(tx, notice, "paused", now, because="fault")
            return False

    def _lead(self, tx: Tx, notice: Notice, now: datetime) -> bool:
        tx.serial(f"notice {notice.id}")
        match notice.state:
            case "repeating":
                return self._repeat(tx, notice, now)
            case "scheduled":
                return self._begin(tx, notice, now)
            case "freezing":
                return self._freeze(tx, notice, now)
            case _:
                return self._send(tx, notice, now)

    # -- its hour

    def _repeat(self, tx: Tx, series: Notice, now: datetime) -> bool:
        """The series has come to one of its days: a notice of that day, and the next day to wait for."""
        starts = series.starts_at or now
        found = event(tx, self._knowledge(tx), series.about, now)
        is_over = found is not None and found.offer != "fair" and found.is_over(starts)  # a fair comes back
        if not is_over and timing.falls_on(series, starts) and not notices.occurrence(tx, series.id, starts):
            made = timing.made_from(series, self._clock.new_id(), starts)
            notices.add(tx, _up_to_date(made, found), now)
        following = None if is_over else timing.next_of_series(series, max(starts, now - timing.LIFE))
        if following is None:
            notices.set_state(tx, series, "done", now)
        else:
            notices.put_off(tx, series, following, following + timing.life(series))
        return True

    def _begin(self, tx: Tx, notice: Notice, now: datetime) -> bool:
        """Its texts are finished now, and its audience is written down as it is now."""
        is_late = notice.expires_at is not None and notice.expires_at <= now
        why = "" if is_late else self._why_not(tx, notice, now)
        if why:
            if notices.set_state(tx, notice, "paused", now, because=why):
                reporting.tell(tx, self._clock, notice, now, why)
                log.warning("notice %s is held: %s", notice.id, why)
            return False
        render(tx, self._knowledge(tx), notice, now)
        notices.set_state(tx, notice, "freezing", now)
        log.info("notice %s begins", notice.id)
        return True

    def _why_not(self, tx: Tx, notice: Notice, now: datetime) -> str:
        """What has become of its event since it was written: `event_gone`, `event_cancelled`, `event_moved`."""
        found = event(tx, self._knowledge(tx), notice.about, now) if notice.about else None
        if notice.about and found is None:
            return "event_gone"
        if found and found.is_cancelled:
            return "event_cancelled"
        return "event_moved" if found and notice.held_on and found.held_on != notice.held_on else ""

    def _freeze(self, tx: Tx, notice: Notice, now: datetime) -> bool:
        instead = self._ways.instead(by_cheapest=notice.audience.by_cheapest)
        last = notices.freeze(tx, notice, now, PEOPLE_AT_ONCE, instead)
        if last is None:
            notices.set_state(tx, notice, "sending", now)
        else:
            notices.set_frozen_up_to(tx, notice, last)
        return True

    # -- its messages

    def _send(self, tx: Tx, notice: Notice, now: datetime) -> bool:
        if notice.expires_at and notice.expires_at <= now:
            return self._expire(tx, notice, now)
        so_far = notices.fate(tx, notice.id)
        if self._is_stopped(tx, notice, so_far, now):
            return False
        if not notice.is_urgent and timing.quiet_for_notices(tx, self._knowledge(tx), now).is_quiet(now):
            return False
        return self._feed(tx, notice, so_far, now)

    def _expire(self, tx: Tx, notice: Notice, now: datetime) -> bool:
        """Nobody hears what is not true any more; staff see how many did not."""
        left = notices.leave_out_rest(tx, notice.id, "too_late", PEOPLE_AT_ONCE)
        notices.drop_late(tx, notice.id, now)
        if not left:
            self._finish(tx, notice, now)
        return bool(left)

    def _is_stopped(self, tx: Tx, notice: Notice, so_far: Fate, now: datetime) -> bool:
        ended, failed = so_far.ended - notice.forgiven, so_far.failed - notice.forgiven_failed
        is_failing = ended >= CANARY and failed > MOST_FAILED * ended
        why = self._why_not(tx, notice, now) or ("failures" if is_failing else "")
        if why and steering.pause(tx, notice, now, why):
            reporting.tell(tx, self._clock, notice, now, why)
            log.error("notice %s stopped: %s %s", notice.id, why, dict(so_far.causes))
        return bool(why)

    def _feed(self, tx: Tx, notice: Notice, so_far: Fate, now: datetime) -> bool:
        """Keep the outbox a little ahead of the sender, and no more: what is not there can be stopped at once."""
        standing, waiting = notices.in_outbox(tx, notice.id), notices.channels(tx, notice.id)
        off = next((channel for channel in waiting if not self._is_on(channel)), "")
        if off:  # nobody sends by it (any more): its share of the first twenty would hold up all the others
            return notices.leave_out_rest(tx, notice.id, "unreachable", PEOPLE_AT_ONCE, channel=off) > 0
        room, fed = self._room(tx, notice, so_far, now), 0
        for turn, channel in enumerate(waiting):
            share = math.ceil((room - fed) / (len(waiting) - turn))  # each channel has a part of the first twenty
            limit = min(FED_AT_ONCE, AHEAD - standing.get(channel, 0), share)
            if limit > 0 and (moved := notices.feed(tx, notice, channel, limit, now, self._clock.new_id)):
                fed += moved
                self._wake(channel)
        if not waiting and not standing:
            self._finish(tx, notice, now)
        return fed >= FED_AT_ONCE

    def _room(self, tx: Tx, notice: Notice, so_far: Fate, now: datetime) -> int:
        """How many may enter the outbox: the first twenty alone, the others when these have had time to fail."""
        entered = so_far.ended + so_far.standing
        if entered < CANARY:
            return CANARY - entered
        last = notices.last_end(tx, notice.id) if entered == CANARY else None
        is_waited_for = entered == CANARY and (so_far.standing > 0 or last is None or now - last < CANARY_WAIT)
        return 0 if is_waited_for else AHEAD * FED_AT_ONCE

    def _finish(self, tx: Tx, notice: Notice, now: datetime) -> None:
        if not notices.in_outbox(tx, notice.id) and notices.set_state(tx, notice, "done", now):
            reporting.tell(tx, self._clock, notice, now)
            late = notices.progress(tx, notice.id).too_late
            log.log(logging.WARNING if late else logging.INFO, "notice %s is done, too late for %s", notice.id, late)


def _up_to_date(notice: Notice, found: Event | None) -> Notice:
    """A day of a series tells of the next fair or campaign, not of that of the first day."""
    if found is None:
        return notice
    ends = min(notice.expires_at, found.begins) if notice.expires_at and found.begins else notice.expires_at
    return replace(notice, fields={**notice.fields, **found.fields}, held_on=found.held_on, expires_at=ends)
