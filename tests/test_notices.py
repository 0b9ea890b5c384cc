"""Notices: who hears, what it costs, when it leaves, what stops it, and that nobody hears anything twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.app import House
from bot.clock import LIMA
from bot.conversation.message import Found, Inbound, Medium, Outgoing, Receipt
from bot.errors import Ambiguous, BadAddress, ContentRefused, OptedOut, TryLater
from bot.records import agenda, appointments, interests, messages, notices, people, quiet_days, staff, topics
from bot.records.agenda import Campaign, Clinic, Name
from bot.records.appointments import Patient
from bot.records.notices import Audience, Notice
from bot.records.quiet_days import QuietDay
from bot.records.staff import Staff
from bot.records.store import Row, Store
from bot.service import privacy
from bot.service.appointments.booking import Booking
from bot.service.appointments.changes import Changes
from bot.service.notices import sending, steering
from bot.service.notices.preview import Preview, Tariff, preview
from bot.service.notices.words import relative_word
from bot.service.outbox import Sender
from bot.service.pace import Pace, one
from bot.settings import Settings
from tests.databases import databases
from tests.running import built
from tests.talks import IN_MEMORY, MONDAY, MovingClock

DAY = date(2027, 3, 12)
CAMPAIGN = "pediatria_zurite"
TEXTS = {"text_es": "Hay pediatra el {fecha}, {hora}, en {lugar}.", "text_quz": "{fecha}, {hora}: pediatra {lugar}pi."}
FIELDS = {"fecha": "2027-03-12", "hora": "08:00", "lugar": "posta de Zurite"}
BARE = {"text_es": "Reunión", "text_quz": "Huñunakuy"}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2027 by Lima's clocks; the 1st is a Monday, the campaign is on Friday the 12th at eight."""
    return datetime(2027, 3, day, hour, minute, tzinfo=LIMA)


class Province:
    """The service without its network, and people with telephones in it."""

    def __init__(self, data: Path, **settings: object) -> None:
        self.clock = MovingClock(MONDAY)
        given = replace(Settings(data=data, database_url=IN_MEMORY, start=MONDAY), **settings)  # type: ignore[arg-type]
        self.house: House = built(given, self.clock)
        where, clinics = ("especialistas", "zurite", "posta de Zurite"), (Clinic("pediatria", 5),)
        self.campaign = Campaign(CAMPAIGN, Name("Pediatría"), *where, DAY, time(8), time(12), clinics)
        with self.house.store.write() as tx:
            agenda.remove_samples(tx, "campaigns")
            Changes(tx, self.clock, MONDAY, "staff").put(self.campaign)
        self.knowledge = self.house.library.knowledge(self.house.store.read)
        self.tariff = Tariff.of(given)
        self._numbers = 0
        self.sms = Provider("twilio", "sms", lists_messages=True)
        self.telegram = Provider("telegram", "telegram", lists_messages=False)
        self.channels = (self.sms, self.telegram)
        holiday_on = self.house.library.content.holiday_on
        self.senders = [
            Sender(self.house.commits, self.clock, channel, Pace(10_000, one), holiday_on) for channel in self.channels
        ]

    def close(self) -> None:
        self.house.close()

    def person(
        self,
        home: str = "compone",
        language: str = "es",
        channel: str = "twilio",
        *,
        wrote: bool = True,
        stopped: bool = False,
        dead: bool = False,
    ) -> int:
        """Somebody of a comunidad (`""`: nobody knows which) who wrote to us by a channel."""
        self._numbers += 1
        is_telegram = channel == "telegram"
        address = f"telegram:{self._numbers}" if is_telegram else f"tel:+519840{self._numbers:05}"
        with self.house.store.write() as tx:
            person = people.create(tx, self.clock.new_id(), address, MONDAY)
            people.set_language(tx, person.id, language, is_chosen=True)
            people.set_greeted(tx, person.id)
            if home:
                district = self.knowledge.district_of(home)
                people.set_place(tx, person.id, district, None if home == district else home)
            if wrote:
                message = Inbound(channel, "telegram" if is_telegram else "sms", address, str(self.clock.new_id()), "")
                messages.record(tx, self.clock.new_id(), message, person.id, "answered", MONDAY)
            if stopped:
                people.opt_out(tx, self.clock.new_id(), person.id, "BAJA", MONDAY)
            if dead:
                people.mark_unusable(tx, address, "BadAddress", MONDAY)
        return person.id

    def people(self, how_many: int, home: str = "compone", language: str = "es", channel: str = "twilio") -> list[int]:
        return [self.person(home, language, channel) for _ in range(how_many)]

    def books(self, person_id: int) -> None:
        """She takes a place at the campaign, or one on its waiting list."""
        patient = Patient(self.clock.new_id(), person_id, "Luz", age_months=36)
        with self.house.store.write() as tx:
            appointments.add_patient(tx, patient, self.clock.now())
            Booking(tx, self.clock, self.clock.now()).take(CAMPAIGN, "pediatria", patient.id, "person", or_wait=True)

    def draft(self, **given: object) -> Notice:
        """A notice about the campaign to everybody, with what is `given` instead."""
        written = {"about": f"campaign:{CAMPAIGN}", "topic": "campaigns", "fields": FIELDS, **TEXTS, **given}
        notice = Notice(self.clock.new_id(), "Pediatra en Zurite", "Ana", **written)  # type: ignore[arg-type]
        with self.house.store.write() as tx:
            notices.add(tx, notice, self.clock.now())
        return notice

    def preview(self, notice: Notice) -> Preview:
        return preview(self.house.store.read, self.knowledge, notice, self.tariff, self.clock.now())

    def launch(self, **given: object) -> Notice:
        notice = self.draft(**given)
        with self.house.store.write() as tx:
            steering.launch(tx, self.knowledge, notice, self.clock.now(), wants_approval=False)
        return self.now(notice)

    def now(self, notice: Notice) -> Notice:
        found = notices.one(self.house.store.read, notice.id)
        assert found
        return found

    def look(self, moment: datetime | None = None) -> None:
        """The service looks at its notices until there is nothing to do at this moment."""
        self.clock.at = moment or self.clock.at
        with self.house.store.write() as tx:
            while self.house.broadcaster.look(tx, self.clock.now()):
                pass

    async def send(self, moment: datetime | None = None) -> list[str]:
        """The senders of both channels do what they may at this moment; the numbers that were reached, in order."""
        self.clock.at = moment or self.clock.at
        seen = {channel: len(channel.sent) for channel in self.channels}
        tasks = [asyncio.create_task(sender.run()) for sender in self.senders]
        before = None
        while before != (before := self._states()):  # noqa: ASYNC110  nothing announces that it is over
            await asyncio.sleep(0.03)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return [address for channel in self.channels for address in channel.sent[seen[channel] :]]

    def _states(self) -> list[tuple[object, ...]]:
        return [
            tuple(row) for row in self.house.store.read.all("SELECT id, state, lease_until FROM outbox ORDER BY id")
        ]

    async def run(self, minutes: int = 3) -> list[str]:
        """So many minutes pass, and everything happens that may; the numbers that were reached, in order."""
        reached = list[str]()
        for _ in range(minutes):
            self.look()
            reached += await self.send()
            self.clock.at += timedelta(minutes=1)
        self.look()
        return reached

    def address(self, person_id: int) -> str:
        row = self.house.store.read.one("SELECT address FROM addresses WHERE person_id = ?", person_id)
        assert row
        return str(row["address"])

    def addresses(self, person_ids: list[int]) -> list[str]:
        return [self.address(person_id) for person_id in person_ids]


