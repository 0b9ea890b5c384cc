"""What the desk's lists show beside an appointment: slot, who registered it, whom a message reaches; and figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from bot.records.appointments.lists import Figures
from bot.records.store import Tx


@dataclass(frozen=True, slots=True)
class Sideline:
    """What stands beside an appointment in a list.

    `number` is its slot's, None without one. `booked_by` is `person`, `promoter:<phone>` or `staff:<id>`. `address` is
    the patient's own, empty where she has none; `is_reachable` whether anything of ours may and can get to it.
    """

    number: int | None
    booked_by: str
    promoter_name: str
    address: str
    is_opted_out: bool
    is_reachable: bool
    is_closed_with_the_day: bool


def sidelines(tx: Tx, campaign: str) -> dict[int, Sideline]:
    """By appointment, for everybody of a campaign's day."""
    rows = tx.all(
        "SELECT a.id, s.number, a.booked_by, coalesce(m.name, '') AS promoter_name,"
        " coalesce((SELECT min(d.address) FROM addresses d WHERE d.person_id = p.person_id"
        " AND substr(d.address, 1, 4) = 'tel:'),"
        " (SELECT min(d.address) FROM addresses d WHERE d.person_id = p.person_id), '') AS address,"
        " CASE WHEN o.opted_out_at IS NULL THEN 0 ELSE 1 END AS is_opted_out,"
        " CASE WHEN o.opted_out_at IS NULL AND EXISTS (SELECT 1 FROM addresses d WHERE d.person_id = p.person_id"
        " AND d.unusable_since IS NULL) THEN 1 ELSE 0 END AS is_reachable,"
        " CASE WHEN a.closed_at = c.cancelled_at THEN 1 ELSE 0 END AS is_closed_with_the_day"
        " FROM appointments a JOIN campaigns c ON c.key = a.campaign JOIN patients p ON p.id = a.patient_id"
        " LEFT JOIN slots s ON s.appointment_id = a.id LEFT JOIN people o ON o.id = p.person_id"
        " LEFT JOIN promoters m ON m.phone = p.promoter WHERE a.campaign = ?",
        campaign,
    )
    flags = ("is_opted_out", "is_reachable", "is_closed_with_the_day")
    texts = ("number", "booked_by", "promoter_name", "address")
    return {row["id"]: Sideline(*(row[name] for name in texts), *(bool(row[name]) for name in flags)) for row in rows}


def figures_of(tx: Tx, campaigns: Collection[str]) -> dict[tuple[str, str], Figures]:
    """By (campaign, specialty), for every clinic of these campaigns that has slots or appointments."""
    if not campaigns:
        return {}
    among = f"WHERE campaign IN ({', '.join('?' * len(campaigns))}) GROUP BY campaign, specialty"
    slots = {
        (row["campaign"], row["specialty"]): (int(row["places"]), int(row["taken"]))
        for row in tx.all(
            f"SELECT campaign, specialty, count(*) AS places, count(appointment_id) AS taken FROM slots {among}",
            *campaigns,
        )
    }
    states: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in tx.all(
        "SELECT campaign, specialty, state, count(*) AS n,"
        " sum(CASE WHEN offers > 0 OR booked_at IS NULL THEN 1 ELSE 0 END) AS waited"
        f" FROM appointments {among}, state",
        *campaigns,
    ):
        of_clinic = states[row["campaign"], row["specialty"]]
        of_clinic[row["state"]] += int(row["n"])
        of_clinic["waited"] += int(row["waited"])
    return {clinic: _figures(*slots.get(clinic, (0, 0)), states[clinic]) for clinic in slots.keys() | states.keys()}


def _figures(places: int, taken: int, states: dict[str, int]) -> Figures:
    counted = (states[state] for state in ("waiting", "waited", "came", "absent", "cancelled"))
    return Figures(places, taken, *counted)
