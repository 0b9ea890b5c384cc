"""Panorama in a real Chromium: for everyone, at both widths, and on one sheet of paper."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.app import House
from bot.clock import LIMA
from bot.service import accounts, publishing
from tests.test_desk_browser import NARROW, PASSWORD, WIDE, assert_shown_well, browser, come_in, house, visit
from tests.test_panorama import a_february

__all__ = ["browser", "house"]

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

APRIL = datetime(2027, 4, 2, tzinfo=LIMA)


def fill(house: House) -> None:
    accounts.first_admin(house.store, house.clock, PASSWORD)
    a_february(house)
    with house.store.write() as tx:
        publishing.publish(tx, APRIL)


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_figures_are_for_everyone(browser: Browser, house: House, width: int, scheme: str) -> None:
    fill(house)
    page = await visit(browser, house, width)
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await come_in(page, "admin", PASSWORD)
    await page.get_by_role("link", name="Panorama").click()
    await page.get_by_label("Filas").select_option("Distrito")
    await page.get_by_label("Comparar con").select_option("un año antes")
    await page.get_by_role("button", name="Ver").click()
    await expect(page.get_by_role("img", name="Reportes, los más primero")).to_be_visible()
    await assert_shown_well(page, width)
    await page.get_by_role("link", name="Hoja para imprimir").click()
    await expect(page.get_by_role("heading", name="Lo que dijo la gente en febrero de 2027")).to_be_visible()
    await assert_shown_well(page, width)


async def test_paper_never_has_exact_figures(browser: Browser, house: House, tmp_path: Path) -> None:
    fill(house)
    page = await visit(browser, house)
    await come_in(page, "admin", PASSWORD)
    await page.get_by_role("link", name="Panorama").click()
    await page.emulate_media(media="print")
    for exact in await page.locator("table, .cifra, svg.grafico").all():
        await expect(exact).to_be_hidden()
    await expect(page.get_by_text("no se reparten en papel")).to_be_visible()
    await page.goto(f"http://127.0.0.1:{house.settings.port}/panorama/imprimir")
    await expect(page.get_by_role("table").first).to_be_visible()
    paper = await page.pdf(format="A4")
    assert b"/Count 1" in paper


async def test_a_download_is_a_file(browser: Browser, house: House) -> None:
    fill(house)
    page = await visit(browser, house, is_scripted=False)
    await come_in(page, "admin", PASSWORD)
    await page.get_by_role("link", name="Panorama").click()
    form = page.locator("form[action='/exportar/reportes']").first
    async with page.expect_download() as waiting:
        await form.get_by_role("button", name="Excel").click()
    assert (await waiting.value).suggested_filename.startswith("reportes-2027-03-01")
