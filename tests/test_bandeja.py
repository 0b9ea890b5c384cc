"""The inbox through a real server: who reads which case, and what is done about each reaches everybody who said it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.app import House
from bot.clock import LIMA
from bot.desk.bandeja.words import cut, span
from bot.records import audit, cases, people, staff
from bot.records.cases import Case, Filter, Kind
from bot.records.outreach import waiting
from bot.records.store import Store
from bot.service.accounts import Wish
from bot.service.feedback.filing import Filing, Saying
from tests.fakes import BOT_TOKEN, FakeTelegram, Fault
from tests.running import ROSA, count, everything, first
from tests.test_desk import Browser, add, another, desk

MONDAY = datetime(2027, 3, 1, 9, tzinfo=LIMA)
CUSI, LUZ = "+51984000444", "+51984000555"


def spoke(
    house: House,
    text: str = "La posta de Zurite no atiende.",
    sender: str = ROSA,
    *,
    mesa: str = "salud",
    district: str = "zurite",
    language: str = "es",
    medium: str = "sms",
    ago: timedelta = timedelta(),
    **more: Any,
) -> Case:
    """A case as a resident's message makes it; `ago` is how long ago she sent it."""
    now = house.clock.now() - ago
    address = sender if ":" in sender else f"tel:{sender}"
    kind: Kind = more.pop("kind", "complaint")
    with house.store.write() as tx:
        person = people.load(tx, address) or people.create(tx, house.clock.new_id(), address, now)
        people.set_language(tx, person.id, language, is_chosen=False)
        people.set_greeted(tx, person.id)
        saying = Saying(person.id, text, language, medium, mesa, True, kind, district=district, **more)
        return Filing(tx, house.clock, now).hear(saying, is_new=True)[0]


def now_of(house: House, case: Case) -> Case:
    found = cases.one(house.store.read, case.id)
    assert found
    return found


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with desk(tmp_path, start=MONDAY) as made:
        yield made


@pytest.fixture
async def admin(browser: Browser) -> Browser:
    await browser.log_in("Ana")
    return browser


@pytest.fixture
async def marta(browser: Browser) -> Browser:
    """Of the Mesa Salud."""
    await browser.log_in("Marta")
    return browser


async def page(who: Browser, path: str) -> str:
    answer = await who.get(path)
    assert answer.status == 200, path
    return await answer.text()


async def reply(who: Browser, case: Case, es: str = "", quz: str = "", **more: str) -> tuple[int, str]:
    """An answer as the page of the case sends it; status, and what is shown next."""
    shown = await page(who, f"/bandeja/{case.id}")
    seen = re.search(r'name="visto" value="(\d+)"', shown)
    assert seen
    answer = await who.post(f"/bandeja/{case.id}/responder", es=es, quz=quz, visto=seen[1], **more)
    if answer.status != 303:
        return answer.status, await answer.text()
    return answer.status, await page(who, answer.headers["Location"])


def told(house: House) -> dict[str, str]:
    """What the service begins by itself now: the last message to each address."""
    with house.store.write() as tx:
        while house.clockwork.tick(tx, house.clock.now()):
            pass
    rows = house.store.read.all("SELECT address, body FROM outbox WHERE inbound_id IS NULL ORDER BY id")
    return {row["address"]: row["body"] for row in rows}


def codes_in(text: str) -> list[str]:
    return re.findall(r'<a class="codigo" href="/bandeja/\d+">(\w+)</a>', text)


# ── the list ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_list_is_in_order_of_what_is_due(admin: Browser) -> None:
    late = spoke(admin.house, "falta medicina", ago=timedelta(days=5))
    fresh = spoke(admin.house, "no hay doctor", CUSI)
    older = spoke(admin.house, "no hay enfermera", LUZ, ago=timedelta(days=1))
    shown = await page(admin, "/bandeja")
    assert codes_in(shown) == [late.code, older.code, fresh.code]
    assert "vencida hace 3 días" in shown  # the Mesa Salud answers within two
    assert "quedan 47 horas" in shown or "quedan 2 días" in shown
    assert "falta medicina" in shown


