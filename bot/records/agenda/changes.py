"""How the agenda's rows are written: by the first start, and by every import after it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import time
from itertools import chain

from bot.clock import Clock
from bot.records.agenda.clinics import put_clinics
from bot.records.agenda.rows import Campaign, Comunidad, District, Fair, Fund, Promoter, Work
from bot.records.store import Tx

TABLES = ("districts", "comunidades", "funds", "works", "campaigns", "fairs")
"""The tables that the first start fills."""

_WITH_SAMPLES = {
    "works": "DELETE FROM works WHERE is_sample = 1",
    "campaigns": "DELETE FROM campaigns WHERE is_sample = 1",
    "fairs": "DELETE FROM fairs WHERE is_sample = 1",
    # A promoter who was registered for a comunidad keeps it, whoever named it first.
    "comunidades": (
        "DELETE FROM comunidades WHERE is_sample = 1 AND key NOT IN (SELECT comunidad FROM promoter_comunidades)"
    ),
}


def agenda_version(tx: Tx) -> int:
    """Another number after every change of the agenda, never one that was there before, not even in another database:
    what was read under another one is stale."""
    row = tx.one("SELECT value FROM facts WHERE key = 'agenda_version'")
    return int(row["value"]) if row else 0


def raise_version(tx: Tx) -> None:
    """What was read of the agenda before is stale from now on."""
    tx.run(
        "INSERT INTO facts (key, value) VALUES ('agenda_version', ?) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        str(Clock().new_id()),
    )


def remove_samples(tx: Tx, kind: str) -> int:
    """Take the sample rows of a kind away, after its first real rows are in; how many."""
    statement = _WITH_SAMPLES.get(kind)
    removed = tx.run(statement) if statement else 0
    if removed:
        raise_version(tx)
    return removed


def count_samples(tx: Tx, kind: str, besides: Collection[str]) -> int:
    """How many sample rows `remove_samples` would take, were the rows of the keys `besides` real."""
    statement = _WITH_SAMPLES.get(kind)
    found = tx.all(statement.replace("DELETE", "SELECT key", 1)) if statement else []
    return sum(row["key"] not in besides for row in found)


def remove(tx: Tx, table: str, key: str) -> None:
    """Take one row of works, fairs or promoters away; whom she registered stays."""
    column = "phone" if table == "promoters" else "key"
    tx.run(f"DELETE FROM {table} WHERE {column} = ?", key)
    raise_version(tx)


def is_empty(tx: Tx, table: str) -> bool:
    """True for one of TABLES without rows."""
    return tx.one(f"SELECT 1 FROM {table} LIMIT 1") is None


def put_districts(tx: Tx, rows: Sequence[District]) -> None:
    tx.many(
        "INSERT INTO districts (key, position, name, ubigeo, aliases, neighbours) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (key) DO UPDATE SET position = excluded.position, name = excluded.name, ubigeo = excluded.ubigeo, "
        "aliases = excluded.aliases, neighbours = excluded.neighbours",
        [(d.key, n, d.name, d.ubigeo, _list(d.aliases), _list(d.neighbours)) for n, d in enumerate(rows, start=1)],
    )
    raise_version(tx)


def put_comunidades(tx: Tx, rows: Sequence[Comunidad]) -> None:
    tx.many(
        "INSERT INTO comunidades (key, name, district, aliases, is_sample) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (key) DO UPDATE SET name = excluded.name, district = excluded.district, "
        "aliases = excluded.aliases, is_sample = excluded.is_sample",
        [(c.key, c.name, c.district, _list(c.aliases), int(c.is_sample)) for c in rows],
    )
    raise_version(tx)


def put_funds(tx: Tx, rows: Sequence[Fund]) -> None:
    tx.many(
        "INSERT INTO funds (key, position, name_es, name_quz) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (key) DO UPDATE SET position = excluded.position, name_es = excluded.name_es, "
        "name_quz = excluded.name_quz",
        [(fund.key, n, fund.name.es, fund.name.quz) for n, fund in enumerate(rows, start=1)],
    )
    tx.many(
        "INSERT INTO fund_incomes (fund, year, soles) VALUES (?, ?, ?) "
        "ON CONFLICT (fund, year) DO UPDATE SET soles = excluded.soles",
        [(fund.key, income.year, income.soles) for fund in rows for income in fund.incomes],
    )
    raise_version(tx)


def put_works(tx: Tx, rows: Sequence[Work]) -> None:
    """Insert or replace works whole; new ones stand behind those already there."""
    last = tx.one("SELECT coalesce(max(position), 0) AS position FROM works")
    first = (last["position"] if last else 0) + 1
    tx.many(
        "INSERT INTO works (key, position, name_es, name_quz, short_es, short_quz, state, source, is_programme, "
        "is_sample) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (key) DO UPDATE SET name_es = excluded.name_es, name_quz = excluded.name_quz, "
        "short_es = excluded.short_es, short_quz = excluded.short_quz, state = excluded.state, "
        "source = excluded.source, is_programme = excluded.is_programme, is_sample = excluded.is_sample",
        [_work_values(work, position) for position, work in enumerate(rows, start=first)],
    )
    keys = [(work.key,) for work in rows]
    for table in ("work_topics", "work_districts", "work_amounts"):
        tx.many(f"DELETE FROM {table} WHERE work = ?", keys)
    tx.many("INSERT INTO work_topics (work, topic, position) VALUES (?, ?, ?)", _each((w.key, w.topics) for w in rows))
    tx.many(
        "INSERT INTO work_districts (work, district, position) VALUES (?, ?, ?)",
        _each((w.key, w.districts) for w in rows),
    )
    tx.many(
        "INSERT INTO work_amounts (work, year, soles, fund) VALUES (?, ?, ?, ?)",
        [(work.key, amount.year, amount.soles, amount.fund) for work in rows for amount in work.amounts],
    )
    raise_version(tx)


def put_campaigns(tx: Tx, rows: Sequence[Campaign]) -> None:
    """Insert or replace campaigns whole. Raises Occupied when somebody's appointment would be lost."""
    tx.many(
        "INSERT INTO campaigns (key, name_es, name_quz, topic, district, place, held_on, opens, closes, "
        "bring_es, bring_quz, cost_es, cost_quz, note, source, is_sample) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (key) DO UPDATE SET name_es = excluded.name_es, name_quz = excluded.name_quz, "
        "topic = excluded.topic, district = excluded.district, place = excluded.place, held_on = excluded.held_on, "
        "opens = excluded.opens, closes = excluded.closes, "
        "bring_es = excluded.bring_es, bring_quz = excluded.bring_quz, cost_es = excluded.cost_es, "
        "cost_quz = excluded.cost_quz, note = excluded.note, source = excluded.source, is_sample = excluded.is_sample",
        [_campaign_values(campaign) for campaign in rows],
    )
    for campaign in rows:
        put_clinics(tx, campaign)
    raise_version(tx)


