"""An answer of a Mesa before it is sent: the whole message as it will be read in each language, and who reads which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn

from bot.conversation.heard import Heard
from bot.conversation.message import Medium
from bot.conversation.session import Frame, Session
from bot.language import sms
from bot.records import cases, messages, people
from bot.records.cases import Case
from bot.records.store import Tx
from bot.service.dressing import dress
from bot.service.feedback.answering import ANSWER_FLOW
from bot.service.knowledge import Knowledge, Values

Silence = Literal["", "opted_out", "dead"]
"""Why no message reaches her: she wrote BAJA, or no address of hers takes any; empty when one does."""

MOST_SEGMENTS = 2
SAMPLE_CODE = "K7M4XR"
_STEPS = {True: "preguntar", False: "decir"}
"""The step that says an answer: the last one asks whether it helped."""


@dataclass(frozen=True, slots=True)
class Said:
    """One SMS as it will be read; `forced_by` are the signs that make each segment carry only 70 letters."""

    text: str
    segments: int
    forced_by: tuple[str, ...]

    @property
    def is_too_long(self) -> bool:
        return self.segments > MOST_SEGMENTS


@dataclass(frozen=True, slots=True)
class Reporter:
    """Somebody who reported the problem, by the first of her cases about it; she reads `es` or `quz`.

    `address` is empty where nothing reaches her, and where she asked not to be seen in any of them.
    """

    case: Case
    language: str
    medium: Medium
    address: str
    is_anonymous: bool
    silence: Silence


def message(knowledge: Knowledge, mesa: cases.Mesa, code: str, answer: str, language: str, *, is_last: bool) -> Said:
    """What she will read who is answered `answer`, in `language`."""
    name = {"es": mesa.name.es, "quz": mesa.name.of("quz")}
    values = {"code": code, "mesa": name, "is_general": mesa.key == cases.GENERAL, "answer": answer}
    return step(knowledge, ANSWER_FLOW, _STEPS[is_last], values, language)


def step(knowledge: Knowledge, flow: str, name: str, values: Values, language: str) -> Said:
    """What a step that only says something is as SMS, said with these values."""
    session = Session([Frame(flow, name, values)])
    talk = knowledge.conversation.walk(session, Heard("", _unheard, language=language))
    try:
        next(talk)
    except StopIteration as end:
        drafts = [dress(bubble, "sms") for bubble in end.value.bubbles]
        text = "\n".join(draft.body for draft in drafts)
        return Said(text, sum(draft.segments for draft in drafts), sms.count(text).forced_by)
    raise RuntimeError("the flow does something before it is said")


def in_both(knowledge: Knowledge, mesa: cases.Mesa, code: str, es: str, quz: str, *, is_last: bool) -> dict[str, Said]:
    """The message in each language in which an answer was written."""
    written = {"es": es, "quz": quz}
    return {
        language: message(knowledge, mesa, code, text, language, is_last=is_last)
        for language, text in written.items()
        if text
    }


def reporters(tx: Tx, case_id: int) -> list[Reporter]:
    """Everybody who is told the answer to a case, each once, by the age of their cases."""
    reports = cases.joined_with(tx, case_id)
    hidden = {report.person_id for report in reports if report.is_anonymous}
    first_of = {report.person_id: report for report in reversed(reports)}
    found = [_reporter(tx, report, is_anonymous=report.person_id in hidden) for report in first_of.values()]
    return sorted(found, key=lambda each: each.case.id)


def reads(reporter: Reporter, written: Sequence[str]) -> str:
    """The language in which she will read an answer that was written in these."""
    return reporter.language if reporter.language in written else next(iter(written), reporter.language)


def _reporter(tx: Tx, report: Case, *, is_anonymous: bool) -> Reporter:
    way = messages.way_to(tx, report.person_id)
    person = people.load(tx, way.address) if way else None
    if way is None or person is None:
        return Reporter(report, report.language, _medium(report), "", is_anonymous, "dead")
    address = "" if is_anonymous else way.address
    silence: Silence = "opted_out" if person.opted_out_at else ""
    language = "quz" if person.language == "quz" else "es"
    return Reporter(report, language, way.medium, address, is_anonymous, silence)


def _medium(report: Case) -> Medium:
    return "telegram" if report.medium == "telegram" else "sms"


def _unheard(text: str) -> NoReturn:
    raise RuntimeError("nobody has said anything that could be read")
