"""The phone in the terminal: writes to the same inbox as any phone, and reads its replies from the outbox rows."""

from __future__ import annotations

import json
import uuid

from bot.channels.base import clean
from bot.clock import Clock
from bot.conversation.message import Inbound, Medium
from bot.records import messages
from bot.records.store import Row, Store
from bot.service.inbox import Inbox

NAME = "terminal"


class TerminalPhone:
    """One person who types; her replies go nowhere else."""

    def __init__(self, inbox: Inbox, store: Store, clock: Clock, number: str, medium: Medium) -> None:
        self._inbox, self._store, self._clock, self._medium = inbox, store, clock, medium
        self._address = f"telegram:{number.removeprefix('+')}" if medium == "telegram" else f"tel:{number}"
        self._buttons: list[tuple[str, str]] = []

    def speak(self, language: str) -> None:
        """Choose the language as a person would: by its word. The answer is not shown."""
        self.write("QUECHUA" if language == "quz" else "CASTELLANO")

    def write(self, line: str) -> list[str]:
        """Send one line; the lines to print: `< ` before the first of each reply, `| ` before its others."""
        line = clean(line)
        data = dict(self._buttons).get(line.strip(), "")
        message = Inbound(
            channel=NAME,
            medium=self._medium,
            address=self._address,
            provider_id=uuid.uuid4().hex,
            text=line,
            kind="press" if data else "text" if line.strip() else "other",
            press=data,
        )
        with self._store.write() as tx:
            taken = self._inbox.take(tx, message)
            replies = messages.replies_to(tx, taken.inbound_id)
            for reply in replies:
                messages.sent(tx, reply["id"], f"terminal-{reply['id']}", self._clock.now())
                messages.scrub_if_erased(tx, reply["id"])
        return [printed for reply in replies for printed in self._print(reply)]

    def _print(self, reply: Row) -> list[str]:
        """A Telegram reply shows its buttons as numbered lines; their number, typed, presses them."""
        lines = str(reply["body"]).split("\n")
        options = json.loads(reply["options"])
        if options:
            self._buttons = [(str(n), data) for n, (_, data) in enumerate(options, start=1)]
            lines += [f"{n} {label}" for n, (label, _) in enumerate(options, start=1)]
        return [f"{'<' if n == 0 else '|'} {line}".rstrip() for n, line in enumerate(lines)]
