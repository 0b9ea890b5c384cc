"""Three weeks of campaigns in five-minute steps: who is reminded and offered what, and when, as one law for all."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import House
from bot.clock import LIMA, from_text
from bot.conversation.message import Outgoing
from bot.records import agenda, appointments, people, quiet_days
from bot.records.agenda import Campaign, Clinic, Name, Promoter
from bot.records.appointments import Patient
from bot.records.quiet_days import QuietDay
from bot.service import pace
from bot.service.appointments.booking import Booking
from bot.service.appointments.changes import Changes
from bot.service.outbox import Sender
from bot.service.pace import Pace
from bot.settings import Settings
from tests.running import built, count, sms, take
from tests.talks import IN_MEMORY, MovingClock

STEP, MINUTE = timedelta(minutes=5), timedelta(minutes=1)
OFFERED, PASSED = "Hay lugar para ", "No respondio a tiempo: el lugar de "
PROMOTER = "+51984007777"
NAMES = "Rosa Luz Elsa Dina Flor Nilda Yeny Sonia Olga Ines".split()
SURNAMES = "Quispe Mamani Huaman Condori Ccahuana Puma Sutta".split()


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of March 2027, as Lima's clocks show it. The 1st is a Monday."""
    return datetime(2027, 3, day, hour, minute, tzinfo=LIMA)


@dataclass(frozen=True)
class Visit:
    """A campaign's day: on which of March, when, and for how many."""

    specialty: str
    district: str
    day: int
    opens: time
    places: int
    per_hour: int | None = None

    @property
    def key(self) -> str:
        return f"{self.specialty}_{self.district}"


VISITS = [
    Visit("pediatria", "zurite", 5, time(8), 5, 3),
    Visit("traumatologia", "anta", 9, time(8), 5),  # the clock jumps back on its eve
    Visit("oftalmologia", "huarocondo", 13, time(9), 5, 4),  # nobody is at work on its eve and day
    Visit("odontologia", "limatambo", 17, time(8), 5),  # its eve is quiet
    Visit("pediatria", "chinchaypujio", 19, time(8), 5, 4),  # its own day is quiet
    Visit("traumatologia", "ancahuasi", 21, time(7), 5, 3),  # begins when we may begin to speak
]
QUIET_DAYS = {date(2027, 3, 16), date(2027, 3, 19)}
DOWN_FROM, DOWN_UNTIL = at(12), at(14)
JUMPS_AT, JUMPS_BY = at(8, 11), timedelta(hours=-2)
BEGIN, END = at(1, 9), at(22, 9)


def is_quiet(moment: datetime) -> bool:
    local = moment.astimezone(LIMA)
    return local.date() in QUIET_DAYS or not 7 <= local.hour < 20


