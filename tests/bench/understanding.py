"""`python -m tests.bench.understanding`: how quickly messages are read, how soon it is ready, how much memory."""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from datetime import date

from bot.conversation import matching
from bot.language.folding import fold
from bot.language.understanding import Lexicon, Understanding
from bot.language.understanding.examples import read_examples
from tests.understanding.content import UNDERSTANDING, shipped_lexicon

TODAY = date(2026, 11, 22)
_ANSWERS = ("1", "2", "si", "no", "ari", "mana", "iskay", "la 2", "menu", "ok")
_OPTIONS = (("Obras", "Obrakuna"), ("Campaña de salud", "Salud campaña"), ("Cita", "Cita"), ("Ferias", "Feriakuna"))


def main() -> None:
    lexicon = shipped_lexicon()
    ready, understanding = _ready(lexicon)
    texts = [example.text for example in read_examples(UNDERSTANDING)]
    long = [text for text in texts if len(text.split()) > 3]
    lines = [
        f"ready in {ready * 1000:.0f} ms",
        f"memory {_memory(lexicon, texts):.1f} MB, every example read",
        f"free text, first time seen {_each(understanding, long, 1):.3f} ms",
        f"free text, words seen before {_each(understanding, long, 3):.3f} ms",
        f"one-word answer, read {_each(understanding, _ANSWERS, 300):.4f} ms",
        f"menu answer, matched without reading {_matched():.4f} ms",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def _ready(lexicon: Lexicon) -> tuple[float, Understanding]:
    best = 9.0
    for _ in range(3):
        start = time.perf_counter()
        understanding = Understanding.load(UNDERSTANDING, lexicon)
        best = min(best, time.perf_counter() - start)
    return best, understanding


def _memory(lexicon: Lexicon, texts: Sequence[str]) -> float:
    """What loading allocates and reading keeps."""
    tracemalloc.start()
    understanding = Understanding.load(UNDERSTANDING, lexicon)
    for text in texts:
        understanding.read(text, None, TODAY)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept / 2**20


def _each(understanding: Understanding, texts: Sequence[str], times: int) -> float:
    """Milliseconds a text."""
    return _timed(lambda: [understanding.read(text, "es", TODAY) for text in texts], times) / len(texts)


def _matched() -> float:
    """What the engine does for a menu answer: a number needs no reading, a label is compared."""
    words = [()] * len(_OPTIONS)

    def answer() -> None:
        for text in _ANSWERS:
            if matching.number(fold(text)) is None:
                matching.option(text, _OPTIONS, words)

    return _timed(answer, 300) / len(_ANSWERS)


def _timed(work: Callable[[], object], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        work()
    return 1000 * (time.perf_counter() - start) / times


if __name__ == "__main__":
    main()
