"""Group commit: work on the database that gathers while the loop is busy shares one transaction, each part alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from bot.records.store import Conflict, Connection, Store, Unavailable

log = logging.getLogger(__name__)
T = TypeVar("T")
Work = Callable[[Connection], T]

MOST_AT_ONCE = 64
TRIES = 5  # in the way of another process, one of the two is told to begin again


class Commits:
    """Runs functions over the open transaction; each has its own savepoint and is answered after the commit."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[Work[Any], asyncio.Future[Any]]] = []
        self._is_due = False

    async def run(self, work: Work[T]) -> T:
        """The result of `work`, durable; until then it may be run again from its beginning.

        Raises what it raised, or Unavailable when the database could not commit.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._waiting.append((work, answer))
        if not self._is_due:
            self._is_due = True
            loop.call_soon(self._commit)
        return await answer

    def _commit(self) -> None:
        batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        results: list[tuple[asyncio.Future[Any], Any]] = []
        try:
            results = self._together(batch)
        except Exception as error:  # whatever it is, nobody may wait for an answer for ever
            log.error("nothing was committed: %s: %s", type(error).__name__, error)
            results = [(answer, error) for _, answer in batch]
        for answer, result in results:
            if answer.done():
                continue
            if isinstance(result, Exception):
                answer.set_exception(result)
            else:
                answer.set_result(result)
        self._is_due = bool(self._waiting)
        if self._is_due:
            asyncio.get_running_loop().call_soon(self._commit)

    def _together(self, batch: list[tuple[Work[Any], asyncio.Future[Any]]]) -> list[tuple[asyncio.Future[Any], Any]]:
        """Each part's result, all of them committed. Raises Unavailable."""
        tries = 0
        while True:
            try:
                with self._store.write() as tx:
                    return [(answer, self._one(tx, work)) for work, answer in batch]
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
