"""Backups: made while the service runs, verified before they count, kept for a while, and never in anybody's way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot.clock import LIMA, Clock
from bot.errors import Refusal
from bot.records import backups
from bot.records.backups import Backup, Failure
from bot.records.store import Unavailable, copies
from bot.service.commits import Commits

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_SECONDS = 60.0
AGAIN_SECONDS = 900.0  # after one that failed
NAME = "chaski-{:%Y%m%d-%H%M%S}.db"
NAMES = "chaski-????????-??????.db"
FORGOTTEN = timedelta(days=1)
"""What a backup that was killed left behind is swept away after this long."""


def back_up(where: Path | str, file: Path, clock: Clock) -> Backup:
    """Copy the whole database to `file` and verify it; nobody who writes waits. Raises Refusal."""
    now, begun = clock.now(), time.monotonic()
    size = copies.write(where, file, lambda tx: backups.mark(tx, now))
    return Backup(now, str(file), size.size_bytes, size.rows, round(time.monotonic() - begun, 2))


class Backups:
    """Makes one into `folder` whenever the last good one is older than `every`; keeps the newest `keep`."""

    def __init__(
        self, commits: Commits, clock: Clock, where: Path | str, folder: Path, every: timedelta, keep: int
    ) -> None:
        self._commits, self._clock, self._where = commits, clock, where
        self._folder, self._every, self._keep = folder, every, keep

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            went_well = True
            try:
                if await self._is_due():
                    went_well = await self.make()
            except Unavailable:
                pass  # the group commit has said so; the next look tries again
            except Exception:
                log.exception("backups")
            await asyncio.sleep(LOOK_SECONDS if went_well else AGAIN_SECONDS)

    async def _is_due(self) -> bool:
        """Also when its file is gone, or is of a time that has not come."""
        last = await self._commits.run(backups.last)
        if last is None or not timedelta() <= self._clock.now() - last.at < self._every:
            return True
        return not await _in_a_thread(Path(last.file).exists)  # a disk that is away may not answer

    async def make(self) -> bool:
        """One backup, and the oldest go; whether it was made. Staff see it when it was not."""
        try:
            made = await _in_a_thread(self._made)
        except (Refusal, OSError) as error:
            log.error("no backup was made: %s", error)
            failure = Failure(self._clock.now(), str(error))
            await self._commits.run(lambda tx: backups.failed(tx, failure))
            return False
        await self._commits.run(lambda tx: backups.succeeded(tx, made))
        log.info("backup rows=%s bytes=%s seconds=%s", made.rows, made.size_bytes, made.seconds)
        return True

    def _made(self) -> Backup:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(self._folder)
        file = self._folder / NAME.format(self._clock.now().astimezone(LIMA))
        made = back_up(self._where, file, self._clock)
        others = sorted((each for each in self._folder.glob(NAMES) if each != file), reverse=True)
        for old in others[self._keep - 1 :]:
            old.unlink(missing_ok=True)
        return made


def _sweep(folder: Path) -> None:
    """Throw away what backups left that were killed: nothing in it is whole."""
    for left in folder.glob(f"{copies.SCRATCH}*"):
        with contextlib.suppress(OSError):
            if Clock().now().timestamp() - left.stat().st_mtime > FORGOTTEN.total_seconds():
                shutil.rmtree(left)


async def _in_a_thread(work: Callable[[], T]) -> T:
    """By a thread that nobody waits for at the end of the process: what it has not finished counts for nothing."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            settle: Callable[[], None] = partial(_settle, answer, work(), None)
        except Exception as error:
            settle = partial(_settle, answer, None, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed: the service has stopped
            loop.call_soon_threadsafe(settle)

    threading.Thread(target=run, name="backup", daemon=True).start()
    return await answer


def _settle(answer: asyncio.Future[T], result: T | None, error: Exception | None) -> None:
    if answer.done():
        return
    if error:
        answer.set_exception(error)
    else:
        answer.set_result(result)  # type: ignore[arg-type]  # a result, when there is no error


def note(where: Path | str, made: Backup) -> None:
    """Remember a backup that was made by hand; when the database is held just now it is not remembered."""
    with contextlib.suppress(Unavailable), copies.changing(where) as tx:
        backups.succeeded(tx, made)


def is_late(last: Backup | None, every: timedelta, now: datetime) -> bool:
    """Whether staff should worry: two were missed."""
    return last is None or now - last.at > 2 * every
