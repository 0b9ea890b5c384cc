"""The pages of notices that were written: the list, how far one is, templates with their history, flyer and radio."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import House
from bot.clock import LIMA, to_text
from bot.desk.avisos import causes, handouts, lists
from bot.desk.avisos.templates import EXAMPLES, PATH, Piece, differences
from bot.language.catalogue import LANGUAGES
from bot.records import audit, notices
from bot.records.agenda import Campaign, Clinic, Name
from bot.records.notices import Audience, Notice, Progress, State, Template, Wanted
from bot.service.appointments.changes import Changes
from bot.service.content import load
from bot.service.notices.events import event
from bot.service.notices.rendering import draft_of, render
from bot.service.notices.words import FIELDS, STEPS, filled, names_in
from bot.service.small_numbers import FEWEST, together
from bot.settings import Settings
from tests.fakes import FROM
from tests.running import ROOT, built, say
from tests.test_avisos_desk import ABOUT, MONDAY, campaign, neighbours, now_of, text_of
from tests.test_desk import Browser, another, desk

ES, QUZ = "Hay pediatra el {fecha}, {hora}, en {lugar}.", "{fecha}, {hora}: pediatra {lugar}pi."
APRIL = datetime(2027, 4, 5, 9, tzinfo=LIMA)
FIELDS_OF_IT = {"fecha": "2027-03-12", "hora": "08:00", "lugar": "posta de Zurite"}
Fate = tuple[str, str | None]
"""A state of the outbox and the class of an error."""


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with desk(tmp_path, start=MONDAY) as made:
        campaign(made.house)
        yield made


@pytest.fixture
async def admin(browser: Browser) -> Browser:
    await browser.log_in("Ana")
    return browser


async def logged_in(browser: Browser, name: str) -> Browser:
    other = another(browser)
    await other.log_in(name)
    return other


def put(house: House, state: State = "draft", **given: Any) -> Notice:
    """A notice in a state of before its beginning; one that is to begin by itself does so in April."""
    usual: dict[str, Any] = {
        "name": "Pediatra",
        "author": "Marta",
        "text_es": ES,
        "text_quz": QUZ,
        "fields": FIELDS_OF_IT,
    }
    usual |= {"topic": "campaigns", "starts_at": APRIL if state in ("scheduled", "repeating") else MONDAY}
    notice = Notice(id=house.clock.new_id(), state=state, **(usual | given))
    with house.store.write() as tx:
        notices.add(tx, notice, house.clock.now())
    return notice


def begun(house: House, fates: Sequence[Fate], *, ends: State = "sending", because: str = "", **given: Any) -> Notice:
    """A notice that has begun, to everybody, whose messages came to these ends in turn; those after them wait.

    What the service would do by itself next is years away.
    """
    notice, now = put(house, **given), house.clock.now()
    with house.store.write() as tx:
        render(tx, house.library.knowledge(tx), notice, now)
        frozen = notices.set_state(tx, notice, "freezing", now)
        assert frozen
        notices.freeze(tx, frozen, now, 10_000)
        sending = notices.set_state(tx, frozen, "sending", now)
        assert sending
        for channel in notices.channels(tx, notice.id):
            notices.feed(tx, notice, channel, 10_000, now, house.clock.new_id)
        rows = [row["id"] for row in tx.all("SELECT id FROM outbox WHERE notice_id = ? ORDER BY id", notice.id)]
        tx.run("UPDATE outbox SET due_at = '2099-01-01T00:00:00Z', channel = 'test' WHERE notice_id = ?", notice.id)
        for row_id, (state, error_class) in zip(rows, fates, strict=False):
            closed = (state, error_class, to_text(now), row_id)
            tx.run("UPDATE outbox SET state = ?, error_class = ?, closed_at = ? WHERE id = ?", *closed)
        if ends != "sending":
            notices.set_state(tx, sending, ends, now, because=because)
    return now_of(house, notice.id)


def answered(house: House, notice: Notice, answers: Sequence[str]) -> None:
    """What the first of those whom it reached answered."""
    rows = house.store.read.all(
        "SELECT r.person_id FROM notice_recipients r JOIN outbox o ON o.id = r.outbox_id"
        " WHERE r.notice_id = ? AND o.state IN ('sent', 'delivered') ORDER BY r.person_id",
        notice.id,
    )
    with house.store.write() as tx:
        for row, answer in zip(rows, answers, strict=False):
            told = (answer, notice.id, row["person_id"])
            tx.run("UPDATE notice_recipients SET answer = ? WHERE notice_id = ? AND person_id = ?", *told)


def lines(page: str) -> list[tuple[str, ...]]:
    """The rows of a page's tables: what stands in their cells."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [tuple(" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row) for row in cells]


