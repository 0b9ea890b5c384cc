"""The pages of notices in a real Chromium: one watched to its end, templates changed, all for everyone."""

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
from bot.service import accounts
from tests.running import serving
from tests.servers import chromium
from tests.test_avisos_desk import ABOUT, campaign, neighbours
from tests.test_avisos_pages import FATES, answered, begun, put
from tests.test_desk_browser import NARROW, PASSWORD, PATIENCE_MS, WIDE, assert_shown_well, come_in, visit
from tests.test_phone_browser import ARGUMENTS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

A_FEW_LOOKS_MS = 20_000
"""The page looks every three seconds, and a notice passes through three states."""


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with serving(tmp_path, start=datetime(2027, 3, 1, 9, 0, tzinfo=LIMA)) as made:
        accounts.first_admin(made.store, made.clock, PASSWORD)
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


async def at_the_desk(browser: Browser, house: House, width: int = WIDE, is_scripted: bool = True) -> Page:
    page = await visit(browser, house, width, is_scripted)
    await come_in(page, "admin", PASSWORD)
    await expect(page.get_by_role("heading", name="Buen día")).to_be_visible()
    return page


async def her_phone(browser: Browser, house: House) -> Page:
    """A resident in the simulator who has said hello."""
    phone = await (await browser.new_context()).new_page()
    phone.set_default_timeout(PATIENCE_MS)
    await phone.goto(address(house, "/telefono?numero=984000222"))
    await write(phone, "castellano")
    await expect(phone.locator(".sencillo .nuestro").first).to_be_visible()
    return phone


async def write(phone: Page, said: str) -> None:
    form = phone.locator(".sencillo .escribir")
    await form.get_by_role("textbox").fill(said)
    await form.get_by_role("button").click()


async def send_off(page: Page, house: House) -> None:
    """From the page of a campaign: the texts of a template, the day and place of the agenda, and off."""
    await page.goto(address(house, f"/citas/{ABOUT.partition(':')[2]}"))
    await page.get_by_role("link", name="Aviso, volante y radio").click()
    await page.get_by_label("Plantilla").select_option(label="Cambió el día de una campaña")
    await page.get_by_role("button", name="Llenar con esos datos").click()
    await page.get_by_label("Título").fill("Pediatra en Zurite")
    await page.get_by_role("button", name="Guardar y ver cómo llega").last.click()
    await page.get_by_role("button", name="Enviar:").click()
    await expect(page.get_by_role("status")).to_contain_text("aquí se ve cómo avanza")


@pytest.mark.parametrize("is_scripted", [True, False])
async def test_a_notice_is_watched_to_its_end(browser: Browser, house: House, is_scripted: bool) -> None:
    phone = await her_phone(browser, house)
    neighbours(house, 4, channel="simulator")
    neighbours(house, 2, "quz", home="zurite", channel="simulator")
    desk = await at_the_desk(browser, house, is_scripted=is_scripted)
    await send_off(desk, house)
    state = desk.locator("h1 .etiqueta")
    if is_scripted:
        await expect(desk.get_by_role("link", name="Actualizar")).to_be_hidden()
        await expect(state).to_have_text("terminado", timeout=A_FEW_LOOKS_MS)
    while await state.inner_text() != "terminado":
        await desk.get_by_role("link", name="Actualizar").click()
    await expect(desk.locator(".cifra")).to_have_text("7 de 7")
    await expect(desk.get_by_role("row", name=re.compile("Total 7 7 0 0 0 0"))).to_be_visible()
    await expect(desk.get_by_text("Gastado: 7 SMS, S/ 1.75, de 7 SMS, S/ 1.75 previstos.")).to_be_visible()

    await expect(phone.locator(".sencillo .nuestro").last).to_contain_text("Pediatria: cambio de dia")
    await write(phone, "1")
    await expect(phone.locator(".sencillo .nuestro").last).to_contain_text("cita")
    await desk.reload()
    await expect(desk.get_by_role("row", name=re.compile("Total 7 7 0 0 1 0"))).to_be_visible()


