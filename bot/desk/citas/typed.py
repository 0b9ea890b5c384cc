"""What somebody types into the forms of appointments, as values; each wrong field with a sentence of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from typing import TypeVar

from bot.desk.guard import Form
from bot.desk.pages import gettext as _
from bot.records.agenda import Campaign, Clinic, Name, hours_of_places
from bot.service.appointments.counter import MONTHS, Caller
from bot.service.imports import cells
from bot.service.knowledge import Knowledge

T = TypeVar("T")

LONGEST_TEXT, MOST_PLACES, OLDEST_YEARS = 160, 1_000, 120
SEXES = ("f", "m")
_AGE = re.compile(r"(\d{1,3})\s*(?:(m|mes|meses)|a|años?|anos?)?\.?", re.IGNORECASE)


class Typed:
    """The fields of a form; what cannot be used is kept in `errors`, a sentence for each field."""

    def __init__(self, form: Form) -> None:
        self._form, self.errors = form, dict[str, str]()

    def take(self, field: str, parse: Callable[[str], T], wrong: str) -> T | None:
        """What a field means; None, and `wrong` beside it, where it means nothing."""
        try:
            return parse(self._form[field])
        except ValueError:
            self.wrong(field, wrong)
            return None

    def text(self, field: str, missing: str = "") -> str:
        """One line; with `missing` it may not be empty."""
        said = self.take(field, line, _("Hasta 160 letras, en una línea.")) or ""
        if missing and not said:
            self.wrong(field, missing)
        return said

    def name(self, field: str, missing: str = "") -> Name:
        """The same in both languages."""
        return Name(self.text(field, missing), self.text(f"{field}_quz"))

    def choice(self, field: str, known: frozenset[str], wrong: str) -> str:
        said = self._form[field]
        if said not in known:
            self.wrong(field, wrong)
        return said

    def hours(self, opens_field: str, closes_field: str) -> tuple[time | None, time | None]:
        wrong = _("Escriba la hora así: 08:00.")
        opens, closes = self.take(opens_field, cells.clock, wrong), self.take(closes_field, cells.clock, wrong)
        if opens and closes and closes <= opens:
            self.wrong(closes_field, _("Termina antes de empezar."))
        return opens, closes

    def count(self, field: str, most: int, wrong: str) -> int | None:
        return self.take(field, lambda said: cells.count(said, most), wrong)

    def wrong(self, field: str, sentence: str) -> None:
        self.errors.setdefault(field, sentence)


def line(said: str) -> str:
    """One line of printable letters. Raises ValueError for one that is too long."""
    return cells.text("".join(sign if sign.isprintable() else " " for sign in said), LONGEST_TEXT)


# ── a campaign's day ──────────────────────────────────────────────────────────────────────────────────────────────────


def campaign(form: Form, knowledge: Knowledge, today: date, old: Campaign | None) -> tuple[Campaign, dict[str, str]]:
    """The day of a form, to be used when there are no errors; its key is the old one's, or still empty."""
    typed = Typed(form)
    opens, closes = typed.hours("desde", "hasta")
    read = Campaign(
        key=old.key if old else "",
        name=typed.name("nombre", _("Póngale un nombre: por ejemplo, Campaña de pediatría.")),
        topic=typed.choice("tema", frozenset(_topics(knowledge)), _("Elija de qué trata.")),
        district=typed.choice("distrito", _districts(knowledge), _("Elija el distrito.")),
        place=typed.text("lugar", _("Diga dónde: por ejemplo, posta de Zurite.")),
        date=_day(typed, today, old),
        opens=opens,
        closes=closes,
        bring=typed.name("traer"),
        cost=typed.name("costo"),
        note=typed.text("nota"),
        source=old.source if old and not old.is_sample else "",
        is_cancelled=old.is_cancelled if old else False,
    )
    chosen = [key for key in knowledge.content.specialties if key in form.getlist("atiende")]
    return replace(read, clinics=tuple(_clinic(typed, key, read) for key in chosen)), typed.errors


def fields(day: Campaign) -> dict[str, list[str]]:
    """The fields of a day as it stands."""
    plain = {
        "fecha": day.date.isoformat(),
        "distrito": day.district,
        "lugar": day.place,
        "desde": _clock(day.opens),
        "hasta": _clock(day.closes),
        "tema": day.topic,
        "nota": day.note,
    }
    for field, both in (("nombre", day.name), ("traer", day.bring), ("costo", day.cost)):
        plain |= {field: both.es, f"{field}_quz": both.quz}
    for clinic in day.clinics:
        plain |= {f"{clinic.specialty}_{name}": value for name, value in _clinic_fields(clinic).items()}
    return {name: [value] for name, value in plain.items()} | {"atiende": list(day.specialties)}


