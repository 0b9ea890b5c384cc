"""The word lists of words.yaml: families of meaning, words of one language, loans and words of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.language.understanding.phrases import Finder, compile_phrase
from bot.language.understanding.words import tokens


class Vocabulary:
    """What authors say of words."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        self.alone = {_folded(word): language for language, shared in words["shared"].items() for word in shared}
        self.neutral = {_folded(loan) for loan in words["loans"]} | {w for w, own in self.alone.items() if own == "es"}
        self.certain = {"es": [_folded(w) for w in words["spanish"]], "quz": [_folded(w) for w in words["quechua"]]}
        forms = [(form, f"@{family}") for family, forms in words["families"].items() for form in forms]
        self._families = Finder((compile_phrase(form), family) for form, family in forms)

    def families_in(self, keys: Sequence[str]) -> tuple[str, ...]:
        """The families that a message touches, in alphabetical order."""
        return tuple(sorted(self._families.found_in(keys)))


def _folded(word: str) -> str:
    return "".join(tokens(word, {}))
