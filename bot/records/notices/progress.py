"""How far a notice is: counted from the rows each time, so that it is true whatever was lost meanwhile."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from bot.clock import from_text
from bot.records.store import Tx

LEFT = ("sent", "delivered", "unknown")
"""States in which the provider has the message, or may have it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Messages of a notice alike in language, channel and fate.

    `state` is the outbox's, or `left_out` with the reason as `cause`, or `waiting` where the message is not in the
    outbox yet; `cause` of a failed or dropped one is the class of its error.
    """

    language: str
    channel: str
    state: str
    cause: str
    people: int
    segments: int

    @property
    def is_paid(self) -> bool:
        """Whether the provider took it, or may have: what a carrier then fails (it has no cause of ours) costs too."""
        return self.state in LEFT or (self.state == "failed" and not self.cause)


@dataclass(frozen=True, slots=True)
class Progress:
    """The parts, and their sums by what a reader asks for."""

    parts: tuple[Part, ...]
    by_state: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, parts: list[Part]) -> Progress:
        by_state: Counter[str] = Counter()
        for part in parts:
            by_state[part.state] += part.people
        return cls(tuple(parts), by_state)

    @property
    def people(self) -> int:
        """Everybody who was to hear."""
        return sum(part.people for part in self.parts if part.state != "left_out")

    @property
    def waiting(self) -> int:
        return self.by_state["waiting"] + self.by_state["sending"]

    @property
    def segments(self) -> int:
        """Segments that left or may have left."""
        return sum(part.segments for part in self.parts if part.is_paid)

    @property
    def too_late(self) -> int:
        """For whom it was not true any more when it could have left, in the outbox or before."""
        return self.causes("left_out")["too_late"] + self.causes("dropped")["too_late"]

    def causes(self, state: str) -> Counter[str]:
        found: Counter[str] = Counter()
        for part in self.parts:
            if part.state == state:
                found[part.cause] += part.people
        return found


def progress(tx: Tx, notice_id: int) -> Progress:
    """Of the whole notice."""
    rows = tx.all(
        "SELECT language, channel, state, cause, count(*) AS people, sum(segments) AS segments FROM ("
        "SELECT r.language, r.channel, r.segments, CASE WHEN r.left_out <> '' THEN 'left_out'"
        " ELSE coalesce(o.state, 'waiting') END AS state,"
        " CASE WHEN r.left_out <> '' THEN r.left_out ELSE coalesce(o.error_class, '') END AS cause"
        " FROM notice_recipients r LEFT JOIN outbox o ON o.id = r.outbox_id WHERE r.notice_id = ?) AS each_one"
        " GROUP BY language, channel, state, cause ORDER BY language, channel, state, cause",
        notice_id,
    )
    return Progress.of(
        [Part(r["language"], r["channel"], r["state"], r["cause"], int(r["people"]), int(r["segments"])) for r in rows]
    )


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the messages that entered the outbox: still there, ended, and failed among these.

    That she wants no messages is no failure. `causes` counts the failed by the class of their error, `carrier` for
    those that the provider took and a carrier did not.
    """

    standing: int
    ended: int
    failed: int
    causes: Counter[str]


def fate(tx: Tx, notice_id: int) -> Fate:
    """Asked every second while a notice is sent, so it reads the index alone but for what failed."""
    rows = tx.all("SELECT state, count(*) AS n FROM outbox WHERE notice_id = ? GROUP BY state", notice_id)
    counted = {row["state"]: int(row["n"]) for row in rows}
    standing = counted.get("waiting", 0) + counted.get("sending", 0)
    failed = tx.all(
        "SELECT coalesce(error_class, 'carrier') AS cause, count(*) AS n FROM outbox"
        " WHERE notice_id = ? AND state IN ('failed', 'unknown') GROUP BY error_class",
        notice_id,
    )
    causes = Counter({row["cause"]: int(row["n"]) for row in failed if row["cause"] != "OptedOut"})
    return Fate(standing, sum(counted.values()) - standing, causes.total(), causes)


def last_end(tx: Tx, notice_id: int) -> datetime | None:
    """When the latest of its messages ended."""
    row = tx.one("SELECT max(closed_at) AS at FROM outbox WHERE notice_id = ?", notice_id)
    return from_text(row["at"]) if row and row["at"] else None


@dataclass(frozen=True, slots=True)
class Echo:
    """How one comunidad (empty: nobody knows which) took a notice, in one language."""

    comunidad: str
    language: str
    people: int
    arrived: int
    failed: int
    wrote: int
    took: int
    stopped: int


def echoes(tx: Tx, notice_id: int) -> list[Echo]:
    """By comunidad and language, of those who were to hear; exact: whoever shows them hides small numbers."""
    rows = tx.all(
        "SELECT r.comunidad, r.language, count(*) AS people,"
        " sum(CASE WHEN o.state IN ('sent', 'delivered') THEN 1 ELSE 0 END) AS arrived,"
        " sum(CASE WHEN o.state IN ('failed', 'unknown') THEN 1 ELSE 0 END) AS failed,"
        " sum(CASE WHEN r.answer = 'wrote' THEN 1 ELSE 0 END) AS wrote,"
        " sum(CASE WHEN r.answer = 'took' THEN 1 ELSE 0 END) AS took,"
        " sum(CASE WHEN r.answer = 'stopped' THEN 1 ELSE 0 END) AS stopped"
        " FROM notice_recipients r LEFT JOIN outbox o ON o.id = r.outbox_id"
        " WHERE r.notice_id = ? AND r.left_out = '' GROUP BY r.comunidad, r.language ORDER BY r.comunidad, r.language",
        notice_id,
    )
    return [
        Echo(row["comunidad"], row["language"], *(int(row[name]) for name in list(Echo.__dataclass_fields__)[2:]))
        for row in rows
    ]
