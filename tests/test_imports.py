"""`bot import`: what staff bring in spreadsheets, in every shape that Excel gives it, right and wrong."""

from __future__ import annotations

import time as stopwatch
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path

import pytest
import xlsxwriter

from bot.clock import LIMA
from bot.errors import Refusal
from bot.records import agenda
from bot.records.agenda import Amount, Name
from bot.records.store import Store
from bot.service.content import Content, load, seed
from bot.service.imports import KINDS, Report, cells, run

FOLDER = Path(__file__).parent.parent / "flows" / "content"
HEADERS = {kind: ",".join(KINDS[kind].columns) for kind in KINDS}
ROWS = {
    "works": (
        "agua_compone,Agua potable para Compone,Componepaq unu,agua;desague,anta,"
        '2027,"1,893,413.00",canon,en obra,acta 12'
    ),
    "fairs": "compone,Compone,anta,Campo ferial,primer domingo del mes,06:00,13:00,ganado;cuy,Traer DNI",
    "campaigns": "c1,Campaña,zurite,Posta,2027-03-12,08:00,13:00,pediatria;ojos,20,DNI,medicamentos a bajo costo,",
    "comunidades": "pantipata,Pantipata,chinchaypujio,panti pata;pantipaata",
    "promoters": "Rosa Quispe,984 000 111,izcuchaca;compone,quechua",
}


@pytest.fixture(scope="module")
def content() -> Content:
    return load(FOLDER)


@pytest.fixture
def store(content: Content) -> Iterator[Store]:
    opened = Store(":memory:")
    with opened.write() as tx:
        seed(tx, content, datetime(2027, 3, 1, tzinfo=LIMA))
    yield opened
    opened.close()


@pytest.fixture
def bring(store: Store, content: Content, tmp_path: Path) -> Bring:
    return Bring(store, content, tmp_path)


class Bring:
    """Imports rows of text as a file."""

    def __init__(self, store: Store, content: Content, folder: Path) -> None:
        self.store, self.content, self.folder = store, content, folder

    def __call__(self, kind: str, *rows: str, apply: bool = True, header: str = "") -> Report:
        text = "\r\n".join([header or HEADERS[kind], *rows])
        return self.data(kind, text.encode(), apply=apply)

    def data(self, kind: str, data: bytes, *, apply: bool = True) -> Report:
        path = self.folder / f"{kind}.csv"
        path.write_bytes(data)
        return run(self.store, self.content, kind, path, apply)


@pytest.mark.parametrize("kind", KINDS)
def test_a_dry_run_tells_and_writes_nothing(bring: Bring, kind: str) -> None:
    before = "\n".join(bring.store.connection.raw.iterdump())
    report = bring(kind, ROWS[kind], apply=False)
    assert (report.errors, report.new + report.changed, report.applied) == ((), 1, False)
    assert report.lines()[0].startswith("A dry run, nothing was written (--apply writes)")
    assert "\n".join(bring.store.connection.raw.iterdump()) == before


@pytest.mark.parametrize("kind", KINDS)
def test_an_import_done_twice_changes_nothing_the_second_time(bring: Bring, kind: str) -> None:
    before = agenda.agenda_version(bring.store.read)
    first = bring(kind, ROWS[kind])
    assert (first.errors, first.new + first.changed, first.applied) == ((), 1, True)
    assert agenda.agenda_version(bring.store.read) > before
    second = bring(kind, ROWS[kind])
    assert (second.new, second.changed, second.unchanged) == (0, 0, 1)


def test_a_work_is_stored_with_its_amount(bring: Bring) -> None:
    bring("works", ROWS["works"])
    [work] = agenda.find_works(bring.store.read, with_samples=False, year=2027)
    assert work.name == Name("Agua potable para Compone", "Componepaq unu")
    assert (work.topics, work.districts, work.state) == (("agua", "desague"), ("anta",), "en obra")
    assert work.amounts == (Amount(2027, 1_893_413, "canon"),)
    assert not work.is_from_plan


def test_a_work_may_have_a_row_for_each_year(bring: Bring) -> None:
    line = "pte,Puente,,puente,zurite,{},{},Foncomún,,"
    assert bring("works", line.format(2027, 100), line.format(2028, 200)).new == 1
    assert bring("works", line.format(2028, 250)).changed == 1
    [work] = agenda.find_works(bring.store.read, with_samples=False, topic="puente", district="zurite", year=2027)
    assert work.amounts == (Amount(2027, 100, "foncomun"), Amount(2028, 250, "foncomun"))


