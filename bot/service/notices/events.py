"""What a notice is about: the campaign, work or fair behind `kind:KEY`, and what it gives to the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from bot.clock import LIMA
from bot.records import agenda
from bot.records.agenda import Campaign, Name
from bot.records.store import Tx
from bot.service.knowledge import Knowledge

NOTHING = "bare"
"""What a notice that is about no row of the agenda offers: nothing to answer `1` to."""


@dataclass(frozen=True, slots=True)
class Event:
    """A row of the agenda as a notice needs it.

    `offer` is what answering `1` opens: `booking`, `campaign`, `work`, `fair`. `held_on` and `begins` are None for what
    has no day. `fields` are values for the text; a name with `.quz` is for the Quechua text alone.
    """

    about: str
    offer: str
    name: Name
    held_on: date | None = None
    begins: datetime | None = None
    is_cancelled: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)

    def is_over(self, now: datetime) -> bool:
        return self.begins is not None and self.begins <= now

    @property
    def key(self) -> str:
        return self.about.partition(":")[2]


def event(tx: Tx, knowledge: Knowledge, about: str, now: datetime) -> Event | None:
    """The row that `about` names as it is today; None when there is none (any more)."""
    kind, _, key = about.partition(":")
    if kind == "campaign":
        campaign = agenda.one_campaign(tx, key)
        return _of_campaign(knowledge, campaign) if campaign else None
    if kind == "work":
        works = agenda.find_works(tx, with_samples=knowledge.with_samples)
        work = next((each for each in works if each.key == key), None)
        return Event(about, "work", work.short, fields=_named(work.short)) if work else None
    if kind == "fair":
        return _of_fair(tx, knowledge, key, now)
    return None


def _of_campaign(knowledge: Knowledge, campaign: Campaign) -> Event:
    opens = min((each for each in map(campaign.opening, campaign.clinics) if each), default=None) or campaign.opens
    is_bookable = any(clinic.places for clinic in campaign.clinics)
    fields = {
        **_named(campaign.name),
        **_day(campaign.date, opens, campaign.closes),
        "lugar": f"{campaign.place} ({knowledge.place_name(campaign.district)})",
        "traer": campaign.bring.es,
        "traer.quz": campaign.bring.of("quz"),
        "costo": campaign.cost.es,
        "costo.quz": campaign.cost.of("quz"),
    }
    return Event(
        f"campaign:{campaign.key}",
        "booking" if is_bookable else "campaign",
        campaign.name,
        campaign.date,
        _moment(campaign.date, opens),
        campaign.is_cancelled,
        _filled(fields),
    )


def _of_fair(tx: Tx, knowledge: Knowledge, key: str, now: datetime) -> Event | None:
    days = agenda.next_fairs(tx, now, with_samples=knowledge.with_samples, fair=key)
    if not days:
        return None
    day = days[0]
    name = Name(day.fair.name)
    fields = {**_named(name), **_day(day.date, day.fair.opens, day.fair.closes), "lugar": day.fair.place}
    return Event(f"fair:{key}", "fair", name, day.date, _moment(day.date, day.fair.opens), fields=_filled(fields))


def _named(name: Name) -> dict[str, str]:
    return {"nombre": name.es, "nombre.quz": name.of("quz")}


def _day(day: date, opens: time | None, closes: time | None) -> dict[str, str]:
    return {
        "fecha": day.isoformat(),
        "hora": opens.isoformat("minutes") if opens else "",
        "hasta": closes.isoformat("minutes") if closes else "",
    }


def _filled(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _moment(day: date, hour: time | None) -> datetime:
    """When it begins; the end of the morning where no hour is known."""
    return datetime.combine(day, hour or time(12), LIMA)
