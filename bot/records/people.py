"""Who writes to us: addresses, language, place, consent, session, erasure."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from bot.clock import to_text
from bot.records.store import Tx


@dataclass(slots=True)
class Person:
    """A person as a turn needs her; `session` is the conversation's state as JSON text, empty when there is none."""

    is_new: bool
    id: int
    language: str | None = None
    language_is_chosen: bool = False
    is_greeted: bool = False
    district: str | None = None
    comunidad: str | None = None
    opted_out_at: str | None = None
    unanswered_in_a_row: int = 0
    is_unusable: bool = False  # the provider said that this address takes nothing
    session: str = ""
    session_changed_at: str = ""
    is_erased: bool = False  # in this very turn


def load(tx: Tx, address: str) -> Person | None:
    """The person who writes from `address`, with her session; None for an address never seen."""
    row = tx.one(
        "SELECT p.id, p.language, p.language_is_chosen, p.is_greeted,"
        " p.district, p.comunidad, p.opted_out_at, p.unanswered_in_a_row,"
        " a.unusable_since IS NOT NULL AS is_unusable,"
        " coalesce(s.state, '') AS session, coalesce(s.changed_at, '') AS session_changed_at"
        " FROM addresses a JOIN people p ON p.id = a.person_id LEFT JOIN sessions s ON s.person_id = p.id"
        " WHERE a.address = ?",
        address,
    )
    return Person(False, *row) if row else None


def create(tx: Tx, person_id: int, address: str, now: datetime) -> Person:
    tx.run("INSERT INTO people (id, created_at) VALUES (?, ?)", person_id, to_text(now))
    tx.run("INSERT INTO addresses (address, person_id) VALUES (?, ?)", address, person_id)
    return Person(id=person_id, is_new=True)


def save_session(tx: Tx, person_id: int, state: str, now: datetime) -> None:
    """Keep the conversation's state; an empty one is forgotten, and so is that of somebody just erased."""
    if not state:
        tx.run("DELETE FROM sessions WHERE person_id = ?", person_id)
        return
    tx.run(
        "INSERT INTO sessions (person_id, state, changed_at)"
        " SELECT id, ?, ? FROM people WHERE id = ? AND erased_at IS NULL"
        " ON CONFLICT (person_id) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at",
        state,
        to_text(now),
        person_id,
    )


def set_language(tx: Tx, person_id: int, language: str, is_chosen: bool) -> None:
    """`is_chosen`: she asked for it, so that a word of the other language does not change it again."""
    tx.run("UPDATE people SET language = ?, language_is_chosen = ? WHERE id = ?", language, int(is_chosen), person_id)


def set_greeted(tx: Tx, person_id: int) -> None:
    tx.run("UPDATE people SET is_greeted = 1 WHERE id = ?", person_id)


def set_place(tx: Tx, person_id: int, district: str | None, comunidad: str | None) -> None:
    tx.run("UPDATE people SET district = ?, comunidad = ? WHERE id = ?", district, comunidad, person_id)


def set_shown(tx: Tx, person_id: int, what: str, now: datetime) -> None:
    """What she was just told of, `work:…` or `campaign:…`: what she says next may be about it."""
    tx.run("UPDATE people SET shown = ?, shown_at = ? WHERE id = ?", what, to_text(now), person_id)


def shown(tx: Tx, person_id: int) -> tuple[str, str]:
    """What she was told of last, and when; empty texts for nothing."""
    row = tx.one("SELECT shown, shown_at FROM people WHERE id = ?", person_id)
    return (row["shown"], row["shown_at"]) if row else ("", "")


def set_unanswered(tx: Tx, person_id: int, in_a_row: int) -> None:
    tx.run("UPDATE people SET unanswered_in_a_row = ? WHERE id = ?", in_a_row, person_id)


def opt_out(tx: Tx, consent_id: int, person_id: int, said_by: str, now: datetime) -> None:
    """She wants no more notices; what still waits for her and is no answer is dropped with it by the caller."""
    tx.run("UPDATE people SET opted_out_at = coalesce(opted_out_at, ?) WHERE id = ?", to_text(now), person_id)
    _decide(tx, consent_id, person_id, "out", said_by, now)


