"""The word lists of words.yaml: families of meaning, words of one language, loans and words of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from bot.language.folding import andean
from bot.language.understanding.phrases import Finder, compile_phrase
from bot.language.understanding.words import tokens


class Vocabulary:
    """What authors say of words."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        self.alone = {_folded(word): language for language, shared in words["shared"].items() for word in shared}
        self.neutral = {_folded(loan) for loan in words["loans"]} | {w for w, own in self.alone.items() if own == "es"}
        self.certain = {"es": [_folded(w) for w in words["spanish"]], "quz": [_folded(w) for w in words["quechua"]]}
        self._whole: dict[str, tuple[str, ...]] = {}
        self._starts: dict[str, tuple[str, ...]] = {}
        self._phrases: dict[str, Finder] = {}
        for family, forms in words["families"].items():
            for form in (form for form in forms if " " not in form):
                table = self._starts if form.endswith("*") else self._whole
                key = andean(_folded(form))
                table[key] = (*table.get(key, ()), f"@{family}")
            self._phrases[f"@{family}"] = Finder(compile_phrase(form) for form in forms if " " in form)
        self._lengths = sorted({len(start) for start in self._starts}, reverse=True)
        self._of_key = lru_cache(maxsize=3_000)(self._families)

    def families_in(self, words: Sequence[str], keys: Sequence[str]) -> tuple[str, ...]:
        """The families that a message touches, each once."""
        found = [family for key in keys for family in self._of_key(key)]
        found.extend(family for family, finder in self._phrases.items() if finder.found_in(keys))
        return tuple(dict.fromkeys(found))

    def _families(self, key: str) -> tuple[str, ...]:
        found = list(self._whole.get(key, ()))
        for length in self._lengths:
            found.extend(self._starts.get(key[:length], ()) if len(key) >= length else ())
        return tuple(dict.fromkeys(found))


def _folded(word: str) -> str:
    return "".join(tokens(word, {}))
