"""What happens by itself: reminders, offers and errands, each once, at decent hours, to whom they may be told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.app import House
from bot.clock import LIMA
from bot.records import agenda, appointments, messages, outreach, people, quiet_days
from bot.records.agenda import Campaign, Clinic, Name, Promoter
from bot.records.appointments import Appointment, Patient
from bot.records.outreach import Errand
from bot.records.quiet_days import QuietDay
from bot.service import clockwork
from bot.service.appointments.booking import Booking
from bot.service.appointments.changes import Changes
from bot.settings import Settings
from tests.running import JUAN, ROSA, built, count, say, sms, until
from tests.talks import IN_MEMORY, MONDAY, MovingClock

FRIDAY, SPECIALTY = "traumatologia_zurite", "traumatologia"
PROMOTER = "+51984007777"
ALONE, ELSA = ("Luz", ROSA), "+51984000333"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2027 by Lima's clocks. The clinic is on Friday the 12th at eight."""
    return datetime(2027, 3, day, hour, minute, tzinfo=LIMA)


class Line:
    """The service without its network, before one clinic of two places."""

    def __init__(self, data: Path) -> None:
        self.clock = MovingClock(MONDAY)
        self.house: House = built(Settings(data=data, database_url=IN_MEMORY, start=MONDAY), self.clock)
        self._seen = 0
        where, clinics = ("especialistas", "zurite", "posta de Zurite"), (Clinic(SPECIALTY, 2),)
        day = Campaign(FRIDAY, Name("Campaña"), *where, date(2027, 3, 12), time(8), time(12), clinics)
        with self.house.store.write() as tx:
            agenda.remove_samples(tx, "campaigns")
            Changes(tx, self.clock, MONDAY, "staff").put(day)

    def phone(self, number: str) -> int:
        with self.house.store.write() as tx:
            known = people.load(tx, f"tel:{number}")
            person = known or people.create(tx, self.clock.new_id(), f"tel:{number}", self.clock.now())
            people.set_language(tx, person.id, "es", is_chosen=True)
            people.set_greeted(tx, person.id)
        return person.id

    def ask(self, *whom: tuple[str, str]) -> list[Appointment]:
        """Each (name, phone) has a place or waits for one; without a phone the promoter registered her."""
        held = []
        for name, number in whom:
            person_id, promoter = (self.phone(number), None) if number else (None, PROMOTER)
            patient = Patient(self.clock.new_id(), person_id, name, age_months=400, promoter=promoter)
            with self.house.store.write() as tx:
                appointments.add_patient(tx, patient, self.clock.now())
                booking = Booking(tx, self.clock, self.clock.now())
                taken = booking.take(FRIDAY, SPECIALTY, patient.id, "person", or_wait=True)
            assert taken.appointment
            held.append(taken.appointment)
        return held

    def cancel(self, held: Appointment) -> None:
        with self.house.store.write() as tx:
            assert Booking(tx, self.clock, self.clock.now()).cancel(held, "person")

    def state(self, held: Appointment) -> str:
        found = appointments.one(self.house.store.read, held.id)
        assert found
        return found.state

    def told(self, now: datetime) -> list[tuple[str, str]]:
        """(number, first words) of what the service begins at this moment."""
        self.clock.at = now
        with self.house.store.write() as tx:
            while self.house.clockwork.tick(tx, now):
                pass
        rows = self.house.store.read.all(
            "SELECT id, address, body FROM outbox WHERE inbound_id IS NULL AND id > ? ORDER BY id", self._seen
        )
        self._seen = max([self._seen, *(row["id"] for row in rows)])
        return [(row["address"].removeprefix("tel:"), row["body"].split(":")[0]) for row in rows]


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    opened = Line(tmp_path)
    with closing(opened.house):
        yield opened


