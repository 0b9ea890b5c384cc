"""The nouns of feedback as they are stored: a case, and everything that was said and done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.clock import from_text
from bot.records.agenda import Name
from bot.records.store import Row

Kind = Literal["complaint", "suggestion", "thanks", "need"]
State = Literal["open", "answered", "closed"]
EntryKind = Literal["said", "photo", "answer", "note", "moved", "joined", "assigned", "closed", "reopened"]

KINDS: tuple[Kind, ...] = ("complaint", "suggestion", "thanks", "need")
GENERAL = "general"
"""The Mesa of what is nobody's: the general desk."""


@dataclass(frozen=True, slots=True)
class Mesa:
    """A Mesa de Concertación, or the general desk; `head_staff_id` is told once of what is overdue."""

    key: str
    name: Name
    hours_to_answer: int
    head_staff_id: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What one person said about one thing. Places are keys, empty when nobody said; `about` is `work:…`,
    `campaign:…` or empty.

    `is_sure`: the Mesa was clear from her words or said by her. `joined_to`: the case that answers for this one too.
    `served` is what she answered to «¿le sirvió?».
    """

    id: int
    code: str
    mesa: str
    kind: Kind
    topic: str
    district: str
    comunidad: str
    about: str
    person_id: int
    language: str
    medium: str
    is_anonymous: bool
    is_sure: bool
    state: State
    joined_to: int | None
    assigned_to: int | None
    created_at: datetime
    said_at: datetime
    due_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    escalated_at: datetime | None
    reopened: int
    served: str


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """One thing said or done: by her (said, photo), or by staff; `other_body` is the same in the other language."""

    id: int
    case_id: int
    kind: EntryKind
    body: str
    other_body: str
    language: str
    staff_id: int | None
    inbound_id: int | None
    file_id: str
    created_at: datetime


def case(row: Row) -> Case:
    """From a row of the table `cases`."""
    moments = ("created_at", "said_at", "due_at", "answered_at", "closed_at", "escalated_at")
    given = {name: row[name] for name in Case.__slots__}
    given |= {name: from_text(row[name]) if row[name] else None for name in moments}
    given |= {name: bool(row[name]) for name in ("is_anonymous", "is_sure")}
    return Case(**given)


def entry(row: Row) -> CaseEntry:
    """From a row of the table `case_entries`."""
    given = {name: row[name] for name in CaseEntry.__slots__}
    return CaseEntry(**{**given, "created_at": from_text(row["created_at"])})
