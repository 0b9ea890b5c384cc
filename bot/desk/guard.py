"""Who may use which page: the session behind a request, her role, and the token that every form carries."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from hmac import compare_digest
from urllib.parse import parse_qs, urlsplit

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import BadHttpMessage

from bot.desk import pages
from bot.desk.parts import PARTS
from bot.errors import ChaskiError
from bot.records import audit
from bot.records.audit import Actor, Entry
from bot.records.staff import ROLES, Role, Staff
from bot.records.store import Tx, Unavailable
from bot.service.accounts import Accounts, csrf_token
from bot.settings import Settings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

EVERYBODY: frozenset[Role] = frozenset(ROLES)
ADMIN: frozenset[Role] = frozenset({"admin"})
PUBLIC: frozenset[Role] | None = None
"""Of a route that needs no login."""

LOGIN, PASSWORD, LOGOUT = "/entrar", "/clave", "/salir"
CSRF_FIELD = "vale"
_FIELDS = 500
_LARGEST_ID = 2**63 - 1
_LARGEST_FORM_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Route:
    """One page or form of the desk, and the roles that may use it; PUBLIC for nobody in particular.

    With `most_file_bytes` a form of that size may bring files, and is posted as multipart/form-data.
    """

    method: str
    path: str
    handler: Handler
    roles: frozenset[Role] | None
    most_file_bytes: int = 0


@dataclass(frozen=True, slots=True)
class File:
    """What a browser sent of a file; its name is whatever the browser says."""

    name: str
    body: bytes


class Form:
    """What was posted: the first value of each field, trimmed, and all values of one that repeats."""

    def __init__(self, fields: dict[str, list[str]], files: dict[str, File] | None = None) -> None:
        self._fields, self._files = fields, files or {}

    def __getitem__(self, name: str) -> str:
        return self.get(name)

    def get(self, name: str, default: str = "") -> str:
        return self._fields[name][0].strip() if name in self._fields else default

    def raw(self, name: str) -> str:
        """As it was typed, blanks too: for passwords."""
        return self._fields.get(name, [""])[0]

    def file(self, name: str) -> File | None:
        """A file that was chosen; None for an empty one too."""
        found = self._files.get(name)
        return found if found and found.body else None

    def names(self) -> list[str]:
        """Which fields there are."""
        return list(self._fields)

    def getlist(self, name: str) -> list[str]:
        return [value.strip() for value in self._fields.get(name, []) if value.strip()]


class DeskError(ChaskiError):
    """Ends in a page of `status` that says `kind`."""

    status = kind = 500


class NotFound(DeskError):
    """There is no such object, or it is none of hers: both look the same."""

    status = kind = 404


class NotAllowed(DeskError):
    """A page that is not for her role."""

    status = kind = 403


class StaleForm(DeskError):
    """A form without the token of this session: nothing was done."""

    status, kind = 403, 419


class Unreadable(DeskError):
    """What was posted is no form that can be read."""

    status = kind = 400


class TooLarge(DeskError):
    """A file that is larger than its form takes."""

    status = kind = 413


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is behind a request: `person` None for nobody; `token` is the cookie's, new when `is_new`."""

    person: Staff | None
    token: str
    is_new: bool = False
    notice: str = ""


ACCOUNTS = web.AppKey("accounts", Accounts)
TABLE = web.AppKey("table", tuple[Route, ...])
_VISIT = web.RequestKey("visit", Visit)
_FORM = web.RequestKey("form", Form)


# ── for the pages ─────────────────────────────────────────────────────────────────────────────────────────────────────


def person(request: web.Request) -> Staff:
    """Who is logged in. Only for routes that are not PUBLIC."""
    found = request[_VISIT].person
    if found is None:
        raise NotAllowed
    return found


def visitor(request: web.Request) -> Staff | None:
    """Who is logged in, if anybody is."""
    return request[_VISIT].person


def token(request: web.Request) -> str:
    """What her session is known by."""
    return request[_VISIT].token


async def form(request: web.Request) -> Form:
    """The posted fields. Raises Unreadable for what is no form in UTF-8, or too much of it."""
    if _FORM not in request:
        request[_FORM] = await _read_form(request)
    return request[_FORM]


