"""People as staff look them up: by number, by a patient's name or by place; and what is kept of one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from bot.clock import from_text, to_text
from bot.records.store import Row, Tx


@dataclass(frozen=True, slots=True)
class Listed:
    """One person of a list. `address` is her number, else her chat, empty when none is hers any more."""

    id: int
    language: str
    district: str
    comunidad: str
    address: str
    is_unusable: bool
    opted_out_at: datetime | None
    erased_at: datetime | None
    created_at: datetime
    last_at: datetime | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Consent:
    """`decision` is out or in; `said_by` the words by which she said so, or `staff:<id>`."""

    decision: str
    said_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Registered:
    """A patient of her phone; `consent` is empty, asked, given or refused."""

    id: int
    name: str
    kin: str
    age_months: int | None
    consent: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """An appointment of a patient of hers, in whatever state."""

    id: int
    code: str
    campaign: str
    specialty: str
    state: str
    held_on: date
    name: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `is_hers` tells hers from ours. `inbound_id` is hers, or the one that ours answers, if any."""

    id: int
    is_hers: bool
    body: str
    channel: str
    state: str
    at: datetime
    inbound_id: int | None


def by_address(tx: Tx, address: str) -> list[int]:
    return [row["person_id"] for row in tx.all("SELECT person_id FROM addresses WHERE address = ?", address)]


def by_last_digits(tx: Tx, digits: str) -> list[int]:
    """Whose number or chat ends so."""
    found = tx.all("SELECT DISTINCT person_id FROM addresses WHERE address LIKE ? ORDER BY person_id", f"%{digits}")
    return [row["person_id"] for row in found]


def patients_with_phone(tx: Tx) -> list[tuple[int, str]]:
    """(person, name) of every patient who has a name and a phone."""
    found = tx.all(
        "SELECT person_id, name FROM patients WHERE erased_at IS NULL AND person_id IS NOT NULL AND name <> ''"
    )
    return [(row["person_id"], row["name"]) for row in found]


def by_comunidad(tx: Tx, comunidad: str) -> list[int]:
    """Who is from there, or has a patient who is."""
    found = tx.all(
        "SELECT id FROM people WHERE comunidad = ? UNION SELECT person_id FROM patients WHERE comunidad = ?"
        " AND erased_at IS NULL AND person_id IS NOT NULL ORDER BY 1",
        comunidad,
        comunidad,
    )
    return [row["id"] for row in found]


def listed(tx: Tx, person_ids: Collection[int]) -> list[Listed]:
    """These people, who wrote last first."""
    if not person_ids:
        return []
    marks = ", ".join("?" * len(person_ids))
    names: dict[int, list[str]] = defaultdict(list)
    for row in tx.all(
        f"SELECT person_id, name FROM patients WHERE person_id IN ({marks}) AND erased_at IS NULL AND name <> ''"
        " ORDER BY id",
        *person_ids,
    ):
        names[row["person_id"]].append(row["name"])
    found = tx.all(
        "SELECT p.*, coalesce("
        "(SELECT min(a.address) FROM addresses a WHERE a.person_id = p.id AND a.address LIKE 'tel:%'),"
        " (SELECT min(a.address) FROM addresses a WHERE a.person_id = p.id), '') AS address,"
        " (SELECT count(*) FROM addresses a WHERE a.person_id = p.id AND a.unusable_since IS NULL) AS living,"
        " (SELECT max(i.received_at) FROM inbound i WHERE i.person_id = p.id) AS last_at"
        f" FROM people p WHERE p.id IN ({marks})",
        *person_ids,
    )
    people = [_listed(row, tuple(names[row["id"]])) for row in found]
    return sorted(people, key=lambda each: (each.last_at or each.created_at, each.id), reverse=True)


def one(tx: Tx, person_id: int) -> Listed | None:
    return next(iter(listed(tx, [person_id])), None)


def addresses(tx: Tx, person_id: int) -> list[str]:
    found = tx.all("SELECT address FROM addresses WHERE person_id = ? ORDER BY address DESC", person_id)
    return [row["address"] for row in found]


def consents(tx: Tx, person_id: int) -> list[Consent]:
    """The last one first."""
    found = tx.all("SELECT * FROM consents WHERE person_id = ? ORDER BY decided_at DESC, id DESC", person_id)
    return [Consent(row["decision"], row["said_by"], from_text(row["decided_at"])) for row in found]


def patients(tx: Tx, person_id: int) -> list[Registered]:
    """Whoever was registered from her phone and was not erased."""
    found = tx.all(
        "SELECT id, name, kin, age_months, consent, created_at FROM patients"
        " WHERE person_id = ? AND erased_at IS NULL ORDER BY id",
        person_id,
    )
    return [Registered(**{**dict(row), "created_at": from_text(row["created_at"])}) for row in found]


def appointments(tx: Tx, person_id: int, limit: int) -> list[Held]:
    """The latest day first."""
    found = tx.all(
        "SELECT a.id, a.code, a.campaign, a.specialty, a.state, c.held_on, p.name FROM appointments a"
        " JOIN patients p ON p.id = a.patient_id JOIN campaigns c ON c.key = a.campaign"
        " WHERE p.person_id = ? ORDER BY c.held_on DESC, a.id DESC LIMIT ?",
        *(person_id, limit),
    )
    return [Held(**{**dict(row), "held_on": date.fromisoformat(row["held_on"])}) for row in found]


def messages(tx: Tx, person_id: int, before: datetime, limit: int) -> list[Message]:
    """Hers and ours with their words, the latest first; without those by which she said something anonymously."""
    hidden = (
        "(SELECT e.inbound_id FROM case_entries e JOIN cases c ON c.id = e.case_id"
        " WHERE c.person_id = ? AND c.is_anonymous = 1 AND e.inbound_id IS NOT NULL)"
    )
    found = tx.all(
        "SELECT * FROM (SELECT i.id, 1 AS is_hers, coalesce(i.body, '') AS body, i.channel, i.state,"
        " i.received_at AS at, i.id AS inbound_id FROM inbound i WHERE i.person_id = ?"
        f" AND i.id NOT IN {hidden} UNION ALL SELECT o.id, 0, coalesce(o.unfolded, o.body), o.channel, o.state,"
        " o.created_at, o.inbound_id FROM outbox o WHERE o.person_id = ?"
        f" AND (o.inbound_id IS NULL OR o.inbound_id NOT IN {hidden})) AS both_ways"
        " WHERE at < ? ORDER BY at DESC, id DESC LIMIT ?",
        *(person_id, person_id, person_id, person_id, to_text(before), limit),
    )
    return [Message(**{**dict(row), "is_hers": bool(row["is_hers"]), "at": from_text(row["at"])}) for row in found]


def _listed(row: Row, names: tuple[str, ...]) -> Listed:
    return Listed(
        id=row["id"],
        language=row["language"] or "",
        district=row["district"] or "",
        comunidad=row["comunidad"] or "",
        address=row["address"],
        is_unusable=bool(row["address"]) and not row["living"],
        opted_out_at=_moment(row["opted_out_at"]),
        erased_at=_moment(row["erased_at"]),
        created_at=from_text(row["created_at"]),
        last_at=_moment(row["last_at"]),
        names=names,
    )


def _moment(stored: str | None) -> datetime | None:
    return from_text(stored) if stored else None
