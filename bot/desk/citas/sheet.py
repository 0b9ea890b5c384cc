"""What stands on the sheet that a specialist works from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.desk import pages
from bot.desk.citas.words import age_words, hour_words
from bot.desk.pages import gettext as _
from bot.records.agenda import Campaign
from bot.service.appointments.sheets import Line
from bot.service.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Sheet:
    """A heading and where it is, the names of the columns, and a row for each person; the last two are written in."""

    title: str
    where: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def sheet(knowledge: Knowledge, day: Campaign, specialty: str, to_come: Sequence[Line]) -> Sheet:
    """Name, age, comunidad, code and the hour of those who come; whatever else we know of them stays here."""
    known, clinic = knowledge.content.specialties.get(specialty), day.clinic(specialty)
    name = known.name.es if known else specialty
    hours = hour_words(day.opening(clinic), day.closing(clinic)) if clinic else ""
    where = ", ".join(part for part in (day.place, knowledge.place_name(day.district), hours) if part)
    columns = (_("N.º"), _("Hora"), _("Nombre"), _("Edad"), _("Comunidad"), _("Código"), _("Vino"), _("Firma"))
    rows = tuple(_row(knowledge, line) for line in to_come)
    return Sheet(f"{name[:1].upper()}{name[1:]} · {pages.day(day.date)}", where, columns, rows)


def _row(knowledge: Knowledge, line: Line) -> tuple[str, ...]:
    held, patient = line.held, line.held.patient
    comunidad = knowledge.place_name(patient.comunidad) if patient.comunidad else ""
    hour = f"{held.starts:%H:%M}" if held.starts else ""
    number = str(line.beside.number or "")
    return (number, hour, patient.name or patient.kin, age_words(patient.age_months), comunidad, held.code, "", "")