class Provider:
    """One provider: keeps what was sent, and refuses or loses what it is told to."""

    two_way = True

    def __init__(self, name: str, medium: Medium, *, lists_messages: bool) -> None:
        self.name, self.medium, self.lists_messages = name, medium, lists_messages
        self.sent: list[str] = []
        self.bodies: list[str] = []
        self.until: list[datetime | None] = []
        self.fault: Callable[[str], Exception | None] = lambda address: None

    async def start(self) -> None:
        """Nothing to make ready."""

    async def close(self) -> None:
        """Nothing to let go."""

    async def send(self, out: Outgoing) -> str:
        fault = self.fault(out.address)
        if fault:
            raise fault
        self.sent.append(out.address)
        self.bodies.append(out.text)
        self.until.append(out.expires_at)
        return f"{self.name}-{out.id}"

    async def find(self, out: Outgoing, adopted: Callable[[str], bool]) -> Found:
        return Found(f"{self.name}-{out.id}", "sent") if out.address in self.sent else Found(state="absent")


@pytest.fixture
def province(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Province]:
    """On SQLite in memory, or on PostgreSQL where a test asks for both."""
    with ExitStack() as opened:
        more: dict[str, object] = {}
        if getattr(request, "param", "sqlite") == "postgresql":
            more["database_url"] = opened.enter_context(databases(request.config).fresh())
        yield opened.enter_context(closing(Province(tmp_path, **more)))


on_both = pytest.mark.parametrize("province", ["sqlite", "postgresql"], indirect=True)


# ── who hears ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@on_both
def test_who_hears_and_who_does_not_and_why(province: Province) -> None:
    province.people(3)
    province.person(language="quz")
    province.person(channel="telegram")
    province.person(stopped=True)
    province.person(dead=True)
    province.person(wrote=False)
    refuses = province.person()
    with province.house.store.write() as tx:
        topics.set_choice(tx, refuses, "campaigns", False, "BAJA CAMPANAS", MONDAY)
    seen = province.preview(province.draft())
    assert [(each.language, each.channel, each.people) for each in seen.lines] == [
        ("es", "telegram", 1),
        ("es", "twilio", 3),
        ("quz", "twilio", 1),
    ]
    assert seen.left_out == {"opted_out": 1, "unreachable": 1, "no_consent": 1, "topic_off": 1}


