"""Campaign days: the list of all, one day with its specialists, and suspending it or not after all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from aiohttp import web

from bot.clock import LIMA
from bot.desk import guard
from bot.desk.citas import scope
from bot.desk.citas.words import age_words, hour_words, number_words
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.records import agenda
from bot.records.agenda import Campaign
from bot.records.appointments import Figures
from bot.records.appointments.sheets import figures_of
from bot.records.staff import Staff
from bot.records.store import Tx
from bot.service.appointments.changes import Changes, Touched
from bot.service.appointments.sheets import Line, lines
from bot.service.quiet import Quiet

PAST_ROWS = 20


@dataclass(frozen=True, slots=True)
class Counted:
    """A day or a clinic with its figures as the reader may know them; the number of places is no secret."""

    campaign: Campaign
    specialty: str
    places: int
    taken: str
    waiting: str
    came: str
    absent: str


async def show(request: web.Request) -> web.Response:
    """Every day: what is coming, the next first; below what is over, the latest first, page by page."""
    today, me = _today(request), guard.person(request)
    days = scope.campaigns(request)
    past = [each for each in reversed(days) if each.date < today]
    page = guard.row_id(request.query.get("pagina", "")) or 1
    first = min((page - 1) * PAST_ROWS, len(past))
    return await _page(
        request,
        "citas.html",
        coming=_counted(request, me, [each for each in days if each.date >= today]) if page == 1 else [],
        past=_counted(request, me, past[first : first + PAST_ROWS]),
        number=page,
        has_more=len(past) > first + PAST_ROWS,
        is_exact=scope.sight(me) == "all",
        may_open=scope.sight(me) != "figures",
    )


async def show_one(request: web.Request) -> web.Response:
    """A day: what residents are told of it, and each specialist with figures."""
    day, me = scope.campaign(request), guard.person(request)
    return await _page(
        request,
        "citas_dia.html",
        day=day,
        clinics=_by_clinic(request, me, day),
        is_over=day.date < _today(request),
        is_exact=scope.sight(me) == "all",
    )


async def ask_to_suspend(request: web.Request) -> web.Response:
    """Who is touched when this day does not take place."""
    day = _to_come(request)
    touched = [line for line in everybody(request, day) if line.is_to_be_told]
    return await _page(
        request,
        "citas_suspender.html",
        day=day,
        touched=touched,
        unreached=[line for line in touched if line.silence],
        is_quiet=is_quiet(request),
    )


async def suspend(request: web.Request) -> web.Response:
    """The day does not take place: every appointment is cancelled, everybody told and offered another."""
    day, is_urgent = _to_come(request), bool((await guard.form(request))["de_noche"])
    if day.is_cancelled:
        return await guard.done(request, f"/citas/{day.key}", _("Ese día ya estaba suspendido."))

    def work(tx: Tx) -> Touched:
        tx.serial("agenda")
        told = changes(tx, request, is_urgent=is_urgent).cancel_day(day.key)
        at_night = _("sí") if is_urgent else ""
        guard.note(tx, request, "campaign_suspended", day.key, told=told.told, at_night=at_night)
        return told

    touched = await request.app[PARTS].commits.run(work)
    return await told(request, day, touched, _("El día está suspendido."), is_urgent)


async def reopen(request: web.Request) -> web.Response:
    """The day takes place after all; the appointments that were cancelled stay so."""
    day = _to_come(request)

    def work(tx: Tx) -> None:
        agenda.set_cancelled(tx, day.key, None)
        guard.note(tx, request, "campaign_reopened", day.key)

    await request.app[PARTS].commits.run(work)
    return await guard.done(
        request, f"/citas/{day.key}", _("El día se atiende otra vez. Quien quiera, pide otra cita.")
    )


# ── for the other pages ───────────────────────────────────────────────────────────────────────────────────────────────


def changes(tx: Tx, request: web.Request, *, is_urgent: bool) -> Changes:
    """Changes of days in her name."""
    clock = request.app[PARTS].clock
    return Changes(tx, clock, clock.now(), by(request), is_urgent=is_urgent)


def by(request: web.Request) -> str:
    """Who registers, marks and cancels, as it is kept."""
    return f"staff:{guard.person(request).id}"


def everybody(request: web.Request, day: Campaign) -> list[Line]:
    """Everybody of a day whom she may see, also of specialties that no longer come."""
    tx, me = request.app[PARTS].store.read, guard.person(request)
    return [
        line for specialty in day.specialties for line in lines(tx, day.key, specialty, lambda h: scope.is_hers(me, h))
    ]


def is_quiet(request: web.Request) -> bool:
    """Whether only answers leave just now."""
    parts = request.app[PARTS]
    return Quiet.load(parts.store.read, parts.clock.now()).is_quiet(parts.clock.now())


async def told(request: web.Request, day: Campaign, touched: Touched, what: str, is_urgent: bool) -> web.Response:
    """After a change: how many are told; a page with those whom no message reaches, where there are any."""
    if not touched.unreachable:
        return await guard.done(request, f"/citas/{day.key}", f"{what} {_how_many(request, touched.told, is_urgent)}")
    ids = {held.id for held in touched.unreachable}
    unreached = [line for line in everybody(request, day) if line.held.id in ids]
    await guard.saw(request, "citas", len(unreached), campaign=day.key)
    return await _page(
        request,
        "citas_llamar.html",
        day=day,
        what=what,
        how_many=_how_many(request, touched.told, is_urgent),
        unreached=unreached,
    )


def words(request: web.Request) -> dict[str, object]:
    """What every template of these pages needs besides: names of places and specialties."""
    parts = request.app[PARTS]
    knowledge = parts.knowledge(parts.store.read)
    return {
        "place_name": knowledge.place_name,
        "specialties": knowledge.content.specialties,
        "today": _today(request),
        "may_change": guard.person(request).role == "admin",
        "age_words": age_words,
        "hour_words": hour_words,
        "number_words": number_words,
    }


async def _page(request: web.Request, template: str, status: int = 200, **values: object) -> web.Response:
    return await guard.page(template, request, status, **words(request), **values)


def _how_many(request: web.Request, count: int, is_urgent: bool) -> str:
    if not count:
        return _("A nadie hay que avisar por mensaje.")
    said = _("Se avisa por mensaje a una persona") if count == 1 else _("Se avisa por mensaje a {count} personas")
    parts = request.app[PARTS]
    now = parts.clock.now()
    opens = Quiet.load(parts.store.read, now).opens(now).astimezone(LIMA)
    later = "" if is_urgent or opens <= now else _(", desde el {day} a las {hour}").format(**_moment(opens))
    return f"{said.format(count=count)}{later}."


def _moment(opens: datetime) -> dict[str, str]:
    return {"day": f"{opens:%d/%m}", "hour": f"{opens:%H:%M}"}


def _today(request: web.Request) -> date:
    return request.app[PARTS].clock.today().date()


def _to_come(request: web.Request) -> Campaign:
    """The day that the address names, while it is not over. Raises NotFound."""
    day = scope.campaign(request)
    if day.date < _today(request):
        raise guard.NotFound
    return day


def _counted(request: web.Request, me: Staff, days: list[Campaign]) -> list[Counted]:
    by_clinic = figures_of(request.app[PARTS].store.read, [each.key for each in days])
    return [_shown(me, day, "", [f for (key, _s), f in by_clinic.items() if key == day.key]) for day in days]


def _by_clinic(request: web.Request, me: Staff, day: Campaign) -> list[Counted]:
    by_clinic = figures_of(request.app[PARTS].store.read, [day.key])
    return [
        _shown(me, day, specialty, [f for key, f in by_clinic.items() if key == (day.key, specialty)])
        for specialty in day.specialties
    ]


def _shown(me: Staff, day: Campaign, specialty: str, figures: Iterable[Figures]) -> Counted:
    """The sum of these figures, as she may know it."""
    all_figures = list(figures)
    said = {
        name: scope.figure(me, sum(getattr(each, name) for each in all_figures))
        for name in ("taken", "waiting", "came", "absent")
    }
    return Counted(day, specialty, sum(each.places for each in all_figures), **said)
