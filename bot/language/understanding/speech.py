"""Which language each word is: Spanish, Quechua, or neither (loans, names, numbers), from its letters and endings."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

CLASSES = ("es", "quz")
_GRAMS = (2, 3, 4)


@lru_cache(maxsize=20_000)
def letters(word: str) -> tuple[str, ...]:
    """The features of one word: itself, its end and its letters in twos to fours."""
    if word[0] == "@":
        ending = word.partition("+")[2]
        return ("@", f"-{ending}") if ending else ("@",)
    padded = f"^{word}$"
    found = [f"={word}"]
    found.extend(padded[at : at + size] for size in _GRAMS for at in range(len(padded) - size + 1))
    found.extend(f"-{word[-size:]}" for size in (3, 4, 5) if len(word) > size)
    return tuple(dict.fromkeys(found))


def bag(words: Iterable[str]) -> list[str]:
    """The words whose language is asked: each once, numbers left out."""
    return [word for word in dict.fromkeys(words) if not word[0].isdigit()]