async def page(template: str, request: web.Request, status: int = 200, **values: object) -> web.Response:
    """A template in the shell of the desk; it knows `staff`, `csrf`, `notice`, `path`, `may(path)`, `has_phone`."""
    visit = await identify(request)
    response = pages.render(template, status, **(_shell(request, visit) | values))
    if visit.notice:
        await request.app[ACCOUNTS].set_notice(visit.token, "")
    if visit.is_new:
        keep_token(request, response, visit.token)
    return response


async def problem(request: web.Request, status: int, kind: int = 0, allow: str = "") -> web.Response:
    """What went wrong: a page for people, three digits for programs. `kind` chooses the words, `status` when 0."""
    headers = {"Allow": allow} if allow else {}
    if _VISIT not in request and "text/html" not in request.headers.get("Accept", ""):
        return web.Response(status=status, text=str(status), headers=headers)
    try:
        response = await page("error.html", request, status, kind=kind or status)
    except Unavailable:  # who she is cannot be looked up: the same page, as for nobody
        response = pages.render("error.html", 503, **_shell(request, Visit(None, "")), kind=503)
    response.headers.update(headers)
    return response


def _shell(request: web.Request, visit: Visit) -> dict[str, object]:
    return {
        "staff": visit.person,
        "csrf": csrf_token(visit.token),
        "notice": visit.notice,
        "path": request.path,
        "may": lambda path: _may(request, visit.person, path),
        "has_phone": not request.app[PARTS].settings.is_public,
    }


async def done(request: web.Request, address: str, notice: str) -> web.Response:
    """After a change: look there instead, where `notice` is shown once."""
    await request.app[ACCOUNTS].set_notice(request[_VISIT].token, notice)
    return pages.to(address)


def actor(request: web.Request) -> Actor:
    """Who acts, for the audit."""
    who = request[_VISIT].person
    return Actor(who.id if who else None, who.name if who else "", origin(request))


async def saw(request: web.Request, what: str, rows: int, action: str = "saw", **filters: object) -> None:
    """Write down that she has seen a list of `rows` rows (or `searched`, `exported` it) with these filters."""
    clock = request.app[PARTS].clock
    details = {name: str(value) for name, value in filters.items() if value}
    entry = Entry(clock.new_id(), clock.now(), actor(request), action, what, details, rows)
    await request.app[PARTS].commits.run(lambda tx: audit.write(tx, entry))


def note(tx: Tx, request: web.Request, action: str, what: str = "", **details: object) -> None:
    """Write down a change, in the transaction that makes it."""
    clock = request.app[PARTS].clock
    said = {name: str(value) for name, value in details.items() if value}
    audit.write(tx, Entry(clock.new_id(), clock.now(), actor(request), action, what, said))


def row_id(given: str) -> int | None:
    """The id of a row out of an address; None for what can be none."""
    is_id = given.isascii() and given.isdigit() and len(given) <= len(str(_LARGEST_ID))
    return int(given) if is_id and int(given) <= _LARGEST_ID else None


def own_path(given: str) -> str:
    """A path of ours to go on to, `/` for anything else."""
    is_plain = given.isprintable() and "\\" not in given and not given.startswith("//")
    parts = urlsplit(given) if is_plain and given.startswith("/") else None
    return given if parts and not parts.netloc and parts.path not in (LOGIN, LOGOUT) else "/"


def origin(request: web.Request) -> str:
    """The client's address; what a proxy says of it is believed on https from this machine only."""
    peer = request.remote or ""
    forwarded = request.headers.getall("X-Forwarded-For", [])
    if not (forwarded and request.app[PARTS].settings.is_public and _is_loopback(peer)):
        return peer
    last = ",".join(forwarded).rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(last))
    except ValueError:
        return peer


# ── for the application ───────────────────────────────────────────────────────────────────────────────────────────────


