"""Panorama: figures that are right, for whoever may have them; published months that never change."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import House
from bot.clock import LIMA, to_text
from bot.desk import charts
from bot.records import audit, cases, figures, people
from bot.records.cases import Case
from bot.records.figures import Reach
from bot.records.store import Store, Tx
from bot.service import panorama, publishing
from bot.service.accounts import Wish
from bot.service.panorama import Period
from tests.running import count
from tests.test_desk import Browser, add, another, desk

NOW = datetime(2027, 3, 16, 10, tzinfo=LIMA)
FEBRUARY, MARCH = date(2027, 2, 1), date(2027, 3, 1)
PAGE_BYTES = 60 * 1024

_made = iter(range(1, 100_000))


def report(house: House, tx: Tx, person_id: int, said: datetime, **more: object) -> Case:
    """One report, answered and closed as `more` says."""
    n = next(_made)
    case = Case(
        id=house.clock.new_id(),
        code=f"K{n:05}",
        mesa="salud",
        kind="complaint",
        topic="agua",
        district="anta",
        comunidad="",
        about="",
        person_id=person_id,
        language="es",
        medium="sms",
        is_anonymous=False,
        is_sure=True,
        state="open",
        joined_to=None,
        assigned_to=None,
        created_at=said,
        said_at=said,
        due_at=said + timedelta(hours=48),
        answered_at=None,
        closed_at=None,
        escalated_at=None,
        reopened=0,
        served="",
    )
    case = replace(case, **more)  # type: ignore[arg-type]  # what each test varies
    assert cases.add_case(tx, case)
    tx.run(
        "UPDATE cases SET answered_at = ?, served = ? WHERE id = ?",
        to_text(case.answered_at) if case.answered_at else None,
        case.served,
        case.id,
    )
    return case


def person(house: House, tx: Tx, language: str = "es") -> int:
    made = people.create(tx, house.clock.new_id(), f"tel:+5198{next(_made):07}", NOW)
    people.set_language(tx, made.id, language, is_chosen=False)
    return made.id


def a_february(house: House) -> None:
    """Salud: 7 people in Anta and 6 in Zurite; Turismo: 5 in Anta; one in Pucyura whom nobody may recognise."""
    with house.store.write() as tx:
        for mesa, district, how_many in (
            ("salud", "anta", 7),
            ("salud", "zurite", 6),
            ("turismo", "anta", 5),
            ("salud", "pucyura", 1),
        ):
            for n in range(how_many):
                said = datetime(2027, 2, 10, 9 + n, tzinfo=LIMA)
                answered = said + timedelta(hours=10 * (n + 1)) if n < 6 else None
                report(
                    house,
                    tx,
                    person(house, tx),
                    said,
                    mesa=mesa,
                    district=district,
                    answered_at=answered,
                    state="answered" if answered else "open",
                    served=("yes", "no", "")[n % 3] if answered else "",
                )


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with desk(tmp_path, start=NOW) as made:
        add(made.house, Wish("Zoe", "mesa", mesas=("salud",), districts=("zurite",)))
        a_february(made.house)
        with made.house.store.write() as tx:
            publishing.publish(tx, NOW)
        yield made


async def seen(browser: Browser, name: str, path: str = "/panorama") -> str:
    her = another(browser)
    await her.log_in(name)
    answer = await her.get(path)
    assert answer.status == 200
    return await answer.text()


def table(text: str, caption: str) -> dict[str, list[str]]:
    """The rows of a table by their first cell."""
    body = text[text.index(f"<caption>{caption}</caption>") :].split("</table>")[0]
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', body, re.DOTALL)
    return {name: [re.sub("<.*?>", "", cell) for cell in re.findall(r"<td.*?>(.*?)</td>", row)] for name, row in rows}


# ── what is counted ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_administrator_sees_exact_figures_by_what_she_chooses(browser: Browser) -> None:
    text = await seen(browser, "Ana")
    assert table(text, "Mesa y distrito") == {
        "Salud": ["7", "6", "1", "14"],
        "Turismo": ["5", "", "", "5"],
        "Total": ["12", "6", "1", "19"],
    }
    by_channel = await seen(browser, "Ana", "/panorama?filas=district&columnas=medium&desde=2027-02&hasta=2027-02")
    assert table(by_channel, "Distrito y canal")["Pucyura"] == ["1", "1"]
    assert table(text, "Reportes por mes")["feb 27"] == ["14", "5", "19"]


async def test_a_mesa_sees_what_it_may_read_and_nothing_else(browser: Browser) -> None:
    assert table(await seen(browser, "Marta"), "Mesa y distrito") == {"Salud": ["7", "6", "1", "14"]}
    text = await seen(browser, "Zoe")
    assert table(text, "Mesa y distrito") == {"Salud": ["6", "6"]}
    assert "Qué quiso la gente" not in text


def test_the_headline_says_how_fast_how_punctual_and_how_useful(tmp_path: Path) -> None:
    said = datetime(2027, 2, 1, tzinfo=LIMA)
    fact = figures.CaseFacts(1, "salud", "", "", "es", "sms", "closed", "yes", said, said + timedelta(hours=48), None)
    facts = [
        *(replace(fact, answered_at=said + timedelta(hours=hours), person_id=hours) for hours in (2, 4, 6, 60)),
        replace(fact, state="open", served="", person_id=4),
        replace(fact, state="closed", served="no"),
    ]
    summary = panorama.summary(facts, NOW)
    assert (summary.reports, summary.people, summary.open, summary.overdue) == (6, 5, 1, 1)
    assert (summary.median_hours, summary.ninety_hours) == (5, 60)
    assert (summary.in_time, summary.judged, summary.share_in_time) == (3, 5, 0.6)
    assert summary.share_served == 0.8
    nothing = panorama.summary([], NOW)
    assert (nothing.median_hours, nothing.share_in_time, nothing.share_served) == (None, None, None)


def test_a_month_is_limas_month() -> None:
    late = datetime(2027, 1, 31, 23, 30, tzinfo=LIMA)
    fact = figures.CaseFacts(1, "salud", "", "", "es", "sms", "open", "", late, late, None)
    assert list(panorama.cross([fact], "month", "mesa").rows) == ["2027-01"]
    assert Period(FEBRUARY, FEBRUARY).begins > late
    assert Period(date(2027, 1, 1), FEBRUARY).earlier(12) == Period(date(2026, 1, 1), date(2026, 2, 1))


async def test_two_periods_are_compared(browser: Browser) -> None:
    text = await seen(browser, "Ana", "/panorama?desde=2027-03&hasta=2027-03&comparar=anterior")
    assert "antes: 19" in text
    both = await seen(browser, "Ana", "/panorama?desde=2027-02&hasta=2027-02&comparar=anio")
    assert table(both, "Comparado")["Turismo"] == ["0", "5", "+5"]


async def test_what_makes_no_sense_in_the_address_is_passed_over(browser: Browser) -> None:
    strange = "/panorama?desde=2027-99&hasta=x&filas=%27&columnas=name&comparar=%3Cb%3E"
    assert table(await seen(browser, "Ana", strange), "Mesa y distrito")["Total"] == ["12", "6", "1", "19"]


async def test_where_people_stop_is_told_by_question_and_language(browser: Browser) -> None:
    house = browser.house
    with house.store.write() as tx:
        first, second = person(house, tx), person(house, tx, "quz")
        for n, (who, hours, language, waits) in enumerate(
            [
                (first, 0, "es", "queja.que"),
                (first, 1, "es", ""),
                (second, 0, "quz", "queja.que"),
                (second, 90, "quz", ""),
            ]
        ):
            tx.run(
                "INSERT INTO inbound (id, channel, provider_id, medium, person_id, kind, language, intent, state,"
                " received_at, waits_at) VALUES (?, 'test', ?, 'sms', ?, 'text', ?, 'feedback', 'answered', ?, ?)",
                *(house.clock.new_id(), f"p{n}", who, language),
                *(to_text(datetime(2027, 2, 3, tzinfo=LIMA) + timedelta(hours=hours)), waits),
            )
    text = await seen(browser, "Ana")
    assert table(text, "Dónde dejó de contestar")["Queja u opinión · que"] == ["", "1 de 1"]
    assert table(text, "Qué quiso la gente")["Decir una queja o pedido"] == ["2", "2"]


async def test_a_page_is_light_and_what_people_write_is_text(browser: Browser) -> None:
    with browser.house.store.write() as tx:
        report(browser.house, tx, person(browser.house, tx), NOW, topic="<script>")
    text = await seen(browser, "Ana", "/panorama?filas=topic&columnas=month")
    assert "&lt;script&gt;" in text
    assert "<script>" not in text
    assert len(text.encode()) < PAGE_BYTES


def test_a_chart_says_its_numbers_and_takes_names_as_text() -> None:
    drawn = charts.bars("Por mesa", [("<b>", 4), ("Salud", 0)])
    assert "&lt;b&gt;" in drawn
    assert 'aria-label="Por mesa"' in drawn
    assert "88.00%" in drawn
    assert 'width="100%"' in charts.columns("Nada", [])


# ── what is published ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_reader_sees_published_tables_only(browser: Browser) -> None:
    for path in ("/panorama", "/panorama?filas=topic&columnas=district", "/panorama/imprimir", "/panorama?mes=2027-03"):
        text = await seen(browser, "Rita", path)
        assert table(text, "Mesa y distrito") == {"Salud": ["7", "7", "14"], "Turismo": ["5", "0", "5"]}
        assert "Pucyura + Zurite" in text
        assert "Descargar" not in text
    assert not re.search(r">[1-4]<", text)


async def test_paper_has_the_published_tables_whoever_prints(browser: Browser) -> None:
    assert table(await seen(browser, "Ana", "/panorama/imprimir"), "Distrito y canal") == {
        "Anta": ["12", "12"],
        "Pucyura + Zurite": ["7", "7"],
    }


async def test_a_promoter_sees_no_figures(browser: Browser) -> None:
    her = another(browser)
    await her.log_in("Paula")
    for path in ("/panorama", "/panorama/imprimir", "/exportar/publicado"):
        assert (await her.get(path)).status == 403


async def test_looking_is_written_down(browser: Browser) -> None:
    await seen(browser, "Rita")
    await seen(browser, "Ana", "/panorama?filas=topic")
    panoramas = [entry for entry in audit.newest(browser.house.store.read) if entry.action == "saw"]
    assert [(entry.actor.name, entry.object, entry.row_count) for entry in panoramas[:2]] == [
        ("Ana", "panorama", 19),
        ("Rita", "publicado", 19),
    ]
    assert panoramas[0].details["filas"] == "topic"


async def test_what_was_published_of_a_month_never_changes(browser: Browser) -> None:
    house, before = browser.house, await seen(browser, "Rita")
    with house.store.write() as tx:
        one = cases.every(tx, cases.Filter())[0]
        cases.set_mesa(tx, one.id, "educacion", NOW)
        cases.set_place(tx, one.id, "mollepata", "")
        publishing.publish(tx, NOW)
        assert publishing.publish(tx, datetime(2027, 4, 1, tzinfo=LIMA)) == MARCH
    after = await seen(browser, "Rita", "/panorama?mes=2027-02")
    tables = ("Mesa y distrito", "Distrito y canal", "Canal e idioma")
    assert [table(after, caption) for caption in tables] == [table(before, caption) for caption in tables]


async def test_a_month_is_published_once_it_has_ended_and_in_its_turn(browser: Browser) -> None:
    house = browser.house
    last_moment = datetime(2027, 3, 31, 23, 59, 59, tzinfo=LIMA)
    with house.store.write() as tx:
        assert publishing.publish(tx, last_moment) is None
        assert publishing.publish(tx, datetime(2027, 6, 1, tzinfo=LIMA)) == MARCH
        assert publishing.publish(tx, datetime(2027, 6, 1, tzinfo=LIMA)) == date(2027, 4, 1)
    assert count(house.store, "published_months") == 3


async def test_every_month_that_has_ended_is_published_by_itself(browser: Browser) -> None:
    house = browser.house
    with house.store.write() as tx:
        while house.clockwork.tidy(tx, datetime(2027, 6, 1, tzinfo=LIMA)):
            pass
    assert count(house.store, "published_months") == 4


async def test_a_month_of_too_few_people_is_withheld(browser: Browser) -> None:
    house = browser.house
    with house.store.write() as tx:
        who = person(house, tx)
        for hour in range(9):
            report(house, tx, who, datetime(2027, 3, 3, hour, tzinfo=LIMA))
        assert publishing.publish(tx, datetime(2027, 4, 1, tzinfo=LIMA)) == MARCH
    text = await seen(browser, "Rita", "/panorama?mes=2027-03")
    assert "no se publican" in text
    assert table(text, "Mesa y mes") == {"Salud": ["14", "–"], "Turismo": ["5", "–"], "Total": ["19", "–"]}


async def test_before_any_month_has_ended_there_is_nothing_to_show(tmp_path: Path) -> None:
    async with desk(tmp_path, start=NOW) as browser:
        assert "Todavía no hay un mes cerrado" in await seen(browser, "Rita")
        assert "No hay reportes en esos meses" in await seen(browser, "Ana")


# ── reading apart ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_long_read_sees_one_moment_and_cannot_write(tmp_path: Path) -> None:
    store = Store(tmp_path / "chaski.db")
    keep_apart(store)
    store.close()


def test_a_long_read_on_postgresql(postgres_url: str) -> None:
    store = Store(postgres_url)
    keep_apart(store)
    assert figures.cases(store.read, Reach(("salud",), ("anta",)), NOW, NOW) == []
    assert figures.waited(store.read, NOW, NOW) == []
    assert figures.intents(store.read, NOW, NOW) == []
    assert figures.appointment_rows(store.read, ("anta",), FEBRUARY, MARCH) == []
    with store.write() as tx:
        assert publishing.publish(tx, NOW) is None
    store.close()


def keep_apart(store: Store) -> None:
    def look(tx: Tx) -> int:
        before = count_facts(tx)
        with store.write() as other:
            other.run("INSERT INTO facts (key, value) VALUES ('a', 'b')")
        with pytest.raises(Exception, match=r"(?i)read-?only"):
            tx.run("DELETE FROM facts")
        return before

    assert store.apart(look) == 0
    assert store.apart(count_facts) == 1


def count_facts(tx: Tx) -> int:
    row = tx.one("SELECT count(*) AS n FROM facts WHERE key = 'a'")
    assert row
    return int(row["n"])
