"""What the plan proposes and staff have imported: works, programmes, their money year by year."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from bot.records.agenda.kept import by_version
from bot.records.agenda.rows import Amount, Fund, Name, Work
from bot.records.agenda.words import best_matches
from bot.records.store import Row, Tx


@dataclass(frozen=True, slots=True)
class FundTotal:
    """One fund, in whole soles: `programmes` is the sum of the programmes' rows, `income` the plan's own income table.

    In the plan they differ (Canon 17,373,652 and 17,173,652; Foncomún 9,927,612 and 10,127,612): both are kept.
    """

    fund: Fund
    programmes: int
    income: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the programmes' rows, in whole soles: by programme key, by year, by fund, and of everything."""

    by_programme: dict[str, int]
    by_year: dict[int, int]
    by_fund: tuple[FundTotal, ...]
    total: int


def find_works(
    tx: Tx,
    *,
    with_samples: bool,
    topic: str | None = None,
    district: str | None = None,
    year: int | None = None,
    words: str = "",
) -> list[Work]:
    """Works and programmes that fit everything asked.

    `year` keeps what has an amount in that year; the works of the plan's chapters have none. `district` keeps what
    names it, first, and what is for the whole province. `words` are matched with the names, tolerant to spelling and
    to one slip, best first. Otherwise programmes come first, in the order of the plan's table.
    """
    works = [
        work
        for work in _works(tx)
        if (with_samples or not work.is_sample)
        and (not topic or topic in work.topics)
        and (not year or work.amount(year))
        and (not district or not work.districts or district in work.districts)
    ]
    if district:
        works.sort(key=lambda work: district not in work.districts)
    if not words.strip():
        return works
    by_key = {work.key: work for work in works}
    names = {w.key: (w.name.es, w.name.quz, w.short_name.es, w.short_name.quz) for w in works}
    return [by_key[key] for key in best_matches(words, names)]


def totals(tx: Tx) -> Totals:
    """Sums computed from the rows, next to the plan's income table."""
    by_programme: dict[str, int] = {}
    by_year: dict[int, int] = defaultdict(int)
    by_fund: dict[str | None, int] = defaultdict(int)
    for programme in _programmes(tx):
        by_programme[programme.key] = programme.total
        for amount in programme.amounts:
            by_year[amount.year] += amount.soles
            by_fund[amount.fund] += amount.soles
    compared = tuple(FundTotal(f, by_fund[f.key], sum(income.soles for income in f.incomes)) for f in funds(tx))
    return Totals(by_programme, dict(sorted(by_year.items())), compared, sum(by_programme.values()))


def funds(tx: Tx) -> list[Fund]:
    """The funds with the plan's income table, in its order."""
    return list(_funds(tx))


@by_version
def _funds(tx: Tx) -> tuple[Fund, ...]:
    incomes: dict[str, list[Amount]] = defaultdict(list)
    for row in tx.all("SELECT fund, year, soles FROM fund_incomes ORDER BY fund, year"):
        incomes[row["fund"]].append(Amount(row["year"], row["soles"], row["fund"]))
    return tuple(
        Fund(row["key"], Name(row["name_es"], row["name_quz"]), tuple(incomes[row["key"]]))
        for row in tx.all("SELECT key, name_es, name_quz FROM funds ORDER BY position")
    )


def _programmes(tx: Tx) -> list[Work]:
    return [work for work in _works(tx) if work.is_programme]


@by_version
def _works(tx: Tx) -> tuple[Work, ...]:
    """Every row, sample rows too: programmes first, in the order of the plan's table."""
    topics: dict[str, list[str]] = defaultdict(list)
    districts: dict[str, list[str]] = defaultdict(list)
    amounts: dict[str, list[Amount]] = defaultdict(list)
    for row in tx.all("SELECT work, topic FROM work_topics ORDER BY work, position"):
        topics[row["work"]].append(row["topic"])
    for row in tx.all("SELECT work, district FROM work_districts ORDER BY work, position"):
        districts[row["work"]].append(row["district"])
    for row in tx.all("SELECT work, year, soles, fund FROM work_amounts ORDER BY work, year"):
        amounts[row["work"]].append(Amount(row["year"], row["soles"], row["fund"]))
    return tuple(
        _work(row, tuple(topics[row["key"]]), tuple(districts[row["key"]]), tuple(amounts[row["key"]]))
        for row in tx.all("SELECT * FROM works ORDER BY is_programme DESC, position, key")
    )


def _work(row: Row, topics: tuple[str, ...], districts: tuple[str, ...], amounts: tuple[Amount, ...]) -> Work:
    return Work(
        key=row["key"],
        name=Name(row["name_es"], row["name_quz"]),
        topics=topics,
        districts=districts,
        amounts=amounts,
        short_name=Name(row["short_es"], row["short_quz"]),
        state=row["state"],
        source=row["source"],
        is_programme=bool(row["is_programme"]),
        is_sample=bool(row["is_sample"]),
    )
