"""The first page of the desk: what there is to do, and what is coming."""

from __future__ import annotations

from aiohttp import web

from bot.desk import guard
from bot.desk.parts import PARTS
from bot.records import agenda

CAMPAIGNS_SHOWN = 6


async def show(request: web.Request) -> web.Response:
    """Today's and the next campaigns."""
    parts = request.app[PARTS]
    tx, now = parts.store.read, parts.clock.today()
    knowledge = parts.knowledge(tx)
    coming = agenda.coming_campaigns(tx, now, with_samples=knowledge.with_samples)
    return await guard.page(
        "inicio.html",
        request,
        today=now.date(),
        campaigns=coming[:CAMPAIGNS_SHOWN],
        more=len(coming) - CAMPAIGNS_SHOWN,
        place_name=knowledge.place_name,
        specialties=knowledge.content.specialties,
    )
