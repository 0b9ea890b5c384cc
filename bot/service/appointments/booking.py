"""Taking, moving, cancelling; and the waiting list, where a freed place is offered to one person at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.clock import Clock
from bot.language import codes
from bot.records import agenda, appointments
from bot.records.appointments import Appointment
from bot.records.store import Tx

MOST_OFFERS = 2
"""So often is a place offered to one who does not answer; then she leaves the list and is told so."""

LAST_OFFER = timedelta(minutes=45)
"""Nobody gets to a clinic that begins sooner than that."""

LONGEST_HOLD, SHORTEST_HOLD = timedelta(hours=2), timedelta(minutes=15)
SHARE_OF_WHAT_IS_LEFT = 4

_CODE_TRIES = 20


@dataclass(frozen=True, slots=True)
class Taken:
    """How a wish for a place ended. `full`: nothing was written; `already`: she has one there."""

    result: Literal["booked", "waiting", "full", "already", "closed"]
    appointment: Appointment | None = None
    position: int = 0


class Booking:
    """All that changes who has which place. Each method runs inside the caller's write transaction."""

    def __init__(self, tx: Tx, clock: Clock, now: datetime) -> None:
        self._tx, self._clock, self._now = tx, clock, now

    def take(self, campaign: str, specialty: str, patient_id: int, by: str, *, or_wait: bool = False) -> Taken:
        """A place for the patient, or the next one on the list when she would wait."""
        tx = self._tx
        if not appointments.lock_clinic(tx, campaign, specialty) or self._is_suspended(campaign):
            return Taken("closed")
        if has := appointments.same_patient(tx, patient_id, campaign, specialty):
            return Taken("already", has)
        new_id = self._clock.new_id()
        is_held = appointments.hold_slot(tx, new_id, campaign, specialty, self._now)
        if not is_held and not or_wait:
            return Taken("full")
        self._add(new_id, campaign, specialty, patient_id, by)
        if is_held:
            appointments.set_booked(tx, new_id, self._now)
            return Taken("booked", appointments.one(tx, new_id))
        return Taken("waiting", appointments.one(tx, new_id), appointments.position(tx, new_id))

    def _is_suspended(self, campaign: str) -> bool:
        found = agenda.one_campaign(self._tx, campaign)
        return found is None or found.is_cancelled

    def _add(self, new_id: int, campaign: str, specialty: str, patient_id: int, by: str) -> None:
        for _ in range(_CODE_TRIES):
            code = codes.make(self._clock.randbelow)
            if appointments.add(self._tx, new_id, campaign, specialty, patient_id, code, by, self._now):
                return
        raise RuntimeError("no free code was found")

    def move(self, held: Appointment, campaign: str) -> Taken:
        """The same appointment on another day of its specialty; it keeps its place where the other day is full."""
        tx = self._tx
        for key in sorted({held.campaign, campaign}):
            if not appointments.lock_clinic(tx, key, held.specialty) and key == campaign:
                return Taken("closed")
        current = appointments.one(tx, held.id)
        if current is None or current.state not in appointments.OPEN:
            return Taken("closed")
        other = appointments.same_patient(tx, held.patient.id, campaign, held.specialty)
        if other:
            return Taken("already", other)
        slot = appointments.slot_of(tx, held.id)
        appointments.free_slot(tx, held.id)
        if not appointments.hold_slot(tx, held.id, campaign, held.specialty, self._now):
            if slot:
                appointments.hold_again(tx, held.id, slot)
            return Taken("full")
        appointments.rebook(tx, held.id, campaign, self._now)
        self.offer_free(held.campaign, held.specialty)
        return Taken("booked", appointments.one(tx, held.id))

    def cancel(self, held: Appointment, by: str) -> bool:
        """Give the place, or the wait for one, up; the next in line is offered it. False: it was over already."""
        appointments.lock_clinic(self._tx, held.campaign, held.specialty)
        if not appointments.close(self._tx, held.id, "cancelled", by, self._now):
            return False
        self._free(held)
        return True

    def accept(self, held: Appointment) -> bool:
        """She takes what she was offered; False when it has passed on."""
        appointments.lock_clinic(self._tx, held.campaign, held.specialty)
        current = appointments.one(self._tx, held.id)
        if current is None or current.state != "offered":
            return False
        appointments.set_booked(self._tx, held.id, self._now)
        appointments.confirm(self._tx, held.id, self._now)
        return True

    def lapse(self, held: Appointment) -> Literal["waiting", "lapsed"] | None:
        """Her time to answer is over: the place goes on, and she waits on or, offered often enough, leaves the list.

        None when somebody was quicker.
        """
        appointments.lock_clinic(self._tx, held.campaign, held.specialty)
        current = appointments.one(self._tx, held.id)
        if current is None or current.state != "offered":
            return None
        is_out = current.offers >= MOST_OFFERS
        if is_out:
            appointments.close(self._tx, held.id, "lapsed", "time", self._now)
        else:
            appointments.set_waiting(self._tx, held.id)
        self._free(held)
        return "lapsed" if is_out else "waiting"

    def offer_free(self, campaign: str, specialty: str) -> list[Appointment]:
        """Hold every free slot for the next in line; who was offered one and is still to be told."""
        tx, offered = self._tx, []
        appointments.lock_clinic(tx, campaign, specialty)
        while waiting := appointments.next_waiting(tx, campaign, specialty, MOST_OFFERS):
            if waiting.begins - self._now < LAST_OFFER:
                break
            if not appointments.hold_slot(tx, waiting.id, campaign, specialty, self._now):
                break
            appointments.set_offered(tx, waiting.id)
            offered.append(waiting)
        return offered

    def _free(self, held: Appointment) -> None:
        appointments.free_slot(self._tx, held.id)
        self.offer_free(held.campaign, held.specialty)


def hold_time(now: datetime, begins: datetime) -> timedelta:
    """How long an offer is hers: two hours, less as the day nears."""
    return max(SHORTEST_HOLD, min(LONGEST_HOLD, (begins - now) / SHARE_OF_WHAT_IS_LEFT))
