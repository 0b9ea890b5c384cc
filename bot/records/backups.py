"""What is remembered of backups: the last good one, the last that failed, and that a restored one holds all sending."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.clock import from_text, to_text
from bot.records.messages import REPLY
from bot.records.store import Tx

_LAST, _FAILED, _MADE, _HELD = "backup_last", "backup_failed", "backup_made_at", "held"


@dataclass(frozen=True, slots=True)
class Backup:
    """One that was made and verified; `file` is its path."""

    at: datetime
    file: str
    size_bytes: int
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Since the last good one."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A backup was put back and nobody has released it: nothing leaves. Rows with ids below `before_id` were in it;
    `made_at` is None for a copy that was made by other means."""

    restored_at: datetime
    made_at: datetime | None
    before_id: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages and errands that waited in a restored backup, and those written since."""

    answers: int
    notices: int
    errands: int
    since: int


def succeeded(tx: Tx, backup: Backup) -> None:
    _put(
        tx,
        _LAST,
        {
            "at": to_text(backup.at),
            "file": backup.file,
            "size_bytes": backup.size_bytes,
            "rows": backup.rows,
            "seconds": backup.seconds,
        },
    )
    tx.run("DELETE FROM facts WHERE key = ?", _FAILED)


def failed(tx: Tx, failure: Failure) -> None:
    _put(tx, _FAILED, {"at": to_text(failure.at), "why": failure.why})


def last(tx: Tx) -> Backup | None:
    given = _get(tx, _LAST)
    return Backup(**{**given, "at": from_text(given["at"])}) if given else None


def last_failure(tx: Tx) -> Failure | None:
    given = _get(tx, _FAILED)
    return Failure(from_text(given["at"]), given["why"]) if given else None


def mark(tx: Tx, now: datetime) -> None:
    """Say in the copy itself when it was made."""
    _put(tx, _MADE, {"at": to_text(now)})


def hold(tx: Tx, now: datetime, before_id: int) -> Hold:
    """From here on nothing leaves; rows with ids below `before_id` came with the backup."""
    made = _get(tx, _MADE)
    held = Hold(now, from_text(made["at"]) if made else None, before_id)
    _put(tx, _HELD, {"restored_at": to_text(now), "made_at": made["at"] if made else "", "before_id": before_id})
    tx.run("DELETE FROM facts WHERE key IN (?, ?, ?)", _MADE, _LAST, _FAILED)
    return held


def held(tx: Tx) -> Hold | None:
    """The hold that nobody has released yet."""
    given = _get(tx, _HELD)
    if given is None:
        return None
    made_at = from_text(given["made_at"]) if given["made_at"] else None
    return Hold(from_text(given["restored_at"]), made_at, given["before_id"])


def release(tx: Tx) -> None:
    """What waits may leave."""
    tx.run("DELETE FROM facts WHERE key = ?", _HELD)


def waiting(tx: Tx, before_id: int) -> Waiting:
    row = tx.one(
        "SELECT coalesce(sum(CASE WHEN id < ? AND priority <= ? THEN 1 ELSE 0 END), 0) AS answers,"
        " coalesce(sum(CASE WHEN id < ? AND priority > ? THEN 1 ELSE 0 END), 0) AS notices,"
        " coalesce(sum(CASE WHEN id >= ? THEN 1 ELSE 0 END), 0) AS since"
        " FROM outbox WHERE state IN ('waiting', 'sending')",
        *(before_id, REPLY, before_id, REPLY, before_id),
    )
    errands = tx.one("SELECT count(*) AS n FROM outreach WHERE closed_at IS NULL AND id < ?", before_id)
    if row is None or errands is None:  # a count has always a row
        return Waiting(0, 0, 0, 0)
    return Waiting(row["answers"], row["notices"], errands["n"], row["since"])


def drop(tx: Tx, before_id: int, now: datetime) -> None:
    """What waited in the backup stays here: it may have left since. What was being sent then nobody knows of."""
    tx.run(
        "UPDATE outbox SET state = CASE WHEN state = 'sending' THEN 'unknown' ELSE 'dropped' END,"
        " error_class = 'restored', lease_until = NULL, closed_at = ?"
        " WHERE state IN ('waiting', 'sending') AND id < ?",
        to_text(now),
        before_id,
    )
    tx.run(
        "UPDATE outreach SET closed_at = ?, outcome = 'restored', given = '{}' WHERE closed_at IS NULL AND id < ?",
        to_text(now),
        before_id,
    )


def _get(tx: Tx, key: str) -> dict[str, Any] | None:
    row = tx.one("SELECT value FROM facts WHERE key = ?", key)
    return json.loads(row["value"]) if row else None


def _put(tx: Tx, key: str, value: dict[str, object]) -> None:
    tx.run(
        "INSERT INTO facts (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        key,
        json.dumps(value, ensure_ascii=False),
    )
