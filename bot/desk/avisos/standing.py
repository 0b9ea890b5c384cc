"""How a notice stands, in the figures that its page shows: exact for whoever sends notices, coarse for a reader."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.records import notices
from bot.records.notices import Notice, Progress, Tally
from bot.records.staff import Staff
from bot.records.store import Tx
from bot.service.knowledge import Knowledge
from bot.service.notices import timing
from bot.service.notices.echo import COUNTED
from bot.service.notices.preview import Tariff, remaining
from bot.service.small_numbers import FEWEST, together

NOT_SENT = ("too_late", "cancelled")
"""Why people whose message was foretold have been left out after all."""

_ARRIVED, _FAILED = ("sent", "delivered"), ("failed", "unknown")

Place = tuple[str, str]
"""A comunidad (empty: nobody knows which) and a language."""


@dataclass(frozen=True, slots=True)
class Row:
    """People of some places in one row of the table, each counted once: whose message did not leave (`others`) or was
    lost, and of those whom it reached, by the strongest thing that they answered."""

    places: tuple[Place, ...]
    others: int = 0
    failed: int = 0
    silent: int = 0
    wrote: int = 0
    took: int = 0
    stopped: int = 0

    @property
    def counts(self) -> tuple[int, ...]:
        return self.others, self.failed, self.silent, self.wrote, self.took, self.stopped

    @property
    def people(self) -> int:
        return sum(self.counts)

    @property
    def arrived(self) -> int:
        return self.silent + self.wrote + self.took + self.stopped

    @property
    def is_about_few(self) -> bool:
        """Whether somebody who only reads the figures must not see it."""
        return any(0 < count < FEWEST for count in self.counts)


@dataclass(frozen=True, slots=True)
class Standing:
    """All figures of a notice at one moment. `foretold` is what it takes when nobody falls out; `ends_at` is None where
    nothing is to be sent any more."""

    done: Progress
    spent: Decimal
    foretold: Decimal
    foretold_segments: int
    ends_at: datetime | None
    rows: Sequence[Row]

    @property
    def stayed(self) -> int:
        """Who was to hear and to whom nothing was sent: it was too late, or she stopped us meanwhile."""
        left_out = self.done.causes("left_out")
        return self.done.by_state["dropped"] + sum(left_out[cause] for cause in NOT_SENT)

    @property
    def people(self) -> int:
        """Everybody who was to hear."""
        return self.done.people - self.done.by_state["dropped"] + self.stayed

    @property
    def percent(self) -> int:
        """How far it is."""
        return round(100 * (self.people - self.done.waiting) / max(self.people, 1))

    @property
    def shares(self) -> list[tuple[str, float, float]]:
        """The pieces of the bar: state, where each begins and how wide it is, in percent of all people."""
        found = self.done.by_state
        failed = found["failed"] + found["unknown"] + self.stayed
        sizes = {"delivered": found["delivered"], "sent": found["sent"], "failed": failed, "waiting": self.done.waiting}
        begin, pieces = 0.0, list[tuple[str, float, float]]()
        for state, people in sizes.items():
            width = 100 * people / max(self.people, 1)
            pieces.append((state, round(begin, 2), round(width, 2)))
            begin += width
        return pieces


def load(tx: Tx, knowledge: Knowledge, notice: Notice, tariff: Tariff, now: datetime) -> Standing:
    """As the rows say it now. A long read for a large province: best on a connection apart."""
    found = notices.tallies(tx, notice.id)
    done = notices.summed(found)
    foretold = [each for each in found if each.state != "left_out" or each.cause in NOT_SENT]
    return Standing(
        done,
        tariff.spent(done),
        sum((tariff.soles(each.channel, each.segments) for each in foretold), Decimal()),
        sum(each.segments for each in foretold),
        _ends_at(tx, knowledge, notice, remaining(done, tariff), tariff, now),
        _rows(found),
    )


def sees_fates(me: Staff) -> bool:
    """Whether she may know how many few messages did not arrive: whoever sends notices."""
    return me.role != "reader"


def sees_answers(me: Staff) -> bool:
    """Whether she may know what few people did with a notice: a promoter knows them by name."""
    return me.role in ("admin", "mesa")


def rows_for_readers(notice: Notice, rows: Sequence[Row], now: datetime) -> list[Row]:
    """The table once nobody can learn from it what one of few people did: places put together, and not before its
    figures have come to rest, because each change of a figure is somebody."""
    if not is_at_rest(notice, now):
        return []
    put = together({place: row.counts for row in rows for place in row.places})
    made = [Row(places, *counts) for places, counts in put.items()]
    return [row for row in made if not row.is_about_few]


def fates_for_readers(rows: Sequence[Row]) -> dict[tuple[str, ...], int]:
    """What became of the messages, fates of few people put together; nothing where all of them are few.

    Out of the same rows as the table, so that the two together tell no more.
    """
    whole = total(rows)
    fates = {"arrived": whole.arrived, "failed": whole.failed, "others": whole.others}
    put = together({fate: (people,) for fate, people in fates.items() if people})
    found = {fates: people for fates, (people,) in put.items()}
    return {} if any(people < FEWEST for people in found.values()) else found


def is_at_rest(notice: Notice, now: datetime) -> bool:
    """Whether no answer counts any more."""
    return notice.closed_at is not None and now - notice.closed_at > COUNTED


def _ends_at(
    tx: Tx, knowledge: Knowledge, notice: Notice, left: timedelta, tariff: Tariff, now: datetime
) -> datetime | None:
    if notice.state not in ("freezing", "sending"):
        return None
    if notice.is_urgent:
        return now + left
    units = left.total_seconds() * tariff.segments_per_second
    return timing.ends_at(tx, knowledge, now, round(units), tariff.segments_per_second)


def _rows(found: Sequence[Tally]) -> list[Row]:
    """By comunidad and language, of those who were to hear."""
    sums: dict[Place, Counter[str]] = defaultdict(Counter)
    for each in found:
        if each.state != "left_out" or each.cause in NOT_SENT:
            sums[each.comunidad, each.language][_column(each)] += each.people
    return [Row((place,), **counts) for place, counts in sorted(sums.items())]


def _column(tally: Tally) -> str:
    """Whoever answered has it, whatever a carrier said of it later."""
    if tally.answer:
        return tally.answer
    return "silent" if tally.state in _ARRIVED else "failed" if tally.state in _FAILED else "others"


def total(rows: Sequence[Row]) -> Row:
    """All rows in one."""
    return Row((), *(sum(column) for column in zip(*(row.counts for row in rows), strict=True)))
