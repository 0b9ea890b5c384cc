"""One message taken apart once: its words, what they name, and what the models are to see of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.language import yamlfile
from bot.language.understanding.features import features
from bot.language.understanding.gazetteer import Found, Gazetteer
from bot.language.understanding.lexicon import Lexicon
from bot.language.understanding.words import tokens

_CODE = re.compile(r"(?=[a-z0-9]*\d)[a-z0-9]{2,8}|\d")
_YEAR = re.compile(r"20\d\d")


@dataclass(frozen=True, slots=True)
class Message:
    """A text with its folded words and the names found among them, by kind."""

    text: str
    words: tuple[str, ...]
    places: tuple[Found, ...]
    topics: tuple[Found, ...]
    specialties: tuple[Found, ...]
    products: tuple[Found, ...]
    asks: bool

    def shown(self) -> list[str]:
        """The words with names and numbers put as classes: `zuritepi` → `@place+pi`."""
        named = {hit.start: hit for hit in self.places}
        shown: list[str] = []
        at = 0
        while at < len(self.words):
            if at in named:
                hit = named[at]
                kind = "@fair" if all(entry.kind == "fair" for entry in hit.entries) else "@place"
                shown.append(f"{kind}+{hit.ending}" if hit.ending else kind)
                at = hit.stop
                continue
            word = self.words[at]
            shown.append(_number_class(word) if word[0].isdigit() or word[-1].isdigit() else word)
            at += 1
        return shown

    def features(self) -> list[str]:
        classes = [
            name
            for name, hits in (("@s", self.specialties), ("@t", self.topics), ("@p", self.products))
            if hits
        ]
        return features(self.shown(), classes, self.asks)


def _number_class(word: str) -> str:
    if _YEAR.fullmatch(word):
        return "@year"
    if word.isdigit():
        return "@number"
    return "@code" if _CODE.fullmatch(word) else word


class Parser:
    """Takes messages apart with the names of one lexicon and the short forms of words.yaml."""

    def __init__(self, lexicon: Lexicon, short: Mapping[str, str]) -> None:
        self._short = short
        self._places = Gazetteer(lexicon.of("district", "comunidad", "fair"), slips=True)
        self._topics = Gazetteer(lexicon.of("topic"), slips=False)
        self._specialties = Gazetteer(lexicon.of("specialty"), slips=True)
        self._products = Gazetteer(lexicon.of("product"), slips=False)

    def parse(self, text: str) -> Message:
        words: Sequence[str] = tokens(text, self._short)
        return Message(
            text,
            tuple(words),
            tuple(self._places.find(words)),
            tuple(self._topics.find(words)),
            tuple(self._specialties.find(words)),
            tuple(self._products.find(words)),
            "?" in text or "¿" in text,
        )


def load_parser(folder: Path, lexicon: Lexicon) -> Parser:
    document = yamlfile.read(folder / "words.yaml")
    return Parser(lexicon, document.data["short"])
