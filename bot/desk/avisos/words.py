"""How notices are spoken of at the desk: states, channels, reasons, audiences, and what keeps one from being sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from bot.clock import LIMA
from bot.desk.agenda.typed import rule_words
from bot.desk.bandeja.words import LANGUAGES
from bot.desk.pages import day, moment
from bot.desk.pages import gettext as _
from bot.records.agenda import Name
from bot.records.notices import Audience, Notice
from bot.service.knowledge import Knowledge
from bot.service.notices.checks import MOST_SEGMENTS, Problem
from bot.service.notices.preview import Preview
from bot.service.notices.words import FIELDS, names_in, relative_word

STATES = {
    "draft": _("borrador"),
    "awaiting": _("espera aprobación"),
    "scheduled": _("programado"),
    "repeating": _("se repite"),
    "freezing": _("empieza"),
    "sending": _("se está enviando"),
    "paused": _("en pausa"),
    "cancelled": _("cancelado"),
    "done": _("terminado"),
}

CHANNELS = {
    "twilio": _("SMS"),
    "gateway": _("SMS del celular de la oficina"),
    "telegram": _("Telegram"),
    "simulator": _("celular de prueba"),
}

MEDIA = {"sms": _("SMS"), "telegram": _("Telegram")}

LEFT_OUT = {
    "opted_out": _("escribieron BAJA"),
    "unreachable": _("su número no recibe"),
    "no_consent": _("nunca escribieron a Chaski"),
    "topic_off": _("no quieren avisos de este tema"),
    "already_told": _("ya se les avisó de lo mismo esta semana"),
    "too_late": _("ya era tarde"),
    "cancelled": _("se canceló antes"),
}

FIELD_NAMES = {
    "fecha": _("Día"),
    "hora": _("Hora"),
    "hasta": _("Hasta qué hora"),
    "lugar": _("Lugar"),
    "nombre": _("Nombre"),
    "traer": _("Qué traer"),
    "costo": _("Costo"),
    "precio": _("Precio en soles"),
}

HOLDS = {"booked": _("tienen cita"), "waiting": _("están en lista de espera")}

IN_LANGUAGE = {"es": _("En castellano"), "quz": _("En quechua")}

_PLAIN = {
    "no_name": ("titulo", _("Póngale un título: lo ve solo la municipalidad.")),
    "missing_es": ("es", _("Falta el texto en castellano.")),
    "missing_quz": ("quz", _("Falta el texto en quechua.")),
    "event_gone": ("sobre", _("Aquello de lo que trata ya no está en la agenda: elija otra vez.")),
    "event_over": ("sobre", _("Aquello de lo que trata ya pasó.")),
    "event_cancelled": ("sobre", _("Aquello de lo que trata está suspendido.")),
    "event_moved": (
        "sobre",
        _("Cambió de día desde que se escribió el aviso: tome otra vez sus datos y revise el texto."),
    ),
    "past": ("vence_dia", _("Ya venció: ponga hasta cuándo vale, más adelante.")),
    "ends_before_it_begins": ("vence_dia", _("Vence antes de salir: cambie la hora de salida o hasta cuándo vale.")),
    "nobody": ("publico", _("Así no le llega a nadie: cambie a quiénes va.")),
}
"""Problems that need no more words: the field and the sentence."""

_BAD_FIELD = {
    "day": _("{field} no es una fecha: escríbala así, 12/03/2027."),
    "clock": _("{field} no es una hora: escríbala así, 08:00."),
    "soles": _("{field} no es un precio: escríbalo así, 25.50."),
}


def problem(each: Problem, notice: Notice, planned: Preview) -> tuple[str, str]:
    """The field of the form that a problem is about, and the problem in a sentence."""
    if each.code in _PLAIN:
        return _PLAIN[each.code]
    field, text_field = f"{{{each.detail}}}", "es" if each.detail in names_in(notice.text_es) else "quz"
    if each.code == "unknown_field":
        known = " ".join(f"{{{name}}}" for name in FIELDS)
        return text_field, _("{field} no existe. Se puede usar: {known}").format(field=field, known=known)
    if each.code == "missing_field":
        return f"campo_{each.detail}", _("El texto dice {field} y falta su valor.").format(field=field)
    if each.code == "bad_field":
        return f"campo_{each.detail}", _BAD_FIELD[FIELDS[each.detail]].format(field=field)
    if each.code == "too_long":
        sentence = _("{language} ocupa {count} SMS y solo puede ocupar {most}: acórtelo.").format(
            language=IN_LANGUAGE[each.detail], count=planned.drafts[each.detail, "sms"].segments, most=MOST_SEGMENTS
        )
        return each.detail, sentence
    if each.code == "relative_day":
        said = _("Dice «{word}», que vale un solo día, y puede llegar otro: escriba la fecha con {field}.")
        is_spanish = relative_word(replace(notice, text_quz="")) == each.detail
        return "es" if is_spanish else "quz", said.format(word=each.detail, field="{fecha}")
    return "titulo", each.code


def problems(notice: Notice, planned: Preview) -> dict[str, str]:
    """All problems by field, the first of each."""
    found: dict[str, str] = {}
    for each in planned.problems:
        field, sentence = problem(each, notice, planned)
        found.setdefault(field, sentence)
    return found


def audience(asked: Audience, knowledge: Knowledge, names: dict[str, Name]) -> Iterator[str]:
    """To whom it goes, a line for each condition; `names` are those of events by `campaign:KEY` and the like."""
    places = [knowledge.place_name(each) for each in (*asked.districts, *asked.comunidades)]
    yield ", ".join(places) if places else _("Toda la provincia")
    for language in asked.languages:
        yield _("Solo quienes leen {language}").format(language=LANGUAGES[language])
    if asked.is_chosen:
        yield _("Solo quienes eligieron el tema")
    if asked.campaign:
        name = names.get(f"campaign:{asked.campaign}", Name(asked.campaign)).es
        yield _("Solo quienes {holds}: {name}").format(holds=HOLDS[asked.holds or "booked"], name=name)
    if asked.asked_about:
        name = names.get(asked.asked_about, Name(asked.asked_about)).es
        yield _("Solo quienes preguntaron por: {name}").format(name=name)
    if asked.again:
        yield _("También a quienes ya se les avisó de lo mismo")
    if asked.by_cheapest:
        yield _("Por el SMS que menos cuesta")


def when(notice: Notice) -> str:
    """When it was asked to leave."""
    if notice.starts_at is None:
        return _("ahora mismo")
    if not notice.rule:
        return moment(notice.starts_at)
    rule, until = split_rule(notice.rule)
    hour = f"{notice.starts_at.astimezone(LIMA):%H:%M}"
    said = _("cada {days}, {hour}").format(days=rule_words(rule), hour=hour)
    return _("{said}, hasta el {until}").format(said=said, until=day(date.fromisoformat(until))) if until else said


def split_rule(rule: str) -> tuple[str, str]:
    """A rule without its end, and the end as `2027-06-01` (empty: it has none)."""
    parts = rule.split(";")
    ends = next((part.removeprefix("UNTIL=") for part in parts if part.startswith("UNTIL=")), "")
    rest = ";".join(part for part in parts if not part.startswith("UNTIL="))
    return rest, f"{ends[:4]}-{ends[4:6]}-{ends[6:8]}" if ends else ""


def waits(planned: Preview, wanted: datetime, knowledge: Knowledge, set_aside: dict[str, str]) -> str:
    """Why it leaves later than it was asked to; empty where it does not.

    `set_aside` are the quiet days of staff, as `2027-03-12`, with their reasons.
    """
    if planned.leaves_at <= wanted:
        return ""
    on = wanted.astimezone(LIMA).date()
    holiday = knowledge.content.holiday_on(on)
    if holiday:
        why = _("el {day} es feriado ({name})").format(day=day(on), name=holiday)
    elif on.isoformat() in set_aside:
        why = _("el {day} es un día sin avisos").format(day=day(on))
    else:
        why = _("de 20:00 a 07:00 no sale ningún aviso, ni en feriados o días sin avisos")
    return _("Espera: {why}. Sale el {moment}.").format(why=why, moment=moment(planned.leaves_at))
