"""Many notices at a glance, for a page that lists them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from bot.records.notices.rows import Notice, State, of_row
from bot.records.store import Tx


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notices: of any state when there are none; `staff_id` and `phone` are an account's, for its own only;
    `by_promoters`: only those that were sent from a promoter's telephone."""

    states: Collection[State] = ()
    staff_id: int | None = None
    phone: str = ""
    by_promoters: bool = False


@dataclass(frozen=True, slots=True)
class Size:
    """How many hear a notice by one channel, and the segments that they take together."""

    channel: str
    people: int
    segments: int


def listed(tx: Tx, wanted: Wanted, limit: int, before_id: int | None = None) -> list[Notice]:
    """The newest first; with `before_id` those that are older."""
    conditions: list[tuple[str, tuple[object, ...]]] = [("id > 0", ())]
    if wanted.states:
        conditions.append((f"state IN ({', '.join('?' for _ in wanted.states)})", tuple(wanted.states)))
    if wanted.staff_id is not None:
        conditions.append(("(staff_id = ? OR (promoter <> '' AND promoter = ?))", (wanted.staff_id, wanted.phone)))
    if wanted.by_promoters:
        conditions.append(("promoter <> ''", ()))
    if before_id is not None:
        conditions.append(("id < ?", (before_id,)))
    where = " AND ".join(condition for condition, _values in conditions)
    values = [value for _condition, each in conditions for value in each]
    return [
        of_row(row) for row in tx.all(f"SELECT * FROM notices WHERE {where} ORDER BY id DESC LIMIT ?", *values, limit)
    ]


def of_series(tx: Tx, series_id: int, limit: int) -> list[Notice]:
    """What a repeating notice has made, the newest first."""
    rows = tx.all("SELECT * FROM notices WHERE series_id = ? ORDER BY starts_at DESC LIMIT ?", series_id, limit)
    return [of_row(row) for row in rows]


def sizes(tx: Tx, notice_ids: Collection[int]) -> dict[int, list[Size]]:
    """Of notices that have begun, who was to hear them; nothing for the others."""
    marks = ", ".join("?" for _ in notice_ids) or "NULL"
    rows = tx.all(
        "SELECT notice_id, channel, count(*) AS people, sum(segments) AS segments FROM notice_recipients"
        f" WHERE notice_id IN ({marks}) AND left_out = '' GROUP BY notice_id, channel ORDER BY notice_id, channel",
        *notice_ids,
    )
    found: dict[int, list[Size]] = defaultdict(list)
    for row in rows:
        found[row["notice_id"]].append(Size(row["channel"], int(row["people"]), int(row["segments"])))
    return found
