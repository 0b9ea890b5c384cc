"""Who may do what with which notice: her own, those of her districts or comunidades, and what its state allows."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from bot.desk import guard
from bot.desk.citas.scope import HEALTH, PEOPLES
from bot.desk.parts import PARTS
from bot.records import notices
from bot.records.notices import Audience, Notice
from bot.records.staff import Staff
from bot.service.knowledge import Knowledge

WRITERS, APPROVERS = PEOPLES, HEALTH
"""Who writes and sends; a promoter to her own comunidades only, and she approves nobody's."""

VERBS: dict[str, tuple[str, ...]] = {
    "draft": ("edit", "drop", "send", "try"),
    "awaiting": ("approve", "return", "cancel", "try"),
    "scheduled": ("return", "cancel", "try"),
    "repeating": ("return", "cancel", "try"),
    "freezing": ("pause", "cancel"),
    "sending": ("pause", "cancel"),
    "paused": ("resume", "cancel"),
}
"""What can be done with a notice in each state."""

Places = Sequence[tuple[str, str]]


def chosen(request: web.Request) -> Notice:
    """The notice that the address names. Raises NotFound."""
    wanted = guard.row_id(request.match_info["id"])
    found = notices.one(request.app[PARTS].store.read, wanted) if wanted else None
    if found is None or not may_see(guard.person(request), found):
        raise guard.NotFound
    return found


def may_see(me: Staff, notice: Notice) -> bool:
    """Staff see every notice, a promoter those that she wrote, here or from her telephone."""
    return me.role != "promoter" or is_hers(me, notice)


def is_hers(me: Staff, notice: Notice) -> bool:
    return notice.staff_id == me.id or (me.role == "promoter" and bool(me.phone) and notice.promoter == me.phone)


def verbs(me: Staff, notice: Notice, knowledge: Knowledge) -> frozenset[str]:
    """What she may do with it now: edit drop send try approve return pause resume cancel."""
    return frozenset(verb for verb in VERBS.get(notice.state, ()) if may(me, notice, knowledge, verb))


def may(me: Staff, notice: Notice, knowledge: Knowledge, verb: str) -> bool:
    """Whether it is hers to do, whatever its state.

    Only the author changes a draft: who approves it would otherwise approve words of her own.
    """
    match verb:
        case "try":
            return True
        case "edit" | "drop":
            return notice.staff_id == me.id
        case "send":
            return is_within(me, notice.audience, knowledge) and (me.role == "admin" or not notice.is_urgent)
        case "approve":
            is_second = me.role in APPROVERS and notice.staff_id != me.id
            return is_second and is_within(me, notice.audience, knowledge)
        case _:
            return is_hers(me, notice) or is_within(me, notice.audience, knowledge)


def is_within(me: Staff, audience: Audience, knowledge: Knowledge) -> bool:
    """Whether nobody outside her districts (of a promoter: her comunidades) would hear it."""
    if me.role == "promoter":
        return (
            bool(audience.comunidades) and not audience.districts and set(audience.comunidades) <= set(me.comunidades)
        )
    if not me.districts:
        return True
    wanted = {*audience.districts, *(knowledge.district_of(each) for each in audience.comunidades)}
    return bool(wanted) and wanted <= set(me.districts)


def is_limited(me: Staff) -> bool:
    """Whether she has to say to which places a notice goes."""
    return me.role == "promoter" or bool(me.districts)


def districts(me: Staff, knowledge: Knowledge) -> Places:
    """The districts to which she may send."""
    if me.role == "promoter":
        return []
    return [
        (each.key, each.name) for each in knowledge.places.districts if not me.districts or each.key in me.districts
    ]


def comunidades(me: Staff, knowledge: Knowledge) -> Places:
    """The comunidades to which she may send, by district."""
    order = {each.key: (n, each.name) for n, each in enumerate(knowledge.places.districts)}
    found = []
    for each in knowledge.places.comunidades:
        is_open = (
            each.key in me.comunidades if me.role == "promoter" else not me.districts or each.district in me.districts
        )
        if is_open:
            position, district = order.get(each.district, (len(order), each.district))
            found.append((position, each.name, each.key, district))
    return [(key, f"{name} ({district})") for _position, name, key, district in sorted(found)]
