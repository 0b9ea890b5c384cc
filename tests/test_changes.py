"""What staff change of a day: who is told what, who is to be called, and who has a place afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest

from bot.app import House
from bot.records import agenda, appointments, people
from bot.records.agenda import Campaign, Clinic, Name, Occupied
from bot.records.appointments import Appointment, Patient
from bot.records.store import Tx
from bot.service.appointments.booking import Booking
from bot.service.appointments.changes import (
    BACK_TO_THE_LIST,
    CANCELLED,
    CHANGED,
    Changes,
    Shortage,
    Touched,
)
from bot.settings import Settings
from tests.running import built
from tests.talks import IN_MEMORY, MONDAY, MovingClock
from tests.test_postgres import in_turn

DAY, SPECIALTY = "pediatria_zurite", "pediatria"
HOURS = (date(2027, 3, 12), time(8), time(12))
CLINIC = Clinic(SPECIALTY, 2)
CAMPAIGN = Campaign(DAY, Name("Campaña"), "especialistas", "zurite", "posta de Zurite", *HOURS, (CLINIC,))


class Staff:
    """The desk before one campaign's day, and the phones of those who have asked for a place."""

    def __init__(self, house: House) -> None:
        self.house, self.people = house, 0
        self.put(CAMPAIGN)

    def put(self, new: Campaign) -> Touched:
        with self.house.store.write() as tx:
            return self._changes(tx).put(new)

    def to_the_list(self, how_many: int) -> Touched:
        with self.house.store.write() as tx:
            return self._changes(tx).to_the_list(DAY, SPECIALTY, how_many)

    def cancel_day(self) -> Touched:
        with self.house.store.write() as tx:
            return self._changes(tx).cancel_day(DAY)

    def shortages(self, new: Campaign) -> list[Shortage]:
        return self._changes(self.house.store.read).shortages(new)

    def _changes(self, tx: Tx) -> Changes:
        return Changes(tx, self.house.clock, self.house.clock.now(), "staff")

    def asked(self, how_many: int = 1, *, of_one_phone: bool = False, promoter: str = "") -> list[Appointment]:
        """So many people have a place or wait for one; a `promoter` registered those without a phone."""
        held, clock, person_id = [], self.house.clock, None
        with self.house.store.write() as tx:
            for number in range(how_many):
                if not promoter and (number == 0 or not of_one_phone):
                    self.people += 1
                    person_id = people.create(tx, clock.new_id(), f"tel:{self.phone()}", clock.now()).id
                patient = Patient(clock.new_id(), person_id, "Luz", age_months=36, promoter=promoter or None)
                appointments.add_patient(tx, patient, clock.now())
                taken = Booking(tx, clock, clock.now()).take(DAY, SPECIALTY, patient.id, "person", or_wait=True)
                assert taken.appointment
                held.append(taken.appointment)
        return held

    def phone(self) -> str:
        """Of whoever asked last."""
        return f"+5198400{self.people:04}"

    def told(self) -> list[tuple[str, list[int]]]:
        """(flow, appointments) of each message that waits to be said."""
        rows = self.house.store.read.all("SELECT flow, given FROM outreach ORDER BY id")
        return [(row["flow"], json.loads(row["given"])["ids"]) for row in rows]

    def states(self, held: list[Appointment]) -> list[str]:
        return [found.state if (found := appointments.one(self.house.store.read, each.id)) else "" for each in held]


@pytest.fixture
def staff(tmp_path: Path) -> Iterator[Staff]:
    settings = Settings(data=tmp_path, database_url=IN_MEMORY, start=MONDAY)
    with closing(built(settings, MovingClock(MONDAY))) as house:
        yield Staff(house)


def ids(held: list[Appointment]) -> list[list[int]]:
    return [[each.id] for each in held]