# ── reminders ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("asked_at", "looks", "told"),
    [
        pytest.param(at(1, 9), [at(11, 9, 55), at(11, 10)], [0, 1], id="from ten on the eve"),
        pytest.param(at(1, 9), [at(11, 10), at(11, 10, 5), at(11, 19)], [1, 0, 0], id="once on the eve"),
        pytest.param(at(1, 9), [at(11, 19, 55), at(12, 7), at(12, 7, 5)], [1, 1, 0], id="and once on the day"),
        pytest.param(at(1, 9), [at(12, 6, 55), at(12, 7)], [0, 1], id="on the day from seven"),
        pytest.param(at(1, 9), [at(11, 21), at(12, 0, 30)], [0, 0], id="never at night"),
        pytest.param(at(1, 9), [at(12, 7, 50), at(12, 9)], [0, 0], id="not when it is too late to come"),
        pytest.param(at(1, 9), [at(13, 9)], [0], id="never afterwards"),
        pytest.param(at(11, 10), [at(11, 10, 5), at(12, 7)], [0, 1], id="not of what she asked for just now"),
        pytest.param(at(12, 7), [at(12, 7, 5)], [0], id="nor on the day itself"),
        pytest.param(at(1, 9), [at(11, 11), at(11, 9), at(11, 10)], [1, 0, 0], id="once, whatever the clock says"),
    ],
)
def test_when_somebody_is_reminded(line: Line, asked_at: datetime, looks: list[datetime], told: list[int]) -> None:
    line.clock.at = asked_at
    line.ask(ALONE)
    assert [len(line.told(look)) for look in looks] == told


def test_a_household_is_reminded_in_one_message(line: Line) -> None:
    line.ask(("Luz", ROSA), ("Flor", ROSA))
    assert line.told(at(11, 10)) == [(ROSA, "No olvide")]
    [row] = line.house.store.read.all("SELECT body FROM outbox")
    assert "Luz" in row["body"]
    assert "Flor" in row["body"]


def test_a_household_that_has_confirmed_is_reminded_of_everybody(line: Line) -> None:
    line.ask(("Luz", ROSA), ("Flor", ROSA))
    line.told(at(11, 10))
    assert say(line.house, "1")[0].startswith("Gracias.")
    line.told(at(12, 7))
    *_, row = line.house.store.read.all("SELECT body FROM outbox WHERE inbound_id IS NULL ORDER BY id")
    assert "Luz" in row["body"]
    assert "Flor" in row["body"]


def test_who_waits_is_not_reminded(line: Line) -> None:
    line.ask(ALONE, ("Juan", JUAN), ("Elsa", ELSA))
    assert [number for number, _ in line.told(at(11, 10))] == [ROSA, JUAN]


def test_a_promoter_is_told_of_those_without_a_phone_apart_from_her_own(line: Line) -> None:
    with line.house.store.write() as tx:
        agenda.put_promoters(tx, [Promoter(PROMOTER, "Elena", ("compone",), "es")])
    line.ask(("Elena", PROMOTER), ("Luz", ""))
    told = line.told(at(11, 10))
    assert [number for number, _ in told] == [PROMOTER, PROMOTER]
    assert {words[:9] for _, words in told} == {"No olvide", "Mañana ti"}


def test_who_said_stop_keeps_her_place_and_hears_nothing(line: Line) -> None:
    [held] = line.ask(ALONE)
    say(line.house, "BAJA")
    assert line.told(at(11, 10)) == line.told(at(12, 7)) == []
    assert line.state(held) == "booked"


def test_who_is_erased_gives_her_place_to_the_next(line: Line) -> None:
    held, _, waiting = line.ask(ALONE, ("Juan", JUAN), ("Elsa", ELSA))
    say(line.house, "BORRAR")
    say(line.house, "1")
    assert (line.state(held), line.state(waiting)) == ("cancelled", "offered")
    assert [number for number, _ in line.told(at(2, 9))] == [ELSA]
    assert (JUAN, "No olvide") in (told := line.told(at(11, 10)))
    assert ROSA not in dict(told)


def test_on_a_quiet_eve_nobody_is_reminded(line: Line) -> None:
    line.ask(ALONE)
    with line.house.store.write() as tx:
        quiet_days.put(tx, QuietDay(date(2027, 3, 11), "fiesta", "staff"))
    assert line.told(at(11, 12)) == []
    assert len(line.told(at(12, 7))) == 1


def test_a_reminder_of_tomorrow_is_not_sent_once_it_is_today(line: Line) -> None:
    """The provider was away all night."""
    line.ask(ALONE)
    line.told(at(11, 10))
    expired = "inbound_id IS NULL AND expires_at <= ?"
    assert count(line.house.store, "outbox", expired, "2027-03-12T05:00:00.000000+00:00") == 1


