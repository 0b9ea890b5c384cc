"""Codes that a person reads aloud over a bad line and types on a phone with twelve keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from rapidfuzz.distance import OSA

# 23 is prime, so that one weighted sum catches every wrong sign and every swap. Out are the letters that look like a
# digit (O Q I L Z S G B), and those that over the phone or to a Quechua ear are another letter: D (te), N (eme),
# E (i), U (o), V (u). Letter and digit take turns: no code is a word, a year or an answer to a menu.
LETTERS = "ACFHJKMPRTWXY"
DIGITS = "0123456789"
_SIGNS = DIGITS + LETTERS
_PLACES = (LETTERS, DIGITS, LETTERS, DIGITS, LETTERS)
SHORT, LONG = 5, 6
"""Signs of a code: 16,900 codes, for appointments, which are over soon; 219,700, for cases, which stay."""
_MEANT = str.maketrans("OQILZSGBND", "00112568MT")
_NOT_SIGN = re.compile(r"[^A-Z0-9]+")
_DIGIT = re.compile(r"\d")
_SHAPE = re.compile(rf"(?:[{LETTERS}]\d){{2}}[{LETTERS}]?[{_SIGNS}]")


def make(randbelow: Callable[[int], int], signs: int = SHORT) -> str:
    """A new code, such as K7M4X or K7M4XR; `randbelow(n)` gives a whole number from 0 to n - 1."""
    drawn = [place[randbelow(len(place))] for place in _PLACES[: signs - 1]]
    return next("".join([*drawn, sign]) for sign in _SIGNS if _sum([*drawn, sign]) == 0)


def is_valid(text: str) -> bool:
    """Whether `text` is a code with the right check sign, as `clean` leaves it."""
    return looks_like(text) and _sum(text) == 0


def looks_like(text: str) -> bool:
    """Whether `text` has the shape of a code, its check sign aside."""
    return bool(_SHAPE.fullmatch(text))


def clean(text: str) -> str:
    """Upper case without spaces, hyphens or dots, and the sign meant for each that no code has: `k7-mo2` is K7M02.

    A word without any figure is left as it is: `kimsa` is not K1M5A.
    """
    signs = _NOT_SIGN.sub("", text.upper())
    return signs.translate(_MEANT) if _DIGIT.search(signs) else signs


def nearest(text: str, codes: Iterable[str]) -> str | None:
    """The one of `codes` that `text` is, or is but for one slip: a sign wrong, missing or too many, or two swapped.

    None when there is none, or when two are equally near.
    """
    said = clean(text)
    apart = {code: OSA.distance(said, code, score_cutoff=1) for code in codes}
    least = min(apart.values(), default=2)
    near = [code for code, distance in apart.items() if distance == least]
    return near[0] if least <= 1 and len(near) == 1 else None


def joined(words: Sequence[str]) -> list[str]:
    """Folded words with the pieces of a code put together: `k7 m4x` is one word.

    Two pieces with a digit in each are one code when they have its shape, others only when the check sign is right too.
    """
    found: list[str] = []
    at = 0
    while at < len(words):
        pieces = _pieces(words, at)
        found.append("".join(words[at : at + pieces]))
        at += pieces
    return found


def _pieces(words: Sequence[str], at: int) -> int:
    """How many words from `at` on are one code; 1 where none begins."""
    signs = ""
    found = 1
    for count, word in enumerate(words[at : at + LONG], start=1):
        signs += word
        if len(signs) > LONG:
            break
        said = clean(signs)
        in_two = count == 2 and looks_like(said) and all(map(_DIGIT.search, words[at : at + 2]))
        if in_two or is_valid(said):
            found = count
    return found


def _sum(signs: Sequence[str]) -> int:
    return sum(weight * _SIGNS.index(sign) for weight, sign in enumerate(signs, start=1)) % len(_SIGNS)