def test_a_programme_of_the_plan_keeps_its_other_years_and_its_short_name(bring: Bring) -> None:
    full = "Construcción de sistemas de abastecimiento de agua y desagüe"
    bring("works", f'agua_desague,{full},,agua;desague,,2008,1500000,canon,,"cuadro del plan, agosto 2006"')
    works = agenda.find_works(bring.store.read, with_samples=False)
    programme = next(work for work in works if work.key == "agua_desague")
    assert [amount.soles for amount in programme.amounts] == [1_893_413, 1_500_000, 1_793_413, 1_821_413]
    assert programme.short == Name("Agua y desagüe", "Unu, desague")


def test_a_long_name_is_cut_where_one_line_must_hold_it(bring: Bring) -> None:
    name = "Mejoramiento y ampliación del sistema de agua potable y saneamiento de la comunidad de Inquilpata"
    bring("works", f"agua_inq,{name},,agua,anta,,,,,")
    [work] = agenda.find_works(bring.store.read, with_samples=False, words="inquilpata")
    assert (work.name.es, work.short.es) == (name, "Mejoramiento y ampliación del sistema de agua potable y...")


def test_real_fairs_take_the_samples_away_and_keep_what_the_file_cannot_say(bring: Bring) -> None:
    report = bring("fairs", ROWS["fairs"])
    assert (report.changed, report.samples_removed) == (1, 5)
    [fair] = agenda.all_fairs(bring.store.read, with_samples=False)
    assert (fair.key, fair.comunidad, fair.is_sample) == ("compone", "compone", False)
    assert (fair.rule, fair.opens, fair.closes) == ("FREQ=MONTHLY;BYDAY=1SU", time(6), time(13))
    assert fair.products == ("ganado", "cuy")
    assert "kompone" in fair.aliases


def test_a_fair_outside_the_province_has_no_district(bring: Bring) -> None:
    bring("fairs", "huancaro,Huancaro,,Cusco,sábado,,,papa,")
    [fair] = agenda.all_fairs(bring.store.read, with_samples=False)
    assert (fair.district, fair.opens, fair.closes) == (None, None, None)


@pytest.mark.parametrize(
    ("name", "specialties", "topic", "attending"),
    [
        ("Campaña en Zurite", "pediatria;doctor de huesos", "especialistas", ("pediatria", "traumatologia")),
        ("Campaña en Zurite", "dentista", "dental", ("odontologia",)),
        ("Campaña de vacunación", "", "vacunacion", ()),
        ("Campaña en Zurite", "desparasitacion", "desparasitacion", ()),
    ],
)
def test_a_campaign_is_about_what_its_list_or_name_says(
    bring: Bring, name: str, specialties: str, topic: str, attending: tuple[str, ...]
) -> None:
    report = bring("campaigns", f"c1,{name},zurite,Posta,12/03/2027,8 am,1:30 p.m.,{specialties},,DNI,,")
    assert (report.new, report.samples_removed) == (1, 10)
    [campaign] = agenda.all_campaigns(bring.store.read)
    assert (campaign.topic, campaign.specialties) == (topic, attending)
    assert (campaign.date, campaign.opens, campaign.closes) == (date(2027, 3, 12), time(8), time(13, 30))
    assert {clinic.places for clinic in campaign.clinics} <= {None}


def test_real_comunidades_take_the_samples_away_but_not_from_under_a_promoter_or_a_fair(bring: Bring) -> None:
    bring("promoters", ROWS["promoters"])
    report = bring("comunidades", ROWS["comunidades"], "tambo_real,Tambo Real,Surite,")
    assert (report.new, report.changed, report.samples_removed) == (1, 1, 2)
    kept = {comunidad.key: comunidad.is_sample for comunidad in agenda.comunidades(bring.store.read)}
    assert kept == {"compone": True, "izcuchaca": False, "pantipata": False, "tambo_real": False}
    fairs = {fair.key: fair.comunidad for fair in agenda.all_fairs(bring.store.read, with_samples=True)}
    assert (fairs["curamba"], fairs["tambo_real"]) == (None, "tambo_real")


def test_a_promoter_is_known_by_her_number(bring: Bring) -> None:
    bring("promoters", ROWS["promoters"])
    bring("promoters", "Rosa Quispe Huamán,+51 984000111,Izcuchaca,es")
    [promoter] = agenda.all_promoters(bring.store.read)
    assert (promoter.phone, promoter.name) == ("+51984000111", "Rosa Quispe Huamán")
    assert (promoter.comunidades, promoter.language) == (("izcuchaca",), "es")


