"""When a fair comes back: from the words of staff to a recurrence rule, and from the rule to days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import islice

from dateutil.rrule import rrulestr

from bot.language.folding import fold

WEEKDAYS = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_ORDINALS = {
    "primer": 1, "primero": 1, "1er": 1, "segundo": 2, "2do": 2, "tercer": 3, "tercero": 3, "3er": 3,
    "cuarto": 4, "4to": 4, "ultimo": -1,
}  # fmt: skip
_SMALL_WORDS = {
    "cada",
    "todos",
    "todas",
    "los",
    "las",
    "el",
    "y",
    "del",
    "de",
    "mes",
    "dia",
    "dias",
    "semana",
    "semanas",
}
_PARTS = ("DTSTART", "FREQ", "INTERVAL", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS")
_LONG_AGO = date(2000, 1, 1)
_EXAMPLES = "write 'domingo', 'martes;viernes', 'primer domingo del mes' or FREQ=WEEKLY;BYDAY=SU"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A rule that can be said in words: these weekdays (`lunes` … `domingo`).

    `ordinals` empty: every week; else only the nth of each month, -1 being the last.
    """

    weekdays: tuple[str, ...]
    ordinals: tuple[int, ...] = ()


def parse(text: str) -> str:
    """The recurrence meant by `text`, in one canonical spelling. Raises ValueError with a sentence that helps."""
    given = text.strip()
    if not given:
        raise ValueError(f"no day is given; {_EXAMPLES}")
    return _parse_rule(given) if "=" in given else _parse_words(given)


def upcoming(rule: str, since: date, count: int) -> Sequence[date]:
    """The first `count` days of the rule from `since` on (fewer when it ends)."""
    return _upcoming(rule, since, count)


def pattern(rule: str) -> Pattern | None:
    """The rule as weekdays, None when it is more than that."""
    parts = dict(part.split("=") for part in rule.split(";")) if rule else {}
    codes = [re.fullmatch(r"([+-]?\d*)([A-Z]{2})", code) for code in parts.pop("BYDAY", "").split(",")]
    frequency = parts.pop("FREQ", "")
    if parts or not all(codes):
        return None
    days = [(int(code[1] or 0), WEEKDAYS[_CODES.index(code[2])]) for code in codes if code]
    weekdays = tuple(dict.fromkeys(day for _, day in days))
    ordinals = tuple(dict.fromkeys(number for number, _ in days))
    if ordinals == (0,) and frequency == "WEEKLY":
        return Pattern(weekdays)
    if 0 not in ordinals and frequency == "MONTHLY" and len(days) == len(weekdays) * len(ordinals):
        return Pattern(weekdays, ordinals)
    return None


def _parse_words(text: str) -> str:
    words = fold(text).split()
    if words in (["diario"], ["todos", "los", "dias"], ["cada", "dia"]):
        return f"FREQ=WEEKLY;BYDAY={','.join(_CODES)}"
    ordinals = [_ORDINALS[word] for word in words if word in _ORDINALS]
    days = [code for code in map(_weekday, words) if code]
    unknown = [w for w in words if w not in _ORDINALS and w not in _SMALL_WORDS and not _weekday(w)]
    if unknown or not days:
        raise ValueError(f"'{unknown[0] if unknown else text}' is not a day of the week; {_EXAMPLES}")
    if not ordinals:
        return f"FREQ=WEEKLY;BYDAY={','.join(sorted(set(days), key=_CODES.index))}"
    codes = dict.fromkeys(f"{number}{day}" for number in ordinals for day in days)
    return f"FREQ=MONTHLY;BYDAY={','.join(codes)}"


def _weekday(word: str) -> str:
    for name, code in zip(WEEKDAYS, _CODES, strict=True):
        if word in (name, f"{name}s"):
            return code
    return ""


def _parse_rule(text: str) -> str:
    start = re.search(r"DTSTART[:=](\d{8})(T\d{6}Z?)?[;\s]*", text, re.IGNORECASE)
    rest = text.upper().replace(start[0].upper(), "") if start else text.upper()
    pieces = [piece for piece in re.split(r"[;\s]+", rest.strip().removeprefix("RRULE:")) if piece]
    if not all(re.fullmatch(r"[A-Z]+=[A-Z0-9,+:-]+", piece) for piece in pieces):
        raise ValueError(f"this rule cannot be read; {_EXAMPLES}")
    parts = dict(piece.split("=") for piece in pieces)
    if start:
        parts["DTSTART"] = start[1]
    _check(parts)
    if "UNTIL" in parts:
        parts["UNTIL"] = parts["UNTIL"][:8]
    if parts.get("INTERVAL") == "1":
        del parts["INTERVAL"]
    rule = ";".join(f"{name}={parts[name]}" for name in _PARTS if name in parts)
    _try(rule)
    return rule


def _check(parts: dict[str, str]) -> None:
    """Refuse what would need a guess (which day?) or would take for ever to search."""
    unknown = sorted(set(parts) - set(_PARTS))
    if unknown:
        raise ValueError(f"{unknown[0]} is not understood in a rule; use {', '.join(_PARTS)}")
    frequency, has = parts.get("FREQ", ""), parts.keys().__contains__
    if frequency not in ("WEEKLY", "MONTHLY", "YEARLY"):
        raise ValueError("FREQ must be WEEKLY, MONTHLY or YEARLY")
    if frequency == "WEEKLY" and (not has("BYDAY") or has("BYMONTHDAY")):
        raise ValueError("a weekly rule needs BYDAY, such as BYDAY=SU, and no BYMONTHDAY")
    if frequency != "WEEKLY" and not (has("BYDAY") or has("BYMONTHDAY")):
        raise ValueError("a monthly or yearly rule needs BYDAY or BYMONTHDAY")
    if frequency == "YEARLY" and not has("BYMONTH"):
        raise ValueError("a yearly rule needs BYMONTH")
    if parts.get("INTERVAL", "1") != "1" and not has("DTSTART"):
        raise ValueError("INTERVAL needs the first day too, such as DTSTART=20270103")


def _try(rule: str) -> None:
    try:
        days = _upcoming(rule, _LONG_AGO, 1)
    except ValueError as error:
        raise ValueError(f"this rule cannot be read: {error}") from None
    if not days:
        raise ValueError("this rule never falls on any day")


@lru_cache(maxsize=4096)
def _upcoming(rule: str, since: date, count: int) -> tuple[date, ...]:
    earliest = datetime.combine(since, datetime.min.time())
    start, rest = earliest, rule
    if rule.startswith("DTSTART="):
        first, rest = rule.removeprefix("DTSTART=").split(";", 1)
        start = datetime.combine(date.fromisoformat(first), datetime.min.time())
    days = rrulestr(rest, dtstart=start).xafter(earliest, inc=True)
    return tuple(day.date() for day in islice(days, count))
