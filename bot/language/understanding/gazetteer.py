"""Finding the names of the lexicon in a message: with Quechua endings, in any spelling, and with one slip."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from bot.language.folding import fold
from bot.language.understanding.lexicon import Entry

_PARTS = re.compile(r"[,()]")
_FUZZY_FROM = 6
_TWO_SLIPS_FROM = 11
_ENDING = (
    "kuna|manta|man|kama|pura|pi|pa[qk]?|pas|pis|ta|wan|[qk]a|ch?us|ch?u|ch?a|ra[qk]|ta[qk]|y?ya|ll?a|niyki|niy|yki|yku|y"
    "|nchis|nchik|min|mi|n|m|es|is|s|rayku|[qk]"
)
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

    def __init__(
        self, entries: Iterable[Entry], key: Callable[[str], str], *, slips: bool, generic: Iterable[str] = ()
    ) -> None:
        self._slips, self._key = slips, key
        self._generic = {self._joined(word) for word in generic}
        self._names: dict[str, tuple[Entry, ...]] = {}
        self._begins: dict[str, Entry] = {}
        self._longest = 1
        self._single: set[str] = set()
        for entry in entries:
            for part in (part for name in entry.names for part in _PARTS.split(name)):
                self._add(entry, part.strip())
        self._by_start: dict[str, list[str]] = {}
        for name in sorted(self._names, key=lambda n: (-len(n), n)):
            self._by_start.setdefault(name[:3], []).append(name)
        self._long = [name for name in self._names if len(name) >= _FUZZY_FROM]
        self._one = lru_cache(maxsize=3_000)(self._lookup)

    def _add(self, entry: Entry, name: str) -> None:
        joined = self._joined(name.rstrip("*"))
        if not joined:
            return
        if name.endswith("*"):
            self._begins.setdefault(joined, entry)
            return
        words = len(fold(name).split())
        self._longest = max(self._longest, words, 2)
        if words == 1:
            self._single.add(joined)
        if entry not in self._names.get(joined, ()):
            self._names[joined] = (*self._names.get(joined, ()), entry)

    def _joined(self, name: str) -> str:
        return self._key(fold(name).replace(" ", ""))

    def find(self, words: Sequence[str]) -> list[Found]:
        """What the folded words name, longest first, no word twice."""
        found: list[Found] = []
        at = 0
        while at < len(words):
            for size in range(min(self._longest, len(words) - at), 0, -1):
                hit = self._one(" ".join(words[at : at + size]))
                if hit is not None:
                    found.append(Found(at, at + size, *hit))
                    at += size
                    break
            else:
                at += 1
        return found

    def _lookup(self, said: str) -> tuple[tuple[Entry, ...], str] | None:
        key = self._key(said.replace(" ", ""))
        if key in self._generic:
            return None
        if key in self._names:
            return self._names[key], ""
        parted = " " in said
        for name in self._by_start.get(key[:3], ()):
            if parted and name in self._single or name in self._generic:
                continue
            if key.startswith(name) and _ENDINGS.fullmatch(key, len(name)):
                return self._names[name], key[len(name) :]
        if not parted:
            for size in range(min(len(key), 12), 2, -1):
                if key[:size] in self._begins:
                    return (self._begins[key[:size]],), ""
        return self._by_slip(key, parted) if self._slips and len(key) >= _FUZZY_FROM else None

    def _by_slip(self, key: str, parted: bool) -> tuple[tuple[Entry, ...], str] | None:
        """The one nearest long name, whole or before endings; two as near as each other are none."""
        forms = {len(key)}
        for cut in range(1, min(10, len(key) - _FUZZY_FROM + 1)):
            if _TAIL.match(key, len(key) - cut):
                forms.add(len(key) - cut)
        best: dict[tuple[Entry, ...], tuple[int, int]] = {}
        for name in self._long:
            if parted == (name in self._single):
                continue
            allowed = 2 if len(name) >= _TWO_SLIPS_FROM and not parted else 1
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