# ── offers ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def three(line: Line) -> list[Appointment]:
    """Two have a place; Elsa waits."""
    return line.ask(ALONE, ("Juan", JUAN), ("Elsa", ELSA))


def test_an_offer_is_told_once_and_lapses_when_its_time_is_over(line: Line) -> None:
    held, _, waiting = three(line)
    line.cancel(held)
    assert line.told(at(2, 9)) == [(ELSA, "Hay lugar para Elsa")]
    assert line.told(at(2, 10, 59)) == []
    assert line.told(at(2, 11)) == [(ELSA, "Hay lugar para Elsa")], "nobody else waits"
    assert line.told(at(2, 13)) == [(ELSA, "No respondio a tiempo")]
    assert line.state(waiting) == "lapsed"


def test_a_place_that_passed_on_is_told_to_both(line: Line) -> None:
    held, *_ = three(line)
    line.ask(("Dina", "+51984000444"))
    line.cancel(held)
    line.told(at(2, 9))
    assert line.told(at(2, 11)) == [("+51984000444", "Hay lugar para Dina"), (ELSA, "No respondio a tiempo")]


def test_a_place_freed_at_night_is_held_and_told_in_the_morning(line: Line) -> None:
    held, _, waiting = three(line)
    line.clock.at = at(1, 22)
    line.cancel(held)
    assert line.told(at(2, 6, 55)) == []
    assert line.state(waiting) == "offered"
    assert line.told(at(2, 7)) == [(ELSA, "Hay lugar para Elsa")]


def test_in_the_evening_the_time_to_answer_runs_on_in_the_morning(line: Line) -> None:
    held, _, waiting = three(line)
    line.cancel(held)
    line.told(at(2, 19))
    line.told(at(3, 7, 55))
    assert line.state(waiting) == "offered"
    found = appointments.one(line.house.store.read, waiting.id)
    assert found
    assert found.hold_until == at(3, 8)


def test_a_place_held_until_it_is_too_late_is_neither_told_nor_missed(line: Line) -> None:
    held, _, waiting = three(line)
    line.clock.at = at(11, 23)
    line.cancel(held)
    assert line.told(at(11, 23, 5)) == []
    assert line.state(waiting) == "offered"
    assert [number for number, _ in line.told(at(12, 7, 20))] == [JUAN], "the reminder of his own"
    assert line.told(at(12, 7, 25)) == []
    assert line.state(waiting) == "waiting"


def test_who_can_be_reached_again_is_offered_what_is_free(line: Line) -> None:
    held, _, waiting = three(line)
    say(line.house, "BAJA", ELSA)
    line.cancel(held)
    assert line.told(at(2, 9)) == []
    say(line.house, "ALTA", ELSA)
    assert line.told(at(2, 10)) == [(ELSA, "Hay lugar para Elsa")]
    assert line.state(waiting) == "offered"


# ── errands ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def errand(line: Line, *, is_urgent: bool = False) -> None:
    """Rosa is to hear of a changed day, until Tuesday noon."""
    [held] = line.ask(ALONE)
    person_id = line.phone(ROSA)
    with line.house.store.write() as tx:
        new = Errand(line.clock.new_id(), person_id, "dia_cambiado", {"ids": [held.id]}, at(2, 12), is_urgent)
        outreach.add(tx, new, line.clock.now())


def outcomes(line: Line) -> list[str]:
    return [row["outcome"] for row in line.house.store.read.all("SELECT outcome FROM outreach ORDER BY id")]


@pytest.mark.parametrize(
    ("is_urgent", "now", "outcome"),
    [
        pytest.param(False, at(1, 10), "said", id="by day"),
        pytest.param(False, at(1, 21), "", id="at night it waits"),
        pytest.param(True, at(1, 21), "said", id="unless it is urgent"),
        pytest.param(False, at(2, 12), "too_late", id="when it has expired"),
    ],
)
def test_when_an_errand_is_run(line: Line, is_urgent: bool, now: datetime, outcome: str) -> None:
    errand(line, is_urgent=is_urgent)
    told = line.told(now)
    assert outcomes(line) == [outcome]
    assert len(told) == (outcome == "said")
    assert line.told(now) == []


