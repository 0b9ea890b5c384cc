"""Looking a resident up at the desk: what is found, what is shown to whom, her rights done for her, the audit."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from bot.app import House
from bot.clock import LIMA
from bot.records import appointments, audit, cases, people
from bot.records.appointments import Patient
from bot.service import lookup
from tests.running import JUAN, ROSA, count, everything, say, sms, take
from tests.test_desk import WISHES, Browser, another, desk

NAMES = ("Luis Mamani Huamán", "Flor Ñahui")


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with desk(tmp_path, start=datetime(2027, 3, 1, 9, 0, tzinfo=LIMA)) as made:
        rosa = said(made.house, "que obras hay en zurite", ROSA)
        said(made.house, "zuritepi ima obran kashan", JUAN)
        take(made.house, sms("hola", "telegram:4711", medium="telegram"))
        with made.house.store.write() as tx:
            people.set_place(tx, rosa, "anta", "compone")
            for name in NAMES:
                patient = Patient(made.house.clock.new_id(), rosa, name, age_months=60, consent="given")
                appointments.add_patient(tx, patient, made.house.clock.now())
        yield made


@pytest.fixture
async def admin(browser: Browser) -> Browser:
    await browser.log_in("Ana")
    return browser


def said(house: House, text: str, number: str) -> int:
    """Somebody texts; who she is."""
    say(house, text, number)
    found = people.load(house.store.read, f"tel:{number}")
    assert found
    return found.id


def rosa_of(browser: Browser) -> str:
    found = people.load(browser.house.store.read, f"tel:{ROSA}")
    assert found
    return f"/personas/{found.id}"


async def text_of(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200, f"{path}: {answer.status}"
    return unescape(await answer.text())


async def send(browser: Browser, path: str, status: int = 303, **fields: Any) -> str:
    """Post a form; the page that follows, with its notice."""
    answer = await browser.post(path, **fields)
    assert answer.status == status, await answer.text()
    return await text_of(browser, answer.headers["Location"]) if status == 303 else unescape(await answer.text())


def last_entry(browser: Browser, action: str) -> audit.Entry:
    return audit.newest(browser.house.store.read, action=action)[0]


# ── the search ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "query",
    ["984000111", "984 000 111", "+51984000111", "000111", "111", "luis", "MAMANI huaman", "nahui", "Flor Ñahui"],
)
async def test_she_is_found_by_number_last_digits_and_names_of_patients(admin: Browser, query: str) -> None:
    answer = await admin.send("GET", f"/personas?busca={query.replace('+', '%2B').replace(' ', '+')}")
    text = await answer.text()
    assert f'href="{rosa_of(admin)}"' in text
    assert text.count('<th scope="row">') == 1
    assert "••• ••• 111" in text
    assert ROSA not in text.replace(f'value="{query}"', "")


@pytest.mark.parametrize(
    "query", ["984000999", "9840001119", "x", "12", "%", "_", "amani", "'; DROP TABLE people", "²"]
)
async def test_what_nobody_is_called_finds_nobody(admin: Browser, query: str) -> None:
    answer = await admin.get(f"/personas?busca={query}")
    assert answer.status == 200
    assert '<th scope="row">' not in await answer.text()


async def test_by_comunidad_and_both_together(admin: Browser) -> None:
    assert rosa_of(admin) in await text_of(admin, "/personas?comunidad=compone")
    assert rosa_of(admin) in await text_of(admin, "/personas?comunidad=compone&busca=luis")
    assert rosa_of(admin) not in await text_of(admin, "/personas?comunidad=curamba&busca=luis")
    assert '<th scope="row">' not in await text_of(admin, "/personas?comunidad=nada")


async def test_without_a_question_nobody_is_shown(admin: Browser) -> None:
    assert '<th scope="row">' not in await text_of(admin, "/personas")
    assert "por lo menos tres cifras" in await text_of(admin, "/personas?busca=11")


async def test_many_are_shown_page_by_page(admin: Browser) -> None:
    for n in range(40):
        with admin.house.store.write() as tx:
            person = people.create(tx, admin.house.clock.new_id(), f"tel:+519840{n:05}", admin.house.clock.now())
            people.set_place(tx, person.id, "anta", "curamba")
    first = await text_of(admin, "/personas?comunidad=curamba")
    second = await text_of(admin, "/personas?comunidad=curamba&pagina=2")
    assert [page.count('<th scope="row">') for page in (first, second)] == [30, 10]
    assert "40 personas" in first
    assert "pagina=2" in first


def test_what_is_typed_is_a_number_or_a_name() -> None:
    assert lookup.read("984 000 111", "").number == ROSA
    assert lookup.read("0111", "").digits == "0111"
    assert lookup.read("María-José", "").name == "maria jose"
    assert not lookup.read(" ", "").is_anything
    assert not lookup.read("1", "compone").is_anything


# ── who sees what ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ["mesa", "promoter", "reader"])
async def test_nobody_but_an_admin_sees_people(browser: Browser, role: Any) -> None:
    await browser.log_in(WISHES[role].name)
    for path in ("/personas", "/personas?busca=111", rosa_of(browser), f"{rosa_of(browser)}/borrar"):
        assert (await browser.get(path)).status == 403
    for action in ("numero", "cambiar", "baja", "desligar", "borrar"):
        assert (await browser.post(f"{rosa_of(browser)}/{action}", seguro="1", idioma="quz")).status == 403
    assert "/personas" not in await text_of(browser, "/")
    assert count(browser.house.store, "addresses", "address = ?", f"tel:{ROSA}") == 1


async def test_her_page_says_what_is_kept_and_hides_her_number(admin: Browser) -> None:
    said(admin.house, "la posta de Compone no tiene medicinas", ROSA)
    (case,) = cases.of_person(admin.house.store.read, int(rosa_of(admin).rpartition("/")[2]))
    page = await text_of(admin, rosa_of(admin))
    for part in (*NAMES, case.code, "la posta de Compone no tiene medicinas", "aceptó", "Soy Chaski", "••• ••• 111"):
        assert part in page, part
    assert "984 000 111" not in page
    assert ROSA not in page
    entry = last_entry(admin, "saw")
    assert (entry.object, entry.details["person"]) == ("persona", rosa_of(admin).rpartition("/")[2])


async def test_what_she_said_anonymously_is_not_hers_here(admin: Browser) -> None:
    rosa = said(admin.house, "queja anonima: el profesor de Compone llega borracho a la escuela", ROSA)
    (case,) = cases.of_person(admin.house.store.read, rosa)
    assert case.is_anonymous
    say(admin.house, "mi queja", ROSA)
    page = await text_of(admin, rosa_of(admin))
    assert "que obras hay en zurite" in page
    assert "borracho" not in page
    assert case.code not in page


async def test_a_whole_number_is_shown_when_asked_and_that_is_written_down(admin: Browser) -> None:
    page = await send(admin, f"{rosa_of(admin)}/numero", 200)
    assert "984 000 111" in page
    assert last_entry(admin, "number_shown").details["number"] == "••• ••• 111"
    assert "984 000 111" not in await text_of(admin, rosa_of(admin))


async def test_what_she_wrote_is_text(admin: Browser) -> None:
    rosa = said(admin.house, "<script>x()</script> {{7*7}}", ROSA)
    with admin.house.store.write() as tx:
        patient = Patient(admin.house.clock.new_id(), rosa, "<b>Ana</b> Rojas")
        appointments.add_patient(tx, patient, admin.house.clock.now())
    for path in (rosa_of(admin), "/personas?busca=rojas", "/revisar", f"{rosa_of(admin)}/borrar"):
        raw = await (await admin.get(path)).text()
        assert not re.search(r"<script>|<b>Ana", raw)
    assert "{{7*7}}" in await text_of(admin, rosa_of(admin))
    assert "<b>" not in await (await admin.get("/personas?busca=%3Cb%3Ex")).text()


async def test_the_audit_of_searches_holds_no_number_and_no_name(admin: Browser) -> None:
    for query in ("984000111", "000111", "luis+mamani"):
        await admin.get(f"/personas?busca={query}&comunidad=compone")
    entries = audit.newest(admin.house.store.read, action="searched")
    assert [entry.details.get("number") for entry in entries] == [None, "•••111", "•••111"]
    assert entries[0].details == {"by": "nombre", "initials": "L. M.", "comunidad": "compone"}
    assert {entry.row_count for entry in entries} == {1}


# ── her rights ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_language_and_place_are_changed(admin: Browser) -> None:
    page = await send(admin, f"{rosa_of(admin)}/cambiar", idioma="quz", lugar="zurite")
    assert "están guardados" in page
    assert re.search(r'value="quz" selected', page)
    rosa = people.load(admin.house.store.read, f"tel:{ROSA}")
    assert rosa
    assert (rosa.language, rosa.language_is_chosen, rosa.district, rosa.comunidad) == ("quz", True, "zurite", None)
    await send(admin, f"{rosa_of(admin)}/cambiar", 400, idioma="en", lugar="zurite")
    await send(admin, f"{rosa_of(admin)}/cambiar", 400, idioma="es", lugar="lima")
    assert last_entry(admin, "person_changed").details["place"] == "zurite"


async def test_a_word_of_mouth_stops_notices(admin: Browser) -> None:
    page = await send(admin, f"{rosa_of(admin)}/baja")
    assert "lo anotó la municipalidad" in page
    rosa = people.load(admin.house.store.read, f"tel:{ROSA}")
    assert rosa
    assert rosa.opted_out_at
    assert last_entry(admin, "person_stopped").details["person"] == rosa_of(admin).rpartition("/")[2]
    say(admin.house, "ALTA", ROSA)
    assert "quiere avisos" in await text_of(admin, rosa_of(admin))


async def test_a_number_with_a_new_owner_is_unlinked(admin: Browser) -> None:
    hers = rosa_of(admin)
    await send(admin, f"{hers}/desligar", 400)
    page = await send(admin, f"{hers}/desligar", seguro="1")
    assert "Persona sin número" in page
    assert last_entry(admin, "person_unlinked").details["person"] == hers.rpartition("/")[2]
    say(admin.house, "menu", ROSA)
    assert rosa_of(admin) != hers


async def test_she_is_erased_when_asked_twice_as_by_borrar(admin: Browser) -> None:
    hers = rosa_of(admin)
    await send(admin, f"{hers}/numero", 200)
    await admin.get("/personas?busca=luis+mamani")
    with admin.house.store.write() as tx:
        tx.run("UPDATE outbox SET state = 'sent'")
    assert "No se puede deshacer" in await text_of(admin, f"{hers}/borrar")
    await send(admin, f"{hers}/borrar", 400)
    assert count(admin.house.store, "people", "erased_at IS NOT NULL") == 0
    assert "Sus datos están borrados." in await send(admin, f"{hers}/borrar", seguro="1")
    left = everything(admin.house.store)
    assert [
        word for word in ("984000111", "984 000 111", "Mamani", "Ñahui", "que obras hay en zurite") if word in left
    ] == []
    assert last_entry(admin, "person_erased").details == {"person": hers.rpartition("/")[2]}
    page = await text_of(admin, hers)
    assert "borrada el" in page
    for action in ("cambiar", "baja", "desligar", "borrar", "numero"):
        assert (await admin.post(f"{hers}/{action}", seguro="1", idioma="es")).status == 404


async def test_nobody_else_looks_like_nobody(admin: Browser) -> None:
    for path in ("/personas/1", "/personas/x", "/personas/99999999999999999999", "/personas/1/borrar"):
        assert (await admin.get(path)).status == 404
    assert (await another(admin).get("/personas")).status == 303
