"""A specialist's sheet as PDF. A door to reportlab, which is there only where it was asked for."""

from __future__ import annotations

import io
import unicodedata
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from bot.desk.citas.sheet import Sheet
from bot.desk.pages import gettext as _

REGULAR, BOLD = "Vera", "VeraBd"
"""Fonts that reportlab brings, with every letter of Spanish and Quechua; they travel inside the file."""

_MARGIN_POINTS = 42.5
_WIDTHS_POINTS = (26, 40, 146, 54, 94, 52, 32, 54)
_BOX = 6  # the column to tick in
_BOX_POINTS = 12
_APOSTROPHES = str.maketrans("ʼʻ′´", "''''")

for _font in (REGULAR, BOLD):
    pdfmetrics.registerFont(TTFont(_font, f"{_font}.ttf"))


class _Box(Flowable):  # type: ignore[misc]  # the library is not typed
    """A square to tick."""

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return _BOX_POINTS, _BOX_POINTS

    def draw(self) -> None:
        self.canv.rect(0, 0, _BOX_POINTS, _BOX_POINTS)


def draw(sheet: Sheet) -> bytes:
    """The file: A4, the names of the columns on every page, no row broken in two."""
    file = io.BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), _MARGIN_POINTS)
    document = SimpleDocTemplate(file, pagesize=A4, title=printable(sheet.title), author="Chaski", **margins)
    head = [_paragraph(name, BOLD, 8) for name in sheet.columns]
    body = [
        [_Box() if at == _BOX else _paragraph(cell, REGULAR, 9) for at, cell in enumerate(row)] for row in sheet.rows
    ]
    table = Table([head, *body], colWidths=_WIDTHS_POINTS, repeatRows=1, style=_STYLE)
    above = [_paragraph(sheet.title, BOLD, 14), _paragraph(sheet.where, REGULAR, 10), Spacer(1, 10)]
    document.build([*above, table], onFirstPage=_foot, onLaterPages=_foot)
    return file.getvalue()


def printable(text: str) -> str:
    """The text in letters that the fonts have; of others the bare letter, or a question mark."""
    plain = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
    return "".join(sign if _has(sign) else _bare(sign) for sign in plain)


_STYLE = [
    ("GRID", (0, 0), (-1, -1), 0.5, "grey"),
    ("LINEBELOW", (0, 0), (-1, 0), 1, "black"),
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ("TOPPADDING", (0, 1), (-1, -1), 7),
    ("BOTTOMPADDING", (0, 1), (-1, -1), 7),
    ("LEFTPADDING", (0, 0), (-1, -1), 4),
    ("RIGHTPADDING", (0, 0), (-1, -1), 3),
]


def _paragraph(text: str, font: str, points: int) -> Any:
    """A paragraph that wraps. What it says is text: it would take `<b>` for an order."""
    style = ParagraphStyle(font, fontName=font, fontSize=points, leading=points * 1.35)
    said = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Paragraph(said, style)


def _foot(canvas: Any, document: Any) -> None:
    """The number of the page."""
    canvas.setFont(REGULAR, 8)
    right = document.pagesize[0] - _MARGIN_POINTS
    canvas.drawRightString(right, _MARGIN_POINTS / 2, _("Hoja {page}").format(page=document.page))


def _has(sign: str) -> bool:
    return ord(sign) in pdfmetrics.getFont(REGULAR).face.charToGlyph


def _bare(sign: str) -> str:
    bare = unicodedata.normalize("NFKD", sign)[:1]
    return bare if bare != sign and _has(bare) else "?"