# ── the list ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_list_says_who_when_how_many_and_for_how_much(admin: Browser) -> None:
    neighbours(admin.house, 3, channel="simulator")
    put(admin.house, name="Sin terminar")
    put(admin.house, "awaiting", name="Por aprobar")
    put(admin.house, "scheduled", name="De promotora", promoter="+51984000333", author="Paula")
    begun(admin.house, [("sent", None)], name="En camino")
    page = await text_of(admin, "/avisos")
    assert lines(page)[1:] == [
        ("En camino", "se está enviando", "Marta", "01/03/2027 09:00", "3", "S/ 0.75"),
        ("De promotora", "programado", "Paula promotora", "05/04/2027 09:00", "3", "S/ 0.75"),
        ("Por aprobar", "espera aprobación", "Marta", "01/03/2027 09:00", "3", "S/ 0.75"),
        ("Sin terminar", "borrador", "Marta", "01/03/2027 09:00", "", ""),
    ]
    assert "/nuevo" in page
    [seen] = audit.newest(admin.house.store.read, action="saw")
    assert (seen.object, seen.row_count) == ("avisos", 4)


async def test_the_list_is_filtered_by_state_and_by_whose_they_are(admin: Browser) -> None:
    states: tuple[State, ...] = ("draft", "awaiting", "scheduled", "repeating", "paused", "cancelled", "done")
    for state in states:
        put(admin.house, state, name=state)
    put(admin.house, "done", name="hers", promoter="+51984000333")

    async def found(query: str) -> set[str]:
        return {line[0] for line in lines(await text_of(admin, f"/avisos?{query}"))[1:]}

    for group, (_name, wanted) in lists.GROUPS.items():
        assert {name for name in await found(f"estado={group}") if name != "hers"} == set(wanted) & set(states)
    assert await found("de=promotoras") == {"hers"}
    assert await found("de=mios") == set()
    assert len(await found("estado=nada&de=nadie")) == len(states) + 1


async def test_the_list_goes_on_on_another_page(admin: Browser) -> None:
    for n in range(lists.PAGE_ROWS + 1):
        put(admin.house, name=f"n{n}")
    page = await text_of(admin, "/avisos")
    assert len(lines(page)) == lists.PAGE_ROWS + 1
    older = re.search(r'href="(/avisos\?antes=\d+)"', page)
    assert older
    rest = await text_of(admin, older[1])
    assert [line[0] for line in lines(rest)[1:]] == ["n0"]
    assert "Lo más nuevo</a>" in rest


async def test_a_promoter_sees_hers_and_a_reader_what_is_decided(browser: Browser) -> None:
    her = await logged_in(browser, "Paula")
    reader = await logged_in(browser, "Rita")
    hers = put(browser.house, name="de su celular", promoter="+51984000333")
    other = put(browser.house, name="de Marta")
    sent = put(browser.house, "scheduled", name="decidido")
    assert [line[0] for line in lines(await text_of(her, "/avisos"))[1:]] == ["de su celular"]
    for query in ("", "?estado=borradores", "?de=mios"):
        found = [line[0] for line in lines(await text_of(reader, f"/avisos{query}"))[1:]]
        assert found == ([] if "mios" in query else ["decidido"])
    assert (await her.get(f"/avisos/{other.id}")).status == 404
    assert (await reader.get(f"/avisos/{other.id}")).status == 404
    for path in ("", "/cifras", "/volante", "/radio", "/radio.txt"):
        assert (await reader.get(f"/avisos/{hers.id}{path}")).status == 404
        assert (await reader.get(f"/avisos/{sent.id}{path}")).status == 200


# ── one notice ────────────────────────────────────────────────────────────────────────────────────────────────────────

FATES: list[Fate] = [
    *[("delivered", None)] * 6,
    *[("sent", None)] * 4,
    ("failed", "BadAddress"),
    ("failed", "ContentRefused"),
    ("failed", None),
    ("unknown", "Ambiguous"),
    ("dropped", "opted_out"),
]


