"""Coming in, going out and choosing a password."""

from __future__ import annotations

from aiohttp import web

from bot.desk import guard, pages
from bot.service.accounts import LONGEST_NAME, TooManyTries, Unacceptable, WrongLogin

_FIELDS = {"old": "ahora", "new": "nueva"}


async def show(request: web.Request) -> web.Response:
    """The login; whoever is logged in goes on at once."""
    go_on = guard.own_path(request.query.get("ir", ""))
    return pages.to(go_on) if guard.visitor(request) else await _show(request)


async def log_in(request: web.Request) -> web.Response:
    """Let her in with a new token, and on to the page that she wanted."""
    form, accounts = await guard.form(request), request.app[guard.ACCOUNTS]
    try:
        token = await accounts.log_in(form["nombre"], form.raw("contrasena"), guard.origin(request))
    except WrongLogin:
        return await _show(request, 401, form["nombre"], is_wrong=True)
    except TooManyTries as early:
        response = await _show(request, 429, form["nombre"], wait_seconds=early.seconds)
        response.headers["Retry-After"] = str(early.seconds)
        return response
    return _with_token(request, guard.own_path(request.query.get("ir", "")), token)


async def log_out(request: web.Request) -> web.Response:
    await request.app[guard.ACCOUNTS].log_out(guard.token(request), guard.actor(request))
    response = pages.to(guard.LOGIN)
    guard.drop_token(request, response)
    return response


async def show_password(request: web.Request) -> web.Response:
    return await guard.page("clave.html", request, field="", problem="")


async def change_password(request: web.Request) -> web.Response:
    """Her own password for the one she has; every other session of hers ends."""
    form, person, accounts = await guard.form(request), guard.person(request), request.app[guard.ACCOUNTS]
    old, new = form.raw("ahora"), form.raw("nueva")
    if new != form.raw("otra_vez"):
        return await guard.page("clave.html", request, 400, field="otra_vez", problem="differs")
    try:
        token = await accounts.change_password(person, old, new, guard.origin(request))
    except Unacceptable as wrong:
        return await guard.page("clave.html", request, 400, field=_FIELDS[wrong.field], problem=wrong.problem)
    except TooManyTries:
        return await guard.page("clave.html", request, 429, field="ahora", problem="wait")
    return _with_token(request, "/", token)


async def _show(
    request: web.Request, status: int = 200, name: str = "", is_wrong: bool = False, wait_seconds: int = 0
) -> web.Response:
    return await guard.page(
        "entrar.html",
        request,
        status,
        go_on=_wanted(request),
        name=name[:LONGEST_NAME],
        is_wrong=is_wrong,
        wait_seconds=wait_seconds,
    )


def _wanted(request: web.Request) -> str:
    """The page to go on to, when it is another than the first."""
    go_on = guard.own_path(request.query.get("ir", ""))
    return "" if go_on == "/" else go_on


def _with_token(request: web.Request, address: str, token: str) -> web.Response:
    response = pages.to(address)
    guard.keep_token(request, response, token)
    return response
