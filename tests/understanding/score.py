"""`python -m tests.understanding.score [FILE]`: how well messages are read; `--cross` asks the examples themselves."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from rapidfuzz import fuzz, process

from bot.language.folding import fold
from bot.language.understanding import Lexicon, Reading, Understanding
from bot.language.understanding.examples import LANGUAGES, Example, parse_slots, read_examples
from tests.understanding.content import ROOT, UNDERSTANDING, shipped_lexicon

UNSEEN = ROOT / "tests" / "understanding" / "unseen.tsv"
TODAY = date(2026, 11, 22)
SURE_AND_WRONG = 0.8
TWINS = 88


@dataclass
class Tally:
    """Right and all."""

    right: int = 0
    all: int = 0

    def add(self, right: bool) -> None:
        self.right += right
        self.all += 1

    @property
    def percent(self) -> float:
        return 100 * self.right / self.all if self.all else 100.0

    def __str__(self) -> str:
        return f"{self.percent:5.1f} % ({self.right}/{self.all})"


@dataclass
class Score:
    """The figures of one measurement; `slots` counts said and right, said in all, expected in all."""

    intent: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    language: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    mesa: Tally = field(default_factory=Tally)
    sure: Tally = field(default_factory=Tally)
    sure_wrong: int = 0
    asked_back: Tally = field(default_factory=Tally)
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    slots: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    exact_slots: Tally = field(default_factory=Tally)
    twins: Counter[str] = field(default_factory=Counter)
    fresh: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    fresh_mesa: Tally = field(default_factory=Tally)

    @property
    def sure_and_wrong(self) -> float:
        return 100 * self.sure_wrong / max(1, self.intent["all"].all)


def read_labelled(path: Path) -> list[Example]:
    """A file of id, language, intent, slots and text."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:] if line.strip()]
    return [Example(intent, language, parse_slots(slots), text) for _, language, intent, slots, text in rows]


def measure(pairs: Iterable[tuple[Example, Reading]], lexicon: Lexicon) -> Score:
    """Compare what was read with the labels; values are taken as the keys of content (`oveja` is `ovejas`)."""
    score = Score()
    for example, reading in pairs:
        right = reading.intent == example.intent
        for group in (example.language, "all"):
            score.intent[group].add(right)
            score.language[group].add(reading.language == example.language)
        score.confused[example.intent, reading.intent] += 1
        score.sure_wrong += reading.confidence >= SURE_AND_WRONG and not right
        if reading.is_sure:
            score.sure.add(right)
        else:
            score.asked_back.add(example.intent in reading.others)
        if right:
            _measure_slots(score, example, reading, lexicon)
    return score


def _measure_slots(score: Score, example: Example, reading: Reading, lexicon: Lexicon) -> None:
    if example.intent == "feedback":
        score.mesa.add(reading.slots.get("mesa") == example.slots.get("mesa"))
    expected = {name: _as_key(lexicon, name, value) for name, value in example.slots.items()}
    score.exact_slots.add(expected == reading.slots)
    for name in {*expected, *reading.slots}:
        counts = score.slots[name]
        counts["said"] += name in reading.slots
        counts["expected"] += name in expected
        counts["right"] += name in expected and reading.slots.get(name) == expected[name]


def _as_key(lexicon: Lexicon, slot: str, value: str) -> str:
    if slot != "product":
        return value
    keys = [entry.key for entry in lexicon.of("product") if value in (entry.key, *entry.names)]
    return keys[0] if keys else value


def show(score: Score) -> list[str]:
    """The figures as lines."""
    lines = []
    for name, tallies in (("intent", score.intent), ("language", score.language)):
        lines.append(f"{name:9}" + "  ".join(f"{group} {tallies[group]}" for group in (*LANGUAGES, "all")))
    lines.append(f"mesa     {score.mesa}")
    lines.append(f"sure     {score.sure} right of those we act on")
    lines.append(f"asked    {score.asked_back} of those asked back had the right one among the choices")
    lines.append(f"sure and wrong {score.sure_and_wrong:.1f} % ({score.sure_wrong})")
    lines.append(f"slots    {score.exact_slots} messages with every slot right, where the intent is")
    for name, counts in sorted(score.slots.items()):
        precision = 100 * counts["right"] / max(1, counts["said"])
        recall = 100 * counts["right"] / max(1, counts["expected"])
        expected = counts["expected"]
        lines.append(f"  {name:10} of those said {precision:5.1f} %, of those expected {recall:5.1f} % ({expected})")
    if score.fresh:
        exact, near = score.twins["exact"], score.twins["near"]
        lines.append(f"twins    {exact} stand in the examples word for word, {near} nearly; without them:")
        lines.append("  intent " + "  ".join(f"{group} {score.fresh[group]}" for group in (*LANGUAGES, "all")))
        lines.append(f"  mesa   {score.fresh_mesa}")
    return lines + _confusion(score.confused)


def _confusion(confused: Counter[tuple[str, str]]) -> list[str]:
    """One line an intent: how many right, and what the others were taken for."""
    lines = ["intent              right  taken for"]
    for intent in sorted({expected for expected, _ in confused}):
        row = {read: count for (expected, read), count in confused.items() if expected == intent}
        wrong = sorted(((count, read) for read, count in row.items() if read != intent), reverse=True)
        taken = ", ".join(f"{read} {count}" for count, read in wrong)
        lines.append(f"{intent:18} {row.get(intent, 0):4}/{sum(row.values()):<4} {taken}")
    return lines


def read_all(examples: Sequence[Example], lexicon: Lexicon) -> Score:
    """Measure the shipped understanding, no language stored; apart, the messages without a twin in the examples.

    A figure on messages that stand in the examples, word for word or nearly, says what was remembered, not what was
    understood: the figures of `fresh` are the ones to trust.
    """
    understanding = Understanding.load(UNDERSTANDING, lexicon)
    pairs = [(example, understanding.read(example.text, None, TODAY)) for example in examples]
    score = measure(pairs, lexicon)
    trained_on = [fold(example.text) for example in read_examples(UNDERSTANDING)]
    for example, reading in pairs:
        twin = process.extractOne(fold(example.text), trained_on, scorer=fuzz.ratio, score_cutoff=TWINS)
        if twin:
            score.twins["exact" if twin[1] == 100 else "near"] += 1
            continue
        for group in (example.language, "all"):
            score.fresh[group].add(reading.intent == example.intent)
        if example.intent == reading.intent == "feedback":
            score.fresh_mesa.add(reading.slots.get("mesa") == example.slots.get("mesa"))
    return score


def main(arguments: Sequence[str]) -> None:
    lexicon = shipped_lexicon()
    if "--cross" in arguments:
        from tests.understanding.cross import cross

        score = measure(cross(UNDERSTANDING, lexicon, TODAY), lexicon)
    else:
        score = read_all(read_labelled(Path(arguments[0]) if arguments else UNSEEN), lexicon)
    sys.stdout.write("\n".join(show(score)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
