"""What a provider received for us while we were away, or could not bring to us: taken in afterwards, in order, once."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

from bot.channels.base import Remembering
from bot.clock import Clock
from bot.conversation.message import Inbound
from bot.errors import SendError, SlowDown
from bot.records import recovery
from bot.records.store import Unavailable
from bot.service import late
from bot.service.commits import Commits
from bot.service.inbox import Inbox

log = logging.getLogger(__name__)

LOOK_SECONDS = 180.0
OVERLAP = timedelta(minutes=10)
"""A list is read again from so long before its newest message: entries may come in late."""

FIRST_LOOK = timedelta(days=1)
"""How far back a list is read of which nothing was seen yet: as far as Telegram keeps its own."""

UNDER_WAY = timedelta(minutes=1)
"""What is younger is being brought to us just now."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many messages were missing and are taken in now; of these, how many were too late to be answered."""

    taken: int = 0
    late: int = 0


class Recovery:
    """Compares the list of one channel with our rows, at the start and every few minutes."""

    def __init__(self, commits: Commits, inbox: Inbox, channel: Remembering) -> None:
        self._commits, self._inbox, self._channel = commits, inbox, channel

    async def run(self) -> None:
        """Look until cancelled; a list that could not be read is read again later, from where it was read last."""
        spared = timedelta()  # at the start nothing is on its way
        while True:
            pause = LOOK_SECONDS
            try:
                await self.look(spared)
                spared = UNDER_WAY
            except SendError as error:
                log.warning("channel %s: what was missed is not known: %s", self._channel.name, error)
                pause = max(pause, error.seconds) if isinstance(error, SlowDown) else pause
            except Unavailable:
                pass  # the group commit has said so
            except Exception:
                log.exception("recovery")
            await asyncio.sleep(pause)

    async def look(self, spared: timedelta = timedelta()) -> Recovered:
        """Take in what is missing and older than `spared`. Raises SendError, Unavailable; then the next look goes on
        with what is left."""
        name = self._channel.name
        seen_until = await self._commits.run(lambda tx: recovery.listed_until(tx, name))
        listed = await self._channel.missed(seen_until - OVERLAP if seen_until else Clock().now() - FIRST_LOOK)
        ids = [message.provider_id for message in listed]
        known = await self._commits.run(lambda tx: recovery.known(tx, name, ids))
        missing = [each for each in listed if each.provider_id not in known and not _is_under_way(each, spared)]
        found = await self._take(missing)
        newest = max((each.sent_at for each in listed if each.sent_at), default=None)
        if newest and newest != seen_until:
            await self._commits.run(lambda tx: recovery.set_listed_until(tx, name, newest))
        return found

    async def _take(self, missing: list[Inbound]) -> Recovered:
        taken = too_late = 0
        for message in missing:
            done = await self._inbox.receive(message)
            taken += done.inbound_id != 0
            too_late += done.inbound_id != 0 and late.age(message) > late.STALE
        if taken:
            log.warning("channel %s: %s messages had been missed", self._channel.name, taken)
        return Recovered(taken, too_late)


def _is_under_way(message: Inbound, spared: timedelta) -> bool:
    return message.sent_at is not None and timedelta() <= Clock().now() - message.sent_at < spared
