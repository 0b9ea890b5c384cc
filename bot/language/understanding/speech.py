"""Which language each word is: Spanish, Quechua, or neither (loans, names, numbers), from its letters and endings."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from bot.language.understanding.model import Weights

CLASSES = ("es", "quz")
STRETCH = 3.0
"""The scores of words are stretched by this, in training and after."""
_GRAMS = (2, 3, 4)
_ENDS = (3, 4, 5)


def letters(word: str) -> tuple[str, ...]:
    """The features of one word: itself, its ends and its letters in twos to fours."""
    if word[0] == "@":
        ending = word.partition("+")[2]
        return ("@", f"-{ending}") if ending else ("@",)
    padded = f"^{word}$"
    found = [f"={word}"]
    found.extend(padded[at : at + size] for size in _GRAMS for at in range(len(padded) - size + 1))
    found.extend(f"-{word[-size:]}" for size in _ENDS if len(word) > size)
    return tuple(dict.fromkeys(found))


def telling(words: Iterable[str], neutral: Collection[str]) -> list[str]:
    """The words that can tell a language, each once: no numbers, no names, no loans without a Quechua ending."""
    return [
        word
        for word in dict.fromkeys(words)
        if not word[0].isdigit() and word not in neutral and (word[0] != "@" or "+" in word)
    ]


class Speech:
    """The model of word languages with the words that tell nothing."""

    def __init__(self, header: Mapping[str, Any], table: Mapping[str, str], neutral: Mapping[str, str]) -> None:
        self._weights = Weights(CLASSES, header["word_scale"], header["word_bias"], table)
        self._neutral = neutral
        self._chances = lru_cache(maxsize=4_000)(self._word)

    def language(self, words: Iterable[str], stored: str | None) -> tuple[str, bool]:
        """es, quz or mix; and whether at least one word says so by itself."""
        said = list(words)
        lacking = [1.0, 1.0]
        for word in telling(said, self._neutral):
            for at, chance in enumerate(self._chances(word)):
                lacking[at] *= 1 - chance
        spanish, quechua = (1 - chance for chance in lacking)
        if spanish > 0.5 and quechua > 0.5:
            return "mix", True
        if max(spanish, quechua) > 0.5:
            return ("quz" if quechua > spanish else "es"), True
        if stored:
            return stored, False
        leaning = [self._neutral[word] for word in said if self._neutral.get(word)]
        return (leaning[0] if leaning else "quz" if quechua > spanish else "es"), False

    def _word(self, word: str) -> tuple[float, ...]:
        features = letters(word)
        sums, _ = self._weights.sums(features)
        norm = self._weights.scale / math.sqrt(len(features) + 1)
        scores = [total * norm + bias for total, bias in zip(sums, self._weights.bias, strict=True)]
        return tuple(1 / (1 + math.exp(-max(-30.0, min(30.0, score)))) for score in scores)
