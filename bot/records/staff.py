"""Who works at the desk: accounts with their role and scopes, and the sessions in which they are logged in."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.clock import from_text, to_text
from bot.records.store import Row, Tx

Role = Literal["admin", "mesa", "promoter", "reader"]
ROLES: tuple[Role, ...] = ("admin", "mesa", "promoter", "reader")


@dataclass(frozen=True, slots=True)
class Staff:
    """One account. `name` is what she logs in with; `phone` is E.164; no district means all of them.

    `is_single_use`: the password was made by us and has to be replaced before anything else.
    """

    id: int
    name: str
    role: Role
    password_hash: str = field(repr=False)
    is_single_use: bool
    created_at: datetime
    disabled_at: datetime | None = None
    phone: str | None = None
    mesas: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    comunidades: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskSession:
    """A login that lasts; `notice` is a sentence to be shown on the next page."""

    staff_id: int
    notice: str
    created_at: datetime
    seen_at: datetime


def name_key(name: str) -> str:
    """The form in which two names are the same: case and composed accents do not count."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def insert(tx: Tx, person: Staff) -> bool:
    """Add an account with its scopes; False, and nothing written, when the name is taken."""
    added = tx.run(
        "INSERT INTO staff (id, name, name_key, password_hash, is_single_use, role, phone, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name_key) DO NOTHING",
        person.id,
        person.name,
        name_key(person.name),
        person.password_hash,
        int(person.is_single_use),
        person.role,
        person.phone,
        to_text(person.created_at),
    )
    if not added:
        return False
    scopes = {"mesa": person.mesas, "district": person.districts, "comunidad": person.comunidades}
    tx.many(
        "INSERT INTO staff_scopes (staff_id, kind, key) VALUES (?, ?, ?)",
        [(person.id, kind, key) for kind, keys in scopes.items() for key in dict.fromkeys(keys)],
    )
    return True


def find(tx: Tx, staff_id: int) -> Staff | None:
    row = tx.one("SELECT * FROM staff WHERE id = ?", staff_id)
    return _staff(row, _scopes(tx, staff_id)) if row else None


def find_by_name(tx: Tx, name: str) -> Staff | None:
    row = tx.one("SELECT * FROM staff WHERE name_key = ?", name_key(name))
    return _staff(row, _scopes(tx, row["id"])) if row else None


def everybody(tx: Tx) -> list[Staff]:
    """All accounts by name, disabled ones too."""
    theirs: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in tx.all("SELECT staff_id, kind, key FROM staff_scopes ORDER BY staff_id, kind, key"):
        theirs[row["staff_id"]][row["kind"]].append(row["key"])
    return [_staff(row, theirs[row["id"]]) for row in tx.all("SELECT * FROM staff ORDER BY name_key")]


def has_phone(tx: Tx, phone: str) -> bool:
    """Whether somebody who may log in has this number (E.164)."""
    return tx.one("SELECT 1 FROM staff WHERE phone = ? AND disabled_at IS NULL LIMIT 1", phone) is not None


def has_admin(tx: Tx) -> bool:
    """Whether somebody can log in as an admin."""
    return tx.one("SELECT 1 FROM staff WHERE role = 'admin' AND disabled_at IS NULL LIMIT 1") is not None


def set_password(tx: Tx, staff_id: int, password_hash: str, is_single_use: bool) -> None:
    tx.run(
        "UPDATE staff SET password_hash = ?, is_single_use = ? WHERE id = ?",
        password_hash,
        int(is_single_use),
        staff_id,
    )


def disable(tx: Tx, staff_id: int, now: datetime) -> None:
    tx.run("UPDATE staff SET disabled_at = ? WHERE id = ? AND disabled_at IS NULL", to_text(now), staff_id)


def enable(tx: Tx, staff_id: int) -> None:
    tx.run("UPDATE staff SET disabled_at = NULL WHERE id = ?", staff_id)


def open_session(tx: Tx, token_hash: str, staff_id: int, now: datetime) -> None:
    tx.run(
        "INSERT INTO desk_sessions (token_hash, staff_id, created_at, seen_at) VALUES (?, ?, ?, ?)",
        token_hash,
        staff_id,
        to_text(now),
        to_text(now),
    )


def find_session(tx: Tx, token_hash: str) -> DeskSession | None:
    row = tx.one("SELECT staff_id, notice, created_at, seen_at FROM desk_sessions WHERE token_hash = ?", token_hash)
    if row is None:
        return None
    return DeskSession(row["staff_id"], row["notice"], from_text(row["created_at"]), from_text(row["seen_at"]))


def living_sessions(tx: Tx, created_after: datetime, seen_after: datetime) -> frozenset[str]:
    """The token hashes of all sessions that have not ended, of accounts that may log in."""
    found = tx.all(
        "SELECT d.token_hash FROM desk_sessions d JOIN staff s ON s.id = d.staff_id"
        " WHERE s.disabled_at IS NULL AND d.created_at > ? AND d.seen_at > ?",
        to_text(created_after),
        to_text(seen_after),
    )
    return frozenset(row["token_hash"] for row in found)


def see_session(tx: Tx, token_hash: str, now: datetime) -> None:
    tx.run("UPDATE desk_sessions SET seen_at = ? WHERE token_hash = ?", to_text(now), token_hash)


def set_notice(tx: Tx, token_hash: str, notice: str) -> None:
    tx.run("UPDATE desk_sessions SET notice = ? WHERE token_hash = ?", notice, token_hash)


def close_session(tx: Tx, token_hash: str) -> None:
    tx.run("DELETE FROM desk_sessions WHERE token_hash = ?", token_hash)


def close_sessions_of(tx: Tx, staff_id: int) -> None:
    tx.run("DELETE FROM desk_sessions WHERE staff_id = ?", staff_id)


def close_sessions_before(tx: Tx, created: datetime, seen: datetime) -> None:
    """Forget sessions that were begun by `created` or last used by `seen`."""
    tx.run("DELETE FROM desk_sessions WHERE created_at <= ? OR seen_at <= ?", to_text(created), to_text(seen))


def _scopes(tx: Tx, staff_id: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in tx.all("SELECT kind, key FROM staff_scopes WHERE staff_id = ? ORDER BY kind, key", staff_id):
        found[row["kind"]].append(row["key"])
    return found


def _staff(row: Row, scopes: dict[str, list[str]]) -> Staff:
    return Staff(
        id=row["id"],
        name=row["name"],
        role=row["role"],
        password_hash=row["password_hash"],
        is_single_use=bool(row["is_single_use"]),
        created_at=from_text(row["created_at"]),
        disabled_at=from_text(row["disabled_at"]) if row["disabled_at"] else None,
        phone=row["phone"],
        mesas=tuple(scopes.get("mesa", ())),
        districts=tuple(scopes.get("district", ())),
        comunidades=tuple(scopes.get("comunidad", ())),
    )