async def test_a_mesa_sees_its_own_cases_and_districts_only(admin: Browser) -> None:
    hers, other = spoke(admin.house), spoke(admin.house, "la escuela no tiene agua", CUSI, mesa="educacion")
    elsewhere = spoke(admin.house, "la posta de Anta no atiende", LUZ, district="anta")
    add(admin.house, Wish("Zulma", "mesa", mesas=("salud",), districts=("zurite",)))
    zulma, marta = another(admin), another(admin)
    await zulma.log_in("Zulma")
    await marta.log_in("Marta")
    assert set(codes_in(await page(admin, "/bandeja"))) == {hers.code, other.code, elsewhere.code}
    assert set(codes_in(await page(marta, "/bandeja"))) == {hers.code, elsewhere.code}
    assert codes_in(await page(zulma, "/bandeja")) == [hers.code]
    for asked in ("?mesa=educacion", "?distrito=anta", "?palabras=escuela", f"?palabras={other.code}"):
        assert codes_in(await page(zulma, f"/bandeja{asked}")) == [], asked


FILTERED = [
    ("estado=vencidas", {"late"}),
    ("estado=respondidas", {"answered"}),
    ("estado=cerradas", {"closed"}),
    ("estado=dudosas", {"doubtful"}),
    ("estado=todas", {"late", "answered", "closed", "doubtful"}),
    ("mesa=salud", {"late"}),
    ("distrito=anta", {"doubtful"}),
    ("tipo=need", {"late"}),
    ("hasta=2027-02-25", {"late"}),
    ("desde=2027-02-26", {"doubtful"}),
    ("palabras=nino", {"late"}),
    ("palabras=MEDICINA para el NIÑO", {"late"}),
    ("palabras=100%25", {"doubtful"}),
    ("mias=1", {"late"}),
    ("estado=todas&palabras=puente", {"closed"}),
]


@pytest.mark.parametrize(("query", "wanted"), FILTERED)
async def test_the_list_is_filtered(admin: Browser, query: str, wanted: set[str]) -> None:
    house, ana = admin.house, staff.find_by_name(admin.house.store.read, "Ana")
    assert ana
    made = {
        "late": spoke(house, "Falta medicina para el NIÑO", ago=timedelta(days=5), kind="need"),
        "answered": spoke(house, "el canal está roto", CUSI, mesa="agropecuaria"),
        "closed": spoke(house, "el puente cayó", LUZ, mesa="general"),
        "doubtful": spoke(house, "subió 100% todo", CUSI, mesa="turismo", district="anta"),
    }
    with house.store.write() as tx:
        cases.set_assigned(tx, made["late"].id, ana.id)
        cases.set_answered(tx, [made["answered"].id], house.clock.now())
        cases.set_closed(tx, made["closed"].id, "", house.clock.now())
        tx.run("UPDATE cases SET is_sure = 0 WHERE id = ?", made["doubtful"].id)
    assert set(codes_in(await page(admin, f"/bandeja?{query}"))) == {made[name].code for name in wanted}


async def test_a_code_leads_to_a_report_that_is_joined_to_another(admin: Browser) -> None:
    head, joined = spoke(admin.house), spoke(admin.house, "tampoco hay doctor", CUSI)
    with admin.house.store.write() as tx:
        cases.join(tx, [joined.id], head.id)
    assert codes_in(await page(admin, "/bandeja")) == [head.code]
    spelled = f"{joined.code[:3]}-{joined.code[3:].lower()}"
    shown = await page(admin, f"/bandeja?palabras={spelled}")
    assert codes_in(shown) == [joined.code]
    assert f"unido a {head.code}" in shown
    alone = await page(admin, f"/bandeja/{joined.id}")
    assert f'href="/bandeja/{head.id}">{head.code}</a>' in alone
    assert "/responder" not in alone


async def test_pages_have_thirty_rows_and_keep_the_filter(admin: Browser) -> None:
    for n in range(32):
        spoke(admin.house, f"falta agua {n}", f"+519840010{n:02}")
    shown = await page(admin, "/bandeja?distrito=zurite&palabras=agua")
    assert len(codes_in(shown)) == 30
    assert "32 mensajes" in shown
    further = re.search(r'href="(/bandeja\?[^"]*pagina=2)"', shown)
    assert further
    rest = await page(admin, further[1].replace("&amp;", "&"))
    assert len(codes_in(rest)) == 2
    assert 'value="agua"' in rest
    assert codes_in(await page(admin, "/bandeja?pagina=99999999999")) == []


async def test_a_day_that_is_none_is_said_at_its_field(admin: Browser) -> None:
    answer = await admin.get("/bandeja?desde=marzo")
    assert answer.status == 400
    assert 'id="desde-error">Escriba el día así' in await answer.text()


