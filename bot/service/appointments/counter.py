"""What staff do for one person: registering whoever stands at the counter or calls, and giving a place up for her."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.language.folding import fold
from bot.records import appointments, outreach, people
from bot.records.appointments import Appointment, Patient
from bot.records.outreach import Errand
from bot.records.store import Tx
from bot.service.appointments.booking import Booking, Taken
from bot.service.appointments.changes import CANCELLED
from bot.service.outreach import contact
from bot.service.secrets import erasure_key

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever is registered. `comunidad` is a key or None; `phone` E.164, given to be written to, or empty."""

    name: str
    age_months: int
    comunidad: str | None = None
    phone: str = ""


def register(
    tx: Tx, clock: Clock, now: datetime, campaign: str, specialty: str, caller: Caller, by: str
) -> tuple[Taken, bool]:
    """A place for her, or the next one on the waiting list; and whether her number may be written to.

    It may not where its owner once had it forgotten. `already`: somebody of her name and age is on this list.
    """
    appointments.lock_clinic(tx, campaign, specialty)
    for held in appointments.of_clinic(tx, campaign, specialty):
        if held.state in appointments.OPEN and _is_same(held.patient, caller):
            return Taken("already", held), True
    person_id, may_be_told = _person(tx, clock, now, caller.phone)
    patient_id = _patient(tx, clock, now, caller, person_id)
    return Booking(tx, clock, now).take(campaign, specialty, patient_id, by, or_wait=True), may_be_told


def cancel(tx: Tx, clock: Clock, now: datetime, held: Appointment, by: str, *, is_told: bool) -> bool:
    """Give her place up, which goes to the next in line, and have her told when asked to; False: it was over."""
    if not Booking(tx, clock, now).cancel(held, by):
        return False
    person_id = contact(tx, held.patient) if is_told else None
    if person_id is not None:
        errand = Errand(clock.new_id(), person_id, CANCELLED, {"ids": [held.id]}, held.begins, is_urgent=False)
        outreach.add(tx, errand, now)
    return True


def _is_same(patient: Patient, caller: Caller) -> bool:
    return fold(patient.name) == fold(caller.name) and patient.age_months == caller.age_months


def _person(tx: Tx, clock: Clock, now: datetime, phone: str) -> tuple[int | None, bool]:
    """Whoever has the number; nobody, where it was erased and is never written to again."""
    address = f"tel:{phone}"
    if not phone:
        return None, True
    if people.was_erased(tx, address, erasure_key(tx)):
        return None, False
    tx.serial(address)
    person = people.load(tx, address) or people.create(tx, clock.new_id(), address, now)
    return person.id, True


def _patient(tx: Tx, clock: Clock, now: datetime, caller: Caller, person_id: int | None) -> int:
    """The patient's id: somebody of this phone with the same name is the same."""
    known = appointments.household(tx, person_id) if person_id is not None else []
    same = next((each for each in known if fold(each.name) == fold(caller.name)), None)
    if same:
        return same.id
    new_id, consent = clock.new_id(), "given" if person_id is not None else ""
    new = Patient(
        new_id, person_id, caller.name, age_months=caller.age_months, comunidad=caller.comunidad, consent=consent
    )
    appointments.add_patient(tx, new, now)
    return new_id
