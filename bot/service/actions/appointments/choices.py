"""Which clinics could be meant: those with places for appointments, the nearest first."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clock import LIMA
from bot.records import agenda, appointments
from bot.records.agenda import Campaign, Clinic
from bot.records.appointments import Room
from bot.service.actions.doing import Doing, Values, day_said

HERE, NEXT_DOOR, FAR = range(3)


@dataclass(frozen=True, slots=True)
class Choice:
    """A clinic that takes appointments; `nearness` is HERE, NEXT_DOOR or FAR from where she asked for, or lives."""

    campaign: Campaign
    clinic: Clinic
    room: Room
    nearness: int

    @property
    def key(self) -> str:
        return f"{self.campaign.key}:{self.clinic.specialty}"

    @property
    def is_full(self) -> bool:
        return self.room.free == 0


def choices(doing: Doing, values: Values, home: str | None = None) -> list[Choice]:
    """All clinics of the specialty said (or of any), nearest first, then soonest; of a day said, only those.

    Of the `campaign` that a notice told of, only those while it has any.

    Near to the place said, else to `home`, a place too, or to where she is from.
    """
    found = [
        Choice(
            campaign, clinic, _room(doing, campaign, clinic), _nearness(doing, campaign, values.get("place") or home)
        )
        for campaign in agenda.coming_campaigns(doing.tx, doing.now, with_samples=doing.knowledge.with_samples)
        for clinic in campaign.clinics
        if clinic.places and values.get("specialty") in (None, "", clinic.specialty)
    ]
    told = [choice for choice in found if choice.campaign.key == values.get("campaign")]
    wanted = day_said(doing, values)
    on_that_day = [choice for choice in found if choice.campaign.date == wanted]
    return sorted(told or on_that_day or found, key=lambda choice: (choice.nearness, choice.campaign.date, choice.key))


def one_choice(doing: Doing, key: str) -> Choice | None:
    """The clinic of a key, while it still takes appointments."""
    return next((choice for choice in choices(doing, {}) if choice.key == key), None)


def _room(doing: Doing, campaign: Campaign, clinic: Clinic) -> Room:
    local = doing.now.astimezone(LIMA)
    is_today = campaign.date == local.date() and clinic.per_hour is not None
    return appointments.room(doing.tx, campaign.key, clinic.specialty, f"{local:%H:%M}" if is_today else "")


def _nearness(doing: Doing, campaign: Campaign, place: str | None) -> int:
    home = doing.knowledge.district_of(place) if place else doing.person.district
    if home is None or campaign.district == home:
        return HERE
    neighbours = next((d.neighbours for d in doing.knowledge.places.districts if d.key == home), ())
    return NEXT_DOOR if campaign.district in neighbours else FAR
