"""Reading cases: one, a person's, a Mesa's inbox by filter, what is overdue, and canned answers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from bot.clock import LIMA, to_text
from bot.language import codes
from bot.language.folding import fold
from bot.records.cases.rows import Case, CaseEntry, case, entry
from bot.records.store import Tx

PAGE_ROWS = 30


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the inbox is wanted; empty means any. Days are Lima's, both included; `words` are looked for in what was
    said, in whatever spelling, and may be a code. `mesas` and `districts` None: all that there are (for whoever may see
    all)."""

    mesas: Collection[str] | None = None
    districts: Collection[str] | None = None
    state: str = ""
    overdue_at: datetime | None = None
    unsure: bool = False
    assigned_to: int | None = None
    from_day: date | None = None
    to_day: date | None = None
    words: str = ""
    kind: str = ""
    joined: bool = False
    order: str = field(default="due")


def one(tx: Tx, case_id: int) -> Case | None:
    row = tx.one("SELECT * FROM cases WHERE id = ?", case_id)
    return case(row) if row else None


def by_code(tx: Tx, code: str) -> Case | None:
    row = tx.one("SELECT * FROM cases WHERE code = ?", code)
    return case(row) if row else None


def of_person(tx: Tx, person_id: int, limit: int = 20) -> list[Case]:
    """Her cases, what she spoke of last first."""
    found = tx.all("SELECT * FROM cases WHERE person_id = ? ORDER BY said_at DESC, id DESC LIMIT ?", person_id, limit)
    return [case(row) for row in found]


def joined_with(tx: Tx, case_id: int) -> list[Case]:
    """All reports of one problem: the case itself first, then those joined to it."""
    found = tx.all(
        "SELECT * FROM cases WHERE id = ? OR joined_to = ? ORDER BY CASE WHEN id = ? THEN 0 ELSE 1 END, id",
        *(case_id,) * 3,
    )
    return [case(row) for row in found]


def entries(tx: Tx, case_ids: Collection[int]) -> list[CaseEntry]:
    """Everything said and done about these cases, in order."""
    marks = ", ".join("?" * len(case_ids))
    found = tx.all(f"SELECT * FROM case_entries WHERE case_id IN ({marks}) ORDER BY id", *case_ids) if case_ids else []
    return [entry(row) for row in found]


def one_entry(tx: Tx, entry_id: int) -> CaseEntry | None:
    row = tx.one("SELECT * FROM case_entries WHERE id = ?", entry_id)
    return entry(row) if row else None


def first_words(tx: Tx, case_ids: Collection[int]) -> dict[int, str]:
    """How each case began, in her words."""
    marks = ", ".join("?" * len(case_ids)) or "NULL"
    found = tx.all(
        f"SELECT case_id, body FROM case_entries WHERE kind = 'said' AND case_id IN ({marks}) ORDER BY id DESC",
        *case_ids,
    )
    return {row["case_id"]: row["body"] for row in found}


def joined_counts(tx: Tx, case_ids: Collection[int]) -> dict[int, int]:
    """How many other reports are joined to each case; nothing for those that stand alone."""
    marks = ", ".join("?" * len(case_ids)) or "NULL"
    found = tx.all(
        f"SELECT joined_to, count(*) AS n FROM cases WHERE joined_to IN ({marks}) GROUP BY joined_to", *case_ids
    )
    return {row["joined_to"]: int(row["n"]) for row in found}


def about_name(tx: Tx, about: str) -> str:
    """What a case is about, `work:…` or `campaign:…`, by its Spanish name; empty when it is gone, or was nothing."""
    kind, _colon, key = about.partition(":")
    table = {"work": "works", "campaign": "campaigns"}.get(kind)
    row = tx.one(f"SELECT name_es FROM {table} WHERE key = ?", key) if table else None
    return str(row["name_es"]) if row else ""


def inbox(tx: Tx, wanted: Filter, page: int = 1) -> tuple[list[Case], int]:
    """One page of cases and how many there are in all; joined ones stand under the case that answers for them."""
    condition, values = _where(wanted)
    row = tx.one(f"SELECT count(*) AS n FROM cases c WHERE {condition}", *values)
    order = "c.created_at DESC, c.id DESC" if wanted.order == "newest" else _DUE_FIRST
    found = tx.all(
        f"SELECT c.* FROM cases c WHERE {condition} ORDER BY {order} LIMIT ? OFFSET ?",
        *values,
        PAGE_ROWS,
        (max(page, 1) - 1) * PAGE_ROWS,
    )
    return [case(each) for each in found], int(row["n"]) if row else 0


def every(tx: Tx, wanted: Filter) -> list[Case]:
    """All cases of a filter, the oldest first: for exports."""
    condition, values = _where(wanted)
    return [case(row) for row in tx.all(f"SELECT c.* FROM cases c WHERE {condition} ORDER BY c.id", *values)]


