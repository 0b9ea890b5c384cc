"""How long each Mesa has to answer, who heads it, and which Mesa answers for a topic in a district."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from bot.desk import guard
from bot.desk.guard import Form
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.records import cases, staff
from bot.records.cases import Mesa, Route
from bot.records.store import Tx
from bot.service.imports import cells
from bot.service.knowledge import Knowledge

PATH = "/bandeja/mesas"
MOST_HOURS = 30 * 24


async def show(request: web.Request) -> web.Response:
    """The Mesas, the routes to them, and each district's own for what is nobody's."""
    return await _page(request)


async def change(request: web.Request) -> web.Response:
    """Hours and head of every Mesa, as the form has them; cases that are open keep their time."""
    parts, form = request.app[PARTS], await guard.form(request)
    tx = parts.store.read
    heads = {str(person.id): person.id for person in _heads(tx)}
    errors: dict[str, str] = {}
    changed = [_typed(mesa, form, heads, errors) for mesa in cases.mesas(tx)]
    if errors:
        return await _page(request, form, errors)

    def work(writing: Tx) -> None:
        cases.put_mesas(writing, changed)
        hours = ", ".join(f"{mesa.key} {mesa.hours_to_answer}" for mesa in changed)
        guard.note(writing, request, "mesas_changed", hours=hours)

    await parts.commits.run(work)
    return await guard.done(request, PATH, _("Guardado."))


async def add_route(request: web.Request) -> web.Response:
    """What is said of a topic in a district, or anywhere, goes to a Mesa from now on."""
    parts, form = request.app[PARTS], await guard.form(request)
    knowledge, tx = parts.knowledge(parts.store.read), parts.store.read
    route = Route(form["tema"], form["distrito"], form["mesa"])
    errors = {
        "tema": "" if route.topic in knowledge.content.topics else _("Elija un tema."),
        "distrito": "" if _is_district(knowledge, route.district) else _("Elija un distrito."),
        "mesa": "" if cases.mesa(tx, route.mesa) else _("Elija una mesa."),
    }
    errors = {field: sentence for field, sentence in errors.items() if sentence}
    if errors:
        return await _page(request, form, errors)

    def work(writing: Tx) -> None:
        cases.put_route(writing, route)
        guard.note(writing, request, "route_added", route.topic, district=route.district, mesa=route.mesa)

    await parts.commits.run(work)
    return await guard.done(request, PATH, _("Guardado: lo que llegue desde ahora va a esa mesa."))


async def remove_route(request: web.Request) -> web.Response:
    """The topic goes again where its words lead."""
    parts, form = request.app[PARTS], await guard.form(request)
    topic, district = form["tema"], form["distrito"]
    if not topic or not any(
        (each.topic, each.district) == (topic, district) for each in cases.routes(parts.store.read)
    ):
        raise guard.NotFound

    def work(tx: Tx) -> None:
        cases.remove_route(tx, topic, district)
        guard.note(tx, request, "route_removed", topic, district=district)

    await parts.commits.run(work)
    return await guard.done(request, PATH, _("Quitado."))


async def change_fallbacks(request: web.Request) -> web.Response:
    """Which Mesa takes what nobody understood, in each district; as in the whole province where none is chosen."""
    parts, form = request.app[PARTS], await guard.form(request)
    tx, knowledge = parts.store.read, parts.knowledge(parts.store.read)
    known = {mesa.key for mesa in cases.mesas(tx)}
    chosen = {key: form[_fallback_field(key)] for key in ("", *(each.key for each in knowledge.places.districts))}
    errors = {
        _fallback_field(key): _("Elija una mesa.")
        for key, mesa in chosen.items()
        if (mesa and mesa not in known) or not (key or mesa)
    }
    if errors:
        return await _page(request, form, errors)

    def work(writing: Tx) -> None:
        for district, mesa in chosen.items():
            if mesa:
                cases.put_route(writing, Route("", district, mesa))
            else:
                cases.remove_route(writing, "", district)
        said = ", ".join(f"{district or '*'} {mesa}" for district, mesa in chosen.items() if mesa)
        guard.note(writing, request, "fallbacks_changed", mesas=said)

    await parts.commits.run(work)
    return await guard.done(request, PATH, _("Guardado: lo que llegue desde ahora va a esas mesas."))


async def _page(
    request: web.Request, form: Form | None = None, errors: Mapping[str, str] | None = None
) -> web.Response:
    parts = request.app[PARTS]
    tx, knowledge = parts.store.read, parts.knowledge(parts.store.read)
    routes, mesas = cases.routes(tx), cases.mesas(tx)
    topics = {topic.key: topic.name.es for topic in knowledge.content.topics.values()}
    return await guard.page(
        "bandeja_mesas.html",
        request,
        400 if errors else 200,
        mesas=mesas,
        mesa_options=[(mesa.key, mesa.name.es) for mesa in mesas],
        mesa_names={mesa.key: mesa.name.es for mesa in mesas},
        heads=[(str(person.id), person.name) for person in _heads(tx)],
        routes=[route for route in routes if route.topic],
        fallbacks={route.district: route.mesa for route in routes if not route.topic},
        topics=sorted(topics.items(), key=lambda each: each[1]),
        topic_names=topics,
        districts=[(district.key, district.name) for district in knowledge.places.districts],
        place_name=knowledge.place_name,
        form=form or Form({}),
        errors=errors or {},
    )


def _typed(mesa: Mesa, form: Form, heads: Mapping[str, int], errors: dict[str, str]) -> Mesa:
    """A Mesa as the form has it; what is wrong goes into `errors`."""
    hours_field, head_field = f"horas_{mesa.key}", f"dirige_{mesa.key}"
    try:
        hours = cells.count(form[hours_field], MOST_HOURS)
    except ValueError:
        hours = None
    if not hours:
        errors[hours_field] = _("Escriba las horas, de 1 a {most}.").format(most=MOST_HOURS)
    head = form[head_field]
    if head and head not in heads:
        errors[head_field] = _("Esa cuenta no tiene celular o ya no entra.")
    return replace(mesa, hours_to_answer=hours or mesa.hours_to_answer, head_staff_id=heads.get(head))


def _heads(tx: Tx) -> list[staff.Staff]:
    """Who can be told of what is overdue: accounts that read cases, and have a telephone."""
    able = [person for person in staff.everybody(tx) if person.phone and not person.disabled_at]
    return [person for person in able if person.role in ("admin", "mesa")]


def _is_district(knowledge: Knowledge, key: str) -> bool:
    return not key or any(district.key == key for district in knowledge.places.districts)


def _fallback_field(district: str) -> str:
    return f"resto_{district}" if district else "resto"
