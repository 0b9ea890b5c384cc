"""Works and fairs at the desk: lists with a search, the form of one row with what residents will read of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from aiohttp import web

from bot.desk import guard
from bot.desk.agenda import typed
from bot.desk.citas.words import hour_words
from bot.desk.guard import Form
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.language.folding import fold
from bot.records import agenda
from bot.records.agenda import Fair, Work
from bot.records.store import Tx
from bot.service.agenda import said
from bot.service.agenda.changes import AgendaChanges
from bot.service.feedback.said import Said

Kind = Literal["works", "fairs"]
Thing = Work | Fair
KINDS: dict[str, Kind] = {"obras": "works", "ferias": "fairs"}
"""What a kind is called in an address."""

ROWS = 40


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is asked for."""

    said: str
    district: str
    page: int


async def show_all(request: web.Request) -> web.Response:
    """What there is of each kind, and where it is kept."""
    tx = request.app[PARTS].store.read
    return await guard.page(
        "agenda.html",
        request,
        works=len(agenda.find_works(tx, with_samples=True)),
        fairs=len(agenda.all_fairs(tx, with_samples=True)),
        campaigns=len(agenda.all_campaigns(tx)),
        promoters=len(agenda.all_promoters(tx)),
    )


async def show(request: web.Request) -> web.Response:
    """The works or the fairs that fit what was asked."""
    path, kind = kind_of(request)
    wanted = wanted_of(request)
    found = _fitting(request, kind, wanted)
    action = "searched" if wanted.said or wanted.district else "saw"
    await guard.saw(request, path, len(found), action=action, said=wanted.said, district=wanted.district)
    start = (wanted.page - 1) * ROWS
    knowledge, now = request.app[PARTS].knowledge(request.app[PARTS].store.read), request.app[PARTS].clock.now()
    return await guard.page(
        f"agenda_{path}.html",
        request,
        path_of=f"/agenda/{path}",
        wanted=wanted,
        rows=found[start : start + ROWS],
        total=len(found),
        removed=agenda.removed(request.app[PARTS].store.read, kind),
        has_more=len(found) > start + ROWS,
        next_day=lambda fair: next(iter(agenda.coming_days(fair, now, 1)), None),
        rule_words=typed.rule_words,
        hour_words=hour_words,
        **_words(request),
        place_name=knowledge.place_name,
    )


async def show_new(request: web.Request) -> web.Response:
    """The form of a new row."""
    return await _form(request, None, Form({}))


async def show_one(request: web.Request) -> web.Response:
    """The form of a row as it stands, with what residents read of it."""
    one = chosen(request)
    fields = typed.work_fields(one) if isinstance(one, Work) else typed.fair_fields(one)
    return await _form(request, one, Form(fields), shown=_said(request, one))


async def put(request: web.Request) -> web.Response:
    """The row as it was typed, new or changed; with `ver` only what it would say is shown."""
    path, kind = kind_of(request)
    form, old = await guard.form(request), chosen(request) if "key" in request.match_info else None
    new, errors = _typed(request, form, kind, old)
    shown = {} if errors else _said(request, new)
    errors |= typed.too_long(shown)
    if errors or form["ver"]:
        return await _form(request, old, form, errors, shown)
    key = await _write(request, kind, new, is_new=old is None)
    return await guard.done(
        request, f"/agenda/{path}/{key}", _("Está guardado: desde ahora se responde así a la gente.")
    )


async def remove(request: web.Request) -> web.Response:
    """The row is no more; its history keeps what it was."""
    path, kind = kind_of(request)
    one = chosen(request)
    parts = request.app[PARTS]

    def work(tx: Tx) -> None:
        AgendaChanges(tx, parts.clock, guard.actor(request), "desk").remove(kind, one.key, one)
        guard.note(tx, request, f"{kind}_removed", one.key)

    await parts.commits.run(work)
    return await guard.done(request, f"/agenda/{path}", _("Está quitado: ya no se responde con eso."))


def chosen(request: web.Request) -> Thing:
    """The row that the address names. Raises NotFound."""
    _path, kind = kind_of(request)
    found = stored(request.app[PARTS].store.read, kind).get(request.match_info["key"])
    if found is None:
        raise guard.NotFound
    return found


