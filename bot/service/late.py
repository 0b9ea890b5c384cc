"""What waited at a provider while we were away and is read too late: it is kept, and she is told so once."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.clock import Clock
from bot.conversation.flows import Flows
from bot.conversation.heard import Heard
from bot.conversation.message import Inbound
from bot.records import recovery
from bot.records.store import Tx

STALE = timedelta(hours=3)
"""After so long she has helped herself otherwise, and «mañana» is another day."""

UNTOLD = timedelta(days=2)
"""After so long nobody remembers what she asked: it is kept without a word."""

TOLD_ONCE_IN = timedelta(hours=1)

CLOCKS_APART = timedelta(seconds=30)
"""The provider's clock and ours."""

OBEYED = ("opt_out", "opt_in", "emergency")
"""What she wants by these is done however late it is."""


def age(message: Inbound) -> timedelta:
    """How long it waited, by the world's clock, whatever ours is set to; nothing for what came to us at once."""
    if not message.may_be_late or message.sent_at is None:
        return timedelta()
    return max(Clock().now() - message.sent_at, timedelta())


def is_too_late(tx: Tx, inbound_id: int, person_id: int, message: Inbound, said_at: datetime, now: datetime) -> bool:
    """Whether the moment for an answer is over: hours have passed, or she has written again since and was answered."""
    if said_at == now or message.kind == "contact":
        return False
    overtaken = recovery.has_written_since(tx, person_id, said_at + CLOCKS_APART, inbound_id)
    return overtaken or now - said_at > STALE


def is_obeyed(heard: Heard, flows: Flows) -> bool:
    """Whether it stops or opens notices, or calls for help."""
    if heard.kind != "text":
        return False
    first, _, rest = heard.folded.partition(" ")
    flow = flows.by_word.get(heard.folded) or (flows.by_prefix.get(first) if rest else None)
    named = flow.flow if flow else flows.by_intent.get(heard.reading.intent) if heard.reading.is_sure else None
    return named in {flows.by_intent.get(intent) for intent in OBEYED} - {None}


def is_to_be_told(tx: Tx, person_id: int, said_at: datetime, now: datetime) -> bool:
    """Not of what is older than anybody remembers, and of several messages once."""
    return now - said_at <= UNTOLD and not recovery.was_told_since(tx, person_id, now - TOLD_ONCE_IN)