@on_both
@pytest.mark.parametrize(
    ("audience", "hear"),
    [
        pytest.param(Audience(), "Ana Bea Cira Dora", id="everybody"),
        pytest.param(Audience(comunidades=("compone",)), "Ana", id="a comunidad"),
        pytest.param(Audience(districts=("anta",)), "Ana Bea", id="a district with its comunidades"),
        pytest.param(Audience(districts=("zurite",), comunidades=("compone",)), "Ana Cira", id="either of two places"),
        pytest.param(Audience(languages=("quz",)), "Cira", id="those who read Quechua"),
        pytest.param(Audience(is_chosen=True), "Bea", id="who chose the topic"),
        pytest.param(Audience(campaign=CAMPAIGN, holds="booked"), "Cira", id="who has a place at the campaign"),
        pytest.param(Audience(asked_about="work:puente"), "Dora", id="who asked about a work"),
        pytest.param(Audience(districts=("anta",), is_chosen=True), "Bea", id="all conditions together"),
    ],
)
def test_an_audience(province: Province, audience: Audience, hear: str) -> None:
    who = {
        "Ana": province.person("compone"),
        "Bea": province.person("anta"),
        "Cira": province.person("zurite", "quz"),
        "Dora": province.person(""),
    }
    with province.house.store.write() as tx:
        topics.set_choice(tx, who["Bea"], "campaigns", True, "AVISOS", MONDAY)
        interests.keep(tx, who["Dora"], "work:puente", MONDAY)
    province.books(who["Cira"])
    notice = province.launch(audience=audience)
    province.look()
    rows = province.house.store.read.all("SELECT person_id FROM notice_recipients WHERE notice_id = ?", notice.id)
    assert {row["person_id"] for row in rows} == {who[name] for name in hear.split()}


@on_both
def test_those_on_the_waiting_list(province: Province) -> None:
    for each in (theirs := province.people(7)):
        province.books(each)
    assert province.preview(province.draft(audience=Audience(campaign=CAMPAIGN, holds="booked"))).people == 5
    assert province.preview(province.draft(audience=Audience(campaign=CAMPAIGN, holds="waiting"))).people == 2
    assert len(theirs) == 7


async def test_a_shared_telephone_gets_one_message(province: Province) -> None:
    mother = province.person()
    for _ in range(3):
        province.books(mother)
    province.launch(audience=Audience(campaign=CAMPAIGN, holds="booked"))
    assert await province.run() == [province.address(mother)]


@on_both
async def test_who_was_told_of_the_same_event_is_not_told_again(province: Province) -> None:
    told = province.people(2)
    province.launch()
    assert await province.run() == province.addresses(told)
    later = province.person()
    again = province.draft()
    assert province.preview(again).left_out == {"already_told": 2}
    assert province.preview(replace(again, audience=Audience(again=True))).people == 3
    province.launch()
    assert await province.run() == [province.address(later)]


# ── what it costs ─────────────────────────────────────────────────────────────────────────────────────────────────────


@on_both
async def test_what_was_foretold_is_what_was_recorded(province: Province) -> None:
    province.people(5)
    province.people(4, language="quz")
    province.people(3, channel="telegram")
    notice = province.draft()
    foretold = province.preview(notice)
    with province.house.store.write() as tx:
        steering.launch(tx, province.knowledge, notice, province.clock.now(), wants_approval=False)
    await province.run()
    done = notices.progress(province.house.store.read, notice.id)
    assert (foretold.people, foretold.segments, foretold.soles) == (
        done.people,
        done.segments,
        province.tariff.spent(done),
    )
    assert foretold.soles == Decimal("0.25") * 9
    assert done.by_state == {"sent": 12}


def test_above_the_ceiling_a_second_person_is_wanted(tmp_path: Path) -> None:
    dear = Province(tmp_path, notice_ceiling_soles=1.0)
    with closing(dear):
        dear.people(4)
        notice = dear.draft(staff_id=None)
        assert not dear.preview(notice).wants_approval
        dear.person()
        assert dear.preview(notice).wants_approval


async def test_nothing_leaves_before_the_second_person_agrees(province: Province) -> None:
    with province.house.store.write() as tx:
        ana, rita = (
            Staff(province.clock.new_id(), name, "admin", "", is_single_use=False, created_at=MONDAY)
            for name in ("Ana", "Rita")
        )
        for each in (ana, rita):
            staff.insert(tx, each)
    person = province.person()
    notice = province.draft(staff_id=ana.id)
    with province.house.store.write() as tx:
        assert steering.launch(tx, province.knowledge, notice, MONDAY, wants_approval=True) == "awaiting"
    assert await province.run() == []
    with province.house.store.write() as tx:
        waiting = province.now(notice)
        assert steering.approve(tx, province.knowledge, waiting, ana.id, MONDAY) == "elsewhere"
        assert steering.approve(tx, province.knowledge, waiting, rita.id, MONDAY) == "scheduled"
        assert steering.approve(tx, province.knowledge, waiting, rita.id, MONDAY) == "elsewhere"
    assert await province.run() == [province.address(person)]
    assert province.now(notice).approved_by == rita.id


