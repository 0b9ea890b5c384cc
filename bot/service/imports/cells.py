"""From a cell to a value: days, hours, soles, phones, keys. Each function raises ValueError with half a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import phonenumbers

from bot.language.folding import fold
from bot.service.imports.tables import Cell, clean

_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
_SOLES = re.compile(r"(?:S/\.?\s*)?(\d+|\d{1,3}(?:[, ]\d{3})+)(?:\.0{1,2})?", re.IGNORECASE)
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?")
_LOCAL_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2})(?::\d{2})?)?\s*(?:([ap])\.?\s*m\.?|h|hrs?)?", re.IGNORECASE)
_EXCEL_EPOCH = date(1899, 12, 30)
_LANGUAGES = {"es": "es", "castellano": "es", "espanol": "es", "quz": "quz", "quechua": "quz", "runasimi": "quz"}


def text(cell: Cell, most: int = 160) -> str:
    """One line of at most `most` letters."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    value = clean(str(cell))
    if len(value) > most:
        raise ValueError(f"has {len(value)} letters, at most {most} fit")
    return value


def required(cell: Cell, most: int = 160) -> str:
    value = text(cell, most)
    if not value:
        raise ValueError("is empty")
    return value


def key(cell: Cell) -> str:
    """The name of a row for ever: `agua_compone`."""
    value = required(cell)
    if not _KEY.fullmatch(value):
        better = re.sub(r"\W+", "_", fold(value)).strip("_")
        hint = f", such as {better}" if _KEY.fullmatch(better) else ""
        raise ValueError(f"'{value}' must be lower case letters without accents, digits and _{hint}")
    return value


def items(cell: Cell) -> tuple[str, ...]:
    """The parts of a list separated by `;`, each once."""
    return tuple(dict.fromkeys(part for part in (clean(part) for part in text(cell, 2_000).split(";")) if part))


def one_of(value: str, known: Mapping[str, str], what: str) -> str:
    """The key meant by a key, name or alias; `known` maps folded words to keys."""
    found = known.get(fold(value))
    if found is None:
        keys = sorted(set(known.values()))
        shown = ", ".join(keys[:40]) + (" ..." if len(keys) > 40 else "")
        raise ValueError(f"there is no {what} '{value}'; there are {shown or 'none yet'}")
    return found


def year(cell: Cell) -> int | None:
    value = text(cell)
    if value and not (re.fullmatch(r"\d{4}", value) and 1990 <= int(value) <= 2100):
        raise ValueError(f"'{value}' is not a year such as 2008")
    return int(value) if value else None


def soles(cell: Cell) -> int | None:
    """Whole soles: `1493413`, `1,493,413.00`, `S/ 1 493 413`."""
    value = text(cell)
    if not value:
        return None
    match = _SOLES.fullmatch(value)
    if not match or len(match[1]) > 15:
        raise ValueError(f"'{value}' is not an amount in whole soles such as 1493413")
    return int(re.sub(r"[, ]", "", match[1]))


def count(cell: Cell, most: int) -> int | None:
    value = text(cell)
    if value and not (re.fullmatch(r"\d{1,6}", value) and int(value) <= most):
        raise ValueError(f"'{value}' is not a whole number from 0 to {most}")
    return int(value) if value else None


def day(cell: Cell) -> date:
    """An Excel day, `2027-03-12` or `12/3/2027` (day first)."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 36_526 <= cell < 73_051:
        return _EXCEL_EPOCH + timedelta(days=int(cell))  # a day whose cell lost its format: 2000 to 2099
    value = required(cell)
    iso, local = _ISO_DAY.fullmatch(value), _LOCAL_DAY.fullmatch(value)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if local:
            return date(int(local[3]), int(local[2]), int(local[1]))
    except ValueError:
        raise ValueError(f"'{value}' is no day of the calendar") from None
    raise ValueError(f"'{value}' is not a day such as 2027-03-12 or 12/03/2027")


def clock(cell: Cell) -> time | None:
    """An Excel hour, `08:00`, `8 am`, `3:30 p.m.`; None when empty."""
    if isinstance(cell, datetime):
        cell = cell.time()
    if isinstance(cell, time):
        return cell.replace(second=0, microsecond=0)
    if isinstance(cell, timedelta):
        cell = cell.total_seconds() / 86_400
    if isinstance(cell, float) and 0 <= cell < 1:
        minutes = round(cell * 1440)
        return time(minutes // 60 % 24, minutes % 60)
    value = text(cell)
    if not value:
        return None
    match = _CLOCK.fullmatch(value.lower())
    hour, minute, half = (int(match[1]), int(match[2] or 0), match[3]) if match else (99, 0, "")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0) if 1 <= hour <= 12 else 99
    if hour > 23 or minute > 59:
        raise ValueError(f"'{value}' is not an hour such as 08:00")
    return time(hour, minute)


def mobile(cell: Cell) -> str:
    """A Peruvian mobile number in E.164: `+51984000111`."""
    value = required(cell)
    try:
        number = phonenumbers.parse(value, "PE")
    except phonenumbers.NumberParseException:
        number = None
    is_mobile = number and phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    if number is None or number.country_code != 51 or not is_mobile:
        raise ValueError(f"'{value}' is not a Peruvian mobile number such as 984000111")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def language(cell: Cell) -> str:
    found = _LANGUAGES.get(fold(text(cell)))
    if found is None:
        raise ValueError(f"'{text(cell)}' is not a language; write es or quz")
    return found
