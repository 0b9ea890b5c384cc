"""Health campaigns: which are coming, where, and who attends."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time

from bot.clock import LIMA
from bot.records.agenda.rows import Campaign, Name
from bot.records.store import Row, Tx

_COMING = """
    FROM campaigns c
    WHERE (c.held_on > ? OR (c.held_on = ? AND coalesce(c.closes, '24:00') > ?))
      AND (? = 1 OR c.is_sample = 0)
      AND (? = '' OR c.district = ?)
      AND (? = '' OR c.topic = ?)
      AND (? = '' OR EXISTS (SELECT 1 FROM campaign_specialties s WHERE s.campaign = c.key AND s.specialty = ?))
"""
_CAMPAIGNS = f"SELECT c.* {_COMING} ORDER BY c.held_on, coalesce(c.opens, ''), c.key"
_SPECIALTIES = (
    "SELECT campaign, specialty FROM campaign_specialties "
    f"WHERE campaign IN (SELECT c.key {_COMING}) ORDER BY campaign, position"
)


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
    return _assemble(tx, today, f"{local:%H:%M}", with_samples, district or "", topic or "", specialty or "")


def all_campaigns(tx: Tx) -> list[Campaign]:
    """Every row, past and sample too: for staff and the import."""
    return _assemble(tx, "", "", True, "", "", "")


def _assemble(
    tx: Tx, today: str, clock: str, with_samples: bool, district: str, topic: str, specialty: str
) -> list[Campaign]:
    asked = (today, today, clock, int(with_samples), district, district, topic, topic, specialty, specialty)
    specialties: dict[str, list[str]] = defaultdict(list)
    for row in tx.all(_SPECIALTIES, *asked):
        specialties[row["campaign"]].append(row["specialty"])
    return [_campaign(row, tuple(specialties[row["key"]])) for row in tx.all(_CAMPAIGNS, *asked)]


def _campaign(row: Row, specialties: tuple[str, ...]) -> Campaign:
    return Campaign(
        key=row["key"],
        name=Name(row["name_es"], row["name_quz"]),
        topic=row["topic"],
        district=row["district"],
        place=row["place"],
        date=date.fromisoformat(row["held_on"]),
        opens=time.fromisoformat(row["opens"]) if row["opens"] else None,
        closes=time.fromisoformat(row["closes"]) if row["closes"] else None,
        specialties=specialties,
        places_per_specialty=row["places_per_specialty"],
        bring=Name(row["bring_es"], row["bring_quz"]),
        cost=Name(row["cost_es"], row["cost_quz"]),
        note=row["note"],
        source=row["source"],
        is_sample=bool(row["is_sample"]),
    )
