"""Taking and freeing slots. A slot is a row and holds one appointment: that, and no check before, is the capacity."""

from __future__ import annotations

from datetime import datetime

from bot.clock import LIMA, to_text
from bot.records.store import Tx


def lock_clinic(tx: Tx, campaign: str, specialty: str) -> bool:
    """Nobody else changes this clinic until the transaction ends, so that the list keeps the order of arrival.

    False when there is no such clinic.
    """
    return (
        tx.run("UPDATE clinics SET position = position WHERE campaign = ? AND specialty = ?", campaign, specialty) == 1
    )


def add(
    tx: Tx, appointment_id: int, campaign: str, specialty: str, patient_id: int, code: str, by: str, now: datetime
) -> bool:
    """A new appointment, last on the list of a clinic that is locked; False when the code is in use."""
    return (
        tx.run(
            "INSERT INTO appointments (id, campaign, specialty, patient_id, code, state, arrival, booked_by,"
            " created_at) SELECT ?, ?, ?, ?, ?, 'waiting', coalesce(max(arrival), 0) + 1, ?, ? FROM appointments"
            " WHERE campaign = ? AND specialty = ? ON CONFLICT (code) DO NOTHING",
            *(appointment_id, campaign, specialty, patient_id, code, by, to_text(now)),
            *(campaign, specialty),
        )
        == 1
    )


def rebook(tx: Tx, appointment_id: int, campaign: str, now: datetime) -> None:
    """The same appointment on another day of its specialty, last on that list; its slot is a matter of its own."""
    tx.run(
        "UPDATE appointments SET campaign = ?, state = 'booked', booked_at = ?, confirmed_at = NULL,"
        " reminded_eve_at = NULL, reminded_day_at = NULL, hold_until = NULL, offer_told_at = NULL, offers = 0,"
        " arrival = (SELECT coalesce(max(o.arrival), 0) + 1 FROM appointments o WHERE o.campaign = ?"
        " AND o.specialty = appointments.specialty) WHERE id = ?",
        *(campaign, to_text(now), campaign, appointment_id),
    )


def hold_slot(tx: Tx, appointment_id: int, campaign: str, specialty: str, now: datetime) -> bool:
    """Give the first free slot whose hour has not passed; False when there is none."""
    local = now.astimezone(LIMA)
    return (
        tx.run(
            "UPDATE slots SET appointment_id = ? WHERE campaign = ? AND specialty = ? AND appointment_id IS NULL"
            " AND number = (SELECT min(s.number) FROM slots s JOIN campaigns c ON c.key = s.campaign"
            " JOIN clinics k ON k.campaign = s.campaign AND k.specialty = s.specialty"
            " WHERE s.campaign = ? AND s.specialty = ? AND s.appointment_id IS NULL AND c.cancelled_at IS NULL"
            " AND (c.held_on > ? OR (c.held_on = ? AND"
            " CASE WHEN k.per_hour IS NULL THEN coalesce(k.closes, c.closes, '24:00')"
            " ELSE coalesce(s.starts, '24:00') END > ?)))",
            appointment_id,
            *(campaign, specialty) * 2,
            local.date().isoformat(),
            local.date().isoformat(),
            f"{local:%H:%M}",
        )
        == 1
    )


def free_slot(tx: Tx, appointment_id: int) -> None:
    tx.run("UPDATE slots SET appointment_id = NULL WHERE appointment_id = ?", appointment_id)


def slot_of(tx: Tx, appointment_id: int) -> tuple[str, str, int] | None:
    """(campaign, specialty, number) of the slot that an appointment has."""
    row = tx.one("SELECT campaign, specialty, number FROM slots WHERE appointment_id = ?", appointment_id)
    return (row["campaign"], row["specialty"], row["number"]) if row else None


def hold_again(tx: Tx, appointment_id: int, slot: tuple[str, str, int]) -> None:
    """The slot that was freed in this very transaction, back."""
    tx.run(
        "UPDATE slots SET appointment_id = ? WHERE campaign = ? AND specialty = ? AND number = ?", appointment_id, *slot
    )


