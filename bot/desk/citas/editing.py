"""Writing a campaign's day: a new one, or a change, of which everybody is told after staff decided about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from bot.desk import guard
from bot.desk.citas import days, scope, typed
from bot.desk.guard import Form
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.records import agenda
from bot.records.agenda import Campaign, Occupied
from bot.records.store import Tx
from bot.service.appointments import days as service
from bot.service.appointments.changes import Shortage, Touched

DECIDED = "decidir_"
_TRIES = 3


async def show_new(request: web.Request) -> web.Response:
    """The form of a new day."""
    parts = request.app[PARTS]
    return await _form(request, None, typed.usual(parts.knowledge(parts.store.read)))


async def add(request: web.Request) -> web.Response:
    """A new day; with the first one the sample days go."""
    parts, form = request.app[PARTS], await guard.form(request)
    read, errors = typed.campaign(form, parts.knowledge(parts.store.read), parts.clock.today().date(), None)
    if errors:
        return await _form(request, None, form, errors)

    def work(tx: Tx) -> Campaign:
        tx.serial("agenda")
        new = replace(read, key=_free_key(tx, read))
        service.put(tx, days.changes(tx, request, is_urgent=False), new, {})
        guard.note(tx, request, "campaign_added", new.key, day=new.date)
        return new

    new = await parts.commits.run(work)
    return await guard.done(
        request, f"/citas/{new.key}", _("La campaña está anotada: desde ahora se responde con ella.")
    )


async def show(request: web.Request) -> web.Response:
    """The form of a day as it stands."""
    day = _open(request)
    return await _form(request, day, Form(typed.fields(day)))


async def change(request: web.Request) -> web.Response:
    """The day as it was typed, unless something has to be decided first; everybody touched is told."""
    parts, form, old = request.app[PARTS], await guard.form(request), _open(request)
    new, errors = typed.campaign(form, parts.knowledge(parts.store.read), parts.clock.today().date(), old)
    if errors:
        return await _form(request, old, form, errors)
    if "no" in (form[f"{DECIDED}{specialty}"] for specialty in new.specialties):
        return await guard.done(request, f"/citas/{new.key}", _("No se cambió nada."))
    is_urgent = bool(form["de_noche"])
    result = await _put(request, new, _decided(form, new), is_urgent)
    if isinstance(result, Touched):
        return await days.told(request, new, result, _("El cambio está guardado."), is_urgent)
    return await _ask(request, new, result, is_urgent)


async def _put(
    request: web.Request, new: Campaign, decided: Mapping[str, int], is_urgent: bool
) -> Touched | list[Shortage]:
    """Who was touched, or what has to be decided; asked again when somebody took a place in that very moment."""

    def work(tx: Tx) -> Touched | list[Shortage]:
        tx.serial("agenda")
        result = service.put(tx, days.changes(tx, request, is_urgent=is_urgent), new, decided)
        if isinstance(result, Touched):
            at_night = _("sí") if is_urgent else ""
            guard.note(tx, request, "campaign_changed", new.key, day=new.date, told=result.told, at_night=at_night)
        return result

    for _try in range(_TRIES):
        try:
            return await request.app[PARTS].commits.run(work)
        except Occupied as occupied:
            late = Shortage(occupied.specialty, occupied.taken, occupied.places)
    return [late]


def _open(request: web.Request) -> Campaign:
    """The day that the address names, while it can be changed. Raises NotFound."""
    day = scope.campaign(request)
    if day.date < request.app[PARTS].clock.today().date():
        raise guard.NotFound
    return day


def _free_key(tx: Tx, day: Campaign) -> str:
    """A name for ever, from district and date: `zurite_20270312`, `zurite_20270312_2`."""
    first = f"{day.district}_{day.date:%Y%m%d}"
    key, number = first, 1
    while agenda.one_campaign(tx, key):
        number += 1
        key = f"{first}_{number}"
    return key


def _decided(form: Form, new: Campaign) -> dict[str, int]:
    """By specialty, how many go back to the waiting list as it was decided on the page that asks."""
    given = {specialty: form[f"{DECIDED}{specialty}"] for specialty in new.specialties}
    return {specialty: int(said) for specialty, said in given.items() if said.isascii() and said.isdecimal()}


async def _form(
    request: web.Request, day: Campaign | None, form: Form, errors: Mapping[str, str] | None = None
) -> web.Response:
    parts = request.app[PARTS]
    knowledge = parts.knowledge(parts.store.read)
    topics = knowledge.content.topics.values()
    return await guard.page(
        "citas_formulario.html",
        request,
        400 if errors else 200,
        **days.words(request),
        day=day,
        form=form,
        errors=errors or {},
        districts=[(district.key, district.name) for district in knowledge.places.districts],
        topics=[(topic.key, topic.name.es) for topic in topics if topic.kind == "campaign"],
    )


async def _ask(request: web.Request, new: Campaign, short: list[Shortage], is_urgent: bool) -> web.Response:
    """What to do with those who would be left without a place; the form travels with the question."""
    return await guard.page(
        "citas_decidir.html",
        request,
        409,
        **days.words(request),
        day=new,
        short=short,
        can_be_decided=all(each.places for each in short),
        carried=[(name, value) for name, values in typed.fields(new).items() for value in values],
        is_urgent=is_urgent,
        decided=DECIDED,
    )
