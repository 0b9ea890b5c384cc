"""What somebody types into the forms of works, fairs and promoters, as rows; a sentence for each wrong field."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, time

from bot.desk.citas.typed import Typed
from bot.desk.guard import Form
from bot.desk.pages import gettext as _
from bot.language.folding import fold
from bot.records.agenda import Amount, Fair, Name, Pattern, Promoter, Work, pattern, rules
from bot.records.agenda.rows import SHORT_LENGTH
from bot.service.feedback.said import MOST_SEGMENTS, Said
from bot.service.imports import cells
from bot.service.knowledge import Knowledge

EMPTY_YEARS = 2
LANGUAGES = (("es", _("castellano")), ("quz", _("quechua")))
_LONGEST_KEY = 40
_ORDINALS = {1: "primer", 2: "segundo", 3: "tercer", 4: "cuarto", -1: "último"}
_WEEKDAYS = {"miercoles": "miércoles", "sabado": "sábado"}


# ── a work ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def work(form: Form, knowledge: Knowledge, funds: Collection[str], old: Work | None) -> tuple[Work, dict[str, str]]:
    """The work of a form, to be used when there are no errors; its key is the old one's, or made of its name."""
    typed = Typed(form)
    name = typed.name("nombre", _("Póngale un nombre: por ejemplo, Agua potable para Compone."))
    read = Work(
        key=old.key if old else key_from(name.es, "obra"),
        name=name,
        topics=_topics(typed, form, knowledge),
        districts=_known(form, "distritos", [each.key for each in knowledge.places.districts]),
        amounts=_amounts(typed, form, funds),
        short_name=Name(_short(typed, "corto"), _short(typed, "corto_quz")),
        state=typed.text("estado"),
        source=typed.text("fuente"),
        is_programme=old.is_programme if old else False,
    )
    return read, typed.errors


def work_fields(one: Work) -> dict[str, list[str]]:
    """The fields of a work as it stands."""
    plain = {
        "nombre": one.name.es,
        "nombre_quz": one.name.quz,
        "corto": one.short_name.es,
        "corto_quz": one.short_name.quz,
        "estado": one.state,
        "fuente": one.source,
    }
    for n, amount in enumerate(one.amounts):
        plain |= {f"anio_{n}": str(amount.year), f"soles_{n}": str(amount.soles), f"fondo_{n}": amount.fund or ""}
    both = {"temas": list(one.topics), "distritos": list(one.districts)}
    return {field: [value] for field, value in plain.items()} | both


def year_rows(form: Form) -> int:
    """How many rows of years a form has: those that are filled, and some to add."""
    filled = [n for n in range(cells_of_years(form)) if form.get(f"anio_{n}") or form.get(f"soles_{n}")]
    return (filled[-1] + 1 if filled else 0) + EMPTY_YEARS


def cells_of_years(form: Form) -> int:
    """How many rows of years were posted."""
    return sum(1 for name in form.names() if re.fullmatch(r"anio_\d{1,2}", name))


def _topics(typed: Typed, form: Form, knowledge: Knowledge) -> tuple[str, ...]:
    topics = [topic.key for topic in knowledge.content.topics.values() if topic.kind == "work"]
    chosen = _known(form, "temas", topics)
    if not chosen:
        typed.wrong("temas", _("Elija por lo menos un tema."))
    return chosen


def _short(typed: Typed, field: str) -> str:
    said = typed.text(field)
    if len(said) > SHORT_LENGTH:
        typed.wrong(field, _("Hasta {most} letras: es la línea de una lista.").format(most=SHORT_LENGTH))
    return said


def _amounts(typed: Typed, form: Form, funds: Collection[str]) -> tuple[Amount, ...]:
    amounts: dict[int, Amount] = {}
    for n in range(cells_of_years(form)):
        year = typed.take(f"anio_{n}", cells.year, _("Escriba el año así: 2027."))
        soles = typed.take(f"soles_{n}", cells.soles, _("Escriba soles enteros: por ejemplo, 1493413."))
        if (year is None) != (soles is None):
            typed.wrong(f"anio_{n}", _("El año y el monto van juntos."))
        if year in amounts:
            typed.wrong(f"anio_{n}", _("Ese año está dos veces."))
        if year is not None and soles is not None:
            fund = form.get(f"fondo_{n}")
            amounts[year] = Amount(year, soles, fund if fund in funds else None)
    return tuple(amounts[year] for year in sorted(amounts))


