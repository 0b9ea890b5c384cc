"""Whom appointments are for: several people on one household phone, each with own name and age."""

from __future__ import annotations

from datetime import datetime

from bot.clock import to_text
from bot.records.appointments.rows import Patient
from bot.records.store import Row, Tx

_COLUMNS = "id, person_id, name, kin, age_months, comunidad, promoter, consent, code"


def add_patient(tx: Tx, patient: Patient, now: datetime) -> None:
    tx.run(
        "INSERT INTO patients (id, person_id, name, kin, age_months, aged_on, comunidad, promoter, consent, code,"
        " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        patient.id,
        patient.person_id,
        patient.name,
        patient.kin,
        patient.age_months,
        to_text(now)[:10],
        patient.comunidad,
        patient.promoter,
        patient.consent,
        patient.code,
        to_text(now),
    )


def patient(tx: Tx, patient_id: int) -> Patient | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM patients WHERE id = ? AND erased_at IS NULL", patient_id)
    return _patient(row) if row else None


def household(tx: Tx, person_id: int) -> list[Patient]:
    """Everybody with a name who was registered from this phone, the latest first."""
    return [
        _patient(row)
        for row in tx.all(
            f"SELECT {_COLUMNS} FROM patients WHERE person_id = ? AND erased_at IS NULL AND name <> ''"
            " AND consent <> 'refused' ORDER BY id DESC",
            person_id,
        )
    ]


def registered_by(tx: Tx, promoter: str) -> list[Patient]:
    """Everybody whom a promoter has registered, the latest first."""
    return [
        _patient(row)
        for row in tx.all(
            f"SELECT {_COLUMNS} FROM patients WHERE promoter = ? AND erased_at IS NULL ORDER BY id DESC", promoter
        )
    ]


def rename_patient(tx: Tx, patient_id: int, name: str, age_months: int | None, now: datetime) -> None:
    """Her name, and her age where it was said."""
    tx.run("UPDATE patients SET name = ? WHERE id = ?", name, patient_id)
    if age_months is not None:
        tx.run(
            "UPDATE patients SET age_months = ?, aged_on = ? WHERE id = ?", age_months, to_text(now)[:10], patient_id
        )


def set_consent(tx: Tx, patient_id: int, consent: str) -> None:
    tx.run("UPDATE patients SET consent = ? WHERE id = ?", consent, patient_id)


def erase_patient(tx: Tx, patient_id: int, now: datetime) -> None:
    """Her name goes; that somebody of her age came stays."""
    tx.run(
        "UPDATE patients SET name = '', kin = '', comunidad = NULL, erased_at = ? WHERE id = ?",
        to_text(now),
        patient_id,
    )


def patients_of(tx: Tx, person_id: int) -> list[int]:
    return [row["id"] for row in tx.all("SELECT id FROM patients WHERE person_id = ?", person_id)]


def _patient(row: Row) -> Patient:
    return Patient(**dict(row))
