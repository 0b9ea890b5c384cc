"""Every message in and out: the row that makes a repeated delivery stop, and the row that makes a reply leave once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import from_text, to_text
from bot.conversation.message import Inbound, Medium, Option, Outgoing, Receipt
from bot.records.store import Row, Tx

REPLY, NOTICE = 0, 1
"""Priorities: an answer to somebody always leaves before what we begin ourselves."""

LEASE = timedelta(seconds=60)
HOLD = timedelta(minutes=2)
OLDEST = timedelta(days=1)
"""What was written before that waits for nothing any more."""
FINAL = ("delivered", "failed", "dropped")
HIDDEN = "····"
"""In place of a text that held a PIN."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A rendered message on its way into the outbox; `attachment` names a file that goes with it."""

    body: str
    unfolded: str
    options: tuple[Option, ...]
    encoding: str
    segments: int
    attachment: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """How a person is reached: her address, and the channel of her last message (empty when she never wrote)."""

    address: str
    channel: str
    medium: Medium


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row taken by lease; `was_tried`: an earlier try may already have reached the provider.

    `attachment` names a file that goes with it.
    """

    out: Outgoing
    priority: int
    was_tried: bool
    attachment: str = ""


def record(tx: Tx, inbound_id: int, message: Inbound, person_id: int | None, state: str, now: datetime) -> bool:
    """Write the inbound row; False when this delivery was already taken in."""
    return (
        tx.run(
            "INSERT INTO inbound (id, channel, provider_id, medium, person_id, kind, body, state, sent_at, received_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (channel, provider_id) DO NOTHING",
            inbound_id,
            message.channel,
            message.provider_id,
            message.medium,
            person_id,
            message.kind,
            message.text,
            state,
            to_text(message.sent_at) if message.sent_at else None,
            to_text(now),
        )
        == 1
    )


def conclude(tx: Tx, inbound_id: int, state: str, language: str, intent: str, waits_at: str) -> None:
    """What became of the turn; `waits_at` is the `flow.step` that waits for her now, empty when none does."""
    tx.run(
        "UPDATE inbound SET state = ?, language = ?, intent = ?, waits_at = ? WHERE id = ?",
        *(state, language, intent, waits_at, inbound_id),
    )


def hide_body(tx: Tx, inbound_id: int) -> None:
    """What she wrote is a secret of hers: it is not kept, only that something was written."""
    tx.run("UPDATE inbound SET body = ? WHERE id = ?", HIDDEN, inbound_id)


def enqueue(
    tx: Tx,
    row_id: int,
    message: Inbound,
    inbound_id: int | None,
    person_id: int,
    draft: Draft,
    now: datetime,
    expires_at: datetime,
) -> None:
    """A reply enters the outbox, on the way that the question came (None: it was asked for elsewhere)."""
    _enqueue(tx, row_id, message, inbound_id, person_id, draft, now, expires_at, REPLY, is_urgent=False)


def enqueue_notice(
    tx: Tx,
    row_id: int,
    message: Inbound,
    person_id: int,
    draft: Draft,
    now: datetime,
    expires_at: datetime,
    *,
    is_urgent: bool,
) -> None:
    """What we begin ourselves enters the outbox behind the answers; `message` says by which way it goes.

    Only what is urgent leaves in quiet hours.
    """
    _enqueue(tx, row_id, message, None, person_id, draft, now, expires_at, NOTICE, is_urgent=is_urgent)


def _enqueue(
    tx: Tx,
    row_id: int,
    message: Inbound,
    inbound_id: int | None,
    person_id: int,
    draft: Draft,
    now: datetime,
    expires_at: datetime,
    priority: int,
    *,
    is_urgent: bool,
) -> None:
    tx.run(
        "INSERT INTO outbox (id, inbound_id, person_id, channel, address, body, unfolded, options, encoding, segments,"
        " attachment, priority, is_urgent, state, due_at, expires_at, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?)",
        row_id,
        inbound_id,
        person_id,
        message.channel,
        message.address,
        draft.body,
        draft.unfolded if draft.unfolded != draft.body else None,
        json.dumps([[option.label, option.data] for option in draft.options], ensure_ascii=False)
        if draft.options
        else "[]",
        draft.encoding,
        draft.segments,
        draft.attachment,
        priority,
        int(is_urgent),
        to_text(now),
        to_text(expires_at),
        to_text(now),
    )


def way_to(tx: Tx, person_id: int) -> Way | None:
    """How we reach somebody who did not write just now; None when no address of hers takes messages."""
    row = tx.one(
        "SELECT address FROM addresses WHERE person_id = ? AND unusable_since IS NULL ORDER BY address LIMIT 1",
        person_id,
    )
    if row is None:
        return None
    last = tx.one(
        "SELECT channel, medium FROM inbound WHERE person_id = ? ORDER BY received_at DESC, id DESC LIMIT 1", person_id
    )
    if last:
        return Way(row["address"], last["channel"], last["medium"])
    return Way(row["address"], "", _medium_of(row["address"]))


def claim(
    tx: Tx,
    channel: str,
    now: datetime,
    limit: int,
    notices: int,
    *,
    is_quiet: bool = False,
    is_holiday: bool = False,
) -> list[Claimed]:
    """Take up to `limit` rows by lease, at most `notices` of them no answers; answers first, the oldest first.

    In quiet hours what we begin ourselves stays where it is, unless it is urgent; on a holiday so do notices to many.

    Of each person only the oldest is taken; the next one comes when that one is done, so that none overtakes another.
    One whose answer was lost holds up the others for HOLD at most.
    """
    tx.serial(f"outbox of {channel}")
    rows = tx.all(
        "SELECT id, address, body, options, priority, expires_at, claimed_at, begun_at, attachment, state FROM outbox o"
        " WHERE channel = ? AND state IN ('waiting', 'sending')"  # in the words of the index
        " AND (priority <= ? OR is_urgent >= ?) AND (notice_id IS NULL OR is_urgent >= ?)"
        " AND ((state = 'waiting' AND due_at <= ?) OR (state = 'sending' AND lease_until <= ?))"
        " AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.person_id = o.person_id AND e.created_at >= ?"
        " AND e.id < o.id AND e.channel = o.channel AND e.address = o.address AND (e.priority < o.priority"
        " OR (e.priority = o.priority AND e.is_urgent >= o.is_urgent))"  # what waits for the morning holds up no alarm
        # as a CASE, lest PostgreSQL go through all that waits for each row: it is to look at the person's alone
        " AND CASE e.state WHEN 'waiting' THEN '~' WHEN 'sending' THEN e.claimed_at ELSE '' END >= ?)"
        " ORDER BY priority, due_at, id LIMIT ?",
        channel,
        REPLY,
        int(is_quiet),
        int(is_holiday),
        to_text(now),
        to_text(now),
        to_text(now - OLDEST),
        to_text(now - HOLD),
        limit,
    )
    answers = sum(row["priority"] <= REPLY for row in rows)
    rows = rows[: answers + max(notices, 0)]
    return [_claimed(row, now) for row in rows if _lease(tx, row["id"], now)]


def _lease(tx: Tx, row_id: int, now: datetime) -> bool:
    """False for a row that was dropped by another process since it was found."""
    taken = tx.run(
        "UPDATE outbox SET state = 'sending', lease_until = ?, claimed_at = coalesce(claimed_at, ?),"
        " attempts = attempts + 1 WHERE id = ? AND state IN ('waiting', 'sending')",
        to_text(now + LEASE),
        to_text(now),
        row_id,
    )
    return taken == 1


def renew(tx: Tx, row_ids: Iterable[int], now: datetime) -> None:
    """These rows are still in hand, waiting for their turn: nobody else is to take them."""
    for row_id in row_ids:
        tx.run("UPDATE outbox SET lease_until = ? WHERE id = ? AND state = 'sending'", to_text(now + LEASE), row_id)


def _claimed(row: Row, now: datetime) -> Claimed:
    """What we begin ourselves was tried only if its beginning was written down; an answer may have been."""
    was_tried = row["state"] == "sending" and (row["priority"] <= REPLY or row["begun_at"] is not None)
    return Claimed(_outgoing(row, now), row["priority"], was_tried, row["attachment"])


def _outgoing(row: Row, now: datetime) -> Outgoing:
    options = json.loads(row["options"]) if row["options"] != "[]" else ()
    return Outgoing(
        id=row["id"],
        address=row["address"],
        text=row["body"],
        options=tuple(Option(label, data) for label, data in options),
        expires_at=from_text(row["expires_at"]) if row["expires_at"] else None,
        claimed_at=from_text(row["claimed_at"]) if row["claimed_at"] else now,
    )


def sent(tx: Tx, row_id: int, provider_id: str, now: datetime) -> None:
    """The provider took it. A receipt that was faster than this answer is applied now."""
    tx.serial(f"{provider_id} sent")
    tx.run(
        "UPDATE outbox SET state = 'sent', provider_id = ?, lease_until = NULL, closed_at = ? WHERE id = ?",
        provider_id,
        to_text(now),
        row_id,
    )
    early = tx.one(
        "SELECT r.state, r.error_code FROM outbox o JOIN receipts r ON r.channel = o.channel"
        " WHERE o.id = ? AND r.provider_id = ? AND r.is_early = 1 ORDER BY r.id LIMIT 1",
        row_id,
        provider_id,
    )
    if early:
        tx.run("UPDATE outbox SET state = ?, error_code = ? WHERE id = ?", early["state"], early["error_code"], row_id)


def put_back(tx: Tx, row_id: int, due_at: datetime, *, ambiguous: bool, is_counted: bool = True) -> None:
    """Another try at `due_at`. An ambiguous row stays `sending`: its next claim asks the provider first.

    What was no try of this message, such as a pause of the whole channel, is not counted.
    """
    if ambiguous:
        tx.run("UPDATE outbox SET lease_until = ? WHERE id = ? AND state = 'sending'", to_text(due_at), row_id)
    else:
        tx.run(
            "UPDATE outbox SET state = 'waiting', due_at = ?, lease_until = NULL, claimed_at = NULL, begun_at = NULL,"
            " attempts = attempts - ? WHERE id = ? AND state = 'sending'",
            to_text(due_at),
            0 if is_counted else 1,
            row_id,
        )


def scrub_if_erased(tx: Tx, row_id: int) -> None:
    """The last answer to somebody who had herself erased leaves no trace of her once it is out, or given up."""
    tx.run(
        "UPDATE outbox SET body = '', unfolded = NULL, options = '[]', address = ''"
        " WHERE id = ? AND EXISTS"
        " (SELECT 1 FROM people p WHERE p.id = outbox.person_id AND p.erased_at IS NOT NULL)",
        row_id,
    )


def expire_leases(tx: Tx, channel: str, now: datetime) -> None:
    """A service that just started is the only sender: what an earlier one had in hand is taken up at once."""
    tx.run("UPDATE outbox SET lease_until = ? WHERE channel = ? AND state = 'sending'", to_text(now), channel)


def close(tx: Tx, row_id: int, state: str, error_class: str, error_code: str, now: datetime) -> None:
    """The row is done without having been sent: failed, dropped or unknown."""
    tx.run(
        "UPDATE outbox SET state = ?, error_class = ?, error_code = ?, lease_until = NULL, closed_at = ? WHERE id = ?",
        state,
        error_class,
        error_code,
        to_text(now),
        row_id,
    )
    scrub_if_erased(tx, row_id)


def attempts(tx: Tx, row_id: int) -> int:
    row = tx.one("SELECT attempts FROM outbox WHERE id = ?", row_id)
    return int(row["attempts"]) if row else 0


def adopted(tx: Tx, channel: str, out: Outgoing) -> set[str]:
    """The provider's ids that rows to this address already stand for, also when its person was erased since."""
    rows = tx.all(
        "SELECT channel, provider_id FROM outbox WHERE person_id IN (SELECT person_id FROM addresses WHERE address = ?"
        " UNION SELECT person_id FROM outbox WHERE id = ?)",  # by person alone, lest every row of the channel be read
        out.address,
        out.id,
    )
    return {row["provider_id"] for row in rows if row["channel"] == channel and row["provider_id"]}


