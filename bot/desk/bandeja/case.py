"""One case as a conversation, with everything that can be done about it beside it, and its photos."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import web

from bot.channels.telegram import TelegramChannel
from bot.desk import guard
from bot.desk.bandeja import filters, lists, reply, scope
from bot.desk.bandeja.reply import Reply
from bot.desk.bandeja.words import KINDS, LANGUAGES, MEDIA, SERVED, STATES, cut, span, time_left
from bot.desk.citas.words import number_words
from bot.desk.guard import Form
from bot.desk.pages import gettext as _
from bot.desk.pages import render
from bot.desk.parts import PARTS
from bot.errors import SendError
from bot.records import cases, staff
from bot.records.cases import Case, CaseEntry
from bot.records.store import Tx
from bot.service.feedback import said
from bot.service.feedback.said import Reporter

TELEGRAM = web.AppKey("telegram", TelegramChannel)
"""The channel whose photos are shown; absent where there is no Telegram."""

ALIKE_SINCE = timedelta(days=60)
_PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"RIFF": "image/webp"}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing said or done; `code` is of the report where there are several, `who` of the desk, empty for her."""

    entry: CaseEntry
    report: Case
    code: str
    who: str
    mesa: str


async def show(request: web.Request) -> web.Response:
    """The case; `respuesta` fills the form with a canned answer."""
    case = await scope.case(request)
    tx = request.app[PARTS].store.read
    key = request.query.get("respuesta", "")
    draft = reply.from_canned(cases.canned_answers(tx, case.mesa), key) if key else Reply()
    await guard.saw(request, "caso", len(cases.joined_with(tx, case.id)), code=case.code)
    return await page(request, case, draft, canned=key)


async def look(request: web.Request) -> web.Response:
    """The answer as it would be read and what it would cost; nothing is sent. `trozo` asks for that piece alone."""
    case, form = await scope.case(request), await guard.form(request)
    draft = reply.typed(form)
    if not form["trozo"]:
        return await page(request, case, draft, form=form)
    told = said.reporters(request.app[PARTS].store.read, case.id)
    return render("bandeja_vista.html", **preview_values(request, case, draft, told))


async def photo(request: web.Request) -> web.Response:
    """A photo that she sent, fetched from Telegram now and kept nowhere."""
    case, chosen = await scope.entry(request)
    if not chosen.file_id:
        raise guard.NotFound
    await guard.saw(request, "foto", 1, code=case.code)
    try:
        body = await request.app[TELEGRAM].file(chosen.file_id) if TELEGRAM in request.app else b""
    except SendError:
        body = b""
    kind = next((kind for magic, kind in _PICTURES.items() if body.startswith(magic)), "")
    if not kind:
        return await guard.page("bandeja_sin_foto.html", request, 502, case=case)
    return web.Response(body=body, content_type=kind, headers={"Cache-Control": "no-store"})


async def page(
    request: web.Request,
    case: Case,
    draft: Reply,
    *,
    status: int = 200,
    form: Form | None = None,
    errors: Mapping[str, str] | None = None,
    canned: str = "",
) -> web.Response:
    """The page of a case, with what stands in its forms."""
    parts, me = request.app[PARTS], guard.person(request)
    tx, now = parts.store.read, parts.clock.now()
    knowledge, told = parts.knowledge(tx), said.reporters(tx, case.id)
    entries = cases.entries(tx, [report.id for report in cases.joined_with(tx, case.id)])
    alike = cases.alike(tx, case, now - ALIKE_SINCE) if not case.joined_to and case.state != "closed" else []
    return await guard.page(
        "bandeja_caso.html",
        request,
        status,
        case=case,
        head=cases.one(tx, case.joined_to) if case.joined_to else None,
        events=_events(tx, case, entries),
        seen=entries[-1].id if entries else 0,
        mesa_names={mesa.key: mesa.name.es for mesa in cases.mesas(tx)},
        about=cases.about_name(tx, case.about),
        place=", ".join(knowledge.place_name(key) for key in (case.comunidad, case.district) if key),
        time_left=time_left(case, now),
        is_overdue=case.state == "open" and case.due_at <= now,
        told=told,
        number=lambda each: number_words(each.address, is_whole=me.role == "admin"),
        colleagues=[(str(each.id), each.name) for each in colleagues(tx, case)],
        assigned=lists.staff_names(tx).get(case.assigned_to or 0, ""),
        alike=lists.lines(tx, alike, now),
        canned=[(each.key, cut(each.es, 70), each) for each in cases.canned_answers(tx, case.mesa)],
        canned_key=canned,
        form=form or Form({}),
        errors=errors or {},
        back=filters.PATH,
        words={"kind": KINDS, "state": STATES, "language": LANGUAGES, "medium": MEDIA, "served": SERVED},
        ago=lambda moment: span(now - moment),
        **preview_values(request, case, draft, told),
    )


def preview_values(request: web.Request, case: Case, draft: Reply, told: list[Reporter]) -> dict[str, Any]:
    """What the preview shows, on the page and as the piece that the script fetches."""
    shown = reply.preview(request, case, draft, told)
    return {
        "draft": draft,
        "preview": shown,
        "languages": LANGUAGES,
        "forced": reply.forced,
        "too_long": reply.too_long,
        "silent": [each for each in told if each.silence],
    }


def colleagues(tx: Tx, case: Case) -> list[staff.Staff]:
    """Who may see a case, and so may have it to answer."""
    return [person for person in staff.everybody(tx) if not person.disabled_at and scope.may_see(person, case)]


def _events(tx: Tx, case: Case, entries: list[CaseEntry]) -> list[Event]:
    """Everything said and done about a case and the reports joined to it, with the names that belong to it."""
    reports = {report.id: report for report in cases.joined_with(tx, case.id)}
    names, mesas = lists.staff_names(tx), {mesa.key: mesa.name.es for mesa in cases.mesas(tx)}
    return [
        Event(
            entry,
            reports[entry.case_id],
            reports[entry.case_id].code if len(reports) > 1 else "",
            names.get(entry.staff_id, _("alguien")) if entry.staff_id else "",
            mesas.get(entry.body, entry.body) if entry.kind == "moved" else "",
        )
        for entry in entries
        if not (entry.kind == "joined" and entry.case_id != case.id)  # said once, where it was done
    ]