async def test_every_message_is_counted_once_by_what_became_of_it(admin: Browser) -> None:
    neighbours(admin.house, 18, channel="simulator")
    neighbours(admin.house, 1, "quz", channel="telegram")
    stopped = admin.house.store.read.all("SELECT id FROM people ORDER BY id LIMIT 2")
    with admin.house.store.write() as tx:
        tx.run("UPDATE people SET opted_out_at = ? WHERE id = ?", to_text(MONDAY), stopped[0]["id"])
    notice = begun(admin.house, FATES)
    page = await text_of(admin, f"/avisos/{notice.id}")
    found = dict(line for line in lines(page) if len(line) == 2)
    assert found == {
        "Por salir": "3",
        "Salieron, sin más noticia": "4",
        "Llegaron según la operadora": "6",
        "Fallaron: el número no existe o ya no recibe": "1",
        "Fallaron: la operadora no acepta este texto": "1",
        "Fallaron: la operadora lo tomó y después dijo que no llegó": "1",
        "No se sabe si salieron: no se les envía otra vez, para que nadie lo reciba dos veces": "1",
        "Se quedaron en el camino abajo se dice por qué": "1",
    }
    assert sum(map(int, found.values())) == 18
    assert "15 de 18" in page
    assert "<li>2: escribieron BAJA</li>" in page
    assert "Va el 83 por ciento" in page
    widths = [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)%"', page)]
    assert sum(widths) == pytest.approx(100, abs=0.05)
    places = [line for line in lines(page) if line[0].startswith(("Total", "Compone"))]
    assert places == [
        ("Total", "18", "10", "4", "0", "0", "0"),
        ("Compone castellano", "17", "10", "4", "0", "0", "0"),
        ("Compone quechua", "1", "0", "0", "0", "0", "0"),
    ]
    assert "Hay pediatra el viernes 12 de marzo" in page
    assert admin.csrf in page
    assert f'action="/avisos/{notice.id}/pausar"' in page


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_one_look_counts_what_two_do(tmp_path: Path, request: pytest.FixtureRequest, database: str) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    house = built(Settings(data=tmp_path, database_url=url, start=MONDAY))
    with closing(house):
        neighbours(house, 12, channel="simulator")
        neighbours(house, 8, "quz", home="zurite", channel="telegram")
        notice = begun(house, FATES, about="")
        answered(house, notice, ["took", "wrote", "", "stopped"])
        found = notices.tallies(house.store.read, notice.id)
        assert set(notices.summed(found).parts) == set(notices.progress(house.store.read, notice.id).parts)
        for echo in notices.echoes(house.store.read, notice.id):
            hers = [each for each in found if (each.comunidad, each.language) == (echo.comunidad, echo.language)]
            assert sum(each.people for each in hers) == echo.people
            assert sum(each.people for each in hers if each.answer == "took") == echo.took
        wanted = Wanted(lists.GROUPS["en_camino"][1])
        assert [each.id for each in notices.listed(house.store.read, wanted, 5)] == [notice.id]
        assert notices.listed(house.store.read, replace(wanted, by_promoters=True), 5) == []
        sizes = notices.sizes(house.store.read, [notice.id])[notice.id]
        assert [(each.channel, each.people, each.segments) for each in sizes] == [
            ("simulator", 12, 12),
            ("telegram", 8, 0),
        ]
        assert notices.of_series(house.store.read, notice.id, 5) == []


async def test_what_is_spent_and_what_was_foretold(admin: Browser) -> None:
    neighbours(admin.house, 4, channel="simulator")
    notice = begun(admin.house, [("delivered", None), ("failed", "BadAddress"), ("unknown", "Ambiguous")])
    page = await text_of(admin, f"/avisos/{notice.id}")
    assert "Gastado: 2 SMS, S/ 0.50, de 4 SMS, S/ 1.00 previstos." in page
    assert "Termina, más o menos:" in page


async def test_answers_are_counted_by_comunidad_and_language(admin: Browser) -> None:
    neighbours(admin.house, 4)
    neighbours(admin.house, 3, "quz", home="zurite")
    notice = begun(admin.house, [("sent", None)] * 7, ends="done")
    answered(admin.house, notice, ["took", "took", "wrote", "", "stopped"])
    page = await text_of(admin, f"/avisos/{notice.id}")
    assert [line for line in lines(page) if len(line) == 7][1:] == [
        ("Total", "7", "7", "0", "1", "2", "1"),
        ("Compone castellano", "4", "4", "0", "1", "2", "0"),
        ("Zurite quechua", "3", "3", "0", "0", "0", "1"),
    ]


async def test_a_notice_that_has_not_begun_shows_what_it_would_be(admin: Browser) -> None:
    neighbours(admin.house, 2, channel="simulator")
    for notice in (put(admin.house, "draft"), put(admin.house, "awaiting")):
        answer = await admin.get(f"/avisos/{notice.id}")
        assert (answer.status, answer.headers["Location"]) == (303, f"/avisos/{notice.id}/vista")
    scheduled = put(admin.house, "scheduled", starts_at=MONDAY + timedelta(hours=12), approved_by=None)
    page = await text_of(admin, f"/avisos/{scheduled.id}")
    assert "Todavía no empieza." in page
    assert "Hoy les llegaría a 2 personas: 2 SMS, S/ 0.50." in page
    assert "Sale el" in page
    assert "02/03/2027 07:00" in page
    assert f'action="/avisos/{scheduled.id}/devolver"' in page


async def test_a_repeating_notice_leads_to_those_that_it_made(admin: Browser) -> None:
    series = put(admin.house, "repeating", rule="FREQ=WEEKLY;BYDAY=MO", starts_at=MONDAY + timedelta(days=7))
    made = put(admin.house, "done", series_id=series.id)
    page = await text_of(admin, f"/avisos/{series.id}")
    assert f'<a href="/avisos/{made.id}">01/03/2027 09:00</a>' in page
    assert "El próximo:" in page
    assert "08/03/2027 09:00" in page


