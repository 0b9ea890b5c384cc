"""Three days without a provider: nothing stale leaves afterwards, and staff see what did not leave and why."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.channels.base import Channel
from bot.clock import LIMA
from bot.conversation.message import Found, Outgoing
from bot.errors import AccountTrouble, Ambiguous, TryLater
from bot.records import notices
from bot.records.notices import Notice, Progress
from bot.service.outbox import Sender
from bot.service.pace import Pace, one
from tests.running import sms, take
from tests.test_notices import Provider, Province, at

BEGINS, ENDS = at(1, 9, 1), at(4, 9, 30)
"""From a Monday to a Thursday."""

REFUSALS = {
    "not reached": lambda: TryLater("no way to the provider"),
    "hanging": lambda: Ambiguous("the answer was lost"),
    "the account is blocked": lambda: AccountTrouble("no balance", "20005"),
}


class Ailing(Provider):
    """A provider that is away for a while, list and all."""

    def __init__(self, province: Province, refusal: Callable[[], Exception]) -> None:
        super().__init__("twilio", "sms", lists_messages=True)
        self._clock = province.clock
        self.fault = lambda address: refusal() if self.is_away else None

    @property
    def is_away(self) -> bool:
        return BEGINS <= self._clock.now() < ENDS

    async def find(self, out: Outgoing, adopted: Callable[[str], bool]) -> Found:
        if self.is_away:
            return Found(state="cannot_know")
        has_it = (out.address, out.text) in zip(self.sent, self.bodies, strict=True)
        return Found(f"{self.name}-{out.id}", "sent") if has_it else Found(state="absent")


class Days:
    """A province with a notice of each kind under way when its provider goes away."""

    def __init__(self, province: Province, refusal: Callable[[], Exception]) -> None:
        self.province = province
        self.sms = province.sms = Ailing(province, refusal)
        self.left: list[tuple[datetime, str]] = []
        self.restart()
        province.people(60)
        self.faena = province.launch(about="", text_es="Faena del canal.", text_quz="Larqa pichay.")
        self.corte = province.launch(
            about="", text_es="Hoy no hay agua.", text_quz="Kunan mana unu kanchu.", starts_at=at(2, 8)
        )
        every_day = {"rule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH", "starts_at": at(1, 17), "expires_at": at(1, 20)}
        self.radio = province.launch(about="", text_es="Reunión a las 6.", text_quz="Huñunakuy 6 horata.", **every_day)
        self.campaign = province.launch(starts_at=at(1, 10))

    def restart(self) -> None:
        """The service as it is after a start: nothing is remembered but the rows."""
        province = self.province
        province.channels = (self.sms, province.telegram)
        channels: tuple[Channel, ...] = province.channels
        province.senders = [
            Sender(province.house.commits, province.clock, channel, Pace(10_000, one)) for channel in channels
        ]

    async def live(self, until: datetime) -> None:
        """Time passes by the minute where the provider goes and comes back, else by the hour."""
        clock = self.province.clock
        while clock.at < until:
            self.province.look()
            for _ in await self.province.send():
                self.left.append((clock.at.astimezone(LIMA), self.sms.bodies[len(self.left)]))
            clock.at = min(until, clock.at + self._step(clock.at))

    @staticmethod
    def _step(now: datetime) -> timedelta:
        is_lively = now < BEGINS + timedelta(minutes=10) or ENDS <= now < ENDS + timedelta(minutes=10)
        return timedelta(minutes=1) if is_lively else timedelta(hours=1)

    def progress(self, notice: Notice) -> Progress:
        return notices.progress(self.province.house.store.read, notice.id)

    def days_of(self, series: Notice) -> list[Notice]:
        made = notices.latest(self.province.house.store.read, 50)
        return sorted((each for each in made if each.series_id == series.id), key=lambda each: each.id)


def told_on(days: Days, word: str) -> Counter[int]:
    """On which days of March how many messages with this word left."""
    return Counter(moment.day for moment, body in days.left if word in body)


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Province]:
    with closing(Province(tmp_path)) as made:
        yield made


@pytest.mark.parametrize("how", REFUSALS)
async def test_after_three_days_without_a_provider_nothing_stale_leaves(
    province: Province, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    days = Days(province, REFUSALS[how])
    await days.live(ENDS)
    asked = take(province.house, sms("MENU", "+51984000001", channel="twilio"))
    days.restart()
    await days.live(at(4, 20))

    assert told_on(days, "Faena") == {1: 20}, "the first twenty, before the provider went away"
    assert told_on(days, "Hoy no hay agua") == {}
    assert told_on(days, "Reunion") == {4: 60}, "only the one of the day on which the provider is back"
    assert told_on(days, "pediatra") == {4: 60}, "what is still true leaves, to each once"
    assert max(Counter(days.sms.sent).values()) <= 4

    begun = 0 if how != "hanging" else 1
    for notice, late in [(days.faena, 40), (days.corte, 60), *((each, 60) for each in days.days_of(days.radio)[:3])]:
        done = days.progress(notice)
        assert province.now(notice).state == "done"
        assert done.too_late + done.by_state["unknown"] == late
        assert bool(done.by_state["unknown"]) == bool(begun), "only what the provider may have had is in doubt"
        assert f"notice {notice.id} is done, too late for {done.too_late}" in caplog.text
    assert asked.inbound_id
    assert {record.levelname for record in caplog.records if "is done, too late for" in record.message} >= {"WARNING"}
    assert "class=" in caplog.text
