"""The first page of the desk by role, the lists behind its counters, and the counters as they change."""

from __future__ import annotations

import asyncio
import json
import re
import time as stopwatch
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, time, timedelta
from html import unescape
from pathlib import Path

import pytest
from aiohttp import ClientResponse, ClientSession, DummyCookieJar

from bot.app import House, Service
from bot.clock import LIMA
from bot.desk import live
from bot.records import agenda, appointments, cases, messages, people, staff
from bot.records.agenda import Campaign, Clinic, Name
from bot.records.appointments import Patient
from bot.records.staff import Role
from bot.service import accounts
from bot.service.accounts import Wish
from bot.service.appointments.booking import Booking
from bot.service.appointments.changes import Changes
from bot.settings import Settings
from tests.running import JUAN, ROSA, built, free_port, say, until
from tests.test_desk import WISHES, Browser, add, another, desk

MORNING = datetime(2027, 3, 1, 9, 0, tzinfo=LIMA)
DAY = "zurite_20270302"
READERS: tuple[Role, ...] = ("admin", "mesa")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.05)


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with desk(tmp_path, start=MORNING) as made:
        yield made


@pytest.fixture
async def admin(browser: Browser) -> Browser:
    await browser.log_in("Ana")
    return browser


async def text_of(browser: Browser, path: str = "/") -> str:
    answer = await browser.get(path)
    assert answer.status == 200, f"{path}: {answer.status}"
    return unescape(await answer.text())


async def counters(browser: Browser) -> dict[str, int]:
    """As the page shows them."""
    found = re.findall(r'data-vivo="(\w+)">(\d+)<', await text_of(browser))
    return {key: int(count) for key, count in found}


def complain(house: House, text: str, mesa: str, district: str, *, is_overdue: bool = False) -> None:
    say(house, text, ROSA)
    person = people.load(house.store.read, f"tel:{ROSA}")
    assert person
    case = cases.of_person(house.store.read, person.id)[0]
    now = house.clock.now()
    with house.store.write() as tx:
        cases.set_mesa(tx, case.id, mesa, now - timedelta(hours=1) if is_overdue else now + timedelta(days=3))
        cases.set_place(tx, case.id, district, "")
        tx.run("UPDATE cases SET said_at = created_at, state = state WHERE id = ?", case.id)


def hold_a_place(house: House, name: str, number: str) -> None:
    with house.store.write() as tx:
        now = house.clock.now()
        if agenda.one_campaign(tx, DAY) is None:
            clinic = Clinic("pediatria", 2)
            day = Campaign(
                DAY, Name("Pediatría"), "especialistas", "zurite", "posta", date(2027, 3, 2), time(8), clinics=(clinic,)
            )
            Changes(tx, house.clock, now, "test").put(day)
            agenda.remove_samples(tx, "campaigns")
        address = f"tel:{number}"
        person = people.load(tx, address) or people.create(tx, house.clock.new_id(), address, now)
        patient = Patient(house.clock.new_id(), person.id, name, age_months=60)
        appointments.add_patient(tx, patient, now)
        Booking(tx, house.clock, now).take(DAY, "pediatria", patient.id, "person", or_wait=True)


# ── the page by role ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_reader_is_led_to_panorama_and_sees_nothing_else(browser: Browser) -> None:
    await browser.log_in("Rita")
    page = await text_of(browser)
    assert 'href="/panorama"' in page
    assert "data-vivo" not in page
    assert "Campañas" not in page
    assert "<script" not in page


async def test_a_promoter_sees_the_days_and_nothing_of_cases(browser: Browser) -> None:
    complain(browser.house, "la posta de Zurite no tiene medicinas", "salud", "zurite", is_overdue=True)
    await browser.log_in("Paula")
    page = await text_of(browser)
    assert "Campañas de salud que vienen" in page
    assert "data-vivo" not in page
    for path in ("/vivo", "/revisar", "/llamar", "/salida"):
        assert (await browser.get(path)).status == 403