# --- what is wrong ---------------------------------------------------------------------------------------------------

WRONG = {
    "a key with capitals": ("works", "Agua Compone,N,,agua,,,,,,", "key: 'Agua Compone' must be lower case"),
    "no key": ("works", ",N,,agua,,,,,,", "key: is empty."),
    "no name": ("works", "k,,,agua,,,,,,", "name: is empty."),
    "no topic": ("works", "k,N,,,,,,,,", "topic: is empty."),
    "a topic nobody knows": ("works", "k,N,,cloaca,,,,,,", "topic: there is no topic of works 'cloaca'; there"),
    "a district nobody knows": ("works", "k,N,,agua,lima,,,,,", "district: there is no district 'lima'; there"),
    "a year that is none": ("works", "k,N,,agua,,208,1,,,", "year: '208' is not a year such as 2008."),
    "centimos": ("works", "k,N,,agua,,2027,10.50,,,", "amount: '10.50' is not an amount in whole soles"),
    "an amount without year": ("works", "k,N,,agua,,,10,,,", "year: is empty; year and amount belong"),
    "a year without amount": ("works", "k,N,,agua,,2027,,,,", "amount: is empty; year and amount belong"),
    "a fund nobody knows": ("works", "k,N,,agua,,2027,1,bid,,", "fund: there is no fund 'bid'; there are"),
    "a text that is too long": ("works", f"k,{'x' * 161},,agua,,,,,,", "name: has 161 letters, at most 160"),
    "a day that is none": ("fairs", "k,N,anta,,domigo,,,,", "weekdays_or_rule: 'domigo' is not a day of the"),
    "hours the wrong way": ("fairs", "k,N,anta,,lunes,13:00,06:00,,", "closes: 06:00 is not after 13:00."),
    "an hour that is none": ("fairs", "k,N,anta,,lunes,25:00,,,", "opens: '25:00' is not an hour such as 08:00."),
    "a product nobody knows": ("fairs", "k,N,anta,,lunes,,,oro,", "products: there is no product 'oro'; there"),
    "a date that is none": ("campaigns", "k,N,anta,P,2027-02-30,,,,,,,", "date: '2027-02-30' is no day of the"),
    "a date in words": ("campaigns", "k,N,anta,P,12 de marzo,,,,,,,", "date: '12 de marzo' is not a day such"),
    "a campaign nowhere": ("campaigns", "k,N,,P,2027-02-03,,,,,,,", "district: is empty."),
    "a specialty nobody knows": ("campaigns", "k,N,anta,P,2027-02-03,,,brujo,,,,", "specialties: there is no"),
    "places that are no number": (
        "campaigns",
        "k,N,anta,P,2027-02-03,,,,veinte,,,",
        "places_per_specialty: 'veinte' is not a",
    ),
    "a comunidad with the key of a district": ("comunidades", "zurite,Z,zurite,", "key: 'zurite' is the key of"),
    "a phone of a house": ("promoters", "R,084 201234,compone,es", "phone: '084 201234' is not a Peruvian"),
    "a phone of another country": ("promoters", "R,+56 9 6123 4567,compone,es", "phone: '+56 9 6123 4567' is"),
    "a language nobody knows": ("promoters", "R,984000111,compone,aimara", "language: 'aimara' is not a language"),
    "a comunidad nobody knows": ("promoters", "R,984000111,macondo,es", "comunidades: there is no comunidad 'mac"),
    "a control character": ("comunidades", "k,N\x07,anta,", "name: holds a character that is not text."),
}


@pytest.mark.parametrize("label", WRONG)
def test_what_is_wrong_is_named_by_row_and_column(bring: Bring, label: str) -> None:
    kind, row, sentence = WRONG[label]
    report = bring(kind, row)
    assert str(report.errors[0]).startswith(f"row 2, column {sentence}")
    assert len(report.errors) == 1
    assert not report.applied


def test_a_comma_too_many_is_named_by_its_row(bring: Bring) -> None:
    report = bring("comunidades", "k,N,anta,a,b")
    assert list(map(str, report.errors)) == ["row 2: has more cells than the 4 columns; quote texts with commas."]


