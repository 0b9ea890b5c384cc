"""A notice before it is sent: how many people, segments and soles, by which way, when, and who is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from bot.conversation.message import Medium
from bot.language.catalogue import LANGUAGES
from bot.records import notices
from bot.records.messages import Draft
from bot.records.notices import Notice, Progress
from bot.records.store import Tx
from bot.service.knowledge import Knowledge
from bot.service.notices import timing
from bot.service.notices.checks import Problem, problems
from bot.service.notices.rendering import MEDIA, draft_of
from bot.service.ways import GATEWAY, SIMULATOR, TWILIO, Ways
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a segment costs by each channel, in soles (a channel that is not named costs nothing), how many leave in a
    second, and what may be spent on one notice without a second person."""

    prices: Mapping[str, Decimal]
    paces: Mapping[str, float]
    ceiling: Decimal
    ways: Ways

    @classmethod
    def of(cls, settings: Settings) -> Tariff:
        """The simulator costs what an SMS would, so that its figures are the real ones."""
        sms, gateway = Decimal(str(settings.sms_price_soles)), Decimal(str(settings.gateway_price_soles))
        pace = settings.twilio_segments_per_second
        return cls(
            {TWILIO: sms, GATEWAY: gateway, SIMULATOR: sms},
            {TWILIO: pace, GATEWAY: settings.gateway_segments_per_second, SIMULATOR: pace},
            Decimal(str(settings.notice_ceiling_soles)),
            Ways.of(settings),
        )

    def soles(self, channel: str, segments: int) -> Decimal:
        return self.prices.get(channel, Decimal()) * segments

    @property
    def sms_price(self) -> Decimal:
        """Of a segment to somebody who has not written yet."""
        return self.prices[self.ways.sms]

    @property
    def segments_per_second(self) -> float:
        """By the way to somebody who has not written yet."""
        return self.paces[self.ways.sms]

    def takes(self, parts: Iterable[tuple[str, int]]) -> timedelta:
        """How long so many segments take by these channels, which send side by side."""
        units = Counter[str]()
        for channel, segments in parts:
            units[channel] += segments
        each = (units[channel] / pace for channel, pace in self.paces.items())
        return timedelta(seconds=max(each))

    def spent(self, done: Progress) -> Decimal:
        """What has left, or may have."""
        parts = (part for part in done.parts if part.is_paid)
        return sum((self.soles(part.channel, part.segments) for part in parts), Decimal())


@dataclass(frozen=True, slots=True)
class Line:
    """Those who hear it in one language by one channel."""

    language: str
    channel: str
    medium: Medium
    people: int
    segments_each: int
    soles: Decimal

    @property
    def segments(self) -> int:
        return self.people * self.segments_each


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent now. `drafts` are the finished messages by (language, medium); `left_out` counts by reason."""

    lines: tuple[Line, ...]
    left_out: Mapping[str, int]
    drafts: Mapping[tuple[str, Medium], Draft]
    leaves_at: datetime
    ends_at: datetime
    expires_at: datetime | None
    ceiling: Decimal
    problems: tuple[Problem, ...] = ()
    people: int = field(init=False, default=0)
    segments: int = field(init=False, default=0)
    soles: Decimal = field(init=False, default=Decimal())

    def __post_init__(self) -> None:
        object.__setattr__(self, "people", sum(line.people for line in self.lines))
        object.__setattr__(self, "segments", sum(line.segments for line in self.lines))
        object.__setattr__(self, "soles", sum((line.soles for line in self.lines), Decimal()))

    @property
    def wants_approval(self) -> bool:
        """Whether it costs so much that a second person must agree."""
        return self.soles > self.ceiling

    @property
    def is_late(self) -> bool:
        """Whether some of it would still wait when it is not worth hearing any more."""
        return self.expires_at is not None and self.ends_at > self.expires_at


def preview(tx: Tx, knowledge: Knowledge, notice: Notice, tariff: Tariff, now: datetime) -> Preview:
    """Of a notice as it is written now, kept or not. A long read for a large province: best on a connection apart."""
    drafts = {
        (language, medium): draft_of(tx, knowledge, notice, language, medium, now)
        for language in LANGUAGES
        for medium in MEDIA
    }
    instead = tariff.ways.instead(by_cheapest=notice.audience.by_cheapest)
    reached = notices.count(tx, notice, now, instead)
    lines = tuple(_line(each, drafts, tariff) for each in reached if not each.left_out)
    left_out: dict[str, int] = {}
    for each in reached:
        if each.left_out:
            left_out[each.left_out] = left_out.get(each.left_out, 0) + each.people
    found = list(problems(tx, knowledge, notice, now))
    if not lines:
        found.append(Problem("nobody"))
    leaves = timing.leaves_at(tx, knowledge, notice, now)
    takes = tariff.takes((line.channel, line.segments) for line in lines)
    pace = tariff.segments_per_second
    ends = timing.ends_at(tx, knowledge, leaves, takes.total_seconds() * pace, pace) if takes else leaves
    return Preview(lines, left_out, drafts, leaves, ends, notice.expires_at, tariff.ceiling, tuple(found))


def _line(reached: notices.Reached, drafts: Mapping[tuple[str, Medium], Draft], tariff: Tariff) -> Line:
    medium: Medium = "telegram" if reached.medium == "telegram" else "sms"
    each = drafts[reached.language, medium].segments
    soles = tariff.soles(reached.channel, reached.people * each)
    return Line(reached.language, reached.channel, medium, reached.people, each, soles)


def remaining(done: Progress, tariff: Tariff) -> timedelta:
    """How long what still waits takes at the sender's pace."""
    return tariff.takes((part.channel, part.segments) for part in done.parts if part.state in ("waiting", "sending"))
