"""Making the trained file from the examples: linear support vector machines and word languages, in plain Python."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from bot.language.understanding import model as trained
from bot.language.understanding import speech
from bot.language.understanding.examples import Example, fingerprint, read_examples
from bot.language.understanding.features import VERSION
from bot.language.understanding.judge import Judge
from bot.language.understanding.lexicon import Lexicon
from bot.language.understanding.message import Message, load_parser
from bot.language.understanding.vocabulary import Vocabulary

Rows = list[list[int]]
COST = 1.0
FOLDS = 5
_TWINS = 88
"""From this likeness (of 100) two messages are near twins."""


class Index:
    """Features → numbers, for those seen in at least `least` rows."""

    def __init__(self, bags: Iterable[Iterable[str]], least: int) -> None:
        counts = Counter(feature for bag in bags for feature in bag)
        self.names = sorted(feature for feature, count in counts.items() if count >= least)
        self._numbers = {feature: number for number, feature in enumerate(self.names)}

    def row(self, bag: Iterable[str]) -> list[int]:
        return [self._numbers[feature] for feature in bag if feature in self._numbers]


def one_against_rest(
    rows: Rows, size: int, labels: Sequence[str], classes: Sequence[str], cost: float
) -> list[list[float]]:
    """One support vector machine a class; each row is scaled to length one. The last weight is the bias."""
    return [_separate(rows, size, [label == name for label in labels], cost) for name in classes]


def _separate(rows: Rows, size: int, wanted: Sequence[bool], cost: float, rounds: int = 12) -> list[float]:
    """Dual coordinate descent for the squared hinge loss (Hsieh and others, 2008), with a fixed order of chance."""
    weights = [0.0] * (size + 1)
    alphas = [0.0] * len(rows)
    steps = [1.0 / math.sqrt(len(row) + 1) for row in rows]
    full = [[*row, size] for row in rows]
    order = list(range(len(rows)))
    chance = random.Random(7)  # noqa: S311 — an order of examples, no secret
    ease = 0.5 / cost
    get = weights.__getitem__
    for _ in range(rounds):
        chance.shuffle(order)
        moved = 0.0
        for at in order:
            sign = 1.0 if wanted[at] else -1.0
            row, step, alpha = full[at], steps[at], alphas[at]
            slope = sign * step * sum(map(get, row)) - 1.0 + ease * alpha
            if alpha == 0.0 and slope >= 0.0:
                continue
            new = max(0.0, alpha - slope / (1.0 + ease))
            if new != alpha:
                alphas[at] = new
                change = (new - alpha) * sign * step
                moved = max(moved, abs(new - alpha))
                for number in row:
                    weights[number] += change
        if moved < 0.01:
            break
    return weights


def word_languages(
    bags: Sequence[Sequence[Sequence[int]]], size: int, spoken: Sequence[bool], rounds: int = 25, start: float = -2.0
) -> list[float]:
    """Weights that say of one word whether it is of a language, learnt from messages that have or lack such words.

    A message has the language when at least one word is of it: 1 - product(1 - p(word)).
    """
    weights = [0.0] * (size + 1)
    weights[size] = start
    chance = random.Random(7)  # noqa: S311 — as above
    order = list(range(len(bags)))
    for turn in range(rounds):
        chance.shuffle(order)
        rate = 0.5 / (1 + 0.15 * turn)
        for at in order:
            _learn_words(weights, bags[at], size, spoken[at], rate)
        fade = 1 - 0.002 * rate
        weights = [weight * fade for weight in weights]
    return weights


def _learn_words(weights: list[float], words: Sequence[Sequence[int]], size: int, spoken: bool, rate: float) -> None:
    chances = []
    for word in words:
        norm = 1.0 / math.sqrt(len(word) + 1)
        score = weights[size] + speech.STRETCH * norm * sum(weights[number] for number in word)
        chances.append((word, norm, 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))))
    none = math.prod(1.0 - chance for _, _, chance in chances)
    some = max(1e-6, 1.0 - none)
    for word, norm, chance in chances:
        step = rate * (chance * none / some if spoken else -chance)
        if abs(step) < 1e-4:
            continue
        weights[size] += 0.1 * step
        change = step * speech.STRETCH * norm
        for number in word:
            weights[number] += change


def train(folder: Path, lexicon: Lexicon) -> str:
    """Make flows/understanding/trained.txt from the examples; returns a sentence about it."""
    examples = read_examples(folder)
    parser = load_parser(folder, lexicon)
    messages = [parser.parse(example.text) for example in examples]
    header, tables = fit(examples, messages, parser.vocabulary)
    header["calibration"] = _calibrated(examples, messages)
    header["examples"] = fingerprint(folder)
    about = "Made by `bot train` from the examples in this folder: not to be edited by hand."
    trained.write(folder / trained.FILE, about, header, tables)
    return f"{len(examples)} examples, {len(tables['meaning'])} features."


def fit(
    examples: Sequence[Example], messages: Sequence[Message], vocabulary: Vocabulary
) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """The header and tables of a trained file, uncalibrated."""
    header, meaning = _meanings(examples, messages)
    said = [speech.telling(message.shown(), vocabulary.neutral) for message in messages]
    spoken = [example.language for example in examples]
    for language, certain in vocabulary.certain.items():
        said.extend([word] for word in certain)
        spoken.extend([language] * len(certain))
    words = [[speech.letters(word) for word in bag] for bag in said]
    index = Index([letters for bag in words for letters in bag], 2)
    numbered = [[index.row(letters) for letters in bag] for bag in words]
    lines = [
        word_languages(numbered, len(index.names), [language in (name, "mix") for language in spoken])
        for name in speech.CLASSES
    ]
    scale, languages = _quantised(index.names, lines)
    header["word_scale"] = scale * speech.STRETCH
    header["word_bias"] = [round(line[-1], 4) for line in lines]
    return header, {"meaning": meaning, "languages": languages}


def _meanings(examples: Sequence[Example], messages: Sequence[Message]) -> tuple[dict[str, Any], dict[str, str]]:
    """The models of intents and of mesas, in one table."""
    bags = [message.features() for message in messages]
    index = Index(bags, 2)
    rows = [index.row(bag) for bag in bags]
    size = len(index.names)
    intents = sorted({example.intent for example in examples})
    lines = one_against_rest(rows, size, [example.intent for example in examples], intents, COST)
    own = [at for at, example in enumerate(examples) if example.intent == "feedback" and "mesa" in example.slots]
    mesas = sorted({examples[at].slots["mesa"] for at in own})
    lines += one_against_rest([rows[at] for at in own], size, [examples[at].slots["mesa"] for at in own], mesas, COST)
    scale, table = _quantised(index.names, lines)
    header = {"meaning": [*intents, *mesas], "intents": len(intents), "scale": scale, "calibration": [0.0] * 5}
    return header | {"bias": [round(line[size], 4) for line in lines], "version": VERSION}, table


def _calibrated(examples: Sequence[Example], messages: Sequence[Message]) -> list[float]:
    """How evidence becomes confidence, learnt from examples read without themselves and their likes."""
    seen: list[tuple[list[float], bool]] = []
    fold_of = folds(messages)
    for fold in range(FOLDS):
        kept = [at for at, own in enumerate(fold_of) if own != fold]
        judge = Judge(*_meanings([examples[at] for at in kept], [messages[at] for at in kept]))
        for at, own in enumerate(fold_of):
            if own == fold:
                intent, signs = judge.evidence(messages[at].features())
                seen.append((signs, intent == examples[at].intent))
    return _logistic(seen)


def folds(messages: Sequence[Message]) -> list[int]:
    """A fold for each message, near twins in the same one; names and numbers are compared as classes."""
    fold_of: list[int] = []
    known: dict[str, int] = {}
    for at, message in enumerate(messages):
        text = " ".join(message.shown())
        twin = process.extractOne(text, known.keys(), scorer=fuzz.ratio, score_cutoff=_TWINS)
        known[text] = known[twin[0]] if twin else at * 7919 % 104_729 % FOLDS
        fold_of.append(known[text])
    return fold_of


def _logistic(seen: Sequence[tuple[Sequence[float], bool]], rounds: int = 400) -> list[float]:
    """Logistic regression by steepest descent with momentum: few weights, many rows."""
    weights = [0.0] * len(seen[0][0])
    speed = [0.0] * len(weights)
    for _ in range(rounds):
        slope = [0.0] * len(weights)
        for signs, right in seen:
            score = sum(weight * sign for weight, sign in zip(weights, signs, strict=True))
            error = right - 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
            for at, sign in enumerate(signs):
                slope[at] += error * sign
        speed = [0.9 * old + 2.0 * new / len(seen) for old, new in zip(speed, slope, strict=True)]
        weights = [weight + step for weight, step in zip(weights, speed, strict=True)]
    return [round(weight, 3) for weight in weights]


def _quantised(names: Sequence[str], lines: Sequence[Sequence[float]]) -> tuple[float, dict[str, str]]:
    """Weights as whole numbers, features without any left out."""
    greatest = sorted(max(abs(line[at]) for line in lines) for at in range(len(names)))
    scale = greatest[int(len(greatest) * 0.995)] / trained.REACH
    table = {}
    for at, name in enumerate(names):
        whole = [round(line[at] / scale) for line in lines]
        if any(whole):
            table[name] = trained.encode(whole)
    return scale, table
