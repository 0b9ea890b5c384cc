"""Runs a transcript against the real service parts on a real database, and says where the two differ."""

from __future__ import annotations

import difflib
import json
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.app import House
from bot.channels.base import clean
from bot.clock import LIMA, Clock
from bot.conversation import session as sessions
from bot.conversation.message import Inbound, Kind, Medium
from bot.conversation.transcripts import PRESSES, SAYS, Beat, Script, printed
from bot.language.folding import fold
from bot.records import agenda, messages, people
from bot.records.agenda import Comunidad
from bot.records.store import Row
from bot.settings import Settings
from tests import staging
from tests.running import library

THINKING = timedelta(seconds=20)
MONDAY = datetime(2027, 3, 1, 9, tzinfo=LIMA)
SPOKEN = (SAYS, PRESSES, "given", "wait")
LOOKING = timedelta(minutes=5)
PHONE = "+51984000111"
IN_MEMORY = "sqlite:///:memory:"


class MovingClock(Clock):
    """A clock that stands still until a script says `wait`."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at

    def randbelow(self, limit: int) -> int:
        """Chance as a script needs it: the same each time."""
        self._drawn = (getattr(self, "_drawn", 0) * 1_103_515_245 + 12_345) % 2**31
        return (self._drawn >> 8) % limit


class Differs(AssertionError):
    """The service answered something else; the message shows both."""


@dataclass
class Stage:
    """One person with one phone in front of the whole service, without its network."""

    house: House
    clock: MovingClock
    medium: Medium = "sms"
    buttons: dict[str, str] = field(default_factory=dict)
    number: str = PHONE
    campaign: str = ""
    others: list[int] = field(default_factory=list)
    neighbours: list[int] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"tel:{self.number}" if self.medium == "sms" else "telegram:4711"

    def play(self, beat: Beat) -> list[str]:
        """Do one beat; the reply lines it caused."""
        match beat.mark:
            case ">":
                return self.send(beat.text)
            case "*":
                return self.send("", press=self.buttons.get(beat.text, beat.text), kind="press")
            case "given":
                self.given(*beat.text.split(" ", 1))
                return self.told()
            case "wait":
                return self.wait(*beat.text.split())
            case _:
                self.then(*beat.text.split(" ", 1))
        return []

    def send(self, text: str, press: str = "", kind: Kind = "text") -> list[str]:
        kind, text, file_id = self._sent(text) if not press else (kind, text, "")
        text = text.encode().decode("unicode_escape") if "\\" in text else text
        text = clean(text)  # as every channel does
        provider_id = uuid.uuid4().hex
        self.clock.at += THINKING
        contact = self.number if kind == "contact" else ""
        message = Inbound("terminal", self.medium, self.address, provider_id, text, kind, contact, press, file_id)
        with self.house.store.write() as tx:
            taken = self.house.inbox.take(tx, message)
        return self._printed(messages.replies_to(self.house.store.read, taken.inbound_id))

    def _sent(self, text: str) -> tuple[Kind, str, str]:
        """(kind, words, file) of a line: `(photo)` with words or without, `(voice)`, `(contact)`; no file by SMS."""
        if text in ("(contact)", "(voice)"):
            return "contact" if text == "(contact)" else "other", "", ""
        if not text.startswith("(photo)"):
            return "text", text, ""
        words = text.removeprefix("(photo)").strip()
        if self.medium == "sms":
            return "text" if words else "other", words, ""
        return "text" if words else "photo", words, "photo"

    def wait(self, amount: str, unit: str) -> list[str]:
        """Time passes, and the service does meanwhile what it does by itself."""
        until = self.clock.at + timedelta(**{unit if unit.endswith("s") else unit + "s": int(amount)})
        lines: list[str] = []
        while self.clock.at < until:
            self.clock.at = min(until, self.clock.at + LOOKING)
            lines += self.told()
        return lines

    def told(self) -> list[str]:
        """What the service begins by itself now, as this phone reads it."""
        with self.house.store.write() as tx:
            while self.house.clockwork.tick(tx, self.clock.now()):
                pass
            while self.house.broadcaster.look(tx, self.clock.now()):
                pass
        rows = self.house.store.read.all(
            "SELECT * FROM outbox WHERE inbound_id IS NULL AND address = ? AND state = 'waiting' ORDER BY id",
            self.address,
        )
        with self.house.store.write() as tx:
            for row in rows:
                messages.sent(tx, row["id"], f"told-{row['id']}", self.clock.now())
        return self._printed(rows)

    def _printed(self, rows: list[Row]) -> list[str]:
        lines: list[str] = []
        for row in rows:
            options = [(label, data) for label, data in json.loads(row["options"])]
            self.buttons.update(options)
            lines += printed(row["body"], tuple(label for label, _ in options))
            lines += [f"| ({row['attachment'].partition(':')[0]})"] if row["attachment"] else []
        return lines

    def given(self, what: str, value: str = "") -> None:
        """The world as it is to be: language, now, channel, place, comunidad (district and name), public, phone;
        what others do (tests/staging.py): clinic, taken, freed, promoter, day …"""
        if what == "now":
            self.clock.at = datetime.fromisoformat(value).replace(tzinfo=LIMA)
        elif what == "channel":
            self.medium = "telegram" if value == "telegram" else "sms"
        elif what in ("language", "place"):
            with self.house.store.write() as tx:
                person = people.load(tx, self.address)
                person = person or people.create(tx, self.clock.new_id(), self.address, self.clock.now())
                if what == "language":
                    people.set_language(tx, person.id, value, is_chosen=False)
                    people.set_greeted(tx, person.id)
                else:
                    district = self.house.library.knowledge(tx).district_of(value)
                    people.set_place(tx, person.id, district, None if district == value else value)
        elif what == "comunidad":
            district, name = value.split(" ", 1)
            with self.house.store.write() as tx:
                agenda.put_comunidades(tx, [Comunidad("_".join([*fold(name).split(), district]), name, district)])
                agenda.raise_version(tx)
        elif what == "phone":
            self.number = value
        elif what in staging.DEEDS:
            with self.house.store.write() as tx:
                staging.DEEDS[what](self, tx, *value.split())
        elif what != "public":
            raise ValueError(f"given {what}: not known")

    def then(self, what: str, value: str = "") -> None:
        """The world afterwards: language, place, opted out, unknown person, waiting."""
        person = people.load(self.house.store.read, self.address)
        facts = {
            "language": person and person.language,
            "place": person and (person.comunidad or person.district),
            "opted": "out" if person and person.opted_out_at else "in",
            "person": "known" if person else "unknown",
            "appointments": staging.appointments_of(self, person.id) if person else "",
            "cases": staging.cases_of(self, person.id) if person else "",
            "topics": staging.topics_refused(self, person.id) if person else "",
            "answer": staging.answer_to_notice(self, person.id) if person else "",
            "said": staging.said_by(self, person.id) if person else "",
            "waiting": "yes" if person and sessions.load(person.session).frames else "no",
        }
        if (facts[what] or "") != value:
            raise Differs(f"then {what} {value}: it is {facts[what]}")


def stage(data: Path, script: Script, walked: set[str], database_url: str = IN_MEMORY) -> Stage:
    """A fresh service for one talk; `given public` makes it one that real people text (no sample facts)."""
    is_public = any(beat.mark == "given" and beat.text == "public" for beat in script.beats)
    settings = Settings(data=data, database_url=database_url, start=MONDAY)
    if is_public:
        settings = replace(settings, public_url="https://chaski.example")
    clock = MovingClock(MONDAY)
    house = House(settings, clock, lambda turn: walked.update(turn.walked), library(settings.is_public))
    return Stage(house, clock)


def play(script: Script, data: Path, walked: set[str], database_url: str = IN_MEMORY) -> dict[int, list[str]]:
    """Play a talk through; the real reply lines by the line of each beat that is said or pressed."""
    on = stage(data, script, walked, database_url)
    try:
        played = [(beat, on.play(beat)) for beat in script.beats]
        return {beat.line: lines for beat, lines in played if beat.mark in SPOKEN}
    finally:
        on.house.close()


def difference(beat: Beat, real: list[str]) -> str:
    return "\n".join(difflib.ndiff(beat.replies, real))
