"""The page of one notice: what it says and to whom, how far it is, what came back, and why it stopped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.conversation.message import Option
from bot.desk import guard, pages
from bot.desk.avisos import causes, previewing, scope, standing, words
from bot.desk.avisos.previewing import Drafts
from bot.desk.avisos.standing import Row, Standing
from bot.desk.parts import PARTS
from bot.language.catalogue import LANGUAGES
from bot.records import notices, staff
from bot.records.messages import Draft
from bot.records.notices import Notice
from bot.records.staff import Staff
from bot.records.store import Tx
from bot.service.knowledge import Knowledge
from bot.service.notices.events import event
from bot.service.notices.preview import Preview, Tariff

BEFORE_LAUNCH = ("draft", "awaiting")
"""States of a notice of which the preview is all there is to see."""

LIVE = ("scheduled", "freezing", "sending")
"""States that pass by themselves: the page looks again every few seconds."""

DAYS_SHOWN = 30
"""Of a repeating notice."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one person sees of how a notice stands: `is_exact` all of it, else the coarse `fates`; `rows` are coarse
    unless she `has_answers`."""

    standing: Standing
    fates: dict[tuple[str, ...], int]
    rows: Sequence[Row]
    is_exact: bool
    has_answers: bool

    @property
    def total(self) -> Row:
        return standing.total(self.rows)


async def show(request: web.Request) -> web.Response:
    """The whole page; a notice that nobody has sent off is shown as it would be."""
    notice = chosen(request)
    if notice.state in BEFORE_LAUNCH:
        return pages.to(f"/avisos/{notice.id}/vista")
    sight = await _sight(request, notice)
    plan = None if notice.begun_at else await previewing.planned(request, notice)
    await guard.saw(request, "aviso", len(sight.rows), notice=notice.id)
    return await guard.page(
        "avisos_avance.html",
        request,
        **_about(request, notice, plan),
        **_figures(request, notice, sight),
        planned=plan,
        verbs=scope.verbs(guard.person(request), notice, _knowledge(request)),
        is_live=notice.state in LIVE and sight.is_exact,
    )


async def show_figures(request: web.Request) -> web.Response:
    """The piece of the page that changes, for the script that keeps it as it is now."""
    notice = chosen(request)
    return pages.render("avisos_cifras.html", **_figures(request, notice, await _sight(request, notice)))


def chosen(request: web.Request) -> Notice:
    """The notice of the address. Raises NotFound, as for a reader while nobody has decided that it is sent."""
    notice = scope.chosen(request)
    if guard.person(request).role == "reader" and notice.state in BEFORE_LAUNCH:
        raise guard.NotFound
    return notice


# ── figures ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _sight(request: web.Request, notice: Notice) -> Sight:
    parts, me, knowledge = request.app[PARTS], guard.person(request), _knowledge(request)
    now, tariff = parts.clock.now(), Tariff.of(parts.settings)
    found = await parts.apart(lambda tx: standing.load(tx, knowledge, notice, tariff, now))
    return _as_seen_by(me, notice, found, now)


def _as_seen_by(me: Staff, notice: Notice, found: Standing, now: datetime) -> Sight:
    is_exact, has_answers = standing.sees_fates(me), standing.sees_answers(me)
    return Sight(
        found,
        {} if is_exact else standing.fates_for_readers(found.rows),
        found.rows if has_answers else standing.rows_for_readers(notice, found.rows, now),
        is_exact,
        has_answers,
    )


def _figures(request: web.Request, notice: Notice, sight: Sight) -> dict[str, Any]:
    """What the piece of the page that changes needs."""
    return {
        "aviso": notice,
        "sight": sight,
        "done": sight.standing.done,
        "why_stopped": causes.why_stopped(notice, sight.standing.done),
        "how_it_ended": causes.how_it_ended(notice, sight.standing.done),
        "failed": causes.FAILED,
        "reasons": causes.reasons(sight.standing.done),
        "dropped": causes.DROPPED,
        "is_at_rest": standing.is_at_rest(notice, request.app[PARTS].clock.now()),
        "place_name": _knowledge(request).place_name,
        **previewing.tongue(request),
    }


# ── what does not change ──────────────────────────────────────────────────────────────────────────────────────────────


def _about(request: web.Request, notice: Notice, plan: Preview | None) -> dict[str, Any]:
    """Its words, its audience, and the people who answer for it."""
    parts, knowledge = request.app[PARTS], _knowledge(request)
    tx, now = parts.store.read, parts.clock.now()
    found = event(tx, knowledge, notice.about, now)
    languages = [each for each in LANGUAGES if each in (notice.audience.languages or LANGUAGES)]
    names = previewing.event_names(tx, knowledge, notice, now)
    return {
        "here": f"/avisos/{notice.id}",
        "phones": previewing.phones(plan.drafts if plan else _sent(tx, notice), languages),
        "about": found.name.es if found else "",
        "topic": knowledge.topic_name(notice.topic)["es"] if notice.topic else "",
        "audience": [*words.audience(notice.audience, knowledge, names)],
        "when": words.when(notice),
        "approver": _name_of(tx, notice.approved_by),
        "days": notices.of_series(tx, notice.id, DAYS_SHOWN) if notice.rule else [],
    }


def _sent(tx: Tx, notice: Notice) -> Drafts:
    """The messages as they left, or leave."""
    found = {}
    for row in notices.texts(tx, notice.id):
        options = tuple(Option(label, data) for label, data in json.loads(row["options"]))
        unfolded = row["unfolded"] or row["body"]
        found[row["language"], row["medium"]] = Draft(row["body"], unfolded, options, row["encoding"], row["segments"])
    return found


def _name_of(tx: Tx, staff_id: int | None) -> str:
    found = staff.find(tx, staff_id) if staff_id else None
    return found.name if found else ""


def _knowledge(request: web.Request) -> Knowledge:
    parts = request.app[PARTS]
    return parts.knowledge(parts.store.read)
