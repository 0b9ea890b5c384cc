"""Panorama: what people said, how it was answered, and where they gave up, counted for whoever may read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from dateutil.relativedelta import relativedelta

from bot.clock import LIMA
from bot.records import figures
from bot.records.figures import CaseFacts, Reach
from bot.records.store import Tx

Dimension = Literal["mesa", "district", "month", "language", "medium", "topic"]
DIMENSIONS: tuple[Dimension, ...] = ("mesa", "district", "month", "language", "medium", "topic")
STATES = ("booked", "came", "absent", "waiting", "offered", "lapsed", "cancelled")
"""Of an appointment, in the order in which they are shown."""

MOST_STOPS = 12
NINETY = 0.9


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months, by the first day of the first and of the last."""

    first: date
    last: date

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.first, time(), LIMA)

    @property
    def ends(self) -> datetime:
        return datetime.combine(self.last + relativedelta(months=1), time(), LIMA)

    @property
    def last_day(self) -> date:
        return self.last + relativedelta(months=1, days=-1)

    @property
    def months(self) -> int:
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1

    def earlier(self, months: int) -> Period:
        """As many months, so long before."""
        step = relativedelta(months=months)
        return Period(self.first - step, self.last - step)


@dataclass(frozen=True, slots=True)
class Summary:
    """The headline of a period. Hours are None where nothing was answered; `judged` are answered or late already."""

    reports: int
    people: int
    open: int
    overdue: int
    answered: int
    median_hours: float | None
    ninety_hours: float | None
    in_time: int
    judged: int
    served: int
    not_served: int

    @property
    def share_in_time(self) -> float | None:
        return self.in_time / self.judged if self.judged else None

    @property
    def share_served(self) -> float | None:
        said = self.served + self.not_served
        return self.served / said if said else None


@dataclass(frozen=True, slots=True)
class Cross:
    """Reports by two dimensions: keys of rows and columns in order, and the count of each (row, column)."""

    rows: Sequence[str]
    columns: Sequence[str]
    counts: Mapping[tuple[str, str], int]

    def of_row(self, row: str) -> int:
        return sum(self.counts.get((row, column), 0) for column in self.columns)

    def of_column(self, column: str) -> int:
        return sum(self.counts.get((row, column), 0) for row in self.rows)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Cases:
    """What was said in a period, and with `before` in the one that it is compared with."""

    now: Summary
    before: Summary | None
    cross: Cross
    cross_before: Cross | None
    by_month: Cross


@dataclass(frozen=True, slots=True)
class Talks:
    """Messages by what they want and by language; by `flow.step` and language how often people stopped there, and
    of how many questions."""

    intents: Mapping[tuple[str, str], int]
    stopped: Mapping[tuple[str, str], int]
    asked: Mapping[tuple[str, str], int]

    @property
    def wanted_most(self) -> list[str]:
        return _most(self.intents)

    @property
    def stopped_most(self) -> list[str]:
        return _most(self.stopped)[:MOST_STOPS]


def cases(
    tx: Tx, reach: Reach, period: Period, rows: Dimension, columns: Dimension, before: Period | None, now: datetime
) -> Cases:
    """Everything that is counted of cases, exactly: only for whoever may read them."""
    found = figures.cases(tx, reach, period.begins, period.ends)
    old = figures.cases(tx, reach, before.begins, before.ends) if before else None
    return Cases(
        summary(found, now),
        None if old is None else summary(old, now),
        cross(found, rows, columns),
        None if old is None else cross(old, rows, columns),
        cross(found, "month", "mesa"),
    )


def summary(found: Collection[CaseFacts], now: datetime) -> Summary:
    """The headline of some reports."""
    hours = sorted((f.answered_at - f.created_at) / timedelta(hours=1) for f in found if f.answered_at)
    overdue = sum(1 for f in found if f.state == "open" and f.due_at <= now)
    late_unanswered = sum(1 for f in found if f.state == "open" and f.due_at <= now and not f.answered_at)
    return Summary(
        reports=len(found),
        people=len({f.person_id for f in found}),
        open=sum(1 for f in found if f.state == "open"),
        overdue=overdue,
        answered=len(hours),
        median_hours=_quantile(hours, 0.5),
        ninety_hours=_quantile(hours, NINETY),
        in_time=sum(1 for f in found if f.answered_at and f.answered_at <= f.due_at),
        judged=len(hours) + late_unanswered,
        served=sum(1 for f in found if f.served == "yes"),
        not_served=sum(1 for f in found if f.served == "no"),
    )


def cross(found: Iterable[CaseFacts], rows: Dimension, columns: Dimension) -> Cross:
    """Reports by two dimensions; keys by their size, months in order."""
    counts = Counter((_key(f, rows), _key(f, columns)) for f in found)
    by_row, by_column = Counter[str](), Counter[str]()
    for (row, column), n in counts.items():
        by_row[row] += n
        by_column[column] += n
    return Cross(_ordered(by_row, rows), _ordered(by_column, columns), counts)


def talks(tx: Tx, period: Period, session: timedelta, now: datetime) -> Talks:
    """What is wanted of the service, and where people stop answering it: no word from her for longer than a session."""
    intents = {(intent, language): n for intent, language, n in figures.intents(tx, period.begins, period.ends)}
    asked, stopped = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for each in figures.waited(tx, period.begins, period.ends):
        asked[each.waits_at, each.language] += 1
        if (each.next_at or now) - each.received_at > session:
            stopped[each.waits_at, each.language] += 1
    return Talks(intents, stopped, asked)


def appointments(tx: Tx, districts: Collection[str] | None, period: Period) -> Cross:
    """Appointments of the period's campaigns by specialty and state."""
    found = figures.appointments(tx, districts, period.first, period.last_day)
    counts = {(specialty, state): n for specialty, state, n in found}
    return Cross(sorted({specialty for specialty, _ in counts}), STATES, counts)


def _key(fact: CaseFacts, dimension: Dimension) -> str:
    if dimension == "month":
        # Lima's clock has stood five hours behind UTC since before there were such services; this is asked very often.
        return (fact.created_at.astimezone(UTC) + _LIMA).strftime("%Y-%m")
    return str(getattr(fact, dimension))


_LIMA = timedelta(hours=-5)


def _ordered(sizes: Counter[str], dimension: Dimension) -> list[str]:
    if dimension == "month":
        return sorted(sizes)
    return sorted(sizes, key=lambda key: (key == "", -sizes[key], key))


def _most(counts: Mapping[tuple[str, str], int]) -> list[str]:
    sizes = Counter[str]()
    for (what, _), n in counts.items():
        sizes[what] += n
    return sorted(sizes, key=lambda what: (-sizes[what], what))


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """The value within which that share of them lies; the middle of the two middle ones for a half."""
    if not ordered:
        return None
    if share == 0.5:
        return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
