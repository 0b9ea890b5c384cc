"""A notice as people will read it: each message on a telephone, what it costs, who is left out, when it leaves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from aiohttp import web

from bot.clock import LIMA
from bot.conversation.message import Medium
from bot.desk import guard, pages
from bot.desk.avisos import scope, words
from bot.desk.bandeja.words import LANGUAGES
from bot.desk.pages import day, moment
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.language import sms
from bot.records import quiet_days
from bot.records.messages import Draft
from bot.records.notices import Notice
from bot.records.store import Tx
from bot.service.knowledge import Knowledge
from bot.service.notices import steering
from bot.service.notices.checks import MOST_SEGMENTS
from bot.service.notices.events import Event, event
from bot.service.notices.preview import Preview, Tariff, preview
from bot.service.notices.rendering import MEDIA

Drafts = Mapping[tuple[str, Medium], Draft]
"""The finished messages by language and medium."""

SHOWN_IN = ("draft", "awaiting", "scheduled", "repeating")
"""The states of a notice that has not begun; of any other its progress is what there is to see."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a message; `is_dear`: signs of which an SMS carries less than half as many."""

    text: str
    is_dear: bool = False


@dataclass(frozen=True, slots=True)
class Phone:
    """One finished message as a telephone shows it; `fill` is how full its segments are, such as `148/160`."""

    language: str
    medium: Medium
    pieces: tuple[Piece, ...]
    options: tuple[str, ...]
    segments: int
    encoding: str
    fill: str
    dear: str


async def planned(request: web.Request, notice: Notice) -> Preview:
    """What would be sent if the notice were launched now."""
    parts = request.app[PARTS]
    knowledge, tariff, now = parts.knowledge(parts.store.read), Tariff.of(parts.settings), parts.clock.now()
    return await parts.apart(lambda tx: preview(tx, knowledge, settled(tx, knowledge, notice, now), tariff, now))


def settled(tx: Tx, knowledge: Knowledge, notice: Notice, now: datetime) -> Notice:
    """The notice with what its launch would settle; that its event has another day since it was written stays seen."""
    ready = steering.written(tx, knowledge, notice, now) if notice.state == "draft" else notice
    return replace(ready, held_on=notice.held_on or ready.held_on)


async def show(request: web.Request) -> web.Response:
    """The whole preview, with what can be done next; of a notice that has begun its progress."""
    notice = scope.chosen(request)
    if notice.state not in SHOWN_IN:
        return pages.to(f"/avisos/{notice.id}")
    return await page(request, notice)


async def page(request: web.Request, notice: Notice, status: int = 200) -> web.Response:
    parts, me = request.app[PARTS], guard.person(request)
    tx, now = parts.store.read, parts.clock.now()
    knowledge = parts.knowledge(tx)
    plan, found = await planned(request, notice), event(tx, knowledge, notice.about, now)
    languages = [each for each in LANGUAGES if each in (notice.audience.languages or LANGUAGES)]
    return await guard.page(
        "avisos_vista.html",
        request,
        status,
        aviso=notice,
        here=f"/avisos/{notice.id}",
        mark=mark(notice),
        planned=plan,
        about=found.name.es if found else "",
        topic=knowledge.topic_name(notice.topic)["es"] if notice.topic else "",
        phones=phones(plan.drafts, languages),
        problems=words.problems(notice, plan),
        warnings=[*_warnings(notice, found, plan)],
        waits=words.waits(plan, max(notice.starts_at or now, now), knowledge, _set_aside(tx, now)),
        audience=[*words.audience(notice.audience, knowledge, event_names(tx, knowledge, notice, now))],
        when=words.when(notice),
        verbs=scope.verbs(me, notice, knowledge),
        has_phone=bool(me.phone),
        **tongue(request),
    )


def mark(notice: Notice) -> str:
    """By what is known whether the notice is still the one that was looked at."""
    return sha256(repr(notice).encode()).hexdigest()[:16]


