"""What the pages and webhooks need of the house, in one value."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bot.clock import Clock
from bot.records.store import Store
from bot.service.commits import Commits
from bot.service.inbox import Inbox
from bot.service.knowledge import KnowledgeOf
from bot.settings import Settings


@dataclass(frozen=True)
class Parts:
    settings: Settings
    clock: Clock
    store: Store
    commits: Commits
    inbox: Inbox
    knowledge: KnowledgeOf


PARTS = web.AppKey("parts", Parts)
