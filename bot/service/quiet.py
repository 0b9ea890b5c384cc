"""Quiet hours: from eight in the evening to seven in the morning, and on days that staff set, only answers leave.

Notices keep silent on national holidays as well."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, time, timedelta

from bot.clock import LIMA
from bot.records import quiet_days
from bot.records.store import Tx

BEGINS, ENDS = time(20), time(7)
"""Lima's clock."""

HolidayOn = Callable[[date], str | None]
"""The name of the holiday on a day, None on all others."""

_A_DAY = timedelta(days=1)


class Quiet:
    """When we keep silent."""

    def __init__(self, days: Collection[date] = (), holiday_on: HolidayOn = lambda day: None) -> None:
        self._days, self._holiday_on = frozenset(days), holiday_on

    @classmethod
    def load(cls, tx: Tx, now: datetime, holiday_on: HolidayOn = lambda day: None) -> Quiet:
        return cls([each.day for each in quiet_days.coming(tx, now.astimezone(LIMA).date())], holiday_on)

    def is_quiet(self, moment: datetime) -> bool:
        local = moment.astimezone(LIMA)
        return self._is_set_aside(local.date()) or not ENDS <= local.time() < BEGINS

    def _is_set_aside(self, day: date) -> bool:
        return day in self._days or self._holiday_on(day) is not None

    def opens(self, moment: datetime) -> datetime:
        """The first moment from `moment` on at which we may speak."""
        if not self.is_quiet(moment):
            return moment
        local = moment.astimezone(LIMA)
        day = local.date() + _A_DAY * (local.time() >= BEGINS)
        while self._is_set_aside(day):
            day += _A_DAY
        return max(moment, datetime.combine(day, ENDS, LIMA))

    def after(self, moment: datetime, spoken: timedelta) -> datetime:
        """The moment when so much time has passed in which we may speak: the clock stands still in quiet hours."""
        at, left = self.opens(moment), spoken
        while left > (room := self._closes(at) - at):
            left -= room
            at = self.opens(self._closes(at))
        return at + left

    @staticmethod
    def _closes(moment: datetime) -> datetime:
        return datetime.combine(moment.astimezone(LIMA).date(), BEGINS, LIMA)
