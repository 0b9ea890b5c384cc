"""What is known of people's names, and how a name is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.language.folding import andean

LONGEST_NAME = 40
PARTICLES = frozenset("de del la las los y da do".split())
GLUED_FOR = re.compile(r"pa[qkjx]$")
"""What Quechua glues to a name for «for»: `Rosapaq`."""
_LONG = 5


@dataclass(frozen=True, slots=True)
class Names:
    """What is known of names: frequent ones, folded, their sounds, and whether a word is one of the examples'."""

    given: frozenset[str]
    surnames: frozenset[str]
    is_common: Callable[[str], bool]
    sounds: frozenset[str]

    def has(self, word: str) -> bool:
        return word in self.given or word in self.surnames

    def sounds_like_one(self, word: str) -> bool:
        """Whether a folded word is a frequent name in another spelling: `wallpa`."""
        return andean(word) in self.sounds


def shown(words: Sequence[str]) -> str:
    """A name as it is written: `juan DE dios mamani` → Juan de Dios Mamani; whole words up to 40 letters."""
    letters = [word for word in words if word[0].isalpha()]
    name = ""
    for at, word in enumerate(letters):
        word = bare(word) if at == len(letters) - 1 else word
        longer = f"{name} {word.lower() if name and word.lower() in PARTICLES else _capital(word)}".strip()
        if len(longer) > LONGEST_NAME:
            break
        name = longer
    while name.rpartition(" ")[2].lower() in PARTICLES:
        name = name.rpartition(" ")[0]
    return name or _capital(letters[0])[:LONGEST_NAME]


def _capital(word: str) -> str:
    """`d'angelo` → D'angelo, `garcia-rojas` → Garcia-Rojas."""
    return "-".join(part[:1].upper() + part[1:].lower() for part in word.split("-"))


def bare(word: str) -> str:
    """`rosapaq` → rosa."""
    return GLUED_FOR.sub("", word) if len(word) > _LONG else word
