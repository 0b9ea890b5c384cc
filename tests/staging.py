"""What other people and staff do while a talk goes on: `given clinic …`, `given taken 3`, `given freed` and so on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from typing import TYPE_CHECKING

from bot.clock import LIMA
from bot.records import agenda, appointments, people, quiet_days
from bot.records.agenda import Campaign, Clinic, Name, Promoter
from bot.records.appointments import Patient
from bot.records.quiet_days import QuietDay
from bot.records.store import Tx
from bot.service.appointments.booking import Booking
from bot.service.appointments.changes import Changes

if TYPE_CHECKING:
    from tests.talks import Stage

OTHERS = "María Juana Luisa Carmen Elsa Dina Flor Nilda Yeny Sonia".split()


def clinic(on: Stage, tx: Tx, specialty: str, district: str, day: str, places: str, per_hour: str = "") -> None:
    """`given clinic pediatria zurite 2027-03-12 1 [2]`: a day with so many places, the sample days gone."""
    if not on.campaign:
        agenda.remove_samples(tx, "campaigns")
    on.campaign = f"{specialty}_{district}_{day}"
    place = on.house.library.knowledge(tx).place_name(district)
    one = Clinic(specialty, int(places), int(per_hour) if per_hour else None, age_to_years=17)
    campaign = Campaign(
        key=on.campaign,
        name=Name("Campaña de salud"),
        topic="especialistas",
        district=district,
        place=f"posta de {place}",
        date=date.fromisoformat(day),
        opens=time(8),
        closes=time(12),
        clinics=(replace(one, age_to_years=17 if specialty == "pediatria" else None),),
        bring=Name("DNI"),
    )
    Changes(tx, on.clock, on.clock.now(), "staff").put(campaign)


def taken(on: Stage, tx: Tx, how_many: str) -> None:
    """`given taken 3`: so many other phones have a place at the last clinic, or wait there."""
    for _ in range(int(how_many)):
        n = len(on.others)
        phone = people.create(tx, on.clock.new_id(), f"tel:+5198400{n:04}", on.clock.now())
        new = Patient(on.clock.new_id(), phone.id, OTHERS[n % len(OTHERS)], age_months=36)
        appointments.add_patient(tx, new, on.clock.now())
        booking = Booking(tx, on.clock, on.clock.now())
        held = booking.take(on.campaign, on.campaign.split("_")[0], new.id, "person", or_wait=True).appointment
        assert held
        on.others.append(held.id)


def freed(on: Stage, tx: Tx, how_many: str = "1") -> None:
    """`given freed`: others give theirs up, the first first."""
    for _ in range(int(how_many)):
        held = appointments.one(tx, on.others.pop(0))
        assert held
        assert Booking(tx, on.clock, on.clock.now()).cancel(held, "person")


def promoter(on: Stage, tx: Tx, name: str, *comunidades: str) -> None:
    """`given promoter Elena compone`: this phone is hers."""
    agenda.put_promoters(tx, [Promoter(on.number, name, comunidades, "es")])


def suspended(on: Stage, tx: Tx) -> None:
    """`given suspended`: staff cancel the last clinic's day."""
    Changes(tx, on.clock, on.clock.now(), "staff").cancel_day(on.campaign)


def moved(on: Stage, tx: Tx, day: str) -> None:
    """`given moved 2027-03-13`: staff put the last clinic's day off."""
    old = agenda.one_campaign(tx, on.campaign)
    assert old
    Changes(tx, on.clock, on.clock.now(), "staff").put(replace(old, date=date.fromisoformat(day)))


def places(on: Stage, tx: Tx, how_many: str) -> None:
    """`given places 2`: staff change how many the last clinic takes; the last to come wait again where it is fewer."""
    old = agenda.one_campaign(tx, on.campaign)
    assert old
    new = replace(old, clinics=tuple(replace(each, places=int(how_many)) for each in old.clinics))
    changes = Changes(tx, on.clock, on.clock.now(), "staff")
    for short in changes.shortages(new):
        changes.to_the_list(new.key, short.specialty, short.too_many)
    changes.put(new)


def from_age(on: Stage, tx: Tx, years: str) -> None:
    """`given from_age 40`: staff keep the last clinic for people of so many years and more."""
    old = agenda.one_campaign(tx, on.campaign)
    assert old
    new = replace(old, clinics=tuple(replace(each, age_from_years=int(years)) for each in old.clinics))
    Changes(tx, on.clock, on.clock.now(), "staff").put(new)


def quiet(on: Stage, tx: Tx, day: str) -> None:
    """`given quiet 2027-03-12`: staff set a day on which nothing leaves but answers."""
    quiet_days.put(tx, QuietDay(date.fromisoformat(day), "fiesta", "staff"))


DEEDS: dict[str, Callable[..., None]] = {
    "clinic": clinic,
    "taken": taken,
    "freed": freed,
    "promoter": promoter,
    "suspended": suspended,
    "moved": moved,
    "places": places,
    "from_age": from_age,
    "quiet": quiet,
}


def appointments_of(on: Stage, person_id: int) -> str:
    """`then appointments Rosa Quispe booked, Luis waiting`: what this phone has, in order."""
    today = on.clock.now().astimezone(LIMA).date()
    held = appointments.open_of_person(on.house.store.read, person_id, today)
    return ", ".join(f"{each.patient.name or each.patient.kin or '-'} {each.state}" for each in held)
