"""Answers that fit often, in both languages: read by their Mesa, and added, changed and removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.desk import guard
from bot.desk.bandeja import reply, scope
from bot.desk.bandeja.reply import Reply
from bot.desk.bandeja.words import LANGUAGES
from bot.desk.guard import Form
from bot.desk.pages import gettext as _
from bot.desk.parts import PARTS
from bot.records import cases
from bot.records.cases import CannedAnswer, Mesa
from bot.records.staff import Staff
from bot.records.store import Tx
from bot.service.feedback.said import Said

PATH = "/bandeja/respuestas"


@dataclass(frozen=True, slots=True)
class Line:
    """A canned answer with what it takes as a message; `may_change` whether it is hers to change."""

    answer: CannedAnswer
    said: Mapping[str, Said]
    may_change: bool


async def show(request: web.Request) -> web.Response:
    """Those of her Mesas and those of all; `cambiar` puts one into the form."""
    tx, key = request.app[PARTS].store.read, request.query.get("cambiar", "")
    chosen = next((each for each in _hers(request, tx) if each.key == key), None)
    if key and (chosen is None or not _may_change(guard.person(request), chosen.mesa)):
        raise guard.NotFound
    return await _page(request, _form_of(chosen) if chosen else Form({}))


async def put(request: web.Request) -> web.Response:
    """A new one, or the one of `clave` as it was changed; refused when a language needs more than two SMS."""
    parts, form, me = request.app[PARTS], await guard.form(request), guard.person(request)
    tx, draft, mesa, key = parts.store.read, reply.typed(form), form["mesa"], form["clave"]
    old = next((each for each in cases.canned_answers(tx) if each.key == key), None)
    if key and (old is None or not _may_change(me, old.mesa)):
        raise guard.NotFound
    errors = reply.canned_problems(request, _mesas_of(tx, mesa), draft) if _is_open_to(me, tx, mesa) else _wrong_mesa()
    if errors:
        return await _page(request, form, errors)
    answer = CannedAnswer(key or f"r{parts.clock.new_id()}", mesa, draft.es, draft.quz)

    def work(writing: Tx) -> None:
        cases.put_canned_answer(writing, answer, parts.clock.now())
        guard.note(writing, request, "canned_changed" if old else "canned_added", answer.key, mesa=mesa)

    await parts.commits.run(work)
    return await guard.done(request, PATH, _("La respuesta está guardada: ya se puede elegir."))


async def remove(request: web.Request) -> web.Response:
    """It can be chosen no more; what was answered with it stays as it was said."""
    parts, me = request.app[PARTS], guard.person(request)
    key = request.match_info["id"]
    found = next((each for each in cases.canned_answers(parts.store.read) if each.key == key), None)
    if found is None or not _may_change(me, found.mesa):
        raise guard.NotFound

    def work(tx: Tx) -> None:
        cases.remove_canned_answer(tx, key)
        guard.note(tx, request, "canned_removed", key, mesa=found.mesa)

    await parts.commits.run(work)
    return await guard.done(request, PATH, _("La respuesta ya no está en la lista."))


async def _page(request: web.Request, form: Form, errors: Mapping[str, str] | None = None) -> web.Response:
    tx, me = request.app[PARTS].store.read, guard.person(request)
    mesas = scope.mesas(me, tx)
    draft = reply.typed(form)
    return await guard.page(
        "bandeja_respuestas.html",
        request,
        400 if errors else 200,
        lines=[
            Line(
                each,
                reply.widest(request, _mesas_of(tx, each.mesa), Reply(each.es, each.quz)),
                _may_change(me, each.mesa),
            )
            for each in _hers(request, tx)
        ],
        mesas=[(mesa.key, mesa.name.es) for mesa in mesas],
        mesa_names={mesa.key: mesa.name.es for mesa in cases.mesas(tx)},
        may_be_for_all=me.role == "admin",
        form=form,
        draft=draft,
        preview=reply.Preview(reply.widest(request, _mesas_of(tx, form["mesa"]), draft)) if draft.written else None,
        languages=LANGUAGES,
        errors=errors or {},
    )


def _hers(request: web.Request, tx: Tx) -> list[CannedAnswer]:
    """What she may choose: of all Mesas, and of hers."""
    keys = {"", *(mesa.key for mesa in scope.mesas(guard.person(request), tx))}
    return [each for each in cases.canned_answers(tx) if each.mesa in keys]


def _may_change(me: Staff, mesa: str) -> bool:
    return me.role == "admin" or (bool(mesa) and mesa in me.mesas)


def _is_open_to(me: Staff, tx: Tx, mesa: str) -> bool:
    """Whether she may keep an answer for that Mesa; the empty key is all of them."""
    is_known = not mesa or any(each.key == mesa for each in cases.mesas(tx))
    return is_known and _may_change(me, mesa)


def _wrong_mesa() -> dict[str, str]:
    return {"mesa": _("Elija una mesa de las suyas.")}


def _mesas_of(tx: Tx, mesa: str) -> list[Mesa]:
    """The Mesas that may say it."""
    every = cases.mesas(tx)
    return [each for each in every if each.key == mesa] or every


def _form_of(answer: CannedAnswer) -> Form:
    return Form({"clave": [answer.key], "mesa": [answer.mesa], "es": [answer.es], "quz": [answer.quz]})
