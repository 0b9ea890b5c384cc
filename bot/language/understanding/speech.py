"""Which language each word is: Spanish, Quechua, or neither (loans, names, numbers), from its letters and endings."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from bot.language.understanding.model import Weights
from bot.language.understanding.vocabulary import Vocabulary

CLASSES = ("es", "quz")
STRETCH = 3.0
"""The scores of words are stretched by this, in training and after."""
MIXED = (0.8, 0.6)
"""Above these chances of Spanish and of Quechua a message is mixed."""
_GLUED = re.compile(r"(?:kuna|manta|man|pi|paq|kama|wan|ta|qa|pas|raq|pa|chu|niyki|niy|yki|yku|y|n(?=ta|pi|man))+")
_CERTAIN = (0.0, 0.97)
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
    """The model of word languages with the words that tell nothing, and those that tell nothing when alone."""

    def __init__(self, header: Mapping[str, Any], table: Mapping[str, str], words: Vocabulary) -> None:
        self._weights = Weights(CLASSES, header["word_scale"], header["word_bias"], table)
        self._neutral, self._alone = words.neutral, words.alone
        self._spanish = frozenset(words.certain["es"])
        self._chances = lru_cache(maxsize=4_000)(self._word)

    def language(self, words: Sequence[str], stored: str | None) -> tuple[str, bool]:
        """es, quz or mix; and whether at least one word says so by itself."""
        if len(words) == 1 and words[0] in self._alone:
            return stored or self._alone[words[0]], False
        spanish, quechua = self.chances(words)
        if spanish > MIXED[0] and quechua > MIXED[1]:
            return "mix", True
        likelier = "quz" if quechua > max(spanish, 0.5) else "es"
        clear = max(spanish, quechua) > 0.5
        return (likelier if clear or not stored else stored), clear

    def chances(self, words: Iterable[str]) -> tuple[float, float]:
        """The chance that at least one word is Spanish, and that one is Quechua; a word speaks for one only."""
        lacking = [1.0, 1.0]
        for word in telling(words, self._neutral):
            chances = self._chances(word)
            more = chances[1] > chances[0]
            lacking[more] *= 1 - chances[more]
        return 1 - lacking[0], 1 - lacking[1]

    def _word(self, word: str) -> tuple[float, ...]:
        if self._is_glued(word):
            return _CERTAIN
        features = letters(word)
        sums, _ = self._weights.sums(features)
        norm = self._weights.scale / math.sqrt(len(features) + 1)
        scores = [total * norm + bias for total, bias in zip(sums, self._weights.bias, strict=True)]
        return tuple(1 / (1 + math.exp(-max(-30.0, min(30.0, score)))) for score in scores)

    def _is_glued(self, word: str) -> bool:
        """A name, a loan or a Spanish word with a Quechua ending: `@place+pi`, `campanapi`, `dnita`."""
        if word[0] == "@":
            return bool(_GLUED.fullmatch(word.partition("+")[2]))
        if word in self._spanish:
            return False
        return any(
            (word[:at] in self._neutral or word[:at] in self._spanish) and _GLUED.fullmatch(word, at)
            for at in range(3, len(word))
        )
