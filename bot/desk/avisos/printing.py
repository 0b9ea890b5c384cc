"""The flyer of a notice and its text for the radio, as pages to print and as files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aiohttp import web

from bot.desk import guard
from bot.desk.avisos import flyer, handouts, progress
from bot.desk.avisos.files import BETWEEN_LANGUAGES, drawn
from bot.desk.avisos.flyer import Flyer
from bot.desk.avisos.words import IN_LANGUAGE
from bot.desk.bandeja.case import TELEGRAM
from bot.desk.parts import PARTS
from bot.records.notices import Notice


async def show_flyer(request: web.Request) -> web.Response:
    """The flyer as a page, two to a sheet of paper."""
    notice, number = progress.chosen(request), _number(request)
    if not number:
        return await _nobody_to_write_to(request, notice)
    await guard.saw(request, "volante", 1, "exported", notice=notice.id)
    text = flyer.page(await _flyer(request, notice, number))
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})


async def show_paper(request: web.Request) -> web.Response:
    """The flyer as PDF; where that cannot be made, a page that says how to print it all the same."""
    notice, number = progress.chosen(request), _number(request)
    if not number:
        return await _nobody_to_write_to(request, notice)
    made = await _flyer(request, notice, number)
    try:
        body = await asyncio.to_thread(drawn, made)
    except ImportError:
        return await guard.page("avisos_sin_pdf.html", request, 501, aviso=notice)
    await guard.saw(request, "volante", 1, "exported", notice=notice.id)
    return web.Response(body=body, content_type="application/pdf", headers=_file(f"volante-{notice.id}.pdf"))


async def show_radio(request: web.Request) -> web.Response:
    """What is read aloud, in both languages, to print or to copy."""
    notice, number = progress.chosen(request), _number(request)
    if not number:
        return await _nobody_to_write_to(request, notice)
    await guard.saw(request, "radio", 1, "exported", notice=notice.id)
    said = _aloud(request, notice, number)
    return await guard.page("avisos_radio.html", request, aviso=notice, said=said, in_language=IN_LANGUAGE)


async def show_radio_file(request: web.Request) -> web.Response:
    """The same as a file of plain text."""
    notice, number = progress.chosen(request), _number(request)
    if not number:
        return await _nobody_to_write_to(request, notice)
    await guard.saw(request, "radio", 1, "exported", notice=notice.id)
    text = BETWEEN_LANGUAGES.join(_aloud(request, notice, number).values())
    return web.Response(text=f"{text}\n", content_type="text/plain", headers=_file(f"radio-{notice.id}.txt"))


async def _flyer(request: web.Request, notice: Notice, number: str) -> Flyer:
    parts = request.app[PARTS]
    tx, now = parts.store.read, parts.clock.now()
    link = await request.app[TELEGRAM].link() if TELEGRAM in request.app else ""
    return handouts.flyer(tx, parts.knowledge(tx), notice, now, number, link)


def _aloud(request: web.Request, notice: Notice, number: str) -> Mapping[str, str]:
    parts = request.app[PARTS]
    return handouts.radio(parts.knowledge(parts.store.read), notice, number)


def _number(request: web.Request) -> str:
    return handouts.number(request.app[PARTS].settings)


async def _nobody_to_write_to(request: web.Request, notice: Notice) -> web.Response:
    return await guard.page("avisos_sin_numero.html", request, 501, aviso=notice)


def _file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
