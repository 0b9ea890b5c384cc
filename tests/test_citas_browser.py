"""Appointments in a real Chromium: a day written at the desk, booked by text, marked, printed and counted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, time
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.app import House
from bot.clock import LIMA
from bot.records import agenda
from bot.records.agenda import Campaign, Clinic, Name
from bot.service import accounts
from bot.service.appointments import counter
from bot.service.appointments.changes import Changes
from bot.service.appointments.counter import Caller
from tests.running import serving
from tests.servers import chromium
from tests.test_desk_browser import NARROW, PASSWORD, PATIENCE_MS, WIDE, assert_shown_well, come_in, visit
from tests.test_phone_browser import ARGUMENTS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

DAY = "zurite_20270301"


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with serving(tmp_path, start=datetime(2027, 3, 1, 9, 0, tzinfo=LIMA)) as made:
        accounts.first_admin(made.store, made.clock, PASSWORD)
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        await browser.close()


def address(house: House, path: str) -> str:
    return f"http://127.0.0.1:{house.settings.port}{path}"


async def at_the_desk(browser: Browser, house: House, width: int = WIDE, is_scripted: bool = True) -> Page:
    page = await visit(browser, house, width, is_scripted)
    await come_in(page, "admin", PASSWORD)
    await expect(page.get_by_role("heading", name="Buen día")).to_be_visible()
    return page


async def write_campaign(page: Page, day: str = "2027-03-01") -> None:
    """A day in Zurite with a paediatrician and two places."""
    await page.get_by_role("link", name="Citas", exact=True).click()
    await page.get_by_role("link", name="Nueva campaña").click()
    await page.get_by_label("Fecha").fill(day)
    await page.get_by_label("Desde qué hora").fill("08:00")
    await page.get_by_label("Hasta qué hora").fill("13:00")
    await page.get_by_label("Distrito").select_option("Zurite")
    await page.locator("#lugar").fill("posta de Zurite")
    await page.locator("#nombre").fill("Campaña de pediatría")
    await page.get_by_label("pediatría").check()
    await page.locator("#pediatria_lugares").fill("2")
    await page.get_by_role("button", name="Guardar").click()


async def text(house: House, browser: Browser, said: str) -> Page:
    """A resident who texts from her phone in the browser."""
    phone = await (await browser.new_context()).new_page()
    phone.set_default_timeout(PATIENCE_MS)
    await phone.goto(address(house, "/telefono?numero=984000222"))
    form = phone.locator(".sencillo .escribir")
    await form.get_by_role("textbox").fill(said)
    await form.get_by_role("button").click()
    return phone


@pytest.mark.parametrize("is_scripted", [True, False])
async def test_a_day_from_the_desk_to_the_last_mark(browser: Browser, house: House, is_scripted: bool) -> None:
    desk = await at_the_desk(browser, house, is_scripted=is_scripted)
    await write_campaign(desk)
    await expect(desk.get_by_role("status")).to_contain_text("La campaña está anotada")

    phone = await text(house, browser, "cita pediatra en zurite para mi hijo Juan Quispe de 5 años")
    await expect(phone.locator(".sencillo")).to_contain_text("Juan Quispe")

    await desk.get_by_role("link", name="pediatría").click()
    juan = desk.get_by_role("row").filter(has_text="Juan Quispe")
    await expect(juan).to_contain_text("5 años")
    await expect(juan).to_contain_text("reservada")
    await expect(juan).to_contain_text("••• ••• 222")
    await desk.get_by_label("Nombre y apellido").fill("Wayra Ñahui")
    await desk.get_by_label("Edad").fill("8 meses")
    await desk.get_by_role("button", name="Anotar").click()
    await expect(desk.get_by_role("status")).to_contain_text("Código:")

    await desk.get_by_label("Vino Juan Quispe").check()
    await desk.get_by_role("button", name="Los demás faltaron").click()
    await expect(desk.get_by_role("status")).to_contain_text("vinieron 1, faltaron 1")
    await desk.get_by_role("link", name="Citas", exact=True).click()
    figures = desk.get_by_role("row").filter(has_text="posta de Zurite").locator("td.numero")
    await expect(figures).to_have_text(["2", "2", "0", "1", "1"])


async def test_a_day_with_too_few_places_is_decided_and_then_suspended(browser: Browser, house: House) -> None:
    desk = await at_the_desk(browser, house)
    await write_campaign(desk)
    people(house, 2)
    await desk.get_by_role("link", name="Cambiar").click()
    await desk.locator("#pediatria_lugares").fill("1")
    await desk.get_by_role("button", name="Guardar").click()
    await expect(desk.get_by_role("heading", name="Hay que decidir")).to_be_visible()
    await assert_shown_well(desk, WIDE)
    await desk.get_by_label("Pasar la última cita a la lista de espera").check()
    await desk.get_by_role("button", name="Guardar así").click()
    await expect(desk.get_by_role("status")).to_contain_text("Se avisa por mensaje a una persona")
    await desk.get_by_role("link", name="Suspender el día").click()
    await desk.get_by_role("button", name="Suspender el día").click()
    await expect(desk.get_by_role("status")).to_contain_text(
        "El día está suspendido. Se avisa por mensaje a 2 personas"
    )
    await expect(desk.get_by_text("suspendida", exact=True)).to_be_visible()


def people(house: House, count: int, key: str = DAY, with_phone: bool = True) -> list[str]:
    """So many registered at the counter; their names."""
    names = [f"María Encarnación Ccahuana Huamán {n}" for n in range(count)]
    with house.store.write() as tx:
        for n, name in enumerate(names):
            caller = Caller(name, 60 + n, "compone", f"+51984001{n:03}" if with_phone else "")
            counter.register(tx, house.clock, house.clock.now(), key, "pediatria", caller, "staff:1")
    return names


def full_day(house: House) -> None:
    """Today's clinic in every state: places taken, a waiting list, and people whom no message reaches."""
    clinic = Clinic("pediatria", 3, age_to_years=17)
    day = Campaign(
        *(DAY, Name("Campaña de ginecología y pediatría"), "especialistas", "zurite", "posta de Zurite"),
        *(date(2027, 3, 1), time(8), time(13), (clinic, Clinic("ginecologia", 20, 4, sex="f"))),
        Name("DNI y tarjeta de control del niño", "DNI, wawapa control tarjetan"),
    )
    with house.store.write() as tx:
        Changes(tx, house.clock, house.clock.now(), "test").put(day)
        agenda.remove_samples(tx, "campaigns")
    people(house, 5, with_phone=False)


