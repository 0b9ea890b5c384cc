"""One message taken apart once: its words, what they name, and what the models are to see of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.language import yamlfile
from bot.language.folding import andean, light
from bot.language.understanding.dates import weekday
from bot.language.understanding.features import features
from bot.language.understanding.gazetteer import Found, Gazetteer
from bot.language.understanding.lexicon import Entry, Kind, Lexicon
from bot.language.understanding.phrases import Phrases
from bot.language.understanding.vocabulary import Vocabulary
from bot.language.understanding.words import tokens

YEAR = re.compile(r"(20\d\d)(?:pi|paq|manta|kama|ta|qa|wata|watapi)?")
CODE = re.compile(
    r"((?=[a-z]*\d)(?!\d+(?:am|pm|hs|hrs|kg|ta|pi|da|ro|do|to|vo|er|mil)$)[a-z0-9]{1,8}?)(?:manta|ta|pi|paq|qa)?"
)
_FINAL_K = re.compile(r"k$")


@dataclass(frozen=True, slots=True)
class Message:
    """A text with its folded words, their andean keys, and the names found among them, by kind."""

    text: str
    words: tuple[str, ...]
    keys: tuple[str, ...]
    greeting: int
    places: tuple[Found, ...]
    topics: tuple[Found, ...]
    specialties: tuple[Found, ...]
    products: tuple[Found, ...]
    families: tuple[str, ...]

    @property
    def asks(self) -> bool:
        return "?" in self.text or "¿" in self.text

    def shown(self, start: int = 0) -> list[str]:
        """The words from `start` on with names, days and numbers put as classes: `zuritepi` → `@place+pi`."""
        named = {hit.start: hit for hit in self.places}
        shown: list[str] = []
        at = start
        while at < len(self.words):
            if at in named:
                hit = named[at]
                kind = "@fair" if all(entry.kind == "fair" for entry in hit.entries) else "@place"
                shown.append(_with_ending(kind, hit.ending))
                at = hit.stop
                continue
            shown.append(_class_of(self.words[at]))
            at += 1
        return shown

    def features(self) -> list[str]:
        """What the models see; a greeting before a question is left out, so that the question wins."""
        named = (("@s", self.specialties), ("@t", self.topics), ("@p", self.products))
        return features(self.shown(self.greeting), [*self.families, *(name for name, hits in named if hits)], self.asks)


def _class_of(word: str) -> str:
    if word[0].isdigit() or word[-1].isdigit():
        if YEAR.fullmatch(word):
            return "@year"
        if word.isdigit():
            return "@number"
        return "@code" if CODE.fullmatch(word) else word
    if word not in ("manana", "hoy") and (day := weekday(word)) and day != "manana":
        return _with_ending("@day", andean(word)[len(andean(day)) :])
    return word


def _with_ending(name: str, ending: str) -> str:
    """`@place+paq`: endings are shown as Quechua writes them, whatever the key made of them."""
    return f"{name}+{_FINAL_K.sub('q', ending)}" if ending else name


class Parser:
    """Takes messages apart with the names of one lexicon and the lists of words.yaml and phrases.yaml."""

    def __init__(self, lexicon: Lexicon, words: Mapping[str, Any], phrases: Phrases) -> None:
        self._short: Mapping[str, str] = words["short"]
        self.phrases, self.vocabulary = phrases, Vocabulary(words)
        generic = words["generic"]
        self._places = Gazetteer(
            lexicon.of("district", "comunidad", "fair"), andean, slips=True, generic=words["not_places"]
        )
        named = {kind: _enriched(lexicon, kind, words["more"].get(kind, {})) for kind in _THINGS}
        self._topics = Gazetteer(named["topic"], light, slips=False, generic=generic)
        self._specialties = Gazetteer(named["specialty"], light, slips=False, generic=generic)
        self._products = Gazetteer(named["product"], light, slips=False, generic=generic)

    def parse(self, text: str) -> Message:
        """Take a text apart; its words beyond the 160th are left unread, as no message of a person has them."""
        words: Sequence[str] = tokens(text, self._short)[:160]
        keys = tuple(map(andean, words))
        return Message(
            text,
            tuple(words),
            keys,
            self.phrases.greeting(keys),
            tuple(self._places.find(words)),
            tuple(self._topics.find(words)),
            tuple(self._specialties.find(words)),
            tuple(self._products.find(words)),
            self.vocabulary.families_in(keys),
        )


_THINGS: tuple[Kind, ...] = ("topic", "specialty", "product")


def _enriched(lexicon: Lexicon, kind: Kind, more: Mapping[str, Sequence[str]]) -> list[Entry]:
    """The entries of a kind with the further forms that authors gave for their keys."""
    return [replace(entry, names=(*entry.names, *more.get(entry.key, ()))) for entry in lexicon.of(kind)]


def load_parser(folder: Path, lexicon: Lexicon) -> Parser:
    """The parser of flows/understanding (`folder`)."""
    words = yamlfile.read(folder / "words.yaml").data
    return Parser(lexicon, words, Phrases(yamlfile.read(folder / "phrases.yaml").data))
