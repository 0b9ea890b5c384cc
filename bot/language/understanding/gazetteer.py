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
        self._generic = {self._joined(word) for word in generic}
        self._names: dict[str, tuple[Entry, ...]] = {}
        self._begins: dict[str, Entry] = {}
        self._folded: dict[str, set[str]] = {}
        self._longest = 2
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
        self._longest = max(self._longest, words)
        if words > 1:
            self._parted.add(joined)
        self._folded.setdefault(joined, set()).add(fold(name).replace(" ", ""))
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
            for size in range(min(self._longest, len(keys) - at), 0, -1):
                joined = "".join(keys[at : at + size])
                if size > 1 and joined[:_START] not in self._by_start:
                    continue
                hit = self._one(joined, "".join(words[at : at + size]), size > 1)
                if hit is not None:
                    found.append(Found(at, at + size, *hit))
                    at += size
                    break
            else:
                at += 1
        return found

    def _lookup(self, key: str, said: str, parted: bool) -> tuple[tuple[Entry, ...], str] | None:
        if key in self._generic:
            return None
        if key in self._names:
            return self._names[key], ""
        for name in self._by_start.get(key[:_START], ()):
            if (parted and name not in self._parted) or name in self._generic:
                continue
            if key.startswith(name) and _ENDINGS.fullmatch(key, len(name)):
                return self._names[name], key[len(name) :]
        if not parted:
            for size in range(min(len(key), 12), 2, -1):
                if key[:size] in self._begins:
                    return (self._begins[key[:size]],), ""
        return self._by_slip(key, said, parted) if self._slips and len(key) >= _FUZZY_FROM - 1 else None

    def _by_slip(self, key: str, said: str, parted: bool) -> tuple[tuple[Entry, ...], str] | None:
        """The one nearest long name, whole or before endings; two as near as each other are none."""
        best: dict[tuple[Entry, ...], tuple[int, int]] = {}
        for name, written in self._folded.items():
            if len(name) < _FUZZY_FROM or parted != (name in self._parted):
                continue
            allowed = 2 if len(name) >= _TWO_SLIPS_FROM and not parted else 1
            found = _nearest(said, written, allowed, self._key)
            if len(name) >= _BY_KEY_FROM and key[0] == name[0]:
                found = min(found, _nearest(key, (name,), allowed, str))
            if found[0] <= allowed:
                entries = self._names[name]
                best[entries] = min(best.get(entries, found), found)
        nearest = min((rank[0] for rank in best.values()), default=0)
        winners = {entries: rank for entries, rank in best.items() if rank[0] == nearest}
        merged = tuple(dict.fromkeys(entry for entries in winners for entry in entries))
        if not merged or len({entry.key for entry in merged}) > 1:
            return None
        return merged, key[-cut:] if (cut := min(winners.values())[1]) else ""


def _nearest(said: str, names: Iterable[str], allowed: int, key: Callable[[str], str]) -> tuple[int, int]:
    """How far the nearest name is from what was said, and how many letters of ending follow it."""
    cuts = [0, *(cut for cut in range(1, min(10, len(said) - _START)) if _TAIL.fullmatch(key(said[-cut:])))]
    return min(
        (OSA.distance(said[: len(said) - cut], name, score_cutoff=allowed), cut) for name in names for cut in cuts
    )
