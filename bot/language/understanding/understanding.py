"""Reading a message: rules for what must be certain, linear models for the rest, then its slots."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

from bot.language.understanding import model as trained
from bot.language.understanding import slots, speech
from bot.language.understanding.lexicon import Lexicon
from bot.language.understanding.message import Message, Parser, load_parser
from bot.language.understanding.model import Weights
from bot.language.understanding.reading import Reading


class Understanding:
    """Everything needed to read messages, loaded once."""

    def __init__(self, parser: Parser, meaning: Weights, languages: Weights, intents: int) -> None:
        self._parser, self._meaning, self._languages, self._intents = parser, meaning, languages, intents

    @classmethod
    def load(cls, folder: Path, lexicon: Lexicon) -> Understanding:
        """Read flows/understanding (`folder`); names come from `lexicon`."""
        return cls.from_trained(folder, lexicon, *trained.read(folder / trained.FILE))

    @classmethod
    def from_trained(
        cls, folder: Path, lexicon: Lexicon, header: dict[str, Any], tables: dict[str, dict[str, str]]
    ) -> Understanding:
        """As `load`, with a trained file that is in memory."""
        meaning = Weights(header["meaning"], header["scale"], header["bias"], tables["meaning"])
        languages = Weights(speech.CLASSES, header["word_scale"], header["word_bias"], tables["languages"])
        return cls(load_parser(folder, lexicon), meaning, languages, header["intents"])

    def read(self, text: str, stored_language: str | None, today: date) -> Reading:
        """What `text` means; `stored_language` decides where the words do not, `today` where a date names no year."""
        message = self._parser.parse(text)
        language, clear = self._language(message, stored_language)
        ranked, mesa, confidence = self._meant(message)
        intent = ranked[0]
        found = slots.slots(message, intent, today)
        if intent == "feedback":
            found["mesa"] = mesa
        others = tuple(ranked[:3]) if confidence < 0.6 else ()
        return Reading(text, language, clear, intent, confidence, found, others)

    def _language(self, message: Message, stored: str | None) -> tuple[str, bool]:
        none = [1.0, 1.0]
        for word in speech.bag(message.shown()):
            features = speech.letters(word)
            sums, _ = self._languages.sums(features)
            for at, total in enumerate(sums):
                score = total * self._languages.scale / math.sqrt(len(features) + 1) + self._languages.bias[at]
                none[at] *= 1 - 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
        spanish, quechua = (1 - chance for chance in none)
        clear = max(spanish, quechua) > 0.5
        if spanish > 0.5 and quechua > 0.5:
            return "mix", True
        if not clear and stored:
            return stored, False
        return ("quz" if quechua > spanish else "es"), clear

    def _meant(self, message: Message) -> tuple[list[str], str, float]:
        features = message.features()
        sums, known = self._meaning.sums(features)
        norm = 1 / math.sqrt(len(features) + 1)
        scores = [
            (total * self._meaning.scale + bias) * norm
            for total, bias in zip(sums, self._meaning.bias, strict=True)
        ]
        intents, mesas = scores[: self._intents], scores[self._intents :]
        names = self._meaning.classes
        order = sorted(range(self._intents), key=lambda at: -intents[at])
        margin = intents[order[0]] - intents[order[1]]
        confidence = 1 / (1 + math.exp(-(4 * margin - 0.5)))
        mesa = names[self._intents + max(range(len(mesas)), key=mesas.__getitem__)]
        return [names[at] for at in order], mesa, round(confidence, 3)