def take_receipt(tx: Tx, receipt_id: int, receipt: Receipt, now: datetime) -> str | None:
    """Keep the event, raise the row's state (never lower it); the address when the row just failed, else None."""
    tx.serial(f"{receipt.provider_id} sent")  # with a process that is writing down right now that it was
    row = _raised(tx, receipt) if receipt.state != "sent" else None
    tx.run(
        "INSERT INTO receipts (id, channel, provider_id, state, error_code, arrived_at, is_early)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        receipt_id,
        receipt.channel,
        receipt.provider_id,
        receipt.state,
        receipt.error_code or None,
        to_text(now),
        int(row is None and receipt.state != "sent"),
    )
    return row["address"] if row and receipt.state == "failed" else None


def _raised(tx: Tx, receipt: Receipt) -> Row | None:
    """The row that the receipt is of, in its new state; None when nobody has written down yet that it was sent."""
    return tx.one(
        "UPDATE outbox SET state = ?, error_code = ? WHERE channel = ? AND provider_id = ? AND state = 'sent'"
        " RETURNING address",
        receipt.state,
        receipt.error_code or None,
        receipt.channel,
        receipt.provider_id,
    )


def send_again(tx: Tx, receipt: Receipt, due_at: datetime, most_tries: int) -> None:
    """Another try at `due_at` of a row that failed without having left; it was counted as a try."""
    tx.run(
        "UPDATE outbox SET state = 'waiting', due_at = ?, provider_id = NULL, error_code = NULL, closed_at = NULL,"
        " claimed_at = NULL, begun_at = NULL WHERE channel = ? AND provider_id = ? AND state = 'failed'"
        " AND attempts < ?",
        to_text(due_at),
        receipt.channel,
        receipt.provider_id,
        most_tries,
    )


