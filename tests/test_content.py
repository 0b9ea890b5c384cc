"""flows/content/ as it ships, and what its reader says of files that are wrong."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from bot.clock import LIMA
from bot.errors import ContentError
from bot.language.sms import count
from bot.records import agenda
from bot.records.store import Store
from bot.service.content import Content, check, load, seed

FOLDER = Path(__file__).parent.parent / "flows" / "content"
TODAY = date(2027, 3, 1)
NOW = datetime(2027, 3, 1, 9, tzinfo=LIMA)


@pytest.fixture(scope="module")
def content() -> Content:
    return load(FOLDER)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "content"))


def test_the_content_that_ships_has_nothing_wrong() -> None:
    assert check(FOLDER) == []


def test_it_loads_quickly() -> None:
    started = time.perf_counter()
    load(FOLDER)
    assert time.perf_counter() - started < 0.15


def test_the_districts_are_the_nine_of_the_inei(content: Content) -> None:
    assert {district.ubigeo: key for key, district in content.districts.items()} == {
        "080301": "anta",
        "080302": "ancahuasi",
        "080303": "cachimayo",
        "080304": "chinchaypujio",
        "080305": "huarocondo",
        "080306": "limatambo",
        "080307": "mollepata",
        "080308": "pucyura",
        "080309": "zurite",
    }


def test_only_what_the_plan_states_of_comunidades_and_fairs_is_no_sample(content: Content) -> None:
    assert [key for key, one in content.comunidades.items() if not one.is_sample] == ["izcuchaca"]
    assert set(content.fairs) == {"inquilpata", "compone", "anta", "curamba", "tambo_real", "huancaro"}
    assert all(fair.is_sample and fair.source == "plan, cap. II, 13" for fair in content.fairs.values())
    assert all(campaign.row.is_sample for campaign in content.campaigns.values())


def test_fifteen_programmes_have_four_years_each(content: Content) -> None:
    years = {key: [amount.year for amount in programme.amounts] for key, programme in content.programmes.items()}
    assert len(years) == 15
    assert all(each == [2007, 2008, 2009, 2010] for each in years.values())


def test_every_fact_of_works_names_its_place_in_the_plan(content: Content) -> None:
    assert all(work.is_from_plan for work in (*content.programmes.values(), *content.works.values()))
    assert not any(work.state or work.amounts for work in content.works.values())


def test_short_names_fit_and_quechua_costs_no_unicode(content: Content) -> None:
    works = [*content.programmes.values(), *content.works.values()]
    assert all(work.short.es and len(work.short.es) <= 60 and len(work.short.quz) <= 60 for work in works)
    shown = [work.short.quz for work in works]
    shown += [topic.name.quz for topic in content.topics.values()]
    shown += [specialty.name.quz for specialty in content.specialties.values()]
    shown += [product.name.quz for product in content.products.values()]
    shown += [mesa.name.quz for mesa in content.mesas.values()]
    for campaign in content.campaigns.values():
        shown += [campaign.row.name.quz, campaign.row.bring.quz, campaign.row.cost.quz]
    assert [text for text in shown if not text or count(text).encoding != "GSM-7"] == []


def test_specialists_come_in_the_plans_pairs_by_turns(content: Content) -> None:
    rows = [campaign.row for campaign in content.campaigns.values() if campaign.row.topic == "especialistas"]
    women_and_children, bones_and_eyes = ("ginecologia", "pediatria"), ("traumatologia", "oftalmologia")
    assert [row.specialties for row in rows] == ([women_and_children, bones_and_eyes] * 4)[:7]
    assert len({row.district for row in rows}) == len(rows)
    assert {campaign.row.topic for campaign in content.campaigns.values()} == {
        *("especialistas", "desparasitacion", "dental", "vacunacion")
    }


def test_nothing_is_promised_for_free(content: Content) -> None:
    for campaign in content.campaigns.values():
        said = f"{campaign.row.name} {campaign.row.cost} {campaign.row.note}".lower()
        assert "gratis" not in said
        assert "gratuit" not in said


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2027, 7, 28), "Fiestas Patrias"),
        (date(2027, 3, 26), "Viernes Santo"),
        (date(2026, 4, 2), "Jueves Santo"),
        (date(2027, 3, 27), None),
    ],
)
def test_holidays_are_known_by_day_and_by_easter(content: Content, day: date, name: str | None) -> None:
    assert content.holiday_on(day) == name


def _replace(file: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


WRONG = {
    "a district nobody knows": (
        _replace("comunidades.yaml", "district: zurite", "district: zurit"),
        ("comunidades.yaml", "tambo_real: there is no district 'zurit'."),
    ),
    "a key given twice": (
        _replace("districts.yaml", "ancahuasi:\n", "anta:\n"),
        ("districts.yaml", "the key 'anta' stands twice."),
    ),
    "a border known on one side": (
        _replace("districts.yaml", "neighbours: [limatambo]", "neighbours: [limatambo, zurite]"),
        ("districts.yaml", "zurite: mollepata names it as a neighbour, so it must name mollepata."),
    ),
    "two places of one name": (
        _replace("comunidades.yaml", "conpone,", "Surite,"),
        ("comunidades.yaml", "compone: 'surite' is a name of zurite already."),
    ),
    "an unknown part": (
        _replace("works.yaml", "name_quz: Llapa", "nombre_quz: Llapa"),
        ("works.yaml", "servicios_basicos: 'name_quz' is missing."),
    ),
    "a topic nobody knows": (
        _replace("programmes.yaml", "[agua, desague]", "[agua, cloacas]"),
        ("programmes.yaml", "agua_desague: there is no topic of works 'cloacas'."),
    ),
    "a short name that is too long": (
        _replace("programmes.yaml", "es: Agua y desagüe,", "es: Construcción de sistemas de agua y desagüe,"),
        ("programmes.yaml", "agua_desague.short: 'es' has 42 letters, at most 30 fit."),
    ),
    "an accent in Quechua": (
        _replace("mesas.yaml", "quz: Educacion", "quz: Educación"),
        ("mesas.yaml", "educacion.name: Quechua is written without 'ó': no accents, straight apostrophe."),
    ),
    "a typographic apostrophe in Quechua": (
        _replace("topics.yaml", "quz: k'uyka hampi}", "quz: k’uyka hampi}"),
        ("topics.yaml", "desparasitacion.name: Quechua is written without '’': no accents, straight apostrophe."),
    ),
    "an amount that is no number": (
        _replace("programmes.yaml", "2008: 1493413", "2008: 1,493413.00"),
        ("programmes.yaml", "agua_desague.amounts: '493413.00' is not a known part; the parts are"),
    ),
    "a fair that closes before it opens": (
        _replace("fairs.yaml", 'closes: "14:00"', 'closes: "04:00"'),
        ("fairs.yaml", "inquilpata: it closes at 04:00, which is not after 06:00."),
    ),
    "a day that is none": (
        _replace("fairs.yaml", "weekdays_or_rule: jueves", "weekdays_or_rule: juves"),
        ("fairs.yaml", "compone: 'juves' is not a day of the week; write 'domingo'"),
    ),
    "a campaign that says it is real": (
        _replace("campaigns.yaml", "  sample: true\n", ""),
        ("campaigns.yaml", "especialistas_huarocondo: a campaign with a day counted from the first start is a sample"),
    ),
    "no YAML": (
        _replace("funds.yaml", "canon:\n", "canon: [\n"),
        ("funds.yaml", "not YAML:"),
    ),
    "a file that is not there": (
        lambda folder: (folder / "mesas.yaml").unlink(),
        ("mesas.yaml", "the file is missing or cannot be read."),
    ),
    "a file in Latin-1": (
        lambda folder: (folder / "mesas.yaml").write_bytes("# Educación\n".encode("latin-1")),
        ("mesas.yaml", "not UTF-8: save the file with that encoding."),
    ),
    "a file that is a list": (
        lambda folder: (folder / "mesas.yaml").write_text("- salud\n"),
        ("mesas.yaml", "the file must be a list of `key:` entries."),
    ),
    "a key with an accent": (
        _replace("mesas.yaml", "educacion:\n", "educación:\n"),
        ("mesas.yaml", "'educación' must be lower case letters without accents, digits and _."),
    ),
}


@pytest.mark.parametrize("label", WRONG)
def test_what_is_wrong_is_named_by_file_line_and_sentence(folder: Path, label: str) -> None:
    change, (file, sentence) = WRONG[label]
    change(folder)
    with pytest.raises(ContentError) as raised:
        load(folder)
    assert raised.value.file.endswith(file)
    assert raised.value.line >= 1
    assert raised.value.sentence.startswith(sentence)


def test_the_line_is_the_one_where_the_value_stands(folder: Path) -> None:
    path = folder / "comunidades.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(n for n, line in enumerate(lines, start=1) if "district: zurite" in line)
    _replace("comunidades.yaml", "district: zurite", "district: zurit")(folder)
    assert [problem.line for problem in check(folder)] == [at]


def test_check_tells_everything_and_not_only_the_first(folder: Path) -> None:
    _replace("comunidades.yaml", "district: zurite", "district: zurit")(folder)
    _replace("fairs.yaml", "weekdays_or_rule: jueves", "weekdays_or_rule: juves")(folder)
    assert [Path(problem.file).name for problem in check(folder)] == ["comunidades.yaml", "fairs.yaml"]


def test_the_first_start_plants_the_content_once(content: Content) -> None:
    store = Store(":memory:")
    with store.write() as tx:
        assert seed(tx, content, NOW)
        assert agenda.agenda_version(tx)
        first = agenda.all_campaigns(tx)[0]
        assert (first.key, first.date) == ("especialistas_huarocondo", date(2027, 3, 10))
        tx.run("DELETE FROM campaigns")
        agenda.raise_version(tx)
    with store.write() as tx:
        assert not seed(tx, content, NOW)
        assert agenda.all_campaigns(tx) == []
    store.close()


def test_what_was_planted_reads_back_as_it_was_written(content: Content) -> None:
    store = Store(":memory:")
    with store.write() as tx:
        seed(tx, content, NOW)
        assert tuple(agenda.districts(tx)) == tuple(content.districts.values())
        assert {c.key: c for c in agenda.comunidades(tx)} == content.comunidades
        assert agenda.funds(tx) == list(content.funds.values())
        works = agenda.find_works(tx, with_samples=True)
        assert works == [*content.programmes.values(), *content.works.values()]
        assert {fair.key: fair for fair in agenda.all_fairs(tx, with_samples=True)} == content.fairs
        planted = {campaign.key: campaign for campaign in agenda.all_campaigns(tx)}
        assert planted == {key: campaign.from_day(TODAY) for key, campaign in content.campaigns.items()}
    store.close()
