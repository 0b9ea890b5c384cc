"""Sending a notice off, and leading it: approve, return, pause, go on, cancel, and one to one's own telephone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from aiohttp import web

from bot.desk import guard
from bot.desk.avisos import previewing, scope
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.records import notices
from bot.records.notices import Notice
from bot.records.store import Tx
from bot.service.knowledge import Knowledge
from bot.service.notices import steering
from bot.service.notices.steering import Launched
from bot.service.ways import Ways

LAUNCHED: dict[Launched, str] = {
    "scheduled": _("El aviso va en camino: aquí se ve cómo avanza."),
    "awaiting": _("Cuesta más que el tope: espera que otra persona lo apruebe."),
    "problems": _("No se envió: antes hay que corregir lo que se dice aquí."),
    "elsewhere": _("No se hizo nada: el aviso ya estaba enviado o cambiado."),
}
ACTIONS: dict[Launched, str] = {"scheduled": "notice_sent", "awaiting": "notice_submitted"}

Act = Callable[[Tx, Notice, datetime], bool]


async def launch(request: web.Request) -> web.Response:
    """Off with a draft as it was looked at; a second click finds it gone and sends nothing."""
    notice, knowledge = scope.chosen(request), _allowed(request, "send")
    plan = await previewing.planned(request, notice)
    figures = {"people": plan.people, "segments": plan.segments, "soles": plan.soles, "why": notice.urgent_because}

    def work(tx: Tx, now: datetime) -> Launched:
        if plan.problems:
            return "problems"
        return steering.launch(tx, knowledge, notice, now, wants_approval=plan.wants_approval)

    return await _decide(request, notice, "draft", work, figures)


async def approve(request: web.Request) -> web.Response:
    """A second person agrees with what she has looked at."""
    notice, knowledge = scope.chosen(request), _allowed(request, "approve")
    staff_id = guard.person(request).id

    def work(tx: Tx, now: datetime) -> Launched:
        return steering.approve(tx, knowledge, notice, staff_id, now)

    return await _decide(request, notice, "awaiting", work, {})


async def take_back(request: web.Request) -> web.Response:
    """A draft again: a second person did not agree, or its author thinks anew."""
    said = _("El aviso es otra vez un borrador: no se envía.")
    return await _lead(request, "return", "notice_returned", steering.reject, said, "/vista")


async def pause(request: web.Request) -> web.Response:
    """Nothing more leaves until somebody has it go on."""
    said = _("En pausa: lo que no ha salido espera.")
    return await _lead(request, "pause", "notice_paused", lambda tx, notice, now: steering.pause(tx, notice, now), said)


async def resume(request: web.Request) -> web.Response:
    """On where it was paused."""
    said = _("Sigue: nadie que ya lo tiene lo recibe otra vez.")
    return await _lead(request, "resume", "notice_resumed", steering.resume, said)


async def cancel(request: web.Request) -> web.Response:
    """The end of it for whoever still waits."""
    said = _("Cancelado: a quien faltaba ya no le llega.")
    return await _lead(request, "cancel", "notice_cancelled", steering.cancel, said)


async def try_out(request: web.Request) -> web.Response:
    """The message in both languages to her own telephone."""
    parts, me, notice = request.app[PARTS], guard.person(request), scope.chosen(request)
    back = f"/avisos/{notice.id}/vista"
    if not me.phone:
        return await guard.done(request, back, _("Su cuenta no tiene celular: pídalo a quien administra las cuentas."))
    address = f"tel:{me.phone}"

    def work(tx: Tx) -> list[str]:
        now = parts.clock.now()
        gone = steering.send_trial(tx, parts.knowledge(tx), parts.clock, notice, address, now, Ways.of(parts.settings))
        if gone:
            guard.note(tx, request, "notice_tried", notice.name, notice=notice.id)
        return gone

    is_gone = await parts.commits.run(work)
    never = _("Su celular todavía no ha escrito a Chaski: mándele HOLA y pruebe otra vez.")
    return await guard.done(request, back, _("En unos segundos llega a su celular.") if is_gone else never)


# ── each step once ────────────────────────────────────────────────────────────────────────────────────────────────────


async def _decide(
    request: web.Request,
    notice: Notice,
    state: notices.State,
    work: Callable[[Tx, datetime], Launched],
    figures: Mapping[str, object],
) -> web.Response:
    """What is decided of a notice in that state, if it is still the one that her page showed."""
    parts, form, here = request.app[PARTS], await guard.form(request), f"/avisos/{notice.id}"
    if notice.state == state and form["visto"] != previewing.mark(notice):
        return await guard.done(request, f"{here}/vista", _("Cambió desde que usted lo miró: mírelo otra vez."))

    def once(tx: Tx) -> Launched:
        is_same = notice.state == state and notices.one(tx, notice.id) == notice
        result = work(tx, parts.clock.now()) if is_same else "elsewhere"
        if result in ("scheduled", "awaiting"):
            action = "notice_approved" if state == "awaiting" else ACTIONS[result]
            guard.note(tx, request, action, notice.name, notice=notice.id, **figures)
        return result

    result = await parts.commits.run(once)
    where = "/vista" if result in ("awaiting", "problems") else ""
    return await guard.done(request, f"{here}{where}", LAUNCHED[result])


async def _lead(request: web.Request, verb: str, action: str, act: Act, said: str, where: str = "") -> web.Response:
    parts, notice = request.app[PARTS], scope.chosen(request)
    _allowed(request, verb)

    def work(tx: Tx) -> bool:
        fresh = notices.one(tx, notice.id)
        is_done = fresh is not None and act(tx, fresh, parts.clock.now())
        if is_done:
            guard.note(tx, request, action, notice.name, notice=notice.id)
        return is_done

    is_done = await parts.commits.run(work)
    here = f"/avisos/{notice.id}{where if is_done else ''}"
    return await guard.done(request, here, said if is_done else LAUNCHED["elsewhere"])


def _allowed(request: web.Request, verb: str) -> Knowledge:
    """What a turn may know. Raises NotFound, and NotAllowed where this is not hers to do."""
    parts = request.app[PARTS]
    knowledge = parts.knowledge(parts.store.read)
    if not scope.may(guard.person(request), scope.chosen(request), knowledge, verb):
        raise guard.NotAllowed
    return knowledge