# ── another day, hour or place ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(replace(CAMPAIGN, date=date(2027, 3, 13)), id="another day"),
        pytest.param(replace(CAMPAIGN, opens=time(9)), id="another hour"),
        pytest.param(replace(CAMPAIGN, place="local comunal"), id="another place"),
        pytest.param(replace(CAMPAIGN, district="ancahuasi"), id="another district"),
        pytest.param(replace(CAMPAIGN, clinics=(replace(CLINIC, opens=time(10)),)), id="another hour of her doctor"),
    ],
)
def test_whoever_has_a_place_or_waits_is_told_of_it(staff: Staff, new: Campaign) -> None:
    held = staff.asked(3)
    assert staff.put(new) == Touched(3, ())
    assert staff.told() == [(CHANGED, theirs) for theirs in ids(held)]
    assert staff.states(held) == ["booked", "booked", "waiting"]


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(CAMPAIGN, id="nothing"),
        pytest.param(replace(CAMPAIGN, closes=time(13)), id="the closing"),
        pytest.param(replace(CAMPAIGN, bring=Name("DNI"), cost=Name("gratis"), note="nota"), id="what to bring"),
        pytest.param(replace(CAMPAIGN, name=Name("Otra")), id="its name"),
    ],
)
def test_what_changes_nothing_for_her_is_not_told(staff: Staff, new: Campaign) -> None:
    staff.asked(3)
    assert staff.put(new) == Touched(0, ())
    assert staff.told() == []


def test_of_another_day_she_is_reminded_anew(staff: Staff) -> None:
    [held] = staff.asked()
    with staff.house.store.write() as tx:
        assert appointments.claim_reminder(tx, held.id, "eve", MONDAY)
    staff.put(replace(CAMPAIGN, date=date(2027, 3, 13)))
    with staff.house.store.write() as tx:
        assert appointments.claim_reminder(tx, held.id, "eve", MONDAY)


def test_a_household_is_told_in_one_message(staff: Staff) -> None:
    held = staff.asked(3, of_one_phone=True)
    assert staff.put(replace(CAMPAIGN, opens=time(9))) == Touched(3, ())
    assert staff.told() == [(CHANGED, [each.id for each in held])]


def test_only_whose_hour_is_another_one_is_told(staff: Staff) -> None:
    by_hour = replace(CAMPAIGN, clinics=(replace(CLINIC, places=4, per_hour=2),))
    staff.put(by_hour)
    held = staff.asked(4)
    staff.put(replace(CAMPAIGN, clinics=(replace(CLINIC, places=4, per_hour=3),)))
    assert staff.told() == [(CHANGED, [held[2].id])]


# ── more places and fewer ─────────────────────────────────────────────────────────────────────────────────────────────


def places(how_many: int, per_hour: int | None = None) -> Campaign:
    return replace(CAMPAIGN, clinics=(replace(CLINIC, places=how_many, per_hour=per_hour),))


@pytest.mark.parametrize("per_hour", [None, 1], ids=["for the whole day", "by the hour"])
def test_more_places_are_offered_to_those_who_wait(staff: Staff, per_hour: int | None) -> None:
    staff.put(places(2, per_hour))
    held = staff.asked(4)
    assert staff.put(places(3, per_hour)) == Touched(0, ()), "the offer is what she hears of it"
    assert staff.states(held) == ["booked", "booked", "offered", "waiting"]
    assert staff.told() == []


def test_fewer_places_than_people_stop_the_change_until_staff_decide(staff: Staff) -> None:
    held = staff.asked(3)
    assert staff.shortages(places(1)) == [Shortage(SPECIALTY, 2, 1)]
    assert staff.shortages(places(1))[0].too_many == 1
    with pytest.raises(Occupied):
        staff.put(places(1))
    assert staff.states(held) == ["booked", "booked", "waiting"]
    assert staff.told() == []
    assert staff.shortages(places(2)) == []


def test_a_doctor_who_does_not_come_is_a_shortage_of_all_places(staff: Staff) -> None:
    staff.asked(2)
    other = replace(CAMPAIGN, clinics=(replace(CLINIC, specialty="odontologia"),))
    assert staff.shortages(other) == [Shortage(SPECIALTY, 2, 0)]


