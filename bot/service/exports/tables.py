"""The tables that can be exported, row by row, with no more of a person in them than their reader needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.clock import LIMA
from bot.records import agenda, cases, figures
from bot.records.cases import Case, Filter
from bot.records.store import Tx
from bot.service import publishing
from bot.service.exports.spreadsheets import Cell, Table
from bot.service.knowledge import Knowledge
from bot.service.panorama_names import LANGUAGES, group_name, key_name
from bot.service.small_numbers import TABLES

_AT_ONCE = 500  # cases whose words are asked for in one statement
_CASE_KINDS = {"complaint": "queja", "suggestion": "sugerencia", "thanks": "agradecimiento", "need": "pedido"}
_CASE_STATES = {"open": "abierto", "answered": "respondido", "closed": "cerrado"}
_SERVED = {"yes": "sí", "no": "no", "asked": "sin respuesta"}
_STATES = {
    **{"waiting": "en espera", "offered": "cupo ofrecido", "booked": "con cita", "cancelled": "cancelada"},
    **{"lapsed": "sin respuesta", "came": "vino", "absent": "faltó"},
}
_DIMENSIONS = {"mesa": "mesa", "district": "distrito", "medium": "canal", "language": "idioma"}

_FEEDBACK = (
    *("codigo", "mesa", "tipo", "tema", "distrito", "comunidad", "sobre", "idioma", "canal", "anonimo", "estado"),
    *("junto_a", "dicho", "vence", "respondido", "cerrado", "reabierto", "sirvio", "palabras", "respuesta"),
    "respuesta_quechua",
)
_APPOINTMENTS = (
    *("campana", "nombre_campana", "fecha", "distrito", "lugar", "especialidad", "hora", "codigo", "estado"),
    *("edad_anios", "comunidad", "anotado", "confirmado"),
)
_WORKS = ("key", "name", "name_quz", "topic", "district", "year", "amount", "fund", "state", "source")
"""As `bot import works` reads them again."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted: of these Mesas and districts (None: all that there are), from one day to another, both included.

    With `only_day` a report counts when it was said, answered or closed on that day. `with_numbers` is for whoever may
    see telephone numbers; those of people who asked for silence about themselves are never told.
    """

    mesas: tuple[str, ...] | None = None
    districts: tuple[str, ...] | None = None
    from_day: date | None = None
    to_day: date | None = None
    only_day: date | None = None
    with_numbers: bool = False


def feedback(tx: Tx, knowledge: Knowledge, wish: Wish) -> Table:
    """Every report with its words and the answer: only for whoever may read the cases."""
    wanted = Filter(wish.mesas, wish.districts, from_day=wish.from_day, to_day=wish.to_day, joined=True)
    found = [case for case in cases.every(tx, wanted) if wish.only_day is None or _is_of_day(case, wish.only_day)]
    said = _said(tx, [case.id for case in found])
    codes = {case.id: case.code for case in found}
    rows = [(*_case_row(case, knowledge, codes), *said.get(case.id, ("", "", ""))) for case in found]
    if not wish.with_numbers:
        return Table("reportes", _FEEDBACK, tuple(rows))
    numbers = figures.numbers(tx)
    told = [
        (*row, "" if case.is_anonymous else numbers.get(case.person_id, ""))
        for row, case in zip(rows, found, strict=True)
    ]
    return Table("reportes", (*_FEEDBACK, "celular"), tuple(told))


def appointments(tx: Tx, knowledge: Knowledge, wish: Wish) -> Table:
    """Appointments of the campaigns held in those days: codes and ages, no names and no numbers."""
    rows = [
        (
            *(row.campaign, row.campaign_name, row.held_on, knowledge.place_name(row.district), row.place),
            *(_specialty(knowledge, row.specialty), row.starts, row.code, _STATES[row.state], row.age_years),
            *(knowledge.place_name(row.comunidad), row.created_at, row.confirmed_at),
        )
        for row in figures.appointment_rows(tx, wish.districts, wish.from_day or date.min, wish.to_day or date.max)
    ]
    return Table("citas", _APPOINTMENTS, tuple(rows))


def works(tx: Tx, knowledge: Knowledge) -> Table:
    """Works and programmes, a row for each year's amount: what was exported can be imported again."""
    rows: list[tuple[Cell, ...]] = []
    for work in agenda.find_works(tx, with_samples=knowledge.with_samples):
        head = (work.key, work.name.es, work.name.quz, "; ".join(work.topics), "; ".join(work.districts))
        for amount in work.amounts or (None,):
            money = (amount.year, amount.soles, amount.fund or "") if amount else (None, None, "")
            rows.append((*head, *money, work.state, work.source))
    return Table("obras", _WORKS, tuple(rows))


def months(tx: Tx, knowledge: Knowledge) -> Table:
    """Everything that was published, as it was published: for whoever sees figures only."""
    rows: list[tuple[Cell, ...]] = []
    for month, tables in sorted(publishing.months(tx).items()):
        for pair in TABLES if tables else ():
            name = " y ".join(_DIMENSIONS[dimension] for dimension in pair)
            rows += [
                (month, name, group_name(knowledge, pair[0], row), group_name(knowledge, pair[1], column), count)
                for (row, column), count in (tables.tables[pair].items() if tables else ())
            ]
    return Table("publicado", ("mes", "tabla", "fila", "columna", "reportes"), tuple(rows))


def _case_row(case: Case, knowledge: Knowledge, codes: dict[int, str]) -> tuple[Cell, ...]:
    return (
        case.code,
        key_name(knowledge, "mesa", case.mesa),
        _CASE_KINDS[case.kind],
        key_name(knowledge, "topic", case.topic) if case.topic else "",
        key_name(knowledge, "district", case.district) if case.district else "",
        knowledge.place_name(case.comunidad),
        case.about.partition(":")[2],
        LANGUAGES.get(case.language, case.language),
        key_name(knowledge, "medium", case.medium),
        "sí" if case.is_anonymous else "no",
        _CASE_STATES[case.state],
        codes.get(case.joined_to, "") if case.joined_to else "",
        *(case.created_at, case.due_at, case.answered_at, case.closed_at, case.reopened),
        _SERVED.get(case.served, ""),
    )


def _said(tx: Tx, case_ids: Sequence[int]) -> dict[int, tuple[str, str, str]]:
    """By case: her words, and the answers in Spanish and in Quechua."""
    words: dict[int, list[str]] = defaultdict(list)
    answers: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for begin in range(0, len(case_ids), _AT_ONCE):
        for each in cases.entries(tx, case_ids[begin : begin + _AT_ONCE]):
            if each.kind == "said" and each.body:
                words[each.case_id].append(each.body)
            elif each.kind == "answer":
                answers[each.case_id].append((each.body, each.other_body))
    return {
        case_id: (
            "\n".join(words[case_id]),
            "\n".join(es for es, _ in answers[case_id] if es),
            "\n".join(quz for _, quz in answers[case_id] if quz),
        )
        for case_id in {*words, *answers}
    }


def _is_of_day(case: Case, day: date) -> bool:
    moments = (case.created_at, case.answered_at, case.closed_at)
    return any(moment.astimezone(LIMA).date() == day for moment in moments if moment)


def _specialty(knowledge: Knowledge, key: str) -> str:
    known = knowledge.content.specialties
    return known[key].name.es if key in known else key