def usual(knowledge: Knowledge) -> Form:
    """The form of a new day: of each specialty, whom it is usually for."""
    given = {"tema": ["especialistas"]}
    for specialty in knowledge.content.specialties.values():
        named = _clinic_fields(specialty.clinic(None))
        given |= {f"{specialty.key}_{name}": [value] for name, value in named.items()}
    return Form(given)


def _topics(knowledge: Knowledge) -> list[str]:
    return [topic.key for topic in knowledge.content.topics.values() if topic.kind == "campaign"]


def _districts(knowledge: Knowledge) -> frozenset[str]:
    return frozenset(district.key for district in knowledge.places.districts)


def _day(typed: Typed, today: date, old: Campaign | None) -> date:
    day = typed.take("fecha", cells.day, _("Escriba la fecha así: 12/03/2027."))
    if day and day < today and not (old and old.date == day):
        typed.wrong("fecha", _("Esa fecha ya pasó."))
    return day or today


def _clinic(typed: Typed, specialty: str, day: Campaign) -> Clinic:
    opens, closes = typed.hours(f"{specialty}_desde", f"{specialty}_hasta")
    age = _("Escriba los años con cifras: por ejemplo, 17.")
    first = typed.count(f"{specialty}_edad_desde", OLDEST_YEARS, age)
    last = typed.count(f"{specialty}_edad_hasta", OLDEST_YEARS, age)
    if first is not None and last is not None and last < first:
        typed.wrong(f"{specialty}_edad_hasta", _("La edad de hasta es menor que la de desde."))
    clinic = Clinic(
        specialty,
        typed.count(f"{specialty}_lugares", MOST_PLACES, _("Escriba cuántos, de 0 a 1000.")),
        typed.count(f"{specialty}_por_hora", MOST_PLACES, _("Escriba cuántos cada hora, o nada.")) or None,
        opens,
        closes,
        typed.choice(f"{specialty}_sexo", frozenset(("", *SEXES)), _("Elija a quién atiende.")),
        first,
        last,
    )
    return _with_room(typed, clinic, day)


def _with_room(typed: Typed, clinic: Clinic, day: Campaign) -> Clinic:
    """With so many each hour the hours must be known, and hold as many as there are places."""
    if not clinic.per_hour:
        return clinic
    if not (day.opening(clinic) and day.closing(clinic)):
        typed.wrong(f"{clinic.specialty}_por_hora", _("Para dar horas, diga desde y hasta qué hora atiende."))
        return clinic
    room = len(hours_of_places(day, replace(clinic, places=None)))
    if clinic.places is not None and clinic.places > room:
        sentence = _("En esas horas caben {room}, no {places}.").format(room=room, places=clinic.places)
        typed.wrong(f"{clinic.specialty}_lugares", sentence)
    return replace(clinic, places=room if clinic.places is None else clinic.places)


def _clinic_fields(clinic: Clinic) -> dict[str, str]:
    return {
        "lugares": _number(clinic.places),
        "por_hora": _number(clinic.per_hour),
        "desde": _clock(clinic.opens),
        "hasta": _clock(clinic.closes),
        "sexo": clinic.sex,
        "edad_desde": _number(clinic.age_from_years),
        "edad_hasta": _number(clinic.age_to_years),
    }


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _clock(moment: time | None) -> str:
    return f"{moment:%H:%M}" if moment else ""


# ── somebody at the counter ───────────────────────────────────────────────────────────────────────────────────────────


def caller(form: Form, knowledge: Knowledge) -> tuple[Caller, dict[str, str]]:
    """Whoever is to be registered, to be used when there are no errors."""
    typed, wrong = Typed(form), _("Ese número no es de un celular del Perú: son nueve cifras que empiezan con 9.")
    comunidades = frozenset(("", *(each.key for each in knowledge.places.comunidades)))
    name = typed.text("nombre", _("Escriba su nombre y apellido."))
    age = typed.take("edad", age_months, _("Escriba los años, o los meses así: 8 meses."))
    phone = typed.take("celular", lambda said: cells.mobile(said) if said else "", wrong)
    comunidad = typed.choice("comunidad", comunidades, _("Elija la comunidad de la lista."))
    return Caller(name, age or 0, comunidad or None, phone or ""), typed.errors


def age_months(said: str) -> int:
    """`34`, `34 años`, `8 meses`. Raises ValueError for what is no age."""
    found = _AGE.fullmatch(said.strip())
    months = (int(found[1]) * (1 if found[2] else MONTHS)) if found else -1
    if not 0 <= months <= OLDEST_YEARS * MONTHS:
        raise ValueError(said)
    return months
