"""The flyer: both languages, a number that is read from afar, codes that a camera reads, and never a word cut off."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.async_api import Browser, Page, async_playwright

from bot.clock import LIMA
from bot.desk.avisos.flyer import SCALES, Fact, Flyer, codes, page, scale
from bot.desk.avisos.paper import pdf, printable
from bot.desk.pages import STATIC
from bot.records.agenda import Name
from bot.records.store import Store
from bot.service import content, knowledge
from bot.service.knowledge import Library
from bot.service.notices.leaflet import Words, words
from tests.papers import apart, decoded, drawn, printed, written
from tests.servers import chromium
from tests.test_phone_browser import ARGUMENTS

A4_LANDSCAPE = (841.8898, 595.2756)
TELEGRAM = "https://t.me/AntaChaskiBot?start=CITA"
NARROW, WIDE = 360, 1280


def said() -> Words:
    library = Library(knowledge.files(), with_samples=True, office_phone="")
    store = Store(":memory:")
    with store.write() as tx:
        content.seed(tx, library.content, datetime(2027, 3, 1, 9, tzinfo=LIMA))
        return words(library.knowledge(tx), "CITA")


WORDS = said()


def flyer(**changes: Any) -> Flyer:
    """The paediatrician comes to Compone."""
    facts = (
        Fact(WORDS.day, Name("viernes 12 de marzo", "viernes 12 marzo")),
        Fact(WORDS.hour, Name("8 am a 1 pm", "8:00manta 1:00kama")),
        Fact(WORDS.place, Name("local comunal de Compone")),
        Fact(WORDS.bring, Name("DNI y tarjeta de control del niño", "DNI, wawapa control tarjetan")),
        Fact(WORDS.cost, Name("medicamentos a bajo costo", "barato hampikuna")),
    )
    usual: dict[str, Any] = {
        "title_es": "Campaña de salud para niños, Compone",
        "title_quz": "Wawakunapaq salud campaña, Compone",
        "text_es": "Viene el pediatra. Traiga a sus hijos. Para una cita, escriba CITA.",
        "text_quz": "Pediatra (wawakunapaq) hamunqa. Wawaykikunata pusamuy. Citata munanki chayqa, CITA qillqay.",
        "facts": facts,
        "number": "+51984000111",
        "keyword": "CITA",
        "words": WORDS,
        "telegram_link": TELEGRAM,
    }
    return Flyer(**{**usual, **changes})


def of_lengths(text: str, title: int, body: int, value: int, telegram: bool = True) -> Flyer:
    """A flyer whose words are as long as that, other words in each language."""
    long = text * 330

    def both(letters: int) -> Name:
        return Name(long[:letters], long[1 : letters + 1])

    return flyer(
        title_es=both(title).es,
        title_quz=both(title).quz,
        text_es=both(body).es,
        text_quz=both(body).quz,
        facts=tuple(Fact(fact.label, both(value)) for fact in flyer().facts),
        telegram_link=TELEGRAM if telegram else "",
    )


# ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_every_flyer_says_is_in_the_catalogue_of_both_languages() -> None:
    assert WORDS.sender == Name("La Municipalidad Provincial de Anta le informa", "Anta municipalidad willasunki")
    assert WORDS.write == Name("Escriba CITA a este número", "Kay numeroman CITA qillqay")
    assert [each.quz for each in (WORDS.day, WORDS.place, WORDS.bring)] == ["P'unchaw", "Maypi", "Apamuy"]


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+51984000111", "984 000 111"), ("51234", "51234"), ("+5184201234", "+5184201234"), ("+14155550100",) * 2],
)
def test_a_number_of_peru_is_shown_as_people_say_it(number: str, shown: str) -> None:
    assert flyer(number=number).number_shown == shown


def test_both_languages_stand_on_the_page_with_quechua_first() -> None:
    shown = page(flyer())
    for fact in flyer().facts:
        assert shown.index(fact.value.quz or fact.value.es) <= shown.index(fact.value.es)
    assert shown.index("Wawakunapaq salud") < shown.index('class="es">Campaña de salud')
    assert shown.count("local comunal de Compone") == 2
    assert 'href="sms:+51984000111?body=CITA"' in shown


def test_what_people_typed_is_text_and_no_order() -> None:
    typed = flyer(title_es="<b>Hoy</b> & mañana", text_quz="<script>1</script>", facts=())
    assert "&lt;b&gt;Hoy&lt;/b&gt; &amp; mañana" in page(typed)
    assert "<script>" not in page(typed)
    assert "".join(each.text for each in written(pdf(typed))).count("<b>Hoy</b> & mañana") == 2


def test_longer_words_are_never_bigger() -> None:
    scales = [scale(of_lengths("palabra ", 40, body, 30)) for body in range(0, 321, 20)]
    assert scales == sorted(scales, reverse=True)
    assert scales[0] > scales[-1]
    assert set(scales) < set(SCALES)


def test_every_scale_is_a_class_of_the_style_sheet() -> None:
    sheet = (STATIC / "volante.css").read_text(encoding="utf-8")
    assert [
        percent for percent in SCALES[1:] if f".letra-{percent} {{ --letra: .{percent}".rstrip("0") not in sheet
    ] == []


# ── paper ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_paper_is_one_sheet_of_a4_with_two_flyers() -> None:
    file = pdf(flyer())
    assert file.startswith(b"%PDF-")
    assert file.rstrip().endswith(b"%%EOF")
    assert file.count(b"/Type /Page\n") == 1
    [box] = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", file)
    assert tuple(map(float, box)) == pytest.approx(A4_LANDSCAPE, abs=0.01)
    lines = written(file)
    half = len(lines) // 2
    assert [each.text for each in lines[:half]] == [each.text for each in lines[half:]]
    for left, right in zip(lines[:half], lines[half:], strict=True):
        assert (right.x - left.x, right.y) == pytest.approx((A4_LANDSCAPE[0] / 2, left.y), abs=0.01)


def test_the_paper_says_everything_and_the_number_biggest() -> None:
    lines = written(pdf(flyer()))
    whole = " ".join(each.text for each in lines[: len(lines) // 2])
    for name in (flyer().title, flyer().text, *(fact.value for fact in flyer().facts), WORDS.sender, WORDS.price):
        assert name.es in whole
        assert name.quz in whole
    assert max(lines, key=lambda each: each.size).text == "984 000 111"
    assert pdf(flyer()) == pdf(flyer())


def test_paper_has_every_letter_of_both_languages_and_one_for_every_other() -> None:
    letters = "ÁÉÍÓÚÜÑáéíóúüñ Q'ero ¿¡ º"
    assert printable(letters) == letters
    assert printable("Nin\u0303o Kʼaspi Ch’uru Ǎnna 😀") == "Niño K'aspi Ch'uru Anna ?"


ALPHABET = "Wawaykikunata hampichiy, ñuqa p'unchaw ¿Año? CAMPAÑA "


@settings(max_examples=30)
@given(
    text=st.sampled_from((ALPHABET, "WAWAKUNAPAQ ", "sinespacios", "M", "uno dos ")),
    title=st.integers(0, 80),
    body=st.integers(0, 320),
    value=st.integers(1, 80),
    number=st.sampled_from(("51234", "+51984000111", "+141555501001234")),
)
def test_no_word_leaves_its_flyer_nor_stands_on_another(
    text: str, title: int, body: int, value: int, number: str
) -> None:
    made = of_lengths(text, title, body, value)
    lines = written(pdf(Flyer(**{**vars(made), "number": number})))
    half, middle = len(lines) // 2, A4_LANDSCAPE[0] / 2
    for line in lines[:half]:
        assert line.x > 20
        assert line.x + line.width < middle - 20
        assert 25 < line.y < A4_LANDSCAPE[1] - 25
    for above, below in apart(lines[:half]):
        assert above.y - below.y > below.size * 0.7


# ── codes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("number", "keyword"), [("+51984000111", "CITA"), ("51234", "FERIA"), ("+14155550100", "Menu 1")]
)
def test_the_codes_say_number_and_word_and_the_address_of_telegram(number: str, keyword: str) -> None:
    made = flyer(number=number, keyword=keyword)
    expected = [f"SMSTO:{number}:{keyword}", TELEGRAM]
    assert [decoded(drawn(code.svg)) for code in codes(made)] == expected
    assert [decoded(dark) for dark in printed(pdf(made))] == expected * 2
    for code in codes(made):
        assert page(made).count(code.svg) == 2


def test_without_telegram_there_is_one_code() -> None:
    made = flyer(telegram_link="")
    assert [code.name for code in codes(made)] == ["SMS"]
    assert "Telegram" not in page(made)
    assert len(printed(pdf(made))) == 2


# ── in a browser ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        await browser.close()


async def opened(browser: Browser, made: Flyer, width: int) -> Page:
    tab = await browser.new_page(viewport={"width": width, "height": 800})
    await tab.set_content(page(made))
    await tab.add_style_tag(path=STATIC / "volante.css")
    return tab


TOO_FULL = """() => [...document.querySelectorAll('.hoja, .volante, .dice, .responde, dl, dd, dt, p')]
    .filter(each => each.offsetParent)
    .filter(each => each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1)
    .map(each => each.className || each.tagName)"""


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("width", [NARROW, WIDE])
async def test_the_page_reads_well_on_a_phone_and_on_a_wide_screen(browser: Browser, width: int) -> None:
    tab = await opened(browser, flyer(), width)
    found = await Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()
    assert await tab.evaluate("document.documentElement.scrollWidth") <= width
    assert await tab.locator(".segundo").is_visible() is (width == WIDE)
    assert await tab.evaluate(TOO_FULL) == []
    await tab.close()


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("text", [ALPHABET, "WAWAKUNAPAQ HAMPIY ", "sinespacios"])
async def test_long_words_fit_on_the_printed_page(browser: Browser, text: str) -> None:
    tab = await opened(browser, flyer(), WIDE)
    await tab.emulate_media(media="print")
    for title, body, value, telegram in (
        (20, 60, 20, True),
        (40, 160, 40, False),
        (80, 320, 80, True),
        (80, 0, 1, True),
    ):
        await tab.set_content(page(of_lengths(text, title, body, value, telegram)))
        await tab.add_style_tag(path=STATIC / "volante.css")
        assert await tab.evaluate(TOO_FULL) == [], (title, body, value)
    paper = await tab.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b(?!s)", paper)) == 1
    await tab.close()
