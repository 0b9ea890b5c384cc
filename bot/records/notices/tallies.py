"""A notice counted by comunidad, fate and answer in one pass over its rows: all that its page shows."""

from __future__ import annotations

from dataclasses import dataclass

from bot.records.notices.progress import Part, Progress
from bot.records.store import Tx


@dataclass(frozen=True, slots=True)
class Tally:
    """People of a notice alike in all that is counted; `state` and `cause` are those of `Part`, `answer` is hers."""

    comunidad: str
    language: str
    channel: str
    state: str
    cause: str
    answer: str
    people: int
    segments: int


def tallies(tx: Tx, notice_id: int) -> list[Tally]:
    """Exact: whoever shows them hides small numbers.

    Grouped by one text, because sorting by six columns takes the database twice as long.
    """
    rows = tx.all(
        "SELECT alike, count(*) AS people, sum(segments) AS segments FROM (SELECT r.segments, r.comunidad || '|' ||"
        " r.language || '|' || r.channel || '|' || CASE WHEN r.left_out <> '' THEN 'left_out|' || r.left_out"
        " ELSE coalesce(o.state, 'waiting') || '|' || coalesce(o.error_class, '') END || '|' || r.answer AS alike"
        " FROM notice_recipients r LEFT JOIN outbox o ON o.id = r.outbox_id WHERE r.notice_id = ?) AS each_one"
        " GROUP BY alike ORDER BY alike",
        notice_id,
    )
    found = []
    for row in rows:
        comunidad, language, channel, state, cause, answer = row["alike"].split("|")
        people, segments = int(row["people"]), int(row["segments"])
        found.append(Tally(comunidad, language, channel, state, cause, answer, people, segments))
    return found


def summed(found: list[Tally]) -> Progress:
    """How far the whole notice is."""
    sums: dict[tuple[str, str, str, str], list[int]] = {}
    for each in found:
        total = sums.setdefault((each.language, each.channel, each.state, each.cause), [0, 0])
        total[0] += each.people
        total[1] += each.segments
    return Progress.of([Part(*key, people, segments) for key, (people, segments) in sums.items()])