PATHS = ("", "/nueva", "/silencio", f"/{DAY}", f"/{DAY}/editar", f"/{DAY}/suspender", f"/{DAY}/pediatria")


@pytest.mark.parametrize(("width", "scheme"), [(NARROW, "dark"), (WIDE, "light")])
async def test_every_page_is_for_everyone(browser: Browser, house: House, width: int, scheme: str) -> None:
    full_day(house)
    page = await at_the_desk(browser, house, width)
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in PATHS:
        await page.goto(address(house, f"/citas{path}"))
        await assert_shown_well(page, width)
    await page.get_by_role("link", name="Huamán 0").click()
    await expect(page.get_by_role("heading", name="Cancelar la cita")).to_be_visible()
    await assert_shown_well(page, width)
    await page.goto(address(house, "/citas/nueva"))
    await page.locator("[name=atiende]").first.check()
    await page.locator("form.formulario").evaluate("form => form.noValidate = true")
    await page.get_by_role("button", name="Guardar").click()
    await expect(page.locator("#fecha-error")).to_be_visible()
    await assert_shown_well(page, width)
    await page.goto(address(house, f"/citas/{DAY}/suspender"))
    await page.get_by_role("button", name="Suspender el día").click()
    await expect(page.get_by_role("heading", name="A quién llamar")).to_be_visible()
    await assert_shown_well(page, width)


async def test_the_sheet_is_clean_on_paper(browser: Browser, house: House, tmp_path: Path) -> None:
    full_day(house)
    page = await at_the_desk(browser, house)
    await page.goto(address(house, f"/citas/{DAY}/pediatria"))
    await page.emulate_media(media="print")
    shown = page.locator("table.lista")
    assert await shown.locator("thead th:visible").all_inner_texts() == [
        *("N.º", "Hora", "Nombre", "Edad", "Comunidad", "Código", "Vino", "Firma")
    ]
    assert await shown.locator("tbody tr:visible").count() == 3
    assert await shown.locator(".cuadro:visible").count() == 3
    for unprinted in ("nav", "button", "input", "details", ".sesion", "text=en espera", "text=sin celular"):
        for each in await page.locator(unprinted).all():
            await expect(each).to_be_hidden()
    assert await shown.locator("thead").evaluate("each => getComputedStyle(each).display") == "table-header-group"
    assert await shown.locator("tr").first.evaluate("each => getComputedStyle(each).breakInside") == "avoid"
    picture = await page.screenshot(full_page=True)
    paper = await page.pdf(format="A4")
    assert picture[:4] == b"\x89PNG"
    assert paper[:5] == b"%PDF-"
