"""What the pages and webhooks need of the house, in one value."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web

from bot.clock import Clock
from bot.records.store import Store, Tx
from bot.service.commits import Commits
from bot.service.inbox import Inbox
from bot.service.knowledge import KnowledgeOf
from bot.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True)
class Parts:
    settings: Settings
    clock: Clock
    store: Store
    commits: Commits
    inbox: Inbox
    knowledge: KnowledgeOf

    async def apart(self, work: Callable[[Tx], T]) -> T:
        """A long read, in a thread and on a connection of its own, so that nobody's message waits for it.

        Raises Unavailable.
        """
        return await asyncio.to_thread(self.store.apart, work)


PARTS = web.AppKey("parts", Parts)
