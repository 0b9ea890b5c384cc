"""What staff should read of the last days: emergencies, and the questions that nobody understood, grouped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import LIMA, from_text
from bot.language.folding import andean, fold
from bot.records import messages
from bot.records.attention import EMERGENCY_FLOW
from bot.records.store import Row, Tx


@dataclass(frozen=True, slots=True)
class Emergency:
    """A message that opened the flow of emergencies."""

    id: int
    person_id: int
    at: datetime
    address: str
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """Messages that nobody understood and that differ only in spelling: their ids, the commonest text, its language."""

    ids: tuple[int, ...]
    text: str
    language: str
    last_at: datetime

    @property
    def times(self) -> int:
        return len(self.ids)


def lines(tx: Tx, now: datetime, days: int) -> Iterator[str]:
    """`emergency<TAB>when<TAB>masked number<TAB>text`, then `times<TAB>language<TAB>text` of each group, most first."""
    since = now - timedelta(days=days)
    for each in emergencies(tx, since):
        yield f"emergency\t{each.at.astimezone(LIMA):%Y-%m-%d %H:%M}\t{masked(each.address)}\t{each.text}"
    for group in not_understood(tx, since):
        yield f"{group.times}\t{group.language}\t{group.text}"


def emergencies(tx: Tx, since: datetime, *, unseen_only: bool = False) -> list[Emergency]:
    """The oldest first."""
    return [
        Emergency(row["id"], row["person_id"], from_text(row["received_at"]), row["address"], _one_line(row["body"]))
        for row in messages.opened_by(tx, EMERGENCY_FLOW, since)
        if not (unseen_only and row["reviewed_at"])
    ]


def not_understood(tx: Tx, since: datetime, *, unseen_only: bool = False) -> list[Group]:
    """Said most often first."""
    groups: dict[str, list[Row]] = {}
    for row in messages.not_understood(tx, since):
        key = " ".join(sorted({andean(word) for word in fold(row["body"]).split()}))
        if key and not (unseen_only and row["reviewed_at"]):
            groups.setdefault(key, []).append(row)
    return sorted(map(_group, groups.values()), key=lambda group: -group.times)


def mark_seen(tx: Tx, since: datetime, message_id: int, now: datetime) -> bool:
    """Staff have read this emergency, or all of the group that this message is of; False when it is none of them."""
    found = [each.id for each in emergencies(tx, since) if each.id == message_id]
    of_group = next((group.ids for group in not_understood(tx, since) if message_id in group.ids), ())
    messages.set_reviewed(tx, [*found, *of_group], now)
    return bool(found or of_group)


def masked(address: str) -> str:
    """An address as screens and logs may show it: `tel:+51984***111`."""
    return f"{address[:10]}***{address[-3:]}"


def _group(rows: list[Row]) -> Group:
    said = Counter((_one_line(row["body"]), row["language"] or "es") for row in rows)
    text, language = said.most_common(1)[0][0]
    return Group(tuple(row["id"] for row in rows), text, language, from_text(rows[-1]["received_at"]))


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