@pytest.mark.parametrize(
    ("error_class", "said"),
    [
        ("BadAddress", "el número no existe o ya no recibe. Revise"),
        ("ContentRefused", "la operadora no acepta este texto. Cancele este aviso y escriba otro"),
        ("AccountTrouble", "saldo o permiso. Ponga saldo"),
        ("OurFault", "estaba mal hecho. No siga: hable con quien mantiene el servicio."),
        ("TryLater", "después de muchos intentos. Espere unos minutos y siga."),
        (None, "después dijo que no llegó. Espere una hora y siga."),
    ],
)
async def test_it_says_why_it_stopped_and_what_to_do(admin: Browser, error_class: str | None, said: str) -> None:
    neighbours(admin.house, 8)
    fates: list[Fate] = [("sent", None)] * 3 + [("failed", error_class)] * 2 + [("failed", "OptedOut")]
    notice = begun(admin.house, fates, ends="paused", because="failures")
    page = await text_of(admin, f"/avisos/{notice.id}")
    assert "Se detuvo solo: de 6 mensajes no llegaron 2, casi siempre porque" in page
    assert said in page
    assert f'action="/avisos/{notice.id}/seguir"' in page


def test_every_class_of_error_and_every_reason_has_its_words() -> None:
    from bot import errors

    classes = {
        name for name, each in vars(errors).items() if isinstance(each, type) and errors.SendError in each.__mro__
    }
    assert set(causes.FAILED) == classes - {"SendError", "Ambiguous"} | {""}
    for because in ("event_gone", "event_cancelled", "event_moved"):
        said = causes.why_stopped(replace(Notice(1, "", ""), stopped_because=because), Progress(()))
        assert said.startswith("Se detuvo solo: aquello de lo que trata")


async def test_it_says_how_many_it_did_not_reach_in_time(admin: Browser) -> None:
    neighbours(admin.house, 3)
    late = begun(admin.house, [("sent", None), ("dropped", "too_late")], ends="done", expires_at=MONDAY)
    with admin.house.store.write() as tx:
        tx.run(
            "UPDATE notice_recipients SET outbox_id = NULL WHERE outbox_id IN"
            " (SELECT id FROM outbox WHERE state = 'waiting')"
        )
        notices.leave_out_rest(tx, late.id, "too_late", 10)
    page = await text_of(admin, f"/avisos/{late.id}")
    assert "A 2 personas no se les envió: valía hasta el 01/03/2027 09:00." in page
    assert "3 de 3" in page
    cancelled = begun(admin.house, [("sent", None)], ends="cancelled")
    page = await text_of(admin, f"/avisos/{cancelled.id}")
    assert "Se canceló: a 2 personas ya no se les envió." in page
    assert ("No sale: se canceló", "2") in lines(page)


async def test_the_piece_that_changes_says_the_same_and_takes_no_sentence_away(admin: Browser) -> None:
    neighbours(admin.house, 3)
    notice = begun(admin.house, [("sent", None)])
    await admin.post(f"/avisos/{notice.id}/pausar")
    piece = await text_of(admin, f"/avisos/{notice.id}/cifras")
    page = await text_of(admin, f"/avisos/{notice.id}")
    assert 'data-estado="paused"' in piece
    assert piece.strip() in page
    assert "En pausa: lo que no ha salido espera." in page
    assert [entry.object for entry in audit.newest(admin.house.store.read, action="saw")] == ["aviso"]


async def test_the_page_stays_small_with_every_comunidad_of_the_province(admin: Browser) -> None:
    neighbours(admin.house, 152)
    notice = begun(admin.house, [("sent", None)] * 152, ends="done")
    rows = admin.house.store.read.all("SELECT person_id FROM notice_recipients ORDER BY person_id")
    with admin.house.store.write() as tx:
        for n, row in enumerate(rows):
            lives = (f"comunidad_campesina_{n // 2}", LANGUAGES[n % 2], row["person_id"])
            tx.run("UPDATE notice_recipients SET comunidad = ?, language = ? WHERE person_id = ?", *lives)
    page = await text_of(admin, f"/avisos/{notice.id}")  # which asserts its size
    assert len([line for line in lines(page) if line[0].startswith("comunidad_campesina")]) == 152


# ── figures for readers ───────────────────────────────────────────────────────────────────────────────────────────────


@given(st.dictionaries(st.integers(0, 20), st.tuples(*[st.integers(0, 9)] * 3), max_size=12))
def test_rows_are_put_together_until_no_number_is_small(rows: dict[int, tuple[int, ...]]) -> None:
    put = together(rows)
    assert sorted(key for keys in put for key in keys) == sorted(rows)
    for keys, counts in put.items():
        assert counts == tuple(map(sum, zip(*(rows[key] for key in keys), strict=True)))
    if len(put) > 1:
        assert all(count == 0 or count >= FEWEST for counts in put.values() for count in counts)


