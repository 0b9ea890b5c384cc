"""Writing a notice: a new one or a draft, with what it would cost counted beside it while it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aiohttp import web

from bot.desk import guard
from bot.desk.avisos import previewing, scope, typed, words
from bot.desk.avisos.typed import Offered
from bot.desk.guard import Form
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.language import wording
from bot.language.folding import fold
from bot.records import agenda, notices
from bot.records.agenda import Name
from bot.records.notices import Notice
from bot.records.store import Tx
from bot.records.topics import TOPICS
from bot.service.knowledge import Knowledge
from bot.service.notices.events import Event, event
from bot.service.notices.words import FIELDS, shown

PATH = "/avisos"
_LONGEST_LABEL = 70
_MOST_FAIRS, _MOST_CAMPAIGNS = 200, 30

Group = tuple[str, list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice as it stands in a form: what is wrong with it by field, and the event that it is about."""

    notice: Notice
    found: Event | None
    errors: Mapping[str, str]


async def show_new(request: web.Request) -> web.Response:
    """An empty form; `sobre`: what it shall be about, `plantilla`: whose texts, `copia`: the notice it is like."""
    asked = {"sobre": request.query.get("sobre", ""), "plantilla": request.query.get("plantilla", "")}
    form = Form({name: [value] for name, value in asked.items() if value})
    copied = guard.row_id(request.query.get("copia", ""))
    if copied:
        return await _form(request, None, _copy(request, copied))
    return await _form(request, None, _filled(request, form, _blank(request)))


async def add(request: web.Request) -> web.Response:
    """A new draft; with another button only the form is filled, counted or filtered."""
    return await _keep(request, None)


async def show(request: web.Request) -> web.Response:
    """The form of a draft as it stands; what keeps it from being sent is said beside each field."""
    old = _to_change(request)
    planned = await previewing.planned(request, old)
    form = typed.form_of(old, _event(request, old.about), request.app[PARTS].clock.now())
    return await _form(request, old, form, words.problems(old, planned), status=200)


async def change(request: web.Request) -> web.Response:
    """The draft as it was typed."""
    return await _keep(request, _to_change(request))


async def count(request: web.Request) -> web.Response:
    """What the form would cost as it stands: the piece of the page that the script asks for."""
    form = await guard.form(request)
    planned = await previewing.planned(request, _read(request, form, _blank(request)).notice)
    return await guard.page("avisos_cuenta.html", request, **previewing.counted(planned), **previewing.tongue(request))


async def drop(request: web.Request) -> web.Response:
    """The draft is no more. What was ever sent off stays."""
    old = _to_change(request)

    def work(tx: Tx) -> bool:
        is_gone = notices.drop_draft(tx, old.id)
        if is_gone:
            guard.note(tx, request, "notice_dropped", old.name)
        return is_gone

    is_gone = await request.app[PARTS].commits.run(work)
    said = _("El borrador está borrado.") if is_gone else _("Ya no es un borrador: no se borró.")
    return await guard.done(request, PATH, said)


# ── keeping ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _keep(request: web.Request, old: Notice | None) -> web.Response:
    parts, form = request.app[PARTS], await guard.form(request)
    base = old or replace(_blank(request), id=parts.clock.new_id())
    if form["usar"] or form["filtrar"] or form["contar"]:
        return await _form(request, old, _filled(request, form, base) if form["usar"] else form)
    draft = _read(request, form, base)
    if draft.errors:
        return await _form(request, old, form, draft.errors)

    def work(tx: Tx) -> bool:
        guard.note(tx, request, "notice_changed" if old else "notice_written", draft.notice.name, notice=base.id)
        if old:
            return notices.change(tx, draft.notice)
        notices.add(tx, draft.notice, parts.clock.now())
        return True

    if not await parts.commits.run(work):
        return await guard.done(request, f"{PATH}/{base.id}", _("Ya no es un borrador: no se cambió nada."))
    return await guard.done(request, f"{PATH}/{base.id}/vista", _("Está guardado como borrador. Todavía no se envía."))


def _read(request: web.Request, form: Form, old: Notice) -> Draft:
    found = _event(request, form["sobre"])
    offered = _offered(request, old)
    if found and found.about not in offered.events:
        found = None
    notice, errors = typed.notice(form, old, found, offered, request.app[PARTS].clock.now())
    me, knowledge = guard.person(request), _knowledge(request)
    if not scope.is_within(me, notice.audience, knowledge):
        errors.setdefault("comunidades", _("Elija a qué lugares va: solo puede enviar a los suyos."))
        theirs = replace(notice.audience, districts=(), comunidades=tuple(offered.comunidades))
        notice = replace(notice, audience=theirs)
    return Draft(notice, found, errors)


def _filled(request: web.Request, form: Form, old: Notice) -> Form:
    """The form with the values of the event and the texts of the template that were chosen in it."""
    draft = _read(request, form, old)
    template_id = guard.row_id(form["plantilla"])
    template = notices.template(request.app[PARTS].store.read, template_id) if template_id else None
    notice = draft.notice
    if template:
        topic = template.topic or notice.topic
        notice = replace(notice, text_es=template.text_es, text_quz=template.text_quz, topic=topic)
    if draft.found and not notice.name:
        notice = replace(notice, name=draft.found.name.es)
    return typed.form_of(notice, draft.found, request.app[PARTS].clock.now())


