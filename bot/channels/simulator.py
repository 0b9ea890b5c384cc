"""The phone in the browser: a real channel whose messages go no further than our own page."""

from __future__ import annotations

from collections.abc import Callable

from bot.conversation.message import Found, Medium, Outgoing

NAME = "simulator"


class SimulatorChannel:
    """Takes what is sent; the page shows it from the outbox row itself."""

    name = NAME
    medium: Medium = "sms"
    two_way = True
    lists_messages = False

    async def start(self) -> None:
        """Nothing to connect."""

    async def close(self) -> None:
        """Nothing to let go."""

    async def send(self, out: Outgoing) -> str:
        return f"sim-{out.id}"

    async def find(self, out: Outgoing, adopted: Callable[[str], bool]) -> Found:
        return Found()
