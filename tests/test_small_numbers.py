"""Small numbers: whatever is said, the published tables never tell how few people said something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, combinations, product
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.service.small_numbers import FEWEST, PATH, TABLES, Dimension, Group, Published, Report, publishable

KEYS: dict[Dimension, tuple[str, ...]] = {
    "mesa": ("salud", "educacion", "turismo"),
    "district": ("anta", "zurite", ""),
    "medium": ("sms", "telegram"),
    "language": ("es", "quz"),
}
Cell = tuple[str, ...]
"""One key in each dimension, in the order of PATH: the finest thing that can be asked."""

CELLS: list[Cell] = list(product(*(KEYS[dimension] for dimension in PATH)))

one_report = st.builds(Report, st.integers(1, 25), *(st.sampled_from(KEYS[dimension]) for dimension in PATH))
crowds = st.lists(
    st.tuples(*(st.sampled_from(KEYS[dimension]) for dimension in PATH), st.integers(1, 12)), min_size=1, max_size=12
)
months = st.one_of(st.lists(one_report, max_size=60), crowds.map(lambda each: list(crowd(each))))


def crowd(groups: Sequence[tuple[str, str, str, str, int]]) -> Iterator[Report]:
    """So many people of their own for each (Mesa, district, medium, language, people)."""
    person = 100
    for mesa, district, medium, language, people in groups:
        for _ in range(people):
            person += 1
            yield Report(person, mesa, district, medium, language)


def cell_of(report: Report) -> Cell:
    return tuple(report.key(dimension) for dimension in PATH)


def holds(cell: Cell, pair: tuple[Dimension, Dimension], groups: tuple[Group, Group]) -> bool:
    return all(cell[PATH.index(dimension)] in group for dimension, group in zip(pair, groups, strict=True))


def people(reports: Sequence[Report], cells: set[Cell]) -> int:
    return len({report.person_id for report in reports if cell_of(report) in cells})


def shown_cells(tables: Published) -> list[tuple[tuple[Dimension, Dimension], tuple[Group, Group], int]]:
    """Every number of every table, zeros too."""
    return [
        (pair, groups, tables.tables[pair].get(groups, 0))
        for pair in TABLES
        for groups in product(tables.groups[pair[0]], tables.groups[pair[1]])
    ]


# ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────────────────


@given(months)
def test_every_number_is_about_nobody_or_about_enough_people_and_counts_them_right(reports: list[Report]) -> None:
    tables = publishable(reports)
    if tables is None:
        assert len({report.person_id for report in reports}) < FEWEST
        return
    for pair, groups, number in shown_cells(tables):
        meant = [report for report in reports if holds(cell_of(report), pair, groups)]
        assert number == len(meant)
        assert len({report.person_id for report in meant}) == 0 or len({r.person_id for r in meant}) >= FEWEST


@given(months)
def test_all_tables_speak_of_the_same_groups_and_agree(reports: list[Report]) -> None:
    tables = publishable(reports)
    assume(tables is not None)
    assert tables is not None
    for dimension in PATH:
        keys = list(chain.from_iterable(tables.groups[dimension]))
        assert sorted(keys) == sorted({report.key(dimension) for report in reports})
        sums = [sum_by(tables, pair, dimension) for pair in TABLES if dimension in pair]
        assert all(each == sums[0] for each in sums)
    assert tables.total == len(reports)


def sum_by(tables: Published, pair: tuple[Dimension, Dimension], dimension: Dimension) -> dict[Group, int]:
    sums: dict[Group, int] = defaultdict(int)
    for groups, number in tables.tables[pair].items():
        sums[groups[pair.index(dimension)]] += number
    return dict(sums)


@given(months, st.randoms(use_true_random=False))
def test_the_order_of_the_reports_changes_nothing(reports: list[Report], chance: Random) -> None:
    shuffled = sorted(reports, key=lambda _: chance.random())
    assert publishable(shuffled) == publishable(reports)


def test_what_is_large_enough_stays_apart() -> None:
    reports = list(crowd([("salud", "anta", "sms", "es", 5), ("salud", "zurite", "sms", "es", 5)]))
    tables = publishable(reports)
    assert tables
    assert tables.groups["district"] == (("anta",), ("zurite",))
    assert tables.by_mesa() == {("salud",): 10}


def test_the_smallest_are_put_together_first() -> None:
    reports = list(
        crowd(
            [
                ("salud", "anta", "sms", "es", 20),
                ("salud", "zurite", "sms", "es", 9),
                ("salud", "", "sms", "es", 4),
                ("turismo", "anta", "sms", "es", 6),
            ]
        )
    )
    tables = publishable(reports)
    assert tables
    assert tables.groups["district"] == (("", "zurite"), ("anta",))
    assert tables.groups["mesa"] == (("salud",), ("turismo",))


def test_one_person_who_says_much_is_still_one_person() -> None:
    said_often = [Report(1, "salud", "anta", "sms", "es")] * 30
    assert publishable(said_often) is None
    assert publishable([]) is None


# ── the attack ────────────────────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=60)
@given(months)
def test_no_sum_or_difference_of_published_numbers_is_about_too_few(reports: list[Report]) -> None:
    """Whoever has the tables tries every group of people there is a name for: any Mesas, districts, media and
    languages together. Where the tables tell how many reports it has, it is of nobody or of enough people."""
    tables = publishable(reports)
    assume(tables is not None)
    assert tables is not None
    # A zero tells that its cells are empty: what can be in the others is what is left to be found out.
    empty = {cell for pair, groups, n in shown_cells(tables) if n == 0 for cell in CELLS if holds(cell, pair, groups)}
    open_cells = [cell for cell in CELLS if cell not in empty and is_known(cell, tables)]
    known = echelon(
        [[int(holds(cell, pair, groups)) for cell in open_cells] for pair, groups, n in shown_cells(tables) if n]
    )
    for wanted in named_groups():
        few = people(reports, wanted)
        if 0 < few < FEWEST:
            assert not is_told(known, [int(cell in wanted) for cell in open_cells]), wanted


def is_known(cell: Cell, tables: Published) -> bool:
    """Whether every key of the cell occurred in that month: what did not occur is known to be empty."""
    return all(any(key in group for group in tables.groups[d]) for key, d in zip(cell, PATH, strict=True))


def named_groups() -> Iterator[set[Cell]]:
    """Every union of cells that is some Mesas x some districts x some media x some languages."""
    for keys in product(*(some(KEYS[dimension]) for dimension in PATH)):
        yield set(product(*keys))


def some(keys: Sequence[str]) -> list[tuple[str, ...]]:
    return list(chain.from_iterable(combinations(keys, n) for n in range(1, len(keys) + 1)))


def echelon(rows: list[list[int]]) -> list[tuple[int, list[Fraction]]]:
    """The rows reduced, each with the place of its leading one: exactly, in fractions."""
    reduced: list[tuple[int, list[Fraction]]] = []
    for row in rows:
        left = rest(reduced, [Fraction(value) for value in row])
        lead = next((n for n, value in enumerate(left) if value), None)
        if lead is not None:
            reduced.append((lead, [value / left[lead] for value in left]))
    return reduced


def rest(reduced: list[tuple[int, list[Fraction]]], row: list[Fraction]) -> list[Fraction]:
    """What of a row is no combination of the reduced ones."""
    for lead, known in reduced:
        if row[lead]:
            row = [value - row[lead] * each for value, each in zip(row, known, strict=True)]
    return row


def is_told(known: list[tuple[int, list[Fraction]]], wanted: list[int]) -> bool:
    """Whether the count of that group is a combination of what is published."""
    return not any(rest(known, [Fraction(value) for value in wanted]))


def test_the_attack_finds_what_plain_tables_give_away() -> None:
    """The same attack on tables that only leave small cells out: the total gives them back."""
    cells: list[Cell] = [("salud", "anta"), ("salud", "zurite")]
    published = [[1, 1], [1, 0]]  # the row's total and the cell that is large enough
    assert is_told(echelon(published), [int(cell == ("salud", "zurite")) for cell in cells])
