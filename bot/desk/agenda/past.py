"""What a work or a fair was before: every change as staff read it, and taking the last one back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from bot.desk import guard
from bot.desk.agenda import rows, typed
from bot.desk.agenda.rows import Kind, Thing
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.records import agenda
from bot.records.agenda import Change, Fair, history
from bot.records.store import Tx
from bot.service.agenda.changes import AgendaChanges
from bot.service.knowledge import Knowledge

LABELS = {
    "name": _("Nombre"),
    "short_name": _("Nombre corto"),
    "aliases": _("Otros nombres"),
    "topics": _("Temas"),
    "district": _("Distrito"),
    "districts": _("Distritos"),
    "comunidad": _("Comunidad"),
    "place": _("Lugar"),
    "rule": _("Días"),
    "opens": _("Desde qué hora"),
    "closes": _("Hasta qué hora"),
    "exceptions": _("Días sin feria"),
    "products": _("Productos"),
    "amounts": _("Montos por año"),
    "state": _("Estado"),
    "source": _("Fuente"),
    "note": _("Nota para la oficina"),
    "is_sample": _("De muestra"),
}
"""What the fields of a row are called; others never change at the desk."""

WAYS = {"desk": _("en el escritorio"), "import": _("con un archivo"), "undo": _("al deshacer")}


@dataclass(frozen=True, slots=True)
class Line:
    """One change with the fields that are not the same: their name, what was, what is."""

    change: Change
    fields: list[tuple[str, str, str]]


async def show(request: web.Request) -> web.Response:
    """Every change of the row, the newest first; one that was taken away has a history too."""
    path, kind = rows.kind_of(request)
    key, parts = request.match_info["key"], request.app[PARTS]
    tx = parts.store.read
    one, changes = rows.stored(tx, kind).get(key), agenda.changes_of(tx, kind, key)
    if one is None and not changes:
        raise guard.NotFound
    await guard.saw(request, "historia", len(changes), place=key)
    knowledge = parts.knowledge(tx)
    return await guard.page(
        "agenda_historia.html",
        request,
        path_of=f"/agenda/{path}",
        key=key,
        one=one,
        lines=[Line(change, _differing(knowledge, change)) for change in changes],
        undoable=_is_last(changes, one),
        ways=WAYS,
    )


async def undo(request: web.Request) -> web.Response:
    """The row as it was before its last change; nothing where it changed again since."""
    path, kind = rows.kind_of(request)
    key, parts = request.match_info["key"], request.app[PARTS]
    given = guard.row_id(request.match_info["id"])
    if given is None or given not in [each.id for each in agenda.changes_of(parts.store.read, kind, key)]:
        raise guard.NotFound

    def work(tx: Tx) -> bool:
        changes = AgendaChanges(tx, parts.clock, guard.actor(request), "undo")
        one, past = rows.stored(tx, kind).get(key), agenda.changes_of(tx, kind, key)
        if past[0].id != given or not _is_last(past, one):
            return False
        _put_back(tx, changes, kind, past[0], one)
        guard.note(tx, request, f"{kind}_undone", key)
        return True

    is_done = await parts.commits.run(work)
    said = _("Se deshizo: está como antes.") if is_done else _("No se deshizo: cambió después. Mire su historia.")
    return await guard.done(request, f"/agenda/{path}/{key}/historia", said)


def _put_back(tx: Tx, changes: AgendaChanges, kind: Kind, change: Change, one: Thing | None) -> None:
    if change.before is not None:
        changes.put_back(kind, change.key, _row(tx, kind, change.before), one)
    elif one is not None:
        changes.remove(kind, change.key, one)


def _row(tx: Tx, kind: Kind, kept: Mapping[str, Any]) -> Thing:
    """A row as it was; of a fair without the comunidad that is there no more."""
    if kind == "works":
        return history.work_of(kept)
    fair: Fair = history.fair_of(kept)
    return fair if fair.comunidad in [each.key for each in agenda.comunidades(tx)] else replace(fair, comunidad=None)


def _is_last(changes: list[Change], one: Thing | None) -> bool:
    """Whether the row is as its last change left it."""
    return bool(changes) and changes[0].after == history.fields(one)


def _differing(knowledge: Knowledge, change: Change) -> list[tuple[str, str, str]]:
    before, after = change.before or {}, change.after or {}
    said = [
        (label, *(_said(knowledge, field, kept.get(field)) for kept in (before, after)))
        for field, label in LABELS.items()
    ]
    return [(label, was, now) for label, was, now in said if was != now]


def _said(knowledge: Knowledge, field: str, value: Any) -> str:
    """A field's value in words; empty for none."""
    if isinstance(value, Mapping):
        return " / ".join(filter(None, [value["es"], value["quz"]]))
    if isinstance(value, list):
        return ", ".join(_said(knowledge, field, each) if field != "amounts" else _amount(each) for each in value)
    if isinstance(value, bool):
        return _("sí") if value else ""
    return _word(knowledge, field, value or "")


def _amount(kept: Mapping[str, Any]) -> str:
    return f"{kept['year']}: S/ {kept['soles']:,}" + (f" ({kept['fund']})" if kept["fund"] else "")


def _word(knowledge: Knowledge, field: str, value: str) -> str:
    """A key as it is called, a rule as words."""
    content = knowledge.content
    if field == "topics" and value in content.topics:
        return content.topics[value].name.es
    if field == "products" and value in content.products:
        return content.products[value].name.es
    if field in ("district", "districts", "comunidad"):
        return knowledge.place_name(value)
    return typed.rule_words(value) if field == "rule" else value
