"""What is done about a case: answer, note, assign, move, join, close, reopen; each in one transaction, written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from aiohttp import web

from bot.channels.base import clean
from bot.clock import LIMA
from bot.desk import guard
from bot.desk.bandeja import case as pages
from bot.desk.bandeja import filters, reply, scope
from bot.desk.bandeja.reply import Reply
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.errors import ChaskiError
from bot.records import cases
from bot.records.cases import Case
from bot.records.store import Tx
from bot.service.feedback import said
from bot.service.feedback.answering import Answering
from bot.service.feedback.said import Reporter
from bot.service.quiet import Quiet

T = TypeVar("T")

LONGEST_REASON, LONGEST_NOTE = 160, 1_000


class Refused(ChaskiError):
    """It cannot be done as it was asked: a sentence for the field."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field, self.sentence = field, sentence


async def answer(request: web.Request) -> web.Response:
    """Answer everybody who reported it; with `ultima` it is closed and each is asked whether it helped."""
    case, draft = await scope.case(request), reply.typed(await guard.form(request))
    told = said.reporters(request.app[PARTS].store.read, case.id)
    errors = reply.problems(reply.preview(request, case, draft, told).said)
    if errors:
        return await pages.page(request, case, draft, status=400, form=await guard.form(request), errors=errors)

    def work(tx: Tx, doing: Answering, fresh: Case) -> list[Reporter]:
        _refuse_closed(fresh)
        reached = said.reporters(tx, fresh.id)
        if _is_new_to_her(tx, fresh, draft):
            doing.answer(fresh, draft.es, draft.quz, is_last=draft.is_last)
            last = _("sí") if draft.is_last else ""
            guard.note(tx, request, "case_answered", fresh.code, people=len(reached), last=last)
        return reached

    return await _do(request, case, work, lambda reached: _sent(request, reached), draft)


async def note(request: web.Request) -> web.Response:
    """A note for colleagues."""
    case, text = await scope.case(request), (await guard.form(request))["nota"]

    def work(tx: Tx, doing: Answering, fresh: Case) -> None:
        doing.note(fresh, _said(text, "nota", _("Escriba la nota."), LONGEST_NOTE))
        guard.note(tx, request, "case_noted", fresh.code)

    return await _do(request, case, work, lambda _done: _("La nota está guardada."))


async def assign(request: web.Request) -> web.Response:
    """Whose it is to answer, of those who may see it; nobody's when nobody is chosen."""
    case, chosen = await scope.case(request), (await guard.form(request))["persona"]

    def work(tx: Tx, doing: Answering, fresh: Case) -> str:
        person = next((each for each in pages.colleagues(tx, fresh) if str(each.id) == chosen), None)
        if chosen and person is None:
            raise Refused("persona", _("Esa cuenta no puede ver este mensaje."))
        name = person.name if person else ""
        doing.assign(fresh, person.id if person else None, name)
        guard.note(tx, request, "case_assigned", fresh.code, to=name)
        return name

    def told(name: str) -> str:
        return _("Ahora lo tiene {name}.").format(name=name) if name else _("Ahora no lo tiene nadie.")

    return await _do(request, case, work, told)


async def move(request: web.Request) -> web.Response:
    """Another Mesa answers, in its own time; afterwards it may be none of hers any more."""
    case, form = await scope.case(request), await guard.form(request)

    def work(tx: Tx, doing: Answering, fresh: Case) -> Case:
        _refuse_closed(fresh)
        mesa = cases.mesa(tx, form["mesa"])
        if mesa is None or mesa.key == fresh.mesa:
            raise Refused("mesa", _("Elija otra mesa."))
        why = _said(form["motivo"], "motivo", _("Escriba por qué pasa a otra mesa."), LONGEST_REASON)
        doing.move(fresh, mesa.key, why)
        guard.note(tx, request, "case_moved", fresh.code, mesa=mesa.key)
        return cases.one(tx, fresh.id) or fresh

    def told(moved: Case) -> str:
        names = {mesa.key: mesa.name.es for mesa in cases.mesas(request.app[PARTS].store.read)}
        return _("El mensaje {code} pasó a la mesa {mesa}.").format(code=moved.code, mesa=names[moved.mesa])

    return await _do(request, case, work, told)


async def join(request: web.Request) -> web.Response:
    """Those that were ticked are reports of the same problem, and will be answered with this one."""
    case, form = await scope.case(request), await guard.form(request)

    def work(tx: Tx, doing: Answering, fresh: Case) -> int:
        _refuse_closed(fresh)
        ticked = [cases.one(tx, each) for each in map(guard.row_id, form.getlist("caso")) if each]
        others = [other for other in ticked if other and _may_be_joined(request, fresh, other)]
        if not others:
            raise Refused("caso", _("Marque por lo menos un mensaje que trate de lo mismo."))
        doing.join(fresh, others)
        guard.note(tx, request, "case_joined", fresh.code, reports=", ".join(other.code for other in others))
        return len(others)

    def told(count: int) -> str:
        if count == 1:
            return _("Un mensaje está unido a este: la respuesta irá también a quien lo envió.")
        return _("{count} mensajes están unidos a este: la respuesta irá a todos.").format(count=count)

    return await _do(request, case, work, told)