def test_what_is_large_enough_stays_apart() -> None:
    assert together({"a": (9, 0), "b": (5, 7), "c": (8, 6)}) == {("a",): (9, 0), ("b",): (5, 7), ("c",): (8, 6)}
    assert together({"a": (9, 1), "b": (5, 7), "c": (2, 6)}) == {("b",): (5, 7), ("a", "c"): (11, 7)}
    assert together({"a": (9, 1), "b": (5, 7), "c": (8, 6)}) == {("c",): (8, 6), ("a", "b"): (14, 8)}


async def test_a_reader_learns_of_nobody(browser: Browser) -> None:
    neighbours(browser.house, 12)
    neighbours(browser.house, 9, home="zurite")
    neighbours(browser.house, 4, "quz")
    notice = begun(browser.house, [*[("sent", None)] * 22, ("failed", "BadAddress")], ends="done")
    answered(browser.house, notice, ["took"] * 5)
    reader = await logged_in(browser, "Rita")
    page = await text_of(reader, f"/avisos/{notice.id}")
    assert ("Salieron", "22") not in lines(page)
    assert "el número no existe" not in page
    assert "<script" not in page
    assert "Se muestra dos días después de que termine" in page
    with browser.house.store.write() as tx:
        tx.run("UPDATE notices SET closed_at = ?", to_text(MONDAY - timedelta(days=3)))
    page = await text_of(reader, f"/avisos/{notice.id}")
    numbers = [int(cell) for line in lines(page) for cell in line if cell.isdigit()]
    assert all(number == 0 or number >= FEWEST for number in numbers)
    assert "Son muy pocas personas" in page  # one message failed, and two wait


async def test_readers_and_promoters_see_places_put_together(browser: Browser) -> None:
    neighbours(browser.house, 12)
    neighbours(browser.house, 9, home="zurite")
    neighbours(browser.house, 4, "quz")
    notice = begun(browser.house, [("sent", None)] * 25, ends="done", promoter="+51984000333")
    answered(browser.house, notice, ["took"] * 5)
    with browser.house.store.write() as tx:
        tx.run("UPDATE notices SET closed_at = ?", to_text(MONDAY - timedelta(days=3)))
    for name in ("Rita", "Paula"):
        page = await text_of(await logged_in(browser, name), f"/avisos/{notice.id}")
        assert [line for line in lines(page) if len(line) == 7][1:] == [
            ("Total", "25", "25", "0", "0", "5", "0"),
            ("Compone castellano", "12", "12", "0", "0", "5", "0"),
            ("Compone quechua , Zurite castellano", "13", "13", "0", "0", "0", "0"),
        ]
        assert (("Salieron", "25") in lines(page)) == (name == "Rita")


# ── Inicio ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_inicio_shows_what_is_under_way_and_what_waits_for_her(browser: Browser) -> None:
    ana, marta = await logged_in(browser, "Ana"), await logged_in(browser, "Marta")
    staff = browser.house.store.read.all("SELECT id, name FROM staff")
    ids = {row["name"]: row["id"] for row in staff}
    hers = put(browser.house, "awaiting", name="Asamblea", staff_id=ids["Marta"])
    stopped = put(browser.house, "paused", name="Detenido", promoter="+51984000333")
    for_ana, for_marta = await text_of(ana, "/"), await text_of(marta, "/")
    assert f'<a href="/avisos/{hers.id}/vista">Asamblea</a>' in for_ana
    assert "Asamblea" not in for_marta
    for page in (for_ana, for_marta, await text_of(await logged_in(browser, "Paula"), "/")):
        assert f'<a href="/avisos/{stopped.id}">Detenido</a>' in page


# ── templates ─────────────────────────────────────────────────────────────────────────────────────────────────────────

TEMPLATE = {"titulo": "Faena", "tema": "works", "es": "Faena el {fecha}, {hora}.", "quz": "Faena: {fecha}, {hora}."}


async def added(browser: Browser, **fields: str) -> Template:
    answer = await browser.post(PATH, **(TEMPLATE | fields))
    assert answer.status == 303, unescape(await answer.text())
    found = notices.template(browser.house.store.read, int(answer.headers["Location"].rpartition("/")[2]))
    assert found
    return found


async def refused(browser: Browser, path: str, **fields: str) -> dict[str, str]:
    answer = await browser.post(path, **(TEMPLATE | fields))
    assert answer.status == 400
    return dict(re.findall(r'<p class="error" id="(\w+)-error">([^<]*)</p>', unescape(await answer.text())))


async def test_a_template_keeps_every_version_and_an_old_one_comes_back(admin: Browser) -> None:
    made = await added(admin)
    path = f"{PATH}/{made.id}"
    assert (await admin.post(path, **(TEMPLATE | {"version": "1", "es": "Faena el {fecha} temprano."}))).status == 303
    page = await text_of(admin, path)
    assert "Versión 2" in page
    assert "<del>{fecha}, {hora}.</del> <ins>{fecha} temprano.</ins>" in re.sub(r"<span.*?</span>", "", page)
    assert (await admin.post(f"{path}/volver", version="1")).status == 303
    now = notices.template(admin.house.store.read, made.id)
    assert now
    assert (now.version, now.text_es) == (3, TEMPLATE["es"])
    assert [each.author for each in notices.versions(admin.house.store.read, made.id)] == ["Ana"] * 3
    assert (await admin.post(f"{path}/volver", version="9")).status == 404
    written = [entry.action for entry in audit.newest(admin.house.store.read) if entry.action.startswith("template")]
    assert written == ["template_restored", "template_changed", "template_added"]


