"""What the linear models see of a message: words, stems, letters in threes to fives, neighbours and classes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from bot.language.folding import andean
from bot.language.understanding.words import stems

VERSION = 1
"""Raised with every change of what is seen, so that a file trained before is known to be old."""
_GRAMS = (3, 4, 5)


def features(words: Sequence[str], classes: Sequence[str], asks: bool) -> list[str]:
    """The features of folded words; a word that is a class (`@place`) stands for itself only."""
    found: list[str] = list(classes)
    keys = ["^"]
    for word in words:
        if word[0] == "@":
            found.append(word)
            keys.append(word.partition("+")[0])
        else:
            found.extend(_of_word(word))
            keys.append(andean(word))
    keys.append("$")
    found.extend([f"{left} {right}" for left, right in zip(keys, keys[1:], strict=False)])
    found.append(f"#{min(len(words), 7)}")
    if asks:
        found.append("?")
    return list(dict.fromkeys(found))


@lru_cache(maxsize=20_000)
def _of_word(word: str) -> tuple[str, ...]:
    key = andean(word)
    padded = f"_{word}_"
    found = [f"={key}"]
    found.extend(f"~{stem}" for stem in stems(key))
    found.extend(padded[at : at + size] for size in _GRAMS for at in range(len(padded) - size + 1))
    return tuple(found)