def set_aside(tx: Tx, row_id: int, channel: str, payload: str, reason: str, now: datetime) -> None:
    """Keep what could not be read, so that somebody can look and the rest goes on."""
    tx.run(
        "INSERT INTO dead_letters (id, channel, payload, reason, arrived_at) VALUES (?, ?, ?, ?, ?)",
        row_id,
        channel,
        payload[:20_000],
        reason[:500],
        to_text(now),
    )


def drop_waiting(tx: Tx, person_id: int, now: datetime) -> None:
    """Whatever is not an answer and has not left stays here: she has stopped us."""
    tx.run(
        "UPDATE outbox SET state = 'dropped', error_class = 'opted_out', closed_at = ?"
        " WHERE person_id = ? AND state = 'waiting' AND priority > ?",
        to_text(now),
        person_id,
        REPLY,
    )


def drop_all_waiting(tx: Tx, person_id: int, now: datetime) -> None:
    """Whatever has not left stays here, answers too: her number is somebody else's."""
    tx.run(
        "UPDATE outbox SET state = 'dropped', error_class = 'passed_on', closed_at = ?"
        " WHERE person_id = ? AND state = 'waiting'",
        to_text(now),
        person_id,
    )


def opened_by(tx: Tx, flow: str, since: datetime) -> list[Row]:
    """Messages since then that opened a flow and still have their text, oldest first: id, person_id, received_at,
    reviewed_at, address, body."""
    return tx.all(
        "SELECT i.id, i.person_id, i.received_at, i.reviewed_at, a.address, i.body FROM inbound i"
        " JOIN addresses a ON a.person_id = i.person_id"
        " WHERE i.intent = ? AND i.received_at >= ? AND i.body IS NOT NULL ORDER BY i.received_at, i.id",
        flow,
        to_text(since),
    )


