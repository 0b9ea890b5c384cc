"""The counters of the desk as they change: one look at the rows every few seconds for everybody who listens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Iterator
from hashlib import sha256

from aiohttp import web

from bot.desk import guard, today
from bot.desk.parts import PARTS, Parts
from bot.records import staff
from bot.records.attention import Attention
from bot.records.store import Tx, Unavailable
from bot.service.accounts import SESSION_IDLE, SESSION_LIFE, hash_token

log = logging.getLogger(__name__)

LOOK_SECONDS = 3.0
BEAT_SECONDS = 15.0
"""After so long without news something is written, so that nobody on the way closes the line."""
RETRY_MILLISECONDS = 5000
STREAM = "text/event-stream"


class Board:
    """What everybody listens to. Looks only while somebody does."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._listeners = 0
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._sessions: frozenset[str] = frozenset()
        self.seen: Attention | None = None
        self.is_closed = False

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        self._listeners += 1
        if self._task is None or self._task.done():
            self.seen = None  # what was counted for listeners long gone is no news
            self._task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._listeners -= 1

    async def next_look(self) -> None:
        """Until the rows were looked at again, or all is closed."""
        await self._news.wait()

    def knows(self, token: str) -> bool:
        """Whether this session was alive, and its account able to log in, at the last look."""
        return hash_token(token) in self._sessions

    async def close(self) -> None:
        """Everybody who listens is let go."""
        self.is_closed = True
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._tell()

    async def _run(self) -> None:
        while self._listeners:
            try:
                self.seen, self._sessions = await asyncio.to_thread(self._parts.store.apart, self._look)
            except Unavailable:
                pass  # the figures stay as they are; the next look tries again
            except Exception:
                log.exception("live counters")
            self._tell()
            await asyncio.sleep(LOOK_SECONDS)

    def _look(self, tx: Tx) -> tuple[Attention, frozenset[str]]:
        clock = self._parts.clock
        now = clock.now()
        living = staff.living_sessions(tx, now - SESSION_LIFE, now - SESSION_IDLE)
        return today.load(tx, now, clock.today()), living

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


BOARD = web.AppKey("board", Board)


async def listen(request: web.Request) -> web.StreamResponse:
    """The counters whenever they change, as server-sent events; whoever asks for anything else gets them once."""
    if STREAM not in request.headers.get("Accept", ""):
        return _once(request)
    headers = {"Content-Type": STREAM, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    board = request.app[BOARD]
    with board.listening(), contextlib.suppress(ConnectionError):
        await response.write(f"retry: {RETRY_MILLISECONDS}\n\n".encode())
        await _tell_on(request, response, board)
    return response


def _once(request: web.Request) -> web.Response:
    parts = request.app[PARTS]
    seen = today.load(parts.store.read, parts.clock.now(), parts.clock.today())
    return web.json_response(today.figures(seen, guard.person(request)), headers={"Cache-Control": "no-store"})


async def _tell_on(request: web.Request, response: web.StreamResponse, board: Board) -> None:
    """Until she is logged out, disabled or gone, or the service stops."""
    me, token = guard.person(request), guard.token(request)
    last, said_at = request.headers.get("Last-Event-ID", ""), time.monotonic()
    while not board.is_closed and request.transport is not None:
        if board.seen is not None:
            data = json.dumps(today.figures(board.seen, me))
            mark = sha256(data.encode()).hexdigest()[:12]
            if mark != last:
                await response.write(f"id: {mark}\ndata: {data}\n\n".encode())
                last, said_at = mark, time.monotonic()
        if time.monotonic() - said_at >= BEAT_SECONDS:
            await response.write(b": \n\n")
            said_at = time.monotonic()
        await board.next_look()
        if not board.knows(token):
            return