def set_booked(tx: Tx, appointment_id: int, now: datetime) -> bool:
    """It has a slot and is hers; False when it was no longer open."""
    return (
        tx.run(
            "UPDATE appointments SET state = 'booked', booked_at = ?, hold_until = NULL, offer_told_at = NULL"
            " WHERE id = ? AND state IN ('waiting', 'offered')",
            to_text(now),
            appointment_id,
        )
        == 1
    )


def set_offered(tx: Tx, appointment_id: int) -> None:
    """It has a slot until she answers; nobody has told her yet."""
    tx.run(
        "UPDATE appointments SET state = 'offered', offers = offers + 1, offer_told_at = NULL, hold_until = NULL"
        " WHERE id = ?",
        appointment_id,
    )


def set_offer_told(tx: Tx, appointment_id: int, hold_until: datetime, now: datetime) -> None:
    tx.run(
        "UPDATE appointments SET offer_told_at = ?, hold_until = ? WHERE id = ? AND state = 'offered'",
        to_text(now),
        to_text(hold_until),
        appointment_id,
    )


def set_waiting(tx: Tx, appointment_id: int) -> None:
    """Back on the list, at the place that her arrival gives her."""
    tx.run(
        "UPDATE appointments SET state = 'waiting', hold_until = NULL, offer_told_at = NULL, booked_at = NULL,"
        " confirmed_at = NULL WHERE id = ?",
        appointment_id,
    )


def close(tx: Tx, appointment_id: int, state: str, by: str, now: datetime) -> bool:
    """Cancelled or lapsed; False when it was closed already."""
    return (
        tx.run(
            "UPDATE appointments SET state = ?, closed_at = ?, closed_by = ?, hold_until = NULL WHERE id = ?"
            " AND state IN ('waiting', 'offered', 'booked')",
            state,
            to_text(now),
            by,
            appointment_id,
        )
        == 1
    )


def confirm(tx: Tx, appointment_id: int, now: datetime) -> bool:
    """She says that she will come; False when it is no longer hers to confirm."""
    return (
        tx.run(
            "UPDATE appointments SET confirmed_at = coalesce(confirmed_at, ?) WHERE id = ? AND state = 'booked'",
            to_text(now),
            appointment_id,
        )
        == 1
    )


def mark_attendance(tx: Tx, appointment_id: int, state: str, by: str, now: datetime) -> bool:
    """`came` or `absent`, or `booked` again to undo either; False where there was no place to come to."""
    return (
        tx.run(
            "UPDATE appointments SET state = ?, closed_at = ?, closed_by = ? WHERE id = ?"
            " AND state IN ('booked', 'came', 'absent')",
            state,
            None if state == "booked" else to_text(now),
            "" if state == "booked" else by,
            appointment_id,
        )
        == 1
    )


def claim_reminder(tx: Tx, appointment_id: int, which: str, now: datetime) -> bool:
    """Whether this reminder (`eve` or `day`) is ours to send: it is given once, whatever clock or process."""
    column = {"eve": "reminded_eve_at", "day": "reminded_day_at"}[which]
    return (
        tx.run(
            f"UPDATE appointments SET {column} = ? WHERE id = ? AND {column} IS NULL AND state = 'booked'",
            to_text(now),
            appointment_id,
        )
        == 1
    )


def forget_reminders(tx: Tx, campaign: str) -> None:
    """The day is another one: who was reminded of the old one is reminded again."""
    tx.run(
        "UPDATE appointments SET reminded_eve_at = NULL, reminded_day_at = NULL, confirmed_at = NULL"
        " WHERE campaign = ? AND state = 'booked'",
        campaign,
    )


def put_first(tx: Tx, appointment_id: int) -> None:
    """Before everybody who waits at its clinic."""
    tx.run(
        "UPDATE appointments SET offers = 0, arrival = (SELECT min(o.arrival) - 1 FROM appointments o"
        " WHERE o.campaign = appointments.campaign AND o.specialty = appointments.specialty) WHERE id = ?",
        appointment_id,
    )
