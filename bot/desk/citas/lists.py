"""The list of one specialist's day: reading and printing it, who came, the counter, and one person's page."""

from __future__ import annotations

import asyncio
from datetime import date

from aiohttp import web

from bot.desk import guard
from bot.desk.citas import days, scope, typed
from bot.desk.citas.sheet import Sheet, sheet
from bot.desk.guard import Form
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.records import appointments
from bot.records.agenda import Campaign
from bot.records.appointments import Appointment
from bot.records.store import Tx
from bot.service.appointments import counter
from bot.service.appointments.booking import Taken
from bot.service.appointments.counter import Caller
from bot.service.appointments.sheets import IN_THE_LIST, TO_COME, Line, lines


async def show(request: web.Request) -> web.Response:
    """Everybody of a clinic whom she may see."""
    return await _show(request)


async def attend(request: web.Request) -> web.Response:
    """Who came and who did not, as ticked; what somebody else marked meanwhile stays unless it was ticked here."""
    day, specialty = scope.clinic(request)
    form = await guard.form(request)
    if day.date > _today(request):
        return await _show(
            request, 400, problem=_("Ese día todavía no llega: la asistencia se marca ese día o después.")
        )
    came, absent = (set(form.getlist(state)) for state in ("came", "absent"))
    if came & absent:
        return await _show(request, 400, problem=_("Alguien está marcado en Vino y en Faltó: deje solo una."))
    before = dict(pair.split(".", 1) for pair in form["lista"].split() if "." in pair)
    wanted = {key: "came" if key in came else "absent" if key in absent else "booked" for key in before}
    if form["los_demas"]:
        wanted = {key: "absent" if state == "booked" else state for key, state in wanted.items()}
    changed = {key: state for key, state in wanted.items() if state != before[key]}
    marked = await request.app[PARTS].commits.run(lambda tx: _mark(tx, request, day, specialty, changed))
    return await guard.done(request, _address(day, specialty), _saved(marked))


async def register(request: web.Request) -> web.Response:
    """Somebody who stands at the counter or calls: a place, or the next one on the waiting list."""
    scope.for_everybody(request)
    day, specialty = scope.clinic(request)
    parts, form = request.app[PARTS], await guard.form(request)
    caller, errors = typed.caller(form, parts.knowledge(parts.store.read))
    clinic = day.clinic(specialty)
    if clinic and "edad" not in errors and not clinic.attends(caller.age_months):
        errors["edad"] = _("Este especialista no atiende a esa edad.")
    if not _is_open(request, day):
        return await _show(request, 400, problem=_("Ese día ya no recibe citas."))
    if errors:
        return await _show(request, 400, form=form, errors=errors)

    def work(tx: Tx) -> tuple[Taken, bool]:
        now = parts.clock.now()
        result = counter.register(tx, parts.clock, now, day.key, specialty, caller, days.by(request))
        held = result[0].appointment
        if held and result[0].result != "already":
            guard.note(tx, request, "appointment_registered", day.key, specialty=specialty, code=held.code)
        return result

    taken, may_be_told = await parts.commits.run(work)
    return await guard.done(request, _address(day, specialty), _registered(taken, caller, may_be_told))


async def show_person(request: web.Request) -> web.Response:
    """One appointment with the whole number to call; that it was looked at is written down."""
    day, specialty, line = _chosen(request)
    await guard.saw(request, "cita", 1, campaign=day.key, specialty=specialty, code=line.held.code)
    return await guard.page(
        "citas_persona.html", request, 200, day=day, specialty=specialty, line=line, **days.words(request)
    )


async def cancel(request: web.Request) -> web.Response:
    """Give one place up, which goes to the next in line; she is told when that was ticked."""
    day, specialty, line = _chosen(request)
    parts, is_told = request.app[PARTS], bool((await guard.form(request))["avisar"])

    def work(tx: Tx) -> bool:
        now = parts.clock.now()
        is_done = counter.cancel(tx, parts.clock, now, line.held, days.by(request), is_told=is_told)
        if is_done:
            guard.note(tx, request, "appointment_cancelled", day.key, specialty=specialty, code=line.held.code)
        return is_done

    is_done = await parts.commits.run(work)
    said = _("La cita está cancelada; su lugar pasa a quien sigue.") if is_done else _("Esa cita ya no estaba abierta.")
    return await guard.done(request, _address(day, specialty), said)


async def print_out(request: web.Request) -> web.Response:
    """The sheet of a clinic as PDF: those who come, with a box each and nothing that the specialist does not need."""
    day, specialty = scope.clinic(request)
    parts = request.app[PARTS]
    to_come = [line for line in _lines(request, day, specialty) if line.held.state in TO_COME]
    try:
        body = await asyncio.to_thread(_drawn, sheet(parts.knowledge(parts.store.read), day, specialty, to_come))
    except ImportError:
        return await guard.page("citas_sin_pdf.html", request, 501, day=day, specialty=specialty, **days.words(request))
    await guard.saw(request, "citas", len(to_come), "exported", campaign=day.key, specialty=specialty)
    name = f"citas-{day.key}-{specialty}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return web.Response(body=body, content_type="application/pdf", headers=headers)


