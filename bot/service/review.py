"""What staff should read of the last days: emergencies, and the questions that nobody understood, grouped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.clock import LIMA, from_text
from bot.language.folding import andean, fold
from bot.records import messages
from bot.records.store import Tx

EMERGENCY_FLOW = "emergencia"


def lines(tx: Tx, now: datetime, days: int) -> Iterator[str]:
    """`emergency<TAB>when<TAB>masked number<TAB>text`, then `times<TAB>language<TAB>text` of each group, most first."""
    since = now - timedelta(days=days)
    for row in messages.opened_by(tx, EMERGENCY_FLOW, since):
        when = from_text(row["received_at"]).astimezone(LIMA)
        yield f"emergency\t{when:%Y-%m-%d %H:%M}\t{masked(row['address'])}\t{_one_line(row['body'])}"
    for text, language, times in not_understood(tx, since):
        yield f"{times}\t{language}\t{text}"


def not_understood(tx: Tx, since: datetime) -> list[tuple[str, str, int]]:
    """(text, language, times) of each group of messages that differ only in spelling."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in messages.not_understood(tx, since):
        key = " ".join(sorted({andean(word) for word in fold(row["body"]).split()}))
        if key:
            groups.setdefault(key, []).append((_one_line(row["body"]), row["language"] or "es"))
    counted = [(*Counter(said).most_common(1)[0][0], len(said)) for said in groups.values()]
    return sorted(counted, key=lambda group: -group[2])


def masked(address: str) -> str:
    """An address as screens and logs may show it: `tel:+51984***111`."""
    return f"{address[:10]}***{address[-3:]}"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
