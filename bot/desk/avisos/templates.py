"""Texts of notices that come back: read by whoever writes notices, changed by staff, with all that they ever said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any

from aiohttp import web

from bot.desk import guard
from bot.desk.avisos import previewing, typed, words
from bot.desk.avisos.previewing import Drafts
from bot.desk.avisos.scope import APPROVERS
from bot.desk.guard import Form
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.language.catalogue import LANGUAGES
from bot.records import notices
from bot.records.notices import Notice, Template, Version
from bot.records.store import Tx
from bot.records.topics import TOPICS
from bot.service.knowledge import Knowledge
from bot.service.notices.checks import problems
from bot.service.notices.preview import Preview
from bot.service.notices.rendering import MEDIA, draft_of

PATH = "/avisos/plantillas"
LONGEST_NAME = 60

EXAMPLES = {
    "hora": "08:00",
    "hasta": "13:00",
    "lugar": _("local comunal de Huarocondo"),
    "nombre": _("Campaña de ginecología y pediatría"),
    "traer": _("DNI y tarjeta de control del niño"),
    "costo": _("medicamentos a bajo costo"),
    "precio": "25.50",
}
"""Values as they usually are, with which a template is weighed; the day is one that comes."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of a text that stayed (`=`), came (`+`) or went (`-`) with a version."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Past:
    """One version, with what it changed in each language of the one before."""

    version: Version
    changed: Mapping[str, Sequence[Piece]]


async def show(request: web.Request) -> web.Response:
    """All in use, those that were retired, and a form for a new one."""
    return await _all(request, Form({}))


async def add(request: web.Request) -> web.Response:
    """A new one."""
    form = await guard.form(request)
    new = _typed(form, Template(request.app[PARTS].clock.new_id(), "", "", "", ""))
    errors = _problems(request, new)
    if not errors and not await _kept(request, new, "template_added"):
        errors = _taken()
    if errors:
        return await _all(request, form, errors)
    return await guard.done(request, f"{PATH}/{new.id}", _("La plantilla está guardada: ya se puede usar."))


async def show_one(request: web.Request) -> web.Response:
    """One to change, and every version of it."""
    found = _chosen(request)
    return await _one(request, found, _form_of(found))


async def change(request: web.Request) -> web.Response:
    """As it was typed, unless somebody else changed it meanwhile."""
    old, form = _chosen(request), await guard.form(request)
    new = _typed(form, old)
    if form["version"] != str(old.version):
        errors = {"es": _("Cambió desde que usted la miró: mire abajo qué dice ahora.")}
        return await _one(request, old, form, errors)
    errors = _problems(request, new)
    if not errors and not await _kept(request, new, "template_changed"):
        errors = _taken()
    if errors:
        return await _one(request, old, form, errors)
    return await guard.done(request, f"{PATH}/{old.id}", _("La plantilla está cambiada."))


async def retire(request: web.Request) -> web.Response:
    """It is offered no more; what it said stays."""
    parts, found = request.app[PARTS], _chosen(request)

    def work(tx: Tx) -> None:
        notices.retire_template(tx, found.id, parts.clock.now())
        guard.note(tx, request, "template_retired", found.name)

    await parts.commits.run(work)
    return await guard.done(request, PATH, _("La plantilla ya no se ofrece. Se puede volver a usar desde su página."))


async def restore(request: web.Request) -> web.Response:
    """An old version says what it said once more, as a version of its own; one that was retired is offered again."""
    found, form = _chosen(request), await guard.form(request)
    past = notices.versions(request.app[PARTS].store.read, found.id)
    wanted = next((each for each in past if str(each.number) == form["version"]), None)
    if wanted is None:
        raise guard.NotFound
    await _kept(request, replace(found, text_es=wanted.text_es, text_quz=wanted.text_quz), "template_restored")
    return await guard.done(request, f"{PATH}/{found.id}", _("La plantilla dice otra vez lo de esa versión."))


# ── keeping ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _chosen(request: web.Request) -> Template:
    """Raises NotFound."""
    wanted = guard.row_id(request.match_info["id"])
    found = notices.template(request.app[PARTS].store.read, wanted) if wanted else None
    if found is None:
        raise guard.NotFound
    return found


def _typed(form: Form, old: Template) -> Template:
    topic = form["tema"] if form["tema"] in TOPICS else ""
    return replace(
        old, name=form["titulo"], topic=topic, text_es=typed.text(form["es"]), text_quz=typed.text(form["quz"])
    )


