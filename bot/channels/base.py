"""What every channel is to the rest of the house, and the cleaning each gives to what it takes in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.conversation.message import Found, Inbound, Medium, Outgoing

LONGEST_TEXT_CHARACTERS = 10_000

_NEWLINES = re.compile("\r\n?|[\u2028\u2029]")
# Control characters but the newline; soft hyphens, zero-width marks and bidi overrides, which hide or turn round what
# staff read; lone surrogates, which no database takes. U+200D stays: it joins emoji.
_UNWANTED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


class Channel(Protocol):
    """One provider by which people are reached."""

    name: str
    medium: Medium
    two_way: bool  # False: what is sent carries no number to answer to
    lists_messages: bool  # True: `find` can say what became of a message whose answer was lost

    async def start(self) -> None:
        """Make ready to send; it never waits for the provider."""

    async def close(self) -> None:
        """Let go of connections; what is under way is abandoned."""

    async def send(self, out: Outgoing) -> str:
        """Send once and return the provider's id; raises SendError, whose type says what to do. A file goes with the
        text where the provider carries files, else the text goes alone."""

    async def find(self, out: Outgoing, adopted: Callable[[str], bool]) -> Found:
        """Look for a message whose answer was lost, passing over ids that are `adopted` by another row."""


@runtime_checkable
class Remembering(Protocol):
    """A channel whose provider keeps a list of what it received for us, and can be asked what we missed."""

    name: str

    async def missed(self, since: datetime) -> list[Inbound]:
        """All that reached us since then, the oldest first, also what we know already; raises SendError."""


def clean(text: str) -> str:
    """The text as it may be kept and shown: one kind of newline, nothing invisible, NFC, at most 10,000 characters."""
    if text.isascii() and text.isprintable():
        return text[:LONGEST_TEXT_CHARACTERS]
    # Cut before normalising as well: sorting a million combining marks takes hours.
    kept = _UNWANTED.sub("", _NEWLINES.sub("\n", text).replace("\t", " "))[:LONGEST_TEXT_CHARACTERS]
    return unicodedata.normalize("NFC", kept)[:LONGEST_TEXT_CHARACTERS]


def header(headers: Mapping[str, str], name: str) -> str:
    """A header by its name in any case, from any mapping; empty when absent."""
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), "")
