"""`python -m tests.bench.turns [--profile]`: how many texts a second are taken in, answered and kept, by how many wait.

Each text is a signed webhook to a server of its own process, with the whole turn behind it on SQLite in a file; next to
it, in the same rounds, stands a handler that only checks the signature with Twilio's library. Nothing is sent on.
"""

from __future__ import annotations

import asyncio
import cProfile
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import web
from twilio.request_validator import RequestValidator

from bot.app import House
from bot.conversation.message import Inbound
from bot.desk.parts import Parts
from bot.desk.web import application
from bot.settings import Settings
from tests.fakes import FROM, SID, TOKEN, signature
from tests.running import free_port, sms

ROUNDS = 3
SECONDS = 2.0
IN_FLIGHT = (1, 16, 64)
PEOPLE = 300
TEXTS = (
    "hola",
    "q dia es la feria",
    "1",
    "zuritepi ima obran kashan",
    "MENU",
    "3",
    "obras agua 2008",
    "haykaqmi feria inquilpatapi",
    "campaña de salud en anta",
    "ima p'unchawmi pediatra hamunqa",
    "donde venden cuyes",
    "2",
    "gracias",
    "QUECHUA",
    "ari",
    "mana entiendenichu",
    "hay obras de riego en mollepata este año",
    "DATOS",
)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


# ── the two servers ───────────────────────────────────────────────────────────────────────────────────────────────────


def settings(data: Path, port: int = 0) -> Settings:
    twilio = {"twilio_account_sid": SID, "twilio_auth_token": TOKEN, "twilio_from": FROM}
    return Settings(data=data, port=port, public_url=f"http://127.0.0.1:{port}", limits=False, **twilio)  # type: ignore[arg-type]  # texts


async def _nothing(*_: object) -> None:
    """What Twilio's webhook never calls."""


def chaski(port: int, data: Path) -> web.Application:
    house = House(settings(data, port))
    parts = Parts(house.settings, house.clock, house.store, house.commits, house.inbox, house.library.knowledge)
    return application(parts, None, _nothing, _nothing)


def bare(port: int) -> web.Application:
    """The least that a program may do with a webhook."""
    validator: Any = RequestValidator(TOKEN)  # type: ignore[no-untyped-call]  # the library's

    async def sms_arrives(request: web.Request) -> web.Response:
        form = dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
        mark = request.headers.get("X-Twilio-Signature", "")
        if not validator.validate(f"http://127.0.0.1:{port}{request.raw_path}", form, mark):
            return web.Response(status=403)
        return web.Response(text="<Response/>", content_type="text/xml")

    app = web.Application()
    app.router.add_post("/twilio/sms", sms_arrives)
    return app


def serve(kind: str, port: int, data: Path) -> None:
    app = chaski(port, data) if kind == "chaski" else bare(port)
    web.run_app(app, host="127.0.0.1", port=port, print=lambda _: None, access_log=None)


@contextmanager
def running(kind: str, data: Path) -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.turns", "--serve", kind, str(port), str(data)])
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


# ── the many who text ─────────────────────────────────────────────────────────────────────────────────────────────────


def requests(port: int) -> Iterator[bytes]:
    """Signed webhooks as bytes, each of its own id: people write in turn, each goes through all the texts."""
    address, run, n = f"http://127.0.0.1:{port}/twilio/sms", time.time_ns(), 0
    while True:
        body = TEXTS[(n // PEOPLE + n) % len(TEXTS)]
        sender = f"+5198400{n % PEOPLE:04}"
        form = {"MessageSid": f"SM{run}{n}", "AccountSid": SID, "From": sender, "To": FROM, "Body": body}
        data = urlencode(form).encode()
        head = (
            f"POST /twilio/sms HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Twilio-Signature: {signature(address, form)}\r\n"
        )
        head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(data)}\r\n\r\n"
        yield head.encode() + data
        n += 1


async def text(port: int, waiting: list[bytes], until: float, took: list[float]) -> None:
    """One who texts again as soon as she is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while waiting and time.perf_counter() < until:
        begun = time.perf_counter()
        writer.write(waiting.pop())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        took.append(time.perf_counter() - begun)
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(head.decode())
    writer.close()


async def measure(port: int, source: Iterator[bytes], in_flight: int) -> tuple[float, list[float]]:
    """Texts a second, and how long each waited, with so many waiting at any time."""
    waiting = [next(source) for _ in range(int(SECONDS * 3000))]  # signed beforehand: it takes as long as a turn
    waiting.reverse()
    took: list[float] = []
    begun = time.perf_counter()
    await asyncio.gather(*(text(port, waiting, begun + SECONDS, took) for _ in range(in_flight)))
    return len(took) / (time.perf_counter() - begun), took


async def until_up(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        except OSError:
            await asyncio.sleep(0.05)


async def compare(ports: dict[str, int]) -> None:
    sources = {kind: requests(port) for kind, port in ports.items()}
    for port in ports.values():
        await until_up(port)
    results: dict[tuple[str, int], list[tuple[float, list[float]]]] = {}
    for _ in range(ROUNDS):
        for in_flight in IN_FLIGHT:
            for kind, port in ports.items():
                results.setdefault((kind, in_flight), []).append(await measure(port, sources[kind], in_flight))
    say("in flight   signature only/s   chaski/s   ratio   chaski p50 ms   p99 ms")
    for in_flight in IN_FLIGHT:
        least, ours = (statistics.median(rate for rate, _ in results[kind, in_flight]) for kind in ("bare", "chaski"))
        waits = sorted(wait for _, each in results["chaski", in_flight] for wait in each)
        p50, p99 = waits[len(waits) // 2] * 1000, waits[len(waits) * 99 // 100] * 1000
        say(f"{in_flight:9} {least:18.0f} {ours:10.0f} {ours / least:7.2f} {p50:15.1f} {p99:8.1f}")


# ── where the time goes ───────────────────────────────────────────────────────────────────────────────────────────────


def messages(number: int) -> list[Inbound]:
    return [sms(TEXTS[(n // PEOPLE + n) % len(TEXTS)], f"+5198400{n % PEOPLE:04}") for n in range(number)]


async def take_in(house: House, number: int) -> float:
    """Turns without their way here, 16 at once; the seconds that took."""
    begun = time.perf_counter()
    arriving = messages(number)
    for start in range(0, number, 16):
        await asyncio.gather(*(house.inbox.receive(message) for message in arriving[start : start + 16]))
    return time.perf_counter() - begun


def profile(data: Path) -> None:
    house, number = House(settings(data)), 4000
    asyncio.run(take_in(house, 500))
    took = asyncio.run(take_in(house, number))
    say(f"turns alone, 16 at once: {number / took:.0f}/s, {took / number * 1000:.2f} ms each")
    profiler = cProfile.Profile()
    profiler.runcall(asyncio.run, take_in(house, number))
    for order in ("cumulative", "tottime"):
        pstats.Stats(profiler).sort_stats(order).print_stats(45)
    house.close()


def main(argv: Sequence[str]) -> None:
    if argv[:1] == ["--serve"]:
        serve(argv[1], int(argv[2]), Path(argv[3]))
        return
    with tempfile.TemporaryDirectory() as folder:
        if argv[:1] == ["--profile"]:
            profile(Path(folder))
            return
        with running("bare", Path(folder)) as first, running("chaski", Path(folder)) as second:
            asyncio.run(compare({"bare": first, "chaski": second}))


if __name__ == "__main__":
    main(sys.argv[1:])
