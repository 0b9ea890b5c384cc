"""`python -m tests.bench.turns [--json FILE] [--profile]`: how many texts a second are taken in, answered and kept.

Each text is a signed webhook to a server of its own process, with the whole turn behind it on SQLite in a file. In the
same rounds stands a bare handler that only checks the signature with Twilio's library. `web` has its sender in another
process, and nothing is sent on; `all` is `bot serve`, which sends the replies to a provider on this machine as well.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import json
import logging
import os
import platform
import pstats
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from twilio.request_validator import RequestValidator

from bot.app import House
from bot.conversation.message import Inbound
from bot.desk.parts import Parts
from bot.desk.web import application
from bot.settings import Settings
from tests.bench.load import Measured, conversations, measure, memory_mb, percentile, requests
from tests.fakes import FROM, SID, TOKEN
from tests.running import environment, free_port, sms, with_twilio

ROUNDS, SECONDS = 3, 2.0
IN_FLIGHT = (1, 16, 64)
KINDS = ("bare", "web", "all")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


# ── the servers ───────────────────────────────────────────────────────────────────────────────────────────────────────


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
    """Run one of the servers, as talkative as `bot serve`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    app = chaski(port, data) if kind == "web" else bare(port)
    gc.freeze()  # as `bot serve` does
    web.run_app(app, host="127.0.0.1", port=port, print=lambda _: None, access_log=None)


@contextmanager
def running(kind: str, data: Path) -> Iterator[tuple[int, int]]:
    """One of the servers, answering: its port and process id."""
    port = free_port()
    with ExitStack() as kept, (data / f"{kind}.log").open("w") as said:
        command, environ = ["-m", "tests.bench.turns", "--serve", kind, str(port), str(data)], environment()
        if kind == "all":
            provider = free_port()
            kept.enter_context(started(["-m", "tests.bench.load", str(provider)], environ, said))
            command = ["-m", "bot", "serve"]
            environ |= with_twilio(f"http://127.0.0.1:{provider}", port) | {"CHASKI_DATA": str(data / kind)}
        process = kept.enter_context(started(command, environ, said))
        until_up(port)
        yield port, process.pid


@contextmanager
def started(
    command: Sequence[str], environ: Mapping[str, str], said: Any, python: str = sys.executable
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([python, *command], env=environ, stdout=said, stderr=said)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def until_up(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.02)


# ── the comparison ────────────────────────────────────────────────────────────────────────────────────────────────────


def compare(servers: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    """Rounds in which each server has its turn; medians of rates and times, and the memory in the end."""
    sources = {kind: requests(port) for kind, (port, _) in servers.items()}
    results: dict[tuple[str, int], list[Measured]] = {}
    for _ in range(ROUNDS):
        for in_flight in IN_FLIGHT:
            for kind, (port, process) in servers.items():
                found = measure(port, sources[kind], in_flight, SECONDS, process)
                results.setdefault((kind, in_flight), []).append(found)
    rows = [row(kind, in_flight, results) for in_flight in IN_FLIGHT for kind in servers]
    memory = {kind: memory_mb(process) for kind, (_, process) in servers.items()}
    return {"python": platform.python_version(), "cores": os.cpu_count(), "rows": rows, "memory_mb": memory}


def row(kind: str, in_flight: int, results: Mapping[tuple[str, int], list[Measured]]) -> dict[str, Any]:
    rates = {name: statistics.median(each.rate for each in results[name, in_flight]) for name in {kind, "bare"}}
    waits = [wait for each in results[kind, in_flight] for wait in each.waits]
    return {
        **{"server": kind, "in_flight": in_flight, "per_second": round(rates[kind])},
        **{"of_bare": round(rates[kind] / rates["bare"], 3), "p50_ms": round(percentile(waits, 0.5), 1)},
        **{"p99_ms": round(percentile(waits, 0.99), 1)},
        "cpu_us": round(statistics.median(each.cpu_seconds for each in results[kind, in_flight]) * 1e6),
    }


def show(found: Mapping[str, Any]) -> None:
    say("in flight  server  texts/s  of bare   p50 ms   p99 ms   CPU us a text")
    for each in found["rows"]:
        say("{in_flight:9}  {server:6} {per_second:8} {of_bare:8.2f} {p50_ms:8} {p99_ms:8} {cpu_us:10}".format(**each))
    say(f"memory under load, MB: {found['memory_mb']}")


# ── where the time goes ───────────────────────────────────────────────────────────────────────────────────────────────


def messages(number: int) -> list[Inbound]:
    return [sms(text, sender) for sender, text in islice(conversations(), number)]


async def take_in(house: House, arriving: Sequence[Inbound]) -> float:
    """Turns without their way here, 16 at once; the seconds that took."""
    begun = time.perf_counter()
    for start in range(0, len(arriving), 16):
        await asyncio.gather(*(house.inbox.receive(message) for message in arriving[start : start + 16]))
    return time.perf_counter() - begun


def profile(data: Path) -> None:
    house, arriving = House(settings(data)), messages(8500)
    asyncio.run(take_in(house, arriving[:500]))
    took = asyncio.run(take_in(house, arriving[500:4500]))
    say(f"turns alone, 16 at once: {4000 / took:.0f}/s, {took / 4000 * 1000:.2f} ms each")
    profiler = cProfile.Profile()
    profiler.runcall(asyncio.run, take_in(house, arriving[4500:]))
    for order in ("cumulative", "tottime"):
        pstats.Stats(profiler).sort_stats(order).print_stats(45)
    house.close()


def main(argv: Sequence[str]) -> None:
    if argv[:1] == ["--serve"]:
        serve(argv[1], int(argv[2]), Path(argv[3]))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="where the figures are written")
    parser.add_argument("--profile", action="store_true", help="show where the time of a turn goes instead")
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as kept:
        if asked.profile:
            profile(Path(folder))
            return
        found = compare({kind: kept.enter_context(running(kind, Path(folder))) for kind in KINDS})
    show(found)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
