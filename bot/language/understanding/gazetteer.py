"""Finding the names of the lexicon in a message: with Quechua endings, in any spelling, and with one slip."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.language.folding import fold
from bot.language.understanding.lexicon import Entry

_PARTS = re.compile(r"[,()]")
_START = 3
_FUZZY_FROM = 6
_BY_KEY_FROM = 8
_TWO_SLIPS_FROM = 11
"""Names shorter than these are not found by slip, not by a slip of their key, not by two slips."""
_ENDING = (
    "kuna|manta|man|kama|pura|pi|pa[qk]?|pas|pis|ta|wan|[qk]a|ch?us|ch?u|ch?a|ra[qk]|ta[qk]|y?ya|ll?a|niyki|niy|yki|yku|y"
    "|nchis|nchik|min|mi|n|m|es|is|s|rayku|[qk]"
)
_ENDINGS = re.compile(f"(?:{_ENDING})*")
_TAIL = re.compile(f"(?:{_ENDING}){{1,4}}")


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
        self._slips, self._key = slips, lru_cache(maxsize=3_000)(key)
        self._generic = {fold(word).replace(" ", ""): self._joined(word) for word in generic}
        self._names: dict[str, tuple[Entry, ...]] = {}
        self._begins: dict[str, Entry] = {}
        self._written: dict[tuple[bool, str], dict[str, str]] = {}
        self._keyed: dict[tuple[bool, str], dict[str, str]] = {}
        self._reach: dict[str, int] = {}
        self._parted: set[str] = set()
        for entry in entries:
            for part in (part for name in entry.names for part in _PARTS.split(name)):
                self._add(entry, part.strip())
        self._by_start: dict[str, list[str]] = {}
        for name in sorted(self._names, key=lambda n: (-len(n), n)):
            self._by_start.setdefault(name[:_START], []).append(name)
        self._one = lru_cache(maxsize=3_000)(self._lookup)

    def _add(self, entry: Entry, name: str) -> None:
        joined = self._joined(name.rstrip("*"))
        if not joined:
            return
        if name.endswith("*"):
            self._begins.setdefault(joined, entry)
            return
        words = len(fold(name).split())
        start = joined[:_START]
        self._reach[start] = max(self._reach.get(start, 1), words, 2 if self._slips else 1)
        if words > 1:
            self._parted.add(joined)
        if self._slips and len(joined) >= _FUZZY_FROM:
            written = fold(name).replace(" ", "")
            self._written.setdefault((words > 1, written[0]), {})[written] = joined
            if len(joined) >= _BY_KEY_FROM:
                self._keyed.setdefault((words > 1, joined[0]), {})[joined] = joined
        if entry not in self._names.get(joined, ()):
            self._names[joined] = (*self._names.get(joined, ()), entry)

    def _joined(self, name: str) -> str:
        return "".join(map(self._key, fold(name).split()))

    def find(self, words: Sequence[str]) -> list[Found]:
        """What the folded words name, longest first, no word twice."""
        keys = [self._key(word) for word in words]
        found: list[Found] = []
        at = 0
        while at < len(keys):
            key = keys[at]
            start = key[:_START] if len(key) >= _START else "".join(keys[at : at + _START])[:_START]
            hit, size = None, min(self._reach.get(start, 1), len(keys) - at)
            while size > 1 and hit is None:
                hit = self._one("".join(keys[at : at + size]), "".join(words[at : at + size]), True)
                size -= hit is None
            if hit is None:
                hit = self._one(key, words[at], False)
            if hit is not None:
                found.append(Found(at, at + size, *hit))
            at += size
        return found

    def _lookup(self, key: str, said: str, parted: bool) -> tuple[tuple[Entry, ...], str] | None:
        if said in self._generic:
            return None
        if key in self._names:
            return self._names[key], ""
        for name in self._by_start.get(key[:_START], ()):
            if not key.startswith(name) or (parted and name not in self._parted) or self._is_generic(said, name):
                continue
            if _ENDINGS.fullmatch(key, len(name)):
                return self._names[name], key[len(name) :]
        if not parted:
            for size in range(min(len(key), 12), 2, -1):
                if key[:size] in self._begins:
                    return (self._begins[key[:size]],), ""
        return self._by_slip(key, said, parted) if self._slips and len(key) >= _FUZZY_FROM - 1 else None

    def _is_generic(self, said: str, name: str) -> bool:
        """Whether the name was said by one of the words that name nothing alone, with an ending: `doctorwan`."""
        return any(key == name and said.startswith(word) for word, key in self._generic.items())

    def _by_slip(self, key: str, said: str, parted: bool) -> tuple[tuple[Entry, ...], str] | None:
        """The one nearest long name, whole or before endings; two as near as each other are none."""
        best: dict[tuple[Entry, ...], tuple[int, int]] = {}
        for text, table in ((said, self._written), (key, self._keyed)):
            names = table.get((parted, text[0]), {})
            for cut in (0, *self._cuts(text)):
                stem = text[: len(text) - cut]
                for name, distance, _ in process.extract(stem, names.keys(), scorer=OSA.distance, score_cutoff=2):
                    if distance <= (2 if len(name) >= _TWO_SLIPS_FROM and not parted else 1):
                        entries = self._names[names[name]]
                        best[entries] = min(best.get(entries, (9, 0)), (int(distance), cut))
        nearest = min((rank[0] for rank in best.values()), default=0)
        winners = {entries: rank for entries, rank in best.items() if rank[0] == nearest}
        merged = tuple(dict.fromkeys(entry for entries in winners for entry in entries))
        if not merged or len({entry.key for entry in merged}) > 1:
            return None
        return merged, key[-cut:] if (cut := min(winners.values())[1]) else ""

    def _cuts(self, text: str) -> list[int]:
        """How many letters at the end may be Quechua endings."""
        most = min(10, len(text) - _FUZZY_FROM + 2)
        return [cut for cut in range(1, most) if _TAIL.fullmatch(self._key(text[-cut:]))]
