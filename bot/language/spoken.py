"""A text as it is read aloud, on the radio or in the assembly: hours, days, money and numbers in words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from re import Match

from bot.language import phones, short_forms, voice
from bot.language.numerals import LARGEST, Gender, one_by_one, words
from bot.language.short_forms import BOUND, DOT
from bot.language.wording import MONTHS

_Said = Callable[[Match[str], str], str]
"""What is said for a match, in a language."""

_ENDINGS = rf"((?:manta|kama|lla|man|paq|pas|pi|wan|ta|qa|pa|raq|ña|chu|n|m)*){BOUND}"
"""What Quechua glues to an hour, a day or an amount; the last group of their patterns."""

_ENDED = _ENDINGS.replace("(", "(?:", 1)
_BEGIN = r"(?<!\d)(?<!\d[:.,/-])"
"""Where a number begins that is no part of a longer one."""

_HALF = r"\s?[aApP]\.?\s?[mM]"
_NUMERIC = r"\d+(?:[.,]\d+)*"
_TIME = rf"\d{{1,2}}(?::[0-5]\d(?:{_HALF}{BOUND})?|{_HALF}{BOUND})"
_HOURS = rf"(?:\s?(?:horas|hora|(?:hrs|hr|h){DOT})(?={_ENDED}))?"
_WHOLE = r"([1-9]\d{0,2}(?:[,.]\d{3})+(?!\d)|\d+)"
_CALLED = (
    r"(?:[Nn][uú]mero|[Cc]elular|[Tt]el[eé]fono|[Mm]arque|(?:[Ll]lame|[Mm]ensaje|[Tt]exto|SMS|[Ee]scriba) al):?\s+"
)
_CALLED_AFTER = r"(?=\s?(?:numero|yupay|celular))"
_PART_FOLLOWS = re.compile(
    r"\s+(?:(?:de|en|por) la (?:mañana|tarde|noche|madrugada)|del (?:día|mediodía)|tutamanta|tarde|tuta)"
)
_LETTER_THEN_DIGIT = re.compile(r"(?<=[^\W\d_])(?<!\dm)(?<!\d m)(?=\d)")
_HOUR_BEFORE = re.compile(r"\b[Ll]as?\s+$")
_COUNTED = re.compile(r"\s+([^\W\d_]+)")

_ORDINALS = "cero primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo".split()
_ORDINAL = re.compile(rf"{_BEGIN}(\d{{1,2}})(?:(er)|([rd]a|ta|[mvn]a|ª)|\.?[°º](?! ?C)|[rdtmvn]o){BOUND}")

_DEGREE = re.compile(r"(?<=\d)[°ºª](?! ?C)")

_UNCOUNTED = frozenset(
    "a ahora al antes como con cuando de del desde después e el en entre es esta este hasta hoy la las le les lo los "
    "mañana más menos mi ni no nos nosotros o para pero por punto que se según si sí sin sobre son su sus tras tu u y "
    "ya".split()
)
"""Words that may follow a number and are not what it counts."""

_MASCULINE = re.compile(
    r"d[ií]as?|mapas?|climas?|planetas?|\w*(?:(?:ble|te|io|gra)ma|ista)s?|avi[oó]n(?:es)?|cami[oó]n(?:es)?"
)
_FEMININE = re.compile(
    r"\w*(?:as?|i[oó]n(?:es)?|[dt]ad(?:es)?|tud(?:es)?)|noches?|tardes?|clases?|manos?|mujer(?:es)?|veces"
)


def spoken(text: str, language: str) -> str:
    """`text` without digits: `S/ 25.50` → `veinticinco soles con cincuenta céntimos`. Twice changes no more.

    Hours are read as of 24. From 1:00 to 5:59 (in Quechua to 12:59) `am` or `pm` must be there for the part of the day
    to be said: most who leave it out mean the afternoon. `12/3` is a day, `1/2` is not: one of the two has two digits.
    """
    text = _LETTER_THEN_DIGIT.sub(" ", "".join(_digit(character) for character in text))
    if language == "es":
        text = _ORDINAL.sub(_ordinal, text)
    text = _DEGREE.sub("", text)
    text = short_forms.full_days(text, language)
    for pattern, said in _VALUES:
        text = pattern.sub(_in(language, said), text)
    text = short_forms.in_full(text, language)
    return _NUMBER.sub(_in(language, _number), text)


def _in(language: str, said: _Said) -> Callable[[Match[str]], str]:
    return lambda match: said(match, language)


def _digit(character: str) -> str:
    """A digit of another script, or a raised one, as the plain one."""
    return character if character.isascii() else str(unicodedata.digit(character, character))


def _ordinal(match: Match[str]) -> str:
    number = int(match[1])
    if not 0 < number < len(_ORDINALS):
        return match[1]
    word = _ORDINALS[number]
    if match[3]:
        return word[:-1] + "a"
    return word[:-1] if match[2] and number in (1, 3) else word


# -- days


def _iso(match: Match[str], language: str) -> str:
    return _date(match, int(match[3]), int(match[2]), int(match[1]), language)


def _numeric(match: Match[str], language: str) -> str:
    year = int(match[4])
    return _date(match, int(match[1]), int(match[3]), year if year > 99 else 2000 + year, language)


def _without_year(match: Match[str], language: str) -> str:
    day, month = match[1].split("/")
    return _date(match, int(day), int(month), None, language)


def _first(match: Match[str], language: str) -> str:
    """`1 de marzo`."""
    return f"primero de {match[1]}" if language == "es" else match[0]


def _date(match: Match[str], day: int, month: int, year: int | None, language: str) -> str:
    try:
        date(year or 2000, month, day)
    except ValueError:
        return match[0]
    return voice.day(day, month, year, language, match[match.lastindex or 0])


# -- numbers to call


def _phone(match: Match[str], language: str) -> str:
    return voice.phone(match[0], language)


def _short_number(match: Match[str], language: str) -> str:
    return match[1] + one_by_one(match[2], language)


# -- from and until


def _range(match: Match[str], language: str) -> str:
    """`8:00-13:00` → `8:00 a 13:00`, in Quechua `8:00manta 13:00kama`."""
    return f"{match[1]}manta {match[2]}kama" if language == "quz" else f"{match[1]} a {match[2]}"


def _hours_with_a(match: Match[str], language: str) -> str:
    return _range(match, language) if language == "quz" else match[0]


def _noon(match: Match[str], language: str) -> str:
    """`12 m`, as noon is written here; only after a word that an hour follows, for 12 metres are written so too."""
    return f"{match[1]}12 pm"


def _sobre(match: Match[str], language: str) -> str:
    return " sobre "


# -- money and hours


def _soles(match: Match[str], language: str) -> str:
    whole, part, thousands, ending = match.groups()
    if thousands:
        amount = f"{whole}.{part}" if part else whole
        of = "de " if thousands != "mil" else ""
        return f"{amount} {thousands} sol{ending}" if language == "quz" else f"{amount} {thousands} {of}soles"
    number = int(re.sub("[,.]", "", whole))
    return voice.soles(number, int((part or "").ljust(2, "0")), language, ending) if number <= LARGEST else match[0]


def _clock(match: Match[str], language: str) -> str:
    article, hour_text, after_colon, after_dot, half, ending = match.groups()
    hour, minute = int(hour_text), after_colon or after_dot
    if hour > 24 or not (minute or half):
        return match[0]
    if half:
        hour = hour % 12 + (12 if half in "pP" else 0) if hour <= 12 else hour
    is_known = bool(half) or hour > 12 or hour_text.startswith("0") or (language == "es" and hour > 5)
    part = is_known and not _PART_FOLLOWS.match(match.string, match.end())
    said = voice.clock(hour, int(minute or 0), language, part=part, ending=ending)
    if not article:
        return said
    return f"{article}a {said}" if hour % 12 == 1 else f"{article}as {said}"


# -- numbers


def _number(match: Match[str], language: str) -> str:
    whole, part, glued = match.groups()
    said = _whole(whole, language, _gender(match) if language == "es" and not part else "")
    if part:
        said += f" punto {_whole(part, language, '')}"
    before = " " if match.string[: match.start()][-1:].isalpha() else ""
    is_ending = language == "quz" and glued
    after = " " if match.string[match.end(2 if part else 1) :][:1].isalpha() and not is_ending else ""
    return before + said + after + glued


def _whole(digits: str, language: str, gender: Gender) -> str:
    """What begins with nought, or is longer than seven digits that nobody has parted, is a code and not a number."""
    number = int(re.sub("[,.]", "", digits))
    is_code = digits.isdigit() and len(digits) > 1 and (digits[0] == "0" or len(digits) > 7)
    if is_code or number > LARGEST:
        return one_by_one(re.sub("[,.]", "", digits), language)
    return words(number, language, gender)


def _gender(match: Match[str]) -> Gender:
    """The gender of what is counted by the number; of an hour, feminine; empty where nothing is."""
    if _HOUR_BEFORE.search(match.string, 0, match.start()):
        return "f"
    found = _COUNTED.match(match.string, match.end())
    noun = found[1] if found else ""
    if noun == "mil":
        return "m"
    if not noun or not noun.islower() or noun in _UNCOUNTED or (match[1] != "1" and not noun.endswith("s")):
        return ""
    return "f" if _FEMININE.fullmatch(noun) and not _MASCULINE.fullmatch(noun) else "m"


def _step(pattern: str, said: _Said) -> tuple[re.Pattern[str], _Said]:
    return re.compile(pattern), said


_VALUES = (
    _step(rf"(?<![\d-])(\d{{4}})-(\d\d)-(\d\d)(?!\d){_ENDINGS}", _iso),
    _step(rf"{_BEGIN}(\d{{1,2}})([/.-])(\d{{1,2}})\2(\d{{4}}|\d\d)(?!\d){_ENDINGS}", _numeric),
    _step(rf"(?<![\d/])(?!24/7)(\d\d/\d{{1,2}}|\d/\d\d)(?![\d/%]){_ENDINGS}", _without_year),
    _step(rf"{_BEGIN}0?1 de ({'|'.join(MONTHS)}|septiembre){BOUND}", _first),
    _step(rf"{phones.MOBILE.pattern}|(?<!\d)(?:\+\d[\d\s.-]{{6,13}}\d|\(?0\d\d?\)?[\s-]?\d{{6,7}})(?!\d)", _phone),
    _step(rf"({_CALLED})(\d{{4,6}})(?![\d.,]*\d)", _short_number),
    _step(rf"(?<![\d.,])()(\d{{4,6}}){_CALLED_AFTER}", _short_number),
    _step(rf"\b((?:a|las|hasta|y) )12(?::00)?\s?m{BOUND}(?! de){DOT}", _noon),
    _step(rf"(?<![\w-])({_TIME}|{_NUMERIC})\s?[-–—]\s?({_TIME}|{_NUMERIC})(?![\d-])", _range),
    _step(rf"(?<![\w-])({_TIME}) a ({_TIME})", _hours_with_a),
    _step(rf"S/\.?\s?{_WHOLE}(?:\.(\d\d?))?(?![.,]?\d)(?:\s(mil|mill[oó]n(?:es)?){BOUND})?{_ENDINGS}", _soles),
    _step(rf"(?<![\d.,]){_WHOLE}\.(\d\d)()\s?sol(?:es)?{_ENDINGS}", _soles),
    _step(
        rf"(?:\b([Ll])as?\s+)?{_BEGIN}(\d{{1,2}})(?::([0-5]\d)(?!\d|:\d)|\.([0-5]\d)(?={_HALF}))?"
        rf"(?:\s?([aApP])\.?\s?[mM](?={_ENDED}){DOT})?{_HOURS}{_ENDINGS}",
        _clock,
    ),
    _step(r"(?<=\d)\s?/\s?(?=\d)", _sobre),
)
_NUMBER = re.compile(rf"{_WHOLE}(?:\.(\d+))?([a-zñ']*)")
