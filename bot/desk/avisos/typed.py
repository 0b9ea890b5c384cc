"""The form of a notice and the notice itself: from what somebody typed to a row, and back into the form."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.channels.base import clean
from bot.clock import LIMA
from bot.desk.avisos.words import split_rule
from bot.desk.citas.typed import Typed, line
from bot.desk.guard import Form
from bot.desk.pages import gettext as _
from bot.language.catalogue import LANGUAGES
from bot.records.agenda import Pattern, pattern, rules
from bot.records.notices import Audience, Notice
from bot.records.topics import TOPICS
from bot.service.imports import cells
from bot.service.notices.events import Event
from bot.service.notices.words import FIELDS

AT_ONCE, AT_AN_HOUR, REPEATING = "ahora", "hora", "repite"
"""When it leaves, as the form says it."""

ORDINALS = {"": "", "1": "primer", "2": "segundo", "3": "tercer", "4": "cuarto", "-1": "ultimo"}
"""Which of a month a repeating notice takes; the empty one is every week."""

BOTH_LANGUAGES = tuple(name for name, kind in FIELDS.items() if not kind)
"""The fields that may be said otherwise in Quechua."""

LONGEST_TEXT, MOST_HOURS = 800, 7 * 24
EVENING = time(20)
"""Until when a day lasts for a notice, where no hour is given."""

TOPIC_OF = {"campaign": "campaigns", "work": "works", "fair": "fairs"}


@dataclass(frozen=True, slots=True)
class Offered:
    """What she may choose from: keys of districts, comunidades and campaigns, and events as `campaign:KEY`."""

    districts: Collection[str]
    comunidades: Collection[str]
    campaigns: Collection[str]
    events: Collection[str]
    may_be_urgent: bool


def notice(
    form: Form, old: Notice, found: Event | None, offered: Offered, now: datetime
) -> tuple[Notice, dict[str, str]]:
    """The notice as it was typed, to be kept when there are no errors; `found` is the event that was chosen.

    What can be kept though it cannot be sent, such as a missing text, is no error here.
    """
    typed = Typed(form)
    rule = _rule(typed, form) if form["cuando"] == REPEATING else ""
    starts_at = _starts_at(typed, form, rule, now)
    is_urgent = offered.may_be_urgent and bool(form["urgente"])
    missing = _("Diga por qué no puede esperar: queda escrito en el registro.") if is_urgent else ""
    written = replace(
        old,
        name=typed.text("titulo"),
        about=found.about if found else old.about if form["sobre"] == old.about else "",
        topic=_topic(form, found),
        text_es=text(form["es"]),
        text_quz=text(form["quz"]),
        fields=_fields(typed, form, found),
        audience=_audience(form, offered),
        rule=rule,
        starts_at=starts_at,
        expires_at=_expires_at(typed, form, rule, starts_at),
        held_on=found.held_on if found else None,
        is_urgent=is_urgent,
        urgent_because=typed.text("porque", missing) if is_urgent else "",
    )
    return written, typed.errors


def text(given: str) -> str:
    """What somebody typed, as it may be sent."""
    return clean(given).strip()[:LONGEST_TEXT]


def mark(found: Event | None) -> str:
    """By what the form knows whose values its fields hold: another event, or another day of it, brings others."""
    return f"{found.about} {found.held_on or ''}".strip() if found else ""


# ── the parts of the form ─────────────────────────────────────────────────────────────────────────────────────────────


def _topic(form: Form, found: Event | None) -> str:
    given = form["tema"]
    if found and not given and form["llenado"] != mark(found):
        return TOPIC_OF[found.about.partition(":")[0]]
    return given if given in TOPICS else ""


def _fields(typed: Typed, form: Form, found: Event | None) -> dict[str, str]:
    """What was typed; the event's own values where another event was chosen since the form was made."""
    given = {name: _value(kind, form[f"campo_{name}"]) for name, kind in FIELDS.items()}
    given |= {f"{name}.quz": _value("", form[f"campo_{name}_quz"]) for name in BOTH_LANGUAGES}
    if found and form["llenado"] != mark(found):
        given |= found.fields
    return {name: value for name, value in given.items() if value}


