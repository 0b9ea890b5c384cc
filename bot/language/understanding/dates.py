"""Days, dates and years as people write them, in both languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

DAYS = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
Problem = Literal["impossible", "past"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "enero ene iniru", "febrero feb fibriru", "marzo mar marso marsu", "abril abr awril", "mayo may mayu",
            "junio jun huniu", "julio jul huliu", "agosto ago agustu", "setiembre septiembre set sep sept sitimri",
            "octubre oct uktuwri", "noviembre nov", "diciembre dic disiembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_UNITS = "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince".split()
_TENS = {"veinte": 20, "treinta": 30}
_NUMBERS = {
    **{word: number for number, word in enumerate(_UNITS, start=1)},
    **{"primero": 1, "primer": 1, "un": 1, "dieciseis": 16, "diecisiete": 17, "dieciocho": 18, "diecinueve": 19},
    **{"veintiuno": 21, "veintiun": 21, "veintidos": 22, "veintitres": 23, "veinticuatro": 24, "veinticinco": 25},
    **{"veintiseis": 26, "veintisiete": 27, "veintiocho": 28, "veintinueve": 29},
}
_QUECHUA = {
    **{"huk": 1, "uk": 1, "juk": 1, "iskay": 2, "ishkay": 2, "kimsa": 3, "kinsa": 3, "tawa": 4, "pichqa": 5},
    **{
        "pisqa": 5,
        "phisqa": 5,
        "pichka": 5,
        "suqta": 6,
        "soqta": 6,
        "qanchis": 7,
        "pusaq": 8,
        "pusaj": 8,
        "isqun": 9,
        "isqon": 9,
    },
}
_HAVING = re.compile(r"(?:ni)?yu[qk]$|(?:ni)?yo[qkj]$")
_CASE = re.compile(r"(?:killa)?(?:manta|kama|paq|pi|ta|man|qa|n|m|mi|s)?$")
_NUMERIC = re.compile(r"(?<![\d/])(\d{1,2})\s?[/.-]\s?(\d{1,2})(?:\s?[/.-]\s?(20\d\d|\d\d))?(?![\d/%])")
_ISO = re.compile(r"(?<!\d)(20\d\d)-(\d{1,2})-(\d{1,2})(?!\d)")
_AFTER_NUMBER = {"de", "del", "d", "dia", "kaq", "killa", "killapi", "punchay", "punchaw"}
_DAY_FORMS = {
    **{day: day for day in DAYS},
    **{"paqarin": "manana", "pacarin": "manana", "pakarin": "manana", "hoy": "hoy", "oy": "hoy"},
    **{"miercole": "miercoles", "mierkoles": "miercoles", "juebes": "jueves", "huebes": "jueves", "jueve": "jueves"},
    **{"biernes": "viernes", "vierne": "viernes", "savado": "sabado", "sabadu": "sabado", "savadu": "sabado"},
    **{"domingu": "domingo", "dominical": "domingo", "lune": "lunes", "marte": "martes"},
}
_DAY_ENDING = re.compile(r"(?:s|ta|pi|pa[qj]|man|manta|kama|chu|mi|n|qa|ña|pas|raq)*")
_OF_KUNAN = {"kunan", "kunanchu", "kunanmi", "kunanpaq", "kunanqa", "cunan"}
_NOT_TODAY = {"wata", "watapi", "killa", "killapi", "semana", "semanapi", "simana", "simanapi"}
_THIS = {"este", "presente", "kay"}
_NEXT = {"proximo", "siguiente", "hamuq", "qatiq"}


@dataclass(frozen=True, slots=True)
class When:
    """What a message says of time: a day of the slot `day`, a date, or why the date said cannot be."""

    day: str = ""
    date: date | None = None
    problem: Problem | None = None


def when(text: str, words: Sequence[str], today: date) -> When:
    """The first day and the first date of a message; a date without a year is the next such one."""
    said = _numeric(text, today) or _worded(words, today) or _day_after_tomorrow(words, today)
    day = _day(words)
    if isinstance(said, str):
        return When(day, problem=said)
    return When(day, said)


def day_number(words: Sequence[str], at: int) -> tuple[int, int]:
    """The number that begins at a word and how many words it takes: `iskay chunka hukniyuq` is 21 in 3."""
    word = words[at]
    if match := re.fullmatch(r"(\d{1,2})(?:ro|ta|pi|paq|man|manta|n)?", word):
        return int(match[1]), 1
    bare = _CASE.sub("", word)
    for form in (word, bare):
        if form in _NUMBERS:
            return _NUMBERS[form], 1
    if word in _TENS:
        more = 2 if at + 2 < len(words) and words[at + 1] == "y" and words[at + 2] in _NUMBERS else 0
        return _TENS[word] + (_NUMBERS[words[at + 2]] if more else 0), 1 + more
    return _quechua_number(words, at)


def _quechua_number(words: Sequence[str], at: int) -> tuple[int, int]:
    tens, used = 0, 0
    word = words[at]
    if word in ("iskay", "ishkay", "kimsa", "kinsa") and at + 1 < len(words) and words[at + 1].startswith("chunka"):
        tens, used = 10 * _QUECHUA[word], 2
    elif word.startswith("chunka"):
        tens, used = 10, 1
    elif word in _QUECHUA:
        return _QUECHUA[word], 1
    if used and at + used < len(words):
        unit = _HAVING.sub("", _CASE.sub("", words[at + used]))
        if unit in _QUECHUA and unit != words[at + used]:
            return tens + _QUECHUA[unit], used + 1
    return tens, used


def is_date_word(word: str) -> bool:
    """Whether a folded word is part of a date: a day, a month or a number of a month."""
    return bool(weekday(word) or _month(word) or word == "manana" or day_number([word], 0)[0])


def is_month(word: str) -> bool:
    """Whether a folded word names a month, Quechua endings aside."""
    return bool(_month(word))


def _month(word: str) -> int:
    return _MONTHS.get(word) or _MONTHS.get(_CASE.sub("", word), 0)


def _numeric(text: str, today: date) -> date | Problem | None:
    if match := _ISO.search(text):
        return _made(int(match[3]), int(match[2]), int(match[1]), today)
    for match in _NUMERIC.finditer(text):
        separator = text[match.end(1) : match.start(2)].strip()
        day, month, year = int(match[1]), int(match[2]), match[3]
        if match[0] == "24/7" or (year is None and separator != "/"):
            continue
        return _made(day, month, int(year) % 100 + 2000 if year else None, today)
    return None


def _worded(words: Sequence[str], today: date) -> date | Problem | None:
    for at, word in enumerate(words):
        month = _month(word)
        if month:
            found = _beside_month(words, at, month, today)
        elif word in ("mes", "killa", "killapi", "presente"):
            found = _of_this_month(words, at, today)
        else:
            continue
        if found is not None:
            return found
    return None


def _beside_month(words: Sequence[str], at: int, month: int, today: date) -> date | Problem | None:
    """A number before the month (`12 de marzo`) or after it (`marzo killapi 12`)."""
    number = _before(words, at)
    after = at + 1
    while after < len(words) and words[after] in _AFTER_NUMBER:
        after += 1
    if not number and after < len(words) and not re.fullmatch(r"20\d\d", words[after]):
        number, used = day_number(words, after)
        after += used
    if not number:
        return None
    while after < len(words) and words[after] in _AFTER_NUMBER:
        after += 1
    year = re.fullmatch(r"(20\d\d)\w{0,5}", words[after]) if after < len(words) else None
    return _made(number, month, int(year[1]) if year else None, today)


def _before(words: Sequence[str], at: int) -> int:
    """The number that ends just before a word, `de` and `dia` aside."""
    end = at
    while end and words[end - 1] in _AFTER_NUMBER:
        end -= 1
    for start in range(max(0, end - 3), end):
        number, used = day_number(words, start)
        if number and start + used == end:
            return number
    return 0


def _of_this_month(words: Sequence[str], at: int, today: date) -> date | Problem | None:
    """`5 de este mes`, `kay killa 5`, `10 del proximo mes`."""
    which = at if words[at] == "presente" else at - 1
    if which < 0 or words[which] not in _THIS | _NEXT:
        return None
    number = _before(words, which)
    if not number and at + 1 < len(words):
        number, _ = day_number(words, at + 1)
    if not number:
        return None
    month, year = today.month, today.year
    if words[which] in _NEXT:
        month, year = month % 12 + 1, year + month // 12
    return _made(number, month, year, today)


def _day_after_tomorrow(words: Sequence[str], today: date) -> date | None:
    text = " ".join(words)
    after = "pasado manana" in text or bool({"minchha", "mincha", "minchhata", "minchaman"} & set(words))
    return today + timedelta(2) if after else None


def _made(day: int, month: int, year: int | None, today: date) -> date | Problem:
    try:
        if year is not None:
            made = date(year, month, day)
            return made if made >= today else "past"
        made = date(today.year, month, day)
        return made if made >= today else date(today.year + 1, month, day)
    except ValueError:
        return _next_leap_day(today) if (day, month, year) == (29, 2, None) else "impossible"


def _next_leap_day(today: date) -> date | Problem:
    """29 February is meant only when the next February has one."""
    year = today.year if today < date(today.year, 3, 1) else today.year + 1
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return date(year, 2, 29) if leap else "impossible"


def _day(words: Sequence[str]) -> str:
    for at, word in enumerate(words):
        before = words[at - 1] if at else ""
        after = words[at + 1] if at + 1 < len(words) else ""
        if word == "manana" and before not in ("la", "las", "pasado", "cada", "una"):
            return "manana"
        if word in _OF_KUNAN and after not in _NOT_TODAY:
            return "hoy"
        if named := weekday(word):
            return named
    return ""


@lru_cache(maxsize=1_000)
def weekday(word: str) -> str:
    """The value of the slot `day` that a word names by itself, Quechua endings aside: `lunespichu` → lunes."""
    for form, day in _DAY_FORMS.items():
        if word.startswith(form) and _DAY_ENDING.fullmatch(word, len(form)):
            return day
    return ""
