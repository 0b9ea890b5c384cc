"""The noun of this room: one message, read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

SURE = 0.6
"""From this confidence on we act on an intent instead of asking."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One message, understood as far as it can be.

    `slots` holds what was said, with the keys of flows/content. `others` are the next likely intents, for «did you
    mean». `near` and `this_year` are said with words that name no value: «cerca de mi», «este año».
    `named` holds everything that was named, whatever it means: what an answer to a waiting question is looked up in.
    `mesa` is whose it would be were it feedback, and `mesa_is_sure` whether that is clear.
    `place_options` are the places that one name could be; `date_problem` says why a date said is not in `slots`.
    """

    text: str
    language: str
    language_is_clear: bool
    intent: str
    confidence: float
    slots: dict[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    near: bool = False
    this_year: bool = False
    place_options: tuple[str, ...] = ()
    date_problem: Literal["impossible", "past"] | None = None
    named: dict[str, str] = field(default_factory=dict)
    mesa: str = "none"
    mesa_is_sure: bool = False

    @property
    def is_sure(self) -> bool:
        return self.confidence >= SURE