def spoken(start: datetime, end: datetime) -> timedelta:
    """How much of the time between is not quiet, to the minute."""
    return MINUTE * sum(not is_quiet(start + MINUTE * n) for n in range((end - start) // MINUTE))


@dataclass(frozen=True)
class Said:
    """A message as it left; `is_ours` when it answers nothing."""

    at: datetime
    address: str
    text: str
    is_ours: bool


class Record:
    """A channel that keeps what it sends."""

    name, medium, two_way, lists_messages = "simulator", "sms", True, False

    def __init__(self, house: House) -> None:
        self._house = house
        self.said: list[Said] = []

    async def send(self, out: Outgoing) -> str:
        is_ours = bool(count(self._house.store, "outbox", "id = ? AND inbound_id IS NULL", out.id))
        self.said.append(Said(self._house.clock.now(), out.address, out.text, is_ours))
        return f"P{out.id}"


@dataclass(frozen=True)
class Reminder:
    """One message about everybody of one phone at one campaign."""

    at: datetime
    address: str
    is_eve: bool
    names: frozenset[str]


@dataclass(frozen=True)
class Offer:
    """A place held for somebody, from when she was told until when."""

    appointment: int
    name: str
    told_at: datetime
    until: datetime
    begins: datetime


@dataclass
class Weeks:
    """The province over three weeks: what its people do is drawn once, with the same seed."""

    house: House
    clock: MovingClock
    record: Record
    drawn: random.Random = field(default_factory=lambda: random.Random(20270301))  # noqa: S311  no secret
    deeds: dict[datetime, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    expected: set[Reminder] = field(default_factory=set)
    judged: set[tuple[int, bool]] = field(default_factory=set)
    offers: set[Offer] = field(default_factory=set)
    lapsed: list[tuple[datetime, datetime]] = field(default_factory=list)
    begins: dict[str, datetime] = field(default_factory=dict)
    heard: int = 0
    visits: dict[str, Visit] = field(default_factory=dict)

    def prepare(self) -> None:
        now = self.clock.now()
        with self.house.store.write() as tx:
            agenda.remove_samples(tx, "campaigns")
            agenda.put_promoters(tx, [Promoter(PROMOTER, "Elena", ("compone",), "es")])
            for day in QUIET_DAYS:
                quiet_days.put(tx, QuietDay(day, "fiesta", "staff"))
            for visit in VISITS:
                clinics = (Clinic(visit.specialty, visit.places, visit.per_hour),)
                where = ("especialistas", visit.district, f"posta {visit.key}")
                hours = (at(visit.day).date(), visit.opens, time(visit.opens.hour + 4))
                Changes(tx, self.clock, now, "staff").put(Campaign(visit.key, Name("Campaña"), *where, *hours, clinics))
        self._phone(PROMOTER)
        names = (f"{given} {surname}" for given, surname in itertools.product(NAMES, SURNAMES))
        for number, visit in enumerate(VISITS * 2):
            self._household(visit, f"+5198400{number:02}00", [next(names) for _ in range(3 if number < 6 else 1)])
        for number, name in enumerate(names):
            visit = VISITS[number % len(VISITS)]
            self._household(visit, f"+5198401{number:02}00" if number % 9 else None, [name])

    def _phone(self, number: str) -> int:
        with self.house.store.write() as tx:
            person = people.create(tx, self.clock.new_id(), f"tel:{number}", self.clock.now())
            people.set_language(tx, person.id, "es", is_chosen=True)
            people.set_greeted(tx, person.id)
        return person.id

    def _household(self, visit: Visit, number: str | None, names: list[str]) -> None:
        """People of one phone, or without one, who ask for a place at some moment before the day, and what befalls."""
        person_id = self._phone(number) if number else None
        promoter = None if number else PROMOTER
        last = DOWN_FROM if visit.day == 13 else at(visit.day, 7)
        for name in names:
            self.visits[name] = visit
            patient = Patient(self.clock.new_id(), person_id, name, age_months=60, promoter=promoter)
            with self.house.store.write() as tx:
                appointments.add_patient(tx, patient, self.clock.now())
            asks = self._moment(BEGIN, last)
            self.deeds[asks].append(("ask", visit, patient.id))
            if self.drawn.random() < 0.4:
                evening = at(visit.day - self.drawn.randint(1, 2), self.drawn.randint(17, 21))
                cancels = self.drawn.choice([evening, self._moment(asks, last)])
                self.deeds[cancels].append(("cancel", patient.id))
        fate = self.drawn.random()
        if number and fate < 0.2:
            self.deeds[self._moment(BEGIN, last)].append(("stop" if fate < 0.1 else "lost", number))

    def _moment(self, first: datetime, last: datetime) -> datetime:
        return first + STEP * self.drawn.randrange(max(1, (last - first) // STEP))

    # -- time passes

    def steps(self) -> Iterator[datetime]:
        """Every five minutes, without the days on which nobody is at work, and with one jump."""
        now, has_jumped = BEGIN, False
        while now < END:
            yield now
            now += STEP
            if now >= JUMPS_AT and not has_jumped:
                now, has_jumped = now + JUMPS_BY, True
            if now == DOWN_FROM:
                now = DOWN_UNTIL

    async def live(self, sender: Sender) -> None:
        for now in self.steps():
            self.clock.at = now
            for deed, *given in self.deeds.pop(now, ()):
                getattr(self, f"do_{deed}")(*given)
            self._answer()
            self._expect(now)
            before = self._open_offers()
            with self.house.store.write() as tx:
                while self.house.clockwork.tick(tx, now):
                    pass
            self._note(now, before)
            await self._send(sender)

    async def _send(self, sender: Sender) -> None:
        unsent = "state = 'sending' OR (state = 'waiting' AND (priority = 0 OR ?))"
        while count(self.house.store, "outbox", unsent, int(not is_quiet(self.clock.now()))):
            sender.wake()
            await asyncio.sleep(0)

    # -- what people do

    def do_ask(self, visit: Visit, patient_id: int) -> None:
        with self.house.store.write() as tx:
            booking = Booking(tx, self.clock, self.clock.now())
            booking.take(visit.key, visit.specialty, patient_id, "person", or_wait=True)

    def do_cancel(self, patient_id: int) -> None:
        row = self.house.store.read.one("SELECT id FROM appointments WHERE patient_id = ?", patient_id)
        with self.house.store.write() as tx:
            held = appointments.one(tx, row["id"]) if row else None
            if held:
                Booking(tx, self.clock, self.clock.now()).cancel(held, "person")

    def do_stop(self, number: str) -> None:
        take(self.house, sms("BAJA", number, channel="simulator"))

    def do_lost(self, number: str) -> None:
        with self.house.store.write() as tx:
            people.mark_unusable(tx, f"tel:{number}", "BadAddress", self.clock.now())

    def _answer(self) -> None:
        """Who has read a question of ours since answers it, or not."""
        new, self.heard = self.record.said[self.heard :], len(self.record.said)
        for said in new:
            answer = self.drawn.choices(["1", "2", ""], [40, 20, 40])[0]
            if said.is_ours and "1 Si" in said.text and answer:
                take(self.house, sms(answer, said.address, channel="simulator"))

    # -- what ought to happen, and what does

    def _expect(self, now: datetime) -> None:
        """Who ought to be reminded at this step, judged once for each appointment and each of its two reminders."""
        if is_quiet(now):
            return
        groups: dict[tuple[str, str, bool], set[str]] = defaultdict(set)
        for row in self._booked():
            day = datetime.combine(date.fromisoformat(row["held_on"]), time(), LIMA)
            begins = self.begins[row["name"]] = datetime.combine(day, time.fromisoformat(row["starts"]), LIMA)
            ten_before, booked_at = day - timedelta(hours=14), from_text(row["booked_at"])
            for is_eve, opens, closes in ((True, ten_before, day), (False, day, day + timedelta(days=1))):
                is_due = opens <= now < closes and booked_at < (ten_before if is_eve else day)
                if is_due and (row["id"], is_eve) not in self.judged:
                    self.judged.add((row["id"], is_eve))
                    if begins - now > timedelta(minutes=15) and row["reaches"]:
                        whom = row["address"] or f"tel:{PROMOTER}"
                        groups[whom, row["campaign"], is_eve].add(row["name"] if row["address"] else "")
        self.expected |= {Reminder(now, key[0], key[2], frozenset(names)) for key, names in groups.items()}

    def _booked(self) -> list[Any]:
        return self.house.store.read.all(
            "SELECT a.id, a.campaign, a.booked_at, p.name, d.address, c.held_on, s.starts, o.id IS NULL OR"
            " (o.opted_out_at IS NULL AND d.unusable_since IS NULL) AS reaches FROM appointments a"
            " JOIN slots s ON s.appointment_id = a.id JOIN campaigns c ON c.key = a.campaign"
            " JOIN patients p ON p.id = a.patient_id LEFT JOIN people o ON o.id = p.person_id"
            " LEFT JOIN addresses d ON d.person_id = o.id WHERE a.state = 'booked'"
        )

    def _open_offers(self) -> dict[int, Offer]:
        rows = self.house.store.read.all(
            "SELECT a.id, p.name, a.offer_told_at, a.hold_until, c.held_on, s.starts FROM appointments a"
            " JOIN patients p ON p.id = a.patient_id JOIN campaigns c ON c.key = a.campaign"
            " JOIN slots s ON s.appointment_id = a.id WHERE a.state = 'offered' AND a.offer_told_at IS NOT NULL"
        )
        found = {}
        for row in rows:
            begins = datetime.fromisoformat(f"{row['held_on']}T{row['starts']}").replace(tzinfo=LIMA)
            told_at, hold_until = from_text(row["offer_told_at"]), from_text(row["hold_until"])
            found[row["id"]] = Offer(row["id"], row["name"], told_at, hold_until, begins)
        return found

    def _note(self, now: datetime, before: dict[int, Offer]) -> None:
        after = self._open_offers()
        self.offers |= set(after.values())
        self.lapsed += [(offer.until, now) for key, offer in before.items() if after.get(key) != offer]
        misfits = (
            "SELECT 1 FROM appointments a LEFT JOIN slots s ON s.appointment_id = a.id"
            " WHERE (a.state IN ('booked', 'offered')) <> (s.number IS NOT NULL)"
        )
        assert self.house.store.read.one(misfits) is None, "who has a place has one slot, and nobody else has one"


def reminders(weeks: Weeks) -> list[Reminder]:
    """The reminders that left, by the words in which they are told from all else."""
    found = []
    for said in weeks.record.said:
        if said.is_ours and said.text.startswith(("No olvide", "Hoy ", "Mañana ")):
            about = {name for name in weeks.visits if name in said.text} or {""}
            found.append(Reminder(said.at, said.address, "añana" in said.text, frozenset(about)))
    return found


async def lived(data: Path) -> Weeks:
    clock = MovingClock(BEGIN)
    house = built(Settings(data=data, database_url=IN_MEMORY, start=BEGIN), clock)
    with closing(house):
        weeks = Weeks(house, clock, Record(house))
        sender = Sender(house.commits, clock, weeks.record, Pace(1e9, pace.one))  # type: ignore[arg-type]
        sending = asyncio.create_task(sender.run())
        weeks.prepare()
        await weeks.live(sender)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    return weeks


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Weeks:
    return asyncio.run(lived(tmp_path_factory.mktemp("weeks")))


def test_each_is_reminded_once_on_the_eve_and_once_on_the_day_or_rightly_never(weeks: Weeks) -> None:
    assert Counter(reminders(weeks)) == Counter(weeks.expected)


def test_nothing_of_ours_leaves_in_quiet_hours_or_on_quiet_days(weeks: Weeks) -> None:
    assert [said for said in weeks.record.said if said.is_ours and is_quiet(said.at)] == []


def test_nobody_is_reminded_of_what_has_begun(weeks: Weeks) -> None:
    for reminder in reminders(weeks):
        for begins in (weeks.begins[name] for name in reminder.names - {""}):
            assert reminder.at + timedelta(minutes=15) < begins
            assert reminder.at.date() == begins.date() - timedelta(days=reminder.is_eve)


def test_each_day_has_the_reminders_that_it_can_have(weeks: Weeks) -> None:
    """What the law above makes of nobody at work, quiet days, a clock that jumps, and a beginning at seven."""
    had = {(weeks.visits[name].day, each.is_eve) for each in reminders(weeks) for name in each.names - {""}}
    both = {(day, is_eve) for day in (5, 9, 21) for is_eve in (True, False)}
    assert had == both | {(17, False), (19, True)}
    assert any(reminder.names == {""} for reminder in weeks.expected), "a promoter is told of her people"
    assert any(len(reminder.names) > 1 for reminder in weeks.expected), "a household is told in one message"


def test_an_offer_is_told_at_a_decent_hour_once_to_whom_it_was_made(weeks: Weeks) -> None:
    told = Counter(
        (said.at, said.text.removeprefix(OFFERED).split(":")[0])
        for said in weeks.record.said
        if said.is_ours and said.text.startswith(OFFERED)
    )
    made = Counter((offer.told_at, offer.name) for offer in weeks.offers)
    assert told
    assert told.keys() <= made.keys()
    assert set(told.values()) == set(made.values()) == {1}
    assert not any(is_quiet(offer.told_at) for offer in weeks.offers)


def test_the_time_to_answer_stands_still_in_quiet_hours(weeks: Weeks) -> None:
    over_night = [offer for offer in weeks.offers if offer.until.date() > offer.told_at.date()]
    assert over_night
    for offer in weeks.offers:
        promised = max(timedelta(minutes=15), min(timedelta(hours=2), (offer.begins - offer.told_at) / 4))
        had = spoken(offer.told_at, offer.until)
        assert promised <= had < promised + STEP or offer.until == offer.begins


def test_no_offer_passes_on_before_its_time_is_over(weeks: Weeks) -> None:
    assert weeks.lapsed
    assert all(until <= now for until, now in weeks.lapsed)


def test_nobody_hears_that_a_place_has_passed_on_who_was_not_offered_it(weeks: Weeks) -> None:
    passed = [said for said in weeks.record.said if said.is_ours and said.text.startswith(PASSED)]
    assert passed
    for said in passed:
        name = said.text.removeprefix(PASSED).split(" paso ")[0]
        assert any(offer.name == name and offer.until <= said.at for offer in weeks.offers)
