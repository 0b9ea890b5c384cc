"""Publishing: when a month has ended its tables are made once, kept, and shown to everybody who may see figures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from dateutil.relativedelta import relativedelta

from bot.clock import LIMA
from bot.records import figures, published
from bot.records.figures import Reach
from bot.records.store import Tx
from bot.service.small_numbers import PATH, TABLES, Group, Published, Report, publishable

MONTH = relativedelta(months=1)
MONTHS_SIDE_BY_SIDE = 12


@dataclass(frozen=True, slots=True)
class MesaByMonth:
    """Mesa by month out of what was published: `alone` by Mesa and month where a Mesa was counted by itself; `together`
    by month what was counted for several at once; `totals` by month, without the months that are withheld."""

    months: tuple[date, ...]
    alone: Mapping[tuple[str, date], int]
    together: Mapping[date, int]
    totals: Mapping[date, int]

    @property
    def mesas(self) -> list[str]:
        return sorted({mesa for mesa, _ in self.alone})


def publish(tx: Tx, now: datetime) -> date | None:
    """Keep the tables of the oldest month that has ended and has none; the month, None when all have theirs."""
    month = _next_month(tx)
    if month is None or now < _begin(month + MONTH):
        return None
    found = figures.cases(tx, Reach(), _begin(month), _begin(month + MONTH))
    tables = publishable(Report(f.person_id, f.mesa, f.district, f.medium, f.language) for f in found)
    published.add(tx, month, _to_json(tables) if tables else "", now)
    return month


def months(tx: Tx) -> dict[date, Published | None]:
    """What was published by month, the newest first; None for a month that is withheld."""
    return {month: _from_json(tables) if tables else None for month, tables in published.months(tx).items()}


def by_month(kept: Mapping[date, Published | None], last: date) -> MesaByMonth:
    """Mesa by month up to `last`: nothing but sums of the months' own tables."""
    shown = tuple(sorted(month for month in kept if month <= last)[-MONTHS_SIDE_BY_SIDE:])
    open_months = {month: tables for month in shown if (tables := kept[month])}
    groups = [(group, month, n) for month, tables in open_months.items() for group, n in tables.by_mesa().items()]
    return MesaByMonth(
        shown,
        {(group[0], month): n for group, month, n in groups if len(group) == 1},
        {month: n for group, month, n in groups if len(group) > 1},
        {month: tables.total for month, tables in open_months.items()},
    )


def _next_month(tx: Tx) -> date | None:
    newest = published.newest_month(tx)
    if newest:
        return newest + MONTH
    first = figures.first_case(tx)
    return first.astimezone(LIMA).date().replace(day=1) if first else None


def _begin(month: date) -> datetime:
    return datetime.combine(month, time(), LIMA)


def _to_json(tables: Published) -> str:
    kept = {
        "groups": {dimension: tables.groups[dimension] for dimension in PATH},
        "tables": [[[*cell, n] for cell, n in tables.tables[pair].items()] for pair in TABLES],
    }
    return json.dumps(kept)


def _from_json(kept: str) -> Published:
    read = json.loads(kept)
    return Published(
        {dimension: tuple(_group(each) for each in read["groups"][dimension]) for dimension in PATH},
        {
            pair: {(_group(first), _group(second)): n for first, second, n in rows}
            for pair, rows in zip(TABLES, read["tables"], strict=True)
        },
    )


def _group(keys: list[str]) -> Group:
    return tuple(keys)
