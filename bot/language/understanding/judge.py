"""Which intent and which mesa the linear models give a message, and how sure they may be."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.language.understanding.model import Weights


@dataclass(frozen=True, slots=True)
class Verdict:
    """The likeliest intent, the likely ones in order, and the mesa if it is feedback, with its lead over the next."""

    intent: str
    confidence: float
    likely: tuple[str, ...]
    mesa: str
    mesa_lead: float = 0.0


class Judge:
    """The models of intent and mesa, with the calibration that turns their scores into a confidence."""

    def __init__(self, header: Mapping[str, Any], table: Mapping[str, str]) -> None:
        self._weights = Weights(header["meaning"], header["scale"], header["bias"], table)
        self._intents: int = header["intents"]
        self._calibration: Sequence[float] = header["calibration"]

    def verdict(self, features: Sequence[str]) -> Verdict:
        scores, known = self._scores(features)
        names = self._weights.classes
        order = sorted(range(self._intents), key=scores.__getitem__, reverse=True)
        mesa, second = sorted(range(self._intents, len(scores)), key=scores.__getitem__, reverse=True)[:2]
        lead = scores[mesa] - scores[second]
        signs = evidence([scores[at] for at in order], known / len(features))
        confidence = sure(self._calibration, signs)
        return Verdict(names[order[0]], confidence, tuple(names[at] for at in order[:4]), names[mesa], lead)

    def knows(self, key: str) -> bool:
        """Whether a word, by its andean key, is one of the examples'."""
        return self._weights.knows(f"={key}")

    def evidence(self, features: Sequence[str]) -> tuple[str, list[float]]:
        """The likeliest intent and what its confidence is made from: for the calibration."""
        scores, known = self._scores(features)
        order = sorted(range(self._intents), key=scores.__getitem__, reverse=True)
        return self._weights.classes[order[0]], evidence([scores[at] for at in order], known / len(features))

    def _scores(self, features: Sequence[str]) -> tuple[list[float], int]:
        sums, known = self._weights.sums(features)
        norm = 1 / math.sqrt(len(features) + 1)
        scale = self._weights.scale
        return [(total * scale + bias) * norm for total, bias in zip(sums, self._weights.bias, strict=True)], known


def evidence(ranked: Sequence[float], coverage: float) -> list[float]:
    """What tells a right verdict from a wrong one: the lead, the best score, the third's lag, and what was known."""
    return [1.0, ranked[0] - ranked[1], ranked[0], ranked[0] - ranked[2], coverage]


def sure(calibration: Sequence[float], signs: Sequence[float]) -> float:
    """The chance that a verdict with this evidence is right."""
    score = sum(weight * sign for weight, sign in zip(calibration, signs, strict=True))
    return round(1 / (1 + math.exp(-max(-30.0, min(30.0, score)))), 3)