def phones(drafts: Drafts, languages: Sequence[str], media: Sequence[Medium] = MEDIA) -> list[Phone]:
    """The finished messages, by language and then by medium."""
    return [_phone(language, medium, drafts[language, medium]) for language in languages for medium in media]


def counted(plan: Preview) -> dict[str, Any]:
    """What stands beside the form while it is written: each language as SMS, and the whole."""
    return {"planned": plan, "phones": phones(plan.drafts, tuple(LANGUAGES), ("sms",))}


def tongue(request: web.Request) -> dict[str, Any]:
    """What the pages of notices call things."""
    tariff = Tariff.of(request.app[PARTS].settings)
    return {
        "languages": LANGUAGES,
        "states": words.STATES,
        "channels": words.CHANNELS,
        "media": words.MEDIA,
        "left_out": words.LEFT_OUT,
        "soles": soles,
        "price": soles(tariff.sms_price),
        "is_choice": tariff.ways.is_choice,
        "most": MOST_SEGMENTS,
    }


def soles(amount: Decimal) -> str:
    """`S/ 617.00`: cents always, for a column of amounts."""
    return f"S/ {amount:,.2f}"


def _phone(language: str, medium: Medium, draft: Draft) -> Phone:
    if medium == "telegram":
        options = tuple(option.label for option in draft.options)
        return Phone(language, medium, (Piece(draft.body),), options, 0, "", "", "")
    counted = sms.count(draft.body)
    return Phone(
        language,
        medium,
        _pieces(draft.body, counted.forced_by),
        (),
        counted.segments,
        counted.encoding,
        f"{counted.units}/{_room(counted)}",
        " ".join(counted.forced_by),
    )


def _room(counted: sms.Count) -> int:
    """How many letters its segments hold."""
    single, part = (
        (sms.GSM_SINGLE_SEPTETS, sms.GSM_PART_SEPTETS)
        if counted.encoding == "GSM-7"
        else (sms.UCS2_SINGLE_UNITS, sms.UCS2_PART_UNITS)
    )
    return single if counted.segments == 1 else part * counted.segments


def _pieces(body: str, dear: Sequence[str]) -> tuple[Piece, ...]:
    if not dear:
        return (Piece(body),)
    found = re.split(f"((?:{'|'.join(map(re.escape, sorted(dear, key=len, reverse=True)))})+)", body)
    return tuple(Piece(text, bool(n % 2)) for n, text in enumerate(found) if text)


def _warnings(notice: Notice, found: Event | None, plan: Preview) -> list[str]:
    """What does not keep it from being sent, and should be known."""
    said = []
    if plan.is_late and plan.expires_at:
        sentence = _("A este ritmo termina el {ends}, y desde el {expires} ya no vale: quien falte no se entera.")
        said.append(sentence.format(ends=moment(plan.ends_at), expires=moment(plan.expires_at)))
    if found and found.held_on and notice.fields.get("fecha") not in (None, found.held_on.isoformat()):
        said.append(_("La fecha del texto no es la de la agenda: {day}.").format(day=day(found.held_on)))
    if notice.rule:
        said.append(_("Se repite: las cifras son las de cada vez, como están hoy."))
    if notice.is_urgent:
        said.append(_("Sale también de noche y en feriados: {why}").format(why=notice.urgent_because))
    return said


def _set_aside(tx: Tx, now: datetime) -> dict[str, str]:
    return {each.day.isoformat(): each.reason for each in quiet_days.coming(tx, now.astimezone(LIMA).date())}


def event_names(tx: Tx, knowledge: Knowledge, notice: Notice, now: datetime) -> dict[str, Any]:
    """What the events of its audience are called."""
    asked = notice.audience
    abouts = [f"campaign:{asked.campaign}" if asked.campaign else "", asked.asked_about]
    found = [event(tx, knowledge, about, now) for about in abouts if about]
    return {each.about: each.name for each in found if each}
