"""How a page is made: a Jinja template in which everything is escaped and a forgotten value is an error."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.clock import LIMA
from bot.language import wording

HERE = Path(__file__).parent
STATIC = HERE / "static"

_environment = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)
_environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # the extension brings it


def render(template: str, status: int = 200, **values: object) -> web.Response:
    """A template of `templates/` as an answer. What it shows is somebody's, so nobody on the way keeps it."""
    text = _environment.get_template(template).render(values)
    # `same-origin`, not `no-referrer`: with the latter a browser hides where a form comes from, even from us.
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def link(path: str, **query: object) -> str:
    """A path with those of the query's values that say something."""
    said = {name: str(value) for name, value in query.items() if value}
    return f"{path}?{urlencode(said)}" if said else path


def to(address: str) -> web.Response:
    """Look there instead, with GET: what has been posted is not posted again by a reload."""
    return web.Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})


def static(name: str) -> str:
    """The address of a file of `static/`, which changes with what is in it, so that no browser shows an old one."""
    return f"/estatico/{name}?v={_marks[name]}"


def gettext(sentence: str) -> str:
    """A sentence that a page shows and no template holds; imported as `_`, so that it is found for translation."""
    return sentence


def day(when: date) -> str:
    """`viernes 12 de marzo de 2027`."""
    return f"{wording.day(when, 'es')} de {when.year}"


def month(when: date) -> str:
    return wording.MONTHS[when.month - 1]


def moment(when: datetime) -> str:
    """A stored moment as the province's wall clock shows it: `12/03/2027 09:05`."""
    return f"{when.astimezone(LIMA):%d/%m/%Y %H:%M}"


_marks = {file.name: sha256(file.read_bytes()).hexdigest()[:10] for file in STATIC.iterdir() if file.is_file()}
_environment.globals["static"] = static
_environment.globals["link"] = link
_environment.filters["day"] = day
_environment.filters["month"] = month
_environment.filters["moment"] = moment
