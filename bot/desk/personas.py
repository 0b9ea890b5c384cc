"""One resident at the desk: found by number, patient or place; what is kept of her; her rights, done for her."""

from __future__ import annotations

from datetime import datetime, timedelta

from aiohttp import web

from bot.desk import guard
from bot.desk.citas.words import age_words, number_words
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.records import cases, directory, people, privacy
from bot.records.directory import Listed, Message
from bot.records.store import Tx
from bot.service import lookup
from bot.service import privacy as rights
from bot.service.lookup import Wanted

PATH = "/personas"
PAGE_ROWS = 30
MESSAGES_SHOWN, APPOINTMENTS_SHOWN = 50, 30
LANGUAGES = (("es", _("castellano")), ("quz", _("quechua")))


async def show(request: web.Request) -> web.Response:
    """The search, and a page of those whom it finds; without anything to look for nobody is shown."""
    parts, query = request.app[PARTS], request.query
    tx = parts.store.read
    knowledge = parts.knowledge(tx)
    comunidad = query.get("comunidad", "")
    comunidades = sorted(((each.key, each.name) for each in knowledge.places.comunidades), key=lambda each: each[1])
    wanted = lookup.read(query.get("busca", ""), comunidad if comunidad in dict(comunidades) else "")
    number = guard.row_id(query.get("pagina", "")) or 1
    found = lookup.find(tx, wanted)
    first = min((number - 1) * PAGE_ROWS, len(found))
    shown = directory.listed(tx, found[first : first + PAGE_ROWS])
    if wanted.is_anything:
        await guard.saw(request, "personas", len(shown), "searched", comunidad=wanted.comunidad, **_written(wanted))
    return await guard.page(
        "personas.html",
        request,
        wanted=wanted,
        people=shown,
        total=len(found),
        number=number,
        has_more=len(found) > first + PAGE_ROWS,
        comunidades=comunidades,
        place_name=knowledge.place_name,
        number_words=number_words,
        languages=dict(LANGUAGES),
    )


async def show_one(request: web.Request) -> web.Response:
    """Everything that is kept of her but her whole number; that it was read is written down."""
    person = _chosen(request)
    return await _show(request, person)


async def show_number(request: web.Request) -> web.Response:
    """Her page with her whole number, this once; that it was looked at is written down."""
    person = _chosen(request)
    if not person.address:
        raise guard.NotFound
    last = number_words(person.address)
    await request.app[PARTS].commits.run(
        lambda tx: guard.note(tx, request, "number_shown", person=person.id, number=last)
    )
    return await _show(request, person, is_whole=True)


async def change(request: web.Request) -> web.Response:
    """Her language, as if she had chosen it, and her place."""
    parts, person, form = request.app[PARTS], _living(request), await guard.form(request)
    knowledge = parts.knowledge(parts.store.read)
    language, place = form["idioma"], form["lugar"]
    district = knowledge.district_of(place) if place else None
    if language not in dict(LANGUAGES) or (place and district is None):
        return await _show(request, person, 400, problem=_("Elija un idioma y un lugar de la lista."))

    def work(tx: Tx) -> None:
        people.set_language(tx, person.id, language, is_chosen=True)
        people.set_place(tx, person.id, district, place if place and place != district else None)
        guard.note(tx, request, "person_changed", person=person.id, language=language, place=place)

    await parts.commits.run(work)
    return await guard.done(request, _address(person), _("El idioma y el lugar están guardados."))


async def stop(request: web.Request) -> web.Response:
    """No more notices, because she said so by word of mouth; only she can begin them again, by ALTA."""
    parts, person, me = request.app[PARTS], _living(request), guard.person(request)

    def work(tx: Tx) -> None:
        rights.stop(tx, parts.clock, parts.clock.now(), person.id, f"staff:{me.id}")
        guard.note(tx, request, "person_stopped", person=person.id)

    await parts.commits.run(work)
    return await guard.done(
        request, _address(person), _("Ya no le llegará ningún aviso. Si quiere volver, escribe ALTA.")
    )


