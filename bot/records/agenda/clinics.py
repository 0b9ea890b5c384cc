"""What each specialist of a campaign's day can take: clinics and their slots, laid out anew when staff change them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from bot.records.agenda.rows import Campaign, Clinic
from bot.records.store import Tx


class Occupied(Exception):
    """More people have a slot than there would be places: somebody has to decide about them first."""

    def __init__(self, specialty: str, taken: int, places: int) -> None:
        super().__init__(f"{specialty}: {taken} taken, {places} places")
        self.specialty, self.taken, self.places = specialty, taken, places


def hours_of_places(campaign: Campaign, clinic: Clinic) -> list[time | None]:
    """The hour of each place, in order: the opening for all of them, or so many for each hour until the closing."""
    opens, closes = campaign.opening(clinic), campaign.closing(clinic)
    if clinic.per_hour and opens and closes:
        begin = datetime.combine(date.min, opens)
        hours = max(1, (datetime.combine(date.min, closes) - begin) // timedelta(hours=1))
        most = clinic.places if clinic.places is not None else hours * clinic.per_hour
        return [(begin + timedelta(hours=place // clinic.per_hour)).time() for place in range(most)]
    return [opens] * (clinic.places or 0)


def put_clinics(tx: Tx, campaign: Campaign) -> None:
    """Replace a campaign's clinics, keeping who has a slot. Raises Occupied before anything is lost."""
    kept = campaign.specialties
    for row in tx.all("SELECT specialty FROM clinics WHERE campaign = ?", campaign.key):
        if row["specialty"] not in kept:
            _remove(tx, campaign.key, row["specialty"])
    for position, clinic in enumerate(campaign.clinics):
        _put_clinic(tx, campaign.key, clinic, position)
        _lay_out(tx, campaign.key, clinic.specialty, hours_of_places(campaign, clinic))


def count_taken(tx: Tx, campaign: str, specialty: str) -> int:
    """How many slots of a clinic somebody has, or is being offered."""
    row = tx.one(
        "SELECT count(*) AS n FROM slots WHERE campaign = ? AND specialty = ? AND appointment_id IS NOT NULL",
        campaign,
        specialty,
    )
    return int(row["n"]) if row else 0


def _remove(tx: Tx, campaign: str, specialty: str) -> None:
    if taken := count_taken(tx, campaign, specialty):
        raise Occupied(specialty, taken, 0)
    tx.run("DELETE FROM clinics WHERE campaign = ? AND specialty = ?", campaign, specialty)


def _put_clinic(tx: Tx, campaign: str, clinic: Clinic, position: int) -> None:
    tx.run(
        "INSERT INTO clinics (campaign, specialty, position, places, per_hour, opens, closes, sex, age_from_years,"
        " age_to_years) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (campaign, specialty) DO UPDATE SET position = excluded.position, places = excluded.places,"
        " per_hour = excluded.per_hour, opens = excluded.opens, closes = excluded.closes, sex = excluded.sex,"
        " age_from_years = excluded.age_from_years, age_to_years = excluded.age_to_years",
        campaign,
        clinic.specialty,
        position,
        clinic.places,
        clinic.per_hour,
        _clock(clinic.opens),
        _clock(clinic.closes),
        clinic.sex,
        clinic.age_from_years,
        clinic.age_to_years,
    )


def _lay_out(tx: Tx, campaign: str, specialty: str, hours: list[time | None]) -> None:
    """As many slots as there are hours; who stands behind the last one moves to a free one before it."""
    places = len(hours)
    taken = count_taken(tx, campaign, specialty)
    if taken > places:
        raise Occupied(specialty, taken, places)
    for number, starts in enumerate(hours, start=1):
        tx.run(
            "INSERT INTO slots (campaign, specialty, number, starts) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (campaign, specialty, number) DO UPDATE SET starts = excluded.starts",
            campaign,
            specialty,
            number,
            _clock(starts),
        )
    behind = tx.all(
        "SELECT number, appointment_id FROM slots WHERE campaign = ? AND specialty = ? AND number > ?"
        " AND appointment_id IS NOT NULL ORDER BY number",
        campaign,
        specialty,
        places,
    )
    tx.run("DELETE FROM slots WHERE campaign = ? AND specialty = ? AND number > ?", campaign, specialty, places)
    for row in behind:
        tx.run(
            "UPDATE slots SET appointment_id = ? WHERE campaign = ? AND specialty = ? AND number ="
            " (SELECT min(number) FROM slots WHERE campaign = ? AND specialty = ? AND appointment_id IS NULL)",
            row["appointment_id"],
            *(campaign, specialty) * 2,
        )


def _clock(moment: time | None) -> str | None:
    return f"{moment:%H:%M}" if moment else None
