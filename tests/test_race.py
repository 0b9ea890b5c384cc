"""200 people answer at once for 20 places, then many give theirs up at once: several processes, either database."""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import pytest

from bot.app import House
from bot.records import agenda, appointments, people
from bot.records.agenda import Campaign, Clinic, Name
from bot.records.appointments import Patient
from bot.records.messages import replies_to
from bot.records.store import Row, Tx, Unavailable
from bot.service.appointments.booking import Booking
from bot.service.appointments.changes import Changes
from bot.settings import Settings
from tests.databases import databases
from tests.fakes import FakeTwilio
from tests.running import built, count, first, free_port, served, sms, until, with_twilio
from tests.talks import MONDAY

PLACES = 20
PEOPLE = [f"+519841{number:05}" for number in range(200)]
DAY, SPECIALTY = "campana_zurite", "pediatria"
OFFICES, IN_FLIGHT, SECONDS = 4, 4, 30.0

Replies = dict[str, list[str]]


# ── the processes ─────────────────────────────────────────────────────────────────────────────────────────────────────

_here: list[House] = []
"""Within a process: the house of the test that is under way."""


def _open(settings: Settings) -> None:
    _close()
    _here.append(built(settings))


def _close() -> None:
    while _here:
        _here.pop().close()


def _run(work: Callable[..., Coroutine[Any, Any, Any]], *given: object) -> Any:
    return asyncio.run(work(_here[0], *given))


class Offices:
    """Processes that have nothing in common but the database."""

    def __init__(self) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._processes = [ProcessPoolExecutor(1, spawning) for _ in range(OFFICES)]

    def open(self, settings: Settings) -> None:
        wait([process.submit(_open, settings) for process in self._processes], SECONDS)

    def close(self) -> None:
        wait([process.submit(_close) for process in self._processes], SECONDS)

    def begin(self, *works: tuple[Any, ...]) -> list[Future[Any]]:
        """Each process its own work: an async function of the house, and what it is given."""
        return [process.submit(_run, *work) for process, work in zip(self._processes, works, strict=True)]

    def each(self, *works: tuple[Any, ...]) -> list[Any]:
        return [begun.result(SECONDS) for begun in self.begin(*works)]

    def end(self) -> None:
        for process in self._processes:
            process.shutdown()


@pytest.fixture(scope="module")
def processes() -> Iterator[Offices]:
    opened = Offices()
    yield opened
    opened.end()


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path, processes: Offices) -> Iterator[House]:
    """The day's clinic on a fresh database, which every process has open too."""
    with ExitStack() as running:
        settings = Settings(data=tmp_path, start=MONDAY)
        if request.param == "postgresql":
            url = running.enter_context(databases(request.config).fresh())
            settings = Settings(data=tmp_path, start=MONDAY, database_url=url)
        opened = running.enter_context(closing(built(settings)))
        put_clinic(opened)
        processes.open(settings)
        running.callback(processes.close)
        yield opened


# ── what the people and the clock do, in whichever process ────────────────────────────────────────────────────────────


async def answered(house: House, phone: str, text: str) -> str:
    """What comes back to a text; it is brought again while the database is held, as providers do."""
    message, deadline = sms(text, phone), time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            taken = await house.inbox.receive(message)
            [reply] = replies_to(house.store.read, taken.inbound_id)
            return str(reply["body"])
        except Unavailable:
            await asyncio.sleep(0.01)
    raise TimeoutError("the database was never free")


async def talk(house: House, phones: list[str], *texts: str) -> Replies:
    """Everybody says these texts, a few people at a time; who finds a clinic full asks for the list."""
    room = asyncio.Semaphore(IN_FLIGHT)

    async def one(phone: str) -> list[str]:
        async with room:
            replies = [await answered(house, phone, text) for text in texts]
            if "Lista de espera" in replies[-1]:
                replies.append(await answered(house, phone, "1"))
            return replies

    return dict(zip(phones, await asyncio.gather(*map(one, phones)), strict=True))