def guarded(route: Route) -> Handler:
    """The handler of a route, for those who may use it."""

    async def handle(request: web.Request) -> web.StreamResponse:
        visit = await identify(request)
        if route.roles is not None and visit.person is None:
            return pages.to(_login_for(request))
        if request.method == "POST":
            if route.most_file_bytes and request.content_type == "multipart/form-data":
                request[_FORM] = await _read_parts(request, route.most_file_bytes)
            await _check_token(request, visit)
        if route.roles is not None and visit.person and visit.person.role not in route.roles:
            raise NotAllowed
        if visit.person and visit.person.is_single_use and request.path not in (LOGIN, LOGOUT, PASSWORD):
            return pages.to(PASSWORD)
        return await route.handler(request)

    return handle


async def identify(request: web.Request) -> Visit:
    """Whose request this is. Raises Unavailable."""
    if _VISIT not in request:
        token = request.cookies.get(cookie_name(request.app[PARTS].settings), "")
        logged_in = await request.app[ACCOUNTS].who(token) if token else None
        if logged_in:
            request[_VISIT] = Visit(logged_in.person, token, notice=logged_in.notice)
        else:
            request[_VISIT] = Visit(None, token or secrets.token_urlsafe(32), is_new=not token)
    return request[_VISIT]


def cookie_name(settings: Settings) -> str:
    """With https a name that browsers keep to this very host."""
    return "__Host-chaski" if settings.is_public else "chaski"


def keep_token(request: web.Request, response: web.Response, token: str) -> None:
    settings = request.app[PARTS].settings
    response.set_cookie(
        cookie_name(settings), token, path="/", httponly=True, samesite="Lax", secure=settings.is_public
    )


def drop_token(request: web.Request, response: web.Response) -> None:
    settings = request.app[PARTS].settings
    response.del_cookie(cookie_name(settings), path="/", httponly=True, samesite="Lax", secure=settings.is_public)


def _may(request: web.Request, who: Staff | None, path: str) -> bool:
    """Whether a page is there for her."""
    roles = next((route.roles for route in request.app[TABLE] if (route.method, route.path) == ("GET", path)), None)
    return who is not None and roles is not None and who.role in roles and not who.is_single_use


def _login_for(request: web.Request) -> str:
    """The login, which leads on to the page that was asked for; a form that was posted is lost."""
    wanted = request.path_qs if request.method in ("GET", "HEAD") and request.path != "/" else ""
    return pages.link(LOGIN, ir=wanted)


async def _check_token(request: web.Request, visit: Visit) -> None:
    given = (await form(request)).get(CSRF_FIELD)
    if not compare_digest(given.encode(), csrf_token(visit.token).encode()):
        raise StaleForm


async def _read_form(request: web.Request) -> Form:
    if request.content_type != "application/x-www-form-urlencoded":
        raise Unreadable
    try:
        body = await request.read()
        if len(body) > _LARGEST_FORM_BYTES:
            raise Unreadable
        return Form(parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS, errors="strict"))
    except (ValueError, web.HTTPRequestEntityTooLarge):  # no UTF-8, too many fields, too long
        raise Unreadable from None


async def _read_parts(request: web.Request, most_bytes: int) -> Form:
    """A form with files, of at most so many bytes in all. Raises TooLarge, and Unreadable for what is none."""
    fields, files, left = dict[str, list[str]](), dict[str, File](), most_bytes
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or not part.name or len(fields) + len(files) >= _FIELDS:
                raise Unreadable
            body = await _read_part(part, left)
            left -= len(body)
            if part.filename is None:
                fields.setdefault(part.name, []).append(body.decode())
            else:
                files[part.name] = File(part.filename, body)
    except (ValueError, BadHttpMessage):  # broken parts, or fields that are no UTF-8
        raise Unreadable from None
    return Form(fields, files)


async def _read_part(part: BodyPartReader, most_bytes: int) -> bytes:
    body = bytearray()
    while chunk := await part.read_chunk():
        body += chunk
        if len(body) > most_bytes:
            raise TooLarge
    return bytes(body)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def table(routes: Iterable[Route]) -> list[web.RouteDef]:
    """The routes as the web server takes them."""
    return [web.route(route.method, route.path, guarded(route)) for route in routes]