def stored(tx: Tx, kind: Kind) -> Mapping[str, Thing]:
    """All rows of a kind by key, samples too."""
    found = agenda.find_works(tx, with_samples=True) if kind == "works" else agenda.all_fairs(tx, with_samples=True)
    return {one.key: one for one in found}


def kind_of(request: web.Request) -> tuple[str, Kind]:
    """What the address is about, as it says it and as the agenda does."""
    path = request.path.split("/")[2]
    return path, KINDS[path]


async def _write(request: web.Request, kind: Kind, new: Thing, *, is_new: bool) -> str:
    """Write the row; its key, which no other new row has."""
    parts = request.app[PARTS]

    def work(tx: Tx) -> str:
        changes = AgendaChanges(tx, parts.clock, guard.actor(request), "desk")
        there = stored(tx, kind)
        key = typed.free_key(new.key, {*there, "nueva"}) if is_new else new.key
        changes.put(kind, {key: replace(new, key=key)}, there)
        guard.note(tx, request, f"{kind}_added" if is_new else f"{kind}_changed", key)
        return key

    return await parts.commits.run(work)


def wanted_of(request: web.Request) -> Wanted:
    """What the address of a list asks for."""
    page = request.query.get("pagina", "")
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < 5 else 1
    asked = {name: request.query.get(name, "").strip() for name in ("busca", "distrito")}
    return Wanted(asked["busca"][:100], asked["distrito"], max(number, 1))


def _fitting(request: web.Request, kind: Kind, wanted: Wanted) -> Sequence[Thing]:
    tx = request.app[PARTS].store.read
    if kind == "works":
        found = agenda.find_works(tx, with_samples=True, district=wanted.district or None, words=wanted.said)
        return found or [one for one in agenda.find_works(tx, with_samples=True) if one.key == wanted.said]
    words = fold(wanted.said)
    return [
        fair
        for fair in agenda.all_fairs(tx, with_samples=True)
        if wanted.district in ("", fair.district) and words in fold(" ".join((fair.name, *fair.aliases, fair.place)))
    ]


def _typed(request: web.Request, form: Form, kind: Kind, old: Thing | None) -> tuple[Thing, dict[str, str]]:
    tx = request.app[PARTS].store.read
    knowledge = request.app[PARTS].knowledge(tx)
    if kind == "works":
        funds = [fund.key for fund in agenda.funds(tx)]
        return typed.work(form, knowledge, funds, old if isinstance(old, Work) else None)
    return typed.fair(form, knowledge, old if isinstance(old, Fair) else None)


def _said(request: web.Request, one: Thing) -> dict[str, Said]:
    parts = request.app[PARTS]
    knowledge = parts.knowledge(parts.store.read)
    if isinstance(one, Work):
        return said.of_work(knowledge, agenda.funds(parts.store.read), one)
    return said.of_fair(knowledge, one, parts.clock.now())


async def _form(
    request: web.Request,
    old: Thing | None,
    form: Form,
    errors: Mapping[str, str] | None = None,
    shown: Mapping[str, Said] | None = None,
) -> web.Response:
    path, kind = kind_of(request)
    parts = request.app[PARTS]
    days = agenda.coming_days(old, parts.clock.now(), said.DAYS_SHOWN) if isinstance(old, Fair) else []
    return await guard.page(
        f"agenda_{'obra' if kind == 'works' else 'feria'}.html",
        request,
        400 if errors else 200,
        path_of=f"/agenda/{path}",
        old=old,
        form=form,
        errors=errors or {},
        shown=shown or {},
        days=days,
        year_rows=typed.year_rows(form),
        **_words(request),
    )


def _words(request: web.Request) -> dict[str, Any]:
    """The lists that the fields choose from."""
    tx = request.app[PARTS].store.read
    knowledge = request.app[PARTS].knowledge(tx)
    content = knowledge.content
    return {
        "districts": [(each.key, each.name) for each in knowledge.places.districts],
        "comunidades": [(each.key, each.name) for each in knowledge.places.comunidades],
        "topics": [(each.key, each.name.es) for each in content.topics.values() if each.kind == "work"],
        "products": [(each.key, each.name.es) for each in content.products.values()],
        "funds": [(each.key, each.name.es) for each in agenda.funds(tx)],
    }
