"""The nouns of a conversation: what a person sent us, what we send her, and the way between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Medium = Literal["sms", "telegram"]
"""How a text is dressed: SMS is folded to GSM-7 and counted; Telegram keeps its spelling and has buttons."""

Kind = Literal["text", "press", "contact", "photo", "other", "blocked"]
"""text: words · press: a button · contact: she shared her own number · photo · other: voice, place… · blocked: she
stopped the bot at the provider."""

CONTACT = "contact"
"""The data of an option by which she shares her own number instead of pressing."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message as it reached us, already cleaned by its channel.

    `address` is who wrote: `tel:+51984000111` or `telegram:4711`. `provider_id` is unique within `channel` for ever.
    """

    channel: str
    medium: Medium
    address: str
    provider_id: str
    text: str
    kind: Kind = "text"
    contact: str = ""  # her own number, E.164, as the provider vouches for it
    press: str = ""  # the pressed button's data: see Option.data
    file_id: str = ""  # of a photo, as the provider keeps it
    provider_name: str = ""  # what the provider calls her; never stored
    opt_out_type: str = ""  # STOP, START or HELP when the provider has already answered her
    sent_at: datetime | None = None  # the provider's time, when it tells
    at: datetime | None = None  # the simulator's clock, instead of the service's
    answerable: bool = True  # False: short codes, alphabetic senders, our own number
    may_be_late: bool = False  # it may have waited at the provider while we were away: `sent_at` tells how long


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says of a message that we sent; `is_unsent`: it failed, and nothing of it was on the air."""

    channel: str
    provider_id: str
    state: Literal["sent", "delivered", "failed"]
    error_code: str = ""
    is_unsent: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """One choice under a message: a button on Telegram, a numbered line in the text of an SMS."""

    label: str
    data: str  # at most 64 bytes, what a press sends back


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message: `name` as she sees it, `content_type` such as `application/pdf`."""

    name: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send, as a channel takes it; a channel that carries no files sends the text alone."""

    id: int
    address: str
    text: str
    options: tuple[Option, ...] = ()
    expires_at: datetime | None = None
    claimed_at: datetime | None = None  # when the first try began: where a search for a lost answer starts
    attachment: Attachment | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a channel's own list says of a message whose answer was lost."""

    provider_id: str = ""
    state: Literal["sent", "absent", "cannot_know"] = "cannot_know"
