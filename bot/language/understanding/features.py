"""What the linear models see of a message: words, stems, beginnings, letters in threes and fours, pairs, classes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from bot.language.folding import andean
from bot.language.understanding.words import spanish_stem, stems

VERSION = 2
"""Raised with every change of what is seen, so that a file trained before is known to be old."""
_GRAMS = (3, 4)
_BEGINNINGS = (4, 5, 6)


def features(words: Sequence[str], classes: Sequence[str], asks: bool) -> list[str]:
    """The features of folded words; a word that is a class (`@place`) stands for itself only."""
    found: list[str] = list(classes)
    keys, roots = ["^"], ["^"]
    for word in words:
        if word[0] == "@":
            found.append(word)
            keys.append(word.partition("+")[0])
            roots.append(keys[-1])
        else:
            own, key, root = _of_word(word)
            found.extend(own)
            keys.append(key)
            roots.append(root)
    keys.append("$")
    roots.append("$")
    found.extend([f"{left} {right}" for left, right in pairwise(keys)])
    found.extend([f"!{left} {right}" for left, right in pairwise(roots)])
    found.append(f"#{min(len(words), 7)}")
    if asks:
        found.append("?")
    return list(dict.fromkeys(found))


@lru_cache(maxsize=3_000)
def _of_word(word: str) -> tuple[tuple[str, ...], str, str]:
    """The features of one word, its andean key and its root."""
    key = andean(word)
    padded = f"_{word}_"
    peeled = stems(key)
    found = [f"={key}", f"%{spanish_stem(word)}"]
    found.extend(f"~{stem}" for stem in peeled)
    found.extend(f"<{key[:size]}" for size in _BEGINNINGS if len(key) > size)
    found.extend(padded[at : at + size] for size in _GRAMS for at in range(len(padded) - size + 1))
    return tuple(found), key, peeled[-1] if peeled else key
