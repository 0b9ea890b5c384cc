"""Quiet hours: when we keep silent, when we may speak again, and a clock that stands still meanwhile."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import LIMA
from bot.records import quiet_days
from bot.records.quiet_days import QuietDay
from bot.records.store import Store
from bot.service.quiet import Quiet

FIRST = date(2027, 3, 1)
MINUTE, INSTANT = timedelta(minutes=1), timedelta(microseconds=1)

days = st.frozensets(st.integers(0, 12).map(lambda n: FIRST + timedelta(days=n)), max_size=6).map(Quiet)
moments = st.integers(0, 12 * 24 * 60).map(lambda n: at(1) + n * MINUTE)
durations = st.integers(1, 30 * 60).map(lambda n: n * MINUTE)


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of March 2027 by Lima's clocks; the 1st is a Monday."""
    return datetime(2027, 3, 1, tzinfo=LIMA) + timedelta(days=day - 1, hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("moment", "is_quiet"),
    [
        pytest.param(at(1, 7), False, id="from seven on we speak"),
        pytest.param(at(1, 6, 59), True, id="a minute before seven"),
        pytest.param(at(1, 19, 59), False, id="a minute before eight in the evening"),
        pytest.param(at(1, 20), True, id="from eight on"),
        pytest.param(at(1, 0), True, id="midnight"),
        pytest.param(at(2, 12), True, id="noon of a day that staff set"),
        pytest.param(at(3, 12), False, id="noon of the day after"),
    ],
)
def test_when_we_keep_silent(moment: datetime, is_quiet: bool) -> None:
    assert Quiet([FIRST + timedelta(days=1)]).is_quiet(moment) is is_quiet


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        pytest.param(at(1, 12), at(1, 12), id="at once"),
        pytest.param(at(1, 3), at(1, 7), id="this morning"),
        pytest.param(at(4, 20), at(5, 7), id="tomorrow"),
        pytest.param(at(1, 21), at(4, 7), id="after two quiet days"),
        pytest.param(at(2, 12), at(4, 7), id="from within them"),
    ],
)
def test_when_we_may_speak_again(moment: datetime, opens: datetime) -> None:
    assert Quiet([date(2027, 3, 2), date(2027, 3, 3)]).opens(moment) == opens


@pytest.mark.parametrize(
    ("moment", "hours", "ends"),
    [
        pytest.param(at(1, 9), 2, at(1, 11), id="by day"),
        pytest.param(at(1, 19), 2, at(2, 8), id="over night"),
        pytest.param(at(1, 18), 2, at(1, 20), id="to the last minute of the evening"),
        pytest.param(at(2, 19), 2, at(4, 8), id="over a quiet day"),
        pytest.param(at(1, 2), 1, at(1, 8), id="from the night"),
        pytest.param(at(1, 9), 14, at(2, 10), id="longer than a day"),
    ],
)
def test_how_long_somebody_has_to_answer(moment: datetime, hours: int, ends: datetime) -> None:
    assert Quiet([date(2027, 3, 3)]).after(moment, timedelta(hours=hours)) == ends


def test_the_days_are_those_that_staff_have_set_from_today_on(tmp_path: Path) -> None:
    store = Store(tmp_path / "chaski.db")
    with store.write() as tx:
        quiet_days.put(tx, QuietDay(date(2027, 3, 2), "fiesta", "staff"))
        quiet_days.put(tx, QuietDay(date(2027, 3, 4), "duelo", "staff"))
        quiet_days.remove(tx, date(2027, 3, 4))
    now = at(1, 23)  # in UTC it is the 2nd already
    quiet = Quiet.load(store.read, now)
    store.close()
    assert quiet.opens(now) == at(3, 7)
    assert not quiet.is_quiet(at(4, 12))


@given(days, moments)
def test_when_we_may_speak_again_we_may(quiet: Quiet, moment: datetime) -> None:
    opens = quiet.opens(moment)
    assert opens >= moment
    assert not quiet.is_quiet(opens)
    assert quiet.opens(opens) == opens
    assert opens == moment or quiet.is_quiet(opens - INSTANT)


@given(days, moments, durations)
def test_so_much_open_time_lies_between_as_was_given(quiet: Quiet, moment: datetime, given_time: timedelta) -> None:
    ends = quiet.after(moment, given_time)
    assert not quiet.is_quiet(ends - INSTANT)
    passing = (moment + n * MINUTE for n in range((ends - moment) // MINUTE))
    assert sum(not quiet.is_quiet(each) for each in passing) * MINUTE == given_time
