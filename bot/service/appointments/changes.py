"""What staff change of a campaign's day: everyone touched is told and offered another, nobody is dropped in silence."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from bot.clock import LIMA, Clock, to_text
from bot.records import agenda, appointments, outreach
from bot.records.agenda import Campaign, hours_of_places
from bot.records.appointments import Appointment
from bot.records.outreach import Errand
from bot.records.store import Tx
from bot.service.appointments.booking import Booking
from bot.service.outreach import contact

CANCELLED, CHANGED, BACK_TO_THE_LIST = "dia_suspendido", "dia_cambiado", "a_espera"
"""The flows that tell people of it."""


@dataclass(frozen=True, slots=True)
class Shortage:
    """A clinic that would have fewer places than people who have one: staff decide before anything is written."""

    specialty: str
    taken: int
    places: int

    @property
    def too_many(self) -> int:
        return self.taken - self.places


@dataclass(frozen=True, slots=True)
class Touched:
    """Whom a change concerned: told by message, and those whom no message reaches, for staff to call."""

    told: int
    unreachable: tuple[Appointment, ...]


class Changes:
    """Changes of campaign days inside the caller's transaction; `is_urgent` lets what is told leave in quiet hours."""

    def __init__(self, tx: Tx, clock: Clock, now: datetime, by: str, *, is_urgent: bool = False) -> None:
        self._tx, self._clock, self._now, self._by, self._is_urgent = tx, clock, now, by, is_urgent

    def shortages(self, new: Campaign) -> list[Shortage]:
        """Where the campaign as it is to be has too few places for those who have one."""
        old = agenda.one_campaign(self._tx, new.key)
        short = []
        for specialty in old.specialties if old else ():
            clinic = new.clinic(specialty)
            places = len(hours_of_places(new, clinic)) if clinic else 0
            taken = agenda.count_taken(self._tx, new.key, specialty)
            if taken > places:
                short.append(Shortage(specialty, taken, places))
        return short

    def put(self, new: Campaign) -> Touched:
        """Write a new or changed day. Raises agenda.Occupied while there are shortages."""
        old = self._locked(new.key)
        before = appointments.open_of_campaign(self._tx, new.key)
        agenda.put_campaigns(self._tx, [new])
        moved = [after for was, after in self._pairs(before) if _is_other(was, after, old, new)]
        booking = Booking(self._tx, self._clock, self._now)
        for specialty in new.specialties:
            booking.offer_free(new.key, specialty)
        if old and old.date != new.date:
            appointments.forget_reminders(self._tx, new.key)
        return self._tell(moved, CHANGED)

    def to_the_list(self, campaign: str, specialty: str, how_many: int) -> Touched:
        """The last who came get a place on the waiting list instead, before everybody who waits already."""
        appointments.lock_clinic(self._tx, campaign, specialty)
        having = [e for e in appointments.of_clinic(self._tx, campaign, specialty) if e.state in ("booked", "offered")]
        latest = sorted(having, key=lambda each: (each.state != "offered", -each.id))[:how_many]
        for each in latest:
            appointments.free_slot(self._tx, each.id)
            appointments.set_waiting(self._tx, each.id)
            appointments.put_first(self._tx, each.id)
        return self._tell(latest, BACK_TO_THE_LIST)

    def cancel_day(self, campaign: str) -> Touched:
        """The day does not take place: every appointment is closed, everybody told and offered another."""
        self._locked(campaign)
        agenda.set_cancelled(self._tx, campaign, to_text(self._now))
        touched = appointments.open_of_campaign(self._tx, campaign)
        for each in touched:
            appointments.close(self._tx, each.id, "cancelled", self._by, self._now)
            appointments.free_slot(self._tx, each.id)
        return self._tell(touched, CANCELLED)

    def _locked(self, campaign: str) -> Campaign | None:
        """The day as it is, and nobody takes a place there unseen until the transaction ends."""
        old = agenda.one_campaign(self._tx, campaign)
        for specialty in sorted(old.specialties if old else ()):
            appointments.lock_clinic(self._tx, campaign, specialty)
        return old

    def _pairs(self, before: list[Appointment]) -> list[tuple[Appointment, Appointment]]:
        """Each appointment as it was and as it is."""
        found = ((was, appointments.one(self._tx, was.id)) for was in before)
        return [(was, after) for was, after in found if after]

    def _tell(self, touched: list[Appointment], flow: str) -> Touched:
        """One message to each phone, about all of its people."""
        by_person: dict[int, list[Appointment]] = defaultdict(list)
        unreachable = []
        for each in touched:
            person_id = contact(self._tx, each.patient)
            if person_id is None or not appointments.is_reachable(self._tx, person_id):
                unreachable.append(each)
            else:
                by_person[person_id].append(each)
        for person_id, theirs in by_person.items():
            values: dict[str, Any] = {"ids": [each.id for each in theirs]}
            end = datetime.combine(max(each.held_on for each in theirs), time(23, 59), LIMA)
            errand = Errand(self._clock.new_id(), person_id, flow, values, end, self._is_urgent)
            outreach.add(self._tx, errand, self._now)
        return Touched(len(touched) - len(unreachable), tuple(unreachable))


def _is_other(was: Appointment, after: Appointment, old: Campaign | None, new: Campaign) -> bool:
    """Whether the change is one that somebody must know: another day, hour or place."""
    return old is not None and (
        (was.held_on, was.starts or was.opens) != (after.held_on, after.starts or after.opens)
        or (old.place, old.district) != (new.place, new.district)
    )