def test_all_or_nothing_and_every_bad_row_is_told(bring: Bring) -> None:
    before = "\n".join(bring.store.connection.raw.iterdump())
    report = bring("fairs", "a,A,anta,,lunes,,,,", "B,,anta,,lunes,,,,", "c,C,lima,,nunca,,,,")
    named = [(error.row, error.column) for error in report.errors]
    assert named == [(3, "key"), (3, "name"), (4, "district"), (4, "weekdays_or_rule")]
    assert report.lines()[-1] == "4 errors: nothing was written."
    assert "\n".join(bring.store.connection.raw.iterdump()) == before


def test_a_key_stands_once(bring: Bring) -> None:
    report = bring("fairs", "a,A,anta,,lunes,,,,", "a,B,anta,,lunes,,,,")
    assert list(map(str, report.errors)) == ["row 3, column key: 'a': this key stands in an earlier row already."]
    work = "a,A,,agua,,2027,1,,,"
    assert "key and year already" in str(bring("works", work, work).errors[0])
    assert "another name" in str(bring("works", work, "a,B,,agua,,2028,1,,,").errors[0])
    promoter = bring("promoters", "R,984000111,compone,es", "S,+51984000111,compone,es")
    assert str(promoter.errors[0]).startswith("row 3, column phone: '+51984000111': this key stands")


def test_the_header_must_be_the_one_of_the_contract(bring: Bring) -> None:
    report = bring("comunidades", "x", header="key,nombre,district,district")
    assert {error.row for error in report.errors} == {1}
    assert [error.column for error in report.errors] == ["name", "district", "aliases", "nombre"]
    assert str(bring("comunidades").errors[0]) == "row 2: there are no rows under the header."


# --- every shape of file ---------------------------------------------------------------------------------------------

TEXT = f"{HEADERS['comunidades']}\r\nccacahuara,Ñaupa Ccacahuara,Zurite,\r\n"
SHAPES = {
    "UTF-8": TEXT.encode(),
    "UTF-8 with a mark": TEXT.encode("utf-8-sig"),
    "Latin-1": TEXT.encode("latin-1"),
    "semicolons": TEXT.replace(",", ";").encode(),
    "columns in another order": "Aliases , district,KEY,name\n,zurite,ccacahuara,Ñaupa Ccacahuara\n".encode(),
    "blank rows and empty columns": TEXT.replace("\r\n", ",,\r\n,,,,,\r\n").encode(),
    "old Mac lines": TEXT.replace("\r\n", "\r").encode(),
    "decomposed letters, no-break and invisible spaces": TEXT.replace("Ñaupa ", "N\u0303aupa\u00a0\u200b").encode(),
}


@pytest.mark.parametrize("label", SHAPES)
def test_csv_is_read_as_spreadsheets_write_it(bring: Bring, label: str) -> None:
    report = bring.data("comunidades", SHAPES[label])
    assert report.errors == ()
    found = {comunidad.key: comunidad for comunidad in agenda.comunidades(bring.store.read)}
    assert (found["ccacahuara"].name, found["ccacahuara"].district) == ("Ñaupa Ccacahuara", "zurite")


def test_lists_inside_semicolon_files_are_quoted(bring: Bring) -> None:
    line = 'k;N;anta;P;"martes;viernes";6:00;13:00;"papa;cuy";'
    assert bring("fairs", line, header=HEADERS["fairs"].replace(",", ";")).errors == ()
    [fair] = agenda.all_fairs(bring.store.read, with_samples=False)
    assert (fair.rule, fair.products) == ("FREQ=WEEKLY;BYDAY=TU,FR", ("papa", "cuy"))


def test_rows_are_counted_as_the_spreadsheet_shows_them(bring: Bring) -> None:
    report = bring("comunidades", "a,A,anta,", "", 'b,"B\r\nb",anta,', "c,C,lima,")
    assert [(error.row, error.column) for error in report.errors] == [(5, "district")]


def test_a_formula_stays_the_text_it_is(bring: Bring) -> None:
    bring("comunidades", 'k,"=HYPERLINK(""http://x"")",anta,@SUM(1);+1')
    found = {comunidad.key: comunidad for comunidad in agenda.comunidades(bring.store.read)}
    assert (found["k"].name, found["k"].aliases) == ('=HYPERLINK("http://x")', ("@SUM(1)", "+1"))


def _workbook(path: Path, header: str, *rows: tuple[object, ...]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        day, hour = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "hh:mm"})
        sheet.write_row(0, 0, header.split(","))
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, column, value)  # else it would make a formula of '=1+1'
                elif isinstance(value, date | time):
                    sheet.write_datetime(number, column, value, day if isinstance(value, date) else hour)
                else:
                    sheet.write(number, column, value)
    return path


