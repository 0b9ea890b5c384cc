"""The agenda at the desk through a real server: works, fairs and files, what is answered from them, who may do what."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from datetime import date, datetime, time
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

from bot.clock import LIMA
from bot.desk.agenda import typed
from bot.desk.agenda.bringing import MOST_BYTES
from bot.desk.agenda.spanish import in_spanish
from bot.records import agenda, audit
from bot.records.agenda import Amount, Fair, Name, Work, rules
from bot.service.accounts import Wish
from bot.service.imports import KINDS, check, load
from tests.running import count, say
from tests.test_desk import PAGE_BYTES, WISHES, Browser, add, another, desk

FAIR: dict[str, Any] = {
    "nombre": "Pantipata",
    "alias": "panti pata; pantipaata",
    "distrito": "chinchaypujio",
    "lugar": "campo ferial",
    "dias": "martes y viernes",
    "desde": "06:00",
    "hasta": "13:00",
    "productos": ["ganado", "cuy"],
}
WORK: dict[str, Any] = {
    "nombre": "Agua potable para Compone",
    "nombre_quz": "Componepaq unu",
    "temas": "agua",
    "distritos": "anta",
    "estado": "en obra",
    "anio_0": "2027",
    "soles_0": "1,893,413",
    "fondo_0": "canon",
}


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with desk(tmp_path, start=datetime(2027, 3, 1, 9, 0, tzinfo=LIMA)) as made:
        yield made


@pytest.fixture
async def admin(browser: Browser) -> Browser:
    await browser.log_in("Ana")
    return browser


async def text_of(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200, f"{path}: {answer.status}"
    return unescape(await answer.text())


async def send(browser: Browser, path: str, status: int = 303, **fields: Any) -> str:
    """Post a form; the page that follows, with its notice."""
    pairs = [(name, each) for name, value in fields.items() for each in (value if isinstance(value, list) else [value])]
    answer = await browser.send("POST", path, [("vale", browser.csrf), *pairs])
    assert answer.status == status, await answer.text()
    return await text_of(browser, answer.headers["Location"]) if status == 303 else unescape(await answer.text())


def fairs(browser: Browser) -> list[Fair]:
    return agenda.all_fairs(browser.house.store.read, with_samples=True)


def works(browser: Browser) -> dict[str, Work]:
    return {work.key: work for work in agenda.find_works(browser.house.store.read, with_samples=True)}


def answered(browser: Browser, text: str) -> str:
    return " ".join(say(browser.house, text))


# ── fairs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_fair_is_written_changed_and_answered_from_at_once(admin: Browser) -> None:
    assert "muestra" in await text_of(admin, "/agenda/ferias")
    page = await send(admin, "/agenda/ferias/nueva", **FAIR)
    assert "desde ahora se responde así" in page
    assert "1 SMS" in page
    assert page.count('<li><time datetime="2027-03-') == 5
    [fair] = fairs(admin)
    assert (fair.key, fair.aliases, fair.products) == ("pantipata", ("panti pata", "pantipaata"), ("ganado", "cuy"))
    assert "De 6 am a 1 pm" in answered(admin, "feria de pantipaata")
    await send(admin, "/agenda/ferias/pantipata", **FAIR | {"desde": "07:30", "sin_feria": "02/03/2027; 5/3/2027"})
    said = answered(admin, "feria de pantipata")
    assert "De 7:30 am" in said
    assert "martes 9 de marzo" in said
    assert "muestra" not in await text_of(admin, "/agenda/ferias")
    assert [entry.action for entry in audit.newest(admin.house.store.read, name="Ana")[:5]].count("fairs_changed") == 1


async def test_a_fair_that_is_taken_away_is_no_answer_any_more(admin: Browser) -> None:
    await send(admin, "/agenda/ferias/nueva", **FAIR)
    page = await send(admin, "/agenda/ferias/pantipata/quitar")
    assert "ya no se responde con eso" in page
    assert fairs(admin) == []
    assert (await admin.get("/agenda/ferias/pantipata")).status == 404


async def test_two_fairs_of_one_name_and_one_called_new(admin: Browser) -> None:
    for name in ("Pantipata", "Pantipata", "Nueva", "2 de mayo"):
        await send(admin, "/agenda/ferias/nueva", **FAIR | {"nombre": name})
    assert {fair.key for fair in fairs(admin)} == {"pantipata", "pantipata_2", "nueva_2", "feria_2_de_mayo"}


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"nombre": ""}, "nombre", "Póngale un nombre"),
        ({"dias": "cuando haya luna"}, "dias", "Escriba así: domingo"),
        ({"hasta": "05:00"}, "hasta", "Termina antes"),
        ({"sin_feria": "mañana"}, "sin_feria", "Escriba fechas así"),
        ({"distrito": "lima"}, "distrito", "Elija el distrito"),
        ({"comunidad": "compone"}, "comunidad", "es de otro distrito"),
        ({"nombre": "x" * 140, "lugar": "y" * 150}, "nombre", "solo puede ocupar 2"),
    ],
)
async def test_what_cannot_be_a_fair_is_said_beside_its_field(
    admin: Browser, fields: dict[str, str], field: str, said: str
) -> None:
    before = fairs(admin)
    page = await send(admin, "/agenda/ferias/nueva", 400, **FAIR | fields)
    assert f'id="{field}-error"' in page
    assert said in page
    assert "panti pata; pantipaata" in page
    assert fairs(admin) == before


async def test_a_look_at_what_is_read_writes_nothing(admin: Browser) -> None:
    before = fairs(admin)
    page = await send(admin, "/agenda/ferias/nueva", 200, **FAIR, ver="1")
    assert "Feria de Pantipata:" in page
    assert fairs(admin) == before


@pytest.mark.parametrize(
    "words",
    [
        "domingo",
        "martes y viernes",
        "lunes, miércoles y sábado",
        "primer domingo del mes",
        "primer y último jueves del mes",
    ],
)
def test_a_rule_is_shown_in_words_that_mean_it_again(words: str) -> None:
    rule = rules.parse(words.replace(",", " "))
    assert rules.parse(typed.rule_words(rule).replace(",", " ")) == rule


def test_a_rule_that_words_do_not_say_stays_a_rule() -> None:
    rule = "FREQ=YEARLY;BYMONTH=8;BYMONTHDAY=15"
    assert typed.rule_words(rule) == rule
    assert typed.rule_words("") == ""


# ── works ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_work_is_written_changed_and_answered_from_at_once(admin: Browser) -> None:
    page = await send(admin, "/agenda/obras/nueva", **WORK)
    assert "En quechua · <strong" in page
    assert works(admin)["agua_potable_para_compone"] == Work(
        key="agua_potable_para_compone",
        name=Name("Agua potable para Compone", "Componepaq unu"),
        topics=("agua",),
        districts=("anta",),
        amounts=(Amount(2027, 1893413, "canon"),),
        state="en obra",
    )
    assert "S/ 1,893,413" in answered(admin, "obra agua potable para compone")
    await send(admin, "/agenda/obras/agua_potable_para_compone", **WORK | {"estado": "terminada"})
    assert "terminada" in answered(admin, "obra agua potable para compone")


async def test_a_programme_of_the_plan_stays_one(admin: Browser) -> None:
    programme = next(work for work in works(admin).values() if work.is_programme)
    page = await text_of(admin, f"/agenda/obras/{programme.key}")
    assert "Así lo lee la gente" in page
    fields: dict[str, Any] = {**typed.work_fields(programme), "estado": "en marcha"}
    await send(admin, f"/agenda/obras/{programme.key}", **fields)
    changed = works(admin)[programme.key]
    assert changed.is_programme
    assert (changed.amounts, changed.state) == (programme.amounts, "en marcha")


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"nombre": ""}, "nombre", "Póngale un nombre"),
        ({"temas": []}, "temas", "por lo menos un tema"),
        ({"corto": "x" * 61}, "corto", "Hasta 60 letras"),
        ({"soles_0": ""}, "anio_0", "van juntos"),
        ({"soles_0": "mucho"}, "soles_0", "soles enteros"),
        ({"anio_0": "27"}, "anio_0", "Escriba el año"),
        ({"anio_1": "2027", "soles_1": "5"}, "anio_1", "dos veces"),
        ({"nombre_quz": "ñ" * 160, "estado": "y" * 150}, "nombre_quz", "solo puede ocupar 2"),
    ],
)
async def test_what_cannot_be_a_work_is_said_beside_its_field(
    admin: Browser, fields: dict[str, Any], field: str, said: str
) -> None:
    before = works(admin)
    page = await send(admin, "/agenda/obras/nueva", 400, **WORK | fields)
    assert f'id="{field}-error"' in page
    assert said in page
    assert works(admin) == before


# ── lists, and who may do what ────────────────────────────────────────────────────────────────────────────────────────


async def test_lists_are_searched_by_words_and_district(admin: Browser) -> None:
    await send(admin, "/agenda/ferias/nueva", **FAIR)
    await send(admin, "/agenda/ferias/nueva", **FAIR | {"nombre": "Zurite", "alias": "", "distrito": "zurite"})
    assert "1 feria<" in await text_of(admin, "/agenda/ferias?busca=PANTI")
    assert "1 feria<" in await text_of(admin, "/agenda/ferias?distrito=zurite")
    assert "No hay ninguna así" in await text_of(admin, "/agenda/ferias?busca=lima&distrito=zurite")
    await send(admin, "/agenda/obras/nueva", **WORK)
    assert "Agua potable para Compone" in await text_of(admin, "/agenda/obras?busca=compone&distrito=anta")
    searched = audit.newest(admin.house.store.read, action="searched")
    assert (searched[0].object, searched[0].details) == ("obras", {"said": "compone", "district": "anta"})


@pytest.mark.parametrize("role", ["mesa", "promoter", "reader"])
async def test_others_read_and_change_nothing(admin: Browser, role: Any) -> None:
    await send(admin, "/agenda/ferias/nueva", **FAIR)
    her = another(admin)
    await her.log_in(WISHES[role].name)
    assert "Ferias" in await text_of(her, "/agenda")
    page = await text_of(her, "/agenda/ferias")
    assert "Pantipata" in page
    assert "/agenda/ferias/pantipata" not in page
    assert "Nueva feria" not in page
    assert (await her.get("/agenda/ferias/pantipata")).status == 403
    assert (await her.post("/agenda/ferias/pantipata/quitar")).status == 403


async def test_pages_are_light(admin: Browser) -> None:
    first = next(iter(works(admin)))
    for path in ("", "/obras", "/ferias", "/obras/nueva", "/ferias/nueva", f"/obras/{first}"):
        assert len(await text_of(admin, f"/agenda{path}")) < PAGE_BYTES, path


def test_hours_and_days_without_fair_stand_in_the_form_as_they_are_typed() -> None:
    fair = Fair("a", "A", "FREQ=WEEKLY;BYDAY=SU", opens=time(6), exceptions=(date(2027, 3, 7),))
    fields = typed.fair_fields(fair)
    assert (fields["desde"], fields["hasta"], fields["sin_feria"]) == (["06:00"], [""], ["07/03/2027"])


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def table(kind: str, *rows: str) -> bytes:
    return "\r\n".join([",".join(KINDS[kind].columns), *rows]).encode()


async def bring(browser: Browser, kind: str, body: bytes, status: int = 200, name: str = "obras.csv") -> str:
    """A file brought to the desk; the page that says what it would do."""
    form = FormData({"vale": browser.csrf, "tipo": kind})
    form.add_field("archivo", io.BytesIO(body), filename=name, content_type="text/csv")
    answer = await browser.send("POST", "/agenda/importar", form)
    assert answer.status == status, await answer.text()
    return unescape(await answer.text())


def digest(page: str) -> str:
    found = re.search(r'name="huella" value="([0-9a-f]{64})"', page)
    assert found, page
    return found[1]


POSTA = "posta,Posta de Zurite,,salud,zurite,2027,90000,,en obra,acta 3"


async def test_a_file_is_looked_at_and_then_exactly_that_file_is_applied(admin: Browser) -> None:
    before = works(admin)
    page = await bring(admin, "works", table("works", POSTA))
    assert "<dt>Nuevas</dt><dd>1</dd>" in page
    assert works(admin) == before
    assert "1 nuevas, 0 cambiadas" in await send(admin, "/agenda/importar/aplicar", huella=digest(page))
    assert works(admin)["posta"].state == "en obra"
    assert "Posta de Zurite" in answered(admin, "obra posta de zurite")
    [entry] = audit.newest(admin.house.store.read, action="agenda_imported")
    assert (entry.object, entry.details["new"]) == ("works", "1")
    again = await send(admin, "/agenda/importar/aplicar", 400, huella=digest(page))
    assert "ya no está" in again


async def test_only_her_own_last_file_is_applied(admin: Browser) -> None:
    first = digest(await bring(admin, "works", table("works", POSTA)))
    second = digest(await bring(admin, "works", table("works", POSTA.replace("posta", "otra"))))
    await send(admin, "/agenda/importar/aplicar", 400, huella=first)
    colleague = another(admin)
    add(admin.house, Wish("Berta", "admin"))
    await colleague.log_in("Berta")
    await send(colleague, "/agenda/importar/aplicar", 400, huella=second)
    assert not {"posta", "otra"} & set(works(admin))
    await admin.post("/salir")
    assert count(admin.house.store, "uploads") == 0


async def test_a_file_with_errors_is_not_kept(admin: Browser) -> None:
    page = await bring(admin, "works", table("works", POSTA.replace("zurite", "lima")), 400, "..\\mal.csv")
    assert "No hay distrito «lima»" in page
    assert "..\\" not in page
    assert "Aplicar" not in page
    assert count(admin.house.store, "uploads") == 0


async def test_what_is_no_file_or_too_large_is_said(admin: Browser) -> None:
    assert "Elija un archivo" in await bring(admin, "works", b"", 400)
    assert "Elija qué trae" in await bring(admin, "nada", b"a", 400)
    assert "No es .xlsx ni CSV" in await bring(admin, "works", b"\x00\x01", 400)
    assert "No se puede leer como archivo de Excel" in await bring(admin, "works", b"PK nothing", 400)
    assert "muy grande" in await bring(admin, "works", b"x" * (MOST_BYTES + 1), 413)
    broken = await admin.send("POST", "/agenda/importar", b"--x", **{"Content-Type": "multipart/form-data; boundary=x"})
    assert broken.status in (400, 403)


async def test_a_file_needs_the_token_and_an_admin(admin: Browser) -> None:
    admin.csrf = "0" * 64
    await bring(admin, "works", table("works", POSTA), 403)
    for role in ("mesa", "promoter", "reader"):
        her = another(admin)
        await her.log_in(WISHES[role].name)
        await bring(her, "works", table("works", POSTA), 403)
    elsewhere = await admin.send("POST", "/agenda/obras/nueva", FormData({"vale": "1"}, default_to_multipart=True))
    assert elsewhere.status == 400


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_an_empty_file_has_the_columns_that_are_read(admin: Browser, kind: str, form: str) -> None:
    url = f"http://127.0.0.1:{admin.house.settings.port}/agenda/importar/{kind}.{form}"
    answer = await admin.web.get(url, headers={"Cookie": f"{admin.cookie_name}={admin.cookie}"})
    body = await answer.read()
    assert f'filename="{kind}.{form}"' in answer.headers["Content-Disposition"]
    assert [error.sentence for error in load(kind, "a", body).errors] == ["there are no rows under the header."]


async def test_there_are_no_other_empty_files(admin: Browser) -> None:
    for name in ("works", "works.exe", "nothing.csv"):
        assert (await admin.get(f"/agenda/importar/{name}")).status == 404


BAD: dict[str, list[str]] = {
    "works": [
        "Á B,,,magia,lima,27,mucho,oro,e,f",
        f"a,{'x' * 200},,agua,,2027,,,,",
        "b,B,,,,,5,,,",
        "b,C,,agua,,,,,,",
        "b,D,,agua,,,,,,",
        "c,C,,agua,,2027,1,,,",
        "c,C,,agua,,2027,2,,,",
        "d,D,,agua,,,,,,,,more",
        "e,E\x01,,agua,,,,,,",
    ],
    "fairs": [
        "a,A,lima,,cuando quiera,25:00,,oro,",
        "b,B,anta,,,13:00,06:00,,",
        "c,C,anta,,FREQ=DAILY,,,,",
        "d,D,anta,,INTERVAL=2,,,,",
        "e,E,anta,,FREQ=WEEKLY;COUNT=3,,,,",
        "f,F,anta,,domingo,,,,",
        "f,F,anta,,domingo,,,,",
    ],
    "campaigns": ["a,A,,,2027-02-30,,,magia,muchos,,,", "b,B,anta,,pronto,,,pediatria,,,,"],
    "comunidades": ["anta,Anta,anta,", "x,X,,"],
    "promoters": ["Rosa,123,,", "Rosa,984000111,lima,frances"],
}


@pytest.mark.parametrize("kind", BAD)
async def test_every_error_is_said_in_spanish(admin: Browser, kind: str) -> None:
    house = admin.house
    for body in (table(kind, *BAD[kind]), b"key,key,magia\r\n1,2,3", table(kind)):
        report = check(house.store.read, house.library.content, load(kind, "a", body))
        assert report.errors
        assert [error.sentence for error in report.errors if in_spanish(error.sentence) == error.sentence] == []
    assert "Está vacío" in await bring(admin, kind, table(kind, *BAD[kind]), 400) or kind == "fairs"


# ── history ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def change_ids(page: str) -> list[str]:
    return re.findall(r"/historia/(\d+)/deshacer", page)


async def test_what_changed_is_shown_and_taken_back(admin: Browser) -> None:
    await send(admin, "/agenda/ferias/nueva", **FAIR)
    await send(admin, "/agenda/ferias/pantipata", **FAIR | {"desde": "07:30"})
    page = await text_of(admin, "/agenda/ferias/pantipata/historia")
    assert "Ana" in page
    assert re.search(r"Desde qué hora.*06:00.*07:30", page, re.DOTALL)
    [newest] = change_ids(page)
    page = await send(admin, f"/agenda/ferias/pantipata/historia/{newest}/deshacer")
    assert "De 6 am" in answered(admin, "feria de pantipata")
    assert "deshizo" in page
    assert audit.newest(admin.house.store.read, action="fairs_undone")[0].object == "pantipata"
    again = await send(admin, f"/agenda/ferias/pantipata/historia/{newest}/deshacer")
    assert "cambió después" in again
    assert fairs(admin)[0].opens == time(6)


async def test_what_was_taken_away_comes_back(admin: Browser) -> None:
    await send(admin, "/agenda/obras/nueva", **WORK)
    before = works(admin)["agua_potable_para_compone"]
    page = await send(admin, "/agenda/obras/agua_potable_para_compone/quitar")
    assert "/agenda/obras/agua_potable_para_compone/historia" in page
    page = await text_of(admin, "/agenda/obras/agua_potable_para_compone/historia")
    await send(admin, f"/agenda/obras/agua_potable_para_compone/historia/{change_ids(page)[0]}/deshacer")
    assert works(admin)["agua_potable_para_compone"] == before


async def test_what_was_added_is_taken_away_again(admin: Browser) -> None:
    await send(admin, "/agenda/obras/nueva", **WORK)
    page = await text_of(admin, "/agenda/obras/agua_potable_para_compone/historia")
    await send(admin, f"/agenda/obras/agua_potable_para_compone/historia/{change_ids(page)[0]}/deshacer")
    assert "agua_potable_para_compone" not in works(admin)


async def test_an_import_leaves_a_change_for_each_row_that_is_not_the_same(admin: Browser) -> None:
    for rows in ([POSTA], [POSTA, POSTA.replace("posta", "otra")]):
        page = await bring(admin, "works", table("works", *rows))
        await send(admin, "/agenda/importar/aplicar", huella=digest(page))
    kept = agenda.changes_of(admin.house.store.read, "works", "posta")
    assert [(each.way, each.name, each.before is None) for each in kept] == [("import", "Ana", True)]
    assert "archivo" in await text_of(admin, "/agenda/obras/otra/historia")
    rosa = table("promoters", "Rosa Quispe,984 000 111,izcuchaca;compone,quechua")
    await send(admin, "/agenda/importar/aplicar", huella=digest(await bring(admin, "promoters", rosa)))
    stored = [tuple(row) for row in admin.house.store.read.all("SELECT * FROM agenda_changes")]
    assert "Rosa" not in str(stored)
    assert "984000111" not in str(stored)


async def test_history_of_nothing_and_of_others(admin: Browser) -> None:
    assert (await admin.get("/agenda/obras/nada/historia")).status == 404
    await send(admin, "/agenda/ferias/nueva", **FAIR)
    [change] = change_ids(await text_of(admin, "/agenda/ferias/pantipata/historia"))
    for path in (f"/agenda/obras/pantipata/historia/{change}/deshacer", "/agenda/ferias/pantipata/historia/x/deshacer"):
        assert (await admin.post(path)).status == 404
    her = another(admin)
    await her.log_in("Marta")
    page = await text_of(her, "/agenda/ferias/pantipata/historia")
    assert change_ids(page) == []
    assert (await her.post(f"/agenda/ferias/pantipata/historia/{change}/deshacer")).status == 403
    reader = another(admin)
    await reader.log_in("Rita")
    assert (await reader.get("/agenda/ferias/pantipata/historia")).status == 403


async def test_a_day_of_a_campaign_leaves_its_changes(admin: Browser) -> None:
    rows = table("campaigns", "c1,Campaña,zurite,Posta,2027-03-12,08:00,13:00,pediatria,20,DNI,,")
    await send(admin, "/agenda/importar/aplicar", huella=digest(await bring(admin, "campaigns", rows)))
    [change] = agenda.changes_of(admin.house.store.read, "campaigns", "c1")
    assert change.after is not None
    assert (change.after["date"], change.after["opens"]) == ("2027-03-12", "08:00")