async def test_a_retired_template_is_offered_no_more_until_it_comes_back(admin: Browser) -> None:
    made = await added(admin)
    path = f"{PATH}/{made.id}"
    assert f'<option value="{made.id}">Faena</option>' in await text_of(admin, "/avisos/nuevo")
    await admin.post(f"{path}/retirar")
    assert "Faena" not in await text_of(admin, "/avisos/nuevo")
    assert "Retiradas" in await text_of(admin, PATH)
    assert "Volver a la versión 1" in await text_of(admin, path)
    await admin.post(f"{path}/volver", version="1")
    back = notices.template(admin.house.store.read, made.id)
    assert back
    assert (back.version, back.is_retired) == (1, False)


async def test_what_is_wrong_with_a_template_is_said_at_its_field(admin: Browser) -> None:
    made = await added(admin)
    assert await refused(admin, PATH) == {"titulo": "Ya hay una plantilla con ese nombre."}
    assert await refused(admin, PATH, titulo="x") == {"titulo": "Póngale un nombre de 2 a 60 letras."}
    wrong = await refused(admin, PATH, titulo="Otra", es="El {dia}.", quz="")
    assert wrong["quz"] == "Falta el texto en quechua."
    assert wrong["es"].startswith("{dia} no existe.")
    assert "acórtelo" in (await refused(admin, PATH, titulo="Otra", es="palabra " * 70))["es"]
    stale = await refused(admin, f"{PATH}/{made.id}", version="7")
    assert stale == {"es": "Cambió desde que usted la miró: mire abajo qué dice ahora."}
    assert (await admin.get(f"{PATH}/99")).status == 404


async def test_a_promoter_uses_templates_and_changes_none(browser: Browser) -> None:
    her = await logged_in(browser, "Paula")
    assert "Nueva plantilla" not in await text_of(her, PATH)
    page = await text_of(her, f"{PATH}/1")
    assert "Usar en un aviso" in page
    assert "Guardar" not in page
    assert "Retirar" not in page


def test_differences_are_told_word_by_word() -> None:
    assert differences("a b c", "a x c d") == [
        *(Piece("=", "a"), Piece("-", "b"), Piece("+", "x"), Piece("=", "c"), Piece("+", "d")),
    ]
    assert differences("", "a") == [Piece("+", "a")]


@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), max_size=8))
def test_differences_hold_both_texts(old: list[str], new: list[str]) -> None:
    pieces = differences(" ".join(old), " ".join(new))

    def of(kinds: str) -> list[str]:
        return " ".join(piece.words for piece in pieces if piece.kind in kinds).split()

    assert (of("=-"), of("=+")) == (old, new)


# ── the templates that come with the service ──────────────────────────────────────────────────────────────────────────

CONTENT = load(ROOT / "flows" / "content")


@pytest.mark.parametrize("key", CONTENT.templates)
async def test_a_template_that_ships_takes_at_most_two_sms_with_usual_values(admin: Browser, key: str) -> None:
    template, house = CONTENT.templates[key], admin.house
    fields = {**EXAMPLES, "fecha": "2027-09-22", "nombre.quz": "Salud campaña: warmikunapaq, wawakunapaq"}
    about = ABOUT if template.topic == "campaigns" else ""
    notice = Notice(1, template.name, "", about=about, fields=fields)
    notice = replace(notice, text_es=template.text_es, text_quz=template.text_quz)
    for language in LANGUAGES:
        draft = draft_of(house.store.read, house.library.knowledge(house.store.read), notice, language, "sms", MONDAY)
        assert draft.encoding == "GSM-7", draft.body
        assert draft.segments <= 2, draft.body
        assert set(names_in(notice.text(language))) <= set(FIELDS)
    assert set(names_in(template.text_es)) == set(names_in(template.text_quz))


async def test_templates_are_planted_once(admin: Browser, tmp_path: Path) -> None:
    house = admin.house
    assert {each.name for each in notices.templates(house.store.read)} == {
        each.name for each in CONTENT.templates.values()
    }
    with house.store.write() as tx:
        for each in notices.templates(tx):
            notices.retire_template(tx, each.id, MONDAY)
    again = House(replace(house.settings, port=0))
    assert notices.templates(again.store.read) == []
    again.close()


# ── beyond the phone ──────────────────────────────────────────────────────────────────────────────────────────────────


