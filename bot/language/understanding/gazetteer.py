"""Finding the names of the lexicon in a message: with Quechua endings, in any spelling, and with one slip."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from bot.language.folding import andean, fold
from bot.language.understanding.lexicon import Entry

_PARTS = re.compile(r"[,()]")
_LONGEST = 3
_FUZZY_FROM = 6
_TWO_SLIPS_FROM = 11
_ENDING = "kuna|manta|man|kama|pura|pi|paq?k?|pas|pis|pa|ta|wan|ka|k|chus|chu|cha|raq?k?|taq?k?|ya|yku|nchis|nchik|mi|min|n|m|s|ri|rayku|niraq"
_ENDINGS = re.compile(f"(?:{_ENDING})*")
_TAIL = re.compile(f"(?:{_ENDING}){{1,4}}$")


@dataclass(frozen=True, slots=True)
class Found:
    """Words `start` to `stop` name `entries`; `ending` is what Quechua glued to the last one."""

    start: int
    stop: int
    entries: tuple[Entry, ...]
    ending: str


class Gazetteer:
    """All names of some kinds of entries, by andean key."""

    def __init__(self, entries: Iterable[Entry], *, slips: bool) -> None:
        self._slips = slips
        self._names: dict[str, tuple[Entry, ...]] = {}
        for entry in entries:
            for name in _keys(entry.names):
                if entry not in self._names.get(name, ()):
                    self._names[name] = (*self._names.get(name, ()), entry)
        self._by_start: dict[str, list[str]] = {}
        for name in sorted(self._names, key=lambda n: (-len(n), n)):
            self._by_start.setdefault(name[:3], []).append(name)
        self._long = [name for name in self._names if len(name) >= _FUZZY_FROM]
        self._one = lru_cache(maxsize=3_000)(self._lookup)

    def find(self, words: Sequence[str]) -> list[Found]:
        """What the folded words name, longest first, no word twice."""
        found: list[Found] = []
        at = 0
        while at < len(words):
            for size in range(min(_LONGEST, len(words) - at), 0, -1):
                hit = self._one("".join(words[at : at + size]), size)
                if hit is not None:
                    found.append(Found(at, at + size, *hit))
                    at += size
                    break
            else:
                at += 1
        return found

    def _lookup(self, word: str, size: int) -> tuple[tuple[Entry, ...], str] | None:
        key = andean(word)
        if key in self._names:
            return self._names[key], ""
        for name in self._by_start.get(key[:3], ()):
            if key.startswith(name) and _ENDINGS.fullmatch(key, len(name)):
                return self._names[name], key[len(name) :]
        return self._by_slip(key, size) if self._slips and len(key) >= _FUZZY_FROM else None

    def _by_slip(self, key: str, size: int) -> tuple[tuple[Entry, ...], str] | None:
        """The one nearest long name, whole or before endings; two as near as each other are none."""
        forms = {len(key)}
        for cut in range(1, min(10, len(key) - _FUZZY_FROM + 1)):
            if _TAIL.match(key, len(key) - cut):
                forms.add(len(key) - cut)
        best: dict[tuple[Entry, ...], tuple[int, int]] = {}
        for name in self._long:
            allowed = 2 if len(name) >= _TWO_SLIPS_FROM else 1
            for length in forms:
                if abs(length - len(name)) > allowed or key[0] != name[0]:
                    continue
                distance = OSA.distance(key[:length], name, score_cutoff=allowed)
                if distance <= allowed:
                    entries = self._names[name]
                    best[entries] = min(best.get(entries, (9, 0)), (distance, length))
        if not best:
            return None
        nearest = min(best.values())
        winners = [entries for entries, rank in best.items() if rank[0] == nearest[0]]
        merged = tuple(dict.fromkeys(entry for entries in winners for entry in entries))
        if len({entry.key for entry in merged}) > 1:
            return None
        return merged, key[nearest[1] :]


def _keys(names: Iterable[str]) -> list[str]:
    """The andean keys of displayed names: `dentista (kirupaq)` is two, key `tambo_real` two words."""
    parts = [part for name in names for part in _PARTS.split(name)]
    return list(dict.fromkeys(key for key in (andean(fold(part).replace(" ", "")) for part in parts) if key))
