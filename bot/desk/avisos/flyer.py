"""The flyer of a notice, to hang and to hand out: both languages, the number to write to, two to a sheet of A4."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

import segno

from bot.desk.pages import render
from bot.records.agenda import Name
from bot.service.notices.leaflet import Words


class Fact(NamedTuple):
    """One line of the table: what it is called and what it is; the value once where both languages say the same."""

    label: Name
    value: Name


@dataclass(frozen=True, kw_only=True)
class Flyer:
    """What stands on it. Laid out for five facts, texts of up to 320 letters, titles and values of up to 80 and a
    keyword of up to 10; the PDF takes more, in smaller letters.

    `number` is whom to write to, as the provider knows it (`+51984000111`, `51234`); `keyword` what to write.
    `telegram_link` is the whole address, https included; empty where there is no Telegram.
    """

    title_es: str
    title_quz: str
    text_es: str
    text_quz: str
    facts: tuple[Fact, ...]
    number: str
    keyword: str
    words: Words
    telegram_link: str = ""

    @property
    def title(self) -> Name:
        return Name(self.title_es, self.title_quz)

    @property
    def text(self) -> Name:
        return Name(self.text_es, self.text_quz)

    @property
    def number_shown(self) -> str:
        """As people say it here: `984 000 111`; other numbers as they are."""
        mobile = re.fullmatch(r"\+51(9\d\d)(\d{3})(\d{3})", self.number)
        return " ".join(mobile.groups()) if mobile else self.number

    @property
    def sms_link(self) -> str:
        """What a tap on the number opens."""
        return f"sms:{self.number}?body={quote(self.keyword)}"


QUIET = 4
"""Light modules that the norm wants around a code."""


@dataclass(frozen=True)
class Code:
    """A QR code: its name, what it says, and its rows of dark (1) and light (0) without the quiet margin."""

    name: str
    text: str
    rows: tuple[bytes, ...]
    svg: str


def sides(name: Name) -> tuple[str, ...]:
    """Quechua first, then Spanish; one of them where they say the same or one is missing."""
    return tuple(dict.fromkeys(filter(None, (name.quz, name.es))))


def codes(flyer: Flyer) -> tuple[Code, ...]:
    """SMSTO rather than an sms: link, because older Android cameras fill in number and word from that one only."""
    said = {"SMS": f"SMSTO:{flyer.number}:{flyer.keyword}", "Telegram": flyer.telegram_link}
    return tuple(_code(name, text) for name, text in said.items() if text)


def _code(name: str, text: str) -> Code:
    made = segno.make_qr(text, error="m")
    svg = made.svg_inline(border=QUIET, omitsize=True, svgclass="qr", lineclass=None)
    return Code(name, text, tuple(bytes(row) for row in made.matrix), svg)


def page(flyer: Flyer) -> str:
    """The page of a browser: one flyer on a phone; on a wide screen and on paper the sheet of two."""
    return render("volante.html", flyer=flyer, codes=codes(flyer), scale=scale(flyer)).text or ""


# ── how big the letters may be ────────────────────────────────────────────────────────────────────────────────────────

SCALES = (100, 95, 90, 85, 80, 75, 70, 65, 60, 55, 50)
"""Percent of the sizes that volante.css names; each is a class there."""

_WIDTH_MM, _HEIGHT_MM, _VALUE_WIDTH_MM, _CODE_MM = 130.0, 122.0, 76.0, 30.5
_LETTER, _BOLD_LETTER, _CAPITAL = 0.53, 0.63, 1.3  # widths in the widest font of volante.css: of the size, of a letter
_LINE, _TIGHT = 1.25, 1.16
_AIR_MM = 5.0


def scale(flyer: Flyer) -> int:
    """The biggest of SCALES at which the words fit above the number, by an estimate that is rather too careful: a
    style sheet cannot measure."""
    return next((percent for percent in SCALES if _height_mm(flyer, percent / 100) <= _HEIGHT_MM), SCALES[-1])


def _height_mm(flyer: Flyer, factor: float) -> float:
    titles = _name_mm(flyer.title, (10.5 * factor, 6.2 * factor), _WIDTH_MM, _BOLD_LETTER)
    texts = _name_mm(flyer.text, (5.3 * factor, 4.3 * factor), _WIDTH_MM, _LETTER)
    facts = sum(_fact_mm(fact, factor) for fact in flyer.facts)
    column = 2 if flyer.facts and flyer.telegram_link else 1
    return titles * _TIGHT + texts * _LINE + max(facts, _CODE_MM * column) + _AIR_MM


def _fact_mm(fact: Fact, factor: float) -> float:
    value = _name_mm(fact.value, (5.0 * factor, 4.2 * factor), _VALUE_WIDTH_MM, _BOLD_LETTER)
    return max(value, 7.4 * factor) * _TIGHT + 2 * factor


def _name_mm(name: Name, sizes_mm: Iterable[float], width_mm: float, letter: float) -> float:
    """How high the lines of both sides are, one upon the other."""
    return sum(
        len(textwrap.wrap(text, max(1, int(width_mm / (size * letter * _wide(text)))))) * size
        for text, size in zip(sides(name), sizes_mm, strict=False)
    )


def _wide(text: str) -> float:
    """How much wider its letters are than small ones: there are people who write in capitals only."""
    return 1 + (_CAPITAL - 1) * sum(map(str.isupper, text)) / max(1, len(text))