# ── when it leaves ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("starts", "leaves"),
    [
        pytest.param(None, at(1, 9), id="now"),
        pytest.param(at(2, 10), at(2, 10), id="at an hour"),
        pytest.param(at(2, 21), at(3, 7), id="at night it waits for the morning"),
        pytest.param(at(4, 10), at(5, 7), id="on a day that staff set aside it waits"),
        pytest.param(at(25, 10), at(27, 7), id="on Holy Thursday and Good Friday it waits"),
    ],
)
def test_when_it_leaves(province: Province, starts: datetime | None, leaves: datetime) -> None:
    with province.house.store.write() as tx:
        quiet_days.put(tx, QuietDay(date(2027, 3, 4), "duelo", "Ana"))
    assert province.preview(province.draft(about="", starts_at=starts)).leaves_at == leaves


@pytest.mark.parametrize("moment", [at(2, 21), at(3, 6, 59), at(25, 10)], ids=["evening", "dawn", "holiday"])
async def test_what_stands_in_the_outbox_is_held_as_well(province: Province, moment: datetime) -> None:
    province.person()
    province.launch(about="", starts_at=at(2, 10), expires_at=at(28, 10), text_es="Reunión", text_quz="Huñunakuy")
    province.look(at(2, 10))
    assert province.house.store.read.one("SELECT 1 FROM outbox WHERE state = 'waiting'")
    assert await province.send(moment) == []
    assert len(await province.send(at(27, 9))) == 1


async def test_what_is_urgent_leaves_at_night(province: Province) -> None:
    person = province.person()
    province.clock.at = at(2, 22)
    province.launch(about="", is_urgent=True, urgent_because="huayco", text_es="Huayco", text_quz="Lluqlla")
    assert await province.run() == [province.address(person)]


@on_both
async def test_it_ends_when_its_event_begins(province: Province) -> None:
    province.people(3)
    notice = province.launch(starts_at=at(11, 19, 59))
    assert notice.expires_at == at(12, 8)
    province.look(at(12, 8))
    assert await province.run() == []
    done = notices.progress(province.house.store.read, notice.id)
    assert (province.now(notice).state, dict(done.causes("left_out"))) == ("done", {"too_late": 3})


@pytest.mark.parametrize("word", ["mañana", "Hoy", "paqarin"])
def test_what_is_true_on_one_day_ends_with_that_day(province: Province, word: str) -> None:
    said = {"text_es": f"{word} no hay agua", "text_quz": "Mana unu kanchu"}
    assert province.launch(about="", **said).expires_at == at(1, 20)


@on_both
async def test_a_repeating_one_leaves_on_each_of_its_days_once(province: Province) -> None:
    person = province.person()
    said = {"text_es": "Mañana hay feria", "text_quz": "Paqarin feria kan"}
    days = {"rule": "FREQ=WEEKLY;BYDAY=SA", "starts_at": at(6, 17), "expires_at": at(6, 20)}
    series = province.launch(about="", **said, **days)
    assert series.state == "repeating"
    reached = list[int]()
    province.clock.at = at(6, 16, 30)
    while province.clock.at < at(21, 9):
        province.look()
        local = province.clock.at.astimezone(LIMA)
        reached += [local.day for _ in await province.send()]
        province.clock.at += timedelta(minutes=30 if 16 <= local.hour < 20 else 240)
    assert reached == [6, 13, 20]
    assert set(province.sms.sent) == {province.address(person)}
    assert province.sms.until == [at(6, 20), at(13, 20), at(20, 20)]


# ── what stops it ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_first_twenty_go_alone(province: Province) -> None:
    province.people(50)
    province.launch()
    province.look()
    assert len(await province.send()) == sending.CANARY
    province.look()
    assert await province.send() == []
    province.clock.at += sending.CANARY_WAIT
    province.look()
    assert len(await province.send()) == 30


async def test_too_many_failures_stop_it_and_say_why(province: Province) -> None:
    province.people(50)
    failing = iter(range(1000))
    province.sms.fault = lambda address: ContentRefused("filtered") if next(failing) % 3 == 0 else None
    notice = province.launch()
    await province.run(5)
    stopped = province.now(notice)
    assert (stopped.state, stopped.stopped_because) == ("paused", "failures")
    assert len(province.sms.sent) == 13
    assert notices.fate(province.house.store.read, notice.id).causes == {"ContentRefused": 7}
    province.sms.fault = lambda address: None
    with province.house.store.write() as tx:
        assert steering.resume(tx, stopped, province.clock.now())
    assert len(await province.run()) == 30
    assert province.now(notice).state == "done"


async def test_who_wants_none_is_no_failure(province: Province) -> None:
    province.people(30)
    province.sms.fault = lambda address: OptedOut("stopped", "21610")
    notice = province.launch()
    await province.run(4)
    assert province.now(notice).state == "done"


