"""One row for each person of a notice: fed into the outbox bit by bit, counted from there, and what she answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.clock import from_text, to_text
from bot.records.messages import NOTICE, OLDEST, Draft, put_back, scrub_if_erased
from bot.records.notices.rows import Notice
from bot.records.store import Row, Tx

Answer = Literal["", "wrote", "took", "stopped"]
"""The strongest of what came back: she wrote something, took what was offered (`1`), or wants no more (BAJA)."""

_RANKS: tuple[Answer, ...] = ("", "wrote", "took", "stopped")
_OPEN = "outbox_id IS NULL AND left_out = ''"


@dataclass(frozen=True, slots=True)
class Heard:
    """The last notice that reached somebody: when, and what she answered so far."""

    notice_id: int
    sent_at: datetime
    is_raised: bool
    answer: Answer


def put_text(tx: Tx, notice_id: int, language: str, medium: str, draft: Draft, options: str) -> None:
    """The finished message for a language and medium; `options` as the outbox keeps them."""
    tx.run(
        "INSERT INTO notice_texts (notice_id, language, medium, body, unfolded, options, encoding, segments)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (notice_id, language, medium) DO UPDATE SET body = excluded.body,"
        " unfolded = excluded.unfolded, options = excluded.options, encoding = excluded.encoding,"
        " segments = excluded.segments",
        *(notice_id, language, medium, draft.body, draft.unfolded if draft.unfolded != draft.body else None),
        *(options, draft.encoding, draft.segments),
    )


def texts(tx: Tx, notice_id: int) -> list[Row]:
    """The finished messages: language, medium, body, unfolded, options, encoding, segments."""
    return tx.all("SELECT * FROM notice_texts WHERE notice_id = ? ORDER BY language, medium", notice_id)


def channels(tx: Tx, notice_id: int) -> list[str]:
    """The channels by which somebody still waits; each found by one step in the index, however many wait."""
    found, last = list[str](), ""
    while True:
        row = tx.one(
            f"SELECT min(channel) AS next FROM notice_recipients WHERE notice_id = ? AND {_OPEN} AND channel > ?",
            notice_id,
            last,
        )
        if row is None or row["next"] is None:
            return found
        last = row["next"]
        found.append(last)


def in_outbox(tx: Tx, notice_id: int) -> dict[str, int]:
    """How many of its messages are in the outbox and not yet closed, by channel."""
    rows = tx.all(
        "SELECT channel, count(*) AS n FROM outbox WHERE notice_id = ? AND state IN ('waiting', 'sending')"
        " GROUP BY channel",
        notice_id,
    )
    return {row["channel"]: int(row["n"]) for row in rows}


def feed(tx: Tx, notice: Notice, channel: str, limit: int, now: datetime, new_id: Callable[[], int]) -> int:
    """Move up to `limit` people into the outbox; who may not be written to any more is left out. How many moved."""
    rows = tx.all(
        "SELECT r.person_id, p.opted_out_at,"
        " (SELECT min(a.address) FROM addresses a WHERE a.person_id = p.id AND a.unusable_since IS NULL) AS address,"
        " (SELECT c.is_wanted FROM topic_choices c WHERE c.person_id = p.id AND c.topic = ?) AS is_wanted,"
        " t.body, t.unfolded, t.options, t.encoding, t.segments"
        " FROM notice_recipients r JOIN people p ON p.id = r.person_id"
        " JOIN notice_texts t ON t.notice_id = r.notice_id AND t.language = r.language AND t.medium = r.medium"
        f" WHERE r.notice_id = ? AND r.channel = ? AND r.{_OPEN.replace(' AND ', ' AND r.')}"
        " ORDER BY r.person_id LIMIT ?",
        notice.topic,
        notice.id,
        channel,
        limit,
    )
    left = [(reason, notice.id, row["person_id"]) for row in rows if (reason := _reason(row))]
    tx.many("UPDATE notice_recipients SET left_out = ? WHERE notice_id = ? AND person_id = ?", left)
    moved = [(new_id(), row) for row in rows if not _reason(row)]
    at = to_text(now)
    expires = to_text(notice.expires_at) if notice.expires_at else None
    tx.many(
        "INSERT INTO outbox (id, notice_id, person_id, channel, address, body, unfolded, options, encoding, segments,"
        " priority, is_urgent, state, due_at, expires_at, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?)",
        [
            (
                *(row_id, notice.id, row["person_id"], channel, row["address"], row["body"], row["unfolded"]),
                *(row["options"], row["encoding"], row["segments"], NOTICE, int(notice.is_urgent), at, expires, at),
            )
            for row_id, row in moved
        ],
    )
    tx.many(
        "UPDATE notice_recipients SET outbox_id = ? WHERE notice_id = ? AND person_id = ?",
        [(row_id, notice.id, row["person_id"]) for row_id, row in moved],
    )
    return len(moved)


def _reason(row: Row) -> str:
    """Why somebody frozen before is left out after all."""
    if row["opted_out_at"]:
        return "opted_out"
    if row["address"] is None:
        return "unreachable"
    return "topic_off" if row["is_wanted"] == 0 else ""


def take_back(tx: Tx, notice_id: int) -> None:
    """What stands in the outbox and was not begun waits with the notice again."""
    taken = tx.all("DELETE FROM outbox WHERE notice_id = ? AND state = 'waiting' RETURNING person_id", notice_id)
    tx.many(  # only what was deleted: a sender in another process may claim one of them at this moment
        "UPDATE notice_recipients SET outbox_id = NULL WHERE notice_id = ? AND person_id = ?",
        [(notice_id, row["person_id"]) for row in taken],
    )


def leave_out_rest(tx: Tx, notice_id: int, because: str, limit: int, *, channel: str = "") -> int:
    """Up to `limit` of those who still wait (of one channel) hear nothing: `too_late` or `unreachable`. How many."""
    of_channel = " AND channel = ?" if channel else ""
    return tx.run(
        "UPDATE notice_recipients SET left_out = ? WHERE notice_id = ? AND person_id IN (SELECT person_id"
        f" FROM notice_recipients WHERE notice_id = ? AND {_OPEN}{of_channel} LIMIT ?)",
        *(because, notice_id, notice_id),
        *([channel] if channel else []),
        limit,
    )


def drop_late(tx: Tx, notice_id: int, now: datetime) -> None:
    """Its time is over: nothing of it waits in the outbox any more.

    What a sender took a day ago and nobody has taken up since, because its channel is off, may have arrived.
    """
    tx.run(
        "UPDATE outbox SET state = 'dropped', error_class = 'too_late', closed_at = ?"
        " WHERE notice_id = ? AND state = 'waiting'",
        to_text(now),
        notice_id,
    )
    lost = tx.all(
        "UPDATE outbox SET state = CASE WHEN begun_at IS NULL THEN 'dropped' ELSE 'unknown' END, lease_until = NULL,"
        " error_class = CASE WHEN begun_at IS NULL THEN 'too_late' ELSE 'Ambiguous' END, closed_at = ?"
        " WHERE notice_id = ? AND state = 'sending' AND lease_until < ? RETURNING id",
        to_text(now),
        notice_id,
        to_text(now - OLDEST),
    )
    for row in lost:
        scrub_if_erased(tx, row["id"])


# ── the moment of sending ─────────────────────────────────────────────────────────────────────────────────────────────

Verdict = Literal["go", "gone", "held", "opted_out", "topic_off", "unreachable", "paused", "cancelled"]


def begin(tx: Tx, row_id: int, now: datetime, *, is_quiet: bool = False, is_holiday: bool = False) -> Verdict:
    """Whether a message that we begin ourselves may still leave; `go` is written down, so that a crash then is seen.

    Asked again here, because hours can pass between the freezing of an audience and one of its messages: she may have
    stopped us, the number may be nobody's or another's, and the evening may have come (`held`: it waits once more).
    """
    row = tx.one(
        "SELECT o.person_id, o.notice_id, o.is_urgent, p.opted_out_at, n.state, (SELECT c.is_wanted"
        " FROM topic_choices c WHERE c.person_id = o.person_id AND c.topic = n.topic) AS is_wanted,"
        " (SELECT 1 FROM addresses a WHERE a.address = o.address AND a.person_id = o.person_id"
        " AND a.unusable_since IS NULL) AS is_hers"
        " FROM outbox o JOIN people p ON p.id = o.person_id LEFT JOIN notices n ON n.id = o.notice_id"
        " WHERE o.id = ? AND o.state = 'sending'",
        row_id,
    )
    if row is None:
        return "gone"
    if row["opted_out_at"]:
        return "opted_out"
    if not row["is_hers"]:
        return "unreachable"
    if row["is_wanted"] == 0:
        return "topic_off"
    if row["state"] == "paused":
        tx.run(
            "UPDATE notice_recipients SET outbox_id = NULL WHERE notice_id = ? AND person_id = ?",
            row["notice_id"],
            row["person_id"],
        )
        tx.run("DELETE FROM outbox WHERE id = ?", row_id)
        return "paused"
    if row["state"] == "cancelled":
        return "cancelled"
    if not row["is_urgent"] and (is_quiet or (is_holiday and row["notice_id"])):
        put_back(tx, row_id, now, ambiguous=False, is_counted=False)
        return "held"
    tx.run("UPDATE outbox SET begun_at = coalesce(begun_at, ?) WHERE id = ?", to_text(now), row_id)
    return "go"


def drop_of_topic(tx: Tx, person_id: int, topic: str, now: datetime) -> None:
    """She wants to hear no more of a topic: what waits for her of it stays here."""
    tx.run(
        "UPDATE outbox SET state = 'dropped', error_class = 'topic_off', closed_at = ? WHERE person_id = ?"
        " AND state = 'waiting' AND notice_id IN (SELECT id FROM notices WHERE topic = ?)",
        to_text(now),
        person_id,
        topic,
    )


# ── what came back ────────────────────────────────────────────────────────────────────────────────────────────────────


def last_heard(tx: Tx, person_id: int, *, offering: bool = False, notice_id: int = 0) -> Heard | None:
    """The last notice that left for her, or the last that is about something, or this one; None when none ever did."""
    offers = " AND EXISTS (SELECT 1 FROM notices n WHERE n.id = r.notice_id AND n.about <> '')" if offering else ""
    row = tx.one(
        "SELECT r.notice_id, r.is_raised, r.answer, o.closed_at FROM notice_recipients r"
        " JOIN outbox o ON o.id = r.outbox_id WHERE r.person_id = ? AND o.state IN ('sent', 'delivered', 'unknown')"
        f"{offers} AND (? = 0 OR r.notice_id = ?)"
        " ORDER BY o.closed_at DESC, r.notice_id DESC LIMIT 1",  # written first may be sent last
        *(person_id, notice_id, notice_id),
    )
    if row is None or row["closed_at"] is None:
        return None
    return Heard(row["notice_id"], from_text(row["closed_at"]), bool(row["is_raised"]), row["answer"])


def set_raised(tx: Tx, heard: Heard, person_id: int) -> None:
    """What she heard stands in her conversation from now on; not what is still on its way to her."""
    tx.run(
        "UPDATE notice_recipients SET is_raised = 1 WHERE notice_id = ? AND person_id = ?", heard.notice_id, person_id
    )


def set_answer(tx: Tx, heard: Heard, person_id: int, answer: Answer, now: datetime) -> None:
    """Keep the strongest of what she answered."""
    if _RANKS.index(answer) > _RANKS.index(heard.answer):
        tx.run(
            "UPDATE notice_recipients SET answer = ?, answered_at = coalesce(answered_at, ?)"
            " WHERE notice_id = ? AND person_id = ?",
            answer,
            to_text(now),
            heard.notice_id,
            person_id,
        )


def forget_answers(tx: Tx, person_id: int) -> None:
    """Where she is from goes with everything else of hers when she is erased; that a notice left stays counted."""
    tx.run("UPDATE notice_recipients SET comunidad = '', answer = '' WHERE person_id = ?", person_id)