async def test_a_mesa_sees_what_is_its_own(browser: Browser) -> None:
    complain(browser.house, "la posta de Zurite no tiene medicinas", "salud", "zurite", is_overdue=True)
    await browser.log_in("Marta")
    assert (await counters(browser))["vencidos"] == 1
    add(browser.house, Wish("Tula", "mesa", mesas=("turismo",)))
    add(browser.house, Wish("Sara", "mesa", mesas=("salud",), districts=("anta",)))
    hold_a_place(browser.house, "Luis", ROSA)
    for name, shown in (("Tula", {"vencidos": 0, "abiertos": 0, "dudosos": 0}), ("Sara", {"vencidos": 0})):
        her = another(browser)
        await her.log_in(name)
        found = await counters(her)
        assert {key: found[key] for key in shown} == shown
        assert ("por_llamar" in found) == (name == "Sara")
        assert "emergencias" not in found
    tula = another(browser)
    await tula.log_in("Tula")
    assert "tomados <5 de 2 lugares" in await text_of(tula)
    assert (await tula.get("/llamar")).status == 403


async def test_an_admin_sees_everything_and_each_number_leads_to_its_list(admin: Browser) -> None:
    complain(admin.house, "la posta de Zurite no tiene medicinas", "salud", "zurite", is_overdue=True)
    hold_a_place(admin.house, "Luis Mamani", ROSA)
    for number in range(2):
        hold_a_place(admin.house, f"Otro {number}", f"+5198400033{number}")
    say(admin.house, "BAJA", ROSA)
    say(admin.house, "mi mama se esta desangrando q hago", JUAN)
    say(admin.house, "qwrtp zxcvb", JUAN)
    page = await text_of(admin)
    assert "tomados 2 de 2 lugares, en espera 1" in page
    found = await counters(admin)
    assert found == {
        **{"vencidos": 1, "abiertos": 1, "dudosos": 0, "por_llamar": 1, "ofrecidos": 0, "en_espera": 1},
        **{"emergencias": 1, "no_entendidos": 1, "fallados": 0, "por_salir": found["por_salir"]},
    }
    assert found["por_salir"] > 0
    listed = {"/bandeja?estado=vencidas": "", "/llamar": "Luis Mamani", "/revisar": "desangrando", "/salida": "test"}
    for path, said in listed.items():
        assert f'href="{path}' in page
        assert said in await text_of(admin, path)


async def test_erasures_are_counted(admin: Browser) -> None:
    for text in ("menu", "borrar", "1"):
        say(admin.house, text, ROSA)
    assert "Una persona pidió que se borren sus datos" in await text_of(admin)


# ── the lists ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_was_seen_is_not_shown_until_it_is_said_again(admin: Browser) -> None:
    for number in (ROSA, JUAN):
        say(admin.house, "menu", number)
        say(admin.house, "qwrtp zxcvb", number)
    say(admin.house, "mi mama se esta desangrando q hago", ROSA)
    assert (await counters(admin))["no_entendidos"] == 2
    for left in (1, 0):
        page = await text_of(admin, "/revisar")
        message = re.findall(r'name="mensaje" value="(\d+)"', page)[0]
        assert (await admin.post("/revisar", mensaje=message)).status == 303
        assert (await text_of(admin, "/revisar")).count('name="mensaje"') == left
    assert [(await counters(admin))[key] for key in ("emergencias", "no_entendidos")] == [0, 0]
    say(admin.house, "QWRTP  zxcvb!", JUAN)
    assert "QWRTP zxcvb!" in await text_of(admin, "/revisar")
    assert (await admin.post("/revisar", mensaje="1")).status == 404
    assert (await admin.post("/revisar", mensaje="x")).status == 404


async def test_messages_that_do_not_leave_are_told_by_channel_and_reason(admin: Browser) -> None:
    house = admin.house
    for text in ("menu", "ferias", "obras"):
        say(house, text, ROSA)
    first, second, *_ = [row["id"] for row in house.store.read.all("SELECT id FROM outbox ORDER BY id")]
    with house.store.write() as tx:
        messages.close(tx, first, "failed", "BadAddress", "30003", house.clock.now())
        messages.close(tx, second, "dropped", "opted_out", "", house.clock.now())
        tx.run("UPDATE outbox SET due_at = '2027-03-01T09:00:00.000000+00:00' WHERE state = 'waiting'")
    assert (await counters(admin))["fallados"] == 1
    page = await text_of(admin, "/salida")
    assert "no salió: el número no existe o no recibe" in page
    assert "30003" in page
    assert "el canal no avanza" in page


