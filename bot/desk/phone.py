"""The resident's phones in the browser: one with SMS only, one with Telegram, both on the inbox of every channel."""

from __future__ import annotations

import json
import re
import secrets
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from bot.channels import simulator
from bot.channels.base import clean
from bot.clock import LIMA, from_text
from bot.conversation.message import Inbound, Medium, Option
from bot.desk import pages
from bot.desk.parts import PARTS, Parts
from bot.errors import BadRequest, Forbidden
from bot.language import wording
from bot.records import messages

STATIC = pages.STATIC

PATH = "/telefono"
MEDIA: tuple[Medium, ...] = ("sms", "telegram")
LANGUAGE_WORDS = {"quz": "QUECHUA", "es": "CASTELLANO"}
EXAMPLES = (
    ("es", "q dia es la feria"),
    ("quz", "zuritepi ima obran kashan"),
    ("es", "obras agua 2008"),
    ("quz", "haykaqmi feria inquilpatapi"),
    ("es", "campaña de salud en anta"),
    ("es", "MENU"),
)
LINES_SHOWN = 40
LONGEST_PRESS_BYTES = 64
LONGEST_PREPARED = 200
FARTHEST = timedelta(days=36_525)
_FIELDS = 20
_MOBILE = re.compile(r"9[0-9]{8}")
_SECONDS = re.compile(r"-?[0-9]{1,10}")

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Unusable(BadRequest):
    """Something in the address or the form cannot be used; the sentence is shown on a page."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a browser plays: nine digits of a mobile number, and how many seconds her clock is ahead of the service's."""

    number: str
    ahead_seconds: int = 0

    def address(self, medium: Medium) -> str:
        return f"telegram:51{self.number}" if medium == "telegram" else f"tel:+51{self.number}"

    def now(self, parts: Parts) -> datetime:
        return parts.clock.now() + timedelta(seconds=self.ahead_seconds)

    def link(self, **more: object) -> str:
        return pages.link(PATH, numero=self.number, adelanto=self.ahead_seconds, **more)


@dataclass(frozen=True, slots=True)
class Line:
    """One message as a phone shows it; `day` is said where a new one begins."""

    id: int
    is_hers: bool
    text: str
    language: str
    day: str
    clock: str
    is_press: bool = False
    is_unanswered: bool = False
    encoding: str = ""
    segments: int = 0
    price: str = ""
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """What one phone shows: its lines, and what they cost whoever sends the answers."""

    medium: Medium
    lines: tuple[Line, ...]
    sent: int
    segments: int
    price: str

    @property
    def last_id(self) -> int:
        return self.lines[-1].id if self.lines else 0


def _saying(handler: Handler) -> Handler:
    """What cannot be used is said in a sentence on a page of its own, status 400."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except Unusable as unusable:
            return pages.render("problema.html", status=400, sentence=str(unusable), back=PATH)

    return handle


@_saying
async def page(request: web.Request) -> web.Response:
    """Both phones of one person. Without a number in the address, one is made up and put there."""
    parts, query = request.app[PARTS], request.query
    if not query.get("numero") or "hora" in query:
        return pages.to(_settled(parts, query).link())
    visitor = _visitor(query)
    now = visitor.now(parts).astimezone(LIMA)
    return pages.render(
        "telefono.html",
        visitor=visitor,
        talks=[_talk(parts, visitor, each) for each in MEDIA],
        examples=EXAMPLES,
        prepared=clean(query.get("texto", ""))[:LONGEST_PREPARED],
        today=f"{wording.day(now.date(), 'es')} de {now.year}",
        clock=f"{now:%H:%M:%S}",
        chosen=f"{now:%Y-%m-%dT%H:%M}" if visitor.ahead_seconds else "",
        price=_price(parts, 1),
    )


@_saying
async def talk(request: web.Request) -> web.Response:
    """One phone's messages as a piece of HTML; 204 when nothing came after `desde`."""
    parts, query = request.app[PARTS], request.query
    shown = _talk(parts, _visitor(query), _medium(query))
    if query.get("desde") == str(shown.last_id):
        return web.Response(status=204)
    return pages.render("charla.html", talk=shown)


@_saying
async def write(request: web.Request) -> web.Response:
    """Take in what she wrote or pressed as any channel would, then show the phone again: all of it, or a piece."""
    parts = request.app[PARTS]
    _refuse_other_sites(request)
    form = await _form(request)
    visitor = _visitor(form)
    inbound = _inbound(parts, form, visitor)
    taken = [await parts.inbox.receive(message) for message in inbound]
    medium = inbound[0].medium
    if "trozo" not in form:
        return pages.to(f"{visitor.link()}#{medium}")
    shown = _talk(parts, visitor, medium)
    if not shown.lines:  # she had herself erased: the answer is shown this once
        farewell = messages.replies_to(parts.store.read, taken[0].inbound_id)
        since = {"direction": "out", "kind": "text", "language": None}
        shown = _as_talk(parts, medium, [{**row, **since, "at": row["created_at"]} for row in farewell], 0, 0)
    return pages.render("charla.html", talk=shown)


# ── what the browser sends ────────────────────────────────────────────────────────────────────────────────────────────


def _refuse_other_sites(request: web.Request) -> None:
    """A page of somebody else must not write in her name. Programs, which say nothing of where they are, may."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is None and origin is not None:
        site = "same-origin" if urlsplit(origin).netloc == request.host else "cross-site"
    if site not in (None, "same-origin", "none"):
        raise Forbidden("The form was sent from another site.")


async def _form(request: web.Request) -> dict[str, str]:
    """The posted fields. Raises Unusable for what is no form in UTF-8."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise Unusable("Lo enviado no es un formulario de esta página.")
    try:
        body = (await request.read()).decode()
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=_FIELDS))
    except ValueError:  # no UTF-8, or too many fields
        raise Unusable("No se pudo leer lo enviado.") from None


