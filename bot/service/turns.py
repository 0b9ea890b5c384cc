"""Driving the pure middle: the actions that a flow asks for are performed until the talk ends."""

from __future__ import annotations

from collections.abc import Callable

from bot.conversation.engine import Talk, Turn
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