@on_both
async def test_paused_resumed_cancelled_and_nobody_twice(province: Province) -> None:
    theirs = province.addresses(province.people(60))
    notice = province.launch()
    first = await province.run(1)
    with province.house.store.write() as tx:
        assert steering.pause(tx, province.now(notice), province.clock.now())
        assert not steering.pause(tx, province.now(notice), province.clock.now())
    assert await province.run() == []
    with province.house.store.write() as tx:
        assert steering.resume(tx, province.now(notice), province.clock.now())
    province.look()
    second = await province.send()
    with province.house.store.write() as tx:
        assert steering.cancel(tx, province.now(notice), province.clock.now())
    assert await province.run() == []
    reached = first + second
    assert len(set(reached)) == len(reached)
    assert set(reached) <= set(theirs)
    done = notices.progress(province.house.store.read, notice.id)
    assert done.by_state == {"sent": len(reached), **({"waiting": 60 - len(reached)} if len(reached) < 60 else {})}


def test_a_pause_reaches_what_the_sender_holds_already(province: Province) -> None:
    province.people(5)
    notice = province.launch()
    province.look()
    now = province.clock.now()
    with province.house.store.write() as tx:
        held = messages.claim(tx, "twilio", now, 5, 5)
        assert notices.begin(tx, held[0].out.id, now) == "go"
        steering.pause(tx, province.now(notice), now)
        assert [notices.begin(tx, each.out.id, now) for each in held[1:]] == ["paused"] * 4
    assert notices.progress(province.house.store.read, notice.id).by_state == {"sending": 1, "waiting": 4}


@on_both
async def test_who_stops_us_meanwhile_hears_nothing(province: Province) -> None:
    province.people(2)
    leaves, refuses = province.person(), province.person()
    notice = province.launch()
    province.look()
    with province.house.store.write() as tx:
        people.opt_out(tx, province.clock.new_id(), leaves, "BAJA", province.clock.now())
        topics.set_choice(tx, refuses, "campaigns", False, "BAJA CAMPANAS", province.clock.now())
    assert len(await province.send()) == 2
    done = notices.progress(province.house.store.read, notice.id)
    assert dict(done.causes("dropped")) == {"opted_out": 1, "topic_off": 1}


async def test_a_campaign_that_is_cancelled_stops_its_notice(province: Province) -> None:
    province.people(30)
    notice = province.launch()
    assert len(await province.run(1)) == sending.CANARY
    with province.house.store.write() as tx:
        Changes(tx, province.clock, province.clock.now(), "staff").cancel_day(CAMPAIGN)
    assert await province.run() == []
    assert (province.now(notice).state, province.now(notice).stopped_because) == ("paused", "event_cancelled")


async def test_a_notice_on_which_we_break_holds_up_no_other(province: Province) -> None:
    province.people(2)
    broken, whole = province.launch(), province.launch(about="", text_es="Reunión", text_quz="Huñunakuy")
    with province.house.store.write() as tx:
        tx.run("UPDATE notices SET fields = '[]' WHERE id = ?", broken.id)
    assert len(await province.run()) == 2
    assert (province.now(whole).state, notices.progress(province.house.store.read, whole.id).people) == ("done", 2)
    row = province.house.store.read.one("SELECT state, stopped_because FROM notices WHERE id = ?", broken.id)
    assert row
    assert tuple(row) == ("paused", "fault")


async def test_a_bad_number_is_left_alone_afterwards(province: Province) -> None:
    dead = province.person()
    province.sms.fault = lambda address: BadAddress("no such number", "21211")
    province.launch()
    await province.run()
    assert province.preview(province.draft(about="")).left_out == {"unreachable": 1}
    assert people.load(province.house.store.read, province.address(dead)).is_unusable  # type: ignore[union-attr]


@on_both
async def test_a_lost_answer_is_looked_up_and_never_sent_twice(province: Province) -> None:
    theirs = province.addresses(province.people(4) + province.people(2, channel="telegram"))

    def lose(address: str) -> Exception:
        channel = province.telegram if address.startswith("telegram:") else province.sms
        if address not in channel.sent:
            channel.sent.append(address)
        return Ambiguous("lost")

    for channel in province.channels:
        channel.fault = lose
    notice = province.launch()
    await province.run(5)
    done = notices.progress(province.house.store.read, notice.id)
    assert done.by_state == {"sent": 4, "unknown": 2}
    assert sorted(province.sms.sent + province.telegram.sent) == sorted(theirs)


async def test_later_means_later(province: Province) -> None:
    person = province.person()
    tries = iter(range(100))
    province.sms.fault = lambda address: TryLater("queue full") if next(tries) < 2 else None
    province.launch()
    assert await province.run(8) == [province.address(person)]


