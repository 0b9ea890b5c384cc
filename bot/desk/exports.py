"""Downloads: the tables that leave the desk as files, each written down with what was asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from aiohttp import web

from bot.desk import guard
from bot.desk.citas.scope import for_everybody
from bot.desk.panorama import reach
from bot.desk.parts import PARTS
from bot.records.store import Tx
from bot.service import exports
from bot.service.exports import MEDIA_TYPES, Form, Table, Wish

Read = Callable[[Tx], Table]


async def feedback(request: web.Request) -> web.Response:
    """Reports with their words, of the Mesas and districts that she may read."""
    me, mesa = guard.person(request), request.query.get("mesa", "")
    within = reach(me)
    if mesa and within.mesas is not None and mesa not in within.mesas:
        raise guard.NotFound
    mesas = (mesa,) if mesa else tuple(within.mesas) if within.mesas is not None else None
    first, last, only = (_day(request, name) for name in ("desde", "hasta", "dia"))
    wish = Wish(mesas, me.districts or None, first, last, only, with_numbers=me.role == "admin")
    return await _send(request, "feedback", "reportes", wish)


async def appointments(request: web.Request) -> web.Response:
    """Appointments without names, for whoever may see everybody's."""
    me = for_everybody(request)
    wish = Wish(None, me.districts or None, _day(request, "desde"), _day(request, "hasta"))
    return await _send(request, "appointments", "citas", wish)


async def works(request: web.Request) -> web.Response:
    """What the agenda says of works."""
    return await _send(request, "works", "obras", Wish())


async def months(request: web.Request) -> web.Response:
    """What was published, as it was published."""
    parts = request.app[PARTS]
    knowledge = parts.knowledge(parts.store.read)
    return await _answer(request, "publicado", lambda tx: exports.months(tx, knowledge), {})


async def _send(request: web.Request, kind: str, name: str, wish: Wish) -> web.Response:
    parts = request.app[PARTS]
    knowledge = parts.knowledge(parts.store.read)
    return await _answer(request, name, lambda tx: exports.made(tx, knowledge, kind, wish), exports.filters(wish))


async def _answer(request: web.Request, name: str, read: Read, filters: dict[str, str]) -> web.Response:
    parts = request.app[PARTS]
    form: Form = "xlsx" if request.query.get("formato") == "xlsx" else "csv"

    def file(tx: Tx) -> tuple[bytes, int]:
        table = read(tx)
        return exports.written(table, form), len(table.rows)

    body, rows = await parts.apart(file)
    await guard.saw(request, name, rows, action="exported", form=form, **filters)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}-{parts.clock.today():%Y-%m-%d}.{form}"',
        "Cache-Control": "no-store",
    }
    return web.Response(body=body, content_type=MEDIA_TYPES[form], headers=headers)


def _day(request: web.Request, name: str) -> date | None:
    """A day of the query; none for what is no day."""
    try:
        return date.fromisoformat(request.query.get(name, ""))
    except ValueError:
        return None
