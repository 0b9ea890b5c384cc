"""Runs a transcript against the real service parts on a real database, and says where the two differ."""

from __future__ import annotations

import difflib
import json
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.app import House
from bot.clock import LIMA, Clock
from bot.conversation import session as sessions
from bot.conversation.message import Inbound, Kind, Medium
from bot.conversation.transcripts import PRESSES, SAYS, Beat, Script, printed
from bot.language.folding import fold
from bot.records import agenda, messages, people
from bot.records.agenda import Comunidad
from bot.settings import Settings

THINKING = timedelta(seconds=20)
MONDAY = datetime(2027, 3, 1, 9, tzinfo=LIMA)
SPOKEN = (SAYS, PRESSES)
PHONE = "tel:+51984000111"


class MovingClock(Clock):
    """A clock that stands still until a script says `wait`."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at


class Differs(AssertionError):
    """The service answered something else; the message shows both."""


@dataclass
class Stage:
    """One person with one phone in front of the whole service, without its network."""

    house: House
    clock: MovingClock
    medium: Medium = "sms"
    buttons: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return PHONE if self.medium == "sms" else "telegram:4711"

    def play(self, beat: Beat) -> list[str]:
        """Do one beat; the reply lines it caused."""
        match beat.mark:
            case ">":
                return self.send(beat.text)
            case "*":
                return self.send("", press=self.buttons.get(beat.text, beat.text), kind="press")
            case "given":
                self.given(*beat.text.split(" ", 1))
            case "wait":
                amount, unit = beat.text.split()
                self.clock.at += timedelta(**{unit if unit.endswith("s") else unit + "s": int(amount)})
            case _:
                self.then(*beat.text.split(" ", 1))
        return []

    def send(self, text: str, press: str = "", kind: Kind = "text") -> list[str]:
        kind = "other" if text == "(photo)" else kind
        text = "" if kind == "other" else text.encode().decode("unicode_escape") if "\\" in text else text
        provider_id = uuid.uuid4().hex
        self.clock.at += THINKING
        message = Inbound("terminal", self.medium, self.address, provider_id, text, kind=kind, press=press)
        with self.house.store.write() as tx:
            taken = self.house.inbox.take(tx, message)
        lines: list[str] = []
        for row in messages.replies_to(self.house.store.read, taken.inbound_id):
            options = [(label, data) for label, data in json.loads(row["options"])]
            self.buttons.update(options)
            lines += printed(row["body"], tuple(label for label, _ in options))
        return lines

    def given(self, what: str, value: str = "") -> None:
        """The world before: language, now, channel, place, comunidad (district and name), public."""
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
            "waiting": "yes" if person and sessions.load(person.session).frames else "no",
        }
        if facts[what] != (value or None):
            raise Differs(f"then {what} {value}: it is {facts[what]}")


def stage(data: Path, script: Script, walked: set[str]) -> Stage:
    """A fresh service for one talk; `given public` makes it one that real people text (no sample facts)."""
    is_public = any(beat.mark == "given" and beat.text == "public" for beat in script.beats)
    settings = Settings(data=data, database_url="sqlite:///:memory:", start=MONDAY)
    if is_public:
        settings = replace(settings, public_url="https://chaski.example")
    clock = MovingClock(MONDAY)
    house = House(settings, clock, lambda turn: walked.update(turn.walked))
    return Stage(house, clock)


def play(script: Script, data: Path, walked: set[str]) -> dict[int, list[str]]:
    """Play a talk through; the real reply lines by the line of each beat that is said or pressed."""
    on = stage(data, script, walked)
    try:
        played = [(beat, on.play(beat)) for beat in script.beats]
        return {beat.line: lines for beat, lines in played if beat.mark in SPOKEN}
    finally:
        on.house.close()


def difference(beat: Beat, real: list[str]) -> str:
    return "\n".join(difflib.ndiff(beat.replies, real))
