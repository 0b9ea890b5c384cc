"""Made-up people by the thousand and a notice to them all: what the tests and benches of sending share."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.app import House
from bot.clock import to_text
from bot.records import notices
from bot.records.notices import Audience, Notice
from bot.records.store import Tx
from bot.service.notices import steering

TEXT_ES = "El domingo hay faena de limpieza del canal desde las siete. Traiga su herramienta."
TEXT_QUZ = "Domingo p'unchay larqa pichay faena kanqa qanchis horamanta. Llamk'anaykita apamuy."


@dataclass(frozen=True)
class Resident:
    """One of them, as the database has her."""

    id: int
    address: str
    channel: str
    language: str
    district: str


def number(n: int) -> str:
    """The n-th mobile of the province."""
    return f"+519{n:08}"


def settle(house: House, people: int, *, first: int = 0, by_telegram: int = 0, seed: int = 7) -> list[Resident]:
    """So many people with a phone who have written once; the last `by_telegram` of them have Telegram instead."""
    chance = random.Random(seed)  # noqa: S311  made up, not secret
    with house.store.write() as tx:
        districts = [district.key for district in house.library.knowledge(tx).places.districts]
        found = []
        for n in range(first, first + people):
            has_telegram = n >= first + people - by_telegram
            address, channel = (f"telegram:{7000 + n}", "telegram") if has_telegram else (f"tel:{number(n)}", "twilio")
            language = "quz" if chance.random() < 0.7 else "es"
            found.append(Resident(house.clock.new_id(), address, channel, language, chance.choice(districts)))
        _put(tx, house, found)
    return found


def _put(tx: Tx, house: House, residents: list[Resident]) -> None:
    """Their rows, as if each had been greeted and had asked something."""
    at = to_text(house.clock.now())
    homes: list[str | None] = [each.key for each in house.library.knowledge(tx).places.comunidades]
    tx.many(
        "INSERT INTO people (id, language, is_greeted, district, comunidad, created_at) VALUES (?, ?, 1, ?, ?, ?)",
        [(r.id, r.language, r.district, homes[n % len(homes)], at) for n, r in enumerate(residents)],
    )
    tx.many("INSERT INTO addresses (address, person_id) VALUES (?, ?)", [(r.address, r.id) for r in residents])
    tx.many(
        "INSERT INTO inbound (id, channel, provider_id, medium, person_id, kind, state, received_at)"
        " VALUES (?, ?, ?, ?, ?, 'text', 'answered', ?)",
        [(house.clock.new_id(), *row, at) for row in _first_words(residents)],
    )


def _first_words(residents: list[Resident]) -> Iterator[tuple[object, ...]]:
    for each in residents:
        medium = "telegram" if each.channel == "telegram" else "sms"
        yield each.channel, f"first-{each.id}", medium, each.id


def launched(house: House, **given: object) -> Notice:
    """A notice to everybody that is sent off now, at whatever hour the test runs; `given` replaces its fields."""
    now = house.clock.now()
    plain = Notice(
        house.clock.new_id(),
        "Faena",
        "bench",
        text_es=TEXT_ES,
        text_quz=TEXT_QUZ,
        audience=Audience(),
        is_urgent=True,
        urgent_because="a test",
    )
    notice = replace(plain, **given)  # type: ignore[arg-type]  # fields of a notice
    with house.store.write() as tx:
        notices.add(tx, notice, now)
        done = steering.launch(tx, house.library.knowledge(tx), notice, now, wants_approval=False)
        assert done == "scheduled", done
    return notice
