"""Promoters in a real Chromium, with and without JavaScript: one is written and given her PIN, known, taken away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.app import House
from bot.clock import LIMA
from bot.records import agenda, pins
from bot.service import accounts
from bot.service import pins as proofs
from tests.running import serving
from tests.servers import chromium
from tests.test_citas_browser import address, at_the_desk
from tests.test_desk_browser import NARROW, PASSWORD, WIDE, assert_shown_well
from tests.test_phone_browser import ARGUMENTS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PHONE = "+51984000444"


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


async def write_promoter(page: Page) -> None:
    """Two comunidades, each found by the filter; what was typed before is not lost by it."""
    await page.get_by_role("link", name="Agenda", exact=True).click()
    await page.get_by_role("link", name="Nueva promotora").click()
    await page.get_by_label("Nombre y apellido").fill("Luz Huamán")
    await page.get_by_label("Celular").fill("984 000 444")
    await page.get_by_label("Idioma").select_option("quechua")
    for name in ("Compone", "Inquilpata"):
        await page.get_by_label("Comunidad o distrito").fill(name)
        await page.get_by_role("button", name="Filtrar").click()
        await page.get_by_role("checkbox", name=name).check()
    await expect(page.get_by_role("checkbox", checked=True)).to_have_count(2)
    await page.get_by_role("button", name="Guardar").click()
    await expect(page.get_by_role("status")).to_contain_text("Está anotada")


async def give_pin(page: Page) -> str:
    await page.get_by_role("button", name="Dar un PIN nuevo").click()
    return await page.locator(".una-vez").inner_text()


def lock(house: House) -> None:
    with house.store.write() as tx:
        for _ in range(pins.MOST_WRONG):
            proofs.prove(tx, "telegram:4711", PHONE, "0000", house.clock.now())


@pytest.mark.parametrize("is_scripted", [True, False])
async def test_a_promoter_from_her_first_pin_to_her_last_day(browser: Browser, house: House, is_scripted: bool) -> None:
    desk = await at_the_desk(browser, house, is_scripted=is_scripted)
    await write_promoter(desk)
    pin = await give_pin(desk)
    with house.store.write() as tx:
        assert proofs.prove(tx, f"tel:{PHONE}", PHONE, pin, house.clock.now()) == "right"

    lock(house)
    await desk.get_by_role("link", name="Inicio").click()
    await desk.get_by_role("link", name="PIN bloqueado: Luz Huamán").click()
    await expect(desk.get_by_role("cell", name="bloqueado hoy")).to_be_visible()
    await desk.get_by_role("link", name="Luz Huamán").click()
    assert await give_pin(desk) != pin
    await desk.get_by_role("link", name="Volver a la promotora").click()
    await expect(desk.get_by_text("Tiene PIN.")).to_be_visible()

    await desk.get_by_role("link", name="Quitar a la promotora").click()
    await desk.get_by_role("button", name="Quitar a la promotora").click()
    await expect(desk.get_by_role("status").first).to_contain_text("Ya no está entre las promotoras")
    assert agenda.all_promoters(house.store.read) == []


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_is_for_everyone(browser: Browser, house: House, width: int, scheme: str) -> None:
    page = await at_the_desk(browser, house, width)
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.goto(address(house, "/agenda/promotoras"))
    await assert_shown_well(page, width)
    await page.goto(address(house, "/agenda/promotoras/nueva"))
    await assert_shown_well(page, width)
    await page.locator("form.formulario").evaluate("form => form.noValidate = true")
    await page.get_by_role("button", name="Guardar").click()
    await expect(page.locator("#comunidades-error")).to_be_visible()
    await assert_shown_well(page, width)
    await write_promoter(page)
    await assert_shown_well(page, width)
    hers = page.url
    await give_pin(page)
    await assert_shown_well(page, width)
    lock(house)
    for path in (hers, f"{hers}/quitar", address(house, "/agenda/promotoras"), address(house, "/agenda")):
        await page.goto(path)
        await assert_shown_well(page, width)
    await page.goto(address(house, "/"))
    await expect(page.get_by_role("link", name="PIN bloqueado")).to_be_visible()
    await assert_shown_well(page, width)
