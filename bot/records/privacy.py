"""What each person was told of her data, and words that were kept for long enough: they go, their rows stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.clock import from_text, to_text
from bot.records.store import Row, Tx


@dataclass(frozen=True, slots=True)
class Notice:
    """What she was told when she first wrote: `version` names the wording, `text` is it."""

    version: str
    language: str
    shown_at: datetime
    text: str


def keep_wording(tx: Tx, version: str, text: str) -> None:
    """What a version says, kept once for all who were told it."""
    tx.run("INSERT INTO facts (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING", _fact(version), text)


def add_notice(tx: Tx, person_id: int, version: str, language: str, now: datetime) -> None:
    """She was told this wording."""
    tx.run(
        "INSERT INTO privacy_notices (person_id, version, language, shown_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (person_id, version) DO NOTHING",
        *(person_id, version, language, to_text(now)),
    )


def notices(tx: Tx, person_id: int) -> list[Notice]:
    """The first one first."""
    found = tx.all(
        "SELECT version, language, shown_at FROM privacy_notices WHERE person_id = ? ORDER BY shown_at", person_id
    )
    return [
        Notice(row["version"], row["language"], from_text(row["shown_at"]), _wording(tx, row["version"]))
        for row in found
    ]


def _wording(tx: Tx, version: str) -> str:
    row = tx.one("SELECT value FROM facts WHERE key = ?", _fact(version))
    return row["value"] if row else ""


def _fact(version: str) -> str:
    return f"notice {version}"


def erase_messages(tx: Tx, before: datetime, limit: int) -> int:
    """The words of up to `limit` messages each way that are older, with the sessions of that time; how many."""
    received = tx.all(
        "UPDATE inbound SET body = NULL WHERE id IN"
        " (SELECT id FROM inbound WHERE body IS NOT NULL AND received_at < ? ORDER BY received_at LIMIT ?)"
        " RETURNING person_id",
        *(to_text(before), limit),
    )
    sent = tx.all(
        "UPDATE outbox SET body = '', unfolded = NULL, options = '[]', address = '' WHERE id IN"
        " (SELECT id FROM outbox WHERE body <> '' AND created_at < ? AND state NOT IN ('waiting', 'sending')"
        " ORDER BY created_at LIMIT ?) RETURNING person_id",
        *(to_text(before), limit),
    )
    _close_sessions(tx, [*received, *sent], before)
    return len(received) + len(sent)


def _close_sessions(tx: Tx, rows: list[Row], before: datetime) -> None:
    """Where a conversation stood then is of no use any more, and may hold words."""
    for person_id in {row["person_id"] for row in rows}:
        tx.run("DELETE FROM sessions WHERE person_id = ? AND changed_at < ?", person_id, to_text(before))


def erase_case_words(tx: Tx, before: datetime, limit: int) -> int:
    """What was said and answered in cases that were closed before; how many entries."""
    return tx.run(
        "UPDATE case_entries SET body = '', other_body = '', folded = '', file_id = '', inbound_id = NULL WHERE id IN"
        " (SELECT e.id FROM case_entries e JOIN cases c ON c.id = e.case_id"
        " WHERE (e.body <> '' OR e.other_body <> '' OR e.file_id <> '') AND e.created_at < ?"
        " AND c.state = 'closed' AND c.closed_at < ? LIMIT ?)",
        *(to_text(before), to_text(before), limit),
    )


def erase_patients(tx: Tx, before: datetime, day: date, now: datetime, limit: int) -> int:
    """The names of patients whose last campaign was before `day`; that somebody of her age came stays. How many."""
    return tx.run(
        "UPDATE patients SET name = '', kin = '', comunidad = NULL, erased_at = ? WHERE id IN"
        " (SELECT p.id FROM patients p WHERE p.erased_at IS NULL AND p.created_at < ? AND NOT EXISTS"
        " (SELECT 1 FROM appointments a JOIN campaigns c ON c.key = a.campaign"
        " WHERE a.patient_id = p.id AND c.held_on >= ?) LIMIT ?)",
        *(to_text(now), to_text(before), day.isoformat(), limit),
    )


def erase_rest(tx: Tx, before: datetime, limit: int) -> int:
    """The words by which somebody stopped or began notices, and messages that could not be read; how many."""
    words = tx.run(
        "UPDATE consents SET said_by = '' WHERE id IN"
        " (SELECT id FROM consents WHERE said_by <> '' AND decided_at < ? LIMIT ?)",
        *(to_text(before), limit),
    )
    return words + tx.run(
        "UPDATE dead_letters SET payload = '', reason = '' WHERE id IN"
        " (SELECT id FROM dead_letters WHERE payload <> '' AND arrived_at < ? LIMIT ?)",
        *(to_text(before), limit),
    )