def _copy(request: web.Request, notice_id: int) -> Form:
    """What another notice says and to whom, to be sent anew. Raises NotFound."""
    found = notices.one(request.app[PARTS].store.read, notice_id)
    if found is None or not scope.may_see(guard.person(request), found):
        raise guard.NotFound
    again = replace(found, starts_at=None, expires_at=None, rule="", is_urgent=False, urgent_because="")
    return typed.form_of(again, _event(request, found.about), request.app[PARTS].clock.now())


def _to_change(request: web.Request) -> Notice:
    """The draft that the address names. Raises NotFound; NotAllowed for whoever did not write it."""
    found = scope.chosen(request)
    if not scope.may(guard.person(request), found, _knowledge(request), "edit"):
        raise guard.NotAllowed
    if found.state != "draft":
        raise guard.NotFound
    return found


def _blank(request: web.Request) -> Notice:
    me = guard.person(request)
    return Notice(0, "", me.name, staff_id=me.id)


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _form(
    request: web.Request, old: Notice | None, form: Form, errors: Mapping[str, str] | None = None, status: int = 0
) -> web.Response:
    parts, me, knowledge = request.app[PARTS], guard.person(request), _knowledge(request)
    draft = _read(request, form, old or _blank(request))
    groups = _events(request, draft.notice.about)
    return await guard.page(
        "avisos_escribir.html",
        request,
        status or (400 if errors else 200),
        old=old,
        here=f"{PATH}/{old.id}/editar" if old else f"{PATH}/nuevo",
        form=form,
        errors=errors or {},
        groups=groups,
        topics=[(topic, knowledge.topic_name(topic)["es"]) for topic in TOPICS],
        templates=[(str(each.id), each.name) for each in notices.templates(parts.store.read)],
        districts=scope.districts(me, knowledge),
        comunidades=_fitting(scope.comunidades(me, knowledge), form),
        campaigns=_campaigns(request),
        is_limited=scope.is_limited(me),
        may_be_urgent=me.role == "admin",
        fields=[(name, words.FIELD_NAMES[name], kind) for name, kind in FIELDS.items()],
        paired=typed.BOTH_LANGUAGES,
        said=lambda name, language: shown(draft.notice.fields, name, language),
        **previewing.counted(await previewing.planned(request, draft.notice)),
        **previewing.tongue(request),
    )


def _offered(request: web.Request, old: Notice) -> Offered:
    me, knowledge = guard.person(request), _knowledge(request)
    events = [about for _label, options in _events(request, old.about) for about, _name in options]
    return Offered(
        districts=[key for key, _name in scope.districts(me, knowledge)],
        comunidades=[key for key, _name in scope.comunidades(me, knowledge)],
        campaigns=[key for key, _name in _campaigns(request)],
        events=events,
        may_be_urgent=me.role == "admin",
    )


def _events(request: web.Request, kept: str) -> list[Group]:
    """What a notice can be about: what comes, by kind, and what it is about already."""
    parts = request.app[PARTS]
    tx, now, knowledge = parts.store.read, parts.clock.now(), _knowledge(request)
    with_samples = knowledge.with_samples
    campaigns = [
        (f"campaign:{each.key}", f"{wording.short_day(each.date, 'es')}: {_label(each.name)}, {each.place}")
        for each in agenda.coming_campaigns(tx, now, with_samples=with_samples)
    ]
    fairs = [
        (f"fair:{day.fair.key}", f"{wording.short_day(day.date, 'es')}: {day.fair.name}")
        for day in agenda.next_fairs(tx, now, with_samples=with_samples, limit=_MOST_FAIRS)
    ]
    works = [(f"work:{each.key}", _label(each.short)) for each in agenda.find_works(tx, with_samples=with_samples)]
    groups = [(_("Campañas"), campaigns), (_("Ferias"), fairs), (_("Obras"), works)]
    is_there = not kept or any(about == kept for _kind, options in groups for about, _name in options)
    gone = event(tx, knowledge, kept, now) if not is_there else None
    return groups if is_there else [(_("Lo de antes"), [(kept, _label(gone.name) if gone else kept)]), *groups]


def _label(name: Name) -> str:
    return name.es if len(name.es) <= _LONGEST_LABEL else f"{name.es[:_LONGEST_LABEL]}…"


def _campaigns(request: web.Request) -> list[tuple[str, str]]:
    """The campaigns whose people can be told: those that take appointments, the last ones too."""
    parts = request.app[PARTS]
    with_samples = _knowledge(request).with_samples
    found = [
        each
        for each in agenda.all_campaigns(parts.store.read)
        if any(clinic.places for clinic in each.clinics) and (with_samples or not each.is_sample)
    ]
    found.sort(key=lambda each: each.date, reverse=True)
    return [(each.key, f"{each.date:%d/%m/%Y}: {_label(each.name)}, {each.place}") for each in found[:_MOST_CAMPAIGNS]]


def _fitting(comunidades: Sequence[tuple[str, str]], form: Form) -> list[tuple[str, str]]:
    """Those that are chosen, then those of the filter."""
    chosen, wanted = form.getlist("comunidades"), fold(form["filtro"])
    found = [each for each in comunidades if each[0] in chosen or wanted in fold(each[1])]
    return sorted(found, key=lambda each: each[0] not in chosen)


def _event(request: web.Request, about: str) -> Event | None:
    parts = request.app[PARTS]
    return event(parts.store.read, _knowledge(request), about, parts.clock.now()) if about else None


def _knowledge(request: web.Request) -> Knowledge:
    parts = request.app[PARTS]
    return parts.knowledge(parts.store.read)
