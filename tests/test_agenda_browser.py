"""The agenda in a real Chromium: a fair written and asked for by text, changed and asked again, a file brought."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.app import House
from bot.clock import LIMA
from bot.records import agenda
from bot.service import accounts
from bot.service.imports import KINDS
from tests.running import serving
from tests.servers import chromium
from tests.test_citas_browser import address, at_the_desk, text
from tests.test_desk_browser import NARROW, PASSWORD, WIDE, assert_shown_well
from tests.test_phone_browser import ARGUMENTS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

WORK = "posta,Posta de Zurite,,salud,zurite,2027,90000,,en obra,acta 3"


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


async def write_fair(page: Page) -> None:
    await page.get_by_role("link", name="Agenda", exact=True).click()
    await page.get_by_role("link", name="Nueva feria").click()
    await page.locator("#nombre").fill("Pantipata")
    await page.locator("#distrito").select_option("Chinchaypujio")
    await page.locator("#lugar").fill("campo ferial")
    await page.locator("#dias").fill("primer domingo del mes")
    await page.locator("#desde").fill("06:00")
    await page.locator("#hasta").fill("13:00")
    await page.get_by_role("button", name="Guardar").click()
    await expect(page.get_by_role("status")).to_contain_text("Está guardado")


def sheet(folder: Path, *rows: str) -> Path:
    file = folder / "obras.csv"
    file.write_text("\n".join([",".join(KINDS["works"].columns), *rows]))
    return file


async def bring(page: Page, file: Path) -> None:
    await page.locator("#tipo").select_option("Obras")
    await page.locator("#archivo").set_input_files(file)
    await page.get_by_role("button", name="Revisar").click()
    await expect(page.get_by_role("heading", name="Qué haría el archivo")).to_be_visible()


@pytest.mark.parametrize("is_scripted", [True, False])
async def test_a_fair_is_asked_for_before_and_after_its_change(
    browser: Browser, house: House, is_scripted: bool
) -> None:
    desk = await at_the_desk(browser, house, is_scripted=is_scripted)
    await write_fair(desk)
    await expect(desk.get_by_role("heading", name="Así lo lee la gente")).to_be_visible()
    await expect(desk.locator("ol time")).to_have_count(5)
    phone = await text(house, browser, "feria de pantipata")
    await expect(phone.locator(".sencillo")).to_contain_text("domingo 7 de marzo. De 6 am a 1 pm")

    await desk.locator("#desde").fill("07:30")
    await desk.get_by_role("button", name="Ver cómo se lee").click()
    await expect(desk.locator("dd[lang=es]")).to_contain_text("De 7:30 am")
    await desk.get_by_role("button", name="Guardar").click()
    await expect(desk.get_by_role("status")).to_contain_text("Está guardado")
    phone = await text(house, browser, "feria de pantipata")
    await expect(phone.locator(".sencillo")).to_contain_text("De 7:30 am a 1 pm")

    await desk.get_by_role("link", name="Historia").click()
    await desk.get_by_role("button", name="Deshacer este cambio").click()
    await expect(desk.get_by_role("status")).to_contain_text("está como antes")


async def test_a_file_of_works_is_looked_at_and_applied(browser: Browser, house: House, tmp_path: Path) -> None:
    desk = await at_the_desk(browser, house)
    await desk.get_by_role("link", name="Agenda", exact=True).click()
    await desk.get_by_role("link", name="Traer un archivo").click()
    await bring(desk, sheet(tmp_path, WORK))
    assert "posta" not in [work.key for work in agenda.find_works(house.store.read, with_samples=True)]
    await desk.get_by_role("button", name="Aplicar").click()
    await expect(desk.get_by_role("status")).to_contain_text("Obras: 1 nuevas")
    phone = await text(house, browser, "obra posta de zurite")
    await expect(phone.locator(".sencillo")).to_contain_text("Posta de Zurite")


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_is_for_everyone(
    browser: Browser, house: House, tmp_path: Path, width: int, scheme: str
) -> None:
    page = await at_the_desk(browser, house, width)
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await write_fair(page)
    work = agenda.find_works(house.store.read, with_samples=True)[0].key
    some = (f"/obras/{work}", "/ferias/pantipata", "/ferias/pantipata/historia")
    for path in ("", "/obras", "/ferias", "/obras/nueva", "/ferias/nueva", "/importar", *some):
        await page.goto(address(house, f"/agenda{path}"))
        await assert_shown_well(page, width)
    await page.goto(address(house, "/agenda/obras/nueva"))
    await page.locator("form.formulario").evaluate("form => form.noValidate = true")
    await page.get_by_role("button", name="Guardar").click()
    await expect(page.locator("#temas-error")).to_be_visible()
    await assert_shown_well(page, width)
    for rows in ([WORK], [WORK.replace("zurite", "lima")]):
        await page.goto(address(house, "/agenda/importar"))
        await bring(page, sheet(tmp_path, *rows))
        await assert_shown_well(page, width)
