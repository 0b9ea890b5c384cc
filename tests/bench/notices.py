"""`python -m tests.bench.notices [--people N] [--rate N] [--postgresql] [--json FILE]`: one notice to a whole province.

Made-up people of two languages; a real `bot serve`, and the provider's stand-in as a process of its own. Printed: how
soon the notice is frozen and rendered and what memory that takes, how long residents who text meanwhile wait for their
answer, how fast it drains, and whether the provider's log equals the table row by row. Exit code 1 when a target fails.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from bot.app import House
from bot.records import notices
from bot.records.notices import Notice
from bot.settings import Settings
from tests.crowds import Resident, launched, settle
from tests.fakes import FROM, SID, FakeTwilio, signature
from tests.running import environment, free_port, served, with_twilio
from tests.servers import postgres_server

PROVINCE = 66_780
QUESTIONS = ("obras agua 2008", "zuritepi ima obran kashan", "MENU", "q dia es la feria", "campaña de salud en anta")
TEXTS_PER_SECOND, BURST, BURST_EVERY_SECONDS = 2.0, 20, 10.0
BEFORE_SECONDS = 12.0
FROZEN_SECONDS, GROWN_MB, MEDIAN_MS, P99_MS = 3.0, 30.0, 50.0, 300.0
"""The targets."""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


# ── the provider, as a process of its own ─────────────────────────────────────────────────────────────────────────────


@dataclass
class _Ledger(FakeTwilio):
    """Writes every message that it accepts into a file, with the time."""

    file: Any = None

    def put(self, to: str, body: str, *rest: Any, **more: Any) -> dict[str, Any]:
        message = super().put(to, body, *rest, **more)
        self.file.write(json.dumps([time.time(), to, body, message["sid"]]) + "\n")
        self.calls.clear()
        return message


async def provide(port: int, file: Path) -> None:
    with file.open("a", buffering=1) as ledger:
        await _Ledger(file=ledger).start(port)
        await asyncio.Event().wait()


@contextmanager
def provider(ledger: Path) -> Iterator[str]:
    port = free_port()
    arguments = [sys.executable, "-m", "tests.bench.notices", "--provider", str(port), str(ledger)]
    process = subprocess.Popen(arguments, env=environment())
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def accepted(ledger: Path) -> list[list[Any]]:
    """(time, to, body, sid) of each message that the provider took."""
    return [json.loads(line) for line in ledger.read_text().splitlines()]


# ── those who text meanwhile ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Residents:
    """Each of them texts once; when she did, and how long her text took to be acknowledged."""

    port: int
    waiting: list[Resident]
    texted: dict[str, float] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)
    in_burst: set[str] = field(default_factory=set)

    async def text(self, session: ClientSession, *, in_burst: bool = False) -> None:
        sender = self.waiting.pop().address.removeprefix("tel:")
        body = QUESTIONS[len(self.texted) % len(QUESTIONS)]
        url = f"http://127.0.0.1:{self.port}/twilio/sms"
        form = {"MessageSid": f"SM{sender[1:]}", "AccountSid": SID, "From": sender, "To": FROM, "Body": body}
        headers = {"X-Twilio-Signature": signature(url, form)}
        self.texted[sender], begun = time.time(), time.perf_counter()
        if in_burst:
            self.in_burst.add(sender)
        async with session.post(url, data=form, headers=headers) as answer:
            await answer.read()
            assert answer.status == 200, answer.status
        self.took[sender] = time.perf_counter() - begun

    async def text_on(self) -> None:
        """Two a second, and now and then many at once, until cancelled."""
        burst_at = time.monotonic() + BEFORE_SECONDS / 2
        async with ClientSession() as session, asyncio.TaskGroup() as tasks:
            while True:
                tasks.create_task(self.text(session))
                if time.monotonic() >= burst_at:
                    burst_at += BURST_EVERY_SECONDS
                    for _ in range(BURST):
                        tasks.create_task(self.text(session, in_burst=True))
                await asyncio.sleep(1 / TEXTS_PER_SECOND)


# ── the run ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Run:
    """One notice from its launch to its end, watched from outside; memory in MB."""

    house: House
    process: subprocess.Popen[bytes]
    residents: Residents
    notice: Notice | None = None
    memory: dict[str, float] = field(default_factory=dict)
    launched_at: float = 0.0
    frozen_at: float = 0.0
    done_at: float = 0.0
    worked: float = 0.0

    async def live(self) -> None:
        texting = asyncio.create_task(self.residents.text_on())
        await asyncio.sleep(BEFORE_SECONDS)
        self.memory = {"before": _memory(self.process.pid), "most": 0.0}
        self.launched_at, self.notice, self.worked = time.time(), launched(self.house), _worked(self.process.pid)
        while (now := self._state()).state != "done":
            self.notice = now
            self.memory["most"] = max(self.memory["most"], _memory(self.process.pid))
            if now.frozen_at and not self.frozen_at:
                self.frozen_at = now.frozen_at.timestamp()
                self.memory["frozen"] = self.memory["most"]
                say(f"frozen after {self.frozen_at - self.launched_at:.2f} s")
            if now.state == "paused":
                raise RuntimeError(f"the notice was stopped: {now.stopped_because}")
            await asyncio.sleep(0.05 if not self.frozen_at else 0.5)
        self.notice, self.done_at = now, time.time()
        self.worked = _worked(self.process.pid) - self.worked
        texting.cancel()
        await asyncio.wait([texting])
        await asyncio.sleep(3)  # for the last answers

    def _state(self) -> Notice:
        assert self.notice is not None
        found = notices.one(self.house.store.read, self.notice.id)
        assert found is not None
        return found


def _memory(process_id: int) -> float:
    """Resident, in MB."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _worked(process_id: int) -> float:
    """Seconds of a core so far."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# ── what it says ──────────────────────────────────────────────────────────────────────────────────────────────────────


def differences(house: House, log: list[list[Any]]) -> Counter[str]:
    """What the provider has and the table has not, and the other way round: by (to, body, sid)."""
    rows = house.store.read.all("SELECT address, body, provider_id, state FROM outbox")
    ours = Counter((row["address"].removeprefix("tel:"), row["body"], row["provider_id"]) for row in rows)
    theirs = Counter((to, body, sid) for _, to, body, sid in log)
    states = Counter(f"row {row['state']}" for row in rows if row["state"] != "sent")
    return Counter({"only with us": (ours - theirs).total(), "only there": (theirs - ours).total()} | states)


def waits(run: Run, log: list[list[Any]]) -> dict[str, list[float]]:
    """Milliseconds from a text to its acknowledgement, and to its answer at the provider, by phase."""
    rows = run.house.store.read.all("SELECT provider_id FROM outbox WHERE inbound_id IS NOT NULL")
    answers = {row["provider_id"] for row in rows}
    answered: dict[str, float] = {}
    for at, to, _, sid in log:
        if sid in answers:
            answered.setdefault(to, at)
    found: dict[str, list[float]] = {}
    for sender, texted in run.residents.texted.items():
        phase = "before" if texted < run.launched_at else "freezing" if texted < run.frozen_at else "sending"
        phase += f", {BURST} at once" if sender in run.residents.in_burst else ""
        if texted > run.done_at or sender not in run.residents.took:
            continue
        found.setdefault(f"{phase}: acknowledged", []).append(run.residents.took[sender] * 1000)
        found.setdefault(f"{phase}: answered", []).append((answered[sender] - texted) * 1000)
    return found


def at(waited: Sequence[float], share: float) -> float:
    return sorted(waited)[min(len(waited) - 1, int(len(waited) * share))]


def report(run: Run, log: list[list[Any]]) -> dict[str, Any]:
    assert run.notice is not None
    assert run.notice.begun_at is not None
    people = notices.progress(run.house.store.read, run.notice.id).people
    drained = run.done_at - run.frozen_at
    by_phase = {
        name: {"texts": len(each), "p50_ms": at(each, 0.5), "p99_ms": at(each, 0.99), "most_ms": max(each)}
        for name, each in waits(run, log).items()
    }
    return {
        "people": people,
        "frozen_seconds": run.frozen_at - run.launched_at,
        "freezing_seconds": run.frozen_at - run.notice.begun_at.timestamp(),
        "memory_before_mb": run.memory["before"],
        "grown_frozen_mb": run.memory["frozen"] - run.memory["before"],
        "grown_most_mb": run.memory["most"] - run.memory["before"],
        "drained_seconds": drained,
        "messages_per_second": people / drained,
        "core_ms_per_message": run.worked / people * 1000,
        "waits": by_phase,
        "differences": {name: n for name, n in differences(run.house, log).items() if n},
    }


def show(figures: Mapping[str, Any]) -> list[str]:
    """Print the figures; what missed its target."""
    for name, value in figures.items():
        if not isinstance(value, dict):
            say(f"{name:22} {value:10.2f}")
    say(f"{'texts meanwhile':36} {'n':>6} {'p50 ms':>8} {'p99 ms':>8} {'most ms':>8}")
    for name, each in figures["waits"].items():
        say(f"{name:36} {each['texts']:6} {each['p50_ms']:8.1f} {each['p99_ms']:8.1f} {each['most_ms']:8.1f}")
    say(f"log against table: {figures['differences'] or 'equal, row by row'}")
    missed = [name for name in ("differences",) if figures[name]]
    missed += ["frozen_seconds"] if figures["frozen_seconds"] > FROZEN_SECONDS else []
    missed += ["grown_frozen_mb"] if figures["grown_frozen_mb"] > GROWN_MB else []
    for name, each in figures["waits"].items():
        is_judged = not name.startswith("before") and "at once" not in name  # twenty turns take what they take
        if is_judged and (each["p50_ms"] >= MEDIAN_MS or each["p99_ms"] >= P99_MS):
            missed.append(name)
    return missed


def measure(given: argparse.Namespace, data: Path, stack: ExitStack) -> dict[str, Any]:
    ledger = data / "provider.jsonl"
    api = stack.enter_context(provider(ledger))
    port = free_port()
    database = stack.enter_context(postgres_server()) if given.postgresql else ""
    house = stack.enter_context(closing(House(Settings(data=data, database_url=database))))
    residents = settle(house, given.people)
    say(f"{given.people} people settled")
    more = with_twilio(api, port) | {"CHASKI_DATA": str(data), "TWILIO_SEGMENTS_PER_SECOND": str(given.rate)}
    process = stack.enter_context(served(**more, **({"DATABASE_URL": database} if database else {})))
    run = Run(house, process, Residents(port, residents[:: max(1, len(residents) // 4000)]))
    asyncio.run(run.live())
    return report(run, accepted(ledger))


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["--provider"]:
        asyncio.run(provide(int(arguments[1]), Path(arguments[2])))
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=PROVINCE)
    options.add_argument("--rate", type=float, default=1000.0, help="segments a second")
    options.add_argument("--postgresql", action="store_true")
    options.add_argument("--json", type=Path, help="write the figures there")
    given = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        figures = measure(given, Path(folder), stack)
    missed = show(figures)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))
    for name in missed:
        say(f"missed its target: {name}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
