"""Health promoters at the desk: who stands for which comunidades, and the PIN by which they are known each day."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.desk import guard
from bot.desk.agenda import typed
from bot.desk.agenda.rows import ROWS, Wanted, wanted_of
from bot.desk.citas.words import number_words
from bot.desk.guard import Form
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.errors import Refusal
from bot.language.folding import fold
from bot.records import agenda, pins, staff
from bot.records.agenda import Promoter
from bot.records.pins import Pin
from bot.records.store import Tx
from bot.service import pins as proofs
from bot.service.agenda.changes import AgendaChanges
from bot.service.secrets import promoter_key

PATH = "/agenda/promotoras"
_KEY_LETTERS = 16


@dataclass(frozen=True, slots=True)
class Line:
    """A promoter in the list; `key` is what her pages are called, `pin` None where she has none."""

    key: str
    promoter: Promoter
    comunidades: tuple[str, ...]
    districts: frozenset[str]
    pin: Pin | None
    has_telegram: bool


async def show(request: web.Request) -> web.Response:
    """The promoters of the reader's districts that fit what was asked."""
    wanted, me = wanted_of(request), guard.person(request)
    lines = [each for each in _lines(request) if not me.districts or each.districts & set(me.districts)]
    found = [each for each in lines if _fits(each, wanted)]
    action = "searched" if wanted.said or wanted.district else "saw"
    await guard.saw(request, "promotoras", len(found), action=action, district=wanted.district)
    start = (wanted.page - 1) * ROWS
    knowledge = request.app[PARTS].knowledge(request.app[PARTS].store.read)
    return await guard.page(
        "agenda_promotoras.html",
        request,
        path_of=PATH,
        wanted=wanted,
        rows=found[start : start + ROWS],
        total=len(found),
        has_more=len(found) > start + ROWS,
        districts=[(each.key, each.name) for each in knowledge.places.districts],
        languages=dict(typed.LANGUAGES),
        number_words=number_words,
    )


async def show_new(request: web.Request) -> web.Response:
    """The form of a new one."""
    return await _form(request, None, Form({}))


async def show_one(request: web.Request) -> web.Response:
    """Her form as it stands, with her PIN's state."""
    one = _chosen(request)
    return await _form(request, one, Form(typed.promoter_fields(one)))


async def put(request: web.Request) -> web.Response:
    """A promoter as she was typed, new or changed; with `filtrar` only the comunidades to choose from are others."""
    parts, form = request.app[PARTS], await guard.form(request)
    old = _chosen(request) if "key" in request.match_info else None
    if form["filtrar"]:
        return await _form(request, old, form)
    new, errors = typed.promoter(form, parts.knowledge(parts.store.read), old)
    if not errors and not await _write(request, new, old):
        errors["celular"] = _("Ese celular ya es de otra promotora.")
    if errors:
        return await _form(request, old, form, errors)
    said = _("Está guardado.") if old else _("Está anotada. Dele ahora su PIN.")
    return await guard.done(request, _address(request, new), said)


async def ask_to_remove(request: web.Request) -> web.Response:
    """What goes and what stays, before it is done."""
    one = _chosen(request)
    return await guard.page(
        "agenda_promotora_quitar.html",
        request,
        promoter=one,
        here=_address(request, one),
        number=number_words(f"tel:{one.phone}"),
        has_account=staff.has_phone(request.app[PARTS].store.read, one.phone),
    )


async def remove(request: web.Request) -> web.Response:
    """She is known no more, by SMS or Telegram; whom she registered keeps everything."""
    parts, one = request.app[PARTS], _chosen(request)

    def work(tx: Tx) -> None:
        AgendaChanges(tx, parts.clock, guard.actor(request), "desk").remove("promoters", one.phone, one)
        guard.note(tx, request, "promoters_removed", proofs.masked(one.phone))

    await parts.commits.run(work)
    return await guard.done(request, PATH, _("Ya no está entre las promotoras."))


async def give_pin(request: web.Request) -> web.Response:
    """A new PIN, shown in the answer and nowhere else."""
    parts, one, who = request.app[PARTS], _chosen(request), guard.actor(request)
    try:
        pin = await parts.commits.run(lambda tx: proofs.give(tx, parts.clock, who, one.phone))
    except Refusal:  # she was taken away meanwhile
        raise guard.NotFound from None
    return await guard.page("agenda_pin.html", request, promoter=one, pin=pin, here=_address(request, one))