def test_excel_gives_days_hours_and_numbers_of_its_own(store: Store, content: Content, tmp_path: Path) -> None:
    first = (
        "c1",
        "Campaña",
        "zurite",
        "Posta",
        date(2027, 3, 12),
        time(8),
        time(13, 30),
        "pediatria",
        20,
        "DNI",
        "",
        "",
    )
    # The same after the cells have lost their format: plain numbers.
    second = ("c2", "Campaña", "zurite", "Posta", 46458, 8 / 24, 13.5 / 24, "pediatria", 20, "DNI", "=1+1", "")
    path = _workbook(tmp_path / "c.xlsx", HEADERS["campaigns"], first, second)
    assert run(store, content, "campaigns", path, apply=True).new == 2
    for campaign in agenda.all_campaigns(store.read):
        assert (campaign.date, campaign.opens, campaign.closes) == (date(2027, 3, 12), time(8), time(13, 30))
        assert [clinic.places for clinic in campaign.clinics] == [20]
    assert campaign.cost.es == "=1+1"


def test_excel_amounts_and_phones_are_numbers(store: Store, content: Content, tmp_path: Path) -> None:
    row = ("k", "Agua", "", "agua", "", 2027, 1893413.0, "canon", "", "")
    works = _workbook(tmp_path / "w.xlsx", HEADERS["works"], row)
    assert run(store, content, "works", works, apply=True).errors == ()
    assert agenda.find_works(store.read, with_samples=False, year=2027)[0].amounts == (
        Amount(2027, 1_893_413, "canon"),
    )
    promoters = _workbook(tmp_path / "p.xlsx", HEADERS["promoters"], ("Rosa", 984000111, "compone", "quz"))
    assert run(store, content, "promoters", promoters, apply=True).errors == ()
    assert agenda.all_promoters(store.read)[0].phone == "+51984000111"


def test_excel_rows_are_named_as_excel_shows_them(store: Store, content: Content, tmp_path: Path) -> None:
    rows = [("a", "A", "anta", ""), ("", "", "", ""), ("b", "B", "lima", "")]
    path = _workbook(tmp_path / "x.xlsx", HEADERS["comunidades"], *rows)
    report = run(store, content, "comunidades", path, apply=True)
    assert [(error.row, error.column) for error in report.errors] == [(4, "district")]


def test_five_thousand_rows_are_quick(bring: Bring) -> None:
    lines = [f"w{n},Obra número {n},,agua,zurite,2027,{n},canon,,acta {n}" for n in range(5_000)]
    started = stopwatch.perf_counter()
    assert bring("works", *lines).new == 5_000
    assert bring("works", *lines).unchanged == 5_000
    assert stopwatch.perf_counter() - started < 5


REFUSED = {
    "a picture": b"\x89PNG\r\n\x1a\n\x00\x00",
    "a broken workbook": b"PK\x03\x04 and nothing more",
    "UTF-16": TEXT.encode("utf-16"),
    "a cell without end": f'{HEADERS["comunidades"]}\n"{"x" * 200_000}'.encode(),
    "too many rows": (HEADERS["comunidades"] + "\n" + "k,N,anta,\n" * 50_001).encode(),
}


@pytest.mark.parametrize("label", REFUSED)
def test_what_is_no_table_is_refused_in_a_sentence(bring: Bring, label: str) -> None:
    with pytest.raises(Refusal) as raised:
        bring.data("comunidades", REFUSED[label])
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_and_a_kind_that_is_none_are_refused(
    store: Store, content: Content, tmp_path: Path
) -> None:
    with pytest.raises(Refusal, match="cannot be read: No such file"):
        run(store, content, "works", tmp_path / "none.csv", apply=False)
    with pytest.raises(Refusal, match="There is no import of 'people'; there are works, fairs"):
        run(store, content, "people", tmp_path / "none.csv", apply=False)


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("8", time(8)),
        ("8:30", time(8, 30)),
        ("8.30", time(8, 30)),
        ("08:30:00", time(8, 30)),
        ("12 am", time(0)),
        ("12:15 p. m.", time(12, 15)),
        ("15h", time(15)),
        (datetime(2027, 3, 1, 9, 30), time(9, 30)),  # noqa: DTZ001  as Excel gives it
        ("", None),
    ],
)
def test_an_hour_is_read_as_people_write_it(cell: str | datetime, read: time | None) -> None:
    assert cells.clock(cell) == read
