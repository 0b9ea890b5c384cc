"""What was done and seen at the desk, for whoever answers for it."""

from __future__ import annotations

from aiohttp import web

from bot.desk import guard
from bot.desk.parts import PARTS
from bot.records import audit


async def show(request: web.Request) -> web.Response:
    """One page of the audit, the newest first, by name and action."""
    tx, query = request.app[PARTS].store.read, request.query
    name, action, before_id = query.get("quien", ""), query.get("que", ""), guard.row_id(query.get("antes", ""))
    found = audit.newest(tx, name, action, before_id, audit.PAGE_ROWS + 1)  # one more says that there is a next page
    entries = found[: audit.PAGE_ROWS]
    await guard.saw(request, "registro", len(entries), quien=name, que=action)
    return await guard.page(
        "registro.html",
        request,
        entries=entries,
        name=name,
        action=action,
        names=[(each, each) for each in audit.names(tx)],
        actions=audit.actions(tx),
        is_later=before_id is not None,
        older=entries[-1].id if len(found) > len(entries) else None,
    )