def _visitor(given: Mapping[str, str]) -> Visitor:
    """Who writes, from the query or the form."""
    ahead = given.get("adelanto", "") or "0"
    if not _SECONDS.fullmatch(ahead) or abs(int(ahead)) > FARTHEST.total_seconds():
        raise Unusable("Esa hora no se puede usar: elija una fecha entre hoy y cien años antes o después.")
    return Visitor(_number(given.get("numero", "")), int(ahead))


def _number(given: str) -> str:
    digits = re.sub(r"[\s+.-]", "", given)
    digits = digits.removeprefix("51")  # no mobile number begins like the country
    if not _MOBILE.fullmatch(digits):
        raise Unusable("Ese número no es de un celular del Perú: escriba nueve cifras que empiecen con 9.")
    return digits


def _settled(parts: Parts, query: Mapping[str, str]) -> Visitor:
    """The number and clock asked for, or made up: a number that nobody gave, the hour that it is."""
    number = query.get("numero") or f"984{secrets.randbelow(10**6):06}"
    visitor = _visitor({"numero": number, "adelanto": query.get("adelanto", "")})
    if "hora" not in query:
        return visitor
    return Visitor(visitor.number, _ahead(parts, query["hora"].strip()))


def _ahead(parts: Parts, hour: str) -> int:
    """Whole seconds from the service's hour to the chosen one, never short of it: a clock that was set runs on."""
    if not hour:
        return 0
    try:
        moment = datetime.fromisoformat(hour)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=LIMA)
        distance = moment - parts.clock.now()
    except (ValueError, OverflowError):
        raise Unusable("Esa hora no se entiende: escriba fecha y hora, por ejemplo 2027-03-12T09:00.") from None
    if abs(distance) > FARTHEST:
        raise Unusable("Esa hora no se puede usar: elija una fecha entre hoy y cien años antes o después.")
    return ceil(distance.total_seconds())


def _medium(given: Mapping[str, str]) -> Medium:
    for medium in MEDIA:
        if given.get("medio", "sms") == medium:
            return medium
    raise Unusable("Ese teléfono no existe: hay uno de SMS y uno de Telegram.")


def _inbound(parts: Parts, form: Mapping[str, str], visitor: Visitor) -> list[Inbound]:
    """The messages a form stands for: one, or her language's word on both phones."""
    if "idioma" in form:
        word = LANGUAGE_WORDS.get(form["idioma"])
        if word is None:
            raise Unusable("Ese idioma no se ofrece: elija quechua o castellano.")
        return [_message(parts, visitor, medium, word) for medium in MEDIA]
    medium, press = _medium(form), clean(form.get("press", ""))
    if len(press.encode()) > LONGEST_PRESS_BYTES:
        raise Unusable("Ese botón no es de esta página.")
    text = _label(parts, visitor, medium, press) if press else clean(form.get("texto", ""))
    return [_message(parts, visitor, medium, text, press)]


def _message(parts: Parts, visitor: Visitor, medium: Medium, text: str, press: str = "") -> Inbound:
    return Inbound(
        channel=simulator.NAME,
        medium=medium,
        address=visitor.address(medium),
        provider_id=uuid.uuid4().hex,
        text=text,
        kind="press" if press else "text" if text.strip() else "other",
        press=press,
        at=visitor.now(parts) if visitor.ahead_seconds else None,
    )


def _label(parts: Parts, visitor: Visitor, medium: Medium, press: str) -> str:
    """What stood on the newest button with this data; empty when none was offered."""
    for row in reversed(messages.talk(parts.store.read, visitor.address(medium), LINES_SHOWN)):
        for option in _options(row["options"]):
            if option.data == press:
                return option.label
    return ""


# ── what the phones show ──────────────────────────────────────────────────────────────────────────────────────────────


def _talk(parts: Parts, visitor: Visitor, medium: Medium) -> Talk:
    tx, address = parts.store.read, visitor.address(medium)
    rows = [dict(row) for row in messages.talk(tx, address, LINES_SHOWN)]
    sent, segments = messages.sent_to(tx, address)
    return _as_talk(parts, medium, rows, sent, segments)


def _as_talk(parts: Parts, medium: Medium, rows: Sequence[Mapping[str, Any]], sent: int, segments: int) -> Talk:
    lines: list[Line] = []
    day = ""
    for row in rows:
        line = _line(parts, medium, row)
        if line.text or line.options or line.is_hers:
            lines.append(line if line.day != day else replace(line, day=""))
            day = line.day
    return Talk(medium, tuple(lines), sent, segments, _price(parts, segments))


def _line(parts: Parts, medium: Medium, row: Mapping[str, Any]) -> Line:
    at = from_text(row["at"]).astimezone(LIMA)
    is_hers = row["direction"] == "in"
    return Line(
        id=row["id"],
        is_hers=is_hers,
        text=row["body"] if medium == "sms" else row["unfolded"] or row["body"],
        language=row["language"] or "",
        day=wording.day(at.date(), "es"),
        clock=f"{at:%H:%M}",
        is_press=row["kind"] == "press",
        is_unanswered=is_hers and row["state"] == "silent",
        encoding=row["encoding"],
        segments=row["segments"],
        price=_price(parts, row["segments"]),
        options=_options(row["options"]),
    )


def _options(stored: str) -> tuple[Option, ...]:
    return tuple(Option(label, data) for label, data in json.loads(stored))


def _price(parts: Parts, segments: int) -> str:
    return f"S/ {segments * parts.settings.sms_price_soles:.2f}"
