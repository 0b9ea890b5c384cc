"""Reading what staff bring, CSV or Excel, as rows of named cells. The only door to the Excel reader."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from bot.errors import Refusal

Cell = str | int | float | bool | date | time | datetime | timedelta
"""A CSV cell is always text; Excel gives what it holds, `datetime` for a day with an hour."""

MOST_BYTES = 20_000_000
MOST_ROWS = 50_000
_NOT_WORDS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in one cell, or in a whole row when `column` is empty; rows count as Excel shows them, from 1."""

    row: int
    column: str
    sentence: str

    def __str__(self) -> str:
        return f"row {self.row}{f', column {self.column}' if self.column else ''}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row by column name; `number` as Excel shows it."""

    number: int
    cells: dict[str, Cell]


def content_of(path: Path) -> bytes:
    """What a file holds. Raises Refusal for one that cannot be read."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Refusal(f"{path.name} is larger than {MOST_BYTES // 1_000_000} MB.")
        return path.read_bytes()
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}.") from None


def read(name: str, data: bytes, columns: Sequence[str]) -> tuple[list[Row], list[RowError]]:
    """The rows under a header that must hold exactly `columns`, in any order. Raises Refusal for what is no table.

    `name` is only what the file is called in a sentence.
    """
    lines = _numbered(name, data)
    number, header = next(lines, (1, []))
    names = [str(cell).strip().lower() for cell in header]
    while names and not names[-1]:
        names.pop()
    errors = _check_header(number, names, columns)
    if errors:
        return [], errors
    rows: list[Row] = []
    for number, cells in lines:
        if len(rows) == MOST_ROWS:
            raise Refusal(f"{name} has more than {MOST_ROWS:,} rows; split it.")
        if any(str(cell).strip() for cell in cells[len(names) :]):
            errors.append(
                RowError(number, "", f"has more cells than the {len(names)} columns; quote texts with commas.")
            )
            continue
        padded = [*cells, *[""] * len(names)]
        rows.append(Row(number, dict(zip(names, padded, strict=False))))
        errors += [RowError(number, column, "holds a character that is not text.") for column in _unreadable(rows[-1])]
    if not rows and not errors:
        errors = [RowError(number + 1, "", "there are no rows under the header.")]
    return rows, errors


def clean(text: str) -> str:
    """One line, composed letters, no invisible characters; a formula such as `=1+1` stays the text it is."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())


def _numbered(name: str, data: bytes) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Every row that is not blank, with its number."""
    rows = _excel_rows(name, data) if data.startswith(b"PK") else _csv_rows(name, data)
    for number, cells in enumerate(rows, start=1):
        if any(str(cell).strip() for cell in cells):
            yield number, cells


def _excel_rows(name: str, data: bytes) -> Iterator[Sequence[Cell]]:
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        yield from sheet.to_python(skip_empty_area=False)
    except CalamineError as error:
        raise Refusal(f"{name} cannot be read as an Excel file (.xlsx): {' '.join(str(error).split())}.") from None


def _csv_rows(name: str, data: bytes) -> Iterator[Sequence[Cell]]:
    text = _decode(name, data)
    first = text.split("\n", 1)[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except csv.Error as error:
        raise Refusal(f"{name} cannot be read as CSV: {error}.") from None


def _decode(name: str, data: bytes) -> str:
    if b"\x00" in data:
        raise Refusal(f"{name} is neither .xlsx nor CSV in UTF-8 or Latin-1; save it again as one of these.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")  # what Excel calls CSV on Windows: Latin-1 and a few signs more
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _check_header(number: int, names: Sequence[str], columns: Sequence[str]) -> list[RowError]:
    wanted = f"the columns are {', '.join(columns)}."
    twice = [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
    return [
        *[RowError(number, name, f"this column is missing; {wanted}") for name in columns if name not in names],
        *[RowError(number, name or "(no name)", f"unknown column; {wanted}") for name in names if name not in columns],
        *[RowError(number, name, "this column stands twice.") for name in twice],
    ]


def _unreadable(row: Row) -> list[str]:
    return [name for name, cell in row.cells.items() if isinstance(cell, str) and _NOT_WORDS.search(cell)]
