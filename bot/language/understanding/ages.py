"""Ages as people write them, in both languages: `4 añitos`, `tawa watayuq`, `8 meses`, `un año y medio`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.language.folding import andean

MOST_YEARS, MOST_MONTHS = 120, 36
_YEARS = re.compile(r"an[iy]?[ou]s?$|an[iy]?it[ou]s?$|wata(?:c?ha)?(?:n|y|(?:ni)?y[uo][qkjx])?$")
_MONTHS = re.compile(r"mes(?:es|(?:es|c|es?c)?it[ou]s?)?$|killa(?:c?ha)?(?:n|y|(?:ni)?y[uo][qkjx])?$")
_DAYS = re.compile(r"(?:dia|semana|simana)s?$|(?:punchaw|punchay|simana|semana)(?:ni)?y[uo][qkjx]$")
_OLD = ("nacido", "nacida", "nacidito", "nacidita", "edad")
_SINCE = frozenset("hace ase desde durante cada dentro en hasta ultimos unos faltan por".split())
_CARRIED = re.compile(r"embaraz|gesta|wiksayu|wiksayo|unquq|onqoq")
_UNITS = "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince".split()
_SPANISH = {
    **{word: number for number, word in enumerate(_UNITS)},
    **{"un": 1, "una": 1, "dieciseis": 16, "diecisiete": 17, "dieciocho": 18, "diecinueve": 19, "veinte": 20},
    **{"veintiun" + end: 21 for end in ("", "o", "a")},
    **{f"veinti{word}": 20 + number for number, word in enumerate(_UNITS[:10]) if number > 1},
    **{"cien": 100},
}
_TENS = {
    word: 10 * number
    for number, word in enumerate("veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa".split(), start=2)
} | {"ciento": 100, "sincuenta": 50, "cesenta": 60, "quarenta": 40, "trenta": 30}
_QUECHUA = {
    andean(word): number
    for number, words in enumerate(
        ("huk", "iskay", "kimsa kinsa", "tawa", "pichqa pisqa", "suqta sujta", "qanchis", "pusaq", "isqun esqon"),
        start=1,
    )
    for word in words.split()
}
_TEN = andean("chunka")
_HAVING = re.compile(r"(?:ni)?yuk$")


@dataclass(frozen=True, slots=True)
class Age:
    """Words `start` to `stop` say an age of so many months."""

    months: int
    start: int
    stop: int


def said(words: Sequence[str]) -> Age | None:
    """The first age said with its unit among folded words, letters and figures apart; None when it cannot be one."""
    for at, word in enumerate(words):
        if word.startswith("nacid") and at and words[at - 1].startswith("recien"):
            return Age(0, at - 1, at + 1)
        years = bool(_YEARS.match(word))
        if not years and not _MONTHS.match(word) and not _is_of_newborn(words, at):
            continue
        number, start = _before(words, at)
        if start and words[start - 1] in _SINCE:
            continue
        found = _years(words, at, number, start) if years else _less(words, at, number, start)
        if found:
            return found
    return None


def bare(words: Sequence[str], at: int) -> Age | None:
    """The years that stand at `at` as a mere number: `Rosa Quispe 34`."""
    number, used = number_at(words, at)
    is_age = used and number <= MOST_YEARS and words[at] not in ("un", "una", "uno", "huk")
    return Age(12 * number, at, at + used) if is_age else None


def number_at(words: Sequence[str], at: int) -> tuple[int, int]:
    """The number that begins at a word, and how many words it takes; (0, 0) when none does."""
    word = words[at]
    if word.isdigit():
        return (int(word), 1) if len(word) <= 3 else (0, 0)
    after = words[at + 1] if at + 1 < len(words) else ""
    if word in _TENS:
        gap = 2 if after == "y" else 1
        unit = _SPANISH.get(words[at + gap], 0) if at + gap < len(words) else 0
        joins = unit > 0 and (word == "ciento" or (unit < 10 and gap == 2))
        return (_TENS[word] + unit, gap + 1) if joins else (_TENS[word], 1)
    if word in _SPANISH:
        return _SPANISH[word], 1
    return _quechua_number(words, at)


def _quechua_number(words: Sequence[str], at: int) -> tuple[int, int]:
    """`tawa chunka pichqayuq` is 45 in three words."""
    first = andean(words[at])
    unit = _QUECHUA.get(_HAVING.sub("", first), 0)
    after = andean(words[at + 1]) if at + 1 < len(words) else ""
    if first.startswith(_TEN):
        tens, used = 10, 1
    elif unit and after.startswith(_TEN):
        tens, used = 10 * unit, 2
    else:
        return (unit, 1) if unit else (0, 0)
    having = andean(words[at + used]) if at + used < len(words) else ""
    unit = _QUECHUA.get(_HAVING.sub("", having), 0) if _HAVING.search(having) else 0
    return (tens + unit, used + 1) if unit else (tens, used)


def _before(words: Sequence[str], at: int) -> tuple[int | None, int]:
    """The number that ends just before `at`, and where it begins; None and `at` when there is none."""
    for start in range(max(0, at - 4), at):
        number, used = number_at(words, start)
        if used and start + used == at:
            return number, start
    return None, at


def _years(words: Sequence[str], at: int, number: int | None, start: int) -> Age | None:
    """Years, with the half or the months that follow them."""
    after = list(words[at + 1 : at + 3])
    if number is None:
        if after[:2] == ["y", "medio"]:
            return Age(18, start, at + 3)
        return Age(6, at - 1, at + 1) if at and words[at - 1] == "medio" else None
    if number > MOST_YEARS:
        return None
    if after[:2] in (["y", "medio"], ["y", "media"]) or after[:1] == ["kuskanniyuq"]:
        return Age(12 * number + 6, start, at + 1 + (2 if after[0] == "y" else 1))
    begin = at + 1 + (after[:1] == ["y"] or after[:1] == ["con"])
    if begin < len(words):
        months, used = number_at(words, begin)
        unit = begin + used
        if used and months < 12 and unit < len(words) and _MONTHS.match(words[unit]):
            return Age(12 * number + months, start, unit + 1)
    return Age(12 * number, start, at + 1)


def _less(words: Sequence[str], at: int, number: int | None, start: int) -> Age | None:
    """Months; or the days and weeks of a newborn. Months of a pregnancy are no age."""
    if number is None or any(map(_CARRIED.match, words)):
        return None
    if _MONTHS.match(words[at]):
        return Age(number, start, at + 1) if number <= MOST_MONTHS else None
    days = number * (7 if words[at].startswith(("sem", "sim")) else 1)
    stop = next((end for end in range(at + 3, at, -1) if words[end - 1 : end] and words[end - 1] in _OLD), at + 1)
    return Age(days // 30, start, stop) if days <= 365 else None


def _is_of_newborn(words: Sequence[str], at: int) -> bool:
    """`15 dias de nacido`, `iskay simanayuq`: other days and weeks are no age."""
    if not _DAYS.match(words[at]):
        return False
    is_of_baby = any(word.startswith(("bebe", "wawa")) for word in words[:at])
    return (
        is_of_baby or words[at].endswith(("k", "q", "j", "x")) or any(word in _OLD for word in words[at + 1 : at + 3])
    )
