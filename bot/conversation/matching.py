"""Which option a person meant: number, ordinal, label, part of a label, one of its words, yes and no."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
    **{"sujta": 6, "pusax": 8, "isqon": 9, "esqon": 9, "chunca": 10},
}
_AROUND = re.compile(r"^(?:(?:la|el|opcion|numero|nro|num|n|akllani) )+|(?: (?:kaq|ñiqin|por favor|pls|xfa))+$")


def number(folded: str) -> int | None:
    """The number that a folded message is, and nothing else: `2`, `la 2`, `iskay`, `segundo`."""
    return NUMBERS.get(_AROUND.sub("", folded).removesuffix("ta") if folded not in NUMBERS else folded)


def option(text: str, labels: Sequence[Sequence[str]], words: Sequence[Sequence[str]]) -> int | None:
    """The index of the one option that the text names; None when none or more than one does.

    `labels` are the option's labels, one a language; `words` its other words. Exact beats part, and part beats a
    misspelt one.
    """
    folded = fold(text)
    if not folded:
        return None
    exact = [i for i, names in enumerate(_named(labels, words)) if folded in names]
    if len(exact) == 1:
        return exact[0]
    if len(folded) < 3:
        return None
    inside = [i for i, names in enumerate(labels) if any(_is_part(folded, fold(name)) for name in names)]
    if len(inside) == 1:
        return inside[0]
    said = [i for i, names in enumerate(words) if any(f" {fold(name)} " in f" {folded} " for name in names)]
    if len(said) == 1:
        return said[0]
    key = andean(folded)
    near = [i for i, names in enumerate(_named(labels, words)) if key in {andean(name) for name in names}]
    return near[0] if len(near) == 1 and not inside and not said else None


def _named(labels: Sequence[Sequence[str]], words: Sequence[Sequence[str]]) -> list[set[str]]:
    return [{fold(name) for name in (*own, *more)} for own, more in zip(labels, words, strict=True)]


def _is_part(folded: str, label: str) -> bool:
    """Every word of the message stands in the label, and at least one is no mere particle."""
    said, named = folded.split(), label.split()
    return any(len(word) > 3 for word in said) and all(word in named for word in said)
