"""Short forms that texts are written with, in full: Sr., N°, km, S/, %, and days and months of three letters."""

from __future__ import annotations

import re
from collections.abc import Callable
from re import Match

from bot.language.wording import MONTHS, WEEKDAYS, WITHOUT_ACCENTS

BOUND = r"(?![^\W_])"
"""Where a word ends."""

_BEGIN = r"(?<![^\W\d_])"
"""Where a word begins, perhaps glued to a number."""

DOT = r"(?:\.(?!\s*$|\s+[A-ZÁÉÍÓÚÑ¿¡]))?"
"""The dot of a short form; one that ends the sentence as well stays where it is."""

_Full = str | Callable[[Match[str]], str]
"""What stands in the place of a short form."""

_UNITS = {
    "km|Km|KM|kms": ("kilómetro", "kilómetros"),
    "m2": ("metro cuadrado", "metros cuadrados"),
    "m|mt|mts": ("metro", "metros"),
    "cm": ("centímetro", "centímetros"),
    "kg|Kg|KG|kgs": ("kilo", "kilos"),
    "gr|g": ("gramo", "gramos"),
    "lt|lts|l": ("litro", "litros"),
    "ml": ("mililitro", "mililitros"),
    "ha": ("hectárea", "hectáreas"),
    "min": ("minuto", "minutos"),
    "h|hr|hrs": ("hora", "horas"),
    "° ?C": ("grado", "grados"),
}
_TITLES = {
    "Sr": "señor",
    "Sra": "señora",
    "Srta": "señorita",
    "Sres": "señores",
    "Dr": "doctor",
    "Dra": "doctora",
    "Ing": "ingeniero",
    "Prof": "profesor",
    "Lic": "licenciado",
    "Av": "avenida",
    "Jr": "jirón",
    "Psje": "pasaje",
    "Sto": "santo",
    "Sta": "santa",
    "Tel": "teléfono",
    "Telf": "teléfono",
    "Cel": "celular",
}
_OTHERS = {
    rf"{_BEGIN}[Nn](?:\.?[°º]|ro\.)\s*": ("número ", "numero "),
    r"S/\.?": ("soles", "sol"),
    rf"{_BEGIN}c/u{BOUND}": ("cada uno", "sapanka"),
    rf"{_BEGIN}etc{BOUND}{DOT}": ("etcétera", "etcetera"),
    r"(?<=\d)\s?%": (" por ciento", " por ciento"),
}
_MONTHS = {name[:3]: name for name in MONTHS} | {"sep": "setiembre"}
_WEEKDAYS = {name[:3].translate(accents): name for name in WEEKDAYS for accents in ({}, WITHOUT_ACCENTS)}
_SHORT_DAY = re.compile(
    rf"(?:{_BEGIN}({'|'.join(_WEEKDAYS)})\.? )?(?<!\d)(\d{{1,2}}) (?:de )?({'|'.join(_MONTHS)}){BOUND}"
)


def in_full(text: str, language: str) -> str:
    """`Sr. Quispe, 5 km` → `señor Quispe, 5 kilómetros`. Quechua borrows the words without accents or plural."""
    for pattern, full in _STEPS[language]:
        text = pattern.sub(full, text)
    return text


def full_days(text: str, language: str) -> str:
    """`vie 12 mar` → `viernes 12 de marzo`, in Quechua `viernes 12 marzo`."""

    def full(match: Match[str]) -> str:
        weekday = f"{_WEEKDAYS[match[1]]} " if match[1] else ""
        month = _MONTHS[match[3]]
        if language == "quz":
            return f"{weekday}{match[2]} {month}".translate(WITHOUT_ACCENTS)
        return f"{weekday}{match[2]} de {month}"

    return _SHORT_DAY.sub(full, text)


def _steps(language: str) -> list[tuple[re.Pattern[str], _Full]]:
    place = 1 if language == "quz" else 0
    accents = WITHOUT_ACCENTS if language == "quz" else {}
    found: list[tuple[re.Pattern[str], _Full]] = []
    for signs, (one, several) in _UNITS.items():
        name = _unit(one, one if language == "quz" else several, accents)
        found.append((re.compile(rf"(?<![\d.,])(\d[\d.,]*)\s?(?:{signs}){BOUND}{DOT}"), name))
    found += [(re.compile(rf"{_BEGIN}{short}\."), full.translate(accents)) for short, full in _TITLES.items()]
    return found + [(re.compile(pattern), full[place]) for pattern, full in _OTHERS.items()]


def _unit(one: str, several: str, accents: dict[int, int]) -> Callable[[Match[str]], str]:
    return lambda match: f"{match[1]} {one if match[1] == '1' else several}".translate(accents)


_STEPS = {language: _steps(language) for language in ("es", "quz")}
