"""What flows can ask of the health campaigns: the next ones for a place, a specialty or a topic, and one in detail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.conversation.engine import Outcome
from bot.records import agenda, people
from bot.records.agenda import Campaign
from bot.service.actions.doing import Doing, Values, in_both, keep_interest

HINT = re.compile(r" \([^)]*\)")
"""For whom a specialist is, as Quechua names say it: a list line has no room for it."""

HEALTH_TOPICS = {"especialistas", "desparasitacion", "dental", "vacunacion"}


def find(doing: Doing, values: Values) -> Outcome:
    """The campaigns that come, narrowed by what was said; the next elsewhere when there is none in the place asked."""
    told = show(doing, values) if values.get("campaign") else None
    if told and told.name == "one":
        return told
    if values.get("near") and not values.get("place") and not doing.person.district:
        return Outcome("where")
    place = values.get("place") or (doing.person.district if values.get("near") else "")
    district = doing.knowledge.district_of(place)
    coming = _coming(doing, values)
    if not coming:
        return Outcome("none")
    here = [campaign for campaign in coming if campaign.district == district]
    asked = doing.knowledge.place_name(place) if place else ""
    if place and not here:
        return Outcome("elsewhere", {**_detail(doing, coming[0]), "asked": asked})
    found = here or coming
    if len(found) == 1:
        return Outcome("one", _detail(doing, found[0]))
    is_sample = any(campaign.is_sample for campaign in found)
    return Outcome("several", {"campaigns": [_line(doing, campaign) for campaign in found], "samples": is_sample})


def show(doing: Doing, values: Values) -> Outcome:
    """The campaign that was chosen from the list."""
    coming = agenda.coming_campaigns(doing.tx, doing.now, with_samples=doing.knowledge.with_samples)
    found = next((campaign for campaign in coming if campaign.key == values["campaign"]), None)
    return Outcome("one", _detail(doing, found)) if found else Outcome("none")


def _coming(doing: Doing, values: Values) -> list[Campaign]:
    """By specialty or topic when such a campaign comes; else whatever comes, which is better than «none»."""
    specialty, topic = values.get("specialty"), values.get("topic")
    everything = agenda.coming_campaigns(doing.tx, doing.now, with_samples=doing.knowledge.with_samples)
    by_specialty = [each for each in everything if specialty in each.specialties]
    by_topic = [each for each in everything if topic in HEALTH_TOPICS and topic == each.topic]
    return by_specialty or by_topic or everything


def _about(doing: Doing, campaign: Campaign) -> Values:
    """Who attends, or what it is for: what a list line has room for."""
    specialties = doing.knowledge.content.specialties
    names = [in_both(specialties[key].name) for key in campaign.specialties if key in specialties]
    if len(names) < 2:
        return in_both(campaign.name)
    return {language: ", ".join(name[language] for name in names) for language in ("es", "quz")}


def _line(doing: Doing, campaign: Campaign) -> Values:
    district = doing.knowledge.place_name(campaign.district)
    about = {language: HINT.sub("", text) for language, text in _about(doing, campaign).items()}
    return {"key": campaign.key, "name": about, "about": about, "date": campaign.date.isoformat(), "district": district}


def _detail(doing: Doing, campaign: Campaign) -> Values:
    people.set_shown(doing.tx, doing.person.id, f"campaign:{campaign.key}", doing.now)
    keep_interest(doing, f"campaign:{campaign.key}")
    return {
        "about": _about(doing, campaign),
        "date": campaign.date.isoformat(),
        "opens": campaign.opens.isoformat("minutes") if campaign.opens else "",
        "closes": campaign.closes.isoformat("minutes") if campaign.closes else "",
        "place": campaign.place,
        "district": doing.knowledge.place_name(campaign.district),
        "bring": in_both(campaign.bring) if campaign.bring.es else "",
        "cost": in_both(campaign.cost) if campaign.cost.es else "",
        "sample": campaign.is_sample,
        "bookable": any(clinic.places for clinic in campaign.clinics),
    }


def found(doing: Doing) -> Iterator[Outcome]:
    """What `find` can lead to with the present content."""
    yield from (Outcome("none"), find(doing, {}))
    for district in doing.knowledge.places.districts:
        yield find(doing, {"place": district.key})
    for specialty in doing.knowledge.content.specialties:
        yield find(doing, {"specialty": specialty})


def shown(doing: Doing) -> Iterator[Outcome]:
    """What `show` says of every campaign."""
    yield Outcome("none")
    for campaign in agenda.coming_campaigns(doing.tx, doing.now, with_samples=True):
        yield show(doing, {"campaign": campaign.key})
