"""The files that go with a message about a notice: its flyer as PDF, and its text for the radio."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.conversation.message import Attachment
from bot.desk.avisos import handouts
from bot.desk.avisos.flyer import Flyer
from bot.records import notices
from bot.records.notices import Notice
from bot.records.store import Store
from bot.service.knowledge import KnowledgeOf
from bot.settings import Settings

log = logging.getLogger(__name__)

BETWEEN_LANGUAGES = "\n\n* * *\n\n"


@dataclass(frozen=True)
class Files:
    """Makes what a row of the outbox names: `volante:ID`, `radio:ID`. `telegram_link` is empty without Telegram."""

    settings: Settings
    clock: Clock
    store: Store
    knowledge: KnowledgeOf
    telegram_link: Callable[[], Awaitable[str]]

    async def __call__(self, key: str) -> Attachment | None:
        """None for what is not there, cannot be made on this machine, or would name no number to write to."""
        kind, _, notice_id = key.partition(":")
        notice = notices.one(self.store.read, int(notice_id))
        number = handouts.number(self.settings)
        if notice is None or not number:
            return None
        return await self._flyer(notice, number) if kind == "volante" else self._radio(notice, number)

    async def _flyer(self, notice: Notice, number: str) -> Attachment | None:
        tx, link = self.store.read, await self.telegram_link()
        flyer = handouts.flyer(tx, self.knowledge(tx), notice, self.clock.now(), number, link)
        try:
            body = await asyncio.to_thread(drawn, flyer)
        except ImportError:
            log.warning("no flyer as PDF: install the extra `pdf`")
            return None
        return Attachment("volante.pdf", "application/pdf", body)

    def _radio(self, notice: Notice, number: str) -> Attachment:
        said = handouts.radio(self.knowledge(self.store.read), notice, number)
        return Attachment("radio.txt", "text/plain", BETWEEN_LANGUAGES.join(said.values()).encode())


def drawn(flyer: Flyer) -> bytes:
    """The flyer as PDF, off the loop because that takes a while. Raises ImportError without the library of PDFs."""
    from bot.desk.avisos.paper import pdf

    return pdf(flyer)
