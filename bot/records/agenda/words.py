"""Comparing words as people write them with names as they are stored."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from rapidfuzz.distance import OSA

WORTH_GUESSING = 5
"""Letters from which one typing slip, or an ending glued on (`carreterata`), is forgiven."""


def fold(text: str) -> str:
    """Lower case without accents, apostrophes or signs, one space between words: `Chinchaypujio’` and `CHINCHAYPUJIO` agree."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = (c if c.isalnum() else "" if unicodedata.combining(c) or c in "'’‘ʼ´`" else " " for c in letters)
    return " ".join("".join(kept).split())


def best_matches(asked: str, names: Mapping[str, Sequence[str]]) -> list[str]:
    """Keys of `names` that fit the words asked, best first; empty when no word of any name was said.

    A word weighs less the more names have it, so that `de` or `carretera` do not decide where `pachar` was said.
    """
    words = {key: set(fold(" ".join(texts)).split()) for key, texts in names.items()}
    scores = dict.fromkeys(names, 0.0)
    for word in set(fold(asked).split()):
        having = [key for key, own in words.items() if any(_alike(word, other) for other in own)]
        for key in having:
            scores[key] += 1 / len(having)
    best = max(scores.values(), default=0.0)
    found = [key for key, score in scores.items() if score and score >= best / 2]
    return sorted(found, key=lambda key: -scores[key])


def _alike(said: str, name: str) -> bool:
    if said == name:
        return True
    if min(len(said), len(name)) < WORTH_GUESSING:
        return False
    return said.startswith(name) or OSA.distance(said, name, score_cutoff=1) <= 1
