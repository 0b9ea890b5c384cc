"""What was heard: one message with its reading, made only when something asks for it (a digit needs none)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from bot.conversation import matching
from bot.conversation.flows import word_key
from bot.conversation.message import Kind, Medium
from bot.conversation.session import Values
from bot.language.understanding import Reading


class Heard:
    """One message as the engine takes it.

    `language` is the one to answer in, empty when we cannot tell; `is_new`: she was never greeted; `is_late`: what
    waits for her answer is older than a session lasts.
    """

    def __init__(
        self,
        text: str,
        read: Callable[[str], Reading],
        *,
        who: Callable[[str], Values | None] = lambda text: None,
        kind: Kind = "text",
        press: str = "",
        medium: Medium = "sms",
        language: str = "",
        is_new: bool = False,
        is_late: bool = False,
    ) -> None:
        self.text, self._read, self._who = text, read, who
        self.kind, self.press, self.medium = kind, press, medium
        self.language, self.is_new, self.is_late = language, is_new, is_late

    @cached_property
    def folded(self) -> str:
        return word_key(self.text)

    @cached_property
    def number(self) -> int | None:
        return matching.number(self.folded)

    @cached_property
    def reading(self) -> Reading:
        return self._read(self.text)

    @cached_property
    def who(self) -> Values | None:
        """Whom an answer to «for whom?» names: relation, kin, name, age_months; None when it names nobody."""
        return self._who(self.text)

    def values(self) -> Values:
        """What the message says, as the values a flow begins with."""
        reading = self.reading
        flags = {"near": reading.near, "this_year": reading.this_year}
        said = {name: "yes" for name, is_said in flags.items() if is_said}
        return {**reading.named, **reading.slots, **said, "date_problem": reading.date_problem or "", "text": self.text}
