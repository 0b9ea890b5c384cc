"""Who sees what of appointments: everybody's names, only her own people's, or nothing but figures."""

from __future__ import annotations

from typing import Literal

from aiohttp import web

from bot.desk import guard
from bot.desk.parts import PARTS
from bot.records import agenda
from bot.records.agenda import Campaign
from bot.records.appointments import Appointment
from bot.records.staff import Role, Staff

MESA = "salud"
"""The Mesa that sees patients; of a role `mesa` only who is of it passes `sight`."""

HEALTH: frozenset[Role] = frozenset({"admin", "mesa"})
PEOPLES: frozenset[Role] = HEALTH | {"promoter"}
"""The roles for pages with everybody's names, and for those where a promoter sees her own people's."""

FEW = 5
"""Where only figures are shown, fewer people than this are not counted out."""

Sight = Literal["all", "own", "figures"]


def sight(me: Staff) -> Sight:
    """What she sees of people: of her districts all of them, those of her comunidades, or how many there are."""
    if me.role == "admin" or (me.role == "mesa" and MESA in me.mesas):
        return "all"
    return "own" if me.role == "promoter" else "figures"


def is_hers(me: Staff, held: Appointment) -> bool:
    """Whether she may see whose appointment this is."""
    patient = held.patient
    is_registered_by_her = me.phone is not None and patient.promoter == me.phone
    is_own = is_registered_by_her or patient.comunidad in me.comunidades
    return sight(me) == "all" or (sight(me) == "own" and is_own)


def campaigns(request: web.Request) -> list[Campaign]:
    """Every day that she may know of, past and suspended too, by date."""
    parts, me = request.app[PARTS], guard.person(request)
    with_samples = parts.knowledge(parts.store.read).with_samples
    found = agenda.all_campaigns(parts.store.read)
    return [each for each in found if (with_samples or not each.is_sample) and _is_of_her_districts(me, each)]


def campaign(request: web.Request) -> Campaign:
    """The day that the address names. Raises NotFound; NotAllowed for whoever sees figures only."""
    if sight(guard.person(request)) == "figures":
        raise guard.NotAllowed
    key = request.match_info["campaign"]
    found = next((each for each in campaigns(request) if each.key == key), None)
    if found is None:
        raise guard.NotFound
    return found


def clinic(request: web.Request) -> tuple[Campaign, str]:
    """The day and specialty that the address names. Raises NotFound."""
    day, specialty = campaign(request), request.match_info["specialty"]
    if specialty not in day.specialties:
        raise guard.NotFound
    return day, specialty


def for_everybody(request: web.Request) -> Staff:
    """Whoever may register and cancel for anybody. Raises NotAllowed."""
    me = guard.person(request)
    if sight(me) != "all":
        raise guard.NotAllowed
    return me


def figure(me: Staff, count: int) -> str:
    """A number of people as she may know it."""
    return str(count) if sight(me) == "all" or count >= FEW else f"<{FEW}"


def _is_of_her_districts(me: Staff, day: Campaign) -> bool:
    return not me.districts or day.district in me.districts
