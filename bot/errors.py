"""Every error Chaski raises on purpose, each with one decision.

ChaskiError
├── Refusal             a person asked for what cannot be: one sentence on stderr, exit code 1
│   ├── SettingsError   an environment variable is wrong: the start stops
│   └── ContentError    a flow, catalogue or content file is wrong: names file and line
├── BadRequest          an inbound request that cannot be read: 400, nothing stored
├── Forbidden           an inbound request that is not the provider's: 403, nothing stored
└── SendError           a message did not leave
    ├── Ambiguous       the answer was lost: ask the provider before a second try
    ├── TryLater        the network or the provider is ailing: try again with a pause
    ├── SlowDown        the provider says wait: the whole channel pauses
    ├── OptedOut        the person stopped us at the provider: no retry, mark her
    ├── BadAddress      the number or chat is dead: no retry, mark it
    ├── ContentRefused  the provider will not carry this text: no retry of it
    ├── AccountTrouble  token, balance, permission: the channel waits, rows stay, staff are told
    └── OurFault        we asked wrongly: no retry, staff are told
"""

from __future__ import annotations


class ChaskiError(Exception):
    """Root of all errors raised on purpose."""


class Refusal(ChaskiError):
    """Said to whoever runs the command, in one sentence."""


class SettingsError(Refusal):
    """An environment variable has an unusable name or value."""


class ContentError(Refusal):
    """A file that the municipality writes is wrong; `file` and `line` say where."""

    def __init__(self, file: str, line: int, sentence: str) -> None:
        super().__init__(f"{file}:{line}: {sentence}")
        self.file, self.line, self.sentence = file, line, sentence


class BadRequest(ChaskiError):
    """What arrived cannot be read."""


class Forbidden(ChaskiError):
    """What arrived was not sent by the provider."""


class SendError(ChaskiError):
    """A message did not leave; `code` is the provider's own, for staff."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class Ambiguous(SendError):
    """The request went out and no answer came back."""


class TryLater(SendError):
    """Nothing was accepted; a later try may be."""


class SlowDown(SendError):
    """The provider asks for a pause of `seconds` for the whole channel."""

    def __init__(self, sentence: str, code: str = "", seconds: float = 1.0) -> None:
        super().__init__(sentence, code)
        self.seconds = seconds


class OptedOut(SendError):
    """The person stopped messages at the provider."""


class BadAddress(SendError):
    """The address cannot receive, ever."""


class ContentRefused(SendError):
    """The text was filtered or blocked."""


class AccountTrouble(SendError):
    """The account cannot send now: token, balance or permission."""


class OurFault(SendError):
    """Our request was wrong."""
