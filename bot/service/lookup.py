"""Looking people up as somebody at the counter says it: a number or its last digits, a patient's name, a comunidad."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.language.folding import fold
from bot.language.phones import phone
from bot.records import directory
from bot.records.store import Tx

FEWEST_DIGITS, FEWEST_LETTERS = 3, 2
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty means any. `said` is what was typed; `number` is E.164, `digits` how a number or chat
    ends, `name` folded words of a patient's name. `is_too_short`: it says too little."""

    said: str = ""
    number: str = ""
    digits: str = ""
    name: str = ""
    comunidad: str = ""
    is_too_short: bool = False

    @property
    def is_anything(self) -> bool:
        return bool(self.number or self.digits or self.name or self.comunidad) and not self.is_too_short


def read(said: str, comunidad: str) -> Wanted:
    """What the typed words mean."""
    text = " ".join(said.split())[:LONGEST]
    folded = fold(text)
    if re.search(r"[a-z]", folded):
        is_short = len(folded) < FEWEST_LETTERS
        return Wanted(text, name=folded, comunidad=comunidad, is_too_short=is_short)
    digits = "".join(re.findall(r"\d", text))
    whole = phone(text)
    if whole and len(digits) >= len("984000111"):
        return Wanted(text, number=whole, comunidad=comunidad)
    return Wanted(text, digits=digits, comunidad=comunidad, is_too_short=bool(text) and len(digits) < FEWEST_DIGITS)


def find(tx: Tx, wanted: Wanted) -> list[int]:
    """The people whom all of it fits, the newest first."""
    if not wanted.is_anything:
        return []
    found: list[set[int]] = []
    if wanted.number:
        found.append(set(directory.by_address(tx, f"tel:{wanted.number}")))
    if wanted.digits:
        found.append(set(directory.by_last_digits(tx, wanted.digits)))
    if wanted.name:
        found.append(_named(tx, wanted.name.split()))
    if wanted.comunidad:
        found.append(set(directory.by_comunidad(tx, wanted.comunidad)))
    return sorted(set.intersection(*found), reverse=True)


def _named(tx: Tx, words: list[str]) -> set[int]:
    """Who has a patient each of whose words is, or begins, a word of the name."""
    return {person_id for person_id, name in directory.patients_with_phone(tx) if _begin(words, fold(name).split())}


def _begin(words: list[str], name: list[str]) -> bool:
    return all(any(part.startswith(word) for part in name) for word in words)
