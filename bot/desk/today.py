"""What waits for somebody at the desk: its figures by role, and the lists behind those that have no other page."""

from __future__ import annotations

from datetime import datetime, timedelta

from aiohttp import web

from bot.desk import guard
from bot.desk.citas import scope
from bot.desk.citas.words import number_words
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.records import attention
from bot.records.attention import Attention, ToCall
from bot.records.staff import Role, Staff
from bot.records.store import Tx
from bot.service import review

READERS: frozenset[Role] = frozenset({"admin", "mesa"})
"""The roles for which something is counted."""

OF_LATE = timedelta(days=7)
"""How far back failures, emergencies and questions that nobody understood are looked at."""

LATE = timedelta(minutes=10)
"""An answer that waits for longer tells of a channel in trouble."""


def figures(seen: Attention, me: Staff) -> dict[str, int]:
    """What she may know of it, by the name of each counter."""
    counted: dict[str, int] = {}
    if me.role in READERS:
        mine = [each for each in seen.cases if _is_of(me, each.mesa, each.district)]
        counted |= {
            "vencidos": sum(each.overdue for each in mine),
            "abiertos": sum(each.open for each in mine),
            "dudosos": sum(each.unsure for each in mine),
        }
    if scope.sight(me) == "all":
        lists = [each for each in seen.lists if _is_in(me, each.district)]
        counted |= {
            "ofrecidos": sum(each.offered for each in lists),
            "en_espera": sum(each.waiting for each in lists),
            "por_llamar": len(_hers(seen.to_call, me)),
        }
    if me.role == "admin":
        counted |= {
            "por_salir": sum(each.count for each in seen.waiting),
            "fallados": seen.failed,
            "emergencias": seen.emergencies,
            "no_entendidos": seen.not_understood,
        }
    return counted


def load(tx: Tx, now: datetime, today: datetime) -> Attention:
    """As it stands now; `today` is now on Lima's clock."""
    return attention.load(tx, now, today.date(), now - OF_LATE)


async def show_review(request: web.Request) -> web.Response:
    """Emergencies and questions that nobody understood, of the last days, that nobody has marked as seen."""
    tx, since = request.app[PARTS].store.read, _since(request)
    emergencies = review.emergencies(tx, since, unseen_only=True)
    groups = review.not_understood(tx, since, unseen_only=True)
    await guard.saw(request, "revisar", len(emergencies) + sum(group.times for group in groups))
    return await guard.page(
        "revisar.html",
        request,
        emergencies=emergencies,
        groups=groups,
        days=OF_LATE.days,
        number_words=number_words,
    )


async def mark_seen(request: web.Request) -> web.Response:
    """Somebody has read it: it is not shown again unless it is said again. Raises NotFound."""
    parts, since = request.app[PARTS], _since(request)
    message_id = guard.row_id((await guard.form(request))["mensaje"])

    def work(tx: Tx) -> bool:
        is_done = message_id is not None and review.mark_seen(tx, since, message_id, parts.clock.now())
        if is_done:
            guard.note(tx, request, "message_reviewed", str(message_id))
        return is_done

    if not await parts.commits.run(work):
        raise guard.NotFound
    return await guard.done(request, "/revisar", _("Marcado como visto."))


async def show_calls(request: web.Request) -> web.Response:
    """Who has an appointment and gets no message: she wrote BAJA, or her number takes nothing."""
    parts, me = request.app[PARTS], guard.person(request)
    if scope.sight(me) != "all":
        raise guard.NotAllowed
    found = _hers(tuple(attention.to_call(parts.store.read, parts.clock.today().date())), me)
    await guard.saw(request, "por llamar", len(found))
    return await guard.page(
        "por_llamar.html", request, calls=found, specialties=parts.knowledge(parts.store.read).content.specialties
    )


async def show_outgoing(request: web.Request) -> web.Response:
    """The messages that have not left, by channel, and those of the last days that will not."""
    parts = request.app[PARTS]
    tx, now = parts.store.read, parts.clock.now()
    return await guard.page(
        "salida.html",
        request,
        waiting=attention.waiting(tx),
        troubles=attention.troubles(tx, now - OF_LATE),
        late_since=now - LATE,
        days=OF_LATE.days,
    )


def _since(request: web.Request) -> datetime:
    return request.app[PARTS].clock.now() - OF_LATE


def _is_of(me: Staff, mesa: str, district: str) -> bool:
    """Whether cases of that Mesa in that district are hers to read."""
    return me.role == "admin" or (mesa in me.mesas and _is_in(me, district))


def _is_in(me: Staff, district: str) -> bool:
    return not me.districts or district in me.districts


def _hers(calls: tuple[ToCall, ...], me: Staff) -> list[ToCall]:
    return [each for each in calls if _is_in(me, each.district)]
