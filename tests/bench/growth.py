"""`python -m tests.bench.growth [--json FILE]`: what a turn costs when there are 10³, 10⁵ and 10⁶ people and messages.

Each database is filled by bulk; then anybody of its people writes, in rounds that alternate between the databases, so
that whatever else the machine does falls on all of them alike. The ratio is of the rounds' medians.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from bot.app import House
from bot.clock import to_text
from bot.conversation.message import Inbound
from bot.records.store import Tx
from bot.service.knowledge import Library, files
from tests.bench.load import texts
from tests.bench.turns import settings, take_in
from tests.running import sms

SIZES = (1_000, 100_000, 1_000_000)
ROUNDS, TURNS, AT_FIRST = 15, 320, 960
AT_ONCE = 20_000
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_SESSION = '{"f":[["menu","elegir",{"date_problem":"","text":"hola"},false]],"p":0,"s":0,"m":0,"b":[]}'
_REPLY = (
    "Hola. Soy Chaski, de la Municipalidad de Anta. Responde con un numero: 1 Obras 2 Campana de salud 3 Cita 4 Ferias"
)

_ROWS = {
    "INSERT INTO people (id, language, is_greeted, district, created_at) VALUES (?, 'es', 1, 'anta', ?)": "id at",
    "INSERT INTO addresses (address, person_id) VALUES (?, ?)": "address id",
    "INSERT INTO sessions (person_id, state, changed_at) VALUES (?, ?, ?)": "id session at",
    "INSERT INTO inbound (id, channel, provider_id, medium, person_id, kind, body, language, intent, state,"
    " received_at) VALUES (?, 'test', ?, 'sms', ?, 'text', 'hola', 'es', 'menu', 'answered', ?)": (
        "message provider id at"
    ),
    "INSERT INTO outbox (id, inbound_id, person_id, channel, address, body, encoding, segments, priority, state,"
    " due_at, created_at, closed_at, provider_id)"
    " VALUES (?, ?, ?, 'test', ?, ?, 'GSM-7', 1, 0, 'delivered', ?, ?, ?, ?)": (
        "reply message id address said at at at provider"
    ),
    "INSERT INTO receipts (id, channel, provider_id, state, arrived_at) VALUES (?, 'test', ?, 'delivered', ?)": (
        "receipt provider at"
    ),
}
"""The statements that fill a database, each with its values by name."""

_CHANCE = random.Random(7)  # noqa: S311  made-up rows


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def address(n: int) -> str:
    return f"tel:+519{n * 7919 % 100_000_000:08}"


def rows(first: int, after: int, size: int) -> Iterator[dict[str, object]]:
    """People with one message, its reply and the receipt each, spread over the months before."""
    for n in range(first, after):
        at = BEGAN + timedelta(days=300) * (n / size)
        number = int(at.timestamp() * 1000) << 20 | n
        yield {
            **{"id": number, "message": number + 1, "reply": number + 2, "receipt": number + 3},
            **{"address": address(n), "at": to_text(at), "provider": f"SM{_CHANCE.getrandbits(128):032x}"},
            **{"session": _SESSION, "said": _REPLY},
        }


def fill(house: House, size: int) -> None:
    for first in range(0, size, AT_ONCE):
        with house.store.write() as tx:
            _put(tx, list(rows(first, min(first + AT_ONCE, size), size)))
    house.store.read.all("PRAGMA wal_checkpoint(TRUNCATE)")


def _put(tx: Tx, chunk: Sequence[dict[str, object]]) -> None:
    for statement, names in _ROWS.items():
        tx.many(statement, [tuple(row[name] for name in names.split()) for row in chunk])


def arriving(size: int, number: int, said: Iterator[str]) -> list[Inbound]:
    return [sms(text, address(_CHANCE.randrange(size))) for text in islice(said, number)]


def measure(house: House, messages: Sequence[Inbound]) -> tuple[float, float]:
    """Microseconds a turn: of a core, and of the clock."""
    used = time.process_time()
    took = asyncio.run(take_in(house, messages))
    return (time.process_time() - used) / len(messages) * 1e6, took / len(messages) * 1e6


def compare(folder: Path, sizes: Sequence[int]) -> list[dict[str, Any]]:
    library, houses, said = Library(files(), with_samples=True, office_phone=""), dict[int, House](), texts()
    for size in sizes:
        begun = time.perf_counter()
        houses[size] = house = House(settings(folder / str(size)), library=library)
        fill(house, size)
        asyncio.run(take_in(house, arriving(size, AT_FIRST, said)))
        say(f"{size:,} people and messages are there after {time.perf_counter() - begun:.0f} s")
    found: dict[int, list[tuple[float, float]]] = {size: [] for size in sizes}
    for _ in range(ROUNDS):
        for size, house in houses.items():
            found[size].append(measure(house, arriving(size, TURNS, said)))
    for house in houses.values():
        house.close()
    return [_row(size, found) for size in sizes]


def _row(size: int, found: dict[int, list[tuple[float, float]]]) -> dict[str, Any]:
    least = min(found)
    cpu, wall = (statistics.median(round_[of] for round_ in found[size]) for of in (0, 1))
    of_least = [statistics.median(round_[of] for round_ in found[least]) for of in (0, 1)]
    return {
        **{"people": size, "cpu_us": round(cpu), "us": round(wall)},
        **{"cpu_of_least": round(cpu / of_least[0], 2), "of_least": round(wall / of_least[1], 2)},
    }


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="where the figures are written")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        found = compare(Path(folder), asked.sizes)
    say("   people  us a turn  of least  CPU us a turn  of least")
    for row in found:
        say("{people:9} {us:10} {of_least:9.2f} {cpu_us:14} {cpu_of_least:9.2f}".format(**row))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