async def body_of(browser: Browser, path: str) -> bytes:
    """What is no text."""
    address = f"http://127.0.0.1:{browser.house.settings.port}{path}"
    answer = await browser.web.get(address, headers={"Cookie": f"{browser.cookie_name}={browser.cookie}"})
    assert answer.status == 200
    return await answer.read()


async def test_flyer_and_radio_of_a_notice(admin: Browser) -> None:
    notice = put(admin.house, about=ABOUT)
    flyer = await text_of(admin, f"/avisos/{notice.id}/volante")
    for said in ("viernes 12 marzo", "8:00manta 12:00kama", "8 am a 12 pm", "posta de Zurite", "CITA", "984 000 000"):
        assert said in flyer
    assert (await body_of(admin, f"/avisos/{notice.id}/volante.pdf")).startswith(b"%PDF-")
    page = await text_of(admin, f"/avisos/{notice.id}/radio")
    assert "el viernes doce de marzo, ocho de la mañana" in page
    file = await admin.get(f"/avisos/{notice.id}/radio.txt")
    text = await file.text()
    assert (file.content_type, file.charset) == ("text/plain", "utf-8")
    assert not re.search(r"\d", text)
    assert all(paragraph in page for paragraph in text.split("\n") if paragraph and "*" not in paragraph)
    taken = [entry.object for entry in audit.newest(admin.house.store.read, action="exported")]
    assert taken == ["radio", "radio", "volante", "volante"]


