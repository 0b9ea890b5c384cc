"""Days on which nothing leaves but answers: the list, a new one, and taking one back."""

from __future__ import annotations

from datetime import date

from aiohttp import web

from bot.desk import guard
from bot.desk.citas import days
from bot.desk.citas.typed import Typed
from bot.desk.guard import Form
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.records import quiet_days
from bot.records.quiet_days import QuietDay
from bot.records.store import Tx
from bot.service.imports import cells

ADDRESS = "/citas/silencio"


async def show(request: web.Request) -> web.Response:
    """The days that are to come."""
    return await _show(request)


async def add(request: web.Request) -> web.Response:
    """A day without messages, and why."""
    form = await guard.form(request)
    typed = Typed(form)
    day = typed.take("dia", cells.day, _("Escriba la fecha así: 12/03/2027."))
    if day and day < request.app[PARTS].clock.today().date():
        typed.wrong("dia", _("Esa fecha ya pasó."))
    reason = typed.text("motivo", _("Diga por qué: por ejemplo, Jueves Santo."))
    if typed.errors or day is None:
        return await _show(request, 400, form, typed.errors)
    row = QuietDay(day, reason, guard.person(request).name)

    def work(tx: Tx) -> None:
        quiet_days.put(tx, row)
        guard.note(tx, request, "quiet_day_added", row.day.isoformat())

    await request.app[PARTS].commits.run(work)
    return await guard.done(request, ADDRESS, _("Ese día no sale ningún aviso."))


async def remove(request: web.Request) -> web.Response:
    """Messages leave on that day as on any other."""
    try:
        day = date.fromisoformat(request.match_info["day"])
    except ValueError:
        raise guard.NotFound from None

    def work(tx: Tx) -> None:
        quiet_days.remove(tx, day)
        guard.note(tx, request, "quiet_day_removed", day.isoformat())

    await request.app[PARTS].commits.run(work)
    return await guard.done(request, ADDRESS, _("Ese día salen avisos como cualquier otro."))


async def _show(
    request: web.Request, status: int = 200, form: Form | None = None, errors: dict[str, str] | None = None
) -> web.Response:
    parts = request.app[PARTS]
    return await guard.page(
        "citas_silencio.html",
        request,
        status,
        **days.words(request),
        quiet=quiet_days.coming(parts.store.read, parts.clock.today().date()),
        form=form or Form({}),
        errors=errors or {},
    )
