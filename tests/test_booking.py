"""Who has which place: tables of single steps, and any order of them, checked against what a place is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.clock import LIMA
from bot.records import agenda, appointments, people
from bot.records.agenda import Campaign, Clinic, District, Name
from bot.records.appointments import Appointment, Patient
from bot.records.store import Store
from bot.service.appointments.booking import LAST_OFFER, MOST_OFFERS, Booking, Taken, hold_time
from bot.service.appointments.changes import Changes
from tests.talks import MONDAY, MovingClock

FRIDAY, SATURDAY = "pediatria_friday", "pediatria_saturday"
DAYS = {FRIDAY: date(2027, 3, 12), SATURDAY: date(2027, 3, 13)}
SPECIALTY = "pediatria"


class Province:
    """A database with two days of one specialist, and what people and staff do there."""

    def __init__(self, where: Path | str, places: int = 2, per_hour: int | None = None) -> None:
        self.clock = MovingClock(MONDAY)
        self.store = Store(where)
        with self.store.write() as tx:
            agenda.put_districts(tx, [District("zurite", "Zurite", "080909")])
        for key in DAYS:
            self.put(key, places, per_hour)

    def close(self) -> None:
        self.store.close()

    def put(self, key: str, places: int, per_hour: int | None = None) -> None:
        """Staff say how many a day takes; the last who have a place are put back on the list where it is fewer."""
        clinics = (Clinic(SPECIALTY, places, per_hour),)
        where = ("especialistas", "zurite", "posta de Zurite")
        new = Campaign(key, Name("Campaña"), *where, DAYS[key], time(8), time(12), clinics)
        with self.store.write() as tx:
            old = agenda.one_campaign(tx, key)
            new = replace(new, clinics=(replace(clinics[0], per_hour=per_hour or _per_hour(old)),))
            changes = Changes(tx, self.clock, self.clock.now(), "staff")
            for short in changes.shortages(new):
                changes.to_the_list(key, short.specialty, short.too_many)
            changes.put(new)

    def phone(self) -> int:
        now = self.clock.now()
        with self.store.write() as tx:
            new_id = self.clock.new_id()
            return people.create(tx, new_id, f"tel:+519{new_id % 10**8:08}", now).id

    def patient(self, person_id: int | None = None) -> int:
        new = Patient(self.clock.new_id(), person_id or self.phone(), "Luz", age_months=36)
        with self.store.write() as tx:
            appointments.add_patient(tx, new, self.clock.now())
        return new.id

    def take(self, key: str = FRIDAY, patient_id: int = 0, *, or_wait: bool = True) -> Taken:
        patient = patient_id or self.patient()
        with self.store.write() as tx:
            return Booking(tx, self.clock, self.clock.now()).take(key, SPECIALTY, patient, "person", or_wait=or_wait)

    def appointment(self, key: str = FRIDAY) -> Appointment:
        taken = self.take(key).appointment
        assert taken
        return taken

    def do(self, deed: str, held: Appointment, *given: str) -> object:
        """`cancel`, `accept`, `lapse` or `move`."""
        with self.store.write() as tx:
            return getattr(Booking(tx, self.clock, self.clock.now()), deed)(held, *given)

    def now(self, held: Appointment) -> Appointment:
        found = appointments.one(self.store.read, held.id)
        assert found
        return found

    def states(self, key: str = FRIDAY) -> list[str]:
        """In order of arrival at the database."""
        rows = self.store.read.all("SELECT state FROM appointments WHERE campaign = ? ORDER BY arrival", key)
        return [row["state"] for row in rows]


def _per_hour(old: Campaign | None) -> int | None:
    return old.clinics[0].per_hour if old else None


@pytest.fixture
def province() -> Iterator[Province]:
    with closing(Province(":memory:")) as opened:
        yield opened


# ── single steps ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_have_the_places_and_the_next_wait_in_order(province: Province) -> None:
    taken = [province.take() for _ in range(4)]
    assert [each.result for each in taken] == ["booked", "booked", "waiting", "waiting"]
    assert [each.position for each in taken] == [0, 0, 1, 2]


def test_who_does_not_want_to_wait_leaves_no_row(province: Province) -> None:
    province.take()
    province.take()
    assert province.take(or_wait=False) == Taken("full")
    assert len(province.states()) == 2


def test_one_patient_has_one_appointment_at_a_clinic(province: Province) -> None:
    patient = province.patient()
    first, second = province.take(patient_id=patient), province.take(patient_id=patient)
    assert (first.result, second.result) == ("booked", "already")
    assert first.appointment
    assert second.appointment
    assert first.appointment.id == second.appointment.id


def test_at_a_clinic_that_there_is_not_nothing_can_be_taken(province: Province) -> None:
    assert province.take("nowhere") == Taken("closed")


def test_places_have_hours_and_those_that_have_passed_are_not_given() -> None:
    with closing(Province(":memory:", places=4, per_hour=2)) as province:
        province.clock.at = datetime(2027, 3, 12, 8, 30, tzinfo=LIMA)
        assert province.appointment().starts == time(9)
        assert province.appointment().starts == time(9)
        assert province.take(or_wait=False) == Taken("full")


def test_after_the_day_nothing_is_given(province: Province) -> None:
    province.clock.at = datetime(2027, 3, 12, 12, 1, tzinfo=LIMA)
    assert province.take(or_wait=False) == Taken("full")


def test_a_place_given_up_is_offered_to_the_first_who_waits(province: Province) -> None:
    held, *_ = [province.appointment() for _ in range(4)]
    assert province.do("cancel", held, "person")
    assert province.states() == ["cancelled", "booked", "offered", "waiting"]
    assert not province.do("cancel", held, "person"), "it was over already"
    assert province.states() == ["cancelled", "booked", "offered", "waiting"]


def test_who_accepts_has_the_place_and_has_confirmed(province: Province) -> None:
    held, _, waiting = [province.appointment() for _ in range(3)]
    province.do("cancel", held, "person")
    assert province.do("accept", waiting)
    assert province.now(waiting).state == "booked"
    assert province.now(waiting).confirmed_at
    assert not province.do("accept", waiting), "once"


def test_who_waits_and_leaves_holds_nobody_up(province: Province) -> None:
    held, _, first, second = [province.appointment() for _ in range(4)]
    province.do("cancel", first, "person")
    province.do("cancel", held, "person")
    assert (province.now(first).state, province.now(second).state) == ("cancelled", "offered")


def test_who_declines_an_offer_passes_it_on(province: Province) -> None:
    held, _, first, second = [province.appointment() for _ in range(4)]
    province.do("cancel", held, "person")
    province.do("cancel", first, "person")
    assert province.now(second).state == "offered"


def test_who_does_not_answer_waits_behind_those_not_yet_asked_and_leaves_after_the_second_time(
    province: Province,
) -> None:
    held, _, first, second = [province.appointment() for _ in range(4)]
    province.do("cancel", held, "person")
    assert province.do("lapse", first) == "waiting"
    assert (province.now(first).state, province.now(second).state) == ("waiting", "offered")
    assert province.do("lapse", first) is None, "the place is no longer hers"
    assert province.do("lapse", second) == "waiting"
    assert (province.now(first).state, province.now(first).offers) == ("offered", MOST_OFFERS)
    assert province.do("lapse", first) == "lapsed"
    assert (province.now(first).state, province.now(second).state) == ("lapsed", "offered")


def test_nobody_is_offered_what_she_could_not_get_to(province: Province) -> None:
    held, _, waiting = [province.appointment() for _ in range(3)]
    province.clock.at = province.now(held).begins - LAST_OFFER + timedelta(minutes=1)
    province.do("cancel", held, "person")
    assert province.now(waiting).state == "waiting"


def test_a_move_keeps_code_and_patient_and_frees_the_old_place(province: Province) -> None:
    held, _, waiting = [province.appointment() for _ in range(3)]
    moved = province.do("move", held, SATURDAY)
    assert isinstance(moved, Taken)
    assert moved.appointment
    assert (moved.result, moved.appointment.code, moved.appointment.held_on) == ("booked", held.code, DAYS[SATURDAY])
    assert province.now(waiting).state == "offered"


def test_a_move_to_a_full_day_changes_nothing(province: Province) -> None:
    held, waiting = province.appointment(), province.appointment(SATURDAY)
    province.take(SATURDAY)
    assert province.do("move", held, SATURDAY) == Taken("full")
    assert province.now(held) == held
    assert province.now(waiting) == waiting


def test_who_waits_can_move_to_a_day_with_places(province: Province) -> None:
    _, _, waiting = [province.appointment() for _ in range(3)]
    province.do("move", waiting, SATURDAY)
    assert province.states(SATURDAY) == ["booked"]


def test_what_is_over_cannot_be_moved(province: Province) -> None:
    held = province.appointment()
    province.do("cancel", held, "person")
    assert province.do("move", held, SATURDAY) == Taken("closed")
    assert province.states(SATURDAY) == []


@pytest.mark.parametrize(
    ("ahead", "hold"),
    [
        pytest.param(timedelta(days=7), timedelta(hours=2), id="two hours"),
        pytest.param(timedelta(hours=8), timedelta(hours=2), id="as long as a quarter of what is left is more"),
        pytest.param(timedelta(hours=4), timedelta(hours=1), id="then a quarter"),
        pytest.param(timedelta(minutes=50), timedelta(minutes=15), id="and never less than fifteen minutes"),
    ],
)
def test_how_long_an_offer_is_held(ahead: timedelta, hold: timedelta) -> None:
    assert hold_time(MONDAY, MONDAY + ahead) == hold


# ── any order of steps ────────────────────────────────────────────────────────────────────────────────────────────────

picks = st.integers(0, 40)
days = st.sampled_from([FRIDAY, SATURDAY])


class Anything(RuleBasedStateMachine):
    """What people, staff and time may do, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.province = Province(":memory:")
        self.offers: dict[int, int] = {}

    def teardown(self) -> None:
        self.province.close()

    @initialize(places=st.integers(1, 2), how_many=st.integers(3, 5))
    def begin(self, places: int, how_many: int) -> None:
        """Both days are full, and people wait."""
        for key in DAYS:
            self.province.put(key, places)
            for _ in range(how_many):
                self.province.take(key)

    @rule(key=days, or_wait=st.booleans())
    def take(self, key: str, or_wait: bool) -> None:
        self.province.take(key, or_wait=or_wait)

    @rule(deed=st.sampled_from(["cancel", "accept", "lapse", "move"]), pick=picks, key=days)
    def do(self, deed: str, pick: int, key: str) -> None:
        if held := self._any(pick):
            self.province.do(deed, held, *{"cancel": ("person",), "move": (key,)}.get(deed, ()))

    @rule(key=days, places=st.integers(0, 5))
    def change_places(self, key: str, places: int) -> None:
        self.province.put(key, places)

    @rule(pick=picks)
    def stop(self, pick: int) -> None:
        if held := self._any(pick):
            self._set_stopped(held, is_stopped=True)

    @rule(pick=picks)
    def start(self, pick: int) -> None:
        if held := self._any(pick):
            self._set_stopped(held, is_stopped=False)

    def _set_stopped(self, held: Appointment, *, is_stopped: bool) -> None:
        """The clockwork comes by afterwards."""
        province, change = self.province, people.opt_out if is_stopped else people.opt_in
        assert held.patient.person_id
        with province.store.write() as tx:
            change(tx, province.clock.new_id(), held.patient.person_id, "BAJA", province.clock.now())
            for key in DAYS:
                Booking(tx, province.clock, province.clock.now()).offer_free(key, SPECIALTY)

    @precondition(lambda self: len(self.offers) > 14 and self.province.clock.at == MONDAY)
    @rule()
    def friday_morning_comes(self) -> None:
        self.province.clock.at = datetime.combine(DAYS[FRIDAY], time(7, 20), LIMA)

    @invariant()
    def who_has_a_place_has_one_slot_and_nobody_else_has_one(self) -> None:
        has, owns = self._ids("state IN ('booked', 'offered')"), "SELECT appointment_id FROM slots"
        rows = self.province.store.read.all(f"{owns} WHERE appointment_id IS NOT NULL")
        assert sorted(row["appointment_id"] for row in rows) == sorted(has)

    @invariant()
    def nobody_who_could_be_offered_it_waits_for_a_free_place(self) -> None:
        for key in DAYS:
            room = appointments.room(self.province.store.read, key, SPECIALTY, "")
            assert not (room.free and self._line(key))

    @invariant()
    def who_was_just_offered_a_place_was_before_all_who_wait_on(self) -> None:
        before, self.offers = self.offers, {}
        for key in DAYS:
            line = self._line(key)
            for each in appointments.of_clinic(self.province.store.read, key, SPECIALTY):
                self.offers[each.id] = each.offers
                if each.state == "offered" and each.offers > before.get(each.id, 0):
                    assert all((each.offers - 1, self._arrival(each.id)) < place for place in line)

    def _any(self, pick: int) -> Appointment | None:
        ids = self._ids("1 = 1")
        return appointments.one(self.province.store.read, ids[pick % len(ids)]) if ids else None

    def _ids(self, where: str) -> list[int]:
        rows = self.province.store.read.all(f"SELECT id FROM appointments WHERE {where} ORDER BY id")  # noqa: S608  our own words
        return [row["id"] for row in rows]

    def _arrival(self, appointment_id: int) -> int:
        [row] = self.province.store.read.all("SELECT arrival FROM appointments WHERE id = ?", appointment_id)
        return int(row["arrival"])

    def _line(self, key: str) -> list[tuple[int, int]]:
        """(offers, arrival) of those at a day who wait and can be reached in time."""
        if datetime.combine(DAYS[key], time(8), LIMA) - self.province.clock.now() < LAST_OFFER:
            return []
        rows = self.province.store.read.all(
            "SELECT a.offers, a.arrival FROM appointments a JOIN patients p ON p.id = a.patient_id"
            " JOIN people o ON o.id = p.person_id WHERE a.campaign = ? AND a.state = 'waiting' AND a.offers < ?"
            " AND o.opted_out_at IS NULL ORDER BY a.offers, a.arrival",
            key,
            MOST_OFFERS,
        )
        return [(row["offers"], row["arrival"]) for row in rows]


TestAnything = Anything.TestCase
TestAnything.settings = settings(max_examples=40, stateful_step_count=30)
