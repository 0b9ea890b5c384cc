"""The trained weights: one line a feature, one character a class, summed as lanes of one big integer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from operator import add
from pathlib import Path
from typing import Any

from bot.errors import ContentError

FILE = "trained.txt"
CENTRE = 79
REACH = 44
"""A weight w in -44..44 is the character chr(79 + w): plain ASCII, no tab, so that one line stays one line."""
_LANE = 2
_AT_ONCE = 500
"""500 characters below 2**7 cannot overflow a lane of 16 bits."""


class Weights:
    """One table of feature → a weight for each of `classes`."""

    def __init__(self, classes: Sequence[str], scale: float, bias: Sequence[float], table: Mapping[str, str]) -> None:
        self.classes, self.scale, self.bias = tuple(classes), scale, tuple(bias)
        self._lanes = {
            feature: int.from_bytes(weights.encode("utf-16-le"), "little") for feature, weights in table.items()
        }

    def knows(self, feature: str) -> bool:
        return feature in self._lanes

    def sums(self, features: Iterable[str]) -> tuple[list[int], int]:
        """The sum of the whole-number weights for each class, and how many features were known."""
        known = list(filter(None, map(self._lanes.get, features)))
        totals = self._unpacked(known[:_AT_ONCE])
        for at in range(_AT_ONCE, len(known), _AT_ONCE):
            totals = list(map(add, totals, self._unpacked(known[at : at + _AT_ONCE])))
        return totals, len(known)

    def _unpacked(self, lanes: Sequence[int]) -> list[int]:
        """The sum of up to _AT_ONCE lines, class by class."""
        packed = memoryview(sum(lanes).to_bytes(_LANE * len(self.classes), "little")).cast("H")
        middle = CENTRE * len(lanes)
        return [lane - middle for lane in packed]


def encode(weights: Sequence[int]) -> str:
    """Whole-number weights → the characters of one line."""
    return "".join(chr(CENTRE + max(-REACH, min(REACH, weight))) for weight in weights)


def write(path: Path, about: str, header: Mapping[str, Any], tables: Mapping[str, Mapping[str, str]]) -> None:
    """One file: a sentence, a JSON header, then each table under a line `# name`."""
    lines = [f"# {line}" for line in about.splitlines()]
    lines.append(json.dumps(header, ensure_ascii=False, sort_keys=True))
    for name, table in tables.items():
        lines.append(f"# {name}")
        lines.extend(f"{feature}\t{weights}" for feature, weights in sorted(table.items()))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def read(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """The header and the tables of a trained file. Raises ContentError when it is none."""
    try:
        lines = iter(path.read_text(encoding="utf-8").split("\n"))
    except OSError:
        raise ContentError(path.name, 1, "the trained file is missing; `bot train` makes it.") from None
    line = next(lines)
    while line.startswith("#"):
        line = next(lines, "")
    header: dict[str, Any] = json.loads(line)
    tables: dict[str, dict[str, str]] = {}
    for line in lines:
        if line.startswith("# "):
            table = tables.setdefault(line[2:], {})
        elif line:
            feature, _, weights = line.partition("\t")
            table[feature] = weights
    return header, tables
