"""What happens by itself as time passes: offers lapse and are made, people are reminded and told, at decent hours."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as clock_time

from bot.clock import LIMA, Clock
from bot.records import appointments, backups, outreach
from bot.records.appointments import Appointment
from bot.records.outreach import Errand
from bot.records.store import Tx, Unavailable
from bot.service import privacy
from bot.service.appointments.booking import LAST_OFFER, MOST_OFFERS, Booking, hold_time
from bot.service.commits import Commits, T, Work
from bot.service.feedback.overdue import escalate
from bot.service.outreach import Outreach, contact
from bot.service.publishing import publish
from bot.service.quiet import Quiet

log = logging.getLogger(__name__)

TICK_SECONDS = 15.0
TIDY_SECONDS, NEXT_TIDY_SECONDS = 3600.0, 60.0
"""Between two rounds of tidying: once all is done, and while more is left."""

AT_ONCE = 25
"""Messages begun in one transaction: an answer must not wait behind more."""

JUMP, JUMP_PAUSE_SECONDS = timedelta(hours=1), 600.0
"""A clock that leaps by more than this is looked at for ten minutes before anything lapses or is told by it."""

EVE_BEGINS = clock_time(10)
"""From this hour on the day before."""

SOON = timedelta(minutes=15)
"""A reminder that would arrive later than this before the beginning is of no use."""

REMINDER, PROMOTERS_REMINDER, OFFER, PASSED = "recordatorio", "aviso_promotora", "cupo_libre", "turno_paso"
"""The flows that are begun here."""


class Clockwork:
    """Looks at the rows again and again. What was done is in the rows, so that a repeated look does nothing twice."""

    def __init__(
        self, commits: Commits, clock: Clock, outreach: Outreach, wake: Callable[[str], None], kept: timedelta
    ) -> None:
        """`kept` is how long words last."""
        self._commits, self._clock, self._outreach, self._wake, self._kept = commits, clock, outreach, wake, kept
        self._tidies_at = 0.0

    async def run(self) -> None:
        """Tick until cancelled."""
        last, begun = self._clock.now(), time.monotonic()
        while True:
            now, elapsed = self._clock.now(), timedelta(seconds=time.monotonic() - begun)
            if abs(now - last - elapsed) > JUMP:
                log.error("the clock jumped from %s to %s: nothing lapses for a while", last, now)
                await asyncio.sleep(JUMP_PAUSE_SECONDS)
            last, begun = self._clock.now(), time.monotonic()
            await self._tick()
            if time.monotonic() >= self._tidies_at:
                await self._tidy()
            await asyncio.sleep(TICK_SECONDS)

    async def _tick(self) -> None:
        while told := await self._done(lambda tx: self.tick(tx, self._clock.now())):
            for channel in told:
                self._wake(channel)

    async def _tidy(self) -> None:
        is_all_done = await self._done(lambda tx: self.tidy(tx, self._clock.now())) == 0
        self._tidies_at = time.monotonic() + (TIDY_SECONDS if is_all_done else NEXT_TIDY_SECONDS)

    async def _done(self, work: Work[T]) -> T | None:
        """What one look found to do; None when it broke, and then the next one tries again."""
        try:
            return await self._commits.run(work)
        except Unavailable:
            pass  # the group commit has said so
        except Exception:
            log.exception("clockwork")
        return None

    def tick(self, tx: Tx, now: datetime) -> list[str]:
        """One look: what is due and may be said now, AT_ONCE messages at most; the channel of each.

        Nothing lapses or is said on the word of a restored backup.
        """
        if backups.held(tx):
            return []
        self._let_lapse(tx, now)
        booking = Booking(tx, self._clock, now)
        for campaign, specialty in appointments.clinics_with_room(tx, MOST_OFFERS):
            booking.offer_free(campaign, specialty)
        quiet = Quiet.load(tx, now)
        if quiet.is_quiet(now):
            return self._say_errands(tx, now, AT_ONCE, urgent_only=True)
        told = self._tell_offers(tx, now, quiet)
        told += self._remind(tx, now, AT_ONCE - len(told))
        escalate(tx, self._clock, now, AT_ONCE)
        return told + self._say_errands(tx, now, AT_ONCE - len(told), urgent_only=False)

    def tidy(self, tx: Tx, now: datetime) -> int:
        """One round of what is told to nobody: a month that has ended is published, and words whose time is over go, a
        few at once. How many rows were touched; 0 when nothing is left."""
        if backups.held(tx):
            return 0
        published = publish(tx, now) is not None
        return published + privacy.let_go(tx, now, self._kept)

    # -- the waiting list

    def _let_lapse(self, tx: Tx, now: datetime) -> None:
        for held in appointments.lapsed_offers(tx, now):
            result = Booking(tx, self._clock, now).lapse(held)
            person_id = contact(tx, held.patient)
            if result and person_id:
                values = {"appointment": str(held.id)}
                errand = Errand(self._clock.new_id(), person_id, PASSED, values, held.begins, is_urgent=False)
                outreach.add(tx, errand, now)

    def _tell_offers(self, tx: Tx, now: datetime, quiet: Quiet) -> list[str]:
        told = []
        for held in appointments.untold_offers(tx)[:AT_ONCE]:
            if held.begins - now < LAST_OFFER:  # held over night: too late by now, and she need not hear of it
                Booking(tx, self._clock, now).lapse(held)
                continue
            until = min(_rounded(quiet.after(now, hold_time(now, held.begins))), held.begins)
            appointments.set_offer_told(tx, held.id, until, now)
            person_id = contact(tx, held.patient)
            if person_id:
                told.append(self._outreach.begin(tx, person_id, OFFER, {"appointment": str(held.id)}, now, until))
        return [channel for channel in told if channel]

    # -- reminders

    def _remind(self, tx: Tx, now: datetime, most: int) -> list[str]:
        local = now.astimezone(LIMA)
        midnight = datetime.combine(local.date(), clock_time(), LIMA)
        told = self._remind_of(tx, "day", midnight, midnight, now, most)
        window = datetime.combine(local.date(), EVE_BEGINS, LIMA)
        if now >= window:
            tomorrow = datetime.combine(local.date() + timedelta(days=1), clock_time(), LIMA)
            told += self._remind_of(tx, "eve", tomorrow, window, now, most - len(told))
        return told

    def _remind_of(
        self, tx: Tx, which: str, day: datetime, booked_before: datetime, now: datetime, most: int
    ) -> list[str]:
        """One message to each phone about all of its people at one campaign."""
        groups: dict[tuple[int, bool, str], list[Appointment]] = defaultdict(list)
        for held in appointments.due_reminders(tx, day.date(), which, booked_before):
            person_id = contact(tx, held.patient)
            if person_id and held.begins - now > SOON:
                groups[person_id, held.patient.person_id is None, held.campaign].append(held)
            else:
                appointments.claim_reminder(tx, held.id, which, now)  # rightly never
        told = []
        for (person_id, is_promoter, _), theirs in list(groups.items())[:most]:
            claimed = [held for held in theirs if appointments.claim_reminder(tx, held.id, which, now)]
            if claimed:
                values = {"ids": [held.id for held in claimed]}
                flow = PROMOTERS_REMINDER if is_promoter else REMINDER
                expires_at = day if which == "eve" else min(held.begins for held in claimed)  # «mañana» is said today
                told.append(self._outreach.begin(tx, person_id, flow, values, now, expires_at))
        return [channel for channel in told if channel]

    # -- what staff and promoters have us tell

    def _say_errands(self, tx: Tx, now: datetime, most: int, *, urgent_only: bool) -> list[str]:
        told = []
        for errand in outreach.waiting(tx, max(most, 0), urgent_only=urgent_only):
            if errand.expires_at <= now:
                outreach.close(tx, errand.id, "too_late", now)
            else:
                channel = self._outreach.begin(
                    tx, errand.person_id, errand.flow, errand.values, now, errand.expires_at, is_urgent=errand.is_urgent
                )
                outreach.close(tx, errand.id, "said" if channel else "unreachable", now)
                told.append(channel)
        return [channel for channel in told if channel]


def _rounded(moment: datetime) -> datetime:
    """Up to the next five minutes: an hour that can be said."""
    past = timedelta(minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond)
    return moment + (timedelta(minutes=5) - past if past else timedelta())
