"""When a notice leaves and until when it is true: decent hours, no holidays, and nothing about yesterday."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from bot.clock import LIMA
from bot.records.agenda import rules
from bot.records.notices import Notice
from bot.records.store import Tx
from bot.service.knowledge import Knowledge
from bot.service.notices.events import Event
from bot.service.notices.words import relative_word
from bot.service.quiet import BEGINS as EVENING
from bot.service.quiet import Quiet

LIFE = timedelta(days=2)
"""How long a notice without an event is worth hearing, where nobody says otherwise."""

MIDNIGHT = time(23, 59)

_DAYS_AHEAD = 400


def quiet_for_notices(tx: Tx, knowledge: Knowledge, now: datetime) -> Quiet:
    """Quiet hours and days, and the national holidays besides."""
    return Quiet.load(tx, now, knowledge.content.holiday_on)


def leaves_at(tx: Tx, knowledge: Knowledge, notice: Notice, now: datetime) -> datetime:
    """The first moment at which its first message may leave."""
    wanted = max(notice.starts_at or now, now)
    return wanted if notice.is_urgent else quiet_for_notices(tx, knowledge, now).opens(wanted)


def expiry(notice: Notice, found: Event | None, leaves: datetime) -> datetime:
    """Until when it is worth hearing: as was written, or for two days; but never after its event has begun, nor after
    the evening of a day on which it says «mañana» (what is urgent: after that day)."""
    ends = [notice.expires_at] if notice.expires_at else []
    if found and found.begins:
        ends.append(found.begins)
    if relative_word(notice):
        last = MIDNIGHT if notice.is_urgent else EVENING
        ends.append(datetime.combine(leaves.astimezone(LIMA).date(), last, LIMA))
    return min(ends, default=leaves + LIFE)


def ends_at(tx: Tx, knowledge: Knowledge, begins: datetime, units: float, units_per_second: float) -> datetime:
    """When the last of so many segments (or messages) has left, at the sender's pace and in decent hours."""
    spoken = timedelta(seconds=units / units_per_second)
    return quiet_for_notices(tx, knowledge, begins).after(begins, spoken)


def next_of_series(series: Notice, after: datetime) -> datetime | None:
    """The next hour of a repeating notice later than `after`; None when its rule has ended."""
    if series.starts_at is None:
        return None
    hour = series.starts_at.astimezone(LIMA).time()
    first = after.astimezone(LIMA).date()
    days = rules.upcoming(series.rule, first, 2)
    hours = [datetime.combine(day, hour, LIMA) for day in days if (day - first).days <= _DAYS_AHEAD]
    return next((moment for moment in hours if moment > after), None)


def falls_on(series: Notice, moment: datetime) -> bool:
    """Whether the day of this moment is one of the series."""
    day = moment.astimezone(LIMA).date()
    return list(rules.upcoming(series.rule, day, 1)) == [day]


def life(series: Notice) -> timedelta:
    """How long each notice of a series is worth hearing."""
    return series.expires_at - series.starts_at if series.expires_at and series.starts_at else LIFE


def made_from(series: Notice, notice_id: int, starts_at: datetime) -> Notice:
    """The notice of one day of a series; it ends where the next one begins, lest two of them be heard at once."""
    following = next_of_series(series, starts_at)
    ends = starts_at + life(series)
    return replace(
        series,
        id=notice_id,
        series_id=series.id,
        state="scheduled",
        rule="",
        starts_at=starts_at,
        expires_at=min(ends, following) if following else ends,
        frozen_up_to=0,
        begun_at=None,
        frozen_at=None,
        closed_at=None,
    )