def _form_of(template: Template) -> Form:
    said = {"titulo": template.name, "tema": template.topic, "es": template.text_es, "quz": template.text_quz}
    return Form({name: [value] for name, value in (said | {"version": str(template.version)}).items()})


async def _kept(request: web.Request, template: Template, action: str) -> bool:
    """Whether it was kept; not when its name is another's."""
    parts, me = request.app[PARTS], guard.person(request)

    def work(tx: Tx) -> bool:
        is_kept = notices.keep_template(tx, template, me.id, me.name, parts.clock.now())
        if is_kept:
            guard.note(tx, request, action, template.name)
        return is_kept

    return await parts.commits.run(work)


def _taken() -> dict[str, str]:
    return {"titulo": _("Ya hay una plantilla con ese nombre.")}


def _problems(request: web.Request, template: Template) -> dict[str, str]:
    """What is wrong with it by field of the form, as a notice that says it with usual values."""
    if not 2 <= len(template.name) <= LONGEST_NAME:
        return {"titulo": _("Póngale un nombre de 2 a {most} letras.").format(most=LONGEST_NAME)}
    parts, said = request.app[PARTS], _as_notice(request, template)
    now = parts.clock.now()
    found = problems(parts.store.read, _knowledge(request), said, now)
    planned = Preview((), {}, _drafts(request, said), now, now, None, Decimal())
    errors: dict[str, str] = {}
    for each in found:
        errors.setdefault(*words.problem(each, said, planned))
    return errors


def _as_notice(request: web.Request, template: Template) -> Notice:
    day = request.app[PARTS].clock.today().date() + timedelta(days=10)
    fields = {**EXAMPLES, "fecha": day.isoformat()}
    return Notice(0, template.name, "", text_es=template.text_es, text_quz=template.text_quz, fields=fields)


def _drafts(request: web.Request, said: Notice) -> Drafts:
    parts, knowledge = request.app[PARTS], _knowledge(request)
    return {
        (language, medium): draft_of(parts.store.read, knowledge, said, language, medium, parts.clock.now())
        for language in LANGUAGES
        for medium in MEDIA
    }


# ── the pages ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _all(request: web.Request, form: Form, errors: Mapping[str, str] | None = None) -> web.Response:
    tx = request.app[PARTS].store.read
    return await guard.page(
        "avisos_plantillas.html",
        request,
        400 if errors else 200,
        found=notices.templates(tx),
        retired=notices.templates(tx, retired=True),
        form=form,
        errors=errors or {},
        **_shared(request),
    )


async def _one(
    request: web.Request, template: Template, form: Form, errors: Mapping[str, str] | None = None
) -> web.Response:
    said = _as_notice(request, _typed(form, template))
    return await guard.page(
        "avisos_plantilla.html",
        request,
        400 if errors else 200,
        one=template,
        form=form,
        errors=errors or {},
        phones=previewing.phones(_drafts(request, said), tuple(LANGUAGES), ("sms",)),
        past=_past(notices.versions(request.app[PARTS].store.read, template.id)),
        **_shared(request),
    )


def _shared(request: web.Request) -> dict[str, Any]:
    knowledge = _knowledge(request)
    return {
        "topics": [(topic, knowledge.topic_name(topic)["es"]) for topic in TOPICS],
        "field_names": words.FIELD_NAMES,
        "may_change": guard.person(request).role in APPROVERS,
        **previewing.tongue(request),
    }


def _past(versions: Sequence[Version]) -> list[Past]:
    """The newest first; the first of all changed nothing."""
    lines = []
    for now, before in zip(versions, [*versions[1:], None], strict=True):
        old = {"es": before.text_es, "quz": before.text_quz} if before else {"es": now.text_es, "quz": now.text_quz}
        new = {"es": now.text_es, "quz": now.text_quz}
        lines.append(Past(now, {language: differences(old[language], new[language]) for language in new}))
    return lines


def differences(old: str, new: str) -> list[Piece]:
    """What a text became, word by word: what went stands before what came."""
    was, now = old.split(), new.split()
    pieces = []
    for _kind, begin, end, new_begin, new_end in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        gone, come = " ".join(was[begin:end]), " ".join(now[new_begin:new_end])
        found = [Piece("=", come)] if gone == come else [Piece("-", gone), Piece("+", come)]
        pieces += [piece for piece in found if piece.words]
    return pieces


def _knowledge(request: web.Request) -> Knowledge:
    parts = request.app[PARTS]
    return parts.knowledge(parts.store.read)