def receipts(province: Province, *states: str) -> None:
    """What the provider says of the last message, in this order."""
    row = province.house.store.read.one("SELECT provider_id FROM outbox ORDER BY id DESC LIMIT 1")
    assert row
    for state in states:
        said = Receipt("twilio", row["provider_id"], state)  # type: ignore[arg-type]
        with province.house.store.write() as tx:
            messages.take_receipt(tx, province.clock.new_id(), said, province.clock.now())


@pytest.mark.parametrize(
    ("said", "state"),
    [
        pytest.param(["sent", "delivered"], "delivered", id="in order"),
        pytest.param(["delivered", "sent"], "delivered", id="reversed"),
        pytest.param(["delivered", "delivered", "failed"], "delivered", id="doubled, and one too late"),
        pytest.param(["failed", "delivered"], "failed", id="what failed stays so"),
    ],
)
async def test_receipts_lead_a_row_one_way(province: Province, said: list[str], state: str) -> None:
    province.person()
    notice = province.launch()
    await province.run()
    receipts(province, *said)
    assert notices.progress(province.house.store.read, notice.id).by_state == {state: 1}


async def test_a_receipt_for_somebody_erased_brings_nothing_back(province: Province) -> None:
    person = province.person()
    notice = province.launch()
    await province.run()
    with province.house.store.write() as tx:
        privacy.erase(tx, province.clock, province.clock.now(), person)
    receipts(province, "delivered")
    [row] = province.house.store.read.all("SELECT body, address, state FROM outbox")
    assert (row["body"], row["state"]) == ("", "delivered")
    assert "984" not in row["address"]
    assert [echo.comunidad for echo in notices.echoes(province.house.store.read, notice.id)] == [""]


# ── what keeps it from being scheduled ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({"text_quz": " "}, "missing_quz", id="no Quechua"),
        pytest.param({"text_es": ""}, "missing_es", id="no Spanish"),
        pytest.param({"text_es": "El {dia} hay pediatra"}, "unknown_field", id="a field that is none"),
        pytest.param({"fields": {**FIELDS, "lugar": ""}}, "missing_field", id="a field without value"),
        pytest.param({"fields": {**FIELDS, "fecha": "el viernes"}}, "bad_field", id="a day that is none"),
        pytest.param({"text_es": "a" * 480}, "too_long", id="four segments"),
        pytest.param({"about": "campaign:gone"}, "event_gone", id="an event that is gone"),
        pytest.param({"held_on": date(2027, 3, 13)}, "event_moved", id="an event on another day"),
        pytest.param({"expires_at": at(13, 8)}, "event_over", id="true after its event"),
        pytest.param({"expires_at": MONDAY}, "past", id="over already"),
        pytest.param({"starts_at": at(5, 8), "expires_at": at(4, 8)}, "ends_before_it_begins", id="ends first"),
        pytest.param(
            {"text_es": "Mañana hay pediatra", "expires_at": at(3, 9)}, "relative_day", id="mañana for two days"
        ),
    ],
)
def test_what_keeps_it_from_being_scheduled(province: Province, given: dict[str, object], code: str) -> None:
    province.person()
    assert code in [problem.code for problem in province.preview(province.draft(**given)).problems]


def test_a_day_that_moved_since_it_was_written_is_not_told(province: Province) -> None:
    province.person()
    assert province.launch(held_on=date(2027, 3, 11)).state == "draft"


def test_nothing_keeps_a_good_one(province: Province) -> None:
    province.person()
    assert province.preview(province.draft()).problems == ()


def test_a_language_that_nobody_of_the_audience_reads_need_not_be_written(province: Province) -> None:
    province.person(language="quz")
    assert province.preview(province.draft(text_es="", audience=Audience(languages=("quz",)))).problems == ()


# ── how it reads ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_message_as_it_leaves(province: Province) -> None:
    drafts = province.preview(province.draft()).drafts
    assert drafts["es", "sms"].body == ("Hay pediatra el viernes 12 de marzo, 8 am, en posta de Zurite.\n1 Sacar cita")
    assert drafts["quz", "sms"].body == "viernes 12 marzo, 8:00: pediatra posta de Zuritepi.\n1 Citata munani"
    assert [(option.label, option.data) for option in drafts["es", "telegram"].options] == [
        ("Sacar cita", "aviso.con_cita.0")
    ]


# ── who is told once more, and who is not ─────────────────────────────────────────────────────────────────────────────


@on_both
async def test_whom_a_cancelled_notice_did_not_reach_hears_the_next_one(province: Province) -> None:
    province.people(30)
    notice = province.launch()
    assert len(await province.run(1)) == sending.CANARY
    with province.house.store.write() as tx:
        steering.cancel(tx, province.now(notice), province.clock.now())
    assert province.preview(province.draft()).left_out == {"already_told": sending.CANARY}


def test_a_series_that_has_made_a_notice_is_not_dropped(province: Province) -> None:
    province.person()
    series = province.launch(about="", rule="FREQ=WEEKLY;BYDAY=WE", starts_at=at(3, 10), **BARE)
    province.look(at(3, 10))
    with province.house.store.write() as tx:
        assert steering.reject(tx, province.now(series), province.clock.now())
        assert not notices.drop_draft(tx, series.id)


