"""Group commit: work on the database that gathers while the loop is busy shares one transaction, each part alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.records.store import BUSY_SECONDS, Busy, Conflict, Connection, Store, Unavailable

log = logging.getLogger(__name__)
T = TypeVar("T")
Work = Callable[[Connection], T]

MOST_AT_ONCE = 64
QUIET_LOOKS = 3  # rounds of the loop: so many lie between a request's bytes and its work
AGAIN_SECONDS = 0.01
TRIES = 5  # in the way of another process, one of the two is told to begin again


@dataclass(frozen=True, slots=True)
class _Part:
    """Work that waits for its transaction until a moment of the loop's clock, and who waits for its result."""

    work: Work[Any]
    answer: asyncio.Future[Any]
    until: float


class Commits:
    """Runs functions over the open transaction; each has its own savepoint and is answered after the commit.

    While another process writes, work waits for `patience_seconds`, and everything else goes on.
    """

    def __init__(self, store: Store) -> None:
        self.patience_seconds = BUSY_SECONDS
        self._store = store
        self._waiting: list[_Part] = []
        self._is_due = False

    async def run(self, work: Work[T]) -> T:
        """The result of `work`, durable; until then it may be run again from its beginning.

        Raises what it raised, or Unavailable when the database could not commit.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._waiting.append(_Part(work, answer, loop.time() + self.patience_seconds))
        if not self._is_due:
            self._is_due = True
            loop.call_soon(self._gather, loop, 0, 0)
        return await answer

    def _gather(self, loop: asyncio.AbstractEventLoop, seen: int, quiet_looks: int) -> None:
        """Commit as soon as nobody joins any more: a request that the loop is reading by now shares the commit."""
        count = len(self._waiting)
        quiet_looks = quiet_looks + 1 if count == seen else 0
        if count >= MOST_AT_ONCE or quiet_looks == QUIET_LOOKS:
            self._commit()
        else:
            loop.call_soon(self._gather, loop, count, quiet_looks)

    def _commit(self) -> None:
        loop, batch = asyncio.get_running_loop(), self._waiting[:MOST_AT_ONCE]
        try:
            results: list[Any] = self._together(batch)
        except Busy as busy:
            self._give_up(loop.time(), busy)
            self._is_due = bool(self._waiting)
            if self._is_due:
                loop.call_later(AGAIN_SECONDS, self._commit)
            return
        except Exception as error:  # whatever it is, nobody may wait for an answer for ever
            log.error("nothing was committed: %s: %s", type(error).__name__, error)
            results = [error] * len(batch)
        del self._waiting[:MOST_AT_ONCE]
        for part, result in zip(batch, results, strict=True):
            _tell(part, result)
        self._is_due = bool(self._waiting)
        if self._is_due:
            loop.call_soon(self._gather, loop, 0, 0)

    def _give_up(self, now: float, busy: Busy) -> None:
        """Whoever has waited long enough is told."""
        late = [part for part in self._waiting if part.until <= now]
        self._waiting = [part for part in self._waiting if part.until > now]
        if late:
            log.error("nothing was committed: %s", busy)
        for part in late:
            _tell(part, Unavailable(str(busy)))

    def _together(self, batch: list[_Part]) -> list[Any]:
        """Each part's result, all of them committed. Raises Unavailable."""
        tries = 0
        while True:
            try:
                with self._store.write(waits=False) as tx:
                    return [self._one(tx, part.work) for part in batch]
            except Conflict as conflict:
                tries += 1
                if tries == TRIES:
                    raise
                log.info("begun again: %s", conflict)

    @staticmethod
    def _one(tx: Connection, work: Work[Any]) -> Any:
        try:
            with tx.savepoint():
                return work(tx)
        except Unavailable:
            raise
        except Exception as error:
            return error


def _tell(part: _Part, result: Any) -> None:
    """Hand over what became of the work, to whoever still waits."""
    if part.answer.done():
        return
    if isinstance(result, Exception):
        part.answer.set_exception(result)
    else:
        part.answer.set_result(result)
