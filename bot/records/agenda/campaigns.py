"""Health campaigns: which are coming, where, who attends and whom."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time

from bot.clock import LIMA
from bot.records.agenda.rows import Campaign, Clinic, Name
from bot.records.store import Row, Tx

_COMING = """
    FROM campaigns c
    WHERE (c.held_on > ? OR (c.held_on = ? AND coalesce(c.closes, '24:00') > ?))
      AND (? = 1 OR c.is_sample = 0)
      AND (? = 1 OR c.cancelled_at IS NULL)
      AND (? = '' OR c.key = ?)
      AND (? = '' OR c.district = ?)
      AND (? = '' OR c.topic = ?)
      AND (? = '' OR EXISTS (SELECT 1 FROM clinics s WHERE s.campaign = c.key AND s.specialty = ?))
"""
_CAMPAIGNS = f"SELECT c.* {_COMING} ORDER BY c.held_on, coalesce(c.opens, ''), c.key"
_CLINICS = f"SELECT * FROM clinics WHERE campaign IN (SELECT c.key {_COMING}) ORDER BY campaign, position"


def coming_campaigns(
    tx: Tx,
    now: datetime,
    *,
    with_samples: bool,
    district: str | None = None,
    specialty: str | None = None,
    topic: str | None = None,
) -> list[Campaign]:
    """Campaigns from now on (`now` is aware; one that has closed today is over), the next first."""
    local = now.astimezone(LIMA)
    today = local.date().isoformat()
    return _assemble(
        tx,
        *(today, today, f"{local:%H:%M}", int(with_samples), 0),
        *_pair(""),
        *_pair(district),
        *_pair(topic),
        *_pair(specialty),
    )


def all_campaigns(tx: Tx) -> list[Campaign]:
    """Every row, past, cancelled and sample too: for staff and the import."""
    return _assemble(tx, "", "", "", 1, 1, *_pair(""), *_pair(""), *_pair(""), *_pair(""))


def one_campaign(tx: Tx, key: str) -> Campaign | None:
    """A campaign by its key, past or cancelled too."""
    found = _assemble(tx, "", "", "", 1, 1, *_pair(key), *_pair(""), *_pair(""), *_pair("")) if key else []
    return found[0] if found else None


def _pair(value: str | None) -> tuple[str, str]:
    """A condition that holds for everything when its value is empty."""
    return (value or "", value or "")


def _assemble(tx: Tx, *asked: object) -> list[Campaign]:
    clinics: dict[str, list[Clinic]] = defaultdict(list)
    for row in tx.all(_CLINICS, *asked):
        clinics[row["campaign"]].append(_clinic(row))
    return [_campaign(row, tuple(clinics[row["key"]])) for row in tx.all(_CAMPAIGNS, *asked)]


def _clinic(row: Row) -> Clinic:
    return Clinic(
        specialty=row["specialty"],
        places=row["places"],
        per_hour=row["per_hour"],
        opens=_time(row["opens"]),
        closes=_time(row["closes"]),
        sex=row["sex"],
        age_from_years=row["age_from_years"],
        age_to_years=row["age_to_years"],
    )


def _campaign(row: Row, clinics: tuple[Clinic, ...]) -> Campaign:
    return Campaign(
        key=row["key"],
        name=Name(row["name_es"], row["name_quz"]),
        topic=row["topic"],
        district=row["district"],
        place=row["place"],
        date=date.fromisoformat(row["held_on"]),
        opens=_time(row["opens"]),
        closes=_time(row["closes"]),
        clinics=clinics,
        bring=Name(row["bring_es"], row["bring_quz"]),
        cost=Name(row["cost_es"], row["cost_quz"]),
        note=row["note"],
        source=row["source"],
        is_sample=bool(row["is_sample"]),
        is_cancelled=row["cancelled_at"] is not None,
    )


def _time(stored: str | None) -> time | None:
    return time.fromisoformat(stored) if stored else None
