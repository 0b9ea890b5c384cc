"""Reading for figures: what is counted of cases, messages and appointments. Long reads; nothing here writes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from bot.clock import from_text, to_text
from bot.records.store import Row, Tx


@dataclass(frozen=True, slots=True)
class Reach:
    """The cases that somebody may read: of these Mesas and districts; None for all."""

    mesas: Collection[str] | None = None
    districts: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What is counted of a case. `served` is empty, asked, yes or no."""

    person_id: int
    mesa: str
    district: str
    topic: str
    language: str
    medium: str
    state: str
    served: str
    created_at: datetime
    due_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Waited:
    """A message after which a question waited: `waits_at` is `flow.step`, `next_at` when she wrote again, if ever."""

    waits_at: str
    language: str
    received_at: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """One appointment without whose it is; `starts` is `HH:MM`, `age_years` None when nobody said."""

    campaign: str
    campaign_name: str
    held_on: date
    district: str
    place: str
    specialty: str
    starts: str
    code: str
    state: str
    age_years: int | None
    comunidad: str
    created_at: datetime
    confirmed_at: datetime | None


def cases(tx: Tx, reach: Reach, begins: datetime, ends: datetime) -> list[CaseFacts]:
    """Every report said from `begins` until before `ends`, joined ones too."""
    condition, values = _within(reach)
    found = tx.all(
        "SELECT person_id, mesa, district, topic, language, medium, state, served, created_at, due_at,"
        f" answered_at FROM cases WHERE created_at >= ? AND created_at < ?{condition}",
        *(to_text(begins), to_text(ends), *values),
    )
    return [_facts(row) for row in found]


def first_case(tx: Tx) -> datetime | None:
    """When the first report was said."""
    row = tx.one("SELECT min(created_at) AS at FROM cases")
    return from_text(row["at"]) if row and row["at"] else None


def intents(tx: Tx, begins: datetime, ends: datetime) -> list[tuple[str, str, int]]:
    """(intent, language, messages) of what was understood in that time."""
    found = tx.all(
        "SELECT intent, language, count(*) AS n FROM inbound WHERE received_at >= ? AND received_at < ?"
        " AND intent <> '' AND language IS NOT NULL GROUP BY intent, language",
        to_text(begins),
        to_text(ends),
    )
    return [(row["intent"], row["language"], int(row["n"])) for row in found]


def waited(tx: Tx, begins: datetime, ends: datetime) -> list[Waited]:
    """The messages of that time after which a question waited, each with the time of her next one."""
    found = tx.all(
        "SELECT waits_at, language, received_at, next_at FROM (SELECT waits_at, language, received_at,"
        " lead(received_at) OVER (PARTITION BY person_id ORDER BY received_at, id) AS next_at FROM inbound"
        " WHERE received_at >= ?) AS said WHERE waits_at <> '' AND language IS NOT NULL AND received_at < ?",
        to_text(begins),
        to_text(ends),
    )
    return [
        Waited(row["waits_at"], row["language"], from_text(row["received_at"]), _moment(row["next_at"]))
        for row in found
    ]


def appointments(tx: Tx, districts: Collection[str] | None, first: date, last: date) -> list[tuple[str, str, int]]:
    """(specialty, state, appointments) of the campaigns held from `first` to `last`, by where they are held."""
    condition, values = _held(districts, first, last)
    found = tx.all(
        "SELECT a.specialty, a.state, count(*) AS n FROM appointments a JOIN campaigns c ON c.key = a.campaign"
        f" WHERE {condition} GROUP BY a.specialty, a.state",
        *values,
    )
    return [(row["specialty"], row["state"], int(row["n"])) for row in found]


def appointment_rows(tx: Tx, districts: Collection[str] | None, first: date, last: date) -> list[AppointmentRow]:
    """Every appointment of the campaigns held from `first` to `last`."""
    condition, values = _held(districts, first, last)
    found = tx.all(
        "SELECT a.campaign, c.name_es AS campaign_name, c.held_on, c.district, c.place, a.specialty,"
        " coalesce(s.starts, '') AS starts, a.code, a.state, p.age_months / 12 AS age_years,"
        " coalesce(p.comunidad, '') AS comunidad, a.created_at, a.confirmed_at"
        " FROM appointments a JOIN campaigns c ON c.key = a.campaign JOIN patients p ON p.id = a.patient_id"
        f" LEFT JOIN slots s ON s.appointment_id = a.id WHERE {condition}"
        " ORDER BY c.held_on, a.campaign, a.specialty, a.id",
        *values,
    )
    return [_appointment_row(row) for row in found]


def numbers(tx: Tx) -> dict[int, str]:
    """The telephone number of everybody who has one, by person."""
    found = tx.all("SELECT person_id, address FROM addresses WHERE address LIKE 'tel:%'")
    return {row["person_id"]: row["address"].removeprefix("tel:") for row in found}


def _facts(row: Row) -> CaseFacts:
    given = {name: row[name] for name in CaseFacts.__slots__}
    given |= {name: from_text(row[name]) for name in ("created_at", "due_at")}
    return CaseFacts(**given | {"answered_at": _moment(row["answered_at"])})


def _appointment_row(row: Row) -> AppointmentRow:
    given = {name: row[name] for name in AppointmentRow.__slots__}
    given |= {"held_on": date.fromisoformat(row["held_on"]), "created_at": from_text(row["created_at"])}
    return AppointmentRow(**given | {"confirmed_at": _moment(row["confirmed_at"])})


def _moment(stored: str | None) -> datetime | None:
    return from_text(stored) if stored else None


def _held(districts: Collection[str] | None, first: date, last: date) -> tuple[str, tuple[str, ...]]:
    among = "" if districts is None else f" AND c.district IN ({', '.join('?' * len(districts)) or 'NULL'})"
    return f"c.held_on >= ? AND c.held_on <= ?{among}", (first.isoformat(), last.isoformat(), *(districts or ()))


def _within(reach: Reach) -> tuple[str, tuple[str, ...]]:
    condition, values = "", list[str]()
    for column, keys in (("mesa", reach.mesas), ("district", reach.districts)):
        if keys is not None:
            condition += f" AND {column} IN ({', '.join('?' * len(keys)) or 'NULL'})"
            values += keys
    return condition, tuple(values)