async def test_figures_move_while_one_looks_and_keep_their_place(browser: Browser, house: House) -> None:
    neighbours(house, 25)
    notice = begun(house, FATES)
    desk = await at_the_desk(browser, house)
    await desk.goto(address(house, f"/avisos/{notice.id}"))
    table = desk.get_by_role("region", name="Cifras por comunidad e idioma")
    await table.focus()
    await expect(desk.locator(".cifra")).to_have_text("15 de 25")
    with house.store.write() as tx:
        tx.run("UPDATE outbox SET state = 'sent' WHERE state = 'waiting'")
        tx.run("UPDATE outbox SET state = 'waiting' WHERE id = (SELECT max(id) FROM outbox)")
    await expect(desk.locator(".cifra")).to_have_text("24 de 25", timeout=A_FEW_LOOKS_MS)
    await expect(table).to_be_focused()
    with house.store.write() as tx:
        tx.run("UPDATE notices SET state = 'paused' WHERE id = ?", notice.id)
    await expect(desk.get_by_role("button", name="Seguir enviando")).to_be_visible(timeout=A_FEW_LOOKS_MS)


async def test_a_template_is_changed_and_comes_back(browser: Browser, house: House) -> None:
    desk = await at_the_desk(browser, house, is_scripted=False)
    await desk.get_by_role("link", name="Avisos", exact=True).click()
    await desk.get_by_role("link", name="Plantillas").click()
    await desk.get_by_role("link", name="Corte de agua", exact=True).click()
    text = desk.get_by_label("En castellano")
    was = await text.input_value()
    await text.fill(was.replace("Junte agua desde antes", "Guarde agua el día anterior"))
    await desk.get_by_role("button", name="Guardar").click()
    await expect(desk.locator("ins").first).to_contain_text("Guarde")
    await desk.get_by_role("button", name="Volver a la versión 1").click()
    await expect(desk.get_by_role("status")).to_contain_text("dice otra vez lo de esa versión")
    await expect(text).to_have_value(was)


@pytest.mark.parametrize("width", [NARROW, WIDE])
async def test_every_page_is_for_everyone(browser: Browser, house: House, width: int) -> None:
    neighbours(house, 14, channel="simulator")
    neighbours(house, 6, "quz", home="zurite", channel="telegram")
    ended = begun(house, FATES, ends="done", name="Terminado")
    answered(house, ended, ["took", "wrote", "stopped"])
    stopped = begun(house, FATES, ends="paused", because="failures", name="Detenido solo")
    under_way = begun(house, FATES, name="En camino", about=ABOUT)
    put(house, "awaiting", name="Asamblea")
    later = put(house, "scheduled", name="Feria")
    series = put(house, "repeating", rule="FREQ=WEEKLY;BYDAY=MO", name="Cada lunes")
    put(house, "done", series_id=series.id)
    page = await at_the_desk(browser, house, width)
    one_by_one = [f"/avisos/{each.id}" for each in (ended, stopped, under_way, later, series)]
    more = (f"/avisos/{under_way.id}/radio", f"/avisos/{under_way.id}/volante", "/avisos/plantillas/1", "/")
    for path in ("/avisos", "/avisos?estado=borradores", "/avisos/plantillas", *one_by_one, *more):
        await page.goto(address(house, path))
        await assert_shown_well(page, width)
    await page.goto(address(house, "/avisos/plantillas"))
    await page.get_by_label("Nombre").fill("Faena")
    await page.get_by_label("En castellano").fill("Faena el {dia}.")
    await page.get_by_role("button", name="Guardar").click()
    await expect(page.locator("#es-error")).to_be_visible()
    await assert_shown_well(page, width)


async def test_the_text_for_the_radio_fits_on_paper(browser: Browser, house: House) -> None:
    notice = put(house, about=ABOUT)
    page = await at_the_desk(browser, house)
    await page.goto(address(house, f"/avisos/{notice.id}/radio"))
    await page.emulate_media(media="print")
    await expect(page.get_by_role("link", name="Como archivo de texto")).to_be_hidden()
    assert len(re.findall(rb"/Type /Page\b(?!s)", await page.pdf(format="A4"))) == 1