async def test_days_of_a_series_that_waited_are_not_heard_together(province: Province) -> None:
    province.person()
    daily = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"
    province.clock.at = at(24, 12)
    province.launch(about="", rule=daily, starts_at=at(25, 10), **BARE)  # Holy Thursday and Good Friday
    while province.clock.at < at(27, 9):
        province.look()
        await province.send()
        province.clock.at += timedelta(hours=1)
    assert len(province.sms.sent) == 1


def test_a_series_ends_with_its_campaign(province: Province) -> None:
    province.person()
    series = province.launch(rule="FREQ=WEEKLY;BYDAY=WE", starts_at=at(3, 10))
    for day in (3, 10, 17):
        province.look(at(day, 10))
    assert province.now(series).state == "done"
    assert len(notices.of_series(province.house.store.read, series.id, 9)) == 2


# ── between the claim and the sending ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("leaves", ["erased", "passed on", "blocked"])
def test_whoever_is_gone_while_a_sender_holds_the_message_gets_none(province: Province, leaves: str) -> None:
    person = province.person()
    province.launch()
    province.look()
    now = province.clock.now()
    with province.house.store.write() as tx:
        [held] = messages.claim(tx, "twilio", now, 5, 5)
        if leaves == "erased":
            privacy.erase(tx, province.clock, now, person)
        elif leaves == "passed on":
            privacy.pass_on(tx, now, person)
        else:
            people.mark_unusable(tx, held.out.address, "blocked", now)
        assert notices.begin(tx, held.out.id, now) == "unreachable"


async def test_what_a_sender_holds_at_eight_in_the_evening_waits_for_the_morning(province: Province) -> None:
    province.people(3)
    province.launch(about="", **BARE)
    province.look(at(1, 19, 59))
    now = province.clock.now()
    with province.house.store.write() as tx:
        held = messages.claim(tx, "twilio", now, 5, 5)
        assert [notices.begin(tx, each.out.id, at(1, 20), is_quiet=True) for each in held] == ["held"] * 3
    assert await province.send(at(1, 20)) == []
    assert len(await province.send(at(2, 8))) == 3


async def test_a_pace_that_lasts_into_the_evening_sends_nothing(province: Province) -> None:
    province.people(3)
    province.launch(about="", **BARE)
    province.look(at(1, 19, 59))

    class Evening(Pace):
        """A channel whose pause ends when it is night."""

        async def wait(self, text: str, priority: int = 0, address: str = "") -> None:
            province.clock.at = at(1, 20, 30)

    province.senders[0]._pace = Evening(1, one)
    assert await province.send() == []
    assert notices.progress(province.house.store.read, notices.latest(province.house.store.read, 1)[0].id).waiting == 3


@on_both
def test_an_alarm_is_not_held_up_by_what_waits_for_the_morning(province: Province) -> None:
    province.person()
    province.launch(about="", **BARE)
    province.look(at(1, 19, 59))
    province.clock.at = at(1, 22)
    alarm = {"is_urgent": True, "urgent_because": "huayco", "text_es": "Huayco hoy", "text_quz": "Lluqlla"}
    province.launch(about="", **alarm)
    province.look()
    with province.house.store.write() as tx:
        [held] = messages.claim(tx, "twilio", province.clock.now(), 5, 5, is_quiet=True)
    assert held.out.text == "Huayco hoy"


@pytest.mark.parametrize("province", ["postgresql"], indirect=True)
def test_a_pause_leaves_alone_what_another_process_takes_at_that_moment(province: Province) -> None:
    province.people(3)
    notice = province.launch()
    province.look()
    now = province.clock.now()

    def pause() -> None:
        with province.house.store.write() as tx:
            assert steering.pause(tx, province.now(notice), now)

    with closing(Store(province.house.settings.database)) as other, ThreadPoolExecutor() as threads:
        with other.write() as tx:
            [held] = messages.claim(tx, "twilio", now, 1, 1)
            assert notices.begin(tx, held.out.id, now) == "go"
            paused = threads.submit(pause)
            wait_until_blocked(other)
        paused.result()
    kept = province.house.store.read.all("SELECT outbox_id FROM notice_recipients WHERE outbox_id IS NOT NULL")
    assert [row["outbox_id"] for row in kept] == [held.out.id]


