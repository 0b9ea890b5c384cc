"""Reading appointments: of a phone, of a clinic, of a promoter; who waits, who is due a word, and the figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from bot.clock import to_text
from bot.records.appointments.rows import Appointment, appointment
from bot.records.store import Tx

COLUMNS = (
    "a.id, a.campaign, a.specialty, a.code, a.state, a.offers, a.hold_until, a.confirmed_at, a.booked_at, a.patient_id,"
    " p.person_id, p.name, p.kin, p.age_months, p.comunidad, p.promoter, p.consent, c.held_on, s.starts,"
    " coalesce(k.opens, c.opens) AS opens"
)
_FROM = (
    " FROM appointments a JOIN patients p ON p.id = a.patient_id JOIN campaigns c ON c.key = a.campaign"
    " LEFT JOIN clinics k ON k.campaign = a.campaign AND k.specialty = a.specialty"
    " LEFT JOIN slots s ON s.appointment_id = a.id"
)
_SELECT = f"SELECT {COLUMNS}{_FROM}"
_NOT_YET_OFFERED = " ORDER BY a.offers, a.arrival"


@dataclass(frozen=True, slots=True)
class Room:
    """What a clinic still has: slots that are free from `now` on, and how many people wait."""

    places: int
    free: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A clinic in numbers: places, taken (offered too), waiting now, ever on the list, came, absent, cancelled."""

    places: int
    taken: int
    waiting: int
    waited: int
    came: int
    absent: int
    cancelled: int


def one(tx: Tx, appointment_id: int) -> Appointment | None:
    row = tx.one(f"{_SELECT} WHERE a.id = ?", appointment_id)
    return appointment(row) if row else None


def by_code(tx: Tx, code: str) -> Appointment | None:
    row = tx.one(f"{_SELECT} WHERE a.code = ?", code)
    return appointment(row) if row else None


def open_of_person(tx: Tx, person_id: int, today: date) -> list[Appointment]:
    """What is registered from this phone and not over: booked, offered, waiting; the next first."""
    return _open(tx, "p.person_id = ?", (person_id,), today)


def open_of_promoter(tx: Tx, promoter: str, comunidades: Iterable[str], today: date) -> list[Appointment]:
    """What concerns a promoter's people: those whom she registered, and those of her comunidades."""
    condition, values = _theirs(promoter, comunidades)
    return _open(tx, condition, values, today)


def day_of_promoter(tx: Tx, promoter: str, comunidades: Iterable[str], campaign: str) -> list[Appointment]:
    """Her people at a campaign, those who came or did not come too, by hour."""
    condition, values = _theirs(promoter, comunidades)
    found = tx.all(
        f"{_SELECT} WHERE a.campaign = ? AND {condition} AND a.state IN ('booked', 'came', 'absent')"
        " ORDER BY a.specialty, s.number, a.id",
        campaign,
        *values,
    )
    return [appointment(row) for row in found]


def of_clinic(tx: Tx, campaign: str, specialty: str) -> list[Appointment]:
    """Everybody of a clinic: who has a slot by its number, then who waits in order, then the rest."""
    found = tx.all(
        f"{_SELECT} WHERE a.campaign = ? AND a.specialty = ?"
        " ORDER BY CASE WHEN s.number IS NULL THEN 1 ELSE 0 END, s.number, a.state DESC, a.offers, a.arrival",
        campaign,
        specialty,
    )
    return [appointment(row) for row in found]


def open_of_campaign(tx: Tx, campaign: str) -> list[Appointment]:
    found = tx.all(
        f"{_SELECT} WHERE a.campaign = ? AND a.state IN ('booked', 'offered', 'waiting') ORDER BY a.id", campaign
    )
    return [appointment(row) for row in found]


def same_patient(tx: Tx, patient_id: int, campaign: str, specialty: str) -> Appointment | None:
    """What this patient has open at a clinic already."""
    row = tx.one(
        f"{_SELECT} WHERE a.patient_id = ? AND a.campaign = ? AND a.specialty = ?"
        " AND a.state IN ('booked', 'offered', 'waiting')",
        patient_id,
        campaign,
        specialty,
    )
    return appointment(row) if row else None


def next_waiting(tx: Tx, campaign: str, specialty: str, most_offers: int) -> Appointment | None:
    """Whose turn it is: the first to arrive of those who were offered least. Who stopped us, or is unusable, keeps
    waiting, because no offer could reach her."""
    row = tx.one(
        f"{_SELECT} LEFT JOIN people o ON o.id = p.person_id WHERE a.campaign = ? AND a.specialty = ?"
        " AND a.state = 'waiting' AND a.offers < ? AND o.opted_out_at IS NULL"
        " AND (p.person_id IS NULL OR EXISTS (SELECT 1 FROM addresses d WHERE d.person_id = p.person_id"
        f" AND d.unusable_since IS NULL)){_NOT_YET_OFFERED} LIMIT 1",
        campaign,
        specialty,
        most_offers,
    )
    return appointment(row) if row else None