async def test_reading_and_searching_are_written_down(marta: Browser) -> None:
    case = spoke(marta.house)
    await page(marta, "/bandeja?distrito=zurite")
    await page(marta, "/bandeja?palabras=posta")
    await page(marta, f"/bandeja/{case.id}")
    seen = [each for each in audit.newest(marta.house.store.read, "Marta") if each.action != "login"]
    assert [(each.action, each.object, each.row_count) for each in reversed(seen)] == [
        ("saw", "bandeja", 1),
        ("searched", "bandeja", 1),
        ("saw", "caso", 1),
    ]
    assert seen[2].details == {"estado": "abiertas", "distrito": "zurite"}
    assert seen[1].details["palabras"] == "posta"
    assert seen[0].details == {"code": case.code}


# ── one case ──────────────────────────────────────────────────────────────────────────────────────────────────────────


DEEDS = ("vista", "responder", "nota", "asignar", "mover", "unir", "cerrar", "abrir")


async def test_another_mesas_case_is_not_there_and_reaching_for_it_is_written_down(marta: Browser) -> None:
    other = spoke(marta.house, "la escuela no tiene agua", mesa="educacion")
    entry = cases.entries(marta.house.store.read, [other.id])[0]
    tried = [await marta.get(f"/bandeja/{other.id}"), await marta.get(f"/bandeja/foto/{entry.id}")]
    tried += [await marta.post(f"/bandeja/{other.id}/{deed}", es="sí", nota="x", razon="x") for deed in DEEDS]
    assert {answer.status for answer in tried} == {404}
    assert "escuela" not in "".join([await answer.text() for answer in tried])
    refused = audit.newest(marta.house.store.read, "Marta", "case_refused")
    assert [each.details["code"] for each in refused] == [other.code] * len(tried)
    assert now_of(marta.house, other) == other
    assert len(cases.entries(marta.house.store.read, [other.id])) == 1


