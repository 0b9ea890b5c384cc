"""Cross-validation on the examples: each is read by what was trained without it and without its near twins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bot.language.understanding import Lexicon, Reading, Understanding
from bot.language.understanding import model as trained
from bot.language.understanding.examples import Example, read_examples
from bot.language.understanding.message import load_parser
from bot.language.understanding.training import FOLDS, fit, folds


def cross(folder: Path, lexicon: Lexicon, today: date) -> Iterator[tuple[Example, Reading]]:
    """Every example with its reading by the other folds; the calibration is the shipped one."""
    examples, parser = read_examples(folder), load_parser(folder, lexicon)
    messages = [parser.parse(example.text) for example in examples]
    shipped, _ = trained.read(folder / trained.FILE)
    fold_of = folds(messages)
    for fold in range(FOLDS):
        kept = [at for at, own in enumerate(fold_of) if own != fold]
        header, tables = fit([examples[at] for at in kept], [messages[at] for at in kept], parser.vocabulary)
        header["calibration"] = shipped["calibration"]
        understanding = Understanding.from_trained(folder, lexicon, header, tables)
        for example, own in zip(examples, fold_of, strict=True):
            if own == fold:
                yield example, understanding.read(example.text, None, today)
