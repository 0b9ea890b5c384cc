"""What waits for somebody at the desk, counted in a few quick looks: cases, places, messages, people to be called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.clock import from_text, to_text
from bot.records.store import Tx

EMERGENCY_FLOW = "emergencia"


@dataclass(frozen=True, slots=True)
class OpenCases:
    """Cases that wait for an answer, of one Mesa in one district; of them overdue, and of no clear Mesa."""

    mesa: str
    district: str
    open: int
    overdue: int
    unsure: int


@dataclass(frozen=True, slots=True)
class Lists:
    """The waiting lists of one district's coming days: places offered, and people who wait."""

    district: str
    offered: int
    waiting: int


@dataclass(frozen=True, slots=True)
class ToCall:
    """Somebody with an appointment whom no message of ours may or can reach. `is_opted_out`: she wrote BAJA."""

    appointment_id: int
    campaign: str
    specialty: str
    district: str
    code: str
    name: str
    held_on: date
    is_opted_out: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages of one channel that have not left; `oldest_due_at` is when the oldest answer was to leave, if any."""

    channel: str
    count: int
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Messages of one channel that will not leave, by state and reason; the time of the last one."""

    channel: str
    state: str
    error_class: str
    error_code: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Attention:
    """Everything that is counted live."""

    cases: tuple[OpenCases, ...]
    lists: tuple[Lists, ...]
    to_call: tuple[ToCall, ...]
    waiting: tuple[Waiting, ...]
    failed: int
    emergencies: int
    not_understood: int


def load(tx: Tx, now: datetime, today: date, since: datetime) -> Attention:
    """As it stands now; failures, emergencies and what was not understood from `since` on."""
    row = tx.one(
        "SELECT coalesce(sum(CASE WHEN intent = ? THEN 1 ELSE 0 END), 0) AS emergencies,"
        " coalesce(sum(CASE WHEN state = 'not_understood' AND body <> '' THEN 1 ELSE 0 END), 0) AS not_understood"
        " FROM inbound WHERE received_at >= ? AND body IS NOT NULL AND reviewed_at IS NULL",
        *(EMERGENCY_FLOW, to_text(since)),
    )
    return Attention(
        cases=_open_cases(tx, now),
        lists=_lists(tx, today),
        to_call=tuple(to_call(tx, today)),
        waiting=tuple(waiting(tx)),
        failed=sum(each.count for each in troubles(tx, since)),
        emergencies=int(row["emergencies"]) if row else 0,
        not_understood=int(row["not_understood"]) if row else 0,
    )


def to_call(tx: Tx, today: date) -> list[ToCall]:
    """By day. Who was registered without a phone is not among them: her promoter or the counter knows her."""
    found = tx.all(
        "SELECT a.id, a.campaign, a.specialty, c.district, a.code, p.name, c.held_on,"
        " CASE WHEN o.opted_out_at IS NULL THEN 0 ELSE 1 END AS is_opted_out"
        " FROM appointments a JOIN campaigns c ON c.key = a.campaign JOIN patients p ON p.id = a.patient_id"
        " JOIN people o ON o.id = p.person_id"
        " WHERE a.state IN ('booked', 'offered', 'waiting') AND c.held_on >= ? AND c.cancelled_at IS NULL"
        " AND (o.opted_out_at IS NOT NULL OR NOT EXISTS"
        " (SELECT 1 FROM addresses d WHERE d.person_id = o.id AND d.unusable_since IS NULL))"
        " ORDER BY c.held_on, a.campaign, a.specialty, a.id",
        today.isoformat(),
    )
    return [
        ToCall(
            *(row["id"], row["campaign"], row["specialty"], row["district"], row["code"], row["name"]),
            date.fromisoformat(row["held_on"]),
            bool(row["is_opted_out"]),
        )
        for row in found
    ]


def waiting(tx: Tx) -> list[Waiting]:
    """By channel."""
    found = tx.all(
        "SELECT channel, count(*) AS n, min(CASE WHEN priority = 0 THEN due_at END) AS oldest FROM outbox"
        " WHERE state IN ('waiting', 'sending') GROUP BY channel ORDER BY channel"
    )
    return [
        Waiting(row["channel"], int(row["n"]), from_text(row["oldest"]) if row["oldest"] else None) for row in found
    ]


def troubles(tx: Tx, since: datetime) -> list[Trouble]:
    """What failed, was dropped or was lost since then, most first; what people stopped themselves is no trouble."""
    found = tx.all(
        "SELECT channel, state, coalesce(error_class, '') AS error_class, coalesce(error_code, '') AS error_code,"
        " count(*) AS n, max(closed_at) AS last_at FROM outbox"
        " WHERE state IN ('failed', 'dropped', 'unknown') AND closed_at >= ?"
        " AND coalesce(error_class, '') NOT IN ('opted_out', 'passed_on')"
        " GROUP BY channel, state, error_class, error_code ORDER BY n DESC, channel, state",
        to_text(since),
    )
    return [
        Trouble(
            *(row["channel"], row["state"], row["error_class"], row["error_code"], int(row["n"])),
            from_text(row["last_at"]),
        )
        for row in found
    ]


def erasures(tx: Tx, since: datetime) -> int:
    """How many people had themselves forgotten since then."""
    row = tx.one("SELECT count(*) AS n FROM people WHERE erased_at >= ?", to_text(since))
    return int(row["n"]) if row else 0


def _open_cases(tx: Tx, now: datetime) -> tuple[OpenCases, ...]:
    found = tx.all(
        "SELECT mesa, district, count(*) AS n, sum(CASE WHEN due_at <= ? THEN 1 ELSE 0 END) AS overdue,"
        " sum(CASE WHEN is_sure = 0 THEN 1 ELSE 0 END) AS unsure FROM cases"
        " WHERE state = 'open' AND joined_to IS NULL GROUP BY mesa, district",
        to_text(now),
    )
    return tuple(
        OpenCases(row["mesa"], row["district"], int(row["n"]), int(row["overdue"]), int(row["unsure"])) for row in found
    )


def _lists(tx: Tx, today: date) -> tuple[Lists, ...]:
    found = tx.all(
        "SELECT c.district, sum(CASE WHEN a.state = 'offered' THEN 1 ELSE 0 END) AS offered,"
        " sum(CASE WHEN a.state = 'waiting' THEN 1 ELSE 0 END) AS waiting"
        " FROM campaigns c JOIN appointments a ON a.campaign = c.key"
        " WHERE c.held_on >= ? AND c.cancelled_at IS NULL AND a.state IN ('offered', 'waiting') GROUP BY c.district",
        today.isoformat(),
    )
    return tuple(Lists(row["district"], int(row["offered"]), int(row["waiting"])) for row in found)