def _value(kind: str, said: str) -> str:
    """A value as it is stored; as it was typed where it is no such thing, which is said when the notice is checked."""
    try:
        match kind:
            case "day":
                return cells.day(said).isoformat()
            case "clock":
                hour = cells.clock(said)
                return hour.isoformat("minutes") if hour else ""
            case "soles":
                return re.sub(r"^S/\.?\s*", "", said, flags=re.IGNORECASE).replace(",", "")
            case _:
                return line(said)
    except ValueError:
        return clean(said)[:40]


def _audience(form: Form, offered: Offered) -> Audience:
    language, holds = form["idioma"], form["tienen"]
    campaign = form["campana"] if holds in ("booked", "waiting") else ""
    asked = form["pregunto"]
    return Audience(
        districts=_known(form, "distritos", offered.districts),
        comunidades=_known(form, "comunidades", offered.comunidades),
        languages=(language,) if language in LANGUAGES else (),
        is_chosen=bool(form["elegido"]),
        campaign=campaign if campaign in offered.campaigns else "",
        holds=holds if campaign in offered.campaigns and campaign else "",
        asked_about=asked if asked in offered.events else "",
        again=bool(form["otra_vez"]),
        by_cheapest=bool(form["barato"]),
    )


def _known(form: Form, field: str, known: Collection[str]) -> tuple[str, ...]:
    chosen = form.getlist(field)
    return tuple(key for key in known if key in chosen)


def _rule(typed: Typed, form: Form) -> str:
    """The recurrence: of the boxes, or of a rule that was typed, with its last day."""
    days, given = form.getlist("regla_dias"), form["regla"]
    if not given and not days:
        typed.wrong("regla_dias", _("Elija por lo menos un día de la semana."))
        return ""
    try:
        rule = rules.parse(given or " ".join((ORDINALS.get(form["regla_cada"], ""), *days)))
    except ValueError:
        typed.wrong("regla", _("La regla no se entiende: escriba, por ejemplo, primer domingo del mes."))
        return ""
    last = typed.take("regla_hasta", _day, _WRONG_DAY)
    return rules.parse(f"{split_rule(rule)[0]};UNTIL={last:%Y%m%d}") if last else rule


_WRONG_DAY = _("Escriba la fecha así: 12/03/2027.")
_WRONG_HOUR = _("Escriba la hora así: 08:00.")


def _starts_at(typed: Typed, form: Form, rule: str, now: datetime) -> datetime | None:
    if form["cuando"] not in (AT_AN_HOUR, REPEATING):
        return None
    hour = typed.take("hora", cells.clock, _WRONG_HOUR)
    day = typed.take("dia", _day, _WRONG_DAY)
    if hour is None:
        typed.wrong("hora", _("Diga a qué hora sale."))
        return None
    if rule:
        return _first_of(typed, rule, day or now.astimezone(LIMA).date(), hour, now)
    if day is None:
        typed.wrong("dia", _("Diga qué día sale."))
        return None
    starts_at = datetime.combine(day, hour, LIMA)
    if starts_at <= now:
        typed.wrong("dia", _("Ese día y esa hora ya pasaron."))
    return starts_at


def _day(said: str) -> date | None:
    """A day of our times: the calendar's last ones have no hour in UTC. Raises ValueError."""
    day = cells.day(said) if said else None
    if day and not 2000 <= day.year < 2200:
        raise ValueError(said)
    return day


def _first_of(typed: Typed, rule: str, since: date, hour: time, now: datetime) -> datetime | None:
    """The first day of a rule whose hour has not passed."""
    coming = [datetime.combine(day, hour, LIMA) for day in rules.upcoming(rule, max(since, _today(now)), 2)]
    first = next((each for each in coming if each > now), None)
    if first is None:
        typed.wrong("regla_hasta", _("Así no se repite ni una vez: la regla termina antes."))
    return first