def count(tx: Tx, wanted: Filter) -> int:
    condition, values = _where(wanted)
    row = tx.one(f"SELECT count(*) AS n FROM cases c WHERE {condition}", *values)
    return int(row["n"]) if row else 0


def overdue(tx: Tx, now: datetime, limit: int) -> list[Case]:
    """Open, past their time, and nobody was told of it yet."""
    found = tx.all(
        "SELECT * FROM cases WHERE state = 'open' AND escalated_at IS NULL AND joined_to IS NULL AND due_at <= ?"
        " ORDER BY due_at LIMIT ?",
        to_text(now),
        limit,
    )
    return [case(row) for row in found]


def alike(tx: Tx, like: Case, since: datetime, limit: int = 10) -> list[Case]:
    """Cases that may be reports of the same problem: same Mesa and district, open, of late."""
    found = tx.all(
        "SELECT * FROM cases WHERE mesa = ? AND district = ? AND state <> 'closed' AND joined_to IS NULL AND id <> ?"
        " AND created_at >= ? ORDER BY CASE WHEN topic = ? AND topic <> '' THEN 0 ELSE 1 END, id DESC LIMIT ?",
        *(like.mesa, like.district, like.joined_to or like.id, to_text(since), like.topic, limit),
    )
    return [case(row) for row in found]


_DUE_FIRST = (
    "CASE WHEN c.state = 'open' THEN 0 ELSE 1 END,"
    " CASE WHEN c.state = 'open' THEN c.due_at END, c.created_at DESC, c.id"
)
"""What is still open by its time, then the rest, the newest first."""


def _where(wanted: Filter) -> tuple[str, tuple[object, ...]]:
    conditions: list[tuple[str, tuple[object, ...]]] = [] if wanted.joined else [("c.joined_to IS NULL", ())]
    for column, keys in (("mesa", wanted.mesas), ("district", wanted.districts)):
        if keys is not None:
            marks = ", ".join("?" * len(keys)) or "NULL"
            conditions.append((f"c.{column} IN ({marks})", tuple(keys)))
    equal = {"state": wanted.state, "kind": wanted.kind, "assigned_to": wanted.assigned_to}
    conditions += [(f"c.{column} = ?", (value,)) for column, value in equal.items() if value]
    if wanted.overdue_at:
        conditions.append(("c.state = 'open' AND c.due_at <= ?", (to_text(wanted.overdue_at),)))
    if wanted.unsure:
        conditions.append(("c.is_sure = 0", ()))
    if wanted.from_day:
        conditions.append(("c.created_at >= ?", (to_text(_midnight(wanted.from_day)),)))
    if wanted.to_day:
        conditions.append(("c.created_at < ?", (to_text(_midnight(wanted.to_day + timedelta(days=1))),)))
    if wanted.words:
        conditions.append(_said(wanted.words))
    joined = " AND ".join(condition for condition, _ in conditions) or "1 = 1"
    return joined, tuple(value for _, values in conditions for value in values)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LIMA)


def _said(words: str) -> tuple[str, tuple[object, ...]]:
    """Cases in which these words were said or answered, in whatever spelling; or the one of this code."""
    folded, code = fold(words), codes.clean(words)
    if not folded:
        return "c.code = ?", (code,)
    within = "SELECT e.case_id FROM case_entries e WHERE e.folded LIKE ? ESCAPE '!'"
    return f"(c.code = ? OR c.id IN ({within}))", (code, f"%{_escaped(folded)}%")


def _escaped(words: str) -> str:
    """Words as LIKE takes them letter by letter."""
    return words.replace("!", "!!").replace("%", "!%").replace("_", "!_")


@dataclass(frozen=True, slots=True)
class CannedAnswer:
    """An answer that fits often, in both languages; of no Mesa in particular when `mesa` is empty."""

    key: str
    mesa: str
    es: str
    quz: str


def canned_answers(tx: Tx, mesa: str = "") -> list[CannedAnswer]:
    """Those of a Mesa and those of all; without a Mesa, every one."""
    found = tx.all("SELECT * FROM canned_answers WHERE ? = '' OR mesa IN ('', ?) ORDER BY mesa, key", mesa, mesa)
    return [CannedAnswer(row["key"], row["mesa"], row["body_es"], row["body_quz"]) for row in found]


def put_canned_answer(tx: Tx, answer: CannedAnswer, now: datetime) -> None:
    tx.run(
        "INSERT INTO canned_answers (key, mesa, body_es, body_quz, changed_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET mesa = excluded.mesa, body_es = excluded.body_es,"
        " body_quz = excluded.body_quz, changed_at = excluded.changed_at",
        *(answer.key, answer.mesa, answer.es, answer.quz, to_text(now)),
    )


def remove_canned_answer(tx: Tx, key: str) -> None:
    tx.run("DELETE FROM canned_answers WHERE key = ?", key)
