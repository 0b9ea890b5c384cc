"""Inicio and Personas in a real Chromium: counters that change by themselves, a person found, erased; both widths."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.app import House
from bot.clock import LIMA
from bot.records import appointments, people
from bot.records.appointments import Patient
from bot.service import accounts
from tests.running import JUAN, ROSA, say, serving
from tests.servers import chromium
from tests.test_desk_browser import NARROW, PASSWORD, WIDE, assert_shown_well, come_in, visit
from tests.test_phone_browser import ARGUMENTS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with serving(tmp_path, start=datetime(2027, 3, 1, 9, 0, tzinfo=LIMA)) as made:
        say(made, "que obras hay en zurite", ROSA)
        say(made, "qwrtp zxcvb", ROSA)
        say(made, "mi mama se esta desangrando q hago", JUAN)
        say(made, "la posta de Zurite no tiene medicinas", ROSA)
        say(made, "BAJA", JUAN)
        rosa = people.load(made.store.read, f"tel:{ROSA}")
        assert rosa
        with made.store.write() as tx:
            patient = Patient(made.clock.new_id(), rosa.id, "Luis Mamani Huamán", age_months=60, consent="given")
            appointments.add_patient(tx, patient, made.clock.now())
        accounts.first_admin(made.store, made.clock, PASSWORD)
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        await browser.close()


async def enter(browser: Browser, house: House, width: int = WIDE, is_scripted: bool = True) -> Page:
    page = await visit(browser, house, width, is_scripted)
    await come_in(page, "admin", PASSWORD)
    await expect(page.get_by_role("heading", name="Buen día")).to_be_visible()
    return page


async def test_a_counter_changes_by_itself(browser: Browser, house: House) -> None:
    page = await enter(browser, house)
    counter = page.locator("[data-vivo=no_entendidos]")
    await expect(counter).to_have_text("1")
    say(house, "plmkn", JUAN)
    await expect(counter).to_have_text("2", timeout=10_000)
    still = await enter(browser, house, is_scripted=False)
    await expect(still.locator("[data-vivo=no_entendidos]")).to_have_text("2")


@pytest.mark.parametrize("is_scripted", [True, False])
async def test_a_person_is_found_seen_and_erased(browser: Browser, house: House, is_scripted: bool) -> None:
    page = await enter(browser, house, NARROW, is_scripted)
    await page.get_by_role("link", name="Personas", exact=True).click()
    await page.get_by_label("Número, sus últimas cifras").fill("mamani")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="••• ••• 111").click()
    await expect(page.get_by_text("984 000 111")).to_have_count(0)
    await page.get_by_role("button", name="Ver el número entero").click()
    await expect(page.get_by_role("definition").filter(has_text="984 000 111")).to_be_visible()
    await page.get_by_role("link", name="Borrar sus datos").click()
    await page.get_by_label("Esta persona lo pidió").check()
    await page.get_by_role("button", name="Borrar para siempre").click()
    await expect(page.get_by_role("status")).to_have_text("Sus datos están borrados.")
    await page.get_by_label("Número, sus últimas cifras").fill("mamani")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("No hay nadie así.")).to_be_visible()


@pytest.mark.parametrize("width", [NARROW, WIDE])
async def test_every_page_is_for_everyone(browser: Browser, house: House, width: int) -> None:
    page = await enter(browser, house, width)
    rosa = people.load(house.store.read, f"tel:{ROSA}")
    assert rosa
    hers = f"/personas/{rosa.id}"
    for path in ("/", "/revisar", "/llamar", "/salida", "/personas", "/personas?busca=11", "/personas?busca=111", hers):
        await page.goto(f"http://127.0.0.1:{house.settings.port}{path}")
        await assert_shown_well(page, width)
    await page.goto(f"http://127.0.0.1:{house.settings.port}{hers}/borrar")
    await assert_shown_well(page, width)