async def _write(request: web.Request, new: Promoter, old: Promoter | None) -> bool:
    """False for a new one whose number is another's. Raises NotFound for one who was taken away meanwhile."""
    parts = request.app[PARTS]

    def work(tx: Tx) -> bool:
        changes = AgendaChanges(tx, parts.clock, guard.actor(request), "desk")
        there = {each.phone: each for each in agenda.all_promoters(tx)}
        if old is None and new.phone in there:
            return False
        if old is not None and new.phone not in there:
            raise guard.NotFound
        changes.put("promoters", {new.phone: new}, there)
        guard.note(tx, request, "promoters_changed" if old else "promoters_added", proofs.masked(new.phone))
        return True

    return await parts.commits.run(work)


async def _form(
    request: web.Request, old: Promoter | None, form: Form, errors: Mapping[str, str] | None = None
) -> web.Response:
    parts = request.app[PARTS]
    tx = parts.store.read
    return await guard.page(
        "agenda_promotora.html",
        request,
        400 if errors else 200,
        path_of=PATH,
        old=old,
        here=_address(request, old) if old else f"{PATH}/nueva",
        number=number_words(f"tel:{old.phone}") if old else "",
        pin=pins.one(tx, old.phone, parts.clock.today().date()) if old else None,
        form=form,
        errors=errors or {},
        comunidades=_to_choose(request, form),
        languages=typed.LANGUAGES,
    )


def _to_choose(request: web.Request, form: Form) -> list[tuple[str, str]]:
    """The comunidades that are chosen, then those of the filter, by district."""
    parts = request.app[PARTS]
    places = parts.knowledge(parts.store.read).places
    order = {each.key: (n, each.name) for n, each in enumerate(places.districts)}
    chosen, words = form.getlist("comunidades"), fold(form["filtro"])
    found = []
    for each in places.comunidades:
        position, district = order.get(each.district, (len(order), each.district))
        if each.key in chosen or words in fold(" ".join((each.name, *each.aliases, district))):
            found.append((each.key not in chosen, position, each.key, f"{each.name} ({district})"))
    return [(key, label) for _not_chosen, _position, key, label in sorted(found)]


def _lines(request: web.Request) -> list[Line]:
    """Everybody, by name."""
    parts = request.app[PARTS]
    tx, key = parts.store.read, promoter_key(parts.store.read)
    known = {each.key: each for each in parts.knowledge(tx).places.comunidades}
    kept, linked = pins.by_phone(tx, parts.clock.today().date()), agenda.linked_promoters(tx)
    lines = []
    for each in agenda.all_promoters(tx):
        hers = [known[comunidad] for comunidad in each.comunidades if comunidad in known]
        lines.append(
            Line(
                key=_key(key, each.phone),
                promoter=each,
                comunidades=tuple(one.name for one in hers),
                districts=frozenset(one.district for one in hers),
                pin=kept.get(each.phone),
                has_telegram=each.phone in linked,
            )
        )
    return sorted(lines, key=lambda line: fold(line.promoter.name))


def _fits(line: Line, wanted: Wanted) -> bool:
    """By what the list shows of her: her name, her comunidades, the last digits of her number."""
    shown = " ".join((line.promoter.name, *line.comunidades, line.promoter.phone[-3:]))
    return fold(wanted.said) in fold(shown) and (not wanted.district or wanted.district in line.districts)


def _chosen(request: web.Request) -> Promoter:
    """The promoter whom the address names. Raises NotFound."""
    tx, wanted = request.app[PARTS].store.read, request.match_info["key"]
    key = promoter_key(tx)
    found = next((each for each in agenda.all_promoters(tx) if _key(key, each.phone) == wanted), None)
    if found is None:
        raise guard.NotFound
    return found


def _address(request: web.Request, one: Promoter) -> str:
    return f"{PATH}/{_key(promoter_key(request.app[PARTS].store.read), one.phone)}"


def _key(key: bytes, phone: str) -> str:
    """What a promoter is called in an address, which may be kept in a log where no number may stand."""
    return hmac.digest(key, f"page {phone}".encode(), "sha256").hex()[:_KEY_LETTERS]