def wait_until_blocked(store: Store) -> None:
    """Until another process waits for what this one holds."""
    while not store.read.one("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
        pass


# ── a channel that is off ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_channel_that_is_off_holds_up_nobody(province: Province) -> None:
    theirs = province.addresses(province.people(30))
    for _ in range(30):
        province.person(channel="simulator")
    province.house.senders.update({"twilio": province.senders[0], "telegram": province.senders[1]})
    notice = province.launch(about="", **BARE)
    assert sorted(await province.run(4)) == sorted(theirs)
    done = notices.progress(province.house.store.read, notice.id)
    assert (province.now(notice).state, dict(done.causes("left_out"))) == ("done", {"unreachable": 30})


async def test_what_nobody_takes_from_the_outbox_ends_with_the_notice(province: Province) -> None:
    province.person()
    province.person(channel="simulator")
    notice = province.launch(about="", expires_at=at(1, 12), **BARE)
    await province.run(2)
    province.look(at(1, 12))
    assert province.now(notice).state == "done"
    assert notices.progress(province.house.store.read, notice.id).by_state == {"sent": 1, "dropped": 1}


async def test_what_a_carrier_fails_costs_as_well(province: Province) -> None:
    province.person()
    notice = province.launch()
    await province.run(2)
    receipts(province, "failed")
    done = notices.progress(province.house.store.read, notice.id)
    assert (done.segments, province.tariff.spent(done)) == (1, Decimal("0.25"))


# ── words of one day ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("Mañana a las 8 de la mañana", "manana"),
        ("Pasado mañana hay feria", "manana"),
        ("Esta noche no hay agua", "esta noche"),
        ("Paqarinmi pediatra kanqa", "paqarinmi"),
        ("Kunanqa manan unu kanchu", "kunanqa"),
        ("El viernes 12, 8 de la mañana", ""),
        ("Cada mañana hay leche", ""),
    ],
)
def test_words_that_are_true_on_one_day(said: str, word: str) -> None:
    assert relative_word(Notice(1, "", "", text_es=said)) == word


# ── in her conversation ───────────────────────────────────────────────────────────────────────────────────────────────


def replies(province: Province, person_id: int, text: str, press: str = "") -> list[Row]:
    """What she is answered to a text or a button."""
    address = province.address(person_id)
    channel, medium = ("telegram", "telegram") if address.startswith("telegram:") else ("twilio", "sms")
    province.clock.at += timedelta(seconds=30)
    kind = "press" if press else "text"
    said = Inbound(channel, medium, address, str(province.clock.new_id()), text, kind, press=press)  # type: ignore[arg-type]
    with province.house.store.write() as tx:
        taken = province.house.inbox.take(tx, said)
    return messages.replies_to(province.house.store.read, taken.inbound_id)


async def test_a_notice_that_asks_nothing_leaves_her_list_as_it_was(province: Province) -> None:
    person, other = province.people(2)
    for each in (person, other):
        for said in ("obras", "mas"):
            replies(province, each, said)
    [untold] = replies(province, other, "1")
    province.launch(about="", **BARE)
    await province.run(2)
    [told] = replies(province, person, "1")
    assert told["body"] == untold["body"]


async def test_a_number_that_it_does_not_offer_answers_what_waited(province: Province) -> None:
    person = province.person()
    replies(province, person, "cita pediatra")
    replies(province, person, "Luz Mamani")
    province.launch()
    await province.run(2)
    [asked] = replies(province, person, "4")
    assert asked["body"].startswith("Para Luz Mamani, 4 años")


async def test_a_button_of_what_waited_still_counts(province: Province) -> None:
    person = province.person(channel="telegram")
    replies(province, person, "cita pediatra")
    [asked] = replies(province, person, "Luz Mamani 4")
    province.launch()
    await province.run(2)
    [booked] = replies(province, person, "", press=json.loads(asked["options"])[0][1])
    assert "Luz Mamani" in booked["body"]
    assert "registrada" in booked["body"]


async def test_a_button_opens_what_its_own_notice_offered(province: Province) -> None:
    person = province.person(channel="telegram")
    first = province.launch()
    await province.run(2)
    second = province.launch(about="fair:compone", topic="fairs")
    await province.run(2)
    row = province.house.store.read.one("SELECT options FROM outbox WHERE notice_id = ?", first.id)
    assert row
    [asked] = replies(province, person, "", press=json.loads(row["options"])[0][1])
    assert asked["body"].startswith("¿Para quién es la cita?")
    answered = province.house.store.read.all("SELECT notice_id, answer FROM notice_recipients ORDER BY notice_id")
    assert [tuple(each) for each in answered] == [(first.id, "took"), (second.id, "wrote")]


async def test_the_last_one_heard_is_the_last_that_left(province: Province) -> None:
    person = province.person()
    written_first = province.launch(about="", starts_at=at(2, 9), **BARE)
    province.launch(about="", **BARE)
    await province.run(2)
    province.clock.at = at(2, 9)
    await province.run(2)
    heard = notices.last_heard(province.house.store.read, person)
    assert heard
    assert heard.notice_id == written_first.id


async def test_what_is_on_its_way_while_she_writes_can_still_be_answered(province: Province) -> None:
    person = province.person()
    province.launch(about="", **BARE)
    await province.run(2)
    province.launch()
    province.look()
    replies(province, person, "gracias")
    await province.run(2)
    [asked] = replies(province, person, "1")
    assert asked["body"].startswith("¿Para quién es la cita?")
