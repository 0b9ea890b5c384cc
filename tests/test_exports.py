"""Exports: files that open right and hold no formulas, no more of a person than a reader needs, all written down."""

from __future__ import annotations

import csv
import io
import stat
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from bot.app import House
from bot.clock import LIMA
from bot.errors import Refusal
from bot.records import agenda, appointments, audit, cases
from bot.records.agenda import Campaign, Clinic, Name
from bot.records.appointments import Patient
from bot.records.cases import CaseEntry, EntryKind
from bot.records.store import Tx
from bot.service import exports, imports, publishing
from bot.service.appointments.booking import Booking
from bot.service.appointments.changes import Changes
from bot.service.exports import Table
from bot.settings import Settings
from tests.running import bot, built
from tests.test_desk import HTML, Browser, another, desk
from tests.test_panorama import NOW, person, report

NUMBER = "+51980000"
DANGEROUS = ("=1+1", "+51984000111", "-2+3", "@SUM(A1)", "\tx", "\rx", "\n=x", " =1", "\u00a0=1", "\uff1d1", "\ufeff=1")


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with desk(tmp_path, start=NOW) as made:
        yield made


def a_day(house: House) -> None:
    """Salud: one report that was answered, one anonymous; Turismo: one of the day before."""
    with house.store.write() as tx:
        known, hidden, other = (person(house, tx) for _ in range(3))
        first = report(house, tx, known, NOW, answered_at=NOW + timedelta(hours=1), state="answered")
        entry(house, tx, first.id, "said", "no hay agua\nen la posta")
        entry(house, tx, first.id, "answer", "Ya hay.", "Kanñan.")
        second = report(house, tx, hidden, NOW, is_anonymous=True, district="", topic="")
        entry(house, tx, second.id, "said", "=cmd|' /C calc'!A0")
        report(house, tx, other, NOW - timedelta(days=1), mesa="turismo")


def entry(house: House, tx: Tx, case_id: int, kind: EntryKind, body: str, other_body: str = "") -> None:
    entry_id = house.clock.new_id()
    cases.add_entry(tx, CaseEntry(entry_id, case_id, kind, body, other_body, "es", None, None, "", NOW))


def a_clinic(house: House) -> None:
    """Rosa Quispe, 34 years, has an appointment with the gynaecologist in Anta."""
    with house.store.write() as tx:
        day = date(2027, 3, 20)
        clinic = Clinic("ginecologia", 4)
        campaign = Campaign("c1", Name("Campaña"), "especialistas", "anta", "posta", day, clinics=(clinic,))
        Changes(tx, house.clock, NOW, "staff").put(campaign)
        patient = Patient(house.clock.new_id(), person(house, tx), "Rosa Quispe", age_months=34 * 12 + 5)
        appointments.add_patient(tx, patient, NOW)
        assert Booking(tx, house.clock, NOW).take("c1", "ginecologia", patient.id, "person", or_wait=True).appointment


def from_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def from_xlsx(data: bytes) -> list[list[Any]]:
    return [list(row) for row in CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()]


async def download(browser: Browser, name: str, path: str) -> tuple[ClientResponse, bytes]:
    her = another(browser)
    await her.log_in(name)
    url = f"http://127.0.0.1:{browser.house.settings.port}{path}"
    headers = HTML | {"Cookie": f"{her.cookie_name}={her.cookie}"}
    async with her.web.get(url, headers=headers, allow_redirects=False) as answer:
        return answer, await answer.read()


# ── the file ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_csv_begins_with_the_mark_by_which_excel_knows_utf8() -> None:
    data = exports.written(Table("x", ("día",), ((date(2027, 3, 1),), (NOW,), (None,), (7,))), "csv")
    assert data == '\ufeffdía\r\n2027-03-01\r\n2027-03-16 10:00\r\n""\r\n7\r\n'.encode()


def test_an_excel_file_has_real_days_and_numbers() -> None:
    rows = from_xlsx(exports.written(Table("x", ("a", "b", "c"), ((date(2027, 3, 1), NOW, 7),)), "xlsx"))
    assert rows == [["a", "b", "c"], [date(2027, 3, 1), NOW.replace(tzinfo=None), 7.0]]


@pytest.mark.parametrize("text", DANGEROUS)
def test_nothing_that_people_wrote_is_a_formula_in_any_column(text: str) -> None:
    table = Table("x", ("a", "b"), ((text, text),))
    for cell in next(csv.reader(io.StringIO(exports.written(table, "csv").decode("utf-8-sig").split("\r\n", 1)[1]))):
        assert cell.startswith("'")
    assert b"<f>" not in exports.written(table, "xlsx")


def test_a_number_is_text_in_excel() -> None:
    rows = from_xlsx(exports.written(Table("x", ("celular",), (("+51984000111",),)), "xlsx"))
    assert rows[1] == ["+51984000111"]


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn"]), max_size=30))
def test_any_text_survives_in_both_forms(text: str) -> None:
    table = Table("x", ("a", "b"), ((text, "."),))
    assert from_csv(exports.written(table, "csv"))[0]["a"] in (text, f"'{text}")
    assert from_xlsx(exports.written(table, "xlsx"))[1] == [text, "."]


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_no_sign_breaks_a_file(text: str) -> None:
    table = Table("x", ("a", "b"), ((text, "."),))
    assert from_csv(exports.written(table, "csv"))[0]["b"] == "."
    assert from_xlsx(exports.written(table, "xlsx"))[1][1] == "."


def test_only_two_kinds_of_files_are_written() -> None:
    assert exports.form_of("A.XLSX") == "xlsx"
    with pytest.raises(Refusal, match=r"\.csv or \.xlsx"):
        exports.form_of("a.pdf")


