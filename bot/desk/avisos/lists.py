"""Every notice, the newest first: what is written, waits, is sent or done, by whom, to how many and for how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from aiohttp import web

from bot.desk import guard
from bot.desk.avisos import previewing, words
from bot.desk.avisos.progress import BEFORE_LAUNCH
from bot.desk.avisos.standing import sees_fates
from bot.desk.pages import gettext as _
from bot.desk.pages import moment
from bot.desk.parts import PARTS
from bot.records import notices
from bot.records.notices import Notice, Size, State, Wanted
from bot.records.staff import Staff
from bot.records.store import Tx
from bot.service.knowledge import Knowledge
from bot.service.notices.preview import Tariff, preview
from bot.service.small_numbers import FEWEST

PAGE_ROWS = 20

GROUPS: Mapping[str, tuple[str, tuple[State, ...]]] = {
    "borradores": (_("borradores"), ("draft",)),
    "por_aprobar": (_("por aprobar"), ("awaiting",)),
    "programados": (_("programados"), ("scheduled", "repeating")),
    "en_camino": (_("en camino o en pausa"), ("freezing", "sending", "paused")),
    "terminados": (_("terminados"), ("done", "cancelled")),
}
"""What can be asked for, and the states that it means."""

FROM = {"mios": _("los míos"), "promotoras": _("los de promotoras")}
FOR_READERS: tuple[State, ...] = tuple(
    state for _name, states in GROUPS.values() for state in states if state not in BEFORE_LAUNCH
)


COUNTED_IN: tuple[State, ...] = ("awaiting", "scheduled", "repeating")
"""States of a notice that has not begun and whose people are counted as they are now."""


@dataclass(frozen=True, slots=True)
class Line:
    """One notice; `people` is empty and `soles` None where nobody has counted (a draft) or she may not know."""

    notice: Notice
    address: str
    when: str
    people: str
    soles: Decimal | None


async def show(request: web.Request) -> web.Response:
    """One page of those that she may see, by state and by whose they are."""
    parts, me, query = request.app[PARTS], guard.person(request), request.query
    group, source, before_id = query.get("estado", ""), query.get("de", ""), guard.row_id(query.get("antes", ""))
    knowledge, tariff, wanted = parts.knowledge(parts.store.read), Tariff.of(parts.settings), _wanted(me, group, source)

    def work(tx: Tx) -> tuple[list[Notice], dict[int, list[Size]]]:
        found = notices.listed(tx, wanted, PAGE_ROWS + 1, before_id)
        return found, _sizes(tx, knowledge, found[:PAGE_ROWS], tariff, parts.clock.now())

    found, sizes = await parts.apart(work)
    shown = found[:PAGE_ROWS]
    await guard.saw(request, "avisos", len(shown), estado=group, de=source)
    return await guard.page(
        "avisos.html",
        request,
        lines=[_line(me, notice, sizes.get(notice.id), tariff) for notice in shown],
        groups=_groups(me),
        group=group,
        sources=[] if me.role == "promoter" else _sources(me),
        source=source,
        older=shown[-1].id if len(found) > len(shown) else None,
        is_later=before_id is not None,
        **previewing.tongue(request),
    )


def _wanted(me: Staff, group: str, source: str) -> Wanted:
    states = GROUPS[group][1] if group in GROUPS else ()
    if me.role == "reader":
        states = tuple(state for state in states or FOR_READERS if state in FOR_READERS) or FOR_READERS
    is_own = me.role == "promoter" or source == "mios"
    phone = (me.phone or "") if me.role == "promoter" else ""
    return Wanted(states, me.id if is_own else None, phone, by_promoters=source == "promotoras")


def _groups(me: Staff) -> list[tuple[str, str]]:
    return [
        (key, name) for key, (name, states) in GROUPS.items() if me.role != "reader" or set(states) <= set(FOR_READERS)
    ]


def _sources(me: Staff) -> list[tuple[str, str]]:
    return [(key, name) for key, name in FROM.items() if key != "mios" or me.role != "reader"]


def _sizes(
    tx: Tx, knowledge: Knowledge, found: Sequence[Notice], tariff: Tariff, now: datetime
) -> dict[int, list[Size]]:
    sizes = notices.sizes(tx, [notice.id for notice in found if notice.begun_at])
    for notice in found:
        if notice.state in COUNTED_IN:
            lines = preview(tx, knowledge, notice, tariff, now).lines
            sizes[notice.id] = [Size(line.channel, line.people, line.segments) for line in lines]
    return sizes


def _line(me: Staff, notice: Notice, sizes: Sequence[Size] | None, tariff: Tariff) -> Line:
    address = f"/avisos/{notice.id}{'/vista' if notice.state in BEFORE_LAUNCH else ''}"
    when = moment(notice.begun_at) if notice.begun_at else words.when(notice)
    if sizes is None:
        return Line(notice, address, when, "", None)
    people = sum(size.people for size in sizes)
    if 0 < people < FEWEST and not sees_fates(me):
        return Line(notice, address, when, f"<{FEWEST}", None)
    soles = sum((tariff.soles(size.channel, size.segments) for size in sizes), Decimal())
    return Line(notice, address, when, f"{people:,}", soles)
