"""Small numbers: one month's tables, made so coarse that nobody can learn of them how few people said something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

FEWEST = 5
"""A number that is shown is about nobody, or about so many people at least."""

Key = TypeVar("Key")

Dimension = Literal["mesa", "district", "medium", "language"]
PATH: tuple[Dimension, ...] = ("mesa", "district", "medium", "language")
Pair = tuple[Dimension, Dimension]
TABLES: tuple[Pair, ...] = (("mesa", "district"), ("district", "medium"), ("medium", "language"))
"""The two-way tables of a month. They form a chain, on which docs/decisions/0011-small-numbers.md rests."""

Group = tuple[str, ...]
"""Keys of one dimension that are counted together; most groups have one."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one case tells the tables: who said it, and one key in each dimension (empty where nobody knows)."""

    person_id: int
    mesa: str
    district: str
    medium: str
    language: str

    def key(self, dimension: Dimension) -> str:
        return str(getattr(self, dimension))


@dataclass(frozen=True, slots=True)
class Published:
    """One month's tables: for each dimension its groups, and for each pair the reports of (group, group); 0 is absent.

    Every table of the month speaks of the same groups, so that its sums agree with those of the others.
    """

    groups: Mapping[Dimension, tuple[Group, ...]]
    tables: Mapping[Pair, Mapping[tuple[Group, Group], int]]

    @property
    def total(self) -> int:
        """Reports of the month."""
        return sum(self.tables["mesa", "district"].values())

    def by_mesa(self) -> dict[Group, int]:
        """Reports of each group of Mesas: sums of what the first table shows."""
        found: dict[Group, int] = defaultdict(int)
        for (mesas, _), count in self.tables["mesa", "district"].items():
            found[mesas] += count
        return dict(found)


def publishable(reports: Iterable[Report]) -> Published | None:
    """The tables of a month's reports, as fine as they may be; None where even one number would be about too few.

    As long as a cell is about 1 to 4 people, the smallest group among those that meet in such cells is put together
    with the dimension's other small ones, or with its next smallest. The same reports always give the same tables.
    """
    all_of_them = list(reports)
    if len({report.person_id for report in all_of_them}) < FEWEST:
        return None
    groups = {dimension: _each_alone(all_of_them, dimension) for dimension in PATH}
    while small := _in_small_cells(all_of_them, groups):
        dimension, key = min(
            small, key=lambda each: (_people(all_of_them, groups, *each), PATH.index(each[0]), each[1])
        )
        groups[dimension] = _put_together(all_of_them, groups, dimension, key)
    return Published(
        {dimension: tuple(sorted(set(groups[dimension].values()))) for dimension in PATH},
        {pair: _counts(all_of_them, groups, pair) for pair in TABLES},
    )


def together(rows: Mapping[Key, tuple[int, ...]]) -> dict[tuple[Key, ...], tuple[int, ...]]:
    """Rows of people, each counted in one column, with the small rows put together until every number may be shown.

    Sums and differences of such numbers are about nobody or about enough people, because no two of them share anybody.
    Where even the one row of all people has a small number, it stays.
    """
    groups: dict[tuple[Key, ...], tuple[int, ...]] = {(key,): counts for key, counts in rows.items()}
    while len(groups) > 1 and (small := [group for group, counts in groups.items() if _has_small(counts)]):
        if len(small) == 1:
            others = [group for group in groups if group not in small]
            small.append(min(others, key=lambda group: (len(group) == 1, sum(groups[group]), str(group))))
        parts = [groups.pop(group) for group in small]
        joined = tuple(sorted((key for group in small for key in group), key=str))
        groups[joined] = tuple(map(sum, zip(*parts, strict=True)))
    return groups


def _has_small(counts: Iterable[int]) -> bool:
    return any(0 < count < FEWEST for count in counts)


_Groups = dict[Dimension, dict[str, Group]]


def _each_alone(reports: list[Report], dimension: Dimension) -> dict[str, Group]:
    return {key: (key,) for key in {report.key(dimension) for report in reports}}


def _in_small_cells(reports: list[Report], groups: _Groups) -> set[tuple[Dimension, Group]]:
    """The groups that meet in a cell about too few people, where their dimension has another group to join."""
    small: set[tuple[Dimension, Group]] = set()
    for pair in TABLES:
        people: dict[tuple[Group, Group], set[int]] = defaultdict(set)
        for report in reports:
            people[_cell(report, groups, pair)].add(report.person_id)
        for cell, who in people.items():
            if len(who) < FEWEST:
                small |= set(zip(pair, cell, strict=True))
    return {(dimension, group) for dimension, group in small if len(set(groups[dimension].values())) > 1}


def _put_together(reports: list[Report], groups: _Groups, dimension: Dimension, group: Group) -> dict[str, Group]:
    """The dimension's groups with this one in the company of the other small ones."""
    others = [each for each in set(groups[dimension].values()) if each != group]
    mixed = [each for each in others if len(each) > 1]
    partner = min(mixed or others, key=lambda each: (_people(reports, groups, dimension, each), each))
    together = tuple(sorted((*group, *partner)))
    return {key: together if key in together else old for key, old in groups[dimension].items()}


def _people(reports: list[Report], groups: _Groups, dimension: Dimension, group: Group) -> int:
    """Of how many people a group is."""
    return len({report.person_id for report in reports if groups[dimension][report.key(dimension)] == group})


def _counts(reports: list[Report], groups: _Groups, pair: Pair) -> dict[tuple[Group, Group], int]:
    counts: dict[tuple[Group, Group], int] = defaultdict(int)
    for report in reports:
        counts[_cell(report, groups, pair)] += 1
    return dict(sorted(counts.items()))


def _cell(report: Report, groups: _Groups, pair: Pair) -> tuple[Group, Group]:
    first, second = pair
    return groups[first][report.key(first)], groups[second][report.key(second)]