async def test_without_the_library_of_pdfs_it_says_how_to_print(
    admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = put(admin.house, about=ABOUT)
    monkeypatch.setitem(sys.modules, "bot.desk.avisos.paper", None)
    answer = await admin.get(f"/avisos/{notice.id}/volante.pdf")
    assert answer.status == 501
    assert "pip install" in await answer.text()


def test_the_number_to_write_to_is_ours() -> None:
    assert handouts.number(Settings()) == handouts.SIMULATED_NUMBER
    assert handouts.number(Settings(public_url="https://chaski.example")) == ""
    twilio = Settings(twilio_account_sid="AC1", twilio_auth_token="x", twilio_from=FROM)
    assert handouts.number(twilio) == FROM
    assert handouts.number(replace(twilio, twilio_from="51234")) == "51234"
    assert handouts.number(replace(twilio, twilio_from="Municipio")) == ""
    assert handouts.number(replace(twilio, twilio_from="", twilio_messaging_service_sid="MG1")) == ""


async def test_where_the_number_is_not_known_it_is_said(tmp_path: Path) -> None:
    more = {"twilio_account_sid": "AC1", "twilio_auth_token": "x", "twilio_messaging_service_sid": "MG1"}
    async with desk(tmp_path, start=MONDAY, **more) as browser:
        await browser.log_in("Ana")
        notice = put(browser.house)
        for path in ("volante", "volante.pdf", "radio", "radio.txt"):
            answer = await browser.get(f"/avisos/{notice.id}/{path}")
            assert answer.status == 501
            assert "TWILIO_FROM" in await answer.text()


async def test_the_word_on_the_flyer_opens_what_it_is_about(admin: Browser) -> None:
    say(admin.house, "CASTELLANO")
    opened = {offer: say(admin.house, handouts.KEYWORDS.get(offer, "MENU"))[0] for offer in STEPS}
    assert {offer: answer.splitlines()[0] for offer, answer in opened.items()} == {
        "booking": "¿Qué cita desea?",
        "campaign": "¿Qué quiere saber? Elija:",
        "work": "Obras del plan 2007-2010. ¿De qué tema?",
        "fair": "Ferias que vienen (por confirmar):",
        "bare": "¿Qué quiere saber? Elija:",
    }


async def test_a_flyer_about_nothing_is_called_by_its_topic_and_never_by_the_title_of_staff(admin: Browser) -> None:
    tx, knowledge = admin.house.store.read, admin.house.library.knowledge(admin.house.store.read)
    made = handouts.flyer(tx, knowledge, put(admin.house, name="interno", topic="cuts"), MONDAY, FROM)
    assert (made.title_es, made.title_quz) == ("Cortes de agua y caminos", "Unu ñan wisq'akuy")
    plain = handouts.flyer(tx, knowledge, put(admin.house, name="interno", topic=""), MONDAY, FROM)
    assert (plain.title_es, plain.title_quz) == ("Aviso", "Willakuy")
    assert plain.keyword == "MENU"
    assert [fact.value.es for fact in plain.facts] == ["viernes 12 de marzo", "8 am", "posta de Zurite"]


async def test_a_flyer_does_not_say_its_facts_twice(admin: Browser) -> None:
    tx, knowledge = admin.house.store.read, admin.house.library.knowledge(admin.house.store.read)
    said: dict[str, Any] = {
        "text_es": "{nombre}: {fecha}, de {hora} a {hasta}. Lugar: {lugar}. Hay pediatra en {lugar}. Precio: {precio}.",
        "text_quz": "{nombre}: {fecha}, {hora}manta {hasta}kama. Maypi: {lugar}. Hamuy.",
        "fields": {**FIELDS_OF_IT, "hasta": "12:00", "nombre": "Salud", "precio": "5"},
    }
    about_it = handouts.flyer(tx, knowledge, put(admin.house, about=ABOUT, **said), MONDAY, FROM)
    assert (about_it.text_es, about_it.text_quz) == ("Hay pediatra en posta de Zurite. Precio: S/ 5.", "Hamuy.")
    alone = handouts.flyer(tx, knowledge, put(admin.house, **said), MONDAY, FROM)
    assert alone.text_quz == "Salud: viernes 12 marzo, 8:00manta 12:00kama. Hamuy."  # which nothing else says


async def test_a_flyer_keeps_what_a_sentence_says_besides_its_facts(admin: Browser) -> None:
    tx, knowledge = admin.house.store.read, admin.house.library.knowledge(admin.house.store.read)
    said: dict[str, Any] = {
        "text_es": "Faena {fecha} en {lugar}. Lugar: {lugar}.",
        "text_quz": "{fecha} faena {lugar}pi. Maypi: {lugar}.",
        "fields": FIELDS_OF_IT,
    }
    made = handouts.flyer(tx, knowledge, put(admin.house, about="", **said), MONDAY, FROM)
    assert made.text_es == "Faena viernes 12 de marzo en posta de Zurite."
    assert made.text_quz == "viernes 12 marzo faena posta de Zuritepi."


async def test_the_radio_greets_the_places_and_names_the_promoter(admin: Browser) -> None:
    knowledge = admin.house.library.knowledge(admin.house.store.read)
    hers = put(admin.house, promoter="+51984000333", author="Lucía Ccori", audience=Audience(comunidades=("compone",)))
    said = handouts.radio(knowledge, hers, FROM)
    assert said["es"].startswith("Un saludo a los vecinos y vecinas de Compone. Lucía Ccori, promotora de salud")
    everywhere = put(admin.house, audience=Audience(districts=("anta", "zurite", "pucyura", "limatambo")), text_quz="")
    said = handouts.radio(knowledge, everywhere, FROM)
    assert list(said) == ["es"]
    assert said["es"].startswith("Un saludo a los vecinos y vecinas. La municipalidad")


async def test_a_campaign_leads_to_its_notice(admin: Browser) -> None:
    page = await text_of(admin, f"/citas/{ABOUT.partition(':')[2]}")
    assert 'href="/avisos/nuevo?sobre=campaign%3Azurite_20270312"' in page
    reader = await logged_in(admin, "Rita")
    assert (await reader.get("/avisos/nuevo")).status == 403


# ── what docs/avisos.md shows ─────────────────────────────────────────────────────────────────────────────────────────

BOT_LINK = "https://t.me/AntaChaskiBot"


def example(house: House) -> Notice:
    """The notice of docs/avisos.md and of its picture: a template that ships, about a day of paediatrics in Compone."""
    day = Campaign(
        key="compone_20270312",
        name=Name("Campaña de salud para niños", "Wawakunapaq salud campaña"),
        topic="especialistas",
        district="anta",
        place="local comunal de Compone",
        date=date(2027, 3, 12),
        opens=time(8),
        closes=time(13),
        clinics=(Clinic("pediatria", 20),),
        bring=Name("DNI y tarjeta de control del niño", "DNI, wawapa control tarjetan"),
        cost=Name("medicamentos a bajo costo", "barato hampikuna"),
    )
    template, knowledge = CONTENT.templates["campana_con_citas"], house.library.knowledge(house.store.read)
    with house.store.write() as tx:
        Changes(tx, house.clock, MONDAY, "test").put(day)
        found = event(tx, knowledge, f"campaign:{day.key}", MONDAY)
    assert found
    hers = Audience(comunidades=("compone",))
    texts: dict[str, Any] = {"text_es": template.text_es, "text_quz": template.text_quz}
    return put(house, about=found.about, fields=found.fields, audience=hers, **texts)


async def test_the_page_of_docs_says_what_the_program_makes(admin: Browser) -> None:
    house = admin.house
    notice, knowledge = example(house), house.library.knowledge(house.store.read)
    shown = (ROOT / "docs" / "avisos.md").read_text(encoding="utf-8")
    made = handouts.flyer(house.store.read, knowledge, notice, MONDAY, handouts.SIMULATED_NUMBER, BOT_LINK)
    quoted = re.findall(r"^> (.+)$", shown, re.MULTILINE)
    radio = handouts.radio(knowledge, notice, handouts.SIMULATED_NUMBER)
    said = [filled(notice, language) for language in LANGUAGES]
    assert quoted == [*said, *radio["es"].split("\n\n"), *radio["quz"].split("\n\n")]
    for fact in made.facts:
        assert f"| {fact.label.quz}, {fact.label.es} | {fact.value.quz} | {fact.value.es} |" in shown
    assert (ROOT / "docs" / "avisos" / "volante.png").stat().st_size < 200 * 1024
