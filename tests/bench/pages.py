"""`python -m tests.bench.pages [--keep DIR]`: how long each page of the desk takes with two years of a whole province.

20,000 cases, 60,000 messages and 2,000 appointments are made up, always the same, on SQLite in a file, and a notice to
66,780 people that is half sent; then each page is asked for as an administrator and the median of five answers is
printed.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import ClientSession, DummyCookieJar

from bot.app import House
from bot.clock import LIMA, to_text
from bot.desk.web import DESK
from bot.language import codes
from bot.language.folding import fold
from bot.records import agenda, notices
from bot.records.agenda import Promoter
from bot.records.notices import Notice
from bot.records.store import Tx
from bot.service import pins
from bot.service.notices.rendering import render
from bot.service.publishing import publish
from tests.running import serving
from tests.test_desk import HTML, WISHES, Browser, add

TIMES = 5
NOW = datetime(2027, 3, 16, 10, tzinfo=LIMA)
DAYS = 730
PEOPLE, CASES, MESSAGES, APPOINTMENTS, CAMPAIGNS = 4_000, 20_000, 60_000, 2_000, 40
EVERYBODY = 66_780
SAYINGS = (
    "no hay agua en la posta desde el lunes",
    "el profesor no viene a la escuela de la comunidad",
    "manan unu kanchu ayllupi",
    "gracias por la campaña de salud",
    "piden plata para atender en la posta",
    "canalta allichaychis",
)
NAMES = ("Flor Sallo", "Hilaria Ttito", "Julia Puma", "Luz Huamán", "Nélida Quispe", "Rosa Mamani", "Vilma Ccori")
ADDRESSES = ("/panorama?filas=topic&columnas=month&comparar=anterior", "/bandeja?palabras=posta", "/registro?que=saw")
"""Pages with a query that costs more than the plain page."""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


# ── two years of a province ───────────────────────────────────────────────────────────────────────────────────────────


class Province:
    """Everything that is made up, by one source of chance."""

    def __init__(self, house: House, tx: Tx) -> None:
        self._chance, self._tx, self._clock = random.Random(4), tx, house.clock  # noqa: S311  made up, not secret
        self._knowledge = knowledge = house.library.knowledge(tx)
        self._districts = [district.key for district in knowledge.places.districts]
        self._topics = ["", *knowledge.content.topics]
        self._mesas = list(knowledge.content.mesas)
        self._specialties = list(knowledge.content.specialties)
        self._people = [(self._clock.new_id(), self._often(self._districts)) for _ in range(PEOPLE)]

    def fill(self) -> None:
        """All rows, in the order in which they refer to each other."""
        self._put("people", "id language is_greeted district created_at", self._made_people())
        self._put("addresses", "address person_id", self._addresses())
        self._put(
            "inbound",
            "id channel provider_id medium person_id kind body language intent state received_at waits_at",
            self._messages(),
        )
        cases = list(self._cases())
        self._put(
            "cases",
            "id code mesa kind topic district person_id language medium state created_at said_at due_at"
            " answered_at closed_at served",
            cases,
        )
        self._put("case_entries", "id case_id kind body folded language created_at", self._entries(cases))
        self._appointments()
        self._promoters()
        self._notices()
        while publish(self._tx, NOW):
            pass

    def _put(self, table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
        names = columns.split()
        marks = ", ".join("?" * len(names))
        self._tx.many(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)  # noqa: S608  our own words

    def _often(self, keys: list[str]) -> str:
        """The first keys much oftener than the last."""
        return self._chance.choices(keys, [1 / (n + 1) for n in range(len(keys))])[0]

    def _when(self) -> datetime:
        return NOW - timedelta(days=DAYS * self._chance.random() ** 1.3, minutes=self._chance.randrange(600))

    def _language(self) -> str:
        return self._chance.choices(("es", "quz"), (7, 3))[0]

    def _medium(self) -> str:
        return self._chance.choices(("sms", "telegram"), (8, 2))[0]

    def _made_people(self) -> Iterator[tuple[object, ...]]:
        begun = to_text(NOW - timedelta(days=DAYS))
        return ((person_id, self._language(), 1, district, begun) for person_id, district in self._people)

    def _addresses(self) -> Iterator[tuple[object, ...]]:
        return ((f"tel:+5198{n:07}", person_id) for n, (person_id, _) in enumerate(self._people))

    def _messages(self) -> Iterator[tuple[object, ...]]:
        intents = "works_info feedback fair_info campaign_info appointment_book menu greeting out_of_scope".split()
        waits = ["", "", "queja.que", "cita.nombre", "obras.lugar", "menu.elegir"]
        for n in range(MESSAGES):
            medium = self._medium()
            yield (
                *(self._clock.new_id(), "simulator", str(n), medium, self._chance.choice(self._people)[0], "text"),
                *(self._chance.choice(SAYINGS), self._language(), self._often(intents), "answered"),
                *(to_text(self._when()), self._chance.choice(waits)),
            )

    def _cases(self) -> Iterator[tuple[object, ...]]:
        used: set[str] = set()
        for _ in range(CASES):
            person_id, district = self._chance.choice(self._people)
            said = self._when()
            answered = said + timedelta(hours=self._chance.expovariate(1 / 40))
            is_answered = answered < NOW and self._chance.random() < 0.9
            closed = to_text(answered) if is_answered and self._chance.random() < 0.8 else None
            code = codes.make(self._chance.randrange, codes.LONG)
            if code in used:
                continue
            used.add(code)
            yield (
                *(self._clock.new_id(), code, self._often(self._mesas), self._often(["complaint", "need", "thanks"])),
                *(self._often(self._topics), district, person_id, self._language(), self._medium()),
                "closed" if closed else "answered" if is_answered else "open",
                *(to_text(said), to_text(said), to_text(said + timedelta(hours=72))),
                *(to_text(answered) if is_answered else None, closed),
                self._chance.choice(["yes", "no", "asked"]) if closed else "",
            )

    def _entries(self, cases: list[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
        for case_id, *_rest, created, _said, _due, answered, _closed, _served in cases:
            words = self._chance.choice(SAYINGS)
            yield self._clock.new_id(), case_id, "said", words, fold(words), "es", created
            if answered:
                answer = "Ya se arregló. Gracias por avisar."
                yield self._clock.new_id(), case_id, "answer", answer, fold(answer), "es", answered

    def _notices(self) -> None:
        """To everybody in the province: one half sent, one for tomorrow."""
        crowd = [self._clock.new_id() for _ in range(EVERYBODY - PEOPLE)]
        homes = [f"comunidad_{n}" for n in range(76)]
        lives = {person_id: self._chance.choice(homes) for person_id in crowd}
        begun = to_text(NOW - timedelta(days=DAYS))
        self._put(
            "people",
            "id language is_greeted district comunidad created_at",
            ((each, self._language(), 1, self._often(self._districts), lives[each], begun) for each in crowd),
        )
        self._put("addresses", "address person_id", ((f"tel:+5197{n:07}", each) for n, each in enumerate(crowd)))
        self._put(
            "inbound",
            "id channel provider_id medium person_id kind state received_at",
            ((self._clock.new_id(), "twilio", f"n{each}", "sms", each, "text", "answered", begun) for each in crowd),
        )
        texts = {"text_es": "Mañana hay faena de limpieza del canal.", "text_quz": "Paqarin larqa pichay kanqa."}
        sending = Notice(self._clock.new_id(), "Faena del canal", "Ana", topic="works", **texts)  # type: ignore[arg-type]
        later = replace(sending, id=self._clock.new_id(), state="scheduled", starts_at=NOW + timedelta(days=1))
        for notice in (sending, later):
            notices.add(self._tx, notice, NOW)
        render(self._tx, self._knowledge, sending, NOW)
        while (last := notices.freeze(self._tx, sending, NOW, EVERYBODY)) is not None:
            sending = replace(sending, frozen_up_to=last)
        while waiting := notices.channels(self._tx, sending.id):
            for channel in waiting:
                notices.feed(self._tx, sending, channel, EVERYBODY, NOW, self._clock.new_id)
        self._ends(sending)
        self._tx.run("UPDATE notices SET state = 'paused', begun_at = ? WHERE id = ?", to_text(NOW), sending.id)

    def _ends(self, notice: Notice) -> None:
        """What became of its messages, and what people answered."""
        ends = (("delivered", None), ("sent", None), ("waiting", None), ("failed", "BadAddress"), ("unknown", None))
        rows = self._tx.all("SELECT id, person_id FROM outbox WHERE notice_id = ?", notice.id)
        self._tx.many(
            "UPDATE outbox SET state = ?, error_class = ? WHERE id = ?",
            [(*self._chance.choices(ends, (40, 20, 35, 4, 1))[0], row["id"]) for row in rows],
        )
        self._tx.many(
            "UPDATE notice_recipients SET answer = ? WHERE notice_id = ? AND person_id = ?",
            [
                (self._chance.choices(("", "wrote", "took", "stopped"), (80, 8, 11, 1))[0], notice.id, row["person_id"])
                for row in rows
            ],
        )

    def _promoters(self) -> None:
        comunidades = [each.key for each in agenda.comunidades(self._tx)]
        for n, name in enumerate(NAMES):
            phone, its = f"+51984{self._chance.randrange(10**6):06}", self._chance.sample(comunidades, 1 + n % 2)
            agenda.put_promoters(self._tx, [Promoter(phone, name, tuple(its), self._language())])
            if n % 4:
                pins.new_pin(self._tx, self._clock, phone, NOW)
            if n % 3:
                agenda.link_promoter(self._tx, f"telegram:{n}", phone, NOW)

    def _appointments(self) -> None:
        campaigns = [(f"c{n}", self._often(self._districts), n * 18 - 600) for n in range(CAMPAIGNS)]
        self._put(
            "campaigns",
            "key name_es topic district place held_on",
            (
                (
                    key,
                    "Campaña de salud",
                    "especialistas",
                    district,
                    "posta",
                    (NOW + timedelta(days=in_days)).date().isoformat(),
                )
                for key, district, in_days in campaigns
            ),
        )
        self._put(
            "clinics",
            "campaign specialty position places",
            ((key, self._specialties[0], 0, 50) for key, *_ in campaigns),
        )
        patients = [self._clock.new_id() for _ in range(APPOINTMENTS)]
        self._put(
            "patients",
            "id person_id name age_months aged_on created_at",
            (
                (
                    each,
                    self._chance.choice(self._people)[0],
                    "Rosa Quispe",
                    self._chance.randrange(1000),
                    "2027-01-01",
                    to_text(NOW),
                )
                for each in patients
            ),
        )
        made = [(self._clock.new_id(), campaigns[n % CAMPAIGNS], patient, n) for n, patient in enumerate(patients)]
        self._put(
            "appointments",
            "id campaign specialty patient_id code state arrival booked_at booked_by created_at",
            (
                (
                    each,
                    campaign[0],
                    self._specialties[0],
                    patient,
                    f"Z{n:05}",
                    "booked" if campaign[2] > 0 else self._chance.choice(("came", "came", "absent")),
                    n,
                    to_text(NOW),
                    "person",
                    to_text(NOW),
                )
                for each, campaign, patient, n in made
            ),
        )
        self._put(
            "slots",
            "campaign specialty number appointment_id",
            ((campaign[0], self._specialties[0], n // CAMPAIGNS + 1, each) for each, campaign, _, n in made),
        )


# ── every page ────────────────────────────────────────────────────────────────────────────────────────────────────────


def addresses(house: House) -> list[str]:
    """A real address for every GET route, and the queries that cost more; `/registro` for a page with no such row."""
    read = house.store.read
    case = read.one("SELECT id FROM cases ORDER BY id DESC LIMIT 1")
    held = read.one("SELECT id, campaign, specialty, patient_id FROM appointments ORDER BY id DESC LIMIT 1")
    person = read.one("SELECT id FROM people ORDER BY id LIMIT 1")
    assert case
    assert held
    assert person
    sending, later = notices.latest(read, 2, states=("paused", "scheduled"))[::-1]
    paths = []
    for route in DESK:
        if route.method != "GET" or route.roles is None or route.path.startswith("/vivo"):
            continue
        path = route.path.replace("{campaign}", held["campaign"]).replace("{specialty}", held["specialty"])
        row = case if path.startswith("/bandeja") else person if path.startswith("/personas") else held
        row_id = 1 if path.startswith("/avisos/plantillas") else sending.id if path.startswith("/avisos") else row["id"]
        paths.append(path.replace("{id}", str(row_id)))
    return [*paths, f"/avisos/{later.id}", f"/avisos/{later.id}/vista", *ADDRESSES]


async def run(data: Path) -> None:
    async with serving(data, start=NOW) as house, ClientSession(cookie_jar=DummyCookieJar()) as web:
        add(house, WISHES["admin"])
        begun = time.perf_counter()
        with house.store.write() as tx:
            Province(house, tx).fill()
        say(f"filled in {time.perf_counter() - begun:.1f} s")
        browser = Browser(web, house)
        await browser.log_in("Ana")
        say(f"{'page':<62} {'status':>6} {'ms':>7} {'KB':>6}")
        for path in addresses(house):
            await measure(browser, path)


async def measure(browser: Browser, path: str) -> None:
    """One line: the median of some answers, and how large they are."""
    times = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        answer = await fetched(browser, path)
        times.append(time.perf_counter() - begun)
    status, size = answer
    say(f"{path:<62} {status:>6} {statistics.median(times) * 1000:>7.0f} {size / 1024:>6.1f}")


async def fetched(browser: Browser, path: str) -> tuple[int, int]:
    """Status and bytes of a page or file."""
    url = f"http://127.0.0.1:{browser.house.settings.port}{path}"
    headers = HTML | {"Cookie": f"{browser.cookie_name}={browser.cookie}"}
    async with browser.web.get(url, headers=headers, allow_redirects=False) as answer:
        return answer.status, len(await answer.read())


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--keep", type=Path, help="an empty folder in which the province stays")
    given = arguments.parse_args()
    if given.keep:
        asyncio.run(run(given.keep))
        return
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))


if __name__ == "__main__":
    main()
