"""Bringing a spreadsheet to the desk: what it would do is shown first, and exactly that file is applied."""

from __future__ import annotations

import asyncio
from hashlib import sha256

from aiohttp import web

from bot.desk import guard
from bot.desk.agenda.spanish import in_spanish
from bot.desk.guard import File
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.errors import Refusal
from bot.records import uploads
from bot.records.agenda import Occupied
from bot.records.store import Tx
from bot.records.uploads import Upload
from bot.service import imports
from bot.service.accounts import hash_token
from bot.service.exports.spreadsheets import MEDIA_TYPES, Table, form_of, written
from bot.service.imports import KINDS, Report, Sheet

MOST_BYTES = 2_000_000
ERRORS_SHOWN = 100
_LONGEST_NAME = 80

NAMES = {
    "works": _("Obras"),
    "fairs": _("Ferias"),
    "campaigns": _("Campañas"),
    "comunidades": _("Comunidades"),
    "promoters": _("Promotoras"),
}


async def show(request: web.Request) -> web.Response:
    """The form for a file, and empty files with the right columns."""
    return await _show(request)


async def template(request: web.Request) -> web.Response:
    """An empty file of a kind: only its columns."""
    name = request.match_info["file"]
    kind = name.partition(".")[0]
    if kind not in KINDS:
        raise guard.NotFound
    try:
        form = form_of(name)
    except Refusal:
        raise guard.NotFound from None
    body = written(Table(kind, KINDS[kind].columns, ()), form)
    headers = {"Content-Disposition": f'attachment; filename="{kind}.{form}"', "Cache-Control": "no-store"}
    return web.Response(body=body, content_type=MEDIA_TYPES[form], headers=headers)


async def check(request: web.Request) -> web.Response:
    """What the file would do; it is kept for her session, to be applied or not."""
    parts, form = request.app[PARTS], await guard.form(request)
    kind, file = form["tipo"], form.file("archivo")
    errors = {"tipo": _("Elija qué trae.")} if kind not in KINDS else {}
    if file is None:
        errors["archivo"] = _("Elija un archivo .csv o .xlsx.")
    if errors or file is None:
        return await _show(request, kind, errors)
    upload = Upload(sha256(file.body).hexdigest(), kind, _shown_name(file), file.body)
    try:
        sheet = await asyncio.to_thread(imports.load, kind, upload.name, upload.body)
    except Refusal as refusal:
        return await _show(request, kind, {"archivo": in_spanish(str(refusal))})
    content = parts.knowledge(parts.store.read).content
    report = await parts.apart(lambda tx: imports.check(tx, content, sheet))
    if not report.errors:
        session = hash_token(guard.token(request))
        await parts.commits.run(lambda tx: uploads.put(tx, session, upload))
    return await _report(request, upload, report)


async def apply(request: web.Request) -> web.Response:
    """Write the file whose report she has seen."""
    parts, form = request.app[PARTS], await guard.form(request)
    session = hash_token(guard.token(request))
    upload = uploads.find(parts.store.read, session, form["huella"])
    if upload is None:
        return await _show(request, "", {"archivo": _("Ese archivo ya no está: tráigalo otra vez.")})
    sheet = await asyncio.to_thread(imports.load, upload.kind, upload.name, upload.body)
    report = await _write(request, sheet, session)
    if report.errors:
        return await _report(request, upload, report)
    return await guard.done(request, "/agenda/importar", _done(report))


async def _write(request: web.Request, sheet: Sheet, session: str) -> Report:
    parts = request.app[PARTS]
    content, who = parts.knowledge(parts.store.read).content, guard.actor(request)

    def work(tx: Tx) -> Report:
        report = imports.write(tx, content, sheet, parts.clock, who)
        if report.applied:
            uploads.remove(tx, session)
            counts = {"new": report.new, "changed": report.changed, "unchanged": report.unchanged}
            guard.note(tx, request, "agenda_imported", sheet.kind, **counts, samples=report.samples_removed)
        return report

    try:
        return await parts.commits.run(work)
    except Occupied as late:
        return imports.occupied(sheet, late)


def _done(report: Report) -> str:
    counts = _("{kind}: {new} nuevas, {changed} cambiadas, {unchanged} iguales.")
    said = counts.format(kind=NAMES[report.kind], new=report.new, changed=report.changed, unchanged=report.unchanged)
    told = _("Se avisa a {told} personas con cita; a {unreachable} hay que llamarlas.")
    is_told = report.told or report.unreachable
    return f"{said} {told.format(told=report.told, unreachable=report.unreachable)}" if is_told else said


def _shown_name(file: File) -> str:
    """What the file is called, for the page: letters only, never a path."""
    name = file.name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in name if sign.isprintable())[:_LONGEST_NAME] or _("archivo")


async def _show(request: web.Request, kind: str = "", errors: dict[str, str] | None = None) -> web.Response:
    columns = [(key, NAMES[key], each.columns) for key, each in KINDS.items()]
    return await guard.page(
        "agenda_importar.html",
        request,
        400 if errors else 200,
        kind=kind,
        kinds=columns,
        errors=errors or {},
        most_megabytes=MOST_BYTES // 1_000_000,
    )


async def _report(request: web.Request, upload: Upload, report: Report) -> web.Response:
    wrong = [(error.row, error.column, in_spanish(error.sentence)) for error in report.errors]
    return await guard.page(
        "agenda_informe.html",
        request,
        400 if wrong else 200,
        upload=upload,
        kind=NAMES[report.kind],
        report=report,
        wrong=wrong[:ERRORS_SHOWN],
        hidden=max(0, len(wrong) - ERRORS_SHOWN),
    )