def _today(now: datetime) -> date:
    return now.astimezone(LIMA).date()


def _expires_at(typed: Typed, form: Form, rule: str, starts_at: datetime | None) -> datetime | None:
    """Until when it is worth hearing; of a series, so many hours after each one leaves."""
    if rule:
        hours = typed.count("vale_horas", MOST_HOURS, _("Escriba las horas con cifras, de 1 a 168."))
        return starts_at + timedelta(hours=hours) if starts_at and hours else None
    day = typed.take("vence_dia", _day, _WRONG_DAY)
    hour = typed.take("vence_hora", cells.clock, _WRONG_HOUR)
    if hour and not day:
        typed.wrong("vence_dia", _("Diga también el día."))
    return datetime.combine(day, hour or EVENING, LIMA) if day else None


# ── back into the form ────────────────────────────────────────────────────────────────────────────────────────────────


def form_of(written: Notice, found: Event | None, now: datetime) -> Form:
    """The form of a notice as it stands; its fields are the event's of the day for which they were taken over."""
    asked = written.audience
    is_same = found is not None and found.held_on == written.held_on
    plain: dict[str, Any] = {
        "titulo": written.name,
        "sobre": written.about,
        "llenado": mark(found) if is_same else "",
        "tema": written.topic,
        "es": written.text_es,
        "quz": written.text_quz,
        "idioma": asked.languages[0] if len(asked.languages) == 1 else "",
        "elegido": "1" if asked.is_chosen else "",
        "campana": asked.campaign,
        "tienen": asked.holds,
        "pregunto": asked.asked_about,
        "otra_vez": "1" if asked.again else "",
        "barato": "1" if asked.by_cheapest else "",
        "urgente": "1" if written.is_urgent else "",
        "porque": written.urgent_because,
        **{f"campo_{name.replace('.', '_')}": value for name, value in written.fields.items()},
        **_times(written, now),
    }
    lists = {"distritos": list(asked.districts), "comunidades": list(asked.comunidades), "regla_dias": _days(written)}
    return Form({name: [value] for name, value in plain.items() if value} | lists)


def _times(written: Notice, now: datetime) -> dict[str, str]:
    starts = written.starts_at.astimezone(LIMA) if written.starts_at else None
    ends = written.expires_at.astimezone(LIMA) if written.expires_at else None
    if starts is None or (starts <= now and not written.rule):
        return {"cuando": AT_ONCE, **_ending(ends)}
    begins = {"dia": f"{starts:%Y-%m-%d}", "hora": f"{starts:%H:%M}"}
    if not written.rule:
        return {"cuando": AT_AN_HOUR, **begins, **_ending(ends)}
    rule, until = split_rule(written.rule)
    said = _in_boxes(written)
    return {
        "cuando": REPEATING,
        **begins,
        "regla": "" if said else rule,
        "regla_cada": str(said.ordinals[0]) if said and said.ordinals else "",
        "regla_hasta": until,
        "vale_horas": str(round((ends - starts).total_seconds() / 3600)) if ends else "",
    }


def _ending(ends: datetime | None) -> dict[str, str]:
    return {"vence_dia": f"{ends:%Y-%m-%d}", "vence_hora": f"{ends:%H:%M}"} if ends else {}


def _days(written: Notice) -> list[str]:
    said = _in_boxes(written)
    return list(said.weekdays) if said else []


def _in_boxes(written: Notice) -> Pattern | None:
    """The rule as the boxes of the form can say it; None where it is more than that."""
    said = pattern(split_rule(written.rule)[0]) if written.rule else None
    is_plain = said is not None and [str(number) for number in said.ordinals] in [
        [key] if key else [] for key in ORDINALS
    ]
    return said if is_plain else None