def test_the_last_to_come_are_put_first_in_line_in_their_order(staff: Staff) -> None:
    staff.put(places(3))
    held = staff.asked(4)
    assert staff.to_the_list(2) == Touched(2, ())
    assert sorted(staff.told()) == [(BACK_TO_THE_LIST, theirs) for theirs in ids(held[1:3])]
    staff.put(places(1))
    assert staff.states(held) == ["booked", "waiting", "waiting", "waiting"]
    assert [appointments.position(staff.house.store.read, each.id) for each in held[1:]] == [1, 2, 3]
    staff.put(places(2))
    assert staff.states(held) == ["booked", "offered", "waiting", "waiting"]


def test_an_offer_is_taken_back_before_a_booking(staff: Staff) -> None:
    first, second, third = staff.asked(3)
    with staff.house.store.write() as tx:
        Booking(tx, staff.house.clock, MONDAY).cancel(first, "person")
    staff.to_the_list(1)
    assert staff.states([first, second, third]) == ["cancelled", "booked", "waiting"]


# ── a day that does not take place ────────────────────────────────────────────────────────────────────────────────────


def test_of_a_suspended_day_everybody_is_told_and_nobody_has_a_place(staff: Staff) -> None:
    held = staff.asked(3)
    assert staff.cancel_day() == Touched(3, ())
    assert staff.told() == [(CANCELLED, theirs) for theirs in ids(held)]
    assert staff.states(held) == ["cancelled"] * 3
    assert agenda.count_taken(staff.house.store.read, DAY, SPECIALTY) == 0


def test_at_a_suspended_day_nothing_is_given_and_nobody_waits(staff: Staff) -> None:
    staff.cancel_day()
    with staff.house.store.write() as tx:
        booking = Booking(tx, staff.house.clock, MONDAY)
        assert booking.take(DAY, SPECIALTY, 1, "person", or_wait=True).result == "closed"


@pytest.mark.parametrize("is_staff_first", [False, True], ids=["she is first", "staff are first"])
def test_who_takes_a_place_while_the_day_is_suspended_is_told_or_has_none(
    postgres_url: str, tmp_path: Path, is_staff_first: bool
) -> None:
    settings = Settings(data=tmp_path, database_url=postgres_url, start=MONDAY)
    with closing(built(settings, MovingClock(MONDAY))) as house:
        staff = Staff(house)
        [other] = staff.asked()

        def take(tx: Tx) -> str:
            patient = Patient(house.clock.new_id(), other.patient.person_id, "Flor", age_months=36)
            appointments.add_patient(tx, patient, MONDAY)
            return Booking(tx, house.clock, MONDAY).take(DAY, SPECIALTY, patient.id, "person").result

        def suspend(tx: Tx) -> int:
            return Changes(tx, house.clock, MONDAY, "staff").cancel_day(DAY).told

        if is_staff_first:
            assert in_turn(house.store, postgres_url, suspend, take) == (1, "closed")
        else:
            assert in_turn(house.store, postgres_url, take, suspend) == ("booked", 2)
        assert agenda.count_taken(house.store.read, DAY, SPECIALTY) == 0


# ── whom no message reaches ───────────────────────────────────────────────────────────────────────────────────────────


def test_whom_no_message_reaches_is_listed_for_staff_to_call(staff: Staff) -> None:
    [stopped] = staff.asked()
    with staff.house.store.write() as tx:
        assert stopped.patient.person_id
        people.opt_out(tx, staff.house.clock.new_id(), stopped.patient.person_id, "BAJA", MONDAY)
    [lost] = staff.asked()
    with staff.house.store.write() as tx:
        people.mark_unusable(tx, f"tel:{staff.phone()}", "BadAddress", MONDAY)
    [alone] = staff.asked(promoter="+51984009999")
    [reached] = staff.asked()
    touched = staff.cancel_day()
    assert (touched.told, [each.id for each in touched.unreachable]) == (1, [stopped.id, lost.id, alone.id])
    assert staff.told() == [(CANCELLED, [reached.id])]


def test_a_promoter_is_told_of_those_without_a_phone(staff: Staff) -> None:
    staff.asked()
    held = staff.asked(2, promoter=staff.phone())
    assert staff.cancel_day() == Touched(3, ())
    assert sorted(len(theirs) for _, theirs in staff.told()) == [3], "one phone: hers and her people's"
    assert {each.id for each in held} < set(staff.told()[0][1])
