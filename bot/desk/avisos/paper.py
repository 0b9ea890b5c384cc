"""The flyer as PDF, to send and to print without a browser. A door to reportlab, which is there only where it was asked
for: import this where it is needed, and expect an ImportError."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Spacer, Table

from bot.desk.avisos.flyer import QUIET, Code, Fact, Flyer, codes, sides
from bot.records.agenda import Name

REGULAR, BOLD = "Helvetica", "Helvetica-Bold"
"""Fonts that every reader of PDFs brings; they have the letters of Windows-1252."""

_SHEET = landscape(A4)
_WIDTH, _HEIGHT = _SHEET[0] / 2, _SHEET[1]
_MARGIN = 9 * mm
_INNER = _WIDTH - 2 * _MARGIN
_CODE, _LABEL, _GAP = 26 * mm, 21 * mm, 3 * mm
_NUMBER = 72.0
_SMALLER = 0.96
_APOSTROPHES = str.maketrans("’‘ʼʻ′´`", "'''''''")
_NO_PADDING = [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]


def pdf(flyer: Flyer) -> bytes:
    """One page of A4, landscape, with the flyer twice. The same flyer gives the same bytes."""
    file, made = io.BytesIO(), codes(flyer)
    canvas = Canvas(file, pagesize=_SHEET, invariant=1)
    canvas.setTitle(printable(flyer.title_es or flyer.title_quz))
    canvas.setAuthor("Chaski")
    for left in (0, _WIDTH):
        canvas.saveState()
        canvas.translate(left + _MARGIN, _MARGIN)
        _draw(canvas, flyer, made)
        canvas.restoreState()
    canvas.setLineWidth(0.5)
    canvas.setDash(3, 3)
    canvas.line(_WIDTH, 0, _WIDTH, _HEIGHT)
    canvas.save()
    return file.getvalue()


def printable(text: str) -> str:
    """The text in letters of the fonts, the apostrophe straight; of others the bare letter, or a question mark."""
    plain = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
    return "".join(sign if _has(sign) else _bare(sign) for sign in plain)


def _has(sign: str) -> bool:
    return bool(sign.encode("cp1252", "ignore"))


def _bare(sign: str) -> str:
    bare = unicodedata.normalize("NFKD", sign)[:1]
    return bare if _has(bare) else "?"


def _draw(canvas: Canvas, flyer: Flyer, made: Sequence[Code]) -> None:
    """One flyer, from the corner of its margins: who speaks above, the number below, between them what fits there."""
    bottom, top = _answer(canvas, flyer), _sender(canvas, flyer.words.sender)
    blocks = _fitting(flyer, made, top - bottom)
    gap = (top - bottom - sum(height for _, _, height in blocks)) / (len(blocks) + 1)
    y = top
    for block, width, height in blocks:
        y -= gap + height
        block.drawOn(canvas, (_INNER - width) / 2, y)


def _sender(canvas: Canvas, name: Name) -> float:
    """Who speaks; the height where it ends."""
    y = _HEIGHT - 2 * _MARGIN
    for text, font, size in zip(sides(name), (BOLD, REGULAR), (15.0, 11.5), strict=False):
        y -= size
        canvas.setFont(font, _size(text, font, size))
        canvas.drawString(0, y, printable(text))
        y -= size * 0.25
    canvas.setLineWidth(1.6 * mm)
    canvas.line(0, y - 2 * mm, _INNER, y - 2 * mm)
    return float(y - 3 * mm)


def _answer(canvas: Canvas, flyer: Flyer) -> float:
    """The box with the number; the height where it begins."""
    words = flyer.words
    write = list(zip(sides(words.write), (BOLD, REGULAR), (17.0, 12.5), strict=False))
    price = [(text, REGULAR, 8.5) for text in sides(words.price)]
    y = 3.5 * mm
    for text, font, biggest in (*reversed(price), (flyer.number_shown, BOLD, _NUMBER), *reversed(write)):
        size = _size(text, font, biggest)
        y += size * 0.1 if biggest == _NUMBER else 0.0
        canvas.setFont(font, size)
        canvas.drawCentredString(_INNER / 2, y, printable(text))
        y += size * (0.9 if biggest == _NUMBER else 1.25)  # a digit ends where the line does
    canvas.setLineWidth(1.2 * mm)
    canvas.rect(0.6 * mm, 0.6 * mm, _INNER - 1.2 * mm, y)
    return float(y + 1.2 * mm)


def _size(text: str, font: str, biggest: float) -> float:
    """The size at which a line fits into the box, at most `biggest` points."""
    width = stringWidth(printable(text), font, biggest)
    return min(biggest, biggest * (_INNER - 8 * mm) / width) if width else biggest


def _fitting(flyer: Flyer, made: Sequence[Code], room: float) -> list[tuple[Any, float, float]]:
    """What stands between, with widths and heights, in the biggest letters that leave a little air."""
    factor = 1.0
    while True:
        blocks = [(block, *block.wrap(_INNER, _HEIGHT)) for block in _blocks(flyer, made, factor)]
        if sum(height for _, _, height in blocks) + _GAP * (len(blocks) + 1) * factor <= room:
            return blocks
        factor *= _SMALLER


def _blocks(flyer: Flyer, made: Sequence[Code], factor: float) -> Iterator[Any]:
    for name, font, sizes in ((flyer.title, BOLD, (30.0, 17.5)), (flyer.text, REGULAR, (15.5, 12.5))):
        said = _paragraphs(name, (font, font), [size * factor for size in sizes])
        if said:
            yield Table([[each] for each in said], colWidths=[_INNER], style=[*_NO_PADDING, _apart(factor)])
    yield _beside(flyer.facts, made, factor)


def _apart(factor: float) -> tuple[Any, ...]:
    """Air between the two languages."""
    return ("TOPPADDING", (0, 1), (-1, -1), 4 * factor)


def _beside(facts: Sequence[Fact], made: Sequence[Code], factor: float) -> Any:
    """The facts with the codes on their right; the codes alone in the middle, where there are no facts."""
    pieces = [_code(code) for code in made]
    if not facts:
        around = [(f"{side}PADDING", (0, 0), (-1, -1), _GAP) for side in ("LEFT", "RIGHT")]
        return Table([pieces], colWidths=[_CODE + 2 * _GAP] * len(pieces), style=[*_NO_PADDING, *around])
    widths = (_INNER - _CODE - _GAP, _GAP, _CODE)
    row = [_facts(facts, factor), "", [piece for column in pieces for piece in column]]
    return Table([row], colWidths=widths, style=[*_NO_PADDING, ("VALIGN", (0, 0), (-1, -1), "MIDDLE")])


def _paragraphs(name: Name, fonts: Sequence[str], sizes: Sequence[float], alignment: int = 0) -> list[Any]:
    """Both sides of a name, Quechua first. What they say is text: reportlab would take `<b>` for an order."""
    return [
        Paragraph(
            escape(printable(text), quote=False),
            ParagraphStyle(font, fontName=font, fontSize=size, leading=size * 1.2, alignment=alignment),
        )
        for text, font, size in zip(sides(name), fonts, sizes, strict=False)
    ]


def _facts(facts: Sequence[Fact], factor: float) -> Any:
    rows = [
        [
            _paragraphs(fact.label, (BOLD, REGULAR), (10.5 * factor, 10.0 * factor)),
            _paragraphs(fact.value, (BOLD, BOLD), (14.5 * factor, 12.0 * factor)),
        ]
        for fact in facts
    ]
    label = _LABEL * factor
    lines = [("LINEBELOW", (0, 0), (-1, -1), 0.8, "black"), ("LINEABOVE", (0, 0), (-1, 0), 1.6, "black")]
    air = [(f"{side}PADDING", (0, 0), (-1, -1), 3 * factor) for side in ("TOP", "BOTTOM")]
    widths = (label, _INNER - _CODE - _GAP - label)
    return Table(rows, colWidths=widths, style=[*_NO_PADDING, *air, *lines, ("VALIGN", (0, 0), (-1, -1), "TOP")])


def _code(code: Code) -> list[Any]:
    """A code above its name."""
    return [_Drawing(code), *_paragraphs(Name(code.name), (BOLD,), (10.0,), TA_CENTER), Spacer(0, 1 * mm)]


class _Drawing(Flowable):  # type: ignore[misc]  # the library is not typed
    """A QR code with the margin that it needs: a square for each dark module."""

    def __init__(self, code: Code) -> None:
        super().__init__()
        self._rows = code.rows

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return _CODE, _CODE

    def draw(self) -> None:
        module = _CODE / (len(self._rows) + 2 * QUIET)
        path = self.canv.beginPath()
        for down, row in enumerate(self._rows):
            y = _CODE - (down + QUIET + 1) * module
            for across, dark in enumerate(row):
                if dark:
                    path.rect((across + QUIET) * module, y, module, module)
        self.canv.drawPath(path, stroke=0, fill=1)
