"""The first page of the desk: what there is to do for whoever looks, and what is coming."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from bot.desk import guard, safety, today
from bot.desk.avisos import scope as notices_scope
from bot.desk.avisos import words as notices_words
from bot.desk.citas import scope
from bot.desk.parts import PARTS
from bot.records import attention, notices, pins
from bot.records.agenda import Campaign
from bot.records.appointments import Figures
from bot.records.appointments.sheets import figures_of
from bot.records.notices import Notice, State, Wanted
from bot.records.staff import Staff
from bot.records.store import Tx
from bot.service.knowledge import Knowledge

CAMPAIGNS_SHOWN = 6
NOTICES_SHOWN = 8
UNDER_WAY: tuple[State, ...] = ("freezing", "sending", "paused")
AWAITING: tuple[State, ...] = ("awaiting",)


@dataclass(frozen=True, slots=True)
class Coming:
    """A campaign with its figures over all its specialists, as the reader may know them; 0 places: no appointments."""

    day: Campaign
    places: int
    taken: str
    waiting: str


async def show(request: web.Request) -> web.Response:
    """What needs her today, by role, and the campaigns of today and of the next days; a reader is led to Panorama."""
    parts, me = request.app[PARTS], guard.person(request)
    now, local = parts.clock.now(), parts.clock.today()
    if me.role == "reader":
        return await guard.page("inicio_lectura.html", request, today=local.date())
    tx = parts.store.read
    knowledge = parts.knowledge(tx)
    days = [each for each in scope.campaigns(request) if each.date >= local.date() and not each.is_cancelled]
    shown = sorted(days, key=lambda each: each.date)[:CAMPAIGNS_SHOWN]
    return await guard.page(
        "inicio.html",
        request,
        today=local.date(),
        figures=today.figures(today.load(tx, now, local), me),
        safety=safety.load(parts) if me.role == "admin" else None,
        erasures=attention.erasures(tx, now - today.OF_LATE) if me.role == "admin" else 0,
        locked_pins=pins.locked(tx, local.date()) if me.role == "admin" else [],
        recent_days=today.OF_LATE.days,
        campaigns=_with_figures(me, shown, figures_of(tx, [each.key for each in shown])),
        more=len(days) - len(shown),
        may_open=scope.sight(me) != "figures",
        under_way=_under_way(me, tx),
        to_approve=_to_approve(me, tx, knowledge),
        notice_states=notices_words.STATES,
        place_name=knowledge.place_name,
        specialties=knowledge.content.specialties,
    )


def _under_way(me: Staff, tx: Tx) -> list[Notice]:
    """Notices that are being sent or were stopped, of those that she may see."""
    is_promoter = me.role == "promoter"
    wanted = Wanted(UNDER_WAY, me.id if is_promoter else None, (me.phone or "") if is_promoter else "")
    return notices.listed(tx, wanted, NOTICES_SHOWN)


def _to_approve(me: Staff, tx: Tx, knowledge: Knowledge) -> list[Notice]:
    """Notices that wait for her: somebody else's, too dear for one alone."""
    found = notices.listed(tx, Wanted(AWAITING), NOTICES_SHOWN)
    return [each for each in found if notices_scope.may(me, each, knowledge, "approve")]


def _with_figures(me: Staff, days: Iterable[Campaign], by_clinic: dict[tuple[str, str], Figures]) -> list[Coming]:
    coming = []
    for day in days:
        clinics = [found for (key, _), found in by_clinic.items() if key == day.key]
        taken, waiting = (sum(getattr(each, name) for each in clinics) for name in ("taken", "waiting"))
        places = sum(each.places for each in clinics)
        coming.append(Coming(day, places, scope.figure(me, taken), scope.figure(me, waiting)))
    return coming