async def answer_offers(house: House, phones: list[str]) -> Replies:
    """These people answer each offer that they are told of, every third with «no», until nobody has one open."""
    replies: Replies = {}
    seen: set[tuple[int, int]] = set()
    deadline = time.monotonic() + SECONDS
    while not is_settled(house) and time.monotonic() < deadline:
        for row in told_offers(house):
            if row["phone"] in phones and (row["id"], row["offers"]) not in seen:
                seen.add((row["id"], row["offers"]))
                said = "2" if len(seen) % 3 == 0 else "1"
                replies.setdefault(row["phone"], []).append(await answered(house, row["phone"], said))
        await asyncio.sleep(0)
    return replies


async def let_time_pass(house: House) -> Replies:
    """Ten minutes at each look, so that who is slow is too late; from the evening on only the looks go on."""
    now, evening = MONDAY, MONDAY.replace(hour=19)
    deadline = time.monotonic() + SECONDS
    while not is_settled(house) and time.monotonic() < deadline:
        try:
            await house.commits.run(lambda tx, now=now: house.clockwork.tick(tx, now))  # type: ignore[misc]
        except Unavailable:
            continue
        now = min(evening, now + timedelta(minutes=10))
        await asyncio.sleep(0.01)
    return {}


def is_settled(house: House) -> bool:
    """Whoever had a place at the beginning has given it up, and no offer is open."""
    return not count(house.store, "appointments", "state = 'offered' OR (state = 'booked' AND arrival <= ?)", PLACES)


def told_offers(house: House) -> list[Row]:
    return house.store.read.all(
        "SELECT a.id, a.offers, substr(d.address, 5) AS phone"
        " FROM appointments a JOIN patients p ON p.id = a.patient_id"
        " JOIN addresses d ON d.person_id = p.person_id WHERE a.state = 'offered' AND a.offer_told_at IS NOT NULL"
    )


# ── the clinic, and what is so at any moment ──────────────────────────────────────────────────────────────────────────


def put_clinic(house: House) -> None:
    """A pediatrician in Zurite on a Friday, 20 places and no other campaign."""
    day, opens, closes = date(2027, 3, 12), clock_time(8), clock_time(12)
    clinics = (Clinic(SPECIALTY, PLACES),)
    new = Campaign(
        DAY, Name("Campaña de salud"), "especialistas", "zurite", "posta de Zurite", day, opens, closes, clinics
    )
    with house.store.write() as tx:
        agenda.remove_samples(tx, "campaigns")
        Changes(tx, house.clock, house.clock.now(), "staff").put(new)


def put_people(tx: Tx, house: House, phones: list[str]) -> None:
    """Each phone has a place, or waits for one, in this order."""
    now = house.clock.now()
    for phone in phones:
        person = people.create(tx, house.clock.new_id(), f"tel:{phone}", now)
        new = Patient(house.clock.new_id(), person.id, "Rosa Quispe", age_months=36)
        appointments.add_patient(tx, new, now)
        Booking(tx, house.clock, now).take(DAY, SPECIALTY, new.id, "person", or_wait=True)


@dataclass
class Watch:
    """Looks at the rows again and again, each time in one statement."""

    house: House
    looks: int = 0
    held: set[int] = field(default_factory=set)

    def look(self) -> None:
        seen = first(
            self.house.store.read.one(
                "SELECT (SELECT count(*) FROM slots) AS places,"
                " (SELECT count(*) FROM slots WHERE appointment_id IS NOT NULL) AS held,"
                " (SELECT count(*) FROM appointments a LEFT JOIN slots s ON s.appointment_id = a.id WHERE"
                " CASE WHEN a.state IN ('booked', 'offered') THEN 1 ELSE 0 END"
                " <> CASE WHEN s.number IS NULL THEN 0 ELSE 1 END) AS misfits"
            )
        )
        assert seen["places"] == PLACES
        assert seen["misfits"] == 0, "who has a place has one slot, and nobody else has one"
        self.looks += 1
        self.held.add(seen["held"])


