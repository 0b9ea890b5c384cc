"""The names that content brings: places, fairs, topics, specialties and products, with every way they are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, get_args

Kind = Literal["district", "comunidad", "fair", "topic", "specialty", "product"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing with a key of flows/content and its names in both languages, the displayed ones included.

    `group` parts topics: `work` or `campaign`; other kinds leave it empty. `place` is its place in the lexicon.
    """

    kind: Kind
    key: str
    names: tuple[str, ...]
    group: str = ""
    place: int = 0


class Lexicon:
    """All entries, in the order in which content gives them."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries = tuple(replace(entry, place=place) for place, entry in enumerate(entries))

    def of(self, *kinds: Kind) -> tuple[Entry, ...]:
        """The entries of these kinds."""
        return tuple(entry for entry in self.entries if entry.kind in kinds)
