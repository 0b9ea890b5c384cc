"""One spelling for the many in which people write: what matching compares; the original text is always kept."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

APOSTROPHES = "'’‘ʼ´`ʻ′"
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_DOUBLED_END = re.compile(r"([aeiou])\1+(?= |$)")
_DROP = dict.fromkeys(map(ord, APOSTROPHES))

_ANDEAN = (
    (re.compile(r"(?<=[aeiou])[jxh]$"), "k"),
    (re.compile(r"(?<=[a-z]{2})chka"), "sa"),
    (re.compile(r"(?<=[a-z])nchi[kq]"), "nchis"),
    (re.compile(r"(?<=[a-z])[pj]ti"), "kti"),
    (re.compile(r"ll"), "y"),
    (re.compile(r"([a-z])\1+"), r"\1"),
    (re.compile(r"hu(?=[aei])|gu(?=[a])|w"), "w"),
    (re.compile(r"qu(?=[ei])|cc|ck|c(?![eih])|q|x(?=[pmqt]|$)"), "k"),
    (re.compile(r"sh"), "s"),
    (re.compile(r"c(?=[ei])|z"), "s"),
    (re.compile(r"v"), "b"),
    (re.compile(r"n(?=[pb])"), "m"),
    (re.compile(r"g(?=[ei])|j"), "h"),
    (re.compile(r"e"), "i"),
    (re.compile(r"o"), "u"),
    (re.compile(r"(?<=[ptkc])h|^h"), ""),
    (re.compile(r"([^aeiou])\1+"), r"\1"),
)


@lru_cache(maxsize=500)
def fold(text: str) -> str:
    """Lower case, no accents (ñ too), no apostrophes, one space between words, no stretching: `Holaaa!` → `hola`."""
    if not text.isascii():
        text = text.translate(_DROP)
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    else:
        text = text.replace("'", "").replace("`", "")
    text = _NOT_WORD.sub(" ", text.lower()).strip()
    text = _STRETCHED.sub(r"\1", text)
    return _DOUBLED_END.sub(r"\1", text)


@lru_cache(maxsize=8_000)
def andean(word: str) -> str:
    """The last resort for names and short keyword lists: one key for `huarocondo`, `warukundu`, `guarocondo`.

    Merges e/i, o/u, q/k/c, h/j, w/hu, ll/y, s/z/sh, v/b, -chka-/-sha-, -nchik/-nchis and -pti-/-qti-, and drops
    aspiration, so that 18–27 % of Quechua roots would collide: for names, phrases and features, never for display.
    """
    for pattern, by in _ANDEAN:
        word = pattern.sub(by, word)
    return word


_LIGHT = (
    (re.compile(r"ll"), "y"),
    (re.compile(r"([a-z])\1+"), r"\1"),
    (re.compile(r"qu(?=[ei])|c(?![eih])"), "k"),
    (re.compile(r"c(?=[ei])|z"), "s"),
    (re.compile(r"v"), "b"),
    (re.compile(r"e"), "i"),
    (re.compile(r"o"), "u"),
    (re.compile(r"(?<=[ptkqc])h(?!$)(?<!ch)"), ""),
)


@lru_cache(maxsize=8_000)
def light(word: str) -> str:
    """A key that merges less than `andean`: only e/i, o/u, c/k, s/z, v/b, ll/y and aspiration.

    For ordinary words that name a thing (topics, products), where `hora` must not become `jora`, nor `casa` `kashan`.
    """
    for pattern, by in _LIGHT:
        word = pattern.sub(by, word)
    return word
