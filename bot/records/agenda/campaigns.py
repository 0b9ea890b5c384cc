"""Health campaigns: which are coming, where, who attends and whom."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from datetime import date, datetime, time

from bot.clock import LIMA
from bot.records.agenda.kept import by_version
from bot.records.agenda.rows import Campaign, Clinic, Name
from bot.records.store import Row, Tx

_CAMPAIGNS = "SELECT * FROM campaigns ORDER BY held_on, coalesce(opens, ''), key"
_CLINICS = "SELECT * FROM clinics ORDER BY campaign, position"


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
    campaigns = _campaigns(tx)
    first = bisect_left(campaigns, local.date(), key=lambda campaign: campaign.date)
    return [
        campaign
        for campaign in campaigns[first:]
        if (campaign.date > local.date() or campaign.closes is None or local.time() < campaign.closes)
        and (with_samples or not campaign.is_sample)
        and not campaign.is_cancelled
        and (not district or district == campaign.district)
        and (not topic or topic == campaign.topic)
        and (not specialty or specialty in campaign.specialties)
    ]


def all_campaigns(tx: Tx) -> list[Campaign]:
    """Every row, past, cancelled and sample too: for staff and the import."""
    return list(_campaigns(tx))


def one_campaign(tx: Tx, key: str) -> Campaign | None:
    """A campaign by its key, past or cancelled too."""
    return next((campaign for campaign in _campaigns(tx) if campaign.key == key), None)


@by_version
def _campaigns(tx: Tx) -> tuple[Campaign, ...]:
    """Every row, in order of their days."""
    clinics: dict[str, list[Clinic]] = defaultdict(list)
    for row in tx.all(_CLINICS):
        clinics[row["campaign"]].append(_clinic(row))
    return tuple(_campaign(row, tuple(clinics[row["key"]])) for row in tx.all(_CAMPAIGNS))


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