async def test_the_case_shows_what_she_said_and_who_she_is_as_far_as_may_be(admin: Browser) -> None:
    case = spoke(admin.house, "<script>alert('hola')</script> & más", language="quz")
    marta = another(admin)
    await marta.log_in("Marta")
    whole, masked = await page(admin, f"/bandeja/{case.id}"), await page(marta, f"/bandeja/{case.id}")
    assert "984 000 111" in whole
    assert "984 000 111" not in masked
    assert "••• ••• 111" in masked
    for shown in (whole, masked, await page(marta, "/bandeja")):
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(&#39;hola&#39;)&lt;/script&gt; &amp; más" in shown
    assert "quechua" in masked


async def test_an_anonymous_ones_number_is_nowhere(admin: Browser) -> None:
    case = spoke(admin.house, "el alcalde cobra cupos", is_anonymous=True, mesa="general")
    named = spoke(admin.house, "otra vez cobran", mesa="general")  # the same phone, this time with her number
    with admin.house.store.write() as tx:
        cases.join(tx, [case.id], named.id)
    for path in ("/bandeja", f"/bandeja/{case.id}", f"/bandeja/{named.id}"):
        shown = await page(admin, path)
        assert not re.search(r"000.?111|••• 111", shown), path
    assert "sin nombre" in await page(admin, f"/bandeja/{named.id}")


async def test_what_the_case_is_about_is_named(admin: Browser) -> None:
    work = first(admin.house.store.read.one("SELECT key, name_es FROM works LIMIT 1"))
    case = spoke(admin.house, "¿cuándo empieza?", about=f"work:{work['key']}")
    assert work["name_es"] in (await page(admin, f"/bandeja/{case.id}")).replace("&#39;", "'")


async def test_the_answer_reaches_everybody_in_her_language_once(marta: Browser) -> None:
    house = marta.house
    rosa, cusi = spoke(house), spoke(house, "postapi manan doctor kanchu", CUSI, language="quz")
    again, luz = spoke(house, "sigue sin atender"), spoke(house, "no hay nadie", LUZ)
    await marta.post(f"/bandeja/{rosa.id}/unir", caso=str(cusi.id))
    await marta.post(f"/bandeja/{rosa.id}/unir", caso=[str(again.id), str(luz.id)])
    with house.store.write() as tx:
        person = people.load(tx, f"tel:{LUZ}")
        assert person
        people.opt_out(tx, house.clock.new_id(), person.id, "BAJA", house.clock.now())
    status, shown = await reply(marta, rosa, "Mañana va el doctor.", "Paqarin doctor rinqa.", ultima="1")
    assert status == 303
    assert "La respuesta va a 2 personas. A 1 no le llega" in shown
    assert len(waiting(house.store.read, 9, urgent_only=False)) == 3
    messages = told(house)
    assert messages[f"tel:{ROSA}"].startswith(f"La mesa Salud le responde ({rosa.code}): Mañana va el doctor.")
    assert f"({cusi.code}): Paqarin doctor rinqa." in messages[f"tel:{CUSI}"]
    assert set(messages) == {f"tel:{ROSA}", f"tel:{CUSI}"}
    assert count(house.store, "outbox", "inbound_id IS NULL") == 2
    states = {(now_of(house, each).state, now_of(house, each).served) for each in (rosa, cusi, luz)}
    assert states == {("closed", "asked")}
    assert now_of(house, again).served == ""  # she is asked once
    written = audit.newest(house.store.read, "Marta", "case_answered")
    assert [each.details for each in written] == [{"people": "3", "last": "sí"}]


async def test_a_second_press_sends_nothing_twice_and_news_are_looked_at_first(marta: Browser) -> None:
    case = spoke(marta.house)
    seen = str(cases.entries(marta.house.store.read, [case.id])[-1].id)
    for _press in range(2):
        answer = await marta.post(f"/bandeja/{case.id}/responder", es="Mañana va.", quz="", visto=seen)
        assert answer.status == 303
    assert len(waiting(marta.house.store.read, 9, urgent_only=False)) == 1
    other = await marta.post(f"/bandeja/{case.id}/responder", es="Otra cosa.", quz="", visto=seen)
    text = await other.text()
    assert other.status == 400
    assert "Entre tanto hubo algo nuevo" in text
    assert "Otra cosa.</textarea>" in text  # nothing that was typed is lost
    assert len(waiting(marta.house.store.read, 9, urgent_only=False)) == 1


WRONG = [
    ({"es": "", "quz": " \u200b "}, "es", "por lo menos en un idioma"),
    ({"es": "Iremos. " * 40, "quz": "Risaqku."}, "es", "En castellano ocupa 3 SMS"),
    ({"es": "Iremos.", "quz": "Risaqku. " * 40}, "quz", "En quechua ocupa 3 SMS"),
    ({"es": "Iremos pronto 🙂 " * 8, "quz": ""}, "es", "Por «🙂» cada SMS lleva solo 70 letras"),
]


@pytest.mark.parametrize(("texts", "field", "sentence"), WRONG)
async def test_what_cannot_be_sent_is_said_at_its_field(
    marta: Browser, texts: dict[str, str], field: str, sentence: str
) -> None:
    case = spoke(marta.house)
    status, shown = await reply(marta, case, **texts)
    assert status == 400
    assert re.search(rf'id="{field}-error">[^<]*{sentence}', shown)
    assert not waiting(marta.house.store.read, 9, urgent_only=False)


async def test_the_preview_is_what_is_said_in_the_end(marta: Browser) -> None:
    case = spoke(marta.house, "postapi manan doctor kanchu", CUSI, language="quz", mesa="salud")
    texts = {"es": "Mañana va el doctor.", "quz": "Paqarin doctor rinqa.", "ultima": "1"}
    piece = await (await marta.post(f"/bandeja/{case.id}/vista", trozo="1", **texts)).text()
    assert "<html" not in piece
    whole = await (await marta.post(f"/bandeja/{case.id}/vista", **texts)).text()
    assert piece.strip() in whole
    assert "1 persona lo lee en quechua" in piece
    assert "S/ 0.25" in piece
    assert not waiting(marta.house.store.read, 9, urgent_only=False)
    await reply(marta, case, **texts)
    shown = re.search(r'<blockquote lang="quz">([^<]*)</blockquote>', piece)
    assert shown
    assert shown[1].replace("&#39;", "'") == told(marta.house)[f"tel:{CUSI}"]


async def test_who_has_no_answer_in_her_language_reads_the_other(marta: Browser) -> None:
    case = spoke(marta.house, "postapi manan doctor kanchu", CUSI, language="quz")
    piece = await (await marta.post(f"/bandeja/{case.id}/vista", trozo="1", es="Mañana va el doctor.")).text()
    assert "1 persona lo lee en castellano" in piece
    await reply(marta, case, "Mañana va el doctor.")
    assert "doctor" in told(marta.house)[f"tel:{CUSI}"]


async def test_an_answer_at_night_says_when_it_leaves(tmp_path: Path) -> None:
    async with desk(tmp_path, start=MONDAY.replace(hour=22)) as browser:
        await browser.log_in("Ana")
        _status, shown = await reply(browser, spoke(browser.house), "Mañana va el doctor.")
        assert "La respuesta va a una persona, desde el 02/03 a las 07:00." in shown
        assert told(browser.house) == {}


async def test_notes_and_whose_it_is(marta: Browser) -> None:
    case, rita = spoke(marta.house), staff.find_by_name(marta.house.store.read, "Rita")
    ana = staff.find_by_name(marta.house.store.read, "Ana")
    assert rita
    assert ana
    await marta.post(f"/bandeja/{case.id}/nota", nota="Llamé a la <posta>.")
    await marta.post(f"/bandeja/{case.id}/asignar", persona=str(ana.id))
    shown = await page(marta, f"/bandeja/{case.id}")
    assert "Llamé a la &lt;posta&gt;." in shown
    assert "Ahora lo tiene Ana." in shown
    assert now_of(marta.house, case).assigned_to == ana.id
    refused = await marta.post(f"/bandeja/{case.id}/asignar", persona=str(rita.id))
    assert (refused.status, "no puede ver este mensaje" in await refused.text()) == (400, True)
    await marta.post(f"/bandeja/{case.id}/asignar", persona="")
    assert now_of(marta.house, case).assigned_to is None
    empty = await marta.post(f"/bandeja/{case.id}/nota", nota=" ")
    assert (empty.status, 'id="nota-error"' in await empty.text()) == (400, True)
    assert told(marta.house) == {}
    actions = [each.action for each in audit.newest(marta.house.store.read, "Marta") if each.action.startswith("case")]
    assert actions == ["case_assigned", "case_assigned", "case_noted"]


async def test_a_case_moves_to_another_mesa_with_a_reason_and_its_time(marta: Browser) -> None:
    case = spoke(marta.house, ago=timedelta(days=5))
    for fields in ({"mesa": "salud", "motivo": "x"}, {"mesa": "nada", "motivo": "x"}, {"mesa": "educacion"}):
        assert (await marta.post(f"/bandeja/{case.id}/mover", **fields)).status == 400
    moved = await marta.post(f"/bandeja/{case.id}/mover", mesa="educacion", motivo="Es de la escuela.")
    assert moved.headers["Location"] == "/bandeja"  # it is none of hers any more
    assert f"El mensaje {case.code} pasó a la mesa Educación." in await page(marta, "/bandeja")
    assert (await marta.get(f"/bandeja/{case.id}")).status == 404
    fresh = now_of(marta.house, case)
    assert fresh.mesa == "educacion"
    assert timedelta(hours=71) < fresh.due_at - marta.house.clock.now() <= timedelta(hours=72)
    ana = another(marta)
    await ana.log_in("Ana")
    assert "Pasó a la mesa Educación: Es de la escuela." in await page(ana, f"/bandeja/{case.id}")


async def test_reports_that_are_joined_keep_the_time_of_whoever_waits_longest(marta: Browser) -> None:
    late, fresh = spoke(marta.house, ago=timedelta(days=5)), spoke(marta.house, "no hay doctor", CUSI)
    other = spoke(marta.house, "la escuela no tiene agua", LUZ, mesa="educacion")
    assert f'name="caso" value="{late.id}"' in await page(marta, f"/bandeja/{fresh.id}")
    assert (await marta.post(f"/bandeja/{fresh.id}/unir", caso=str(other.id))).status == 400
    assert (await marta.post(f"/bandeja/{fresh.id}/unir", caso=str(fresh.id))).status == 400
    assert (await marta.post(f"/bandeja/{fresh.id}/unir", caso="x")).status == 400
    await marta.post(f"/bandeja/{fresh.id}/unir", caso=str(late.id))
    shown = await page(marta, "/bandeja")
    assert codes_in(shown) == [fresh.code]
    assert "2 juntos" in shown
    assert "vencida hace 3 días" in shown
    joined = await page(marta, f"/bandeja/{fresh.id}")
    assert f"Unido con {late.code}" in joined
    assert "Lo dijeron 2 personas" in joined
    assert (await marta.post(f"/bandeja/{late.id}/responder", es="Sí.", visto="0")).status == 400


async def test_a_report_that_was_not_helped_stands_alone_again(marta: Browser) -> None:
    head, joined = spoke(marta.house), spoke(marta.house, "no hay doctor", CUSI)
    await marta.post(f"/bandeja/{head.id}/unir", caso=str(joined.id))
    await reply(marta, head, "Mañana va el doctor.", ultima="1")
    with marta.house.store.write() as tx:
        Filing(tx, marta.house.clock, marta.house.clock.now()).reopen(now_of(marta.house, joined))
    assert codes_in(await page(marta, "/bandeja")) == [joined.code]
    shown = await page(marta, f"/bandeja/{joined.id}")
    assert f"Unido con {head.code}" in shown
    assert "No le sirvió: se abrió otra vez" in shown


async def test_a_case_is_closed_without_an_answer_and_opened_again(marta: Browser) -> None:
    case = spoke(marta.house)
    assert (await marta.post(f"/bandeja/{case.id}/cerrar", razon="")).status == 400
    await marta.post(f"/bandeja/{case.id}/cerrar", razon="Es una broma.")
    assert now_of(marta.house, case).state == "closed"
    assert told(marta.house) == {}
    given = {
        "es": "Sí.",
        "visto": str(2**63 - 1),
        "razon": "x",
        "mesa": "educacion",
        "motivo": "x",
        "caso": str(case.id),
    }
    for deed in ("responder", "cerrar", "mover", "unir"):
        again = await marta.post(f"/bandeja/{case.id}/{deed}", **given)
        assert (again.status, "está cerrado" in await again.text()) == (400, True)
    await marta.post(f"/bandeja/{case.id}/abrir")
    assert now_of(marta.house, case).state == "open"
    assert codes_in(await page(marta, "/bandeja")) == [case.code]


@pytest.mark.parametrize("name", ["Ana", "Marta"])
async def test_every_deed_is_open_to_whoever_may_see_the_case(browser: Browser, name: str) -> None:
    await browser.log_in(name)
    case, other = spoke(browser.house), spoke(browser.house, "no hay doctor", CUSI)
    me = staff.find_by_name(browser.house.store.read, name)
    assert me
    deeds = [
        ("nota", {"nota": "x"}),
        ("asignar", {"persona": str(me.id)}),
        ("unir", {"caso": str(other.id)}),
        ("responder", {"es": "Iremos.", "visto": str(2**63 - 1)}),
        ("cerrar", {"razon": "x"}),
        ("abrir", {}),
        ("mover", {"mesa": "educacion", "motivo": "x"}),
    ]
    for deed, fields in deeds:
        assert (await browser.post(f"/bandeja/{case.id}/{deed}", **fields)).status == 303, deed
    shown = [entry.kind for entry in cases.entries(browser.house.store.read, [case.id])]
    assert shown == ["said", "note", "assigned", "joined", "answer", "closed", "reopened", "moved"]
    assert {entry.staff_id for entry in cases.entries(browser.house.store.read, [case.id])[1:]} == {me.id}
    written = [each.action for each in audit.newest(browser.house.store.read, name) if each.action.startswith("case")]
    assert list(reversed(written)) == [
        *("case_noted", "case_assigned", "case_joined", "case_answered", "case_closed", "case_reopened", "case_moved")
    ]


async def test_of_somebody_who_was_erased_no_word_is_left(marta: Browser) -> None:
    case = spoke(marta.house, "mi vecina Juana está enferma")
    with marta.house.store.write() as tx:
        cases.erase_bodies(tx, case.person_id)
        people.erase(tx, case.person_id, b"key", marta.house.clock.now())
    assert "Juana" not in everything(marta.house.store)
    assert "juana" not in everything(marta.house.store)
    shown = await page(marta, f"/bandeja/{case.id}")
    assert "(borrado)" in shown
    assert "no le llega nada" in shown
    assert codes_in(await page(marta, "/bandeja?palabras=juana")) == []
    _status, answered = await reply(marta, case, "Iremos.")
    assert "a nadie le llega un mensaje" in answered


# ── photos ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Album(FakeTelegram):
    """Telegram with photos in its store, by file_id."""

    photos: dict[str, bytes] = field(default_factory=dict)

    async def answer(self, request: web.Request, fields: dict[str, str]) -> web.Response:
        if request.path.startswith(f"/file/bot{BOT_TOKEN}/photos/"):
            return web.Response(body=self.photos[request.path.rpartition("/")[2]])
        if request.path.endswith("/getFile"):
            if fields["file_id"] not in self.photos:
                return self.refuse(Fault(status=400, message="Bad Request: invalid file_id"))
            result = {"file_id": "x", "file_unique_id": "x", "file_path": f"photos/{fields['file_id']}"}
            return web.json_response({"ok": True, "result": result})
        return await super().answer(request, fields)


async def test_a_photo_is_fetched_when_it_is_asked_for(tmp_path: Path) -> None:
    async with Album() as telegram:
        jpeg = b"\xff\xd8\xff\xe0 a photo"
        telegram.photos = {"agua": jpeg, "html": b"<script>"}
        async with desk(tmp_path, telegram_token=BOT_TOKEN, telegram_api_url=telegram.url, start=MONDAY) as browser:
            await browser.log_in("Marta")
            house = browser.house
            made = {
                name: spoke(house, "mire", f"telegram:{n}", file_id=name)
                for n, name in enumerate(("agua", "html", "x"))
            }
            entries = {name: cases.entries(house.store.read, [each.id])[0].id for name, each in made.items()}
            address = f"/bandeja/foto/{entries['agua']}"
            assert not any(call.path.endswith("getFile") for call in telegram.calls)
            assert f'href="{address}"' in await page(browser, f"/bandeja/{made['agua'].id}")
            shown = await browser.web.get(
                f"http://127.0.0.1:{house.settings.port}{address}",
                headers={"Cookie": f"{browser.cookie_name}={browser.cookie}"},
            )
            assert (shown.status, shown.content_type, await shown.read()) == (200, "image/jpeg", jpeg)
            for name in ("html", "x"):
                answer = await browser.get(f"/bandeja/foto/{entries[name]}")
                assert answer.status == 502
                assert "Telegram no entrega la foto ahora" in await answer.text()
            assert len(audit.newest(house.store.read, "Marta", "saw")) == 4


async def test_without_telegram_no_photo_can_be_had(marta: Browser) -> None:
    case = spoke(marta.house, "mire", file_id="agua")
    entry = cases.entries(marta.house.store.read, [case.id])[0]
    assert (await marta.get(f"/bandeja/foto/{entry.id}")).status == 502
    assert (await marta.get("/bandeja/foto/1")).status == 404


# ── prepared answers, Mesas and routes ────────────────────────────────────────────────────────────────────────────────


async def test_a_prepared_answer_fills_both_boxes(marta: Browser) -> None:
    case = spoke(marta.house)
    shown = await page(marta, f"/bandeja/{case.id}?respuesta=visita")
    assert "Esta semana iremos a ver. Gracias por avisar.</textarea>" in shown
    assert "Kay semana qhawaq risaqku. Añay.</textarea>" in shown
    assert 'value="canal"' not in shown  # of the Mesa Agropecuaria


async def test_prepared_answers_are_added_changed_and_removed(marta: Browser) -> None:
    path, texts = "/bandeja/respuestas", {"es": "Vamos el lunes.", "quz": "Lunes risaqku."}
    assert "Vamos el lunes" not in await page(marta, path)
    await marta.post(path, clave="", mesa="salud", **texts)
    shown = await page(marta, path)
    assert "Vamos el lunes. <small" in shown
    key = re.search(r"cambiar=(r\d+)", shown)
    assert key
    assert "Lunes risaqku.</textarea>" in await page(marta, f"{path}?cambiar={key[1]}")
    await marta.post(path, clave=key[1], mesa="salud", es="Vamos el martes.", quz="Martes risaqku.")
    assert "Vamos el martes." in await page(marta, path)
    await marta.post(f"{path}/{key[1]}/quitar")
    assert "Vamos el martes." not in await page(marta, path)
    made = [each.action for each in audit.newest(marta.house.store.read, "Marta") if each.action.startswith("canned")]
    assert made == ["canned_removed", "canned_changed", "canned_added"]


async def test_a_mesa_changes_no_answer_of_others(marta: Browser) -> None:
    path, texts = "/bandeja/respuestas", {"es": "Vamos el lunes.", "quz": "Lunes risaqku."}
    before = cases.canned_answers(marta.house.store.read)
    for key in ("visita", "canal", "nada"):
        assert (await marta.get(f"{path}?cambiar={key}")).status == 404
        assert (await marta.post(path, clave=key, mesa="salud", **texts)).status == 404
        assert (await marta.post(f"{path}/{key}/quitar")).status == 404
    for mesa in ("", "agropecuaria", "nada"):
        assert (await marta.post(path, clave="", mesa=mesa, **texts)).status == 400
    one = await marta.post(path, clave="", mesa="salud", es="Vamos.", quz="")
    assert (one.status, 'id="quz-error"' in await one.text()) == (400, True)
    long = await marta.post(path, clave="", mesa="salud", es="Vamos. " * 50, quz="Risaqku.")
    assert (long.status, "En castellano ocupa 3 SMS" in await long.text()) == (400, True)
    assert cases.canned_answers(marta.house.store.read) == before


async def test_mesas_have_their_hours_and_heads(admin: Browser) -> None:
    paula = staff.find_by_name(admin.house.store.read, "Paula")  # a promoter: she heads no Mesa
    head = add(admin.house, Wish("Hugo", "mesa", phone="+51984000777", mesas=("salud",)))
    assert paula
    fields = {f"horas_{mesa.key}": "72" for mesa in cases.mesas(admin.house.store.read)}
    fields |= {"horas_salud": "24", "dirige_salud": str(head.id)}
    assert ">Hugo</option>" in await page(admin, "/bandeja/mesas")
    await admin.post("/bandeja/mesas", **fields)
    salud = cases.mesa(admin.house.store.read, "salud")
    assert salud
    assert (salud.hours_to_answer, salud.head_staff_id) == (24, head.id)
    assert cases.mesas(admin.house.store.read)[-1].key == "general"
    for wrong in ({"horas_salud": "0"}, {"horas_salud": "x"}, {"horas_salud": "9999"}, {"dirige_salud": str(paula.id)}):
        answer = await admin.post("/bandeja/mesas", **(fields | wrong))
        assert answer.status == 400
        assert f'id="{next(iter(wrong))}-error"' in await answer.text()
    assert cases.mesa(admin.house.store.read, "salud") == salud


async def test_a_topic_is_sent_to_a_mesa(admin: Browser) -> None:
    path, tx = "/bandeja/mesas", admin.house.store.read
    await admin.post(f"{path}/rutas", tema="agua", distrito="zurite", mesa="salud")
    assert cases.responsible(tx, "none", "agua", "zurite") == "salud"
    assert "agua potable" in await page(admin, path)
    for wrong in ({"tema": "x"}, {"distrito": "x"}, {"mesa": "x"}, {"tema": ""}):
        fields = {"tema": "agua", "distrito": "zurite", "mesa": "salud"} | wrong
        assert (await admin.post(f"{path}/rutas", **fields)).status == 400
    await admin.post(f"{path}/rutas/quitar", tema="agua", distrito="zurite")
    assert cases.responsible(tx, "none", "agua", "zurite") == "general"
    assert (await admin.post(f"{path}/rutas/quitar", tema="agua", distrito="zurite")).status == 404
    assert (await admin.post(f"{path}/rutas/quitar", tema="", distrito="")).status == 404  # the province's own stays


async def test_each_district_may_have_its_own_mesa_for_the_rest(admin: Browser) -> None:
    path, tx = "/bandeja/mesas/resto", admin.house.store.read
    assert (await admin.post(path, resto="general", resto_zurite="turismo")).status == 303
    assert cases.responsible(tx, "none", "", "zurite") == "turismo"
    assert cases.responsible(tx, "none", "", "anta") == "general"
    assert (await admin.post(path, resto="")).status == 400
    assert (await admin.post(path, resto="general", resto_zurite="x")).status == 400
    await admin.post(path, resto="agropecuaria")
    assert {cases.responsible(tx, "none", "", place) for place in ("zurite", "anta", "")} == {"agropecuaria"}


# ── words and rows ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_spans_and_first_words() -> None:
    lengths = (timedelta(), timedelta(minutes=59), timedelta(hours=1), timedelta(hours=47), timedelta(days=2, hours=5))
    assert [span(each) for each in lengths] == ["1 minuto", "59 minutos", "1 hora", "47 horas", "2 días"]
    assert cut("no  hay\nagua") == "no hay agua"
    assert cut("agua " * 40, 12) == "agua agua…"
    assert cut("a" * 40, 12) == "a" * 12 + "…"


def test_the_rows_are_found_the_same_way_on_postgresql(postgres_url: str) -> None:
    store = Store(postgres_url)
    try:
        with store.write() as tx:
            assert cases.first_words(tx, []) == {}
            assert cases.joined_counts(tx, []) == {}
            for order in ("due", "newest"):
                wanted = Filter((), (), "open", MONDAY, True, 1, date(2027, 3, 1), date(2027, 3, 2), "Niño", "need")
                assert cases.inbox(tx, replace(wanted, order=order)) == ([], 0)
            assert cases.about_name(tx, "work:x") == ""
    finally:
        store.close()