async def unlink(request: web.Request) -> web.Response:
    """Her number has another owner now, who begins anew: nothing of hers is told or shown there any more."""
    parts, person = request.app[PARTS], _living(request)
    if (await guard.form(request))["seguro"] != "1":
        return await _show(request, person, 400, problem=_("Marque que el número ya no es de esta persona."))

    def work(tx: Tx) -> None:
        for address in directory.addresses(tx, person.id):
            tx.serial(address)
        rights.pass_on(tx, parts.clock.now(), person.id)
        guard.note(tx, request, "person_unlinked", person=person.id)

    await parts.commits.run(work)
    return await guard.done(
        request, _address(person), _("El número ya no es de esta persona. Quien lo tenga empieza de nuevo.")
    )


async def ask_to_erase(request: web.Request) -> web.Response:
    """What would go and what stays, before it is done."""
    person = _living(request)
    return await guard.page("personas_borrar.html", request, person=person, number_words=number_words, problem="")


async def erase(request: web.Request) -> web.Response:
    """As BORRAR does it: words, names, place and number go, her appointments are cancelled, counts stay."""
    parts, person = request.app[PARTS], _living(request)
    if (await guard.form(request))["seguro"] != "1":
        problem = _("Marque que esta persona lo pidió.")
        return await guard.page(
            "personas_borrar.html", request, 400, person=person, number_words=number_words, problem=problem
        )

    def work(tx: Tx) -> None:
        for address in directory.addresses(tx, person.id):
            tx.serial(address)
        rights.erase(tx, parts.clock, parts.clock.now(), person.id)
        guard.note(tx, request, "person_erased", person=person.id)

    await parts.commits.run(work)
    return await guard.done(request, PATH, _("Sus datos están borrados."))


async def _show(
    request: web.Request, person: Listed, status: int = 200, *, is_whole: bool = False, problem: str = ""
) -> web.Response:
    parts = request.app[PARTS]
    tx, knowledge = parts.store.read, parts.knowledge(parts.store.read)
    codes, said = _cases_and_messages(tx, person.id, parts.clock.now())
    await guard.saw(request, "persona", len(said), person=person.id)
    return await guard.page(
        "persona.html",
        request,
        status,
        person=person,
        is_whole=is_whole,
        problem=problem,
        addresses=directory.addresses(tx, person.id),
        consents=directory.consents(tx, person.id),
        notices=privacy.notices(tx, person.id),
        patients=directory.patients(tx, person.id),
        appointments=directory.appointments(tx, person.id, APPOINTMENTS_SHOWN),
        cases=codes,
        messages=said,
        languages=LANGUAGES,
        districts=[(each.key, each.name) for each in knowledge.places.districts],
        comunidades=sorted(((each.key, each.name) for each in knowledge.places.comunidades), key=lambda each: each[1]),
        place_name=knowledge.place_name,
        specialties=knowledge.content.specialties,
        number_words=number_words,
        age_words=age_words,
    )


def _cases_and_messages(tx: Tx, person_id: int, now: datetime) -> tuple[list[cases.Case], list[Message]]:
    """Her cases and messages, without anything that would tell which anonymous case is hers."""
    hers = cases.of_person(tx, person_id, limit=1000)
    secret = [case.code for case in hers if case.is_anonymous]
    messages = directory.messages(tx, person_id, now + timedelta(days=1), MESSAGES_SHOWN)
    shown = [each for each in messages if not any(code in each.body.upper() for code in secret)]
    return [case for case in hers if not case.is_anonymous], shown


def _written(wanted: Wanted) -> dict[str, str]:
    """What of a search is kept in the audit, which is never erased: no number and no name."""
    if wanted.number or wanted.digits:
        return {"by": _("número"), "number": f"•••{(wanted.number or wanted.digits)[-3:]}"}
    initials = " ".join(f"{word[0].upper()}." for word in wanted.name.split())
    return {"by": _("nombre"), "initials": initials} if wanted.name else {}


def _chosen(request: web.Request) -> Listed:
    """The person whom the address names. Raises NotFound."""
    person_id = guard.row_id(request.match_info["id"])
    found = directory.one(request.app[PARTS].store.read, person_id) if person_id else None
    if found is None:
        raise guard.NotFound
    return found


def _living(request: web.Request) -> Listed:
    """The same, for what is of no use once she was forgotten. Raises NotFound."""
    person = _chosen(request)
    if person.erased_at:
        raise guard.NotFound
    return person


def _address(person: Listed) -> str:
    return f"{PATH}/{person.id}"
