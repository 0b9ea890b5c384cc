"""Fairs: which is next, which is near, which has what a person wants to buy or sell."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import IntEnum

from bot.clock import LIMA
from bot.records.agenda import rules
from bot.records.agenda.kept import by_version
from bot.records.agenda.places import comunidades, districts
from bot.records.agenda.rows import Fair
from bot.records.store import Row, Tx


class Nearness(IntEnum):
    """How near a fair is to a person, the nearest first."""

    SAME_COMUNIDAD = 0
    SAME_DISTRICT = 1
    NEIGHBOUR = 2
    PROVINCE = 3
    OUTSIDE = 4


@dataclass(frozen=True, slots=True)
class FairDay:
    """A fair on a day; `nearness` only when a place was given."""

    fair: Fair
    date: date
    nearness: Nearness | None = None


def all_fairs(tx: Tx, *, with_samples: bool) -> list[Fair]:
    """All fairs by name. Without samples, a sample row keeps only what the plan states: its name and source."""
    return [fair if with_samples or not fair.is_sample else _only_facts(fair) for fair in _fairs(tx)]


@by_version
def _fairs(tx: Tx) -> tuple[Fair, ...]:
    return tuple(_fair(row) for row in tx.all("SELECT * FROM fairs ORDER BY name, key"))


def next_fairs(
    tx: Tx,
    now: datetime,
    *,
    with_samples: bool,
    fair: str | None = None,
    near: tuple[str | None, str | None] | None = None,
    on_date: date | None = None,
    product: str | None = None,
    limit: int = 10,
) -> list[FairDay]:
    """Fair days from now on, in Lima's time; one that has closed today is over.

    `fair`: its next `limit` days; otherwise the next day of each fair. `near` is (comunidad, district), either may be
    None: ordered by nearness, then by date; else by date. `on_date` keeps fairs of that day, `product` those that
    trade it. Fairs whose day may not be told are left out: see `all_fairs`.
    """
    chosen = [
        one
        for one in all_fairs(tx, with_samples=with_samples)
        if one.rule and fair in (None, one.key) and (product is None or product in one.products)
    ]
    each = limit if fair else 1
    days = [FairDay(one, day) for one in chosen for day in _days(one, now, each, on_date)]
    if near is not None:
        where = _Where.of(tx, near, with_samples)
        days = [replace(day, nearness=where.nearness(day.fair)) for day in days]
    days.sort(key=lambda day: (day.nearness or 0, day.date, day.fair.opens or time.min, day.fair.key))
    return days[:limit]


def coming_days(fair: Fair, now: datetime, count: int) -> list[date]:
    """The next `count` days of one fair, stored or not; none when its day may not be told."""
    return _days(fair, now, count, None) if fair.rule else []


@dataclass(frozen=True, slots=True)
class _Where:
    comunidad: str | None
    district: str | None
    neighbours: tuple[str, ...]

    @classmethod
    def of(cls, tx: Tx, near: tuple[str | None, str | None], with_samples: bool) -> _Where:
        comunidad, district = near
        if comunidad and not district:
            told = (c.district for c in comunidades(tx) if c.key == comunidad and (with_samples or not c.is_sample))
            district = next(told, None)
        return cls(comunidad, district, next((d.neighbours for d in districts(tx) if d.key == district), ()))

    def nearness(self, fair: Fair) -> Nearness:
        if fair.comunidad and fair.comunidad == self.comunidad:
            return Nearness.SAME_COMUNIDAD
        if fair.district is None:
            return Nearness.OUTSIDE
        if fair.district == self.district:
            return Nearness.SAME_DISTRICT
        return Nearness.NEIGHBOUR if fair.district in self.neighbours else Nearness.PROVINCE


def _days(fair: Fair, now: datetime, count: int, on_date: date | None) -> list[date]:
    local = now.astimezone(LIMA)
    today = local.date()
    if on_date and on_date < today:
        return []
    skipped = set(fair.exceptions)
    if fair.closes and local.time() >= fair.closes:
        skipped.add(today)
    coming = rules.upcoming(fair.rule, on_date or today, count + len(skipped))
    days = [day for day in coming if day not in skipped][:count]
    return [day for day in days if on_date in (None, day)]


def _only_facts(fair: Fair) -> Fair:
    return Fair(fair.key, fair.name, "", aliases=fair.aliases, source=fair.source, is_sample=True)


def _fair(row: Row) -> Fair:
    return Fair(
        key=row["key"],
        name=row["name"],
        rule=row["rule"],
        aliases=tuple(json.loads(row["aliases"])),
        district=row["district"],
        comunidad=row["comunidad"],
        place=row["place"],
        opens=time.fromisoformat(row["opens"]) if row["opens"] else None,
        closes=time.fromisoformat(row["closes"]) if row["closes"] else None,
        products=tuple(json.loads(row["products"])),
        note=row["note"],
        exceptions=tuple(date.fromisoformat(day) for day in json.loads(row["exceptions"])),
        source=row["source"],
        is_sample=bool(row["is_sample"]),
    )