def _drawn(printed: Sheet) -> bytes:
    """Raises ImportError where the library of PDFs is not installed."""
    from bot.desk.citas.paper import draw

    return draw(printed)


def _lines(request: web.Request, day: Campaign, specialty: str) -> list[Line]:
    me = guard.person(request)

    def is_hers(held: Appointment) -> bool:
        return scope.is_hers(me, held)

    return lines(request.app[PARTS].store.read, day.key, specialty, is_hers)


async def _show(
    request: web.Request,
    status: int = 200,
    *,
    problem: str = "",
    form: Form | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    day, specialty = scope.clinic(request)
    found, parts, me = _lines(request, day, specialty), request.app[PARTS], guard.person(request)
    await guard.saw(request, "citas", len(found), campaign=day.key, specialty=specialty)
    comunidades = parts.knowledge(parts.store.read).places.comunidades
    return await guard.page(
        "citas_lista.html",
        request,
        status,
        **days.words(request),
        day=day,
        specialty=specialty,
        having=[line for line in found if line.held.state in IN_THE_LIST],
        waiting=[line for line in found if line.held.state == "waiting"],
        gone=[line for line in found if line.held.state in ("cancelled", "lapsed")],
        is_marked_now=day.date <= _today(request) and not day.is_cancelled,
        takes_people=scope.sight(me) == "all" and _is_open(request, day),
        sees_all=scope.sight(me) == "all",
        comunidades=[(each.key, each.name) for each in sorted(comunidades, key=lambda each: each.name)],
        problem=problem,
        form=form or Form({}),
        errors=errors or {},
    )


def _chosen(request: web.Request) -> tuple[Campaign, str, Line]:
    """The appointment that the address names, for whoever sees everybody. Raises NotFound and NotAllowed."""
    scope.for_everybody(request)
    day, specialty = scope.clinic(request)
    wanted = guard.row_id(request.match_info["id"])
    found = next((line for line in _lines(request, day, specialty) if line.held.id == wanted), None)
    if found is None:
        raise guard.NotFound
    return day, specialty, found


def _mark(tx: Tx, request: web.Request, day: Campaign, specialty: str, changed: dict[str, str]) -> dict[str, int]:
    """Write what changed for people whom she may see; how many came, and how many did not."""
    me, now = guard.person(request), request.app[PARTS].clock.now()
    hers = {str(each.id): each for each in appointments.of_clinic(tx, day.key, specialty) if scope.is_hers(me, each)}
    counts = {"came": 0, "absent": 0, "booked": 0}
    for key, state in changed.items():
        if key in hers and appointments.mark_attendance(tx, hers[key].id, state, days.by(request), now):
            counts[state] += 1
    if any(counts.values()):
        marked = {state: counts[state] for state in ("came", "absent")}
        guard.note(tx, request, "attendance_marked", day.key, specialty=specialty, undone=counts["booked"], **marked)
    return counts


def _saved(marked: dict[str, int]) -> str:
    if not any(marked.values()):
        return _("No había nada nuevo que guardar.")
    said = [
        (marked["came"], _("vinieron {count}")),
        (marked["absent"], _("faltaron {count}")),
        (marked["booked"], _("sin marcar otra vez {count}")),
    ]
    return _("Guardado: {marks}.").format(marks=", ".join(text.format(count=count) for count, text in said if count))


def _registered(taken: Taken, caller: Caller, may_be_told: bool) -> str:
    held = taken.appointment
    if held is None:
        return _("Ese día ya no recibe citas.")
    if taken.result == "already":
        return _("{name} ya está en la lista: código {code}.").format(name=caller.name, code=held.code)
    if taken.result == "waiting":
        said = _("No queda lugar: {name} está en la lista de espera, número {position}. Código: {code}.")
    elif held.starts:
        said = _("{name} tiene cita a las {hour}. Código: {code}.")
    else:
        said = _("{name} tiene cita. Código: {code}.")
    hour = f"{held.starts:%H:%M}" if held.starts else ""
    told = "" if may_be_told else " " + _("A ese celular no se escribe: su dueño pidió que se borre.")
    return said.format(name=caller.name, position=taken.position, code=held.code, hour=hour) + told


def _address(day: Campaign, specialty: str) -> str:
    return f"/citas/{day.key}/{specialty}"


def _is_open(request: web.Request, day: Campaign) -> bool:
    return not day.is_cancelled and day.date >= _today(request)


def _today(request: web.Request) -> date:
    return request.app[PARTS].clock.today().date()