async def close(request: web.Request) -> web.Response:
    """Close it without an answer: nobody is written to."""
    case, why = await scope.case(request), (await guard.form(request))["razon"]

    def work(tx: Tx, doing: Answering, fresh: Case) -> None:
        _refuse_closed(fresh)
        doing.close(fresh, _said(why, "razon", _("Escriba por qué se cierra."), LONGEST_REASON))
        guard.note(tx, request, "case_closed", fresh.code)

    return await _do(request, case, work, lambda _done: _("El mensaje está cerrado. A nadie se le escribe."))


async def reopen(request: web.Request) -> web.Response:
    """Open a closed one again, with the Mesa's whole time."""
    case = await scope.case(request)

    def work(tx: Tx, doing: Answering, fresh: Case) -> None:
        if fresh.state == "closed":
            doing.reopen(fresh)
            guard.note(tx, request, "case_reopened", fresh.code)

    return await _do(request, case, work, lambda _done: _("El mensaje está abierto otra vez."))


async def _do(
    request: web.Request,
    case: Case,
    work: Callable[[Tx, Answering, Case], T],
    said_of: Callable[[T], str],
    draft: Reply | None = None,
) -> web.Response:
    """Do it to the case as it is now; then its page, or the list where it is none of hers any more."""
    parts, me = request.app[PARTS], guard.person(request)

    def act(tx: Tx) -> T:
        fresh = cases.one(tx, case.id)
        if fresh is None or fresh.joined_to:
            raise Refused("contenido", _("Este mensaje está unido a otro: lo que se haga va allí."))
        return work(tx, Answering(tx, parts.clock, parts.clock.now(), me.id), fresh)

    try:
        notice = said_of(await parts.commits.run(act))
    except Refused as refused:
        now = cases.one(parts.store.read, case.id) or case
        form, errors = await guard.form(request), {refused.field: refused.sentence}
        return await pages.page(request, now, draft or Reply(), status=400, form=form, errors=errors)
    now = cases.one(parts.store.read, case.id) or case
    is_hers = scope.may_see(me, now)
    return await guard.done(request, f"{filters.PATH}/{case.id}" if is_hers else filters.PATH, notice)


def _refuse_closed(case: Case) -> None:
    if case.state == "closed":
        raise Refused("contenido", _("Este mensaje está cerrado: ábralo otra vez primero."))


def _may_be_joined(request: web.Request, into: Case, other: Case) -> bool:
    """Another open report of the same Mesa and district that nobody answers with another case already."""
    is_alike = (other.mesa, other.district) == (into.mesa, into.district)
    is_free = other.id != into.id and other.joined_to is None and other.state != "closed"
    return is_alike and is_free and scope.may_see(guard.person(request), other)


def _is_new_to_her(tx: Tx, case: Case, draft: Reply) -> bool:
    """False for the same answer once more, from a second press; refused when something came in since she looked."""
    entries = cases.entries(tx, [report.id for report in cases.joined_with(tx, case.id)])
    newer = [entry for entry in entries if entry.id > draft.seen]
    if any(entry.kind == "answer" and (entry.body, entry.other_body) == (draft.es, draft.quz) for entry in newer):
        return False
    if newer:
        raise Refused(
            "contenido", _("Entre tanto hubo algo nuevo en este mensaje: mírelo y, si está bien, envíe otra vez.")
        )
    return True


def _said(text: str, field: str, missing: str, longest: int) -> str:
    """What was typed into a field that may not be empty."""
    said_here = clean(text).strip()
    if not said_here:
        raise Refused(field, missing)
    if len(text) > longest:
        raise Refused(field, _("Hasta {count} letras.").format(count=longest))
    return said_here


def _sent(request: web.Request, told: list[Reporter]) -> str:
    """How many are written to and when, and to how many nothing goes."""
    reached = sum(not each.silence for each in told)
    if not reached:
        return _("La respuesta está guardada, pero a nadie le llega un mensaje.")
    parts = request.app[PARTS]
    now = parts.clock.now()
    opens = Quiet.load(parts.store.read, now).opens(now)
    when = _when(opens) if opens > now else ""
    said_first = _("La respuesta va a una persona") if reached == 1 else _("La respuesta va a {count} personas")
    missed = len(told) - reached
    rest = _(" A {count} no le llega: pidió BAJA o su número no recibe.").format(count=missed) if missed else ""
    return f"{said_first.format(count=reached)}{when}.{rest}"


def _when(opens: datetime) -> str:
    local = opens.astimezone(LIMA)
    return _(", desde el {day} a las {hour}").format(day=f"{local:%d/%m}", hour=f"{local:%H:%M}")