# ── a fair ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def fair(form: Form, knowledge: Knowledge, old: Fair | None) -> tuple[Fair, dict[str, str]]:
    """The fair of a form, to be used when there are no errors; its key is the old one's, or made of its name."""
    typed = Typed(form)
    name = typed.text("nombre", _("Póngale un nombre: por ejemplo, Compone."))
    opens, closes = typed.hours("desde", "hasta")
    known = {place.key: place.district for place in knowledge.places.comunidades}
    districts = {place.key for place in knowledge.places.districts}
    district = typed.choice("distrito", frozenset(("", *districts)), _("Elija el distrito."))
    comunidad = typed.choice("comunidad", frozenset(("", *known)), _("Elija la comunidad de la lista."))
    if comunidad and known.get(comunidad) != district:
        typed.wrong("comunidad", _("Esa comunidad es de otro distrito."))
    read = Fair(
        key=old.key if old else key_from(name, "feria"),
        name=name,
        rule=typed.take("dias", _rule, _("Escriba así: domingo; martes y viernes; primer domingo del mes.")) or "",
        aliases=typed.take("alias", cells.items, _("Los otros nombres son muy largos.")) or (),
        district=district or None,
        comunidad=comunidad or None,
        place=typed.text("lugar"),
        opens=opens,
        closes=closes,
        products=_known(form, "productos", knowledge.content.products),
        note=typed.text("nota"),
        exceptions=typed.take("sin_feria", _days, _("Escriba fechas así: 12/03/2027; 19/03/2027.")) or (),
        source=old.source if old and not old.is_sample else "",
    )
    return read, typed.errors


def fair_fields(one: Fair) -> dict[str, list[str]]:
    """The fields of a fair as it stands."""
    plain = {
        "nombre": one.name,
        "alias": "; ".join(one.aliases),
        "distrito": one.district or "",
        "comunidad": one.comunidad or "",
        "lugar": one.place,
        "dias": rule_words(one.rule),
        "desde": _clock(one.opens),
        "hasta": _clock(one.closes),
        "nota": one.note,
        "sin_feria": "; ".join(f"{day:%d/%m/%Y}" for day in one.exceptions),
    }
    return {field: [value] for field, value in plain.items()} | {"productos": list(one.products)}


def rule_words(rule: str) -> str:
    """A rule as staff write it: `primer domingo del mes`; as a rule where words do not say it."""
    said = pattern(rule)
    if said is None or any(number not in (0, *_ORDINALS) for number in said.ordinals):
        return rule
    return _pattern_words(said)


def _pattern_words(said: Pattern) -> str:
    days = _listed([_WEEKDAYS.get(day, day) for day in said.weekdays])
    ordinals = _listed([_ORDINALS[number] for number in said.ordinals])
    return _("{which} {days} del mes").format(which=ordinals, days=days) if ordinals else days


def _listed(words: list[str]) -> str:
    return " y ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _rule(said: str) -> str:
    return rules.parse(said.replace(",", " ") if "=" not in said else said) if said else ""


def _days(said: str) -> tuple[date, ...]:
    return tuple(sorted({cells.day(each) for each in cells.items(said)}))


def _clock(moment: time | None) -> str:
    return f"{moment:%H:%M}" if moment else ""


# ── a promoter ────────────────────────────────────────────────────────────────────────────────────────────────────────


def promoter(form: Form, knowledge: Knowledge, old: Promoter | None) -> tuple[Promoter, dict[str, str]]:
    """The promoter of a form, to be used when there are no errors; her number is the old one's."""
    typed, wrong = Typed(form), _("Ese número no es de un celular del Perú: son nueve cifras que empiezan con 9.")
    comunidades = _known(form, "comunidades", [each.key for each in knowledge.places.comunidades])
    read = Promoter(
        name=typed.text("nombre", _("Escriba su nombre y apellido.")),
        phone=old.phone if old else typed.take("celular", cells.mobile, wrong) or "",
        language=typed.choice("idioma", frozenset(dict(LANGUAGES)), _("Elija el idioma.")),
        comunidades=comunidades,
    )
    if not comunidades:
        typed.wrong("comunidades", _("Elija por lo menos una comunidad."))
    return read, typed.errors


def promoter_fields(one: Promoter) -> dict[str, list[str]]:
    """The fields of a promoter as she stands."""
    return {"nombre": [one.name], "idioma": [one.language], "comunidades": list(one.comunidades)}


# ── all of them ───────────────────────────────────────────────────────────────────────────────────────────────────────


def key_from(name: str, otherwise: str) -> str:
    """A name for ever, made of what it is called: `agua_potable_para_compone`."""
    key = re.sub(r"[^a-z0-9]+", "_", fold(name)).strip("_")[:_LONGEST_KEY].rstrip("_")
    return key if key[:1].isalpha() else f"{otherwise}_{key}".rstrip("_")


def free_key(key: str, taken: Collection[str]) -> str:
    """The key, with a number behind it where it is taken."""
    free, number = key, 1
    while free in taken:
        number += 1
        free = f"{key}_{number}"
    return free


def too_long(shown: Mapping[str, Said]) -> dict[str, str]:
    """What residents could not read in two SMS, by field."""
    fields = {"es": ("nombre", _("En castellano")), "quz": ("nombre_quz", _("En quechua"))}
    sentence = _("{language} ocupa {count} SMS y solo puede ocupar {most}: acórtelo.")
    return {
        fields[language][0]: sentence.format(language=fields[language][1], count=each.segments, most=MOST_SEGMENTS)
        for language, each in shown.items()
        if each.is_too_long
    }


def _known(form: Form, field: str, known: Collection[str]) -> tuple[str, ...]:
    """What was chosen of a list, in its order."""
    chosen = form.getlist(field)
    return tuple(key for key in known if key in chosen)