def set_cancelled(tx: Tx, campaign: str, cancelled_at: str | None) -> None:
    """A day that does not take place, or does after all (None)."""
    tx.run("UPDATE campaigns SET cancelled_at = ? WHERE key = ?", cancelled_at, campaign)
    raise_version(tx)


def put_fairs(tx: Tx, rows: Sequence[Fair]) -> None:
    """Insert or replace fairs whole."""
    tx.many(
        "INSERT INTO fairs (key, name, aliases, district, comunidad, place, rule, opens, closes, products, note, "
        "exceptions, source, is_sample) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (key) DO UPDATE SET name = excluded.name, aliases = excluded.aliases, "
        "district = excluded.district, comunidad = excluded.comunidad, place = excluded.place, rule = excluded.rule, "
        "opens = excluded.opens, closes = excluded.closes, products = excluded.products, note = excluded.note, "
        "exceptions = excluded.exceptions, source = excluded.source, is_sample = excluded.is_sample",
        [_fair_values(fair) for fair in rows],
    )
    raise_version(tx)


def put_promoters(tx: Tx, rows: Sequence[Promoter]) -> None:
    """Insert or replace promoters whole."""
    tx.many(
        "INSERT INTO promoters (phone, name, language) VALUES (?, ?, ?) "
        "ON CONFLICT (phone) DO UPDATE SET name = excluded.name, language = excluded.language",
        [(promoter.phone, promoter.name, promoter.language) for promoter in rows],
    )
    tx.many("DELETE FROM promoter_comunidades WHERE phone = ?", [(promoter.phone,) for promoter in rows])
    tx.many(
        "INSERT INTO promoter_comunidades (phone, comunidad, position) VALUES (?, ?, ?)",
        _each((p.phone, p.comunidades) for p in rows),
    )
    raise_version(tx)


def _work_values(work: Work, position: int) -> tuple[object, ...]:
    names = (work.name.es, work.name.quz, work.short_name.es, work.short_name.quz)
    return (work.key, position, *names, work.state, work.source, int(work.is_programme), int(work.is_sample))


def _campaign_values(c: Campaign) -> tuple[object, ...]:
    what = (c.key, c.name.es, c.name.quz, c.topic)
    where_and_when = (c.district, c.place, c.date.isoformat(), _clock(c.opens), _clock(c.closes))
    terms = (c.bring.es, c.bring.quz, c.cost.es, c.cost.quz)
    return (*what, *where_and_when, *terms, c.note, c.source, int(c.is_sample))


def _fair_values(f: Fair) -> tuple[object, ...]:
    where = (f.key, f.name, _list(f.aliases), f.district, f.comunidad, f.place)
    when = (f.rule, _clock(f.opens), _clock(f.closes))
    without = _list(day.isoformat() for day in f.exceptions)
    return (*where, *when, _list(f.products), f.note, without, f.source, int(f.is_sample))


def _each(owners: Iterable[tuple[str, tuple[str, ...]]]) -> list[tuple[object, ...]]:
    """(owner, value, position) of every value."""
    return list(chain.from_iterable(((key, v, n) for n, v in enumerate(values)) for key, values in owners))


def _list(values: Iterable[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False)


def _clock(moment: time | None) -> str | None:
    return f"{moment:%H:%M}" if moment else None
