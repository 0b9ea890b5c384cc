"""Those who text, for measuring: signed webhooks kept in flight at so little cost that the server is what is measured;
and a provider that takes whatever is sent."""

from __future__ import annotations

import asyncio
import itertools
import os
import select
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from bot.language.understanding.examples import read_examples
from tests.fakes import FROM, SID, signature
from tests.understanding.content import UNDERSTANDING

PEOPLE = 300
TALK = (
    *("hola", "@fair_info", "1", "@works_info", "MENU", "3", "@works_info", "@fair_info", "@campaign_info"),
    *("@campaign_info", "@fair_info", "2", "gracias", "QUECHUA", "ari", "@out_of_scope", "@works_info", "DATOS"),
)
"""What everybody writes in turn; `@intent` is the next of that intent's examples, so that few texts come twice."""


def texts() -> Iterator[str]:
    """The talk over and over."""
    examples = read_examples(UNDERSTANDING)
    of_intent = {f"@{each.intent}": [one.text for one in examples if one.intent == each.intent] for each in examples}
    said = {intent: itertools.cycle(found) for intent, found in of_intent.items()}
    for line in itertools.cycle(TALK):
        yield next(said[line]) if line in said else line


def conversations(people: int = PEOPLE, digits: int = 4) -> Iterator[tuple[str, str]]:
    """(number, text): everybody writes in turn, and each goes through the talk, one a line further than the other."""
    talk = [next(line) for line in [texts()] for _ in range(len(TALK) * 400)]
    for n in itertools.count():
        who, line = n % people, n // people + n % people
        yield f"+5198{who:0{digits}}".ljust(12, "0"), talk[line % len(talk)]


def requests(port: int) -> Iterator[bytes]:
    """Signed webhooks as bytes, each of its own id."""
    address, run = f"http://127.0.0.1:{port}/twilio/sms", time.time_ns()
    for n, (sender, body) in enumerate(conversations()):
        form = {"MessageSid": f"SM{run}{n}", "AccountSid": SID, "From": sender, "To": FROM, "Body": body}
        data = urlencode(form).encode()
        head = (
            f"POST /twilio/sms HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Twilio-Signature: {signature(address, form)}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        yield head.encode() + data


@dataclass(frozen=True, slots=True)
class Measured:
    """Texts answered in a second, how many seconds each waited, and what one costs the server in seconds of a core."""

    rate: float
    cpu_seconds: float
    waits: list[float]


@dataclass(slots=True)
class _Line:
    """One connection, on which one text waits at a time."""

    socket: socket.socket
    sent_at: float = 0.0
    heard: bytes = b""

    def is_answered(self) -> bool:
        """Whether the whole answer is there. Raises RuntimeError for any answer but 200."""
        self.heard += self.socket.recv(65_536)
        head, end, body = self.heard.partition(b"\r\n\r\n")
        if not end:
            return False
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(head.decode())
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n", 1)[0])
        return len(body) >= length


def measure(port: int, source: Iterator[bytes], in_flight: int, seconds: float, process: int) -> Measured:
    """Keep so many texts waiting for so long; `process` is the server's."""
    prepared = [next(source) for _ in range(int(seconds * 12_000))][::-1]  # signed beforehand: it takes its time
    lines = [_Line(socket.create_connection(("127.0.0.1", port))) for _ in range(in_flight)]
    poll, by_number = select.epoll(), {line.socket.fileno(): line for line in lines}
    waits: list[float] = []
    used, begun = cpu_seconds(process), time.perf_counter()
    now = begun
    for number, line in by_number.items():
        poll.register(number, select.EPOLLIN)
        line.socket.sendall(prepared.pop())
        line.sent_at = time.perf_counter()
    while prepared and now < begun + seconds:
        for number, _ in poll.poll():
            line = by_number[number]
            if line.is_answered():
                now = time.perf_counter()
                waits.append(now - line.sent_at)
                line.heard, line.sent_at = b"", now
                line.socket.sendall(prepared.pop() if prepared else b"")
    took, used = time.perf_counter() - begun, cpu_seconds(process) - used
    for line in lines:
        line.socket.close()
    poll.close()
    return Measured(len(waits) / took, used / len(waits), waits)


def cpu_seconds(process: int) -> float:
    """What a process has used of the cores so far (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(process: int) -> int:
    """What a process holds in memory now (Linux)."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def percentile(waits: list[float], part: float) -> float:
    """Milliseconds within which this part of the texts was answered."""
    return sorted(waits)[min(int(len(waits) * part), len(waits) - 1)] * 1000


# ── the provider ──────────────────────────────────────────────────────────────────────────────────────────────────────


class _Provider(asyncio.Protocol):
    """Answers every request with a message of its own, as the provider's API does."""

    made = itertools.count()

    def __init__(self) -> None:
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while b"\r\n\r\n" in self._heard:
            head, _, rest = self._heard.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n", 1)[0] or 0)
            if len(rest) < length:
                return
            self._heard = rest[length:]
            body = b'{"sid": "SM%032x", "status": "queued"}' % next(self.made)
            head = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
            assert isinstance(self._transport, asyncio.WriteTransport)
            self._transport.write(head + body)


async def provide(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Provider, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(provide(int(sys.argv[1])))
