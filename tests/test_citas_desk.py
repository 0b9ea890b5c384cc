"""Appointments at the desk through a real server: days, who is told of a change, lists, the counter, who sees whom."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator
from datetime import date, datetime, time
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from bot.app import House
from bot.clock import LIMA
from bot.desk.citas.paper import printable
from bot.desk.citas.typed import age_months
from bot.desk.citas.words import age_words, number_words
from bot.records import agenda, appointments, audit, outreach, people, quiet_days
from bot.records.agenda import Campaign, Clinic, Name, Promoter
from bot.records.appointments import Appointment, Patient
from bot.service.accounts import Wish
from bot.service.appointments.booking import Booking
from bot.service.appointments.changes import Changes
from bot.service.imports import KINDS, Report, run
from bot.service.secrets import erasure_key
from tests.running import count, say, sms, take
from tests.test_desk import Browser, add, another, desk

TODAY = date(2027, 3, 1)
DAY = "zurite_20270312"
FORM: dict[str, Any] = {
    "fecha": "2027-03-12",
    "desde": "08:00",
    "hasta": "12:00",
    "distrito": "zurite",
    "lugar": "posta de Zurite",
    "tema": "especialistas",
    "nombre": "Campaña de pediatría",
    "atiende": "pediatria",
    "pediatria_lugares": "6",
    "pediatria_edad_hasta": "17",
}
LUZ = "+51984000555"


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
    answer = await browser.post(path, **fields)
    assert answer.status == status, await answer.text()
    return await text_of(browser, answer.headers["Location"]) if status == 303 else unescape(await answer.text())


def campaign(key: str = DAY, on: date = date(2027, 3, 12), places: int = 6, district: str = "zurite") -> Campaign:
    clinic = Clinic("pediatria", places, age_to_years=17)
    return Campaign(key, Name("Campaña"), "especialistas", district, "posta", on, time(8), time(12), clinics=(clinic,))


def put(house: House, new: Campaign) -> Campaign:
    with house.store.write() as tx:
        Changes(tx, house.clock, house.clock.now(), "test").put(new)
        agenda.remove_samples(tx, "campaigns")
    return new


def book(
    house: House, name: str = "Rosa Quispe", phone: str = "", key: str = DAY, *, by: str = "person", **more: Any
) -> Appointment:
    """Somebody with an appointment, or on the waiting list; without a phone nobody can write to her."""
    with house.store.write() as tx:
        clock, now = house.clock, house.clock.now()
        address = f"tel:{phone}"
        person = (people.load(tx, address) or people.create(tx, clock.new_id(), address, now)) if phone else None
        patient = Patient(clock.new_id(), person.id if person else None, name, **{"age_months": 60} | more)
        appointments.add_patient(tx, patient, now)
        held = Booking(tx, clock, now).take(key, "pediatria", patient.id, by, or_wait=True).appointment
        assert held
        return held


def now_of(house: House, held: Appointment) -> Appointment:
    found = appointments.one(house.store.read, held.id)
    assert found
    return found


def state(house: House, held: Appointment) -> str:
    return now_of(house, held).state


def told(house: House) -> list[tuple[str, list[int], bool]]:
    """What waits to be told: the flow, of which appointments, and whether even at night."""
    errands = outreach.waiting(house.store.read, 100, urgent_only=False)
    return [(each.flow, each.values["ids"], each.is_urgent) for each in errands]


def noted(house: House, action: str) -> list[audit.Entry]:
    return audit.newest(house.store.read, action=action)


# ── days ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_campaign_is_written_and_answered_from_at_once(admin: Browser) -> None:
    assert "muestra" in await text_of(admin, "/citas")
    await text_of(admin, "/citas/nueva")
    page = await send(admin, "/citas/nueva", **FORM, bring="DNI")
    assert "desde ahora se responde con ella" in page
    assert "viernes 12 de marzo de 2027" in page
    assert "hasta 17 años" in page
    assert "muestra" not in await text_of(admin, "/citas")
    [stored] = agenda.all_campaigns(admin.house.store.read)
    assert stored.key == DAY
    assert stored.clinics == (Clinic("pediatria", 6, age_to_years=17),)
    assert "12 de marzo" in " ".join(say(admin.house, "campaña de salud en zurite"))
    assert noted(admin.house, "campaign_added")[0].object == DAY


async def test_two_days_at_one_place_have_two_names(admin: Browser) -> None:
    await send(admin, "/citas/nueva", **FORM)
    await send(admin, "/citas/nueva", **FORM | {"nombre": "Otra"})
    assert [each.key for each in agenda.all_campaigns(admin.house.store.read)] == [DAY, f"{DAY}_2"]


async def test_places_by_the_hour_are_counted_from_the_hours(admin: Browser) -> None:
    await send(admin, "/citas/nueva", **FORM | {"pediatria_lugares": "", "pediatria_por_hora": "3"})
    assert agenda.all_campaigns(admin.house.store.read)[0].clinics[0].places == 12


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"fecha": ""}, "fecha", "Escriba la fecha"),
        ({"fecha": "2027-02-28"}, "fecha", "ya pasó"),
        ({"hasta": "07:00"}, "hasta", "Termina antes"),
        ({"desde": "25:00"}, "desde", "Escriba la hora"),
        ({"distrito": "lima"}, "distrito", "Elija el distrito"),
        ({"tema": "agua"}, "tema", "Elija de qué trata"),
        ({"lugar": ""}, "lugar", "Diga dónde"),
        ({"nombre": " "}, "nombre", "Póngale un nombre"),
        ({"costo": "x" * 161}, "costo", "Hasta 160 letras"),
        ({"pediatria_lugares": "veinte"}, "pediatria_lugares", "Escriba cuántos"),
        ({"pediatria_por_hora": "1"}, "pediatria_lugares", "caben 4, no 6"),
        ({"pediatria_por_hora": "2", "desde": ""}, "pediatria_por_hora", "diga desde y hasta"),
        ({"pediatria_edad_desde": "18"}, "pediatria_edad_hasta", "menor que"),
        ({"pediatria_sexo": "x"}, "pediatria_sexo", "Elija a quién"),
    ],
)
async def test_a_wrong_field_says_so_and_what_was_typed_stays(
    admin: Browser, fields: dict[str, str], field: str, said: str
) -> None:
    page = await send(admin, "/citas/nueva", 400, **FORM | {"nota": "con <b>carro</b> & 2"} | fields)
    assert re.search(rf'<p class="error" id="{field}-error">[^<]*{said}', page)
    assert f'<a href="#{field}">' in page
    assert 'value="con <b>carro</b> & 2"' in page  # unescaped by `send`: it was an attribute's text
    assert count(admin.house.store, "campaigns", "is_sample = 0") == 0


async def test_what_is_no_letter_does_not_reach_the_database(admin: Browser) -> None:
    await send(admin, "/citas/nueva", **FORM | {"nombre": "Cam\x00pa\u202eña", "nota": "a\r\nb"})
    [stored] = agenda.all_campaigns(admin.house.store.read)
    assert (stored.name.es, stored.note) == ("Cam pa ña", "a b")


async def test_another_hour_is_told_to_everybody_whom_a_message_reaches(admin: Browser) -> None:
    put(admin.house, campaign())
    rosa, mute = book(admin.house, phone="+51984000111"), book(admin.house, "Juana Mamani")
    page = await send(admin, f"/citas/{DAY}/editar", 200, **FORM | {"desde": "09:00"})
    assert "Se avisa por mensaje a una persona." in page
    assert "A una persona no le llega" in page
    assert "Juana Mamani" in page
    assert "Rosa Quispe" not in page
    assert told(admin.house) == [("dia_cambiado", [rosa.id], False)]
    assert now_of(admin.house, mute).starts == time(9)


async def test_a_change_that_nobody_must_know_is_told_to_nobody(admin: Browser) -> None:
    put(admin.house, campaign())
    book(admin.house, phone="+51984000111")
    form = re.findall(r'name="(\w+)"[^>]* value="([^"]*)"', await text_of(admin, f"/citas/{DAY}/editar"))
    shown = {name: value for name, value in form if name not in ("vale", "atiende", "de_noche")}
    fields = shown | {"atiende": "pediatria", "distrito": "zurite", "tema": "especialistas", "nota": "llevar mesa"}
    assert "A nadie hay que avisar" in await send(admin, f"/citas/{DAY}/editar", **fields)
    assert told(admin.house) == []
    stored = agenda.one_campaign(admin.house.store.read, DAY)
    assert stored
    assert (stored.note, stored.clinics, stored.opens) == ("llevar mesa", campaign().clinics, time(8))


async def test_fewer_places_than_taken_are_decided_before_anything_is_written(admin: Browser) -> None:
    put(admin.house, campaign())
    held = [book(admin.house, f"Niño {n}", f"+5198400010{n}") for n in range(6)]
    fewer = FORM | {"pediatria_lugares": "4", "lugar": "posta", "nombre": "Campaña"}
    page = await send(admin, f"/citas/{DAY}/editar", 409, **fewer)
    assert "hay 6 citas y pone 4 lugares" in page
    assert "Pasar las 2 últimas a la lista de espera" in page
    assert "No se cambió nada" in await send(admin, f"/citas/{DAY}/editar", decidir_pediatria="no", **fewer)
    for decision in ("3", "", "-2"):
        assert "Todavía no se guardó nada" in await send(
            admin, f"/citas/{DAY}/editar", 409, decidir_pediatria=decision, **fewer
        )
    assert [state(admin.house, each) for each in held] == ["booked"] * 6
    carried = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    assert carried.pop("vale") == admin.csrf
    page = await send(admin, f"/citas/{DAY}/editar", decidir_pediatria="2", **carried)
    assert "Se avisa por mensaje a 2 personas" in page
    assert [state(admin.house, each) for each in held] == ["booked"] * 4 + ["waiting"] * 2
    assert {flow for flow, _, _ in told(admin.house)} == {"a_espera"}
    book(admin.house, "Nueva", "+51984000200")
    list_page = await text_of(admin, f"/citas/{DAY}/pediatria")
    assert re.findall(r"(Niño \d|Nueva)</a>", list_page)[4:] == ["Niño 4", "Niño 5", "Nueva"]


async def test_a_specialty_with_people_is_not_taken_away(admin: Browser) -> None:
    put(admin.house, campaign(places=1))
    booked, waiting = book(admin.house, phone="+51984000111"), book(admin.house, "Juan", phone="+51984000222")
    without = FORM | {"atiende": ""}
    page = await send(admin, f"/citas/{DAY}/editar", 409, **without)
    assert "primero cancele esas citas" in page
    assert "Guardar así" not in page
    await send(admin, f"/citas/{DAY}/pediatria/{booked.id}/cancelar")
    with admin.house.store.write() as tx:
        appointments.free_slot(tx, waiting.id)
        appointments.set_waiting(tx, waiting.id)  # nobody has a place now, but somebody waits
    assert "Hay 1 persona" in await send(admin, f"/citas/{DAY}/editar", 409, **without)
    assert state(admin.house, waiting) == "waiting"
    await send(admin, f"/citas/{DAY}/pediatria/{waiting.id}/cancelar")
    await send(admin, f"/citas/{DAY}/editar", **without)


async def test_a_day_is_suspended_everybody_told_and_it_can_come_back_empty(admin: Browser) -> None:
    put(admin.house, campaign(places=1))
    held = [book(admin.house, phone="+51984000111"), book(admin.house, "Juan"), book(admin.house, "Eva", LUZ)]
    assert "citas de 3 personas" in await text_of(admin, f"/citas/{DAY}/suspender")
    page = await send(admin, f"/citas/{DAY}/suspender", 200, de_noche="1")
    assert "Juan" in page
    assert [state(admin.house, each) for each in held] == ["cancelled"] * 3
    assert told(admin.house) == [("dia_suspendido", [each.id], True) for each in (held[0], held[2])]
    assert noted(admin.house, "campaign_suspended")[0].details == {"told": "2", "at_night": "sí"}
    assert "ya estaba suspendido" in await send(admin, f"/citas/{DAY}/suspender")
    assert len(told(admin.house)) == 2
    page = await text_of(admin, f"/citas/{DAY}/pediatria")
    assert "sin celular" in page  # whoever still has to be called stays marked
    assert "Anotar a una persona" not in page
    assert "suspendida" in await text_of(admin, "/citas")
    assert "no vuelven" in await text_of(admin, f"/citas/{DAY}")
    await send(admin, f"/citas/{DAY}/reabrir")
    assert [state(admin.house, each) for each in held] == ["cancelled"] * 3
    assert state(admin.house, book(admin.house, "Nueva")) == "booked"


async def test_what_is_told_by_night_waits_for_the_morning_and_the_page_says_so(tmp_path: Path) -> None:
    async with desk(tmp_path, start=datetime(2027, 3, 1, 21, 0, tzinfo=LIMA)) as browser:
        await browser.log_in("Ana")
        put(browser.house, campaign())
        book(browser.house, phone="+51984000111")
        assert "salen desde las 07:00" in await text_of(browser, f"/citas/{DAY}/suspender")
        assert "desde el 02/03 a las 07:00" in await send(browser, f"/citas/{DAY}/suspender")
        assert [is_urgent for _, _, is_urgent in told(browser.house)] == [False]


async def test_past_days_stand_below_page_by_page_and_are_not_changed(admin: Browser) -> None:
    for n in range(1, 26):
        put(admin.house, campaign(f"dia_{n}", date(2027, 1, n)))
    put(admin.house, campaign())
    first = await text_of(admin, "/citas")
    assert first.count('href="/citas/dia_') == 20
    assert first.index("Vienen") < first.index("12 de marzo") < first.index("Pasadas") < first.index("25 de enero")
    second = await text_of(admin, "/citas?pagina=2")
    assert second.count('href="/citas/dia_') == 5
    assert "12 de marzo" not in second
    for page in ("0", "-1", "x", "99999999999999999999", "99"):
        await text_of(admin, f"/citas?pagina={page}")
    assert (await admin.get("/citas/dia_1/editar")).status == 404
    assert (await admin.post("/citas/dia_1/suspender")).status == 404
    assert "Anotar a una persona" not in await text_of(admin, "/citas/dia_1/pediatria")


# ── the list ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_list_says_of_everybody_how_she_stands(admin: Browser) -> None:
    house = admin.house
    put(house, campaign(places=3))
    with house.store.write() as tx:
        agenda.put_promoters(tx, [Promoter(LUZ, "Luz Huamán", ("compone",), "es")])
    rosa = book(house, "Rosa Quispe", "+51984000111", comunidad="compone")
    book(house, "Juana Mamani", promoter=LUZ, by=f"promoter:{LUZ}")
    out = book(house, "Eva <i>Ccori</i>", "+51984000222", age_months=8)
    book(house, "Último", "+51984000333")
    with house.store.write() as tx:
        appointments.confirm(tx, rosa.id, house.clock.now())
        assert out.patient.person_id
        people.opt_out(tx, house.clock.new_id(), out.patient.person_id, "BAJA", house.clock.now())
    raw = await (await admin.get(f"/citas/{DAY}/pediatria")).text()
    assert "<i>" not in raw
    rows = [re.sub(r"<[^>]+>|\s+", " ", row) for row in re.findall(r"<tr>.*?</tr>", raw, re.DOTALL)]
    said = [re.sub(" +", " ", unescape(row)) for row in rows]
    assert "Rosa Quispe" in said[1]
    assert all(word in said[1] for word in ("1", "08:00", "5 años", "Compone", rosa.code, "confirmada", "••• ••• 111"))
    assert all(word in said[2] for word in ("Juana Mamani", "promotora Luz Huamán", "sin celular"))
    assert all(word in said[3] for word in ("Eva <i>Ccori</i>", "8 meses", "BAJA", "reservada"))
    assert "en espera, 1" in said[5]
    assert "984000111" not in raw.replace(" ", "")


async def test_a_whole_number_is_a_page_of_its_own_and_written_down(admin: Browser) -> None:
    put(admin.house, campaign())
    held = book(admin.house, phone="+51984000111")
    await text_of(admin, f"/citas/{DAY}/pediatria")
    assert "984 000 111" in await text_of(admin, f"/citas/{DAY}/pediatria/{held.id}")
    entries = [(each.object, each.row_count) for each in reversed(noted(admin.house, "saw"))]
    assert entries == [("citas", 1), ("cita", 1)]
    assert noted(admin.house, "saw")[0].details["code"] == held.code
    for wrong in ("1", "x", f"{held.id}0"):
        assert (await admin.get(f"/citas/{DAY}/pediatria/{wrong}")).status == 404


@pytest.fixture
async def today(admin: Browser) -> list[Appointment]:
    """Three with an appointment today, and one who waits."""
    put(admin.house, campaign(on=TODAY, places=3))
    return [book(admin.house, f"Niño {n}") for n in range(4)]


def shown(held: list[Appointment], **states: str) -> str:
    return " ".join(f"{each.id}.{states.get(each.patient.name[-1:], 'booked')}" for each in held)


async def test_who_came_is_marked_saved_and_undone(admin: Browser, today: list[Appointment]) -> None:
    path, ids = f"/citas/{DAY}/pediatria/asistencia", [str(each.id) for each in today]
    lista = " ".join(f"{each}.booked" for each in ids[:3])
    assert "vinieron 1, faltaron 1" in await send(admin, path, lista=lista, came=ids[0], absent=ids[1])
    assert [state(admin.house, each) for each in today] == ["came", "absent", "booked", "waiting"]
    lista = f"{ids[0]}.came {ids[1]}.absent {ids[2]}.booked"
    page = await send(admin, path, lista=lista, came=ids[0])
    assert "sin marcar otra vez 1" in page
    assert [state(admin.house, each) for each in today[:3]] == ["came", "booked", "booked"]
    lista = f"{ids[0]}.came {ids[1]}.booked {ids[2]}.booked"
    assert "faltaron 2" in await send(admin, path, lista=lista, came=ids[0], los_demas="1")
    assert [state(admin.house, each) for each in today] == ["came", "absent", "absent", "waiting"]
    [figures] = re.findall(r'<tr>\s*<th scope="row">\s*<a.*?</tr>', await text_of(admin, "/citas"), re.DOTALL)
    assert re.findall(r'class="numero">(\d+)<', figures) == ["3", "3", "1", "1", "2"]
    assert noted(admin.house, "attendance_marked")[0].details == {"specialty": "pediatria", "absent": "2"}


async def test_two_clerks_with_the_same_list_do_not_undo_each_other(admin: Browser, today: list[Appointment]) -> None:
    path, ids = f"/citas/{DAY}/pediatria/asistencia", [str(each.id) for each in today]
    lista = " ".join(f"{each}.booked" for each in ids[:3])
    await send(admin, path, lista=lista, came=ids[0])
    await send(admin, path, lista=lista, came=ids[1])
    assert [state(admin.house, each) for each in today[:3]] == ["came", "came", "booked"]
    assert "nada nuevo" in await send(admin, path, lista="x 1 9.booked", came="9")


async def test_what_cannot_be_marked_is_said(admin: Browser, today: list[Appointment]) -> None:
    path, one = f"/citas/{DAY}/pediatria/asistencia", str(today[0].id)
    page = await send(admin, path, 400, lista=f"{one}.booked", came=one, absent=one)
    assert "deje solo una" in page
    put(admin.house, campaign("later"))
    assert "todavía no llega" in await send(admin, "/citas/later/pediatria/asistencia", 400)
    assert "Los demás faltaron" not in await text_of(admin, "/citas/later/pediatria")
    assert state(admin.house, today[0]) == "booked"


async def test_somebody_at_the_counter_gets_a_place_and_her_code(admin: Browser) -> None:
    put(admin.house, campaign(places=1))
    path = f"/citas/{DAY}/pediatria/anotar"
    fields: dict[str, Any] = {
        "nombre": "Wayra Ñahui",
        "edad": "8 meses",
        "comunidad": "compone",
        "celular": "984 000 777",
    }
    page = await send(admin, path, **fields)
    [held] = appointments.of_clinic(admin.house.store.read, DAY, "pediatria")
    assert f"Wayra Ñahui tiene cita a las 08:00. Código: {held.code}." in page
    assert (held.patient.age_months, held.patient.comunidad, held.patient.consent) == (8, "compone", "given")
    assert "municipalidad" in page
    assert "ya está en la lista" in await send(admin, path, **fields)
    assert "lista de espera, número 1. Código" in await send(admin, path, **fields | {"nombre": "Otro", "celular": ""})
    assert count(admin.house.store, "appointments") == 2
    assert [each.details["code"] for each in noted(admin.house, "appointment_registered")][-1] == held.code
    assert "Wayra" not in str([each.details for each in noted(admin.house, "appointment_registered")])


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"nombre": ""}, "nombre", "Escriba su nombre"),
        ({"edad": "muchos"}, "edad", "Escriba los años"),
        ({"edad": "18"}, "edad", "no atiende a esa edad"),
        ({"celular": "084231234"}, "celular", "no es de un celular"),
        ({"comunidad": "lima"}, "comunidad", "de la lista"),
    ],
)
async def test_what_is_wrong_at_the_counter_is_said_at_its_field(
    admin: Browser, fields: dict[str, str], field: str, said: str
) -> None:
    put(admin.house, campaign())
    page = await send(admin, f"/citas/{DAY}/pediatria/anotar", 400, **{"nombre": "Eva", "edad": "5"} | fields)
    assert re.search(rf'id="{field}-error">[^<]*{said}', page)
    assert count(admin.house.store, "appointments") == 0


async def test_a_number_that_was_forgotten_is_not_written_to_again(admin: Browser) -> None:
    put(admin.house, campaign())
    with admin.house.store.write() as tx:
        person = people.create(tx, 7, "tel:+51984000777", admin.house.clock.now())
        people.erase(tx, person.id, erasure_key(tx), admin.house.clock.now())
    fields: dict[str, Any] = {"nombre": "Eva", "edad": "5", "celular": "984000777"}
    assert "no se escribe" in await send(admin, f"/citas/{DAY}/pediatria/anotar", **fields)
    [held] = appointments.of_clinic(admin.house.store.read, DAY, "pediatria")
    assert held.patient.person_id is None


async def test_one_place_is_given_up_and_goes_to_the_next(admin: Browser) -> None:
    put(admin.house, campaign(places=1))
    rosa, juan = book(admin.house, phone="+51984000111"), book(admin.house, "Juan", "+51984000222")
    path = f"/citas/{DAY}/pediatria/{rosa.id}/cancelar"
    assert "pasa a quien sigue" in await send(admin, path, avisar="1")
    assert (state(admin.house, rosa), state(admin.house, juan)) == ("cancelled", "offered")
    assert told(admin.house) == [("dia_suspendido", [rosa.id], False)]
    assert "ya no estaba abierta" in await send(admin, path, avisar="1")
    assert len(told(admin.house)) == 1
    assert "lugar ofrecido" in await text_of(admin, f"/citas/{DAY}/pediatria")


# ── on paper ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_sheet_is_a_pdf_and_written_down(admin: Browser) -> None:
    put(admin.house, campaign(places=80))
    for n in range(60):
        book(admin.house, f"Ñusta <b>Q'ero & {n}", comunidad="compone")
    address = f"http://127.0.0.1:{admin.house.settings.port}/citas/{DAY}/pediatria.pdf"
    answer = await admin.web.get(address, headers={"Cookie": f"{admin.cookie_name}={admin.cookie}"})
    data = await answer.read()
    assert (answer.status, answer.content_type, data[:5]) == (200, "application/pdf", b"%PDF-")
    assert answer.headers["Cache-Control"] == "no-store"
    assert data.count(b"/Type /Page\n") >= 2
    [entry] = noted(admin.house, "exported")
    assert (entry.object, entry.row_count) == ("citas", 60)
    assert (await admin.get(f"/citas/{DAY}/odontologia.pdf")).status == 404


async def test_without_the_library_the_page_says_how_to_get_it(admin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    put(admin.house, campaign())
    monkeypatch.setitem(sys.modules, "bot.desk.citas.paper", None)
    answer = await admin.get(f"/citas/{DAY}/pediatria.pdf")
    assert answer.status == 501
    assert "pip install" in await answer.text()
    assert noted(admin.house, "exported") == []


def test_paper_has_every_letter_of_both_languages_and_one_for_every_other() -> None:
    letters = "ÁÉÍÓÚÜÑáéíóúüñ Q'ero Ch’uru K´aspi ¿¡ º"
    assert printable(letters) == letters.replace("´", "'")
    assert printable("Nin\u0303o Kʼaspi Ǎnna 😀") == "Niño K'aspi Anna ?"


def test_ages_and_numbers_are_said_as_people_say_them() -> None:
    months = (0, 1, 8, 12, 24, 30, 36, 419)
    assert [age_words(each) for each in months] == [
        *("0 años", "1 mes", "8 meses", "1 año", "2 años", "30 meses", "3 años", "34 años")
    ]
    assert [age_months(said) for said in ("34", "8 meses", "1 año", "11m", " 5 años. ")] == [408, 8, 12, 11, 60]
    for wrong in ("", "x", "121", "-1", "3.5", "1500 meses"):
        with pytest.raises(ValueError, match=f"^{re.escape(wrong)}$"):
            age_months(wrong)
    assert [number_words(each) for each in ("tel:+51984000111", "telegram:4711", "")] == ["••• ••• 111", "Telegram", ""]


# ── quiet days ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_day_is_kept_free_of_messages_and_given_back(admin: Browser) -> None:
    page = await send(admin, "/citas/silencio", dia="2027-03-25", motivo="Jueves <b>Santo</b>")
    assert "jueves 25 de marzo de 2027" in page
    assert "<b>Santo" not in await (await admin.get("/citas/silencio")).text()
    assert [each.day for each in quiet_days.coming(admin.house.store.read, TODAY)] == [date(2027, 3, 25)]
    for fields in ({"dia": "2027-02-01", "motivo": "x"}, {"dia": "", "motivo": "x"}, {"dia": "2027-03-25"}):
        await send(admin, "/citas/silencio", 400, **fields)
    await send(admin, "/citas/silencio/2027-03-25/quitar")
    assert quiet_days.coming(admin.house.store.read, TODAY) == []
    assert (await admin.post("/citas/silencio/ayer/quitar")).status == 404


# ── who sees whom ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def province(browser: Browser) -> dict[str, Appointment]:
    """Two days, today in Zurite and later in Limatambo; in Zurite one of Compone, one of elsewhere, four others."""
    house = browser.house
    put(house, campaign(on=TODAY))
    put(house, campaign("limatambo", district="limatambo"))
    held = {"compone": book(house, "Rosa Quispe", "+51984000111", comunidad="compone")}
    held["paulas"] = book(house, "Eva Ccori", promoter="+51984000333")
    held["elsewhere"] = book(house, "Juan Mamani", "+51984000222", comunidad="inquilpata")
    held["limatambo"] = book(house, "Flor Puma", key="limatambo")
    return held


async def test_the_mesa_of_health_sees_and_marks_its_districts(
    browser: Browser, province: dict[str, Appointment]
) -> None:
    add(browser.house, Wish("Marta Zurite", "mesa", mesas=("salud",), districts=("zurite",)))
    await browser.log_in("Marta Zurite")
    days = await text_of(browser, "/citas")
    assert "Zurite" in days
    assert "Limatambo" not in days
    assert "Nueva campaña" not in days
    one = province["elsewhere"]
    for path in (f"/citas/{DAY}", f"/citas/{DAY}/pediatria", f"/citas/{DAY}/pediatria/{one.id}"):
        assert "Suspender" not in await text_of(browser, path)
    for path in ("", "/pediatria", "/pediatria.pdf", f"/pediatria/{province['limatambo'].id}"):
        assert (await browser.get(f"/citas/limatambo{path}")).status == 404
    assert (await browser.get(f"/citas/{DAY}/pediatria/{province['limatambo'].id}")).status == 404
    await send(browser, f"/citas/{DAY}/pediatria/asistencia", lista=f"{one.id}.booked", came=str(one.id))
    assert state(browser.house, one) == "came"
    for path in (f"/citas/{DAY}/suspender", f"/citas/{DAY}/editar", "/citas/nueva", "/citas/silencio"):
        assert (await browser.post(path)).status == 403
    everywhere = another(browser)
    await everywhere.log_in("Marta")
    assert "Flor Puma" in await text_of(everywhere, "/citas/limatambo/pediatria")


async def test_another_mesa_sees_figures_only(browser: Browser, province: dict[str, Appointment]) -> None:
    add(browser.house, Wish("Teo", "mesa", mesas=("turismo",)))
    await browser.log_in("Teo")
    assert f'href="/citas/{DAY}"' not in await text_of(browser, "/citas")
    for path in ("", "/pediatria", "/pediatria.pdf", f"/pediatria/{province['compone'].id}"):
        assert (await browser.get(f"/citas/{DAY}{path}")).status == 403
    for path in ("anotar", "asistencia", f"{province['compone'].id}/cancelar"):
        assert (await browser.post(f"/citas/{DAY}/pediatria/{path}")).status == 403


async def test_a_promoter_sees_and_marks_her_own_people(browser: Browser, province: dict[str, Appointment]) -> None:
    await browser.log_in("Paula")
    page = await text_of(browser, f"/citas/{DAY}/pediatria")
    assert "Rosa Quispe" in page
    assert "Eva Ccori" in page
    assert "Juan Mamani" not in page
    assert province["elsewhere"].code not in page
    assert "Anotar a una persona" not in page
    assert "nadie tiene cita" in await text_of(browser, "/citas/limatambo/pediatria")
    mine, other = province["compone"], province["elsewhere"]
    lista = f"{mine.id}.booked {other.id}.booked"
    both = [("vale", browser.csrf), ("lista", lista), ("came", str(mine.id)), ("came", str(other.id))]
    assert (await browser.send("POST", f"/citas/{DAY}/pediatria/asistencia", both)).status == 303
    assert (state(browser.house, mine), state(browser.house, other)) == ("came", "booked")
    await send(browser, f"/citas/{DAY}/pediatria/asistencia", lista=lista, los_demas="1")
    assert (state(browser.house, mine), state(browser.house, other)) == ("absent", "booked")
    assert (await browser.get(f"/citas/{DAY}/pediatria/{mine.id}")).status == 403
    assert noted(browser.house, "saw")[-1].row_count == 2
    assert "<5" in await text_of(browser, f"/citas/{DAY}")


async def test_a_reader_has_the_published_tables_and_nothing_here(browser: Browser) -> None:
    await browser.log_in("Rita")
    for path in ("/citas", f"/citas/{DAY}", f"/citas/{DAY}/pediatria", f"/citas/{DAY}/pediatria.pdf"):
        assert (await browser.get(path)).status == 403


async def test_another_mesa_sees_no_names_and_no_small_numbers(
    browser: Browser, province: dict[str, Appointment]
) -> None:
    add(browser.house, Wish("Tito", "mesa", mesas=("educacion",)))
    await browser.log_in("Tito")
    page = await text_of(browser, "/citas")
    row = re.sub(r"\s+", " ", page[page.index("1 de marzo") :])
    assert re.findall(r'class="numero">([^<]+|<5)</td>', row)[:5] == ["6", "<5", "<5", "<5", "<5"]
    assert not re.search("Quispe|Ccori|Mamani", page)


async def test_sample_days_are_shown_where_they_are_answered_and_nowhere_else(tmp_path: Path) -> None:
    async with desk(tmp_path, public_url="https://chaski.example") as public:
        await public.log_in("Ana")
        assert "muestra" not in await text_of(public, "/citas")
        sample = agenda.all_campaigns(public.house.store.read)[0]
        assert (await public.get(f"/citas/{sample.key}")).status == 404


async def test_logs_say_nothing_of_people(admin: Browser, caplog: pytest.LogCaptureFixture) -> None:
    put(admin.house, campaign())
    held = book(admin.house, phone="+51984000111")
    await send(admin, f"/citas/{DAY}/pediatria/anotar", nombre="Wayra Ñahui", edad="5", celular="984000777")
    await text_of(admin, f"/citas/{DAY}/pediatria/{held.id}")
    await send(admin, f"/citas/{DAY}/suspender")
    assert not re.search("Wayra|Quispe|984000|pediatr", caplog.text)


async def test_a_resident_books_and_stands_on_the_list(admin: Browser) -> None:
    await send(admin, "/citas/nueva", **FORM)
    take(admin.house, sms("pediatra en zurite para mi hijo Juan Quispe de 5 años"))
    page = await text_of(admin, f"/citas/{DAY}/pediatria")
    assert "Juan Quispe" in page
    assert "5 años" in page


async def test_on_postgresql_it_is_the_same(tmp_path: Path, postgres_url: str) -> None:
    async with desk(tmp_path, start=datetime(2027, 3, 1, 9, 0, tzinfo=LIMA), database_url=postgres_url) as browser:
        await browser.log_in("Ana")
        await send(browser, "/citas/nueva", **FORM | {"fecha": "2027-03-01"})
        key = "zurite_20270301"
        fields: dict[str, Any] = {"nombre": "Eva", "edad": "5", "celular": "984000777"}
        page = await send(browser, f"/citas/{key}/pediatria/anotar", **fields)
        assert "••• ••• 777" in page
        [held] = appointments.of_clinic(browser.house.store.read, key, "pediatria")
        await send(browser, f"/citas/{key}/pediatria/asistencia", lista=f"{held.id}.booked", came=str(held.id))
        assert re.findall(r'class="numero">(\d+)<', await text_of(browser, "/citas"))[:5] == ["6", "1", "0", "1", "0"]
        book(browser.house, key=key)
        await send(browser, f"/citas/{key}/editar", 409, **FORM | {"pediatria_lugares": "1"})
        await send(browser, f"/citas/{key}/suspender", 200)


# ── from a file ───────────────────────────────────────────────────────────────────────────────────────────────────────


def bring(house: House, folder: Path, row: str, *, apply: bool = True) -> Report:
    file = folder / "campaigns.csv"
    file.write_text(",".join(KINDS["campaigns"].columns) + "\n" + row, encoding="utf-8")
    return run(house.store, house.library.content, "campaigns", file, apply, house.clock)


async def test_a_file_tells_people_of_another_hour(browser: Browser, tmp_path: Path) -> None:
    put(browser.house, campaign())
    rosa = book(browser.house, phone="+51984000111")
    book(browser.house, "Juan")
    row = f"{DAY},Campaña,zurite,posta,2027-03-12,09:00,12:00,pediatria,6,,,"
    assert bring(browser.house, tmp_path, row, apply=False).told == 0
    report = bring(browser.house, tmp_path, row)
    assert (report.applied, report.told, report.unreachable) == (True, 1, 1)
    assert "1 are told. 1 are reached by no message" in report.lines()[1]
    assert told(browser.house) == [("dia_cambiado", [rosa.id], False)]
    assert len(bring(browser.house, tmp_path, row).lines()) == 1


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("pediatria,1", "column places_per_specialty: 'zurite_20270312' pediatria: 2 people have an appointment, and"),
        (",", "column specialties: 'zurite_20270312' pediatria: 2 people"),
    ],
)
async def test_a_file_that_would_drop_somebody_is_refused(
    browser: Browser, tmp_path: Path, cells: str, said: str
) -> None:
    put(browser.house, campaign())
    held = [book(browser.house), book(browser.house, "Juan")]
    row = f"{DAY},Campaña,zurite,posta,2027-03-12,08:00,12:00,{cells},,,"
    for apply in (False, True):
        report = bring(browser.house, tmp_path, row, apply=apply)
        assert not report.applied
        assert report.lines()[0].startswith(f"row 2, {said}")
        assert "decide about them at the desk" in report.lines()[0]
    assert [state(browser.house, each) for each in held] == ["booked", "booked"]