def not_understood(tx: Tx, since: datetime) -> list[Row]:
    """Messages since then that were not understood and still have their text: id, received_at, reviewed_at, body,
    language."""
    return tx.all(
        "SELECT id, received_at, reviewed_at, body, language FROM inbound"
        " WHERE state = 'not_understood' AND received_at >= ? AND body IS NOT NULL AND body <> ''"
        " ORDER BY received_at, id",
        to_text(since),
    )


def set_reviewed(tx: Tx, inbound_ids: Iterable[int], now: datetime) -> None:
    """Staff have read these."""
    for inbound_id in inbound_ids:
        tx.run("UPDATE inbound SET reviewed_at = ? WHERE id = ? AND reviewed_at IS NULL", to_text(now), inbound_id)


def replies_to(tx: Tx, inbound_id: int) -> list[Row]:
    """The outbox rows that answer a message, in order."""
    return tx.all("SELECT * FROM outbox WHERE inbound_id = ? ORDER BY id", inbound_id)


def talk(tx: Tx, address: str, limit: int) -> list[Row]:
    """The last messages to and from an address, oldest first: id, direction (in, out), kind, body, unfolded, options,
    encoding, segments, language, state, at. An answer stands at the hour of its question, by whatever clock."""
    medium = _medium_of(address)
    rows = tx.all(
        "SELECT * FROM ("
        "SELECT i.id, 'in' AS direction, i.kind, coalesce(i.body, '') AS body, NULL AS unfolded, '[]' AS options,"
        " '' AS encoding, 0 AS segments, i.language, i.state, i.received_at AS at"
        " FROM inbound i JOIN addresses a ON a.person_id = i.person_id WHERE a.address = ? AND i.medium = ?"
        " UNION ALL SELECT o.id, 'out', 'text', o.body, o.unfolded, o.options, o.encoding, o.segments, i.language,"
        " o.state, coalesce(i.received_at, o.created_at) FROM outbox o JOIN addresses a ON a.person_id = o.person_id"
        " LEFT JOIN inbound i ON i.id = o.inbound_id WHERE a.address = ? AND o.address = a.address"
        ") AS both_ways ORDER BY id DESC LIMIT ?",
        address,
        medium,
        address,
        limit,
    )
    return rows[::-1]


def sent_to(tx: Tx, address: str) -> tuple[int, int]:
    """How many messages went to an address in all, and how many segments they are."""
    row = tx.one(
        "SELECT count(*) AS messages, coalesce(sum(o.segments), 0) AS segments FROM outbox o"
        " JOIN addresses a ON a.person_id = o.person_id"
        " WHERE a.address = ? AND o.address = a.address AND o.state NOT IN ('failed', 'dropped')",
        address,
    )
    return (int(row["messages"]), int(row["segments"])) if row else (0, 0)


def _medium_of(address: str) -> Medium:
    return "telegram" if address.startswith("telegram:") else "sms"
