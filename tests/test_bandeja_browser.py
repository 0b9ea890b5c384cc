"""A Mesa's morning in a real Chromium: the oldest overdue case answered in both languages, three joined, one moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.app import House
from bot.clock import LIMA
from bot.records import cases
from bot.records.audit import Actor
from bot.records.cases import Case
from bot.service import accounts
from bot.service.accounts import Wish
from tests.running import serving
from tests.servers import chromium
from tests.test_bandeja import CUSI, LUZ, spoke
from tests.test_desk_browser import NARROW, PASSWORD, PATIENCE_MS, WIDE, assert_shown_well, come_in, visit
from tests.test_phone_browser import ARGUMENTS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with serving(tmp_path, start=datetime(2027, 3, 1, 9, 0, tzinfo=LIMA)) as made:
        accounts.first_admin(made.store, made.clock, PASSWORD)
        with made.store.write() as tx:
            wish, hashed = Wish("Marta", "mesa", mesas=("salud",)), accounts.hash_password(PASSWORD)
            accounts.create(tx, made.clock, Actor(None, "a test"), wish, hashed, False)
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
    browser: Browser, house: House, name: str = "Marta", width: int = WIDE, is_scripted: bool = True
) -> Page:
    page = await visit(browser, house, width, is_scripted)
    await page.goto(address(house, "/bandeja"))
    await come_in(page, name, PASSWORD)
    await expect(page.get_by_role("heading", name="Bandeja")).to_be_visible()
    return page


async def her_phone(browser: Browser, house: House, said: str, number: str = "984000222") -> Page:
    """A resident who texts from her phone in the browser."""
    phone = await (await browser.new_context()).new_page()
    phone.set_default_timeout(PATIENCE_MS)
    await phone.goto(address(house, f"/telefono?numero={number}"))
    form = phone.locator(".sencillo .escribir")
    await form.get_by_role("textbox").fill(said)
    await form.get_by_role("button").click()
    await expect(phone.locator(".sencillo")).to_contain_text("Codigo")
    return phone


async def what_is_due_is_said(house: House) -> None:
    """The next look at the rows, now and not in some seconds."""
    for channel in await house.commits.run(lambda tx: house.clockwork.tick(tx, house.clock.now())):
        house.senders[channel].wake()


def put_off(house: House, how_long: timedelta) -> None:
    """All that came in so far came in earlier."""
    with house.store.write() as tx:
        for case in cases.every(tx, cases.Filter()):
            cases.keep_open(tx, case.id, case.due_at - how_long)


@pytest.mark.parametrize("is_scripted", [True, False])
async def test_a_mesas_morning(browser: Browser, house: House, is_scripted: bool) -> None:
    phone = await her_phone(browser, house, "quejakuyta munani: zurite postapi manan hampi kanchu")
    first = cases.every(house.store.read, cases.Filter())[0]
    assert (first.mesa, first.language, first.district) == ("salud", "quz", "zurite")
    put_off(house, timedelta(days=3))
    others = [spoke(house, "no hay medicina", CUSI), spoke(house, "falta medicina en la posta", LUZ)]
    misplaced = spoke(house, "la escuela no tiene agua", "+51984000666", district="anta")

    desk = await at_the_desk(browser, house, is_scripted=is_scripted)
    await desk.get_by_role("link", name="Bandeja").click()
    await desk.get_by_label("Estado").select_option("vencidas")
    await desk.get_by_role("button", name="Buscar").click()
    await desk.locator("tbody th a").first.click()
    await expect(desk.locator(".dicho").first).to_contain_text("hampi kanchu")

    await desk.get_by_text("Unir con otros parecidos").click()
    for other in others:
        await desk.get_by_role("checkbox", name=other.code).check()
    await desk.get_by_role("button", name="Unir").click()
    await expect(desk.get_by_role("heading", name="Lo dijeron 3 personas")).to_be_visible()

    await desk.get_by_label("Respuesta preparada").select_option(label="Esta semana iremos a ver. Gracias por avisar.")
    if not is_scripted:
        await desk.get_by_role("button", name="Usar").click()
    await expect(desk.get_by_label("En quechua")).to_have_value("Kay semana qhawaq risaqku. Añay.")
    await expect(desk.locator("#vista")).to_contain_text("1 persona lo lee en quechua")
    await desk.get_by_label("En castellano").fill("El jueves llega la medicina. Gracias por avisar.")
    if not is_scripted:
        await desk.get_by_role("button", name="Ver cómo llegará").click()
    await expect(desk.locator("#vista blockquote").first).to_contain_text("El jueves llega la medicina")
    await desk.get_by_label("Es la última respuesta").check()
    await desk.get_by_role("button", name="Enviar la respuesta").click()
    await expect(desk.get_by_role("status")).to_contain_text("La respuesta va a 3 personas.")
    await what_is_due_is_said(house)
    await phone.reload()
    await expect(phone.locator(".sencillo")).to_contain_text("Kay semana qhawaq risaqku. Añay. ¿Yanapasunkichu?")

    await desk.get_by_role("link", name="Bandeja", exact=True).click()
    await desk.get_by_role("link", name=misplaced.code).click()
    await desk.get_by_text("Pasar a otra mesa").click()
    await desk.locator("form[action$=mover]").get_by_label("Mesa").select_option("Educación")
    await desk.get_by_label("Por qué", exact=True).fill("Es de la escuela.")
    await desk.get_by_role("button", name="Pasar", exact=True).click()
    await expect(desk.get_by_role("status").first).to_contain_text("pasó a la mesa Educación")
    await expect(desk.get_by_text("No hay mensajes así.")).to_be_visible()


async def test_what_it_costs_is_shown_while_it_is_written(browser: Browser, house: House) -> None:
    case = spoke(house)
    desk = await at_the_desk(browser, house)
    await desk.goto(address(house, f"/bandeja/{case.id}"))
    await expect(desk.get_by_role("button", name="Ver cómo llegará")).to_be_hidden()
    await desk.get_by_label("En castellano").press_sequentially("Iremos")
    await expect(desk.locator("#vista figcaption")).to_have_text("Castellano · 1 SMS · S/ 0.25")
    await desk.get_by_label("En castellano").fill("Iremos a ver la posta. " * 14)
    await expect(desk.locator("#vista .error")).to_contain_text("ocupa 3 SMS")


def busy(house: House) -> Case:
    """A case with everything that can be in it, and others like it."""
    with_all = spoke(house, "Falta medicina en la posta, y la enfermera no viene los lunes ni los martes", about="")
    joined = spoke(house, "postapi manan hampi kanchu " + "a" * 120, CUSI, language="quz", is_anonymous=True)
    spoke(house, "tampoco hay doctor", LUZ, ago=timedelta(days=4), kind="need")
    with house.store.write() as tx:
        cases.join(tx, [joined.id], with_all.id)
    return with_all


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_is_for_everyone(browser: Browser, house: House, width: int, scheme: str) -> None:
    case = busy(house)
    page = await at_the_desk(browser, house, "admin", width)
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in ("", "?estado=todas&desde=x", f"/{case.id}", f"/{case.id}?respuesta=visita", "/respuestas", "/mesas"):
        await page.goto(address(house, f"/bandeja{path}"))
        await assert_shown_well(page, width)
    await page.goto(address(house, f"/bandeja/{case.id}"))
    await page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
    await assert_shown_well(page, width)
    await page.get_by_role("button", name="Enviar la respuesta").click()
    await expect(page.locator("#es-error")).to_be_visible()
    await assert_shown_well(page, width)
    await page.get_by_role("link", name="Escriba la respuesta").click()
    await expect(page.get_by_label("En castellano")).to_be_focused()


async def test_a_case_on_paper_is_the_conversation_and_no_forms(browser: Browser, house: House) -> None:
    case = busy(house)
    page = await at_the_desk(browser, house)
    await page.goto(address(house, f"/bandeja/{case.id}"))
    await page.emulate_media(media="print")
    await expect(page.locator(".dicho").first).to_be_visible()
    for unprinted in ("nav", "form", "button", ".sesion"):
        for each in await page.locator(unprinted).all():
            await expect(each).to_be_hidden()
