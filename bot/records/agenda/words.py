"""Comparing words as people write them with names as they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

from bot.language.folding import andean, fold

WORTH_AN_ENDING, WORTH_GUESSING = 5, 7
"""Letters from which an ending glued on (`carreterata`), and from which one typing slip is forgiven."""

_SHORTEST = 4
_CONNECTIVES = frozenset({"para", "desde", "hasta"})
"""Words of four letters and more that stand in names and say nothing of what was asked."""


def best_matches(asked: str, names: Mapping[str, Sequence[str]]) -> list[str]:
    """Keys of `names` that fit the words asked, best first; empty when no word of any name was said.

    A word weighs less the more names have it, so that `carretera` does not decide where `pachar` was said; of two
    names that fit alike the shorter comes first.
    """
    words = {key: _telling_words(" ".join(texts)) for key, texts in names.items()}
    scores = dict.fromkeys(names, 0.0)
    for word in _telling_words(asked):
        having = [key for key, own in words.items() if any(_alike(word, other) for other in own)]
        for key in having:
            scores[key] += 1 / len(having)
    best = max(scores.values(), default=0.0)
    found = [key for key, score in scores.items() if score and score >= best / 2]
    return sorted(found, key=lambda key: (-scores[key], len(words[key])))


@lru_cache(maxsize=4096)
def _telling_words(text: str) -> frozenset[str]:
    return frozenset(andean(w) for w in fold(text).split() if len(w) >= _SHORTEST and w not in _CONNECTIVES)


def _alike(said: str, name: str) -> bool:
    if said == name:
        return True
    shorter = min(len(said), len(name))
    if shorter >= WORTH_AN_ENDING and (said.startswith(name) or name.startswith(said)):
        return True
    return shorter >= WORTH_GUESSING and OSA.distance(said, name, score_cutoff=1) <= 1
