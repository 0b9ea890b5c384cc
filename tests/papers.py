"""What a printed sheet says: the lines and squares of a one-page PDF by reportlab, and what a QR code holds."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from reportlab.pdfbase.pdfmetrics import stringWidth

from bot.desk.avisos.flyer import QUIET


class Written(NamedTuple):
    """A line of a PDF: where its baseline begins, in points from the corner of the sheet, and how long it is."""

    text: str
    x: float
    y: float
    width: float
    size: float


_TOKEN = re.compile(rb"\((?:\\.|[^\\()])*\)|/?[^\s()\[\]<>]+|[\[\]<>]")
_FONTS = {"/F1": "Helvetica", "/F2": "Helvetica-Bold"}


def operations(file: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """The drawing of the one page, an operator at a time."""
    [packed] = re.findall(rb"stream\n?(.*?)~>endstream", file, re.DOTALL)
    before: list[bytes] = []
    for token in _TOKEN.findall(zlib.decompress(base64.a85decode(packed.strip()))):
        if re.fullmatch(rb"[A-Za-z*]+", token):
            yield token.decode(), before
            before = []
        else:
            before.append(token)


def placed(file: bytes) -> Iterator[tuple[str, list[bytes], float, float]]:
    """The operations, each with where the origin has been moved to; what we draw is moved and never turned."""
    stack: list[tuple[float, float]] = []
    x = y = 0.0
    for name, given_ in operations(file):
        if name == "q":
            stack.append((x, y))
        elif name == "Q":
            x, y = stack.pop()
        elif name == "cm":
            assert [float(each) for each in given_[:4]] == [1, 0, 0, 1]
            x, y = x + float(given_[4]), y + float(given_[5])
        yield name, given_, x, y


def unescaped(token: bytes) -> str:
    octal = re.sub(rb"\\(\d{3})", lambda found: bytes([int(found[1], 8)]), token[1:-1])
    return re.sub(rb"\\(.)", rb"\1", octal).decode("cp1252")


def written(file: bytes) -> list[Written]:
    lines: list[Written] = []
    font, size, leading = "", 0.0, 0.0
    left = right = low = 0.0  # where the line begins, where its next word does, and how high it stands
    for name, given_, x, y in placed(file):
        if name == "Tm":
            left, low = float(given_[4]), float(given_[5])
        elif name == "Td":
            left, low = left + float(given_[0]), low + float(given_[1])
        elif name == "Tf":
            font, size = _FONTS[given_[0].decode()], float(given_[1])
        elif name == "TL":
            leading = float(given_[0])
        elif name == "T*":
            low -= leading
        elif name == "Tj":
            text = unescaped(given_[0])
            width = stringWidth(text, font, size)
            lines.append(Written(text, x + right, y + low, width, size))
            right += width
        if name in ("Tm", "Td", "T*"):
            right = left
    return lines


def apart(lines: list[Written]) -> Iterator[tuple[Written, Written]]:
    """Pairs of lines that share a stretch of the width, the upper one first."""
    ordered = sorted(lines, key=lambda each: -each.y)
    for at, above in enumerate(ordered):
        for below in ordered[at + 1 :]:
            if above.x < below.x + below.width and below.x < above.x + above.width:
                yield above, below


Dark = set[tuple[int, int]]
"""The dark modules of a code: (across, down), from its upper left corner."""

_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda x, y: (x + y) % 2 == 0,
    lambda x, y: y % 2 == 0,
    lambda x, y: x % 3 == 0,
    lambda x, y: (x + y) % 3 == 0,
    lambda x, y: (y // 2 + x // 3) % 2 == 0,
    lambda x, y: x * y % 2 + x * y % 3 == 0,
    lambda x, y: (x * y % 2 + x * y % 3) % 2 == 0,
    lambda x, y: ((x + y) % 2 + x * y % 3) % 2 == 0,
)


def decoded(dark: Dark) -> str:
    """What a code of the three smallest sizes says, by ISO/IEC 18004: one block of data, in capitals or in bytes."""
    bits = "".join(_bits(dark))
    if bits.startswith("0010"):
        count, bits = int(bits[4:13], 2), bits[13:]
        pairs = [divmod(int(bits[at : at + 11], 2), 45) for at in range(0, count // 2 * 11, 11)]
        said = [_ALPHANUMERIC[sign] for pair in pairs for sign in pair]
        odd = bits[count // 2 * 11 :][:6] if count % 2 else ""
        return "".join(said) + (_ALPHANUMERIC[int(odd, 2)] if odd else "")
    assert bits.startswith("0100")
    count = int(bits[4:12], 2)
    return bytes(int(bits[at : at + 8], 2) for at in range(12, 12 + 8 * count, 8)).decode()


def _bits(dark: Dark) -> Iterator[str]:
    """The bits in the order of the norm: upwards and downwards in columns of two, from the right."""
    size = 1 + max(max(each) for each in dark)
    mask = _MASKS[sum(((x, 8) in dark) << (4 - x) for x in (2, 3, 4)) ^ 0b101]
    rights = [x for x in range(size - 1, 0, -2) if x > 6] + [5, 3, 1]
    for turn, right in enumerate(rights):
        for y in range(size) if turn % 2 else range(size - 1, -1, -1):
            for x in (right, right - 1):
                if not _is_fixed(x, y, size):
                    yield str(int(((x, y) in dark) ^ mask(x, y)))


def _is_fixed(x: int, y: int, size: int) -> bool:
    """Whether a module helps to find the code and says nothing: corners, dotted lines, and the small square."""
    corner = (x < 9 and y < 9) or (x < 9 and y >= size - 8) or (x >= size - 8 and y < 9)
    small = size > 21 and abs(x - size + 7) <= 2 and abs(y - size + 7) <= 2
    return corner or x == 6 or y == 6 or small


def drawn(svg: str) -> Dark:
    """What the path of a page's code paints."""
    [path] = re.findall(r' d="([^"]+)"', svg)
    dark, x, y = set(), 0.0, 0.0
    for order, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", path):
        if order == "h":
            dark |= {(int(x) + step - QUIET, int(y) - QUIET) for step in range(int(first))}
            x += float(first)
        else:
            x, y = (float(first), float(second)) if order == "M" else (x + float(first), y + float(second))
    return dark


def printed(file: bytes) -> list[Dark]:
    """The squares on paper, of each code."""
    found: dict[tuple[float, float], list[tuple[float, float, float]]] = {}
    for name, given_, x, y in placed(file):
        if name == "re":
            left, low, width, height = map(float, given_)
            if width == height:
                found.setdefault((x, y), []).append((left, low, width))
    return [_grid(squares) for squares in found.values()]


def _grid(squares: list[tuple[float, float, float]]) -> Dark:
    left, top = min(each[0] for each in squares), max(each[1] for each in squares)
    return {(round((x - left) / width), round((top - y) / width)) for x, y, width in squares}
