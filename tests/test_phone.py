"""The resident's phones as a browser without JavaScript sees them: pages, forms, pieces, and what is refused."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.app import House
from bot.clock import LIMA, from_text
from bot.desk import phone
from bot.desk.parts import Parts
from bot.desk.web import application
from bot.settings import Settings

Browser = TestClient[web.Request, web.Application]

NUMBER = "984000111"
PAGE = f"/telefono?numero={NUMBER}"
NOW = datetime(2027, 3, 1, 9, 0, tzinfo=LIMA)
LONGEST_PAGE_BYTES = 60_000


async def _nothing(*_: object) -> None:
    """What the phone never calls."""


def house_application(house: House) -> web.Application:
    parts = Parts(house.settings, house.clock, house.store, house.commits, house.inbox, house.library.knowledge)
    return application(parts, None, _nothing, _nothing)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(Settings(data=tmp_path, start=NOW))


@pytest.fixture
async def browser(house: House) -> AsyncIterator[Browser]:
    async with TestClient(TestServer(house_application(house))) as client:
        yield client
    house.close()


async def write(browser: Browser, text: str = "MENU", medium: str = "sms", **more: str) -> ClientResponse:
    form = {"numero": NUMBER, "medio": medium, "texto": text} | more
    return await browser.post("/telefono", data=form, allow_redirects=False)


async def piece(browser: Browser, text: str = "MENU", medium: str = "sms", **more: str) -> str:
    answer = await write(browser, text, medium, trozo="1", **more)
    assert answer.status == 200
    return await answer.text()


def last_inbound(house: House) -> dict[str, str]:
    row = house.store.read.one("SELECT * FROM inbound ORDER BY id DESC LIMIT 1")
    assert row
    return dict(row)


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_first_visit_is_given_a_number_of_its_own(browser: Browser) -> None:
    numbers = set()
    for path in ("/telefono", "/telefono", "/telefono?numero="):
        answer = await browser.get(path)
        assert answer.status == 200
        numbers.add(answer.url.query["numero"])
    assert len(numbers) == 3
    assert all(re.fullmatch("984[0-9]{6}", number) for number in numbers)


async def test_the_page_has_both_phones_and_every_control(browser: Browser) -> None:
    text = await (await browser.get(PAGE)).text()
    for wanted in ('id="sms"', 'id="telegram"', "Idioma de la persona", "Hora en el teléfono", "Otra persona"):
        assert wanted in text
    assert "zuritepi ima obran kashan" in text
    assert "lunes 1 de marzo de 2027, a las" in text
    assert "style=" not in text
    assert "<script>" not in text


async def test_the_first_visit_is_small(browser: Browser) -> None:
    text = await (await browser.get(PAGE)).text()
    files = re.findall(r'(?:href|src)="(/estatico/[^"]+)"', text)
    assert len(files) == 3
    sizes = {Path(file).suffix.partition("?")[0]: len(await (await browser.get(file)).read()) for file in files}
    assert sizes[".css"] <= 8_192
    assert sizes[".js"] <= 3_072
    assert len(text.encode()) + sum(sizes.values()) <= LONGEST_PAGE_BYTES


async def test_the_page_is_kept_nowhere_and_names_its_own_site_only_to_itself(browser: Browser) -> None:
    headers = (await browser.get(PAGE)).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")


async def test_a_long_talk_shows_its_end_and_counts_all_of_it(tmp_path: Path) -> None:
    house = House(Settings(data=tmp_path, start=NOW, limits=False))
    async with TestClient(TestServer(house_application(house))) as browser:
        for n in range(phone.LINES_SHOWN):
            await write(browser, f"obras {n}")
        text = await (await browser.get(PAGE)).text()
        row = house.store.read.one("SELECT count(*) AS n, sum(segments) AS s FROM outbox")
    house.close()
    assert row
    assert text.count("<li id=") == phone.LINES_SHOWN
    assert f"{row['n']} respuestas, {row['s']} segmentos: <strong>S/ {row['s'] * 0.25:.2f}</strong>" in text


# ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_sms_is_answered_with_its_segments_and_price(browser: Browser) -> None:
    answer = await write(browser, "MENU")
    assert (answer.status, answer.headers["Location"]) == (303, f"{PAGE}#sms")
    text = await (await browser.get(PAGE)).text()
    costs = re.findall(r"(\d) segmentos? · GSM-7 · S/ (\d\.\d\d)", text)
    assert costs
    assert all(float(price) == int(segments) * 0.25 for segments, price in costs)
    total = sum(float(price) for _, price in costs)
    assert f"<strong>S/ {total:.2f}</strong> en total" in text


async def test_the_price_is_the_one_of_the_settings(tmp_path: Path) -> None:
    house = House(Settings(data=tmp_path, start=NOW, sms_price_soles=0.1))
    async with TestClient(TestServer(house_application(house))) as browser:
        assert re.search(r"(\d) segmentos? · GSM-7 · S/ 0\.\1", await piece(browser, "MENU"))
        assert "Aquí cada uno se cuenta a <strong>S/ 0.10</strong>" in await (await browser.get(PAGE)).text()
    house.close()


async def test_a_reply_has_the_language_it_is_in(browser: Browser) -> None:
    assert '<p class="dicho" lang="quz">' in await piece(browser, "zuritepi ima obran kashan")


async def test_telegram_keeps_its_spelling_and_its_buttons_work(browser: Browser, house: House) -> None:
    await write(browser, "CASTELLANO", "telegram")
    shown = await piece(browser, "MENU", "telegram")
    assert "¿Qué quiere saber?" in shown
    assert "segmento" not in shown.partition('class="cuenta"')[0]
    buttons = re.findall(r'<button form="pulsar-telegram" name="press" value="([^"]+)">([^<]+)</button>', shown)
    data, label = next((unescape(data), label) for data, label in buttons if label == "Obras")
    after = await piece(browser, "", "telegram", press=data)
    assert after.count('class="nuestro"') == shown.count('class="nuestro"') + 1
    assert "Usted pulsó" in after
    row = last_inbound(house)
    assert (row["kind"], row["body"], row["state"]) == ("press", label, "answered")


async def test_the_two_phones_are_two_addresses(browser: Browser, house: House) -> None:
    await write(browser, "MENU")
    await write(browser, "MENU", "telegram")
    rows = house.store.read.all("SELECT address FROM addresses ORDER BY address")
    assert [row["address"] for row in rows] == ["tel:+51984000111", "telegram:51984000111"]


@pytest.mark.parametrize("number", ["+51 984-000 111", "51984000111", "984.000.111"])
async def test_a_number_may_be_written_as_people_write_it(browser: Browser, house: House, number: str) -> None:
    await write(browser, "MENU", numero=number)
    assert house.store.read.one("SELECT 1 FROM addresses WHERE address = 'tel:+51984000111'")


@pytest.mark.parametrize(("choice", "word"), [("quz", "QUECHUA"), ("es", "CASTELLANO")])
async def test_the_language_is_asked_for_by_its_word_on_both_phones(
    browser: Browser, house: House, choice: str, word: str
) -> None:
    assert (await write(browser, idioma=choice)).status == 303
    rows = house.store.read.all("SELECT medium, body FROM inbound ORDER BY id")
    assert [tuple(row) for row in rows] == [("sms", word), ("telegram", word)]


async def test_what_she_writes_is_cleaned_and_may_be_empty(browser: Browser, house: House) -> None:
    await write(browser, "\u202e me\x00nu\u200b")
    assert last_inbound(house)["body"] == " menu"
    await write(browser, "")
    row = last_inbound(house)
    assert (row["kind"], row["body"]) == ("other", "")
    await write(browser, "a" * 50_000)
    assert len(last_inbound(house)["body"]) == 10_000


async def test_a_piece_says_when_nothing_is_new(browser: Browser) -> None:
    shown = await piece(browser)
    found = re.search(r'data-ultimo="(\d+)"', shown)
    assert found
    assert (await browser.get(f"/telefono/charla?numero={NUMBER}&desde={found[1]}")).status == 204
    again = await browser.get(f"/telefono/charla?numero={NUMBER}")
    assert await again.text() == shown
    other = await browser.get(f"/telefono/charla?numero={NUMBER}&medio=telegram")
    assert "<li id=" not in await other.text()


async def test_who_has_herself_erased_sees_the_answer_once(browser: Browser) -> None:
    await write(browser, "MENU")
    await write(browser, "BORRAR")
    farewell = await piece(browser, "1")
    assert farewell.count("<li id=") == 1
    assert "Borramos sus datos" in farewell
    assert "<li id=" not in await (await browser.get(PAGE)).text()


async def test_a_flood_is_shown_as_unanswered(browser: Browser) -> None:
    for _ in range(20):
        await write(browser, "MENU")
    assert "son muchos mensajes seguidos" in await piece(browser)


# ── the clock ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_chosen_hour_is_kept_in_the_address_and_runs_on(browser: Browser, house: House) -> None:
    answer = await browser.get(f"{PAGE}&hora=2027-12-24T18:30")
    ahead = int(answer.url.query["adelanto"])
    assert abs(NOW + timedelta(seconds=ahead) - datetime(2027, 12, 24, 18, 30, tzinfo=LIMA)) < timedelta(minutes=1)
    text = await answer.text()
    assert re.search(r'name="hora" type="datetime-local" value="2027-12-24T18:3\d"', text)
    assert "viernes 24 de diciembre de 2027, a las" in text
    sent = await write(browser, "MENU", adelanto=str(ahead))
    assert f"adelanto={ahead}" in sent.headers["Location"]
    at = from_text(last_inbound(house)["received_at"]).astimezone(LIMA)
    assert f"{at:%Y-%m-%d %H}" == "2027-12-24 18"
    assert '<p class="dia">viernes 24 de diciembre</p>' in await (await browser.get(f"{PAGE}&adelanto={ahead}")).text()


async def test_an_emptied_hour_is_now_again(browser: Browser) -> None:
    answer = await browser.get(f"{PAGE}&adelanto=86400&hora=")
    assert "adelanto" not in answer.url.query


# ── what is refused ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "query",
    [
        "numero=123",
        "numero=<script>",
        "numero=٩٨٤٠٠٠١١١",
        "numero=%FF%00",
        f"numero={NUMBER}&hora=ayer",
        f"numero={NUMBER}&hora=0001-01-01T00:00",
        f"numero={NUMBER}&hora=9999-12-31T23:59",
        f"numero={NUMBER}&adelanto=1e9",
        f"numero={NUMBER}&adelanto=9999999999",
    ],
)
async def test_a_number_or_hour_that_cannot_be_used_is_said_in_a_sentence(browser: Browser, query: str) -> None:
    answer = await browser.get(f"/telefono?{query}")
    text = await answer.text()
    assert answer.status == 400
    assert re.search(r'<p class="lema">(Ese número|Esa hora) [^<]+\.', text)
    assert "<script>" not in text


@pytest.mark.parametrize(
    "fault",
    [
        {"numero": "12"},
        {"numero": ""},
        {"medio": "fax"},
        {"adelanto": "mañana"},
        {"idioma": "latín"},
        {"press": "x" * 65},
    ],
)
async def test_a_form_that_cannot_be_used_stores_nothing(browser: Browser, house: House, fault: dict[str, str]) -> None:
    answer = await write(browser, **fault)
    assert answer.status == 400
    assert '<p class="lema">' in await answer.text()
    assert house.store.read.all("SELECT 1 FROM inbound") == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"numero=984000111&texto=ma\xf1ana"),
        ("application/x-www-form-urlencoded; charset=none", b"numero=984000111&texto=\xff"),
        ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(1000))),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("application/json", b'{"numero": "984000111"}'),
        ("text/plain", b""),
    ],
)
async def test_what_is_no_form_is_no_server_error(browser: Browser, kind: str, body: bytes) -> None:
    answer = await browser.post("/telefono", data=body, headers={"Content-Type": kind})
    assert answer.status == 400


async def test_what_is_too_much_is_refused(browser: Browser) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    body = BytesIO(f"numero={NUMBER}&texto={'a' * 2_000_000}".encode())
    assert (await browser.post("/telefono", data=body, headers=kind)).status == 413


async def test_an_unknown_button_and_lone_surrogates_are_answered(browser: Browser) -> None:
    assert "<li id=" in await piece(browser, "", "telegram", press="nowhere.nothing.9")
    body = f"numero={NUMBER}&trozo=1&texto=%ED%A0%80"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await browser.post("/telefono", data=body, headers=kind)).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
async def test_a_post_from_another_site_is_refused(browser: Browser, house: House, headers: dict[str, str]) -> None:
    form = {"numero": NUMBER, "texto": "MENU"}
    assert (await browser.post("/telefono", data=form, headers=headers)).status == 403
    assert house.store.read.all("SELECT 1 FROM inbound") == []


async def test_a_post_from_the_page_itself_is_taken(browser: Browser) -> None:
    here = str(browser.make_url("/")).rstrip("/")
    for headers in ({"Origin": here}, {"Origin": "null", "Sec-Fetch-Site": "same-origin"}):
        form = {"numero": NUMBER, "texto": "MENU", "trozo": "1"}
        assert (await browser.post("/telefono", data=form, headers=headers)).status == 200


HOSTILE = "<script>alert(1)</script> {{7*7}} {% raw %} \"><img src=x onerror=alert(1)> ' & </p>"


async def test_what_a_person_wrote_is_text(browser: Browser) -> None:
    for medium in ("sms", "telegram"):
        await write(browser, HOSTILE, medium)
    prepared = await browser.get("/telefono", params={"numero": NUMBER, "texto": HOSTILE})
    text = await prepared.text()
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "49" not in re.sub(r"\d{3,}", "", text)
    assert [unescape(said) for said in re.findall(r'<p class="dicho"[^>]*>(.*?)</p>', text)].count(HOSTILE) == 2


async def test_the_phone_is_absent_where_real_people_text(tmp_path: Path) -> None:
    house = House(Settings(data=tmp_path, public_url="https://chaski.example"))
    async with TestClient(TestServer(house_application(house))) as browser:
        for path in ("/telefono", "/telefono/charla"):
            assert (await browser.get(path)).status == 404
        assert (await browser.post("/telefono", data={"numero": NUMBER})).status == 404
    house.close()


async def test_a_person_with_both_phones_has_two_talks(browser: Browser, house: House) -> None:
    await write(browser, "MENU")
    with house.store.write() as tx:
        tx.run("INSERT INTO addresses SELECT 'telegram:51984000111', person_id, NULL, NULL FROM addresses")
    assert "MENU" in await (await browser.get(f"/telefono/charla?numero={NUMBER}")).text()
    assert "<li id=" not in await (await browser.get(f"/telefono/charla?numero={NUMBER}&medio=telegram")).text()
