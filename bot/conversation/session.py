"""Where a person stands in her conversations, as data that is stored between two messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json, to_json  # a fifth of what the standard library's take

Values = dict[str, Any]
PAST_KEPT = 3
DEPTH = 5


@dataclass(slots=True)
class Frame:
    """One conversation under way: the flow, the step that waits or is walked, and what was learnt so far."""

    flow: str
    step: str
    values: Values = field(default_factory=dict)
    called: bool = False  # by the frame below, which goes on when this one ends


@dataclass(slots=True)
class Session:
    """The frames from the oldest, put aside, to the newest, and what the last question showed.

    `page` is the index of the first item on show of a list, `shown` how many were shown; `misses` counts answers in a
    row that were not understood; `past` holds the earlier questions that «back» returns to.
    """

    frames: list[Frame] = field(default_factory=list)
    page: int = 0
    shown: int = 0
    misses: int = 0
    past: list[list[Any]] = field(default_factory=list)

    @property
    def top(self) -> Frame | None:
        return self.frames[-1] if self.frames else None

    def remember(self) -> None:
        """Keep where she stands, so that «back» can return here."""
        self.past = [*self.past, self._frames_as_data()][-PAST_KEPT:]

    def return_to_past(self) -> bool:
        """Stand again at the question before this one; False when there is none."""
        if not self.past:
            return False
        self.frames = [Frame(*frame) for frame in self.past.pop()]
        self.page = self.shown = 0
        return True

    def _frames_as_data(self) -> list[Any]:
        return [[frame.flow, frame.step, dict(frame.values), frame.called] for frame in self.frames]

    def dump(self) -> str:
        """The state as compact JSON; empty when nothing waits and nothing is to go back to."""
        if not self.frames and not self.misses and not self.past:
            return ""
        data = {"f": self._frames_as_data(), "p": self.page, "s": self.shown, "m": self.misses, "b": self.past}
        return to_json(data).decode()


def load(state: str) -> Session:
    """Read what `dump` wrote."""
    if not state:
        return Session()
    data = from_json(state)
    frames = [Frame(*frame) for frame in data["f"]]
    return Session(frames, data["p"], data["s"], data["m"], data["b"])
