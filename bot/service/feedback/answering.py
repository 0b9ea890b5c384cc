"""What staff do with cases: answer everybody who reported the problem, note, assign, move, join, close, reopen."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.clock import Clock
from bot.records import cases, outreach
from bot.records.cases import Case, CaseEntry, EntryKind
from bot.records.outreach import Errand
from bot.records.store import Tx

ANSWER_FLOW = "respuesta"
ANSWER_LIFE = timedelta(days=7)


class Answering:
    """The desk's side of cases, by one member of staff, inside the caller's write transaction."""

    def __init__(self, tx: Tx, clock: Clock, now: datetime, staff_id: int | None) -> None:
        self._tx, self._clock, self._now, self._staff_id = tx, clock, now, staff_id

    def answer(self, case: Case, es: str, quz: str, *, is_last: bool) -> int:
        """Answer a case and all that are joined to it, each in her language as far as it was written in it.

        With `is_last` the cases are closed and she is asked whether it helped. How many people are written to.
        """
        reports = cases.joined_with(self._tx, case.id)
        first_of = {report.person_id: report for report in reversed(reports)}
        entry_id = self._entry(case, "answer", es, other_body=quz)
        cases.set_answered(self._tx, [report.id for report in reports], self._now)
        if is_last:
            for report in reports:
                is_asked = first_of[report.person_id].id == report.id
                cases.set_closed(self._tx, report.id, "asked" if is_asked else "", self._now)
            self._entry(case, "closed")
        for report in first_of.values():
            self._tell(report, entry_id)
        return len(first_of)

    def note(self, case: Case, text: str) -> None:
        """For staff only."""
        self._entry(case, "note", text)

    def assign(self, case: Case, staff_id: int | None, name: str) -> None:
        cases.set_assigned(self._tx, case.id, staff_id)
        self._entry(case, "assigned", name)

    def move(self, case: Case, mesa: str, why: str) -> None:
        """Another Mesa answers, in its own time."""
        found = cases.mesa(self._tx, mesa)
        due_at = self._now + timedelta(hours=found.hours_to_answer if found else 0)
        for report in cases.joined_with(self._tx, case.id):
            cases.set_mesa(self._tx, report.id, mesa, due_at)
        self._entry(case, "moved", mesa, other_body=why)

    def join(self, into: Case, others: list[Case]) -> None:
        """The others are reports of the same problem; the answer will go to everybody who reported it.

        Whoever of them waits keeps her time: the case is open again until the first of them is due.
        """
        due = [case.due_at for case in (into, *others) if case.state == "open"]
        cases.join(self._tx, [other.id for other in others], into.id)
        if due:
            cases.keep_open(self._tx, into.id, min(due))
        for other in others:
            self._entry(into, "joined", other.code)
            self._entry(other, "joined", into.code)

    def close(self, case: Case, why: str) -> None:
        """Without an answer: nobody is written to."""
        for report in cases.joined_with(self._tx, case.id):
            cases.set_closed(self._tx, report.id, "", self._now)
        self._entry(case, "closed", why)

    def reopen(self, case: Case) -> None:
        found = cases.mesa(self._tx, case.mesa)
        due_at = self._now + timedelta(hours=found.hours_to_answer if found else 0)
        for report in cases.joined_with(self._tx, case.id):
            cases.set_reopened(self._tx, report.id, due_at)
        self._entry(case, "reopened")

    def _entry(self, case: Case, kind: EntryKind, body: str = "", *, other_body: str = "") -> int:
        """`body` of an answer is Spanish, `other_body` Quechua."""
        entry_id = self._clock.new_id()
        language = "es" if kind == "answer" else ""
        cases.add_entry(
            self._tx,
            CaseEntry(entry_id, case.id, kind, body, other_body, language, self._staff_id, None, "", self._now),
        )
        return entry_id

    def _tell(self, report: Case, entry_id: int) -> None:
        values = {"case": str(report.id), "entry": str(entry_id)}
        errand = Errand(
            self._clock.new_id(), report.person_id, ANSWER_FLOW, values, self._now + ANSWER_LIFE, is_urgent=False
        )
        outreach.add(self._tx, errand, self._now)