# ── what is in it ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_administrator_gets_words_and_numbers_but_no_anonymous_number(browser: Browser) -> None:
    a_day(browser.house)
    answer, data = await download(browser, "Ana", "/exportar/reportes?formato=csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="reportes-2027-03-16.csv"'
    rows = {row["sirvio"] + row["mesa"] + row["anonimo"]: row for row in from_csv(data)}
    known, hidden = rows["Saludno"], rows["Saludsí"]
    assert (known["palabras"], known["respuesta"]) == ("no hay agua\nen la posta", "Ya hay.")
    assert known["celular"].startswith("'+51")
    assert (hidden["palabras"], hidden["celular"]) == ("'=cmd|' /C calc'!A0", "")
    assert (known["dicho"], known["estado"], known["distrito"]) == ("2027-03-16 10:00", "respondido", "Anta")


async def test_a_mesa_gets_its_own_reports_without_numbers(browser: Browser) -> None:
    a_day(browser.house)
    _, data = await download(browser, "Marta", "/exportar/reportes?formato=csv")
    rows = from_csv(data)
    assert {row["mesa"] for row in rows} == {"Salud"}
    assert "celular" not in rows[0]
    answer, _ = await download(browser, "Marta", "/exportar/reportes?mesa=turismo")
    assert answer.status == 404


async def test_a_day_of_a_mesa_is_a_file(browser: Browser) -> None:
    a_day(browser.house)
    _, data = await download(browser, "Ana", "/exportar/reportes?mesa=turismo&dia=2027-03-15&formato=csv")
    assert [row["mesa"] for row in from_csv(data)] == ["Turismo"]
    _, data = await download(browser, "Ana", "/exportar/reportes?mesa=turismo&dia=2027-03-16&formato=csv")
    assert from_csv(data) == []


async def test_appointments_have_codes_and_ages_and_no_names(browser: Browser) -> None:
    a_clinic(browser.house)
    for name in ("Ana", "Marta"):
        _, data = await download(browser, name, "/exportar/citas?formato=csv&desde=2027-03-01&hasta=2027-03-31")
        assert b"Rosa" not in data
        assert b"+51" not in data
        (row,) = from_csv(data)
        assert (row["fecha"], row["edad_anios"], row["estado"]) == ("2027-03-20", "34", "con cita")
    _, none = await download(browser, "Ana", "/exportar/citas?formato=csv&hasta=2027-03-19")
    assert from_csv(none) == []


async def test_readers_get_what_was_published_and_nothing_else(browser: Browser) -> None:
    house = browser.house
    with house.store.write() as tx:
        for _ in range(6):
            report(house, tx, person(house, tx), datetime(2027, 2, 2, 12, tzinfo=LIMA))
        publishing.publish(tx, NOW)
    _, data = await download(browser, "Rita", "/exportar/publicado?formato=csv")
    assert [row["reportes"] for row in from_csv(data)] == ["6", "6", "6"]
    for path in ("/exportar/reportes", "/exportar/citas", "/exportar/obras"):
        assert (await download(browser, "Rita", path))[0].status == 403


async def test_what_left_the_desk_is_written_down(browser: Browser) -> None:
    a_day(browser.house)
    await download(browser, "Marta", "/exportar/reportes?mesa=salud&dia=2027-03-16&formato=xlsx")
    entry = audit.newest(browser.house.store.read, action="exported")[0]
    assert (entry.actor.name, entry.object, entry.row_count) == ("Marta", "reportes", 2)
    assert entry.details == {"form": "xlsx", "mesa": "salud", "day": "2027-03-16"}


# ── bot export ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_works_that_were_exported_can_be_imported_again(tmp_path: Path) -> None:
    house = built(Settings(data=tmp_path))
    before = agenda.find_works(house.store.read, with_samples=True)
    for form in ("csv", "xlsx"):
        file = tmp_path / f"works.{form}"
        exports.to_file(house.store, house.library, house.clock, "works", file, (), (), None, None, None)
        written = imports.run(house.store, house.library.content, "works", file, False, house.clock)
        assert written.errors == ()
    assert len({row[0] for row in from_xlsx(file.read_bytes())[1:]}) == len(before)
    house.close()


def test_the_command_writes_a_file_for_its_owner_and_says_so(tmp_path: Path) -> None:
    data = {"CHASKI_DATA": str(tmp_path / "data")}
    file = tmp_path / "salud.csv"
    run = bot("export", "feedback", str(file), "--mesa", "salud", "--day", "2027-03-01", **data)
    assert (run.returncode, run.stdout) == (0, f"{file}: 0 rows.\n")
    assert file.read_bytes().startswith(b"\xef\xbb\xbfcodigo,mesa,")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


REFUSED = (
    (("feedback", "a.pdf"), "has to end in .csv or .xlsx"),
    (("feedback", "a.csv", "--mesa", "minas"), "There is no mesa 'minas'"),
    (("works", "a.csv", "--mesa", "salud"), "--mesa says nothing of works"),
    (("appointments", "a.csv", "--day", "2027-03-01"), "--day says nothing of appointments"),
    (("works", "none/a.csv"), "No such file"),
)


@pytest.mark.parametrize(("arguments", "said"), REFUSED)
def test_what_cannot_be_exported_is_said_in_a_sentence(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    kind, file, *rest = arguments
    run = bot("export", kind, str(tmp_path / file), *rest, CHASKI_DATA=str(tmp_path / "data"))
    assert run.returncode == 1
    assert said in run.stderr
    assert not (tmp_path / file).exists()
