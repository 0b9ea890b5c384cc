"""Reading a message: rules for what must be certain, linear models for the rest, then its slots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.language import codes, yamlfile
from bot.language.folding import andean, fold
from bot.language.understanding import model as trained
from bot.language.understanding import slots, who
from bot.language.understanding.judge import Judge, Verdict
from bot.language.understanding.lexicon import Lexicon
from bot.language.understanding.message import Message, Parser, load_parser
from bot.language.understanding.names import Names
from bot.language.understanding.reading import SURE, Reading
from bot.language.understanding.speech import Speech

_CHOICES = 3
_WHOLE = 0.98
_INSIDE = 0.95
_UNASKED = 0.5
"""As sure as we may be of a mere name or number, or of one word never seen."""
_LONGEST_ANSWER = 8
_LONGEST_SAID_BY_MANY = 20
"""Letters of what people write over and over: `hola`, `MENU`, `gracias`, the name of a place."""
_SHORTEST_COMPLAINT = 3
_MESA_LEAD = 0.2
"""From this lead over the second on the mesa is clear: 96 % of such are right, 60 % of the others (cross-validated)."""
_LACKING = "@falta"
"""The family of words.yaml with what is wrong or wanted."""
_OVERRULED = 0.9
"""From this confidence of the models on, a phrase inside a message yields to them; an emergency never does."""
_BINDING, _ASKED_BACK = ("opt_out", "opt_in"), 0.5
"""What one word may mean only when it is one of the words kept for it, and how sure we are of any other."""
_OF_A_PERSON = ("appointment_book", "out_of_scope", "feedback", "yes", "no")
"""What an answer with a name, an age or a relation is easily taken for."""
_NOTHING_SAID = Verdict("out_of_scope", 0.0, (), "none")


@dataclass(frozen=True, slots=True)
class _Meant:
    """An intent with its confidence, and the language of a phrase that was the whole message."""

    verdict: Verdict
    language: str = ""


@dataclass(frozen=True, slots=True)
class Notices:
    """What a BAJA or an ALTA says of notices: `topics` as in `records.topics`; `is_bare`: it is one word, courtesies
    aside; `is_meant` is false of `baja presión de agua`."""

    topics: tuple[str, ...]
    is_bare: bool
    is_meant: bool


class Understanding:
    """Everything needed to read messages, loaded once."""

    def __init__(self, parser: Parser, judge: Judge, speech: Speech, names: Mapping[str, Sequence[str]]) -> None:
        self._parser, self._judge, self._speech = parser, judge, speech
        given, surnames = (frozenset(map(fold, names[kind])) for kind in ("given", "surnames"))
        self._read_before = lru_cache(maxsize=500)(self._read)
        self._names = Names(given, surnames, self._is_common, frozenset(map(andean, given | surnames)))

    @classmethod
    def load(cls, folder: Path, lexicon: Lexicon) -> Understanding:
        """Read flows/understanding (`folder`); names come from `lexicon`."""
        return cls.from_trained(folder, lexicon, *trained.read(folder / trained.FILE))

    @classmethod
    def from_trained(
        cls, folder: Path, lexicon: Lexicon, header: dict[str, Any], tables: dict[str, dict[str, str]]
    ) -> Understanding:
        """As `load`, with a trained file that is in memory."""
        parser = load_parser(folder, lexicon)
        speech = Speech(header, tables["languages"], parser.vocabulary)
        names = yamlfile.read(folder / "names.yaml").data
        return cls(parser, Judge(header, tables["meaning"]), speech, names)

    def read(self, text: str, stored_language: str | None, today: date) -> Reading:
        """What `text` means; `stored_language` decides where the words do not, `today` where a date names no year.

        It is shared with whoever read the same, and never to be changed.
        """
        if len(text) > _LONGEST_SAID_BY_MANY:
            return self._read(text, stored_language, today)
        return self._read_before(text, stored_language, today)

    def _read(self, text: str, stored_language: str | None, today: date) -> Reading:
        message = self._parser.parse(text)
        meant = self._meant(message)
        verdict = meant.verdict
        telling = [word for word in message.shown() if not self._is_mere_name(word)]
        language, clear = self._speech.language(telling, stored_language)
        if meant.language and not (stored_language and not clear):
            language = meant.language
        named = slots.named(message, today)
        is_sure = verdict.confidence >= SURE
        said = slots.slots(message, verdict.intent, named)
        if not is_sure:
            said = replace(named, slots={**slots.possible(message, verdict.likely[:_CHOICES], named), **said.slots})
        is_named = "mesa" in said.slots
        if verdict.intent == "feedback":
            said.slots.setdefault("mesa", verdict.mesa)
        return Reading(
            text,
            language,
            clear,
            verdict.intent,
            verdict.confidence,
            said.slots,
            () if is_sure else verdict.likely[:_CHOICES],
            slots.near(message),
            slots.this_year(message),
            said.place_options,
            said.date_problem,
            named.slots,
            said.slots.get("mesa", verdict.mesa),
            is_named or verdict.mesa_lead >= _MESA_LEAD,
        )

    def _is_mere_name(self, word: str) -> bool:
        """A name that is no word besides: it says nothing of the language."""
        return self._names.has(word) and not self._names.is_common(word)

    def who(self, text: str, *, answer: bool = False, line: bool = False) -> who.Who | None:
        """For whom the appointment is that `text` asks for; None when it does not say.

        `answer`: the text answers «¿para quién?», so that what is left is a name. `line`: it is a promoter's command.
        """
        message = self._parser.parse(text)
        is_clear = False
        if answer and message.words:
            if self._parser.phrases.whole(message.keys) or slots.bare_code(message):
                return None
            if self._parser.phrases.inside(message.keys) == "emergency":
                return None
            verdict = self._meant(message).verdict
            is_clear = verdict.confidence >= SURE and verdict.intent not in _OF_A_PERSON
        return who.read(message, self._names, answer=answer, line=line, is_clear=is_clear)

    def wants_move(self, text: str) -> bool:
        """Whether a message clearly asks for another day for an appointment that there is."""
        return self._parser.phrases.is_move(self._parser.parse(text).keys)

    def notices(self, text: str) -> Notices:
        """Which notices a BAJA or an ALTA speaks of."""
        keys, phrases = self._parser.parse(text).keys, self._parser.phrases
        return Notices(phrases.topics(keys), len(phrases.bare(keys)) == 1, not phrases.is_no_stop(keys))

    def told_topic(self, text: str) -> str:
        """The topic of a notice, as in `records.topics`, by its text; empty when it says none."""
        return self._parser.phrases.told_topic(self._parser.parse(text).keys)

    def _is_common(self, word: str) -> bool:
        """Whether a folded word is one of the examples'."""
        return self._judge.knows(andean(word))

    def _meant(self, message: Message) -> _Meant:
        phrases = self._parser.phrases
        if not message.words:
            sign = phrases.sign(message.text)
            return _Meant(Verdict(sign, _WHOLE, (), "none") if sign else _NOTHING_SAID)
        if whole := phrases.whole(message.keys):
            said = Verdict(whole[0], _WHOLE, (), "none")
            return _Meant(_NOTHING_SAID if whole[0] == _NOTHING_SAID.intent else said, whole[1])
        if code := slots.bare_code(message):
            intent = "appointment_status" if len(code) == codes.SHORT else "feedback_status"
            return _Meant(Verdict(intent, _WHOLE, (), "none"))
        verdict = self._judge.verdict(message.features())
        if verdict.confidence > _UNASKED and self._asks_nothing(message, verdict.intent):
            verdict = replace(verdict, confidence=_UNASKED)
        if verdict.intent in _BINDING and len(message.words) == 1:
            verdict = replace(verdict, confidence=min(verdict.confidence, _ASKED_BACK))
        inside = phrases.inside(message.keys)
        is_stop = (inside, verdict.intent) == _BINDING  # in doubt between the two she is obeyed
        if inside and (inside in ("emergency", verdict.intent) or is_stop or verdict.confidence < _OVERRULED):
            return _Meant(replace(verdict, intent=inside, confidence=max(_INSIDE, verdict.confidence), likely=()))
        return _Meant(verdict)

    def _asks_nothing(self, message: Message, intent: str) -> bool:
        """A mere name or number, one word that no example has, or a thing of which no complaint is made."""
        count = len(message.words)
        if count == 1 and not self._judge.knows(message.keys[0]):
            return True
        if intent == "feedback" and count <= _SHORTEST_COMPLAINT and _LACKING not in message.families:
            return True
        return count <= _LONGEST_ANSWER and (slots.is_bare(message) or who.is_bare(message.words, self._names))
