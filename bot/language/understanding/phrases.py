"""The phrases of phrases.yaml: whole messages and parts of messages that decide an intent by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.language.folding import andean
from bot.language.understanding.words import tokens

_GAP = ".."
_WIDEST = 3
_LONGEST_GREETING = 4


@dataclass(frozen=True, slots=True)
class Step:
    """One place of a phrase: the keys it accepts, whole or as beginnings; `gap` allows words before it."""

    whole: frozenset[str]
    starts: tuple[str, ...]
    gap: bool

    def accepts(self, key: str) -> bool:
        return key in self.whole or (bool(self.starts) and key.startswith(self.starts))


Phrase = tuple[Step, ...]


def compile_phrase(text: str) -> Phrase:
    """`se quema .. casa*|cerro` → its steps."""
    steps = []
    gap = False
    for part in text.split():
        if part == _GAP:
            gap = True
            continue
        forms = part.split("|")
        whole = frozenset(_key(form) for form in forms if not form.endswith("*"))
        starts = tuple(_key(form[:-1]) for form in forms if form.endswith("*"))
        steps.append(Step(whole, starts, gap))
        gap = False
    return tuple(steps)


def _key(word: str) -> str:
    return andean("".join(tokens(word, {})))


def _keys(text: str) -> list[str]:
    return [andean(word) for word in tokens(text, {})]


class Finder:
    """Many phrases with what each stands for, looked up by the first word."""

    def __init__(self, phrases: Iterable[tuple[Phrase, str]]) -> None:
        self._whole: dict[str, list[tuple[Phrase, str]]] = {}
        self._starts: dict[str, list[tuple[Phrase, str]]] = {}
        for phrase, meaning in phrases:
            for key in phrase[0].whole:
                self._whole.setdefault(key, []).append((phrase[1:], meaning))
            for start in phrase[0].starts:
                self._starts.setdefault(start, []).append((phrase[1:], meaning))
        self._lengths = sorted({len(start) for start in self._starts})
        self._of_word = lru_cache(maxsize=3_000)(self._beginning)

    def found_in(self, keys: Sequence[str]) -> set[str]:
        """What the phrases in a message stand for."""
        found: set[str] = set()
        for at, key in enumerate(keys):
            for rest, meaning in self._of_word(key):
                if meaning not in found and _follows(rest, keys, at + 1):
                    found.add(meaning)
        return found

    def opens(self, keys: Sequence[str]) -> bool:
        """Whether the message begins with one of the phrases."""
        return bool(keys) and any(_follows(rest, keys, 1) for rest, _ in self._of_word(keys[0]))

    def _beginning(self, key: str) -> tuple[tuple[Phrase, str], ...]:
        """The phrases that begin with a word."""
        found = list(self._whole.get(key, ()))
        for length in self._lengths:
            found.extend(self._starts.get(key[:length], ()) if len(key) >= length else ())
        return tuple(found)


def _follows(steps: Phrase, keys: Sequence[str], at: int) -> bool:
    """The rest of a phrase stands at `at`, or further on where it has a gap."""
    if not steps:
        return True
    first = steps[0]
    reach = at + _WIDEST + 1 if first.gap else at + 1
    return any(first.accepts(keys[p]) and _follows(steps[1:], keys, p + 1) for p in range(at, min(reach, len(keys))))


class Phrases:
    """All phrases, ready to be asked."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._fillers = {tuple(_keys(filler)) for filler in data["fillers"]}
        self._sizes = sorted({len(filler) for filler in self._fillers}, reverse=True)
        self._signs = {sign: intent for intent, signs in data["signs"].items() for sign in signs}
        self._whole: dict[str, tuple[str, str]] = {}
        for intent, by_language in data["whole"].items():
            for language, texts in by_language.items():
                for text in texts:
                    key = " ".join(_keys(text))
                    known = self._whole.get(key)
                    self._whole[key] = (known[0], "") if known and known[1] != language else (intent, language)
        rules = list(enumerate(data["inside"]))
        self._intents = [about["intent"] for _, about in rules]
        self._inside = Finder(found for number, about in rules for found in _phrases(about, str(number)))
        self._unless = Finder(
            found for number, about in rules for found in _phrases(about.get("unless", {}), str(number))
        )

        notices = data["notices"]
        topics = list(enumerate(notices["topics"]))
        self._topics = [about["topic"] for _, about in topics]
        self._topic = Finder(found for number, about in topics for found in _phrases(about, str(number)))
        self._no_topic = Finder(
            found for number, about in topics for found in _phrases(about.get("unless", {}), str(number))
        )
        told = list(enumerate(notices["told"]))
        self._told_topics = [about["topic"] for _, about in told]
        self._told = Finder(found for number, about in told for found in _phrases(about, str(number)))
        self._unclear = Finder(_phrases(notices["unclear"], "unclear"))
        self._neither = Finder(_phrases(notices["neither"], "neither"))

        moving = data["move"]
        self._move = Finder(_phrases(moving, "move"))
        self._stay = Finder(_phrases(moving["unless"], "stay"))

    def whole(self, keys: Sequence[str]) -> tuple[str, str] | None:
        """Intent and language (empty: either) of a message that is one of the phrases, courtesies aside."""
        found = self._whole.get(" ".join(keys))
        if found is None:
            found = self._whole.get(" ".join(self.bare(keys)))
            return (found[0], "") if found else None
        return found

    def sign(self, text: str) -> str | None:
        """The intent of a message of signs only: 👍."""
        said = [self._signs[sign] for sign in text if sign in self._signs]
        return said[0] if said else None

    def inside(self, keys: Sequence[str]) -> str | None:
        """The intent that a part of the message decides: of the first rule that is met and not excepted."""
        met = self._inside.found_in(keys)
        if met:
            met -= self._unless.found_in(keys)
        return self._intents[min(map(int, met))] if met else None

    def is_move(self, keys: Sequence[str]) -> bool:
        """Whether a part of the message asks for another day for an appointment."""
        return bool(self._move.found_in(keys)) and not self._stay.found_in(keys)

    def topics(self, keys: Sequence[str]) -> tuple[str, ...]:
        """The topics of notices that the message clearly names; none where it says more of them than their names."""
        if self._unclear.found_in(keys):
            return ()
        met = self._topic.found_in(keys) - self._no_topic.found_in(keys)
        return tuple(dict.fromkeys(self._topics[number] for number in sorted(map(int, met))))

    def told_topic(self, keys: Sequence[str]) -> str:
        """The topic of a notice with this text: of the first rule that is met; empty when none is."""
        met = self._told.found_in(keys)
        return self._told_topics[min(map(int, met))] if met else ""

    def is_no_stop(self, keys: Sequence[str]) -> bool:
        """Whether the `baja` or `alta` that it begins with only says how something is: `baja presión de agua`."""
        return self._neither.opens(keys)

    def bare(self, keys: Sequence[str]) -> list[str]:
        """The keys without courtesies at either end; all of them when nothing else is said."""
        left, right = 0, len(keys)
        while step := self._courtesy(keys[left:right], at_end=False):
            left += step
        while step := self._courtesy(keys[left:right], at_end=True):
            right -= step
        return list(keys[left:right]) or list(keys)

    def _courtesy(self, keys: Sequence[str], *, at_end: bool) -> int:
        """How many words at one end are a courtesy."""
        for size in self._sizes:
            if size <= len(keys) and tuple(keys[-size:] if at_end else keys[:size]) in self._fillers:
                return size
        return 0

    def greeting(self, keys: Sequence[str]) -> int:
        """How many words at the beginning greet; 0 when none do or when nothing else is said."""
        for size in range(min(_LONGEST_GREETING, len(keys) - 2), 0, -1):
            if self._whole.get(" ".join(keys[:size]), ("", ""))[0] == "greeting":
                return size
        return 0


def _phrases(by_language: Mapping[str, Any], meaning: str) -> list[tuple[Phrase, str]]:
    return [(compile_phrase(text), meaning) for language in ("es", "quz") for text in by_language.get(language, ())]
