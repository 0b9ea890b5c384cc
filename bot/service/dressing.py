"""A finished message as it leaves: folded and counted for SMS, in full spelling with its buttons for Telegram."""

from __future__ import annotations

from bot.conversation.message import Medium
from bot.conversation.rendering import Bubble
from bot.language import sms
from bot.records.messages import Draft


def dress(bubble: Bubble, medium: Medium) -> Draft:
    """A bubble as it will be sent; a file goes with it on Telegram only."""
    if medium == "telegram":
        return Draft(bubble.text, bubble.text, bubble.options, "", 0, bubble.file)
    body = sms.fold(bubble.text)
    counted = sms.count(body)
    return Draft(body, bubble.text, (), counted.encoding, counted.segments)
