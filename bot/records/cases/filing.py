"""Writing cases: opened, added to, answered, moved, joined, closed, reopened. Each change leaves its entry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.clock import to_text
from bot.language.folding import fold
from bot.records.cases.rows import Case, CaseEntry
from bot.records.store import Tx


def add_case(tx: Tx, new: Case) -> bool:
    """A new case; False when its code is in use."""
    return (
        tx.run(
            "INSERT INTO cases (id, code, mesa, kind, topic, district, comunidad, about, person_id, language, medium,"
            " is_anonymous, is_sure, state, created_at, said_at, due_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (code) DO NOTHING",
            *(new.id, new.code, new.mesa, new.kind, new.topic, new.district, new.comunidad, new.about, new.person_id),
            *(new.language, new.medium, int(new.is_anonymous), int(new.is_sure), new.state),
            *(to_text(new.created_at), to_text(new.said_at), to_text(new.due_at)),
        )
        == 1
    )


def add_entry(tx: Tx, new: CaseEntry) -> None:
    """Written beside it is how its words are looked for."""
    tx.run(
        "INSERT INTO case_entries (id, case_id, kind, body, other_body, folded, language, staff_id, inbound_id,"
        " file_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(new.id, new.case_id, new.kind, new.body, new.other_body, fold(f"{new.body} {new.other_body}")),
        *(new.language, new.staff_id, new.inbound_id, new.file_id, to_text(new.created_at)),
    )


def said_more(tx: Tx, case_id: int, now: datetime) -> None:
    tx.run("UPDATE cases SET said_at = ? WHERE id = ?", to_text(now), case_id)


def set_mesa(tx: Tx, case_id: int, mesa: str, due_at: datetime) -> None:
    """Another Mesa answers, with its own time to do so; escalation begins anew."""
    tx.run(
        "UPDATE cases SET mesa = ?, is_sure = 1, due_at = ?, escalated_at = NULL, assigned_to = NULL WHERE id = ?",
        mesa,
        to_text(due_at),
        case_id,
    )


def set_place(tx: Tx, case_id: int, district: str, comunidad: str) -> None:
    tx.run("UPDATE cases SET district = ?, comunidad = ? WHERE id = ?", district, comunidad, case_id)


def set_anonymous(tx: Tx, case_id: int) -> None:
    tx.run("UPDATE cases SET is_anonymous = 1 WHERE id = ?", case_id)


def set_assigned(tx: Tx, case_id: int, staff_id: int | None) -> None:
    tx.run("UPDATE cases SET assigned_to = ? WHERE id = ?", staff_id, case_id)


def set_answered(tx: Tx, case_ids: Iterable[int], now: datetime) -> None:
    for case_id in case_ids:
        tx.run(
            "UPDATE cases SET state = 'answered', answered_at = coalesce(answered_at, ?) WHERE id = ?"
            " AND state <> 'closed'",
            to_text(now),
            case_id,
        )


def set_closed(tx: Tx, case_id: int, served: str, now: datetime) -> bool:
    """Closed; `served` is `asked` when she is asked whether it helped. False when it was closed already."""
    return (
        tx.run(
            "UPDATE cases SET state = 'closed', closed_at = ?, served = ? WHERE id = ? AND state <> 'closed'",
            to_text(now),
            served,
            case_id,
        )
        == 1
    )


def set_served(tx: Tx, case_id: int, served: str) -> bool:
    """What she answered; False unless she was asked and has not answered yet."""
    return tx.run("UPDATE cases SET served = ? WHERE id = ? AND served = 'asked'", served, case_id) == 1


def set_reopened(tx: Tx, case_id: int, due_at: datetime) -> None:
    tx.run(
        "UPDATE cases SET state = 'open', closed_at = NULL, reopened = reopened + 1, due_at = ?, escalated_at = NULL"
        " WHERE id = ?",
        to_text(due_at),
        case_id,
    )


def join(tx: Tx, case_ids: Iterable[int], into: int) -> None:
    """These are reports of one problem: the case `into` answers for all, and for those joined to them before."""
    for case_id in case_ids:
        if case_id != into:
            tx.run("UPDATE cases SET joined_to = ? WHERE id = ? OR joined_to = ?", into, case_id, case_id)


def keep_open(tx: Tx, case_id: int, due_at: datetime) -> None:
    """Something of it waits for an answer, until then."""
    tx.run("UPDATE cases SET state = 'open', due_at = ? WHERE id = ?", to_text(due_at), case_id)


def part(tx: Tx, case_id: int) -> None:
    """It stands alone again, and is answered by itself."""
    tx.run("UPDATE cases SET joined_to = NULL WHERE id = ?", case_id)


def claim_escalation(tx: Tx, case_id: int, now: datetime) -> bool:
    """Whether the Mesa's head is to be told now: once for each case."""
    return (
        tx.run(
            "UPDATE cases SET escalated_at = ? WHERE id = ? AND escalated_at IS NULL AND state = 'open'",
            to_text(now),
            case_id,
        )
        == 1
    )


def erase_bodies(tx: Tx, person_id: int) -> None:
    """What she said goes, with what was answered to her; that somebody said something of this kind there stays."""
    tx.run(
        "UPDATE case_entries SET body = '', other_body = '', folded = '', file_id = '', inbound_id = NULL"
        " WHERE case_id IN (SELECT id FROM cases WHERE person_id = ?)",
        person_id,
    )