def rows_by_phone(house: House) -> dict[str, Row]:
    rows = house.store.read.all(
        "SELECT substr(d.address, 5) AS phone, a.*, s.number FROM appointments a JOIN patients p ON p.id = a.patient_id"
        " JOIN addresses d ON d.person_id = p.person_id LEFT JOIN slots s ON s.appointment_id = a.id"
    )
    assert len({row["phone"] for row in rows}) == len(rows)
    return {row["phone"]: row for row in rows}


def merged(parts: list[Replies]) -> Replies:
    """All replies of each phone, in order: one process speaks for it."""
    found: Replies = {}
    for part in parts:
        for phone, replies in part.items():
            found.setdefault(phone, []).extend(replies)
    return found


def told(pattern: str, replies: Replies) -> dict[str, str]:
    """What the pattern finds in the last reply of each phone."""
    found = {phone: re.search(pattern, said[-1]) for phone, said in replies.items()}
    return {phone: match[1] for phone, match in found.items() if match}


# ── 200 for 20 ────────────────────────────────────────────────────────────────────────────────────────────────────────

ASKS = ("cita pediatra zurite", "Rosa Quispe 5")
BOOKED = r"Cita de Rosa Quispe registrada.* Codigo: (\w{5})\."
LISTED, POSITION = r"lista de espera.* Codigo: (\w{5})\.", r"lista de espera, puesto (\d+)\."


def check_places(house: House, last: Replies) -> None:
    """Twenty have a place each, the others wait, and each was told what is so, by her own code."""
    rows, booked, listed, positions = rows_by_phone(house), told(BOOKED, last), told(LISTED, last), told(POSITION, last)
    assert len(booked) == PLACES
    assert sorted(booked | listed) == PEOPLE
    assert {phone: row["code"] for phone, row in rows.items()} == booked | listed
    assert {phone for phone, row in rows.items() if row["state"] == "booked"} == booked.keys()
    assert sorted(rows[phone]["number"] for phone in booked) == [*range(1, PLACES + 1)]
    assert {rows[phone]["state"] for phone in listed} == {"waiting"}
    assert sorted(map(int, positions.values())) == [*range(1, len(PEOPLE) - PLACES + 1)]
    in_order = sorted(listed, key=lambda phone: int(rows[phone]["arrival"]))
    assert in_order == sorted(positions, key=lambda phone: int(positions[phone]))


def check_answers(house: House, texts: int) -> None:
    """Every message has one answer."""
    answers = house.store.read.all(
        "SELECT count(o.id) AS n FROM inbound i LEFT JOIN outbox o ON o.inbound_id = i.id GROUP BY i.id"
    )
    assert [row["n"] for row in answers] == [1] * texts
    assert count(house.store, "inbound", "state <> 'answered'") == 0


def test_of_200_who_answer_at_once_20_have_a_place_and_the_others_one_on_the_list(
    house: House, processes: Offices
) -> None:
    shares = [PEOPLE[office::OFFICES] for office in range(OFFICES)]
    asked = merged(processes.each(*((talk, share, *ASKS) for share in shares)))
    assert {replies[-1][-9:] for replies in asked.values()} == {"1 Si 2 No"}
    watch = Watch(house)
    racing = processes.begin(*((talk, share, "1") for share in shares))
    while wait(racing, timeout=0.002).not_done:
        watch.look()
    last = merged([begun.result() for begun in racing])
    watch.look()
    assert max(watch.held) == PLACES
    check_places(house, last)
    check_answers(house, 3 * len(PEOPLE) + len(PEOPLE) - PLACES)


