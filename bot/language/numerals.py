"""Numbers in words: Spanish with gender and apocope, Cusco Quechua with -yuq on the units."""

from __future__ import annotations

from typing import Literal

Gender = Literal["", "m", "f"]
"""What is counted: nothing named (`veintiuno`), something masculine (`veintiún`) or feminine (`veintiuna`)."""

LARGEST = 999_999_999
YUQ = "yuq"

_SPANISH_UNITS = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete "
    "veintiocho veintinueve"
).split()
_SPANISH_TENS = "- - - treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
_SPANISH_HUNDREDS = (
    "- ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos".split()
)
_QUECHUA_UNITS = "ch'usaq huk iskay kimsa tawa pichqa suqta qanchis pusaq isqun".split()
_QUECHUA_POWERS = ((1_000_000, "millon"), (1_000, "waranqa"), (100, "pachak"), (10, "chunka"))


def words(number: int, language: str, gender: Gender = "") -> str:
    """A whole number from 0 to LARGEST: 21 → `veintiuno`, of feminine things `veintiuna`; `iskay chunka hukniyuq`."""
    return _quechua(number) if language == "quz" else _spanish(number, gender)


def one_by_one(digits: str, language: str) -> str:
    """Each digit by itself: `106` → `uno cero seis`."""
    return " ".join(words(int(digit), language) for digit in digits)


def having(word: str) -> str:
    """`word` with the ending by which Quechua adds the smaller to the greater: kimsayuq, hukniyuq."""
    return word + (YUQ if word[-1] in "aiuoe" else "ni" + YUQ)


def _spanish(number: int, gender: Gender) -> str:
    millions, below = divmod(number, 1_000_000)
    thousands, units = divmod(below, 1_000)
    said: list[str] = []
    if millions:
        said.append("un millón" if millions == 1 else f"{_below_thousand(millions, 'm', 'm')} millones")
    if thousands:
        said.append("mil" if thousands == 1 else f"{_below_thousand(thousands, 'm', gender)} mil")
    if units or not said:
        said.append(_below_thousand(units, gender, gender))
    return " ".join(said)


def _below_thousand(number: int, one: Gender, hundreds: Gender) -> str:
    """`one` is the gender of a final one, `hundreds` that of 200 to 900: `doscientas treinta y un mil` familias."""
    if number == 100:
        return "cien"
    count, rest = divmod(number, 100)
    hundred = _SPANISH_HUNDREDS[count]
    if hundreds == "f" and count > 1:
        hundred = hundred[:-2] + "as"
    return " ".join(([hundred] if count else []) + ([_below_hundred(rest, one)] if rest or not count else []))


def _below_hundred(number: int, one: Gender) -> str:
    if number >= 30:
        tens, unit = divmod(number, 10)
        return _SPANISH_TENS[tens] + (f" y {_below_hundred(unit, one)}" if unit else "")
    word = _SPANISH_UNITS[number]
    if number not in (1, 21) or not one:
        return word
    if one == "f":
        return word[:-1] + "a"
    return "un" if number == 1 else "veintiún"


def _quechua(number: int) -> str:
    """Greater before smaller; only the units take -yuq: `pachak iskay chunka kimsayuq` is 123."""
    said: list[str] = []
    for power, name in _QUECHUA_POWERS:
        count, number = divmod(number, power)
        if count > 1 or (count and name == "millon"):
            said.append(_quechua(count))
        if count:
            said.append(name)
    if not said:
        return _QUECHUA_UNITS[number]
    return " ".join([*said, having(_QUECHUA_UNITS[number])] if number else said)