# ── live ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Stream:
    """A client of server-sent events."""

    def __init__(self, answer: ClientResponse) -> None:
        self.answer, self.last_id = answer, ""

    async def next(self) -> dict[str, int]:
        """The next figures."""
        async with asyncio.timeout(5):
            while True:
                line = (await self.answer.content.readline()).decode()
                assert line, "the service has ended it"
                name, _colon, value = line.strip().partition(": ")
                if name == "id":
                    self.last_id = value
                if name == "data":
                    found: dict[str, int] = json.loads(value)
                    return found

    async def end(self) -> None:
        """Wait until the service ends it."""
        async with asyncio.timeout(5):
            while await self.answer.content.readline():
                pass


@asynccontextmanager
async def listening(browser: Browser, last_id: str = "") -> AsyncIterator[Stream]:
    url = f"http://127.0.0.1:{browser.house.settings.port}/vivo"
    headers = {"Accept": "text/event-stream", "Cookie": f"{browser.cookie_name}={browser.cookie}"}
    headers |= {"Last-Event-ID": last_id} if last_id else {}
    async with browser.web.get(url, headers=headers, allow_redirects=False) as answer:
        assert (answer.status, answer.content_type) == (200, "text/event-stream")
        yield Stream(answer)


async def test_a_counter_changes_while_she_looks(admin: Browser) -> None:
    async with listening(admin) as stream:
        before = await stream.next()
        assert before["vencidos"] == 0
        complain(admin.house, "la posta de Zurite no tiene medicinas", "salud", "zurite", is_overdue=True)
        after = await stream.next()
        while after["vencidos"] == 0:
            after = await stream.next()
        assert after["abiertos"] == 1
        assert after == await counters(admin)


async def test_each_role_hears_what_its_page_shows(browser: Browser) -> None:
    complain(browser.house, "la posta de Zurite no tiene medicinas", "salud", "zurite", is_overdue=True)
    for role in READERS:
        her = another(browser)
        await her.log_in(WISHES[role].name)
        async with listening(her) as stream:
            assert await stream.next() == await counters(her)
        once = await her.get("/vivo")
        assert await once.json() == await counters(her)
    for name in ("Rita", "Paula"):
        her = another(browser)
        await her.log_in(name)
        assert (await her.get("/vivo", Accept="text/event-stream")).status == 403
    assert (await another(browser).get("/vivo", Accept="text/event-stream")).status == 303


async def test_whoever_comes_back_is_told_only_what_is_new(admin: Browser) -> None:
    async with listening(admin) as stream:
        await stream.next()
        last = stream.last_id
    async with listening(admin, last) as stream:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.4):
                await stream.next()
    async with listening(admin, "another") as stream:
        await stream.next()


async def test_silence_is_filled(admin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.1)
    async with listening(admin) as stream:
        await stream.next()
        async with asyncio.timeout(5):
            while (await stream.answer.content.readline()) != b": \n":
                pass


@pytest.mark.parametrize("how", ["disabled", "logged out", "over"])
async def test_it_ends_with_her_session(browser: Browser, how: str) -> None:
    await browser.log_in("Marta")
    marta = staff.find_by_name(browser.house.store.read, "Marta")
    assert marta
    async with listening(browser) as stream:
        await stream.next()
        with browser.house.store.write() as tx:
            if how == "disabled":
                staff.disable(tx, marta.id, browser.house.clock.now())
            elif how == "logged out":
                staff.close_session(tx, accounts.hash_token(browser.cookie))
            else:
                tx.run("UPDATE desk_sessions SET seen_at = ?", "2027-03-01T09:00:00.000000+00:00")
        await stream.end()


def lookers() -> int:
    """How many look at the rows for those who listen."""
    return sum("Board._run" in repr(task) for task in asyncio.all_tasks())


async def test_one_looks_for_all_who_listen_and_nobody_when_nobody_does(admin: Browser) -> None:
    async with listening(admin) as first, listening(admin) as second, listening(admin) as third:
        for stream in (first, second, third):
            await stream.next()
        assert lookers() == 1
    await until(lambda: lookers() == 0)


async def test_the_service_stops_while_somebody_listens(tmp_path: Path) -> None:
    port = free_port()
    service = Service(built(Settings(data=tmp_path, port=port, public_url=f"http://127.0.0.1:{port}", start=MORNING)))
    await service.start()
    add(service.house, WISHES["admin"])
    async with ClientSession(cookie_jar=DummyCookieJar()) as web:
        her = Browser(web, service.house)
        await her.log_in("Ana")
        async with listening(her) as stream:
            await stream.next()
            begun = stopwatch.monotonic()
            await service.stop()
            assert stopwatch.monotonic() - begun < 3.0  # what a request under way is given; a stream takes none of it
            await stream.end()
