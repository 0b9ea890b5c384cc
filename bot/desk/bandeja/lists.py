"""The list of cases: thirty a page, what is due first, within the filter and within what is hers to read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from bot.desk import guard
from bot.desk.bandeja import filters, scope
from bot.desk.bandeja.words import KINDS, STATES, cut, span, time_left
from bot.desk.parts import PARTS
from bot.records import cases, staff
from bot.records.cases import PAGE_ROWS, Case
from bot.records.store import Tx

_LAST_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """A case in the list; `reports` counts everybody's report of the same problem, this one included."""

    case: Case
    words: str
    assigned: str
    reports: int
    time_left: str
    is_overdue: bool
    head: str


async def show(request: web.Request) -> web.Response:
    """One page of the cases that are hers to read."""
    parts, me = request.app[PARTS], guard.person(request)
    tx, now, wish = parts.store.read, parts.clock.now(), filters.read(request.query)
    wanted = filters.rows(wish, me, now)
    page = min(guard.row_id(request.query.get("pagina", "")) or 1, _LAST_PAGE)
    found, total = cases.inbox(tx, wanted, page)
    await guard.saw(
        request,
        "bandeja",
        len(found),
        "searched" if wish.words else "saw",
        **_written(wish),
        pagina=page if page > 1 else "",
    )
    knowledge = parts.knowledge(tx)
    return await guard.page(
        "bandeja.html",
        request,
        400 if wish.errors else 200,
        lines=lines(tx, found, now),
        total=total,
        number=page,
        pages=max(-(-total // PAGE_ROWS), 1),
        wish=wish,
        mesas=[(mesa.key, mesa.name.es) for mesa in scope.mesas(me, tx)],
        mesa_names={mesa.key: mesa.name.es for mesa in cases.mesas(tx)},
        districts=[
            (each.key, each.name)
            for each in knowledge.places.districts
            if each.key in (scope.districts(me) or [each.key])
        ],
        states=list(filters.STATES.items()),
        kinds=list(KINDS.items()),
        kind_names=KINDS,
        state_names=STATES,
        place_name=knowledge.place_name,
        ago=lambda moment: span(now - moment),
    )


def lines(tx: Tx, found: list[Case], now: datetime) -> list[Line]:
    """Cases with what the list shows beside them."""
    ids = [case.id for case in found]
    words, joined, names = cases.first_words(tx, ids), cases.joined_counts(tx, ids), staff_names(tx)
    heads = _codes(tx, {case.joined_to for case in found if case.joined_to})
    return [
        Line(
            case,
            cut(words.get(case.id, "")),
            names.get(case.assigned_to or 0, ""),
            joined.get(case.id, 0) + 1,
            time_left(case, now),
            case.state == "open" and case.due_at <= now,
            heads.get(case.joined_to or 0, ""),
        )
        for case in found
    ]


def staff_names(tx: Tx) -> dict[int, str]:
    """Every account's name, of those that are disabled too."""
    return {person.id: person.name for person in staff.everybody(tx)}


def _codes(tx: Tx, case_ids: Iterable[int]) -> dict[int, str]:
    return {case.id: case.code for case in (cases.one(tx, case_id) for case_id in case_ids) if case}


def _written(wish: filters.Wish) -> dict[str, str]:
    """The filter as the audit keeps it."""
    return wish.fields | {"estado": wish.state}
