"""Who works at the desk: the list of accounts, and adding, disabling and helping one back in."""

from __future__ import annotations

from aiohttp import web

from bot.desk import guard
from bot.desk.guard import Form
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.records import audit, staff
from bot.records.staff import ROLES, Role, Staff
from bot.records.store import Tx
from bot.service import accounts, scopes
from bot.service.accounts import Unacceptable
from bot.service.knowledge import Knowledge

FIELDS = {
    "name": "nombre",
    "role": "papel",
    "phone": "celular",
    "mesa": "mesa",
    "district": "distrito",
    "comunidad": "comunidad",
}
"""What a field is called in the form."""


async def show(request: web.Request) -> web.Response:
    """Everybody with an account, and when each was here last."""
    await guard.saw(request, "equipo", len(staff.everybody(request.app[PARTS].store.read)))
    return await _show(request)


async def add(request: web.Request) -> web.Response:
    """A new account; its single-use password is shown in the answer and nowhere else."""
    parts, form = request.app[PARTS], await guard.form(request)
    try:
        wish = scopes.wish(
            parts.knowledge(parts.store.read),
            form["nombre"],
            _role(form["papel"]),
            form["celular"],
            *(form.getlist(field) for field in ("mesa", "distrito", "comunidad")),
        )
        password, who = accounts.make_password(), guard.actor(request)
        hashed = await request.app[guard.ACCOUNTS].hash(password)
        person = await parts.commits.run(lambda tx: accounts.create(tx, parts.clock, who, wish, hashed))
    except Unacceptable as wrong:
        return await _show(request, 400, form, wrong)
    return await guard.page("clave_nueva.html", request, person=person, password=password)


async def disable(request: web.Request) -> web.Response:
    """She cannot log in any more and is logged out at once."""
    parts, person, who = request.app[PARTS], _chosen(request), guard.actor(request)
    try:
        await parts.commits.run(lambda tx: accounts.disable(tx, parts.clock, who, person))
    except Unacceptable as wrong:
        return await _show(request, 400, wrong=wrong)
    return await guard.done(request, "/equipo", _("{name} ya no puede entrar.").format(name=person.name))


async def reset(request: web.Request) -> web.Response:
    """A new single-use password, shown in the answer and nowhere else."""
    parts, person, who = request.app[PARTS], _chosen(request), guard.actor(request)
    password = accounts.make_password()
    hashed = await request.app[guard.ACCOUNTS].hash(password)

    def work(tx: Tx) -> None:
        accounts.reset(tx, parts.clock, who, person, hashed)

    await parts.commits.run(work)
    return await guard.page("clave_nueva.html", request, person=person, password=password)


def _chosen(request: web.Request) -> Staff:
    """The account that the address names. Raises NotFound."""
    staff_id = guard.row_id(request.match_info["id"])
    found = staff.find(request.app[PARTS].store.read, staff_id) if staff_id else None
    if found is None:
        raise guard.NotFound
    return found


def _role(given: str) -> Role:
    for role in ROLES:
        if role == given:
            return role
    raise Unacceptable("role", "unknown", "There is no such role.")


async def _show(
    request: web.Request, status: int = 200, form: Form | None = None, wrong: Unacceptable | None = None
) -> web.Response:
    parts = request.app[PARTS]
    tx = parts.store.read
    knowledge = parts.knowledge(tx)
    return await guard.page(
        "equipo.html",
        request,
        status,
        people=staff.everybody(tx),
        last_logins=audit.last_by_staff(tx, "login"),
        form=form or Form({}),
        field=FIELDS[wrong.field] if wrong else "",
        problem=wrong.problem if wrong else "",
        mesas=[(mesa.key, mesa.name.es) for mesa in knowledge.content.mesas.values()],
        districts=[(district.key, district.name) for district in knowledge.places.districts],
        comunidades=[(comunidad.key, comunidad.name) for comunidad in knowledge.places.comunidades],
        scope_names=lambda person: _scope_names(knowledge, person),
    )


def _scope_names(knowledge: Knowledge, person: Staff) -> list[str]:
    mesas = knowledge.content.mesas
    places = [knowledge.place_name(key) for key in (*person.districts, *person.comunidades)]
    return [mesas[key].name.es if key in mesas else key for key in person.mesas] + places
