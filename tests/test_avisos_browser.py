"""A notice in a real Chromium: written with its cost beside it, looked at, approved, read on a telephone, answered."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.app import House
from bot.clock import LIMA
from bot.records import notices
from bot.records.audit import Actor
from bot.records.notices import Notice, Template
from bot.service import accounts
from bot.service.accounts import Wish
from tests.running import serving, until
from tests.servers import chromium
from tests.test_avisos_desk import campaign, neighbours
from tests.test_desk_browser import NARROW, PASSWORD, PATIENCE_MS, WIDE, assert_shown_well, come_in, visit
from tests.test_phone_browser import ARGUMENTS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SPANISH = "Vecinos: hay pediatra el {fecha}, {hora}, en {lugar}. Traiga {traer}."
QUECHUA = "Llaqtamasikuna: {fecha}, {hora}, wawa hampiq kanqa {lugar}pi. {traer} apamuy."


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with serving(tmp_path, start=datetime(2027, 3, 1, 9, 0, tzinfo=LIMA), notice_ceiling_soles=0.4) as made:
        accounts.first_admin(made.store, made.clock, PASSWORD)
        with made.store.write() as tx:
            wish, hashed = Wish("Marta", "mesa", mesas=("salud",)), accounts.hash_password(PASSWORD)
            accounts.create(tx, made.clock, Actor(None, "a test"), wish, hashed, False)
        campaign(made)
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        await browser.close()


def address(house: House, path: str) -> str:
    return f"http://127.0.0.1:{house.settings.port}{path}"


async def at_the_desk(
    browser: Browser, house: House, name: str = "admin", width: int = WIDE, is_scripted: bool = True
) -> Page:
    page = await visit(browser, house, width, is_scripted)
    await come_in(page, name, PASSWORD)
    await expect(page.get_by_role("heading", name="Buen día")).to_be_visible()
    return page


async def her_phone(browser: Browser, house: House) -> Page:
    """A resident who has texted once from her phone in the browser."""
    phone = await (await browser.new_context()).new_page()
    phone.set_default_timeout(PATIENCE_MS)
    await phone.goto(address(house, "/telefono?numero=984000222"))
    await write(phone, "hola")
    await expect(phone.locator(".sencillo .nuestro").first).to_be_visible()
    return phone


async def write(phone: Page, said: str) -> None:
    form = phone.locator(".sencillo .escribir")
    await form.get_by_role("textbox").fill(said)
    await form.get_by_role("button").click()


async def fill(page: Page, house: House, spanish: str = SPANISH) -> None:
    """The form of a notice about the campaign."""
    await page.goto(address(house, "/avisos/nuevo"))
    await page.get_by_label("Sobre").select_option(label="vie 12 mar: Pediatría, posta de Zurite")
    await page.get_by_role("button", name="Llenar con esos datos").click()
    await expect(page.get_by_label("{fecha}")).to_have_value("2027-03-12")
    await page.get_by_label("Título").fill("Pediatra en Zurite")
    await page.get_by_label("En castellano").fill(spanish)
    await page.get_by_role("textbox", name="En quechua", exact=True).fill(QUECHUA)


async def save(page: Page) -> None:
    await page.locator("button.fuerte").click()
    await expect(page.get_by_role("heading", name="Así llega")).to_be_visible()


def newest(house: House) -> Notice:
    return notices.latest(house.store.read, 1)[0]


@pytest.mark.parametrize("is_scripted", [True, False])
async def test_a_notice_from_the_form_to_her_answer(browser: Browser, house: House, is_scripted: bool) -> None:
    phone = await her_phone(browser, house)
    desk = await at_the_desk(browser, house, is_scripted=is_scripted)
    await fill(desk, house)
    if not is_scripted:
        await desk.get_by_role("button", name="Contar otra vez").click()
    await expect(desk.locator("#cuenta")).to_contain_text("Castellano: 1 SMS")
    await expect(desk.locator("#cuenta")).to_contain_text("a una persona: 1 SMS, S/ 0.25")
    await desk.get_by_label("En castellano").fill(f"{SPANISH} Lo esperamos ✓ con su familia.")
    if not is_scripted:
        await desk.get_by_role("button", name="Contar otra vez").click()
    await expect(desk.locator("#cuenta")).to_contain_text("Por «✓» cada SMS lleva solo 70 letras")
    await expect(desk.locator("#cuenta")).to_contain_text("Pasa de S/ 0.40")

    await save(desk)
    await expect(desk.locator(".sencillo mark")).to_have_text("✓")
    await desk.get_by_role("button", name="Pedir la aprobación: 1 persona, 3 SMS, S/ 0.75").click()
    await expect(desk.get_by_role("status")).to_contain_text("espera que otra persona lo apruebe")
    await expect(desk.get_by_role("button", name="Aprobar")).to_have_count(0)
    notice = newest(house)
    marta = await at_the_desk(browser, house, "Marta", NARROW, is_scripted)
    await marta.goto(address(house, f"/avisos/{notice.id}/vista"))
    await marta.get_by_role("button", name="Volver a borrador").click()

    await desk.goto(address(house, f"/avisos/{notice.id}/editar"))
    await desk.get_by_label("En castellano").fill(SPANISH)
    await save(desk)
    await desk.get_by_role("button", name="Enviar: 1 persona, 1 SMS, S/ 0.25").dblclick()
    await expect(desk).to_have_url(re.compile(rf"/avisos/{notice.id}$"))

    await expect(phone.locator(".sencillo")).to_contain_text("hay pediatra el viernes 12 de marzo, 8 am")
    await write(phone, "1")
    await expect(phone.locator(".sencillo .nuestro").last).to_contain_text("cita")
    await until(lambda: newest(house).state == "done")
    assert notices.progress(house.store.read, notice.id).people == 1


async def test_what_is_missing_leads_to_its_field(browser: Browser, house: House) -> None:
    neighbours(house, 1)
    desk = await at_the_desk(browser, house)
    await fill(desk, house, "")
    await save(desk)
    await expect(desk.get_by_role("button", name="Enviar:")).to_have_count(0)
    await desk.get_by_role("link", name="Falta el texto en castellano.").click()
    await expect(desk.get_by_label("En castellano")).to_be_in_viewport()
    await expect(desk.locator("#es-error")).to_be_visible()
    await desk.get_by_label("En castellano").fill("Venga el {fecha}.")
    await desk.get_by_label("Título").press("Enter")
    await expect(desk.get_by_role("button", name="Enviar: 1 persona")).to_be_visible()


async def test_the_form_shows_what_is_needed_and_finds_comunidades(browser: Browser, house: House) -> None:
    desk = await at_the_desk(browser, house)
    await desk.goto(address(house, "/avisos/nuevo"))
    await expect(desk.get_by_label("Vale hasta el día")).to_be_visible()
    await expect(desk.locator("#hora")).to_be_hidden()
    await desk.get_by_role("radio", name="se repite").check()
    await expect(desk.locator("#hora")).to_be_visible()
    await expect(desk.get_by_label("miércoles")).to_be_visible()
    await expect(desk.get_by_label("Vale hasta el día")).to_be_hidden()
    await desk.get_by_label("Compone").check()
    await desk.get_by_label("Buscar comunidad").fill("INQUÍL")
    await expect(desk.locator("#comunidades label:visible")).to_have_count(2)


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_is_for_everyone(browser: Browser, house: House, width: int, scheme: str) -> None:
    neighbours(house, 3, channel="simulator")
    neighbours(house, 2, "quz", channel="telegram")
    with house.store.write() as tx:
        template = Template(house.clock.new_id(), "Campaña", "campaigns", SPANISH, QUECHUA)
        notices.keep_template(tx, template, None, "admin", house.clock.now())
    page = await at_the_desk(browser, house, width=width)
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.goto(address(house, "/avisos/nuevo"))
    await assert_shown_well(page, width)
    await fill(page, house, f"{SPANISH} ✓")
    await page.get_by_role("radio", name="se repite").check()
    await page.get_by_label("Es urgente").check()
    await page.locator("button.fuerte").click()
    await expect(page.locator("#regla_dias-error")).to_be_visible()
    await assert_shown_well(page, width)
    await fill(page, house, f"{SPANISH} ✓ {{costo}}")
    await save(page)
    await assert_shown_well(page, width)
    await page.get_by_role("link", name="Cambiar").click()
    await page.get_by_label("En castellano").fill(f"{SPANISH} ✓")
    await save(page)
    await assert_shown_well(page, width)
    await page.get_by_role("button", name="Pedir la aprobación").click()
    await expect(page.get_by_role("status")).to_be_visible()
    await assert_shown_well(page, width)
