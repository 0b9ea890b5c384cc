"""What of the inbox somebody asks to see: the filter of the address, as it is looked for and as links keep it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.desk import pages
from bot.desk.bandeja import scope
from bot.desk.pages import gettext as _
from bot.records.cases import KINDS, Filter, State
from bot.records.staff import Staff

PATH = "/bandeja"
LONGEST_WORDS = 80
OPEN = "abiertas"
STATES: dict[str, str] = {
    OPEN: _("abiertas"),
    "vencidas": _("vencidas"),
    "dudosas": _("sin Mesa clara"),
    "respondidas": _("respondidas"),
    "cerradas": _("cerradas"),
    "todas": _("todas"),
}
_ROWS: dict[str, State] = {OPEN: "open", "dudosas": "open", "respondidas": "answered", "cerradas": "closed"}


@dataclass(frozen=True, slots=True)
class Wish:
    """The filter as it was asked for: values of the form, empty for any; `errors` has a sentence for a wrong field."""

    state: str = OPEN
    mesa: str = ""
    district: str = ""
    kind: str = ""
    from_day: str = ""
    to_day: str = ""
    words: str = ""
    is_mine: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, str]:
        """As the address keeps it."""
        return {
            "estado": "" if self.state == OPEN else self.state,
            "mesa": self.mesa,
            "distrito": self.district,
            "tipo": self.kind,
            "desde": self.from_day,
            "hasta": self.to_day,
            "palabras": self.words,
            "mias": "1" if self.is_mine else "",
        }

    def link(self, page: int = 1) -> str:
        """The address of a page of this list."""
        return pages.link(PATH, **self.fields, pagina=page if page > 1 else "")


def read(query: Mapping[str, str]) -> Wish:
    """The filter of an address; what it does not know counts as nothing asked, but a day that is none is an error."""
    errors = {
        name: _("Escriba el día así: 2027-03-31.")
        for name in ("desde", "hasta")
        if query.get(name) and not _day(query[name])
    }
    return Wish(
        state=query.get("estado", "") if query.get("estado", "") in STATES else OPEN,
        mesa=query.get("mesa", ""),
        district=query.get("distrito", ""),
        kind=query.get("tipo", "") if query.get("tipo", "") in KINDS else "",
        from_day=query.get("desde", "").strip(),
        to_day=query.get("hasta", "").strip(),
        words=" ".join(query.get("palabras", "").split())[:LONGEST_WORDS],
        is_mine=bool(query.get("mias")),
        errors=errors,
    )


def rows(wish: Wish, me: Staff, now: datetime) -> Filter:
    """What is looked for, within the Mesas and districts that are hers to read."""
    is_due = wish.state in (OPEN, "vencidas", "dudosas", "todas")
    return Filter(
        mesas=_narrowed(wish.mesa, scope.mesa_keys(me)),
        districts=_narrowed(wish.district, scope.districts(me)),
        state=_ROWS.get(wish.state, ""),
        overdue_at=now if wish.state == "vencidas" else None,
        unsure=wish.state == "dudosas",
        assigned_to=me.id if wish.is_mine else None,
        from_day=_day(wish.from_day),
        to_day=_day(wish.to_day),
        words=wish.words,
        kind=wish.kind,
        joined=bool(wish.words),  # her own words, or her code, lead to the report that she made
        order="due" if is_due else "newest",
    )


def _narrowed(wanted: str, hers: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """The one that was asked for, if it is among hers; None for all that there are."""
    if not wanted:
        return hers
    return (wanted,) if hers is None or wanted in hers else ()


def _day(given: str) -> date | None:
    try:
        return date.fromisoformat(given.strip()) if given.strip() else None
    except ValueError:
        return None
