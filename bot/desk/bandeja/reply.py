"""An answer while it is written: its two texts, what it will look like and cost, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from bot.channels.base import clean
from bot.desk import guard
from bot.desk.guard import Form
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.language import wording
from bot.records import cases
from bot.records.cases import CannedAnswer, Case, Mesa
from bot.service.feedback import said
from bot.service.feedback.said import MOST_SEGMENTS, Reporter, Said
from bot.service.notices.preview import Tariff

LONGEST = 600
"""Letters that are read of a text at all; two SMS hold far fewer."""

IN_LANGUAGE = {"es": _("En castellano"), "quz": _("En quechua")}


@dataclass(frozen=True, slots=True)
class Reply:
    """What stands in the form; `seen` is the newest entry of the case when the page was made."""

    es: str = ""
    quz: str = ""
    is_last: bool = False
    seen: int = 0

    @property
    def written(self) -> list[str]:
        """The languages in which something was written, Spanish first."""
        return [language for language, text in (("es", self.es), ("quz", self.quz)) if text]


@dataclass(frozen=True, slots=True)
class Preview:
    """What will be said in each language, with the price of one such SMS, and what sending to everybody costs."""

    said: Mapping[str, Said] = field(default_factory=dict)
    prices: Mapping[str, str] = field(default_factory=dict)
    readers: Sequence[tuple[str, int]] = ()
    total: str = ""


def typed(form: Form) -> Reply:
    """The answer as it was posted."""
    return Reply(text(form["es"]), text(form["quz"]), bool(form["ultima"]), guard.row_id(form["visto"]) or 0)


def text(given: str) -> str:
    """What somebody typed, as it may be sent: no signs without width, blanks at the ends gone."""
    return clean(given).strip()[:LONGEST]


def from_canned(answers: list[CannedAnswer], key: str) -> Reply:
    """The texts of a canned answer; an empty form where there is none of that key."""
    found = next((answer for answer in answers if answer.key == key), None)
    return Reply(found.es, found.quz) if found else Reply()


def preview(request: web.Request, case: Case, reply: Reply, told: Sequence[Reporter]) -> Preview:
    """How the answer will be read by those who are told, and what it costs."""
    parts = request.app[PARTS]
    mesa = cases.mesa(parts.store.read, case.mesa)
    if mesa is None or not reply.written:
        return Preview()
    knowledge, price = parts.knowledge(parts.store.read), float(Tariff.of(parts.settings).sms_price)
    shown = said.in_both(knowledge, mesa, case.code, reply.es, reply.quz, is_last=reply.is_last)
    reached = [(said.reads(each, reply.written), each.medium) for each in told if not each.silence]
    segments = sum(shown[language].segments for language, medium in reached if medium == "sms")
    by_language = Counter(language for language, _medium in reached)
    return Preview(
        shown,
        {language: wording.soles(each.segments * price, "es") for language, each in shown.items()},
        [(language, by_language[language]) for language in ("es", "quz") if by_language[language]],
        wording.soles(segments * price, "es"),
    )


def problems(shown: Mapping[str, Said]) -> dict[str, str]:
    """What keeps an answer from being sent, by field."""
    if not shown:
        return {"es": _("Escriba la respuesta por lo menos en un idioma.")}
    return {language: too_long(language, each) for language, each in shown.items() if each.is_too_long}


def too_long(language: str, each: Said) -> str:
    said_first = _("{language} ocupa {count} SMS y solo puede ocupar {most}: acórtela.").format(
        language=IN_LANGUAGE[language], count=each.segments, most=MOST_SEGMENTS
    )
    return f"{said_first} {forced(each)}".strip()


def forced(each: Said) -> str:
    """The signs because of which a segment carries less than half, as a sentence; empty where there are none."""
    if not each.forced_by:
        return ""
    return _("Por «{signs}» cada SMS lleva solo 70 letras: quítelos.").format(signs=" ".join(each.forced_by))


def canned_problems(request: web.Request, mesas: Sequence[Mesa], reply: Reply) -> dict[str, str]:
    """What is wrong with a canned answer, said by any of these Mesas as the last one."""
    if not (reply.es and reply.quz):
        missing = "quz" if reply.es else "es"
        return {missing: _("Escríbala en los dos idiomas: cada persona la lee en el suyo.")}
    return problems(widest(request, mesas, reply))


def widest(request: web.Request, mesas: Sequence[Mesa], reply: Reply) -> dict[str, Said]:
    """The longest message that a canned answer can become, in each language."""
    parts = request.app[PARTS]
    knowledge = parts.knowledge(parts.store.read)
    every = [said.in_both(knowledge, mesa, said.SAMPLE_CODE, reply.es, reply.quz, is_last=True) for mesa in mesas]
    return {
        language: max((each[language] for each in every), key=lambda one: len(one.text)) for language in reply.written
    }
