"""Who sees which cases: an admin all of them, a Mesa's account its Mesas' in its districts, nobody else any."""

from __future__ import annotations

from aiohttp import web

from bot.desk import guard
from bot.desk.parts import PARTS
from bot.records import cases
from bot.records.cases import Case, CaseEntry, Mesa
from bot.records.staff import Role, Staff
from bot.records.store import Tx

READERS: frozenset[Role] = frozenset({"admin", "mesa"})
"""The roles that read what residents said."""


def mesas(me: Staff, tx: Tx) -> list[Mesa]:
    """The Mesas whose cases are hers to read."""
    return [mesa for mesa in cases.mesas(tx) if me.role == "admin" or mesa.key in me.mesas]


def mesa_keys(me: Staff) -> tuple[str, ...] | None:
    """The same by their keys; None for all."""
    return None if me.role == "admin" else me.mesas


def districts(me: Staff) -> tuple[str, ...] | None:
    """The districts whose cases are hers to read; None for all, those that nobody has named too."""
    return me.districts if me.role == "mesa" and me.districts else None


def may_see(who: Staff, case: Case) -> bool:
    """Whether this account may read and answer a case."""
    if who.role != "mesa":
        return who.role == "admin"
    return case.mesa in who.mesas and (not who.districts or case.district in who.districts)


async def case(request: web.Request) -> Case:
    """The case that the address names. Raises NotFound; that somebody reached for another's is written down."""
    case_id = guard.row_id(request.match_info["id"])
    return await _hers(request, cases.one(request.app[PARTS].store.read, case_id) if case_id else None)


async def entry(request: web.Request) -> tuple[Case, CaseEntry]:
    """The entry of a case that the address names, with its case. Raises NotFound, as for a case."""
    tx, entry_id = request.app[PARTS].store.read, guard.row_id(request.match_info["id"])
    chosen = cases.one_entry(tx, entry_id) if entry_id else None
    if chosen is None:
        raise guard.NotFound
    return await _hers(request, cases.one(tx, chosen.case_id)), chosen


async def _hers(request: web.Request, found: Case | None) -> Case:
    if found is None:
        raise guard.NotFound
    if not may_see(guard.person(request), found):
        await guard.saw(request, "caso", 0, "case_refused", code=found.code)
        raise guard.NotFound
    return found