def test_an_errand_to_who_stopped_us_since_is_closed(line: Line) -> None:
    errand(line)
    say(line.house, "BAJA")
    assert line.told(at(1, 10)) == []
    assert outcomes(line) == ["opted_out"]


def test_an_errand_to_a_dead_number_is_closed(line: Line) -> None:
    errand(line)
    with line.house.store.write() as tx:
        people.mark_unusable(tx, f"tel:{ROSA}", "BadAddress", line.clock.now())
    assert line.told(at(1, 10)) == []
    assert outcomes(line) == ["unreachable"]


# ── the ticking itself ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_it_ticks_by_itself_and_a_tick_that_breaks_is_not_the_last(
    line: Line, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(clockwork, "TICK_SECONDS", 0.005)
    errand(line)
    with line.house.store.write() as tx:
        tx.run("UPDATE outreach SET flow = 'nowhere'")
    ticking = asyncio.create_task(line.house.clockwork.run())
    await until(lambda: "clockwork" in caplog.text)
    with line.house.store.write() as tx:
        tx.run("UPDATE outreach SET flow = 'dia_cambiado'")
    await until(lambda: outcomes(line) == ["said"])
    ticking.cancel()
    await asyncio.gather(ticking, return_exceptions=True)


def wrote_long_ago(line: Line, times: int) -> None:
    """Rosa wrote so often two years ago, and her words are still here."""
    person_id, then = line.phone(ROSA), MONDAY - timedelta(days=2 * 365)
    with line.house.store.write() as tx:
        for _ in range(times):
            assert messages.record(tx, line.clock.new_id(), sms("que obras hay"), person_id, "answered", then)


def words_kept(line: Line) -> int:
    return count(line.house.store, "inbound", "body IS NOT NULL")


async def two_looks(line: Line) -> None:
    """Something that is due has been said twice: whatever else the first look had to do is done too."""
    for _ in range(2):
        errand(line)
        await until(lambda: set(outcomes(line)) == {"said"})


@asynccontextmanager
async def running(line: Line, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The clockwork runs by itself, with hardly a pause while there is something to do."""
    monkeypatch.setattr(clockwork, "TICK_SECONDS", 0.001)
    monkeypatch.setattr(clockwork, "NEXT_TIDY_SECONDS", 0.001)
    ticking = asyncio.create_task(line.house.clockwork.run())
    yield
    ticking.cancel()
    await asyncio.gather(ticking, return_exceptions=True)


async def test_it_tidies_little_by_little_until_nothing_is_left_and_then_seldom(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrote_long_ago(line, 250)
    with line.house.store.write() as tx:
        assert line.house.clockwork.tidy(tx, MONDAY) == 100
    async with running(line, monkeypatch):
        await until(lambda: words_kept(line) == 0)
        await two_looks(line)  # and it has seen that nothing is left
        wrote_long_ago(line, 1)
        await two_looks(line)
        assert words_kept(line) == 1  # until an hour has passed


async def test_a_round_of_tidying_that_breaks_is_not_the_last_and_holds_up_nothing_else(
    line: Line, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wrote_long_ago(line, 1)
    with line.house.store.write() as tx:
        tx.run("ALTER TABLE published_months RENAME TO elsewhere")
    async with running(line, monkeypatch):
        await until(lambda: "clockwork" in caplog.text)
        await two_looks(line)
        assert words_kept(line) == 1
        with line.house.store.write() as tx:
            tx.run("ALTER TABLE elsewhere RENAME TO published_months")
        await until(lambda: words_kept(line) == 0)


async def test_when_the_clock_leaps_nothing_lapses_for_a_while(
    line: Line, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(clockwork, "TICK_SECONDS", 0.005)
    held, _, waiting = three(line)
    line.cancel(held)
    line.told(at(2, 9))
    ticking = asyncio.create_task(line.house.clockwork.run())
    await asyncio.sleep(0)
    line.clock.at += timedelta(hours=3)
    await until(lambda: "the clock jumped" in caplog.text)
    await asyncio.sleep(0.05)
    ticking.cancel()
    await asyncio.gather(ticking, return_exceptions=True)
    assert line.state(waiting) == "offered"
