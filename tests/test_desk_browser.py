"""The desk in a real Chromium: from the first login to somebody's last, with and without JavaScript, at both widths."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.app import House
from bot.clock import LIMA
from bot.service import accounts
from tests.running import serving
from tests.servers import chromium
from tests.test_phone_browser import ARGUMENTS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PASSWORD = "luna llena de agosto"
NARROW, WIDE = 360, 1280
PATIENCE_MS = 6_000


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with serving(tmp_path, start=datetime(2027, 3, 1, 9, 0, tzinfo=LIMA)) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        await browser.close()


async def visit(browser: Browser, house: House, width: int = WIDE, is_scripted: bool = True) -> Page:
    """A person before the door of the desk, in a browser of her own."""
    context = await browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=is_scripted)
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await page.goto(f"http://127.0.0.1:{house.settings.port}/")
    return page


async def come_in(page: Page, name: str, password: str) -> None:
    await page.get_by_label("Nombre").fill(name)
    await page.get_by_label("Contraseña").fill(password)
    await page.get_by_role("button", name="Entrar").click()


async def choose_password(page: Page, old: str, new: str) -> None:
    await page.get_by_label("Contraseña de ahora").fill(old)
    await page.get_by_label("Contraseña nueva").fill(new)
    await page.get_by_label("La nueva, otra vez").fill(new)
    await page.get_by_role("button", name="Cambiar la contraseña").click()


async def assert_shown_well(page: Page, width: int) -> None:
    """Nothing that axe objects to, and no scrolling to the side."""
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("is_scripted", [True, False])
async def test_a_person_is_taken_in_and_let_go(browser: Browser, house: House, is_scripted: bool) -> None:
    made_up = accounts.first_admin(house.store, house.clock, "")
    admin = await visit(browser, house, is_scripted=is_scripted)
    await come_in(admin, "admin", made_up)
    await expect(admin.get_by_role("heading", name="Su contraseña")).to_be_visible()
    await choose_password(admin, made_up, PASSWORD)
    await expect(admin.get_by_role("heading", name="Buen día, admin")).to_be_visible()

    await admin.get_by_role("link", name="Equipo").click()
    await admin.get_by_label("Nombre").fill("Rosa Quispe")
    await admin.get_by_label("Papel").select_option("Mesa")
    await admin.get_by_role("button", name="Agregar").click()
    await expect(admin.locator("#mesa-error")).to_have_text("Elija por lo menos una mesa.")
    await admin.get_by_label("Salud").check()
    await admin.get_by_role("button", name="Agregar").click()
    hers = await admin.locator(".una-vez").inner_text()

    rosa = await visit(browser, house, NARROW, is_scripted)
    await come_in(rosa, "rosa quispe", hers)
    await choose_password(rosa, hers, PASSWORD)
    await expect(rosa.get_by_role("heading", name="Buen día, Rosa Quispe")).to_be_visible()
    await expect(rosa.get_by_role("link", name="Equipo")).to_have_count(0)

    await admin.get_by_role("link", name="Volver al equipo").click()
    await admin.get_by_role("button", name="Desactivar a Rosa Quispe").click()
    await expect(admin.get_by_role("status")).to_have_text("Rosa Quispe ya no puede entrar.")
    await rosa.reload()
    await expect(rosa.get_by_role("heading", name="Entrar al escritorio")).to_be_visible()
    await come_in(rosa, "Rosa Quispe", PASSWORD)
    await expect(rosa.get_by_role("alert")).to_have_text("El nombre o la contraseña no son correctos.")


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_is_for_everyone(browser: Browser, house: House, width: int, scheme: str) -> None:
    accounts.first_admin(house.store, house.clock, PASSWORD)
    page = await visit(browser, house, width)
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await come_in(page, "admin", "not this one")
    await assert_shown_well(page, width)
    await come_in(page, "admin", PASSWORD)
    await expect(page.get_by_role("heading", name="Buen día")).to_be_visible()
    for path in ("/", "/equipo", "/registro", "/clave", "/nada"):
        await page.goto(f"http://127.0.0.1:{house.settings.port}{path}")
        await assert_shown_well(page, width)
    await page.goto(f"http://127.0.0.1:{house.settings.port}/equipo")
    await page.get_by_label("Nombre").fill("admin")
    await page.get_by_label("Papel").select_option("Lectura")
    await page.get_by_role("button", name="Agregar").click()
    await expect(page.locator("#nombre-error")).to_be_visible()
    await assert_shown_well(page, width)


async def test_the_keyboard_is_enough(browser: Browser, house: House) -> None:
    accounts.first_admin(house.store, house.clock, PASSWORD)
    page = await visit(browser, house)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Ir al contenido")).to_be_focused()
    await page.keyboard.press("Enter")
    for typed in ("admin", PASSWORD):
        await page.keyboard.press("Tab")
        await page.keyboard.type(typed)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Buen día")).to_be_visible()
    await page.get_by_role("link", name="Equipo").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Equipo")).to_have_attribute("aria-current", "page")


async def test_paper_shows_the_list_and_no_buttons(browser: Browser, house: House) -> None:
    accounts.first_admin(house.store, house.clock, PASSWORD)
    page = await visit(browser, house)
    await come_in(page, "admin", PASSWORD)
    await page.goto(f"http://127.0.0.1:{house.settings.port}/equipo")
    await page.emulate_media(media="print")
    await expect(page.get_by_role("rowheader", name="admin")).to_be_visible()
    for unprinted in ("nav", "form", ".sesion"):
        for each in await page.locator(unprinted).all():
            await expect(each).to_be_hidden()
