"""Notices at the desk through a real server: written, counted, looked at, sent off once, approved by a second one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from bot.app import House
from bot.clock import LIMA
from bot.conversation.message import Inbound
from bot.desk.avisos import typed
from bot.desk.guard import Form
from bot.records import agenda, audit, messages, notices, people, quiet_days
from bot.records.agenda import Campaign, Clinic, Name
from bot.records.notices import Audience, Notice, Template
from bot.records.quiet_days import QuietDay
from bot.service.accounts import Wish
from bot.service.appointments.changes import Changes
from bot.service.notices.events import event
from tests.running import JUAN, ROSA, say
from tests.test_desk import PAGE_BYTES, Browser, add, another, desk

MONDAY = datetime(2027, 3, 1, 9, tzinfo=LIMA)
KEY = "zurite_20270312"
ABOUT = f"campaign:{KEY}"
WRITTEN: dict[str, Any] = {
    "titulo": "Pediatra en Zurite",
    "sobre": ABOUT,
    "es": "Hay pediatra el {fecha}, {hora}, en {lugar}.",
    "quz": "{fecha}, {hora}: pediatra {lugar}pi.",
    "cuando": "ahora",
}


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with desk(tmp_path, start=MONDAY, notice_ceiling_soles=2.0) as made:
        campaign(made.house)
        yield made


@pytest.fixture
async def admin(browser: Browser) -> Browser:
    await browser.log_in("Ana")
    return browser


def campaign(house: House, on: date = date(2027, 3, 12)) -> None:
    """A paediatrician in Zurite with five places."""
    clinic, where = Clinic("pediatria", 5), ("especialistas", "zurite", "posta de Zurite")
    day = Campaign(KEY, Name("Pediatría", "Wawa hampiq"), *where, on, time(8), time(12), (clinic,), Name("DNI"))
    with house.store.write() as tx:
        agenda.remove_samples(tx, "campaigns")
        Changes(tx, house.clock, house.clock.now(), "test").put(day)


def neighbours(house: House, count: int, language: str = "es", home: str = "compone", channel: str = "test") -> None:
    """So many people who wrote to us once."""
    now, knowledge = house.clock.now(), house.library.knowledge(house.store.read)
    with house.store.write() as tx:
        for _ in range(count):
            number = house.clock.new_id() % 10**8
            address = f"telegram:{number}" if channel == "telegram" else f"tel:+519{number:08}"
            person = people.create(tx, house.clock.new_id(), address, now)
            people.set_language(tx, person.id, language, is_chosen=True)
            people.set_greeted(tx, person.id)
            people.set_place(tx, person.id, knowledge.district_of(home), home)
            medium = "telegram" if channel == "telegram" else "sms"
            message = Inbound(channel, medium, address, str(house.clock.new_id()), "")  # type: ignore[arg-type]
            messages.record(tx, house.clock.new_id(), message, person.id, "answered", now)


async def text_of(browser: Browser, path: str, status: int = 200) -> str:
    answer = await browser.get(path)
    assert answer.status == status, f"{path}: {answer.status}"
    text = await answer.text()
    assert len(text.encode()) <= PAGE_BYTES, path
    return unescape(text)


async def written(browser: Browser, **fields: Any) -> Notice:
    """A draft as the form keeps it."""
    answer = await browser.post("/avisos/nuevo", **(WRITTEN | fields))
    assert answer.status == 303, unescape(await answer.text())
    found = re.fullmatch(r"/avisos/(\d+)/vista", answer.headers["Location"])
    assert found
    return now_of(browser.house, int(found[1]))


async def refused(browser: Browser, **fields: Any) -> dict[str, str]:
    """What is said at each field of a form that is not kept."""
    answer = await browser.post("/avisos/nuevo", **(WRITTEN | fields))
    assert answer.status == 400
    return errors_in(unescape(await answer.text()))


def errors_in(page: str) -> dict[str, str]:
    return dict(re.findall(r'<p class="error" id="(\w+)-error">([^<]*)</p>', page))


async def problems(browser: Browser, notice: Notice) -> dict[str, str]:
    """What keeps it from being sent, by field, as its preview says it."""
    page = await text_of(browser, f"/avisos/{notice.id}/vista")
    assert ("/enviar" in page) == ("Antes de enviarlo hay que corregir" not in page)
    return dict(re.findall(rf'href="/avisos/{notice.id}/editar#(\w+)">([^<]*)</a>', page))


def now_of(house: House, notice_id: int) -> Notice:
    found = notices.one(house.store.read, notice_id)
    assert found
    return found


async def lead(browser: Browser, notice: Notice, step: str) -> str:
    """A step as a button of its preview would ask for it; where it leads."""
    page = await (await browser.get(f"/avisos/{notice.id}/vista")).text()
    seen = re.search(r'name="visto" value="(\w+)"', page)
    answer = await browser.post(f"/avisos/{notice.id}/{step}", visto=seen[1] if seen else "")
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"]


def noted(house: House, action: str) -> list[audit.Entry]:
    return audit.newest(house.store.read, action=action)


# ── the form ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_notice_about_a_campaign_has_its_day_and_place(admin: Browser) -> None:
    page = await text_of(admin, f"/avisos/nuevo?sobre={ABOUT}")
    assert f'<option value="{ABOUT}" selected>' in page
    assert 'value="2027-03-12"' in page
    assert '<span lang="es">viernes 12 de marzo</span> / <span lang="quz">viernes 12 marzo</span>' in page
    notice = await written(admin)
    assert notice.fields["fecha"] == "2027-03-12"
    assert notice.fields["nombre.quz"] == "Wawa hampiq"
    assert (notice.topic, notice.held_on, notice.author) == ("campaigns", date(2027, 3, 12), "Ana")
    assert noted(admin.house, "notice_written")[0].object == "Pediatra en Zurite"


async def test_what_is_typed_over_an_events_values_stays_until_another_is_chosen(admin: Browser) -> None:
    notice = await written(admin)
    path = f"/avisos/{notice.id}/editar"
    filled = re.search(r'name="llenado" value="([^"]+)"', await text_of(admin, path))
    assert filled
    own = WRITTEN | {"llenado": filled[1], "campo_fecha": "2027-03-12", "campo_hora": "09:30", "campo_lugar": "colegio"}
    await admin.post(path, **own)
    assert now_of(admin.house, notice.id).fields["lugar"] == "colegio"
    campaign(admin.house, date(2027, 3, 19))
    await admin.post(path, **own)
    assert now_of(admin.house, notice.id).fields["fecha"] == "2027-03-19"


async def test_a_button_fills_the_form_and_keeps_nothing(admin: Browser) -> None:
    template = Template(admin.house.clock.new_id(), "Campaña", "fairs", "Venga el {fecha}.", "{fecha} hamuy.")
    with admin.house.store.write() as tx:
        notices.keep_template(tx, template, None, "Ana", MONDAY)
    answer = await admin.post("/avisos/nuevo", sobre=ABOUT, plantilla=str(template.id), usar="1", distritos="zurite")
    page = unescape(await answer.text())
    assert answer.status == 200
    assert ">Venga el {fecha}.</textarea>" in page
    assert 'value="posta de Zurite (Zurite)"' in page
    assert 'value="zurite" checked' in page
    assert ">{fecha} hamuy.</textarea>" in await text_of(admin, f"/avisos/nuevo?plantilla={template.id}")
    assert notices.latest(admin.house.store.read, 5) == []


async def test_the_comunidades_are_found_without_javascript(admin: Browser) -> None:
    answer = await admin.post("/avisos/nuevo", **WRITTEN, filtrar="1", filtro="inquil", comunidades="compone")
    page = unescape(await answer.text())
    assert re.findall(r'name="comunidades" value="(\w+)"', page) == ["compone", "inquilpata"]
    assert 'value="Pediatra en Zurite"' in page


ASKED: list[tuple[dict[str, Any], Audience]] = [
    ({}, Audience()),
    ({"distritos": "zurite", "comunidades": "compone"}, Audience(districts=("zurite",), comunidades=("compone",))),
    ({"idioma": "quz", "elegido": "1", "otra_vez": "1"}, Audience(languages=("quz",), is_chosen=True, again=True)),
    ({"tienen": "booked", "campana": KEY}, Audience(campaign=KEY, holds="booked")),
    ({"tienen": "waiting", "campana": KEY}, Audience(campaign=KEY, holds="waiting")),
    ({"campana": KEY}, Audience()),
    ({"pregunto": ABOUT}, Audience(asked_about=ABOUT)),
    ({"distritos": "lima", "idioma": "qu", "tienen": "booked", "campana": "x", "pregunto": "work:x"}, Audience()),
]


@pytest.mark.parametrize(("fields", "audience"), ASKED)
async def test_the_audience_is_what_was_chosen(admin: Browser, fields: dict[str, Any], audience: Audience) -> None:
    notice = await written(admin, **fields)
    assert notice.audience == audience
    assert "A cuántos y cuánto cuesta" in await text_of(admin, f"/avisos/{notice.id}/vista")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2027, 3, day, hour, minute, tzinfo=LIMA)


WEEKLY, MONTHLY = "FREQ=WEEKLY;BYDAY=TU,FR", "FREQ=MONTHLY;BYDAY=1SU"
TIMES: list[tuple[dict[str, Any], str, datetime | None, datetime | None]] = [
    ({}, "", None, None),
    ({"vence_dia": "10/03/2027"}, "", None, at(10, 20)),
    ({"cuando": "hora", "dia": "2027-03-05", "hora": "10:00"}, "", at(5, 10), None),
    (
        {"cuando": "hora", "dia": "5/3/2027", "hora": "10 am", "vence_dia": "2027-03-06", "vence_hora": "12:00"},
        *("", at(5, 10), at(6, 12)),
    ),
    ({"cuando": "repite", "hora": "08:00", "regla_dias": ["martes", "viernes"]}, WEEKLY, at(2, 8), None),
    (
        {
            "cuando": "repite",
            "dia": "2027-03-04",
            "hora": "08:00",
            "regla_dias": ["viernes", "martes"],
            "vale_horas": "5",
        },
        *(WEEKLY, at(5, 8), at(5, 13)),
    ),
    ({"cuando": "repite", "hora": "08:00", "regla_cada": "1", "regla_dias": ["domingo"]}, MONTHLY, at(7, 8), None),
    (
        {"cuando": "repite", "hora": "08:00", "regla_dias": ["lunes"], "regla_hasta": "2027-03-31"},
        *("UNTIL=20270331", at(8, 8), None),
    ),
    ({"cuando": "repite", "hora": "08:00", "regla": "primer domingo del mes"}, MONTHLY, at(7, 8), None),
    (
        {"cuando": "repite", "hora": "08:00", "regla": "FREQ=MONTHLY;BYMONTHDAY=15"},
        *("FREQ=MONTHLY;BYMONTHDAY=15", at(15, 8), None),
    ),
]


@pytest.mark.parametrize(("fields", "rule", "starts_at", "expires_at"), TIMES)
async def test_when_it_leaves_is_what_was_typed_and_comes_back_into_the_form(
    admin: Browser, fields: dict[str, Any], rule: str, starts_at: datetime | None, expires_at: datetime | None
) -> None:
    notice = await written(admin, **fields)
    assert (notice.starts_at, notice.expires_at) == (starts_at, expires_at)
    assert rule in notice.rule
    assert bool(rule) == bool(notice.rule)
    tx, knowledge = admin.house.store.read, admin.house.library.knowledge(admin.house.store.read)
    found, now = event(tx, knowledge, ABOUT, MONDAY), admin.house.clock.now()
    offered = typed.Offered((), (), (KEY,), (ABOUT,), True)
    again, errors = typed.notice(typed.form_of(notice, found, now), notice, found, offered, now)
    assert errors == {}
    assert again == notice


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"titulo": "x" * 161}, "titulo", "Hasta 160 letras"),
    ({"cuando": "hora", "hora": "10:00"}, "dia", "Diga qué día sale"),
    ({"cuando": "hora", "dia": "2027-03-05"}, "hora", "Diga a qué hora sale"),
    ({"cuando": "hora", "dia": "mañana", "hora": "10:00"}, "dia", "Escriba la fecha así"),
    ({"cuando": "hora", "dia": "2027-02-05", "hora": "10:00"}, "dia", "ya pasaron"),
    ({"cuando": "hora", "dia": "9999-12-31", "hora": "23:00"}, "dia", "Escriba la fecha así"),
    ({"vence_dia": "0001-01-01"}, "vence_dia", "Escriba la fecha así"),
    ({"cuando": "repite", "hora": "10:00"}, "regla_dias", "por lo menos un día"),
    ({"cuando": "repite", "hora": "10:00", "regla": "cuando llueva"}, "regla", "no se entiende"),
    ({"cuando": "repite", "hora": "10:00", "regla_dias": "lunes", "regla_hasta": "x"}, "regla_hasta", "fecha así"),
    (
        {"cuando": "repite", "hora": "10:00", "regla_dias": "lunes", "regla_hasta": "2027-03-01", "dia": "2027-03-02"},
        *("regla_hasta", "ni una vez"),
    ),
    ({"cuando": "repite", "hora": "10:00", "regla_dias": "lunes", "vale_horas": "999"}, "vale_horas", "de 1 a 168"),
    ({"vence_hora": "10:00"}, "vence_dia", "también el día"),
    ({"vence_dia": "2027-03-05", "vence_hora": "tarde"}, "vence_hora", "hora así"),
    ({"urgente": "1"}, "porque", "por qué no puede esperar"),
]


@pytest.mark.parametrize(("fields", "field", "said"), WRONG)
async def test_what_cannot_be_kept_is_said_at_its_field(
    admin: Browser, fields: dict[str, Any], field: str, said: str
) -> None:
    assert said in (await refused(admin, **fields))[field]
    assert notices.latest(admin.house.store.read, 5) == []


UNREADY: list[tuple[dict[str, Any], str, str]] = [
    ({"titulo": ""}, "titulo", "Póngale un título"),
    ({"es": ""}, "es", "Falta el texto en castellano"),
    ({"quz": ""}, "quz", "Falta el texto en quechua"),
    ({"quz": "{costo}"}, "campo_costo", "dice {costo} y falta su valor"),
    ({"es": "A las {ora}"}, "es", "{ora} no existe. Se puede usar: {fecha}"),
    ({"sobre": "", "campo_fecha": "pronto", "es": "El {fecha}", "quz": "x"}, "campo_fecha", "no es una fecha"),
    ({"sobre": "", "campo_hora": "tarde", "es": "A las {hora}", "quz": "x"}, "campo_hora", "no es una hora"),
    ({"campo_precio": "nan", "es": "Cuesta {precio}"}, "campo_precio", "no es un precio"),
    ({"campo_precio": "-5", "es": "Cuesta {precio}"}, "campo_precio", "no es un precio"),
    ({"es": "largo " * 90}, "es", "solo puede ocupar 3"),
    ({"quz": "largo " * 90}, "quz", "En quechua ocupa 4 SMS"),
    ({"vence_dia": "2027-02-20"}, "vence_dia", "Ya venció"),
    (
        {"cuando": "hora", "dia": "2027-03-05", "hora": "10:00", "vence_dia": "2027-03-04"},
        "vence_dia",
        "antes de salir",
    ),
    ({"cuando": "hora", "dia": "2027-03-12", "hora": "10:00"}, "vence_dia", "Vence antes de salir"),
    ({"idioma": "quz", "distritos": "zurite"}, "publico", "no le llega a nadie"),
]


@pytest.mark.parametrize(("fields", "field", "said"), UNREADY)
async def test_what_keeps_it_from_being_sent_is_said_and_leads_to_its_field(
    admin: Browser, fields: dict[str, Any], field: str, said: str
) -> None:
    neighbours(admin.house, 1)
    notice = await written(admin, **fields)
    assert said in (await problems(admin, notice))[field]
    page = await text_of(admin, f"/avisos/{notice.id}/editar")
    assert f'id="{field}"' in page
    assert f'<a href="#{field}">' in page
    assert (await lead(admin, notice, "enviar")).endswith("/vista")
    assert now_of(admin.house, notice.id).state == "draft"


async def test_mañana_is_true_on_one_day_only(admin: Browser) -> None:
    neighbours(admin.house, 1)
    notice = await written(admin, es="Venga mañana.", quz="Paqarin hamuy.", sobre="", vence_dia="2027-03-02")
    assert await problems(admin, notice) == {}  # it ends by itself on the evening of the day on which it leaves
    assert "01/03/2027 20:00" in await text_of(admin, f"/avisos/{notice.id}/vista")
    asked = {"sobre": "", "cuando": "hora", "dia": "2027-03-02", "hora": "21:00"}  # which waits for the next morning
    for es, quz, field in (("Venga mañana.", "Hamuy.", "es"), ("Venga.", "Paqarin hamuy.", "quz")):
        late = await written(admin, **asked, es=es, quz=quz)
        assert "vale un solo día" in (await problems(admin, late))[field]


async def test_an_event_that_changed_its_day_stops_a_draft(admin: Browser) -> None:
    neighbours(admin.house, 1)
    notice = await written(admin)
    assert await problems(admin, notice) == {}
    campaign(admin.house, date(2027, 3, 19))
    assert "Cambió de día" in (await problems(admin, notice))["sobre"]
    assert (await lead(admin, notice, "enviar")).endswith("/vista")
    await admin.post(f"/avisos/{notice.id}/editar", **WRITTEN)
    assert await problems(admin, notice) == {}


async def test_an_urgent_notice_is_the_admins_and_written_down(admin: Browser) -> None:
    neighbours(admin.house, 1)
    marta = another(admin)
    await marta.log_in("Marta")
    assert "urgente" not in await text_of(marta, "/avisos/nuevo")
    assert not (await written(marta, urgente="1", porque="huaico")).is_urgent
    notice = await written(admin, urgente="1", porque="Huaico en Zurite")
    assert "de noche y en feriados: Huaico en Zurite" in await text_of(admin, f"/avisos/{notice.id}/vista")
    assert (await marta.post(f"/avisos/{notice.id}/enviar")).status == 403
    await lead(admin, notice, "enviar")
    assert noted(admin.house, "notice_sent")[0].details["why"] == "Huaico en Zurite"


# ── counting and looking ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_segments_and_cost_are_counted_while_it_is_written(admin: Browser) -> None:
    neighbours(admin.house, 3)
    piece = await admin.post("/avisos/contar", **WRITTEN)
    text = unescape(await piece.text())
    assert piece.status == 200
    assert "<html" not in text
    assert 'Castellano: <strong class="">1 SMS</strong> · 84/160 letras · GSM-7' in text.replace("\n", " ")
    assert "Hoy les llegaría a 3 personas: <strong>3 SMS, S/ 0.00</strong>" in " ".join(text.split())
    emoji = unescape(await (await admin.post("/avisos/contar", **(WRITTEN | {"es": "Feria 🎉 el {fecha}"}))).text())
    assert "Por «🎉» cada SMS lleva solo 70 letras" in emoji
    whole = await admin.post("/avisos/nuevo", **WRITTEN, contar="1")
    assert "Hoy les llegaría a 3 personas" in await whole.text()
    assert notices.latest(admin.house.store.read, 5) == []


async def test_the_preview_shows_every_message_people_and_soles(admin: Browser) -> None:
    neighbours(admin.house, 3, channel="simulator")
    neighbours(admin.house, 2, "quz", channel="simulator")
    neighbours(admin.house, 1, channel="telegram")
    with admin.house.store.write() as tx:
        stopped = people.load(tx, f"tel:{ROSA}") or people.create(tx, 1, f"tel:{ROSA}", MONDAY)
        people.opt_out(tx, admin.house.clock.new_id(), stopped.id, "BAJA", MONDAY)
    notice = await written(admin, es="Hay pediatra: ✓ traiga {traer}.")
    page = " ".join((await text_of(admin, f"/avisos/{notice.id}/vista")).split())
    assert "<mark>✓</mark>" in page
    assert "Por «✓» cada SMS lleva solo 70 letras" in page
    assert "Hay pediatra: ✓ traiga DNI." in page  # as Telegram shows it
    assert "<li>Sacar cita</li>" in page
    rows = re.findall(r'<th scope="row">([^<]*)</th>((?:<td[^>]*>[^<]*</td>)+)', page)
    assert {name: re.findall(r">([^<]*)</td>", cells) for name, cells in rows} == {
        "Castellano, celular de prueba": ["3", "1", "3", "S/ 0.75"],
        "Castellano, Telegram": ["1", "0", "0", "S/ 0.00"],
        "Quechua, celular de prueba": ["2", "1", "2", "S/ 0.50"],
        "Total": ["6", "", "5", "S/ 1.25"],
    }
    assert "1: escribieron BAJA" in page
    assert "Enviar: 6 personas, 5 SMS, S/ 1.25" in page
    assert re.search(r"<dt>Sale</dt><dd><time[^>]*>01/03/2027 09:", page)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"dia": "2027-03-10", "hora": "21:30"}, "de 20:00 a 07:00 no sale ningún aviso"),
        ({"dia": "2027-03-25", "hora": "10:00", "sobre": ""}, "es feriado (Jueves Santo). Sale el 27/03/2027 07:00"),
        ({"dia": "2027-03-03", "hora": "10:00"}, "es un día sin avisos. Sale el 04/03/2027 07:00"),
        ({"dia": "2027-03-10", "hora": "10:00"}, ""),
    ],
)
async def test_why_it_waits_is_said(admin: Browser, fields: dict[str, str], said: str) -> None:
    neighbours(admin.house, 1)
    with admin.house.store.write() as tx:
        quiet_days.put(tx, QuietDay(date(2027, 3, 3), "aniversario", "Ana"))
    texts = {"campo_fecha": "2027-04-12", "campo_hora": "08:00", "campo_lugar": "posta"}
    notice = await written(admin, cuando="hora", **(texts | fields))
    page = await text_of(admin, f"/avisos/{notice.id}/vista")
    assert ("Espera: " in page) == bool(said)
    assert said in page


async def test_a_notice_that_comes_too_late_for_some_says_so(admin: Browser) -> None:
    neighbours(admin.house, 60, channel="simulator")
    soon = MONDAY + timedelta(seconds=30)
    notice = await written(admin, vence_dia=f"{soon:%Y-%m-%d}", vence_hora="09:01")
    assert "quien falte no se entera" in await text_of(admin, f"/avisos/{notice.id}/vista")


async def test_the_figures_of_a_series_are_those_of_each_time(admin: Browser) -> None:
    neighbours(admin.house, 2)
    notice = await written(admin, cuando="repite", hora="08:00", regla_dias="martes", regla_hasta="2027-03-09")
    page = await text_of(admin, f"/avisos/{notice.id}/vista")
    assert "cada martes, 08:00, hasta el martes 9 de marzo de 2027" in page
    assert "las cifras son las de cada vez" in page
    await lead(admin, notice, "enviar")
    assert now_of(admin.house, notice.id).state == "repeating"


async def test_another_date_than_the_agendas_is_pointed_out(admin: Browser) -> None:
    notice = await written(admin, llenado=f"{ABOUT} 2027-03-12", campo_fecha="2027-03-13", campo_hora="08:00")
    page = await text_of(admin, f"/avisos/{notice.id}/vista")
    assert "La fecha del texto no es la de la agenda: viernes 12 de marzo de 2027." in page


# ── sending off ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_double_click_sends_once(admin: Browser) -> None:
    neighbours(admin.house, 2)
    notice = await written(admin)
    page = await text_of(admin, f"/avisos/{notice.id}/vista")
    seen = re.search(r'name="visto" value="(\w+)"', page)
    assert seen
    clicks = [admin.post(f"/avisos/{notice.id}/enviar", visto=seen[1]) for _ in range(3)]
    answers = [*await asyncio.gather(*clicks[:2]), await clicks[2]]
    assert {(each.status, each.headers["Location"]) for each in answers} == {(303, f"/avisos/{notice.id}")}
    assert len(noted(admin.house, "notice_sent")) == 1
    assert noted(admin.house, "notice_sent")[0].details["people"] == "2"
    assert now_of(admin.house, notice.id).state != "draft"
    assert (await admin.get(f"/avisos/{notice.id}/editar")).status == 404
    assert (await admin.post(f"/avisos/{notice.id}/borrar")).status == 404


async def test_what_changed_since_it_was_looked_at_is_looked_at_again(admin: Browser) -> None:
    neighbours(admin.house, 2)
    notice = await written(admin)
    for seen in ("", "0" * 16):
        answer = await admin.post(f"/avisos/{notice.id}/enviar", visto=seen)
        assert answer.headers["Location"] == f"/avisos/{notice.id}/vista"
        assert "mírelo otra vez" in await text_of(admin, answer.headers["Location"])
    assert now_of(admin.house, notice.id).state == "draft"


async def test_above_the_ceiling_another_person_approves(admin: Browser) -> None:
    neighbours(admin.house, 9, channel="simulator")
    notice = await written(admin)
    page = await text_of(admin, f"/avisos/{notice.id}/vista")
    assert "Pedir la aprobación: 9 personas, 9 SMS, S/ 2.25" in page
    assert (await lead(admin, notice, "enviar")).endswith("/vista")
    assert now_of(admin.house, notice.id).state == "awaiting"
    assert noted(admin.house, "notice_submitted")[0].details["soles"] == "2.25"
    page = await text_of(admin, f"/avisos/{notice.id}/vista")
    assert "Espera que lo apruebe otra persona" in page
    assert "/aprobar" not in page
    assert (await admin.post(f"/avisos/{notice.id}/aprobar", visto="x")).status == 403  # she wrote it
    for name, status in (("Rita", 403), ("Paula", 403)):
        other = another(admin)
        await other.log_in(name)
        assert (await other.post(f"/avisos/{notice.id}/aprobar")).status == status
    marta = another(admin)
    await marta.log_in("Marta")
    assert "Aprobar y enviar: 9 personas" in await text_of(marta, f"/avisos/{notice.id}/vista")
    assert (await lead(marta, notice, "aprobar")) == f"/avisos/{notice.id}"
    assert now_of(admin.house, notice.id).approved_by is not None
    assert len(noted(admin.house, "notice_approved")) == 1


async def test_whoever_may_not_write_it_does_not_change_it(admin: Browser) -> None:
    neighbours(admin.house, 9, channel="simulator")
    notice = await written(admin)
    marta = another(admin)
    await marta.log_in("Marta")
    assert "/editar" not in await text_of(marta, f"/avisos/{notice.id}/vista")
    for step in ("editar", "borrar"):
        assert (await marta.post(f"/avisos/{notice.id}/{step}", **WRITTEN)).status == 403
    page = await text_of(marta, f"/avisos/nuevo?copia={notice.id}")
    assert ">Hay pediatra el {fecha}, {hora}, en {lugar}.</textarea>" in page
    await lead(admin, notice, "enviar")
    await lead(marta, notice, "devolver")
    assert now_of(admin.house, notice.id).state == "draft"
    assert noted(admin.house, "notice_returned")[0].actor.name == "Marta"


STEPS = [
    ("scheduled", "devolver", "draft", "notice_returned"),
    ("repeating", "cancelar", "cancelled", "notice_cancelled"),
    ("sending", "pausar", "paused", "notice_paused"),
    ("paused", "seguir", "scheduled", "notice_resumed"),
    ("paused", "cancelar", "cancelled", "notice_cancelled"),
    ("done", "pausar", "done", ""),
    ("draft", "seguir", "draft", ""),
]


@pytest.mark.parametrize(("state", "step", "after", "action"), STEPS)
async def test_each_step_is_done_once_and_written_down(
    admin: Browser, state: notices.State, step: str, after: str, action: str
) -> None:
    later = admin.house.clock.now() + timedelta(days=1)
    made = Notice(admin.house.clock.new_id(), "Feria", "Ana", state=state, starts_at=later)
    with admin.house.store.write() as tx:
        notices.add(tx, made, MONDAY)
    for _ in range(2):
        assert (await admin.post(f"/avisos/{made.id}/{step}")).status == 303
    assert now_of(admin.house, made.id).state == after
    assert len([each for each in audit.newest(admin.house.store.read) if each.action == action]) == bool(action)


async def test_a_draft_is_dropped(admin: Browser) -> None:
    notice = await written(admin)
    assert (await admin.post(f"/avisos/{notice.id}/borrar")).headers["Location"] == "/avisos"
    assert notices.one(admin.house.store.read, notice.id) is None
    assert noted(admin.house, "notice_dropped")[0].object == "Pediatra en Zurite"
    assert (await admin.get(f"/avisos/{notice.id}/vista")).status == 404


async def test_a_trial_goes_to_her_own_telephone(admin: Browser) -> None:
    add(admin.house, Wish("Zoe", "mesa", phone=JUAN, mesas=("salud",)))
    notice = await written(admin)
    await admin.post(f"/avisos/{notice.id}/prueba")
    assert "Su cuenta no tiene celular" in await text_of(admin, f"/avisos/{notice.id}/vista")
    zoe = another(admin)
    await zoe.log_in("Zoe")
    for said in ("todavía no ha escrito a Chaski", "En unos segundos llega a su celular"):
        answer = await zoe.post(f"/avisos/{notice.id}/prueba")
        assert said in await text_of(zoe, answer.headers["Location"])
        say(admin.house, "hola", JUAN)
    rows = admin.house.store.read.all("SELECT body FROM outbox WHERE address = ? AND inbound_id IS NULL", f"tel:{JUAN}")
    assert [row["body"][:12] for row in rows] == ["Hay pediatra", "viernes 12 m"]
    assert len(noted(admin.house, "notice_tried")) == 1


# ── who ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_promoter_writes_to_her_own_comunidades(browser: Browser) -> None:
    neighbours(browser.house, 2)
    neighbours(browser.house, 2, home="inquilpata")
    await browser.log_in("Paula")
    page = await text_of(browser, "/avisos/nuevo")
    assert re.findall(r'name="comunidades" value="(\w+)"', page) == ["compone"]
    assert 'name="distritos"' not in page
    assert "Hoy les llegaría a 2 personas" in page  # and never to those of others
    assert "solo puede enviar a los suyos" in (await refused(browser))["comunidades"]
    assert "solo puede" in (await refused(browser, comunidades="inquilpata", distritos="anta"))["comunidades"]
    notice = await written(browser, comunidades="compone")
    assert "Enviar: 2 personas" in await text_of(browser, f"/avisos/{notice.id}/vista")
    await lead(browser, notice, "enviar")
    assert now_of(browser.house, notice.id).state != "draft"


async def test_a_promoter_sees_no_notice_of_others(admin: Browser) -> None:
    notice = await written(admin)
    paula = another(admin)
    await paula.log_in("Paula")
    for path in (f"/avisos/{notice.id}/vista", f"/avisos/{notice.id}/editar", f"/avisos/nuevo?copia={notice.id}"):
        assert (await paula.get(path)).status == 404
    for step in ("enviar", "devolver", "pausar", "cancelar", "prueba", "borrar"):
        assert (await paula.post(f"/avisos/{notice.id}/{step}")).status == 404


async def test_a_mesa_of_one_district_stays_in_it(admin: Browser) -> None:
    add(admin.house, Wish("Zulma", "mesa", mesas=("salud",), districts=("zurite",)))
    zulma = another(admin)
    await zulma.log_in("Zulma")
    page = await text_of(zulma, "/avisos/nuevo")
    assert re.findall(r'name="distritos" value="(\w+)"', page) == ["zurite"]
    assert "comunidades" in await refused(zulma)
    assert (await written(zulma, distritos="zurite")).audience.districts == ("zurite",)
    everybody = await written(admin)
    for step in ("enviar", "aprobar", "cancelar"):
        assert (await zulma.post(f"/avisos/{everybody.id}/{step}")).status == 403, step


async def test_readers_and_strangers_get_nothing(admin: Browser) -> None:
    rita = another(admin)
    await rita.log_in("Rita")
    notice = await written(admin)
    for path in ("/avisos/nuevo", f"/avisos/{notice.id}/vista", f"/avisos/{notice.id}/editar"):
        assert (await rita.get(path)).status == 403
    assert (await rita.post("/avisos/contar", **WRITTEN)).status == 403


async def test_what_is_typed_stays_text(admin: Browser) -> None:
    notice = await written(admin, titulo="<b>x</b>", es="<script>alert(1)</script> {lugar}", campo_lugar="<i>")
    for path in ("vista", "editar"):
        page = await (await admin.get(f"/avisos/{notice.id}/{path}")).text()
        assert "<script>alert" not in page
        assert "<b>x</b>" not in page


FIELDS = (
    *(
        "titulo sobre llenado plantilla tema es quz campo_fecha campo_hora campo_lugar campo_lugar_quz campo_precio"
    ).split(),
    *(
        "distritos comunidades filtro idioma tienen campana pregunto elegido otra_vez cuando dia hora regla_cada"
    ).split(),
    *("regla_dias regla regla_hasta vale_horas vence_dia vence_hora urgente porque").split(),
)
STRANGE = (
    "\x00",
    "-1",
    "{",
    "}{fecha}{",
    "9999-12-31",
    "0001-01-01",
    "23:59",
    "nan",
    "٣",
    "💥\u200d" * 200,
    "work:",
    "a\r\nb",
)


@pytest.mark.parametrize("kind", ["ahora", "hora", "repite"])
async def test_whatever_is_typed_is_answered_with_a_page(admin: Browser, kind: str) -> None:
    usual = WRITTEN | {"cuando": kind, "dia": "2027-03-05", "hora": "10:00", "regla_dias": "lunes"}
    for strange in STRANGE:
        for wrong in ([name] for name in FIELDS) if (kind, strange) == ("hora", "\x00") else [FIELDS]:
            given = usual | dict.fromkeys(wrong, strange) | {"cuando": kind}
            answer = await admin.post("/avisos/nuevo", **given)
            assert answer.status in (303, 400), (wrong, strange)
            if answer.status == 303:
                assert (await admin.get(answer.headers["Location"])).status == 200, (wrong, strange)
                assert (await admin.get(answer.headers["Location"].replace("vista", "editar"))).status == 200
            assert (await admin.post("/avisos/contar", **given)).status == 200, (wrong, strange)


async def test_a_province_of_comunidades_fits_the_page(admin: Browser) -> None:
    with admin.house.store.write() as tx:
        known = agenda.comunidades(tx)[0]
        agenda.put_comunidades(
            tx, [replace(known, key=f"ayllu_{n}", name=f"Ayllu de San Sebastián {n}") for n in range(76)]
        )
        agenda.raise_version(tx)
    await text_of(admin, "/avisos/nuevo")
    notice = await written(admin, comunidades=[f"ayllu_{n}" for n in range(76)])
    await text_of(admin, f"/avisos/{notice.id}/editar")
    await text_of(admin, f"/avisos/{notice.id}/vista")


def test_a_form_without_anything_is_an_empty_draft() -> None:
    blank = Notice(7, "", "Ana")
    read, errors = typed.notice(Form({}), blank, None, typed.Offered((), (), (), (), True), MONDAY)
    assert (read, errors) == (blank, {})
