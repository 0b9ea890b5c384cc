"""A table as a file that opens right in Excel: text stays text, a day is a day. The only door to the Excel writer."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Literal

from bot.clock import LIMA
from bot.errors import Refusal

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Cell = str | int | date | datetime | None
Form = Literal["csv", "xlsx"]
FORMS: tuple[Form, ...] = ("csv", "xlsx")
MEDIA_TYPES: dict[Form, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_LONGEST_TEXT = 32_767  # letters that Excel takes in a cell
_FORMULA = re.compile("^[\\s\u00a0\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]")
_NO_LETTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the names of its columns; a moment in it is shown as Lima's clock."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def form_of(name: str) -> Form:
    """The form that a file's name asks for. Raises Refusal."""
    for form in FORMS:
        if name.lower().endswith(f".{form}"):
            return form
    raise Refusal(f"{name} has to end in .csv or .xlsx.")


def written(table: Table, form: Form) -> bytes:
    """The file: CSV in UTF-8 with its mark, or Excel."""
    return _csv(table) if form == "csv" else _xlsx(table)


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe stands before what could begin one."""
    plain = _NO_LETTERS.sub("", text)
    return f"'{plain}" if _FORMULA.match(plain) else plain


def _csv(table: Table) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(table.columns)
    writer.writerows([_as_text(cell) for cell in row] for row in table.rows)
    return file.getvalue().encode("utf-8-sig")


def _as_text(cell: Cell) -> str | int:
    if isinstance(cell, datetime):
        return f"{cell.astimezone(LIMA):%Y-%m-%d %H:%M}"
    if isinstance(cell, date):
        return cell.isoformat()
    return harmless(cell) if isinstance(cell, str) else "" if cell is None else cell


def _xlsx(table: Table) -> bytes:
    import xlsxwriter  # a fifteenth of a second that the service's start need not wait

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "constant_memory": True}) as book:
        page = book.add_worksheet(table.name[:31])
        bold = book.add_format({"bold": True, "bottom": 1})
        # What begins like a formula is marked as text, as Excel marks it itself, and so stays text when it is edited.
        styles = {
            "text": book.add_format({"num_format": "@"}),
            "quoted": book.add_format({"num_format": "@", "quote_prefix": True}),
            "day": book.add_format({"num_format": "dd/mm/yyyy"}),
            "moment": book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
        }
        page.freeze_panes(1, 0)
        for column, width in enumerate(_widths(table)):
            page.set_column(column, column, width)
        for row, cells in enumerate((table.columns, *table.rows)):
            for column, cell in enumerate(cells):
                _put(page, row, column, cell, {**styles, "text": bold} if row == 0 else styles)
        page.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)
    return file.getvalue()


def _put(page: Worksheet, row: int, column: int, cell: Cell, styles: dict[str, Format]) -> None:
    if isinstance(cell, str):
        text = _NO_LETTERS.sub("", cell)[:_LONGEST_TEXT]
        page.write_string(row, column, text, styles["quoted" if _FORMULA.match(text) else "text"])
    elif isinstance(cell, datetime):
        page.write_datetime(row, column, cell.astimezone(LIMA).replace(tzinfo=None), styles["moment"])
    elif isinstance(cell, date):
        page.write_datetime(row, column, datetime.combine(cell, time()), styles["day"])
    elif cell is not None:
        page.write_number(row, column, cell)


def _widths(table: Table) -> Iterable[int]:
    """Letters of each column: as the first rows need it, neither slim nor endless."""
    for column, name in enumerate(table.columns):
        lengths = [len(str(_as_text(row[column]))) for row in table.rows[:50]]
        yield min(max([len(name) + 4, 8, *lengths]), 60)
