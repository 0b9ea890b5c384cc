"""What a resident says becomes a case of the Mesa that answers for it in her district, or joins her open one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.clock import Clock
from bot.language import codes
from bot.records import cases
from bot.records.cases import GENERAL, Case, CaseEntry, EntryKind, Kind
from bot.records.store import Tx

SAME_CASE = timedelta(hours=1)
"""What she adds within it belongs to the case that she opened."""

_CODE_TRIES = 20


@dataclass(frozen=True, slots=True)
class Saying:
    """One message of feedback as it was understood. `mesa` is what understanding says, `none` included; places are keys
    or empty, `names_place` whether the message says them; `about` is the work or campaign that was just shown."""

    person_id: int
    text: str
    language: str
    medium: str
    mesa: str
    is_sure: bool
    kind: Kind
    topic: str = ""
    district: str = ""
    comunidad: str = ""
    names_place: bool = False
    about: str = ""
    is_anonymous: bool = False
    inbound_id: int | None = None
    file_id: str = ""


class Filing:
    """Residents' side of cases. Each method runs inside the caller's write transaction."""

    def __init__(self, tx: Tx, clock: Clock, now: datetime) -> None:
        self._tx, self._clock, self._now = tx, clock, now

    def hear(self, saying: Saying, *, is_new: bool = False) -> tuple[Case, Literal["new", "added"]]:
        """A new case, or more words for the one she spoke of within the hour unless they clearly are another Mesa's or
        of another district. Of a case whose Mesa was not clear they may tell it: then it counts as new.

        `is_new`: she has asked to say something new.
        """
        mesa = cases.responsible(self._tx, saying.mesa, saying.topic, saying.district)
        last = self.recent(saying.person_id)
        if last is None or is_new or not _is_more_of(last, saying, mesa):
            return self._open(saying, mesa), "new"
        self.add(last, saying.text, saying.language, saying.inbound_id, file_id=saying.file_id)
        if saying.is_anonymous:
            cases.set_anonymous(self._tx, last.id)
        if saying.district and not last.district:
            cases.set_place(self._tx, last.id, saying.district, saying.comunidad)
        tells_mesa = saying.is_sure and mesa != GENERAL and not last.is_sure
        if tells_mesa:
            self.choose_mesa(last, mesa)
        return cases.one(self._tx, last.id) or last, "new" if tells_mesa else "added"

    def recent(self, person_id: int) -> Case | None:
        """The case that she spoke of within the hour, still open."""
        last = next(iter(cases.of_person(self._tx, person_id, limit=1)), None)
        is_recent = last is not None and last.state == "open" and self._now - last.said_at < SAME_CASE
        return last if is_recent else None

    def add(
        self,
        case: Case,
        text: str,
        language: str,
        inbound_id: int | None,
        *,
        kind: EntryKind = "said",
        file_id: str = "",
    ) -> None:
        """More words, or a photo, for a case."""
        entry_id = self._clock.new_id()
        cases.add_entry(
            self._tx, CaseEntry(entry_id, case.id, kind, text, "", language, None, inbound_id, file_id, self._now)
        )
        cases.said_more(self._tx, case.id, self._now)

    def choose_mesa(self, case: Case, mesa: str) -> Case:
        """The Mesa that she says herself, or the general desk."""
        cases.set_mesa(self._tx, case.id, mesa, self._due(mesa))
        return cases.one(self._tx, case.id) or case

    def reopen(self, case: Case) -> None:
        """The answer did not help; one that was joined to another stands alone from now on."""
        cases.part(self._tx, case.id)
        cases.set_reopened(self._tx, case.id, self._due(case.mesa))
        entry_id = self._clock.new_id()
        cases.add_entry(self._tx, CaseEntry(entry_id, case.id, "reopened", "", "", "", None, None, "", self._now))

    def _open(self, saying: Saying, mesa: str) -> Case:
        new = Case(
            id=self._clock.new_id(),
            code="",
            mesa=mesa,
            kind=saying.kind,
            topic=saying.topic,
            district=saying.district,
            comunidad=saying.comunidad,
            about=saying.about,
            person_id=saying.person_id,
            language=saying.language,
            medium=saying.medium,
            is_anonymous=saying.is_anonymous,
            is_sure=saying.is_sure,
            state="open",
            joined_to=None,
            assigned_to=None,
            created_at=self._now,
            said_at=self._now,
            due_at=self._due(mesa),
            answered_at=None,
            closed_at=None,
            escalated_at=None,
            reopened=0,
            served="",
        )
        for _ in range(_CODE_TRIES):
            coded = replace(new, code=codes.make(self._clock.randbelow, codes.LONG))
            if cases.add_case(self._tx, coded):
                self.add(coded, saying.text, saying.language, saying.inbound_id, file_id=saying.file_id)
                return coded
        raise RuntimeError("no free code was found")

    def _due(self, mesa: str) -> datetime:
        found = cases.mesa(self._tx, mesa)
        return self._now + timedelta(hours=found.hours_to_answer if found else 0)


def _is_more_of(last: Case, saying: Saying, mesa: str) -> bool:
    """Whether it can be about the same thing as her last case."""
    if saying.names_place and last.district and saying.district != last.district:
        return False
    return last.mesa == mesa or mesa == GENERAL or not (saying.is_sure and last.is_sure)
