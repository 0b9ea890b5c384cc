"""Which option a person meant: number, ordinal, label, part of a label, one of its words, yes and no."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.language.folding import andean, fold

NUMBERS: dict[str, int] = {
    **{str(n): n for n in range(100)},
    **{word: n for n, word in enumerate("cero uno dos tres cuatro cinco seis siete ocho nueve diez".split())},
    **{
        word: n
        for n, word in enumerate("huk iskay kimsa tawa pichqa suqta qanchis pusaq isqun chunka".split(), start=1)
    },
    **{"una": 1, "primero": 1, "primera": 1, "primer": 1, "segundo": 2, "segunda": 2, "tercero": 3, "tercera": 3},
    **{"cuarto": 4, "cuarta": 4, "quinto": 5, "quinta": 5, "sexto": 6, "sexta": 6},
    **{"uk": 1, "uj": 1, "juk": 1, "hoq": 1, "ishkay": 2, "kinsa": 3, "pisqa": 5, "phisqa": 5, "pichka": 5, "soqta": 6},
    **{
        f"{n}{end}": n
        for n, ends in enumerate(("ro ra er", "do da", "ro ra er", "to ta", "to ta", "to ta"), start=1)
        for end in ends.split()
    },
    **{"sujta": 6, "pusax": 8, "isqon": 9, "esqon": 9, "chunca": 10},
}
_BEFORE = "la|el|opcion|numero|nro|num|n|akllani"
_AFTER = "kaq|kaqta|niqin|niqinta|akllani|munani|por favor|pls|xfa"
_AROUND = re.compile(rf"^(?:(?:{_BEFORE}) )+|(?: (?:{_AFTER}))+$")
_PARTICLES = frozenset("la el los las lo de del en a al un una quiero kaq munani".split())
_ENDING = re.compile(r"(?<=\w{3})(?:wan|paq|manta|man|pi|ta|pa|qa)$")
_LINE_NUMBER = re.compile(r"^\d{1,2} (?=[a-z])")


def number(folded: str) -> int | None:
    """The number that a folded message is, and nothing else: `2`, `la 2`, `iskay`, `segundo`."""
    bare = _AROUND.sub("", folded)
    return NUMBERS.get(folded, NUMBERS.get(bare, NUMBERS.get(bare.removesuffix("ta"))))


def without_line_number(folded: str) -> str:
    """A line copied from a list, `2 compone`, as the name that stands in it."""
    return _LINE_NUMBER.sub("", folded)


@lru_cache(maxsize=4096)
def label_key(name: str) -> str:
    """A label or an option's word, folded: the same few are compared with every answer."""
    return fold(name)


def option(
    text: str, labels: Sequence[Sequence[str]], words: Sequence[Sequence[str]], *, exactly: bool = False
) -> int | None:
    """The index of the one option that the text names; None when none or more than one does.

    `labels` are the option's labels, one a language; `words` its other words. Exact beats part, and part beats a
    misspelt one; `exactly`: only exact will do.
    """
    as_written = fold(text)
    folded = without_line_number(as_written)
    if not folded:
        return None
    exact = [i for i, names in enumerate(_named(labels, words)) if {as_written, folded} & names]
    if len(exact) == 1:
        return exact[0]
    if len(folded) < 3 or exactly:
        return None
    part = _Part(folded)
    inside = [i for i, names in enumerate(labels) if any(part.stands_in(label_key(name)) for name in names)]
    if len(inside) == 1:
        return inside[0]
    said = [i for i, names in enumerate(words) if any(f" {label_key(name)} " in f" {folded} " for name in names)]
    if len(said) == 1:
        return said[0]
    key = andean(folded)
    near = [i for i, names in enumerate(_named(labels, words)) if key in {andean(name) for name in names}]
    return near[0] if len(near) == 1 and not inside and not said else None


def _named(labels: Sequence[Sequence[str]], words: Sequence[Sequence[str]]) -> list[set[str]]:
    return [{label_key(name) for name in (*own, *more)} for own, more in zip(labels, words, strict=True)]


def bare_of_ending(word: str) -> str:
    """Without what Quechua hangs on a word: `pediatrawan`, `luzpaq`, `zuritepi`."""
    return _ENDING.sub("", word)


class _Part:
    """A message as a part of labels."""

    def __init__(self, folded: str) -> None:
        self._beginning = f"{bare_of_ending(folded)} "
        said = [bare_of_ending(word) for word in folded.split() if word not in _PARTICLES]
        self._words = frozenset(said) if any(len(word) > 3 for word in said) else None

    def stands_in(self, label: str) -> bool:
        """Every word of the message that is no mere particle stands in the label, and one of them is longer than three;
        or the label begins with it: `luz` is «Luz Mamani»."""
        if label.startswith(self._beginning):
            return True
        return self._words is not None and self._words.issubset(label.split())