def position(tx: Tx, appointment_id: int) -> int:
    """Which place in the line she waits at, from 1."""
    row = tx.one(
        "SELECT count(*) AS n FROM appointments a, appointments me WHERE me.id = ? AND a.campaign = me.campaign"
        " AND a.specialty = me.specialty AND a.state = 'waiting'"
        " AND (a.offers < me.offers OR (a.offers = me.offers AND a.arrival <= me.arrival))",
        appointment_id,
    )
    return int(row["n"]) if row else 0


def is_reachable(tx: Tx, person_id: int) -> bool:
    """Whether a message of ours may and can get to her."""
    row = tx.one(
        "SELECT 1 FROM people o JOIN addresses d ON d.person_id = o.id WHERE o.id = ? AND o.opted_out_at IS NULL"
        " AND d.unusable_since IS NULL LIMIT 1",
        person_id,
    )
    return row is not None


def untold_offers(tx: Tx) -> list[Appointment]:
    return [
        appointment(row)
        for row in tx.all(f"{_SELECT} WHERE a.state = 'offered' AND a.offer_told_at IS NULL ORDER BY a.id")
    ]


def lapsed_offers(tx: Tx, now: datetime) -> list[Appointment]:
    found = tx.all(
        f"{_SELECT} WHERE a.state = 'offered' AND a.hold_until <= ? ORDER BY a.hold_until, a.id", to_text(now)
    )
    return [appointment(row) for row in found]


def due_reminders(tx: Tx, held_on: date, which: str, booked_before: datetime) -> list[Appointment]:
    """Booked on that day, not yet reminded (`eve` or `day`), and booked before that moment, by phone."""
    column = {"eve": "a.reminded_eve_at", "day": "a.reminded_day_at"}[which]
    found = tx.all(
        f"{_SELECT} WHERE c.held_on = ? AND c.cancelled_at IS NULL AND a.state = 'booked' AND {column} IS NULL"
        " AND a.booked_at < ? ORDER BY p.person_id, s.number, a.id",
        held_on.isoformat(),
        to_text(booked_before),
    )
    return [appointment(row) for row in found]


def clinics_with_room(tx: Tx, most_offers: int) -> list[tuple[str, str]]:
    """(campaign, specialty) of clinics with a free slot and somebody waiting who may be offered it."""
    return [
        (row["campaign"], row["specialty"])
        for row in tx.all(
            "SELECT DISTINCT a.campaign, a.specialty FROM appointments a JOIN slots s ON s.campaign = a.campaign"
            " AND s.specialty = a.specialty AND s.appointment_id IS NULL WHERE a.state = 'waiting' AND a.offers < ?"
            " ORDER BY a.campaign, a.specialty",
            most_offers,
        )
    ]


def room(tx: Tx, campaign: str, specialty: str, from_clock: str) -> Room:
    """What is left from an hour (`HH:MM`, empty: the whole day) on."""
    row = tx.one(
        "SELECT count(*) AS places, coalesce(sum(CASE WHEN appointment_id IS NULL AND (? = '' OR starts IS NULL"
        " OR starts > ?) THEN 1 ELSE 0 END), 0) AS free FROM slots WHERE campaign = ? AND specialty = ?",
        from_clock,
        from_clock,
        campaign,
        specialty,
    )
    waits = tx.one(
        "SELECT count(*) AS n FROM appointments WHERE campaign = ? AND specialty = ? AND state = 'waiting'",
        campaign,
        specialty,
    )
    return Room(int(row["places"]), int(row["free"]), int(waits["n"])) if row and waits else Room(0, 0, 0)


def figures(tx: Tx, campaign: str, specialty: str) -> Figures:
    states = {
        row["state"]: int(row["n"])
        for row in tx.all(
            "SELECT state, count(*) AS n FROM appointments WHERE campaign = ? AND specialty = ? GROUP BY state",
            campaign,
            specialty,
        )
    }
    row = tx.one(
        "SELECT (SELECT count(*) FROM slots WHERE campaign = ? AND specialty = ?) AS places,"
        " (SELECT count(*) FROM slots WHERE campaign = ? AND specialty = ? AND appointment_id IS NOT NULL) AS taken,"
        " (SELECT count(*) FROM appointments WHERE campaign = ? AND specialty = ? AND (offers > 0"
        " OR booked_at IS NULL)) AS waited",
        *(campaign, specialty) * 3,
    )
    counted = (states.get(state, 0) for state in ("came", "absent", "cancelled"))
    places, taken, waited = (int(row["places"]), int(row["taken"]), int(row["waited"])) if row else (0, 0, 0)
    return Figures(places, taken, states.get("waiting", 0), waited, *counted)


def _open(tx: Tx, condition: str, values: tuple[object, ...], today: date) -> list[Appointment]:
    found = tx.all(
        f"{_SELECT} WHERE {condition} AND a.state IN ('booked', 'offered', 'waiting') AND c.held_on >= ?"
        " ORDER BY c.held_on, s.starts, a.id",
        *values,
        today.isoformat(),
    )
    return [appointment(row) for row in found]


def _theirs(promoter: str, comunidades: Iterable[str]) -> tuple[str, tuple[object, ...]]:
    keys = tuple(comunidades)
    among = f" OR p.comunidad IN ({', '.join('?' * len(keys))})" if keys else ""
    return f"(p.promoter = ?{among})", (promoter, *keys)
