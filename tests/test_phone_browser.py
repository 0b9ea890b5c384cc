"""The resident's phones in a real Chromium: texting with and without JavaScript, at both widths, for everyone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Response, async_playwright, expect

from bot.app import House
from bot.clock import LIMA
from bot.desk.parts import Parts
from bot.desk.web import application
from bot.settings import Settings
from tests.servers import chromium

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

WIDTHS = (360, 1280)
PATIENCE_MS = 6_000
NUMBER = "984000222"
ARGUMENTS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync""".split()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(Settings(data=tmp_path, start=datetime(2027, 3, 1, 9, 0, tzinfo=LIMA)))
    yield house
    house.close()


@pytest_asyncio.fixture(loop_scope="module")
async def address(house: House) -> AsyncIterator[str]:
    async def nothing(*_: object) -> None: ...

    parts = Parts(house.settings, house.clock, house.store, house.commits, house.inbox, house.library.knowledge)
    async with TestServer(application(parts, None, nothing, nothing)) as server:
        yield str(server.make_url(f"/telefono?numero={NUMBER}"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def complaints() -> list[str]:
    return []


def watch(page: Page, here: str, complaints: list[str]) -> None:
    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def answered(answer: Response) -> None:
        if answer.status >= 400 or not answer.url.startswith(here):
            complaints.append(f"{answer.status} {answer.url}")

    page.on("console", said)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("response", answered)


async def open_page(browser: Browser, address: str, complaints: list[str], **context: Any) -> Page:
    """A page whose every complaint is kept: console errors, exceptions, answers of 400 and more, other sites."""
    page = await (await browser.new_context(**context)).new_page()
    page.set_default_timeout(PATIENCE_MS)
    watch(page, address.partition("/telefono")[0], complaints)
    await page.goto(address)
    return page


def replies(page: Page, medium: str) -> Locator:
    return page.locator(f"#{medium} .nuestro")


async def text(page: Page, medium: str, said: str) -> None:
    """Write and send, and wait for the answer."""
    before = await replies(page, medium).count()
    await page.fill(f"#texto-{medium}", said)
    await page.press(f"#texto-{medium}", "Enter")
    await expect(replies(page, medium).nth(before)).to_be_visible()


async def converse(page: Page) -> None:
    """A resident with both phones: a question by SMS, the menu and a button by Telegram."""
    await text(page, "sms", "MENU")
    await expect(page.locator("#sms .dato").last).to_contain_text("GSM-7 · S/ 0.")
    await expect(page.locator("#sms .cuenta")).not_to_contain_text("S/ 0.00")
    await text(page, "telegram", "CASTELLANO")
    await text(page, "telegram", "MENU")
    before = await replies(page, "telegram").count()
    await page.get_by_role("button", name="Obras").last.click()
    await expect(replies(page, "telegram").nth(before)).to_be_visible()
    await expect(page.locator("#telegram .suyo").last).to_contain_text("Obras")


async def assert_shown_well(page: Page, width: int) -> None:
    """No scrolling to the side, the newest message in sight, and nothing that axe objects to."""
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    for medium in ("sms", "telegram"):
        is_in_sight = """([medium]) => {
            const log = document.querySelector(`#${medium} .charla`).getBoundingClientRect();
            const last = [...document.querySelectorAll(`#${medium} .charla li`)].at(-1).getBoundingClientRect();
            return last.bottom <= log.bottom + 1 && last.bottom > log.top;
        }"""
        assert await page.evaluate(is_in_sight, [medium])
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", WIDTHS)
async def test_texting_with_javascript_never_leaves_the_page(
    browser: Browser, address: str, complaints: list[str], width: int
) -> None:
    page = await open_page(browser, address, complaints, viewport={"width": width, "height": 800})
    await page.evaluate("window.stayed = true")
    await converse(page)
    assert await page.evaluate("window.stayed")
    await page.fill("#texto-sms", "feria")
    await page.press("#texto-sms", "Enter")
    await expect(page.locator("#texto-sms")).to_be_focused()
    await expect(page.locator("#texto-sms")).to_have_value("")
    await assert_shown_well(page, width)
    assert complaints == []


async def test_texting_without_javascript(browser: Browser, address: str, complaints: list[str]) -> None:
    size = {"width": 360, "height": 800}
    page = await open_page(browser, address, complaints, viewport=size, java_script_enabled=False)
    await converse(page)
    await page.get_by_role("link", name="obras agua 2008").click()
    await expect(page.locator("#texto-sms")).to_have_value("obras agua 2008")
    assert complaints == []
    await assert_shown_well(await open_page(browser, address, complaints, viewport=size), 360)


async def test_a_narrow_dark_screen_and_an_empty_one(browser: Browser, address: str, complaints: list[str]) -> None:
    size = {"width": 320, "height": 640}
    page = await open_page(browser, address, complaints, viewport=size, color_scheme="dark")
    await assert_shown_well(page, 320)
    refused = await page.goto(f"{address}0")
    assert refused
    assert refused.status == 400
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


async def test_a_late_message_appears_by_itself(browser: Browser, address: str, complaints: list[str]) -> None:
    page = await open_page(browser, address, complaints)
    await page.clock.install()
    await page.reload()
    other = await open_page(browser, address, complaints)
    await text(other, "sms", "MENU")
    await expect(replies(page, "sms")).to_have_count(0)
    await page.clock.run_for(3_000)
    await expect(replies(page, "sms").first).to_be_visible()
    await expect(page.locator("#sms .cuenta")).not_to_contain_text("S/ 0.00")
    assert complaints == []


async def test_an_example_the_other_language_and_the_clock(
    browser: Browser, address: str, complaints: list[str]
) -> None:
    page = await open_page(browser, address, complaints)
    await page.locator("#texto-telegram").click()
    await page.get_by_role("link", name="zuritepi ima obran kashan").click()
    await expect(page.locator("#texto-sms")).to_have_value("zuritepi ima obran kashan")
    await expect(page.locator("#texto-telegram")).to_have_value("zuritepi ima obran kashan")
    await expect(page.locator("#texto-telegram")).to_be_focused()
    await page.get_by_role("button", name="Quechua").click()
    await expect(page.locator("#telegram .suyo")).to_contain_text("QUECHUA")
    await expect(page.locator("#sms .suyo")).to_contain_text("QUECHUA")
    await page.fill("#hora", "2027-12-24T18:30")
    await page.get_by_role("button", name="Poner").click()
    await expect(page.locator("#hora-ayuda")).to_contain_text("viernes 24 de diciembre de 2027, a las 18:3")
    await page.get_by_role("link", name="Otra persona").click()
    assert f"numero={NUMBER}" not in page.url
    assert "adelanto=" in page.url
    await expect(page.locator("#sms .suyo")).to_have_count(0)
    assert complaints == []


async def test_what_cannot_be_sent_stays_in_the_box(browser: Browser, address: str, complaints: list[str]) -> None:
    page = await open_page(browser, address, complaints)
    await page.route("**/telefono", lambda route: route.abort())
    await page.fill("#texto-sms", "hay feria?")
    await page.press("#texto-sms", "Enter")
    await expect(page.get_by_role("status").first).to_contain_text("No se pudo enviar")
    await expect(page.locator("#texto-sms")).to_have_value("hay feria?")
