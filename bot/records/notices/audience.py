"""Who hears a notice: counted before, and frozen in pieces when it begins; both by the same words to the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from bot.clock import to_text
from bot.records.notices.rows import Audience, Notice
from bot.records.store import Tx

TOLD_LATELY = timedelta(days=7)
"""Who was told of the same event in these days is not told again."""

Instead = tuple[tuple[str, str], ...]
"""Pairs of a channel and the one that is used in its place; else everybody hears by the channel of her last message."""


@dataclass(frozen=True, slots=True)
class Reached:
    """So many people by one language and channel; with `left_out` they hear nothing, and that is why.

    Why: `opted_out`, `unreachable` (no living address), `no_consent` (she never wrote to us), `topic_off` (BAJA to this
    topic), `already_told`.
    """

    language: str
    channel: str
    medium: str
    left_out: str
    people: int


def count(tx: Tx, notice: Notice, now: datetime, instead: Instead = ()) -> list[Reached]:
    """The audience as it is now."""
    found, values = _found(notice, now, instead, "", ())
    rows = tx.all(
        f"SELECT language, channel, medium, left_out, count(*) AS people FROM ({found}) AS audience"
        " GROUP BY language, channel, medium, left_out ORDER BY left_out, language, channel, medium",
        *values,
    )
    return [Reached(*(row[name] for name in Reached.__dataclass_fields__)) for row in rows]


def freeze(tx: Tx, notice: Notice, now: datetime, limit: int, instead: Instead = ()) -> int | None:
    """Write down the next `limit` people after `notice.frozen_up_to`; the last one's id, None when all are written.

    The texts must stand in notice_texts already: every row takes its segments from there.
    """
    last = tx.one(
        "SELECT max(id) AS id FROM (SELECT p.id FROM people p WHERE p.id > ? ORDER BY p.id LIMIT ?) AS next_ones",
        notice.frozen_up_to,
        limit,
    )
    if last is None or last["id"] is None:
        return None
    limits = (notice.frozen_up_to, last["id"])
    found, values = _found(notice, now, instead, " AND p.id > ? AND p.id <= ?", limits)
    tx.run(
        "INSERT INTO notice_recipients (notice_id, person_id, language, channel, medium, comunidad, segments, left_out)"
        " SELECT ?, f.person_id, f.language, f.channel, f.medium, f.comunidad, t.segments, f.left_out"
        f" FROM ({found}) AS f"
        " JOIN notice_texts t ON t.notice_id = ? AND t.language = f.language AND t.medium = f.medium"
        " ON CONFLICT (notice_id, person_id) DO NOTHING",
        notice.id,
        *values,
        notice.id,
    )
    return int(last["id"])


def _found(
    notice: Notice, now: datetime, instead: Instead, among: str, limits: tuple[object, ...]
) -> tuple[str, list[object]]:
    """A query for person_id, language, channel, medium, comunidad, left_out; `among` narrows the people `p`."""
    audience = notice.audience
    told, told_values = _told(notice, now)
    where, values = _conditions(audience, notice.topic)
    cases = "".join(" WHEN w.channel = ? THEN ?" for _ in instead)
    channel = f"CASE{cases} ELSE w.channel END" if cases else "w.channel"
    sql = (
        f"SELECT w.person_id, w.language, {channel} AS channel, w.comunidad,"
        " CASE WHEN substr(w.address, 1, 9) = 'telegram:' THEN 'telegram' ELSE 'sms' END AS medium,"
        " CASE WHEN w.opted_out_at IS NOT NULL THEN 'opted_out' WHEN w.address IS NULL THEN 'unreachable'"
        " WHEN w.channel = '' THEN 'no_consent'"
        " WHEN EXISTS (SELECT 1 FROM topic_choices c WHERE c.person_id = w.person_id AND c.topic = ?"
        f" AND c.is_wanted = 0) THEN 'topic_off' WHEN {told} THEN 'already_told' ELSE '' END AS left_out"
        " FROM (SELECT p.id AS person_id, CASE WHEN p.language = 'quz' THEN 'quz' ELSE 'es' END AS language,"
        " coalesce(p.comunidad, '') AS comunidad, p.opted_out_at,"
        " (SELECT min(a.address) FROM addresses a WHERE a.person_id = p.id AND a.unusable_since IS NULL) AS address,"
        " coalesce((SELECT i.channel FROM inbound i WHERE i.person_id = p.id"
        " ORDER BY i.received_at DESC LIMIT 1), '') AS channel FROM people p WHERE p.erased_at IS NULL"
    )
    return f"{sql}{where}{among}) AS w", [*chain(*instead), notice.topic, *told_values, *values, *limits]


def _told(notice: Notice, now: datetime) -> tuple[str, list[object]]:
    """Whether she was told of the same event lately, or is about to be, by another notice that is no other day of the
    same series; not by one that failed, was dropped, or was cancelled before her turn."""
    if not notice.about or notice.audience.again:
        return "1 = 0", []
    sql = (
        "EXISTS (SELECT 1 FROM notice_recipients r JOIN notices n ON n.id = r.notice_id"
        " LEFT JOIN outbox o ON o.id = r.outbox_id WHERE r.person_id = w.person_id"
        " AND r.left_out = '' AND n.about = ? AND n.id <> ? AND coalesce(n.series_id, n.id) <> ? AND n.begun_at >= ?"
        " AND coalesce(o.state, CASE WHEN n.state = 'cancelled' THEN 'dropped' ELSE 'waiting' END)"
        " NOT IN ('failed', 'dropped'))"
    )
    return sql, [notice.about, notice.id, notice.series_id or notice.id, to_text(now - TOLD_LATELY)]


def _conditions(audience: Audience, topic: str) -> tuple[str, list[object]]:
    where, values = "", list[object]()
    if audience.districts or audience.comunidades:
        places = [
            f"p.{column} IN ({', '.join('?' for _ in keys)})"
            for column, keys in (("district", audience.districts), ("comunidad", audience.comunidades))
            if keys
        ]
        where += f" AND ({' OR '.join(places)})"
        values += [*audience.districts, *audience.comunidades]
    if audience.languages:
        where += f" AND coalesce(p.language, 'es') IN ({', '.join('?' for _ in audience.languages)})"
        values += audience.languages
    if audience.is_chosen:
        where += (
            " AND EXISTS (SELECT 1 FROM topic_choices c WHERE c.person_id = p.id AND c.topic = ? AND c.is_wanted = 1)"
        )
        values.append(topic)
    if audience.campaign:
        states = "'waiting', 'offered'" if audience.holds == "waiting" else "'booked'"
        where += (
            " AND p.id IN (SELECT s.person_id FROM appointments h JOIN patients s ON s.id = h.patient_id"
            f" WHERE h.campaign = ? AND h.state IN ({states}))"
        )
        values.append(audience.campaign)
    if audience.asked_about:
        where += " AND EXISTS (SELECT 1 FROM interests t WHERE t.person_id = p.id AND t.about = ?)"
        values.append(audience.asked_about)
    return where, values
