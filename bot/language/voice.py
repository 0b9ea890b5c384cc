"""How an hour, a day, an amount of money and a number to write to are said aloud, in Spanish and Quechua.

`ending` is what Quechua glues to the value (`8:00manta`); Spanish has none. By the guide for Quechua months, units and
soles are loans without accents or plural. The smaller unit joins the greater by -yuq, as in numerals.
"""

from __future__ import annotations

import re

import phonenumbers

from bot.language.numerals import having, one_by_one, words
from bot.language.wording import MONTHS

_MINUTES = {0: "", 15: " y cuarto", 30: " y media"}
_SAID_IN_ONE_BREATH = 5


def clock(hour: int, minute: int, language: str, *, part: bool, ending: str = "") -> str:
    """14, 30 → `dos y media de la tarde`; `part` says whether the part of the day is known and to be said."""
    hour %= 24
    if language == "quz":
        return _quechua_clock(hour, minute, ending, part=part)
    text = words(hour % 12 or 12, "es", "f") + _MINUTES.get(minute, f" y {words(minute, 'es')}")
    return f"{text} {_part_of_day(hour, minute)}" if part else text


def _part_of_day(hour: int, minute: int) -> str:
    if (hour, minute) == (12, 0):
        return "del mediodía"
    parts = ((1, "de la noche"), (6, "de la madrugada"), (12, "de la mañana"), (19, "de la tarde"), (24, "de la noche"))
    return next(part for end, part in parts if hour < end)


def _quechua_clock(hour: int, minute: int, ending: str, *, part: bool) -> str:
    """`iskay hora tarde`; the part stands before an hour that takes an ending, and `tutamanta` is left out there."""
    text = f"{words(hour % 12 or 12, 'quz')} hora"
    if minute:
        text += f" {words(minute, 'quz')} {having('minuto')}"
    names = ((1, "tuta"), (12, "tutamanta"), (13, ""), (19, "tarde"), (24, "tuta"))
    name = next(name for end, name in names if hour < end) if part else ""
    if ending and name == "tutamanta":
        name = ""
    said = (name, text + ending) if ending else (text, name)
    return " ".join(filter(None, said))


def day(number: int, month: int, year: int | None, language: str, ending: str = "") -> str:
    """12, 3, 2027 → `doce de marzo de dos mil veintisiete`; the first is `primero` in Spanish."""
    name = MONTHS[month - 1]
    if language == "quz":
        of_year = f" {words(year, 'quz')} wata" if year else ""
        return f"{words(number, 'quz')} {name}{of_year}{ending}"
    of_year = f" de {words(year, 'es')}" if year else ""
    return f"{'primero' if number == 1 else words(number, 'es')} de {name}{of_year}"


def soles(whole: int, centimos: int, language: str, ending: str = "") -> str:
    """25, 50 → `veinticinco soles con cincuenta céntimos`; nothing is said of no soles or no céntimos."""
    if language == "quz":
        return _quechua_soles(whole, centimos) + ending
    said = [_of("sol", "soles", whole)] if whole or not centimos else []
    said += [_of("céntimo", "céntimos", centimos)] if centimos else []
    return " con ".join(said)


def _of(one: str, several: str, number: int) -> str:
    """A number of things; exact millions are `de soles`."""
    of = "de " if number and number % 1_000_000 == 0 else ""
    return f"{words(number, 'es', 'm')} {of}{one if number == 1 else several}"


def _quechua_soles(whole: int, centimos: int) -> str:
    if not centimos:
        return f"{words(whole, 'quz')} sol"
    said = f"{words(centimos, 'quz')} centimo"
    return f"{words(whole, 'quz')} sol {having(said)}" if whole else said


def phone(number: str, language: str) -> str:
    """A number to call or write to, digit by digit in the groups in which it is written here.

    +51984000111 → `nueve ocho cuatro, cero cero cero, uno uno uno`: who listens is in Peru and leaves +51 out.
    """
    groups = [group for run in re.findall(r"\d+", _as_written(number)) for group in _groups(run)]
    said = ", ".join(one_by_one(group, language) for group in groups)
    plus = {"es": "más ", "quz": "mas "}[language] if _as_written(number).startswith("+") else ""
    return plus + said


def _as_written(number: str) -> str:
    """`984 000 111`, `(084) 201234`, `+1 501-712-2661`; what is no telephone number stays, as `51234`."""
    try:
        parsed = phonenumbers.parse(number, "PE")
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_valid_number(parsed):
        return number
    form = phonenumbers.PhoneNumberFormat
    here = parsed.country_code == 51
    return phonenumbers.format_number(parsed, form.NATIONAL if here else form.INTERNATIONAL)


def _groups(run: str) -> list[str]:
    if len(run) <= _SAID_IN_ONE_BREATH:
        return [run]
    return [run[at : at + 3] for at in range(0, len(run), 3)]
