"""Cross-validation on the examples: each is read by what was trained without it and without its near twins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from rapidfuzz import fuzz, process

from bot.language.understanding import Lexicon, Reading, Understanding
from bot.language.understanding.examples import Example, read_examples
from bot.language.understanding.message import Parser, load_parser
from bot.language.understanding.training import fit

FOLDS = 5
_TWINS = 88
"""From this likeness (of 100) two messages are near twins and stay in one fold."""


def folds(examples: Sequence[Example], parser: Parser) -> list[int]:
    """The fold of each example; names and numbers count as classes when messages are compared."""
    shown = [" ".join(parser.parse(example.text).shown()) for example in examples]
    fold_of: list[int] = []
    seen: dict[str, int] = {}
    for at, text in enumerate(shown):
        twin = process.extractOne(text, seen.keys(), scorer=fuzz.ratio, score_cutoff=_TWINS)
        chosen = seen[twin[0]] if twin else (at * 7919) % 104729 % FOLDS
        seen[text] = chosen
        fold_of.append(chosen)
    return fold_of


def cross(folder: Path, lexicon: Lexicon, today: date) -> Iterator[tuple[Example, Reading]]:
    """Every example with its reading by the other folds."""
    examples, parser = read_examples(folder), load_parser(folder, lexicon)
    fold_of = folds(examples, parser)
    for fold in range(FOLDS):
        kept = [example for example, own in zip(examples, fold_of, strict=True) if own != fold]
        understanding = Understanding.from_trained(folder, lexicon, *fit(kept, [parser.parse(e.text) for e in kept]))
        for example, own in zip(examples, fold_of, strict=True):
            if own == fold:
                yield example, understanding.read(example.text, None, today)