def opt_in(tx: Tx, consent_id: int, person_id: int, said_by: str, now: datetime) -> None:
    tx.run("UPDATE people SET opted_out_at = NULL WHERE id = ?", person_id)
    _decide(tx, consent_id, person_id, "in", said_by, now)


def _decide(tx: Tx, consent_id: int, person_id: int, decision: str, said_by: str, now: datetime) -> None:
    tx.run(
        "INSERT INTO consents (id, person_id, decision, said_by, decided_at) VALUES (?, ?, ?, ?, ?)",
        consent_id,
        person_id,
        decision,
        said_by,
        to_text(now),
    )


def mark_unusable(tx: Tx, address: str, because: str, now: datetime) -> None:
    """The provider says that nothing can be sent to this address."""
    tx.run(
        "UPDATE addresses SET unusable_since = ?, unusable_because = ? WHERE address = ? AND unusable_since IS NULL",
        to_text(now),
        because,
        address,
    )


def mark_usable(tx: Tx, address: str) -> None:
    """She wrote to us: the address lives."""
    tx.run(
        "UPDATE addresses SET unusable_since = NULL, unusable_because = NULL"
        " WHERE address = ? AND unusable_since IS NOT NULL",
        address,
    )


def count_messages(tx: Tx, person_id: int) -> int:
    """How many messages, hers and ours, are kept with their text."""
    row = tx.one(
        "SELECT (SELECT count(*) FROM inbound WHERE person_id = ? AND body IS NOT NULL)"
        " + (SELECT count(*) FROM outbox WHERE person_id = ? AND body <> '') AS kept",
        person_id,
        person_id,
    )
    return int(row["kept"]) if row else 0


def erase(tx: Tx, person_id: int, key: bytes, now: datetime) -> None:
    """Forget her: texts, place, session and number go; counts stay. A keyed hash of the address is left, so that
    nobody writes to it again; she may always write to us, as someone new."""
    for row in tx.all("SELECT address FROM addresses WHERE person_id = ?", person_id):
        hashed = hash_address(row["address"], key)
        tx.run("DELETE FROM addresses WHERE address = ?", row["address"])
        tx.run(
            "INSERT INTO erased_addresses (address_hash, erased_at) VALUES (?, ?)"
            " ON CONFLICT (address_hash) DO NOTHING",
            hashed,
            to_text(now),
        )
        tx.run(
            "UPDATE outbox SET address = ? WHERE person_id = ? AND state NOT IN ('waiting', 'sending')",
            hashed,
            person_id,
        )
        tx.run(
            "UPDATE dead_letters SET payload = '' WHERE replace(payload, ?, '') <> payload",
            row["address"].partition(":")[2],
        )  # what could not be read holds her number, and often her name
    tx.run("UPDATE consents SET said_by = '' WHERE person_id = ?", person_id)
    tx.run("UPDATE inbound SET body = NULL WHERE person_id = ?", person_id)
    tx.run(
        "UPDATE outbox SET body = '', unfolded = NULL, options = '[]'"
        " WHERE person_id = ? AND state NOT IN ('waiting', 'sending')",
        person_id,
    )
    tx.run("DELETE FROM sessions WHERE person_id = ?", person_id)
    tx.run(
        "UPDATE people SET language = NULL, district = NULL, comunidad = NULL, shown = '', erased_at = ? WHERE id = ?",
        to_text(now),
        person_id,
    )


def unlink(tx: Tx, person_id: int) -> None:
    """No number is hers any more; what was sent to it does not say so either. She is only out of reach."""
    tx.run("DELETE FROM addresses WHERE person_id = ?", person_id)
    tx.run("DELETE FROM sessions WHERE person_id = ?", person_id)
    tx.run("UPDATE outbox SET address = '' WHERE person_id = ? AND state <> 'sending'", person_id)


def was_erased(tx: Tx, address: str, key: bytes) -> bool:
    """Whether somebody had this address forgotten: nobody writes to it again unless it writes to us."""
    return tx.one("SELECT 1 FROM erased_addresses WHERE address_hash = ?", hash_address(address, key)) is not None


def hash_address(address: str, key: bytes) -> str:
    return "hash:" + hmac.new(key, address.encode(), hashlib.sha256).hexdigest()
