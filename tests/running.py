"""Chaski itself as tests run it: its commands and its service as processes, or the whole service inside the test."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from functools import cache
from pathlib import Path
from typing import IO, Any

from bot.app import House, Service
from bot.clock import Clock
from bot.conversation.message import Inbound
from bot.records.messages import replies_to
from bot.records.store import Row, Store
from bot.service import knowledge
from bot.service.inbox import Taken
from bot.service.knowledge import Library
from bot.settings import Settings
from tests.fakes import FROM, SID, TOKEN

ROOT = Path(__file__).parent.parent
BOT = Path(sys.prefix) / "bin" / "bot"
ROSA, JUAN = "+51984000111", "+51984000222"
OURS = ("CHASKI_", "TWILIO_", "TELEGRAM_", "GATEWAY_")
OUR_NAMES = {"HOST", "PORT", "PUBLIC_URL", "DATABASE_URL", "REDIS_URL"}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


# ── commands and the service as processes ─────────────────────────────────────────────────────────────────────────────


def environment(**more: str) -> dict[str, str]:
    """This machine's environment without what concerns Chaski, and with `more`."""
    rest = {name: value for name, value in os.environ.items() if not name.startswith(OURS) and name not in OUR_NAMES}
    return rest | more


def bot(*arguments: str, said: str | bytes = b"", **more: str) -> subprocess.CompletedProcess[str]:
    """Run `bot …` to its end; what is on its streams, in UTF-8."""
    given = said.encode() if isinstance(said, str) else said
    run = subprocess.run([BOT, *arguments], input=given, capture_output=True, env=environment(**more), timeout=30)
    return subprocess.CompletedProcess(run.args, run.returncode, run.stdout.decode(), run.stderr.decode())


@contextmanager
def served(**more: str) -> Iterator[subprocess.Popen[bytes]]:
    """`bot serve` as a process of its own that answers already; killed when it is still there at the end."""
    with tempfile.TemporaryFile() as said:  # a pipe that nobody reads would fill, and then hold the service up
        process = subprocess.Popen(
            [BOT, "serve"], env=environment(**more), stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        try:
            wait_until_up(int(more["PORT"]), process, said)
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()


def wait_until_up(port: int, process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    said.seek(0)
    raise RuntimeError(f"bot serve did not start ({process.poll()}): {said.read()[-2000:].decode()}")


def with_twilio(api_url: str, port: int) -> dict[str, str]:
    """The environment of a service whose SMS go to a stand-in."""
    return {
        "PORT": str(port),
        "TWILIO_ACCOUNT_SID": SID,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": FROM,
        "TWILIO_API_URL": api_url,
        "TWILIO_SEGMENTS_PER_SECOND": "1000",
        "CHASKI_LIMITS": "off",
    }


# ── the service inside the test ───────────────────────────────────────────────────────────────────────────────────────


@cache
def _library(is_public: bool) -> Library:
    return Library(knowledge.files(), with_samples=not is_public, office_phone="")


def built(settings: Settings, clock: Clock | None = None) -> House:
    """A house, quickly: what the municipality writes is loaded once for all tests."""
    return House(settings, clock, library=_library(settings.is_public))


def library(is_public: bool) -> Library:
    """What the municipality writes, loaded once; a copy, because each database makes its own knowledge of it."""
    return copy(_library(is_public))


@asynccontextmanager
async def serving(data: Path, **more: Any) -> AsyncIterator[House]:
    """The whole service on a free port; `more` are settings."""
    port = more.pop("port", 0) or free_port()
    more.setdefault("public_url", f"http://127.0.0.1:{port}")
    service = Service(built(Settings(data=data, port=port, **more)))
    try:
        await service.start()
        yield service.house
    finally:
        await service.stop()


def sms(text: str = "MENU", sender: str = ROSA, provider_id: str = "", **more: Any) -> Inbound:
    """A text as a channel hands it over. The channel `test` has no sender: its replies stay in the outbox."""
    address = sender if ":" in sender else f"tel:{sender}"
    return Inbound(
        **{"channel": "test", "medium": "sms", "address": address, "text": text} | more,
        provider_id=provider_id or uuid.uuid4().hex,
    )


def take(house: House, message: Inbound) -> Taken:
    """One message taken in, in a transaction of its own."""
    with house.store.write() as tx:
        return house.inbox.take(tx, message)


def say(house: House, text: str = "MENU", sender: str = ROSA, **more: Any) -> list[str]:
    """What is answered to a text."""
    taken = take(house, sms(text, sender, **more))
    return [row["body"] for row in replies_to(house.store.read, taken.inbound_id)] if taken.inbound_id else []


def count(store: Store, table: str, where: str = "1 = 1", *values: object) -> int:
    row = store.read.one(f"SELECT count(*) AS n FROM {table} WHERE {where}", *values)  # noqa: S608  our own words
    assert row is not None
    return int(row["n"])


def everything(store: Store) -> str:
    """Every value of every column of every table, a line each."""
    tables = [row["name"] for row in store.read.all("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = [(table, row) for table in tables for row in store.read.all(f"SELECT * FROM {table}")]  # noqa: S608  as above
    return "\n".join(f"{table}: {value}" for table, row in rows for value in tuple(row))


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for something that happens by itself."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  nothing announces it
            await asyncio.sleep(0.005)


def first(row: Row | None) -> Row:
    assert row is not None
    return row