async def test_through_one_service_200_signed_answers_at_once_end_the_same(tmp_path: Path) -> None:
    with closing(built(Settings(data=tmp_path, start=MONDAY))) as house:
        put_clinic(house)
    port = free_port()
    async with FakeTwilio() as twilio:
        environment = with_twilio(twilio.url, port)
        with served(**environment, CHASKI_DATA=str(tmp_path), CHASKI_NOW=MONDAY.isoformat()):

            async def text(phone: str, body: str) -> None:
                assert await twilio.text(f"http://127.0.0.1:{port}", phone, body) == 200

            answers_each: Counter[str] = Counter()
            for body in (*ASKS, "1"):
                await asyncio.gather(*(text(phone, body) for phone in PEOPLE))
                answers_each.update(PEOPLE)
                await until(lambda: texts_to(twilio) == answers_each, SECONDS)
            full = [phone for phone, reply in last_texts(twilio).items() if "Lista de espera" in reply]
            assert len(full) == len(PEOPLE) - PLACES
            await asyncio.gather(*(text(phone, "1") for phone in full))
            answers_each.update(full)
            await until(lambda: texts_to(twilio) == answers_each, SECONDS)
    with closing(built(Settings(data=tmp_path))) as house:
        check_places(house, {phone: [reply] for phone, reply in last_texts(twilio).items()})
        check_answers(house, answers_each.total())


def texts_to(twilio: FakeTwilio) -> Counter[str]:
    return Counter(str(message["to"]) for message in twilio.messages)


def last_texts(twilio: FakeTwilio) -> dict[str, str]:
    return {str(message["to"]): str(message["body"]) for message in twilio.messages}


# ── cancelling against cancelling, offers, answers and the clock ──────────────────────────────────────────────────────

STATES = {
    "registrada": {"booked"},
    "Cancelado.": {"cancelled"},
    "ya no esta en la lista de espera.": {"cancelled"},
    "sera de otra persona": {"cancelled"},
    "ya paso a otra persona": {"waiting", "lapsed"},
}
"""What a person may have been told last of her appointment, and how it then is."""


def check_what_was_told(rows: dict[str, Row], last: dict[str, str]) -> None:
    for phone, reply in last.items():
        [may_be] = [states for words, states in STATES.items() if words in reply.split("¿Cancelamos")[0]][:1]
        assert rows[phone]["state"] in may_be, reply


def check_order_of_arrival(rows: dict[str, Row]) -> None:
    """Who has never been offered a place came after everybody who has."""
    offered = [row["arrival"] for row in rows.values() if row["offers"]]
    never = [row["arrival"] for row in rows.values() if row["state"] == "waiting" and not row["offers"]]
    assert offered
    assert max(offered) < min(never, default=len(rows) + 1)


def test_places_given_up_at_once_pass_on_to_one_each_whoever_else_leaves_accepts_or_is_silent(
    house: House, processes: Offices
) -> None:
    holders, waiting = PEOPLE[:PLACES], PEOPLE[PLACES:120]
    leavers, stayers = waiting[1:60:2], waiting[0:60:2] + waiting[60:]
    with house.store.write() as tx:
        put_people(tx, house, [*holders, *waiting])
    processes.each((talk, holders, "cancelar"), (talk, leavers, "cancelar"), (talk, []), (talk, []))
    watch = Watch(house)
    racing = processes.begin((talk, holders, "1"), (talk, leavers, "1"), (answer_offers, stayers), (let_time_pass,))
    while wait(racing, timeout=0.002).not_done:
        watch.look()
    last = {phone: replies[-1] for phone, replies in merged([begun.result() for begun in racing]).items()}
    watch.look()
    rows = rows_by_phone(house)
    assert is_settled(house)
    assert {rows[phone]["state"] for phone in holders} == {"cancelled"}
    assert [row["state"] for row in rows.values()].count("booked") == count(house.store, "slots") == max(watch.held)
    check_what_was_told(rows, last)
    check_order_of_arrival(rows)
    check_answers(house, count(house.store, "inbound"))
