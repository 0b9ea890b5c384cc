"""One message taken apart once: its words, what they name, and what the models are to see of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.language import yamlfile
from bot.language.folding import andean, fold
from bot.language.understanding.dates import weekday
from bot.language.understanding.features import features
from bot.language.understanding.gazetteer import Found, Gazetteer
from bot.language.understanding.lexicon import Lexicon
from bot.language.understanding.phrases import Phrases
from bot.language.understanding.words import tokens

YEAR = re.compile(r"(20\d\d)(?:pi|paq|manta|kama|ta|qa|wata|watapi)?")
CODE = re.compile(r"((?=[a-z]*\d)(?!\d+(?:am|pm|hs|hrs|kg|ta|pi|da|ro|do|to|vo|er|mil)$)[a-z0-9]{1,8}?)(?:manta|ta|pi|paq|qa)?")


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
                shown.append(f"{kind}+{hit.ending}" if hit.ending else kind)
                at = hit.stop
                continue
            shown.append(_class_of(self.words[at]))
            at += 1
        return shown

    def features(self) -> list[str]:
        """What the models see; a greeting before a question is left out, so that the question wins."""
        named = (("@s", self.specialties), ("@t", self.topics), ("@p", self.products))
        return features(self.shown(self.greeting), [name for name, hits in named if hits], self.asks)


def _class_of(word: str) -> str:
    if word[0].isdigit() or word[-1].isdigit():
        if YEAR.fullmatch(word):
            return "@year"
        if word.isdigit():
            return "@number"
        return "@code" if CODE.fullmatch(word) else word
    if word not in ("manana", "hoy") and (day := weekday(word)) and day != "manana":
        ending = andean(word)[len(andean(day)) :]
        return f"@day+{ending}" if ending else "@day"
    return word


class Parser:
    """Takes messages apart with the names of one lexicon and the short forms of words.yaml."""

    def __init__(
        self, lexicon: Lexicon, short: Mapping[str, str], phrases: Phrases, neutral: Mapping[str, str]
    ) -> None:
        self._short, self.phrases, self.neutral = short, phrases, neutral
        self._places = Gazetteer(lexicon.of("district", "comunidad", "fair"), slips=True)
        self._topics = Gazetteer(lexicon.of("topic"), slips=False)
        self._specialties = Gazetteer(lexicon.of("specialty"), slips=True)
        self._products = Gazetteer(lexicon.of("product"), slips=False)

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
        )


def load_parser(folder: Path, lexicon: Lexicon) -> Parser:
    """The parser of flows/understanding (`folder`)."""
    words = yamlfile.read(folder / "words.yaml").data
    neutral = {fold(loan): "" for loan in words["loans"]}
    neutral |= {fold(word): language for language, shared in words["shared"].items() for word in shared}
    return Parser(lexicon, words["short"], Phrases(yamlfile.read(folder / "phrases.yaml").data), neutral)
