"""Driving the pure middle: the actions a flow asks for are performed, and what is said is dressed for its medium."""

from __future__ import annotations

from collections.abc import Callable

from bot.conversation.engine import Talk, Turn
from bot.conversation.message import Medium
from bot.conversation.rendering import Bubble
from bot.language import sms
from bot.records.messages import Draft
from bot.service import actions
from bot.service.actions import Doing

Watch = Callable[[Turn], None]
"""Who is shown every turn."""


def unwatched(turn: Turn) -> None:
    """Nobody looks on."""


def drive(talk: Talk, doing: Doing) -> Turn:
    """Perform what the talk asks for, inside the open transaction, until it ends."""
    try:
        action = next(talk)
        while True:
            action = talk.send(actions.perform(doing, action))
    except StopIteration as end:
        turn: Turn = end.value
        return turn


def dress(bubble: Bubble, medium: Medium) -> Draft:
    """A bubble as it will be sent: folded and counted for SMS, in full spelling with buttons for Telegram."""
    if medium == "telegram":
        return Draft(bubble.text, bubble.text, bubble.options, "", 0)
    body = sms.fold(bubble.text)
    counted = sms.count(body)
    return Draft(body, bubble.text, (), counted.encoding, counted.segments)
