"""What each person wants to hear of: a row only where she has said it, every topic where she has not."""

from __future__ import annotations

from datetime import datetime

from bot.clock import to_text
from bot.records.store import Row, Tx

TOPICS = ("campaigns", "fairs", "works", "cuts")
"""What a notice may be about; cuts are those of water and of roads."""


def choices(tx: Tx, person_id: int) -> dict[str, bool]:
    """Every topic, in order, and whether she hears of it."""
    said = {row["topic"]: bool(row["is_wanted"]) for row in _said(tx, person_id)}
    return {topic: said.get(topic, True) for topic in TOPICS}


def are_chosen(tx: Tx, person_id: int) -> bool:
    """Whether she has ever said anything of a topic that is still kept."""
    return bool(_said(tx, person_id))


def _said(tx: Tx, person_id: int) -> list[Row]:
    return tx.all("SELECT topic, is_wanted FROM topic_choices WHERE person_id = ?", person_id)


def set_choice(tx: Tx, person_id: int, topic: str, is_wanted: bool, said_by: str, now: datetime) -> None:
    """`said_by`: her words; the last ones count."""
    tx.run(
        "INSERT INTO topic_choices (person_id, topic, is_wanted, said_by, decided_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (person_id, topic) DO UPDATE SET is_wanted = excluded.is_wanted, said_by = excluded.said_by,"
        " decided_at = excluded.decided_at",
        *(person_id, topic, int(is_wanted), said_by, to_text(now)),
    )


def reopen(tx: Tx, person_id: int) -> None:
    """She hears of every topic again; what she asked for by its name stays asked for."""
    tx.run("DELETE FROM topic_choices WHERE person_id = ? AND is_wanted = 0", person_id)


def clear(tx: Tx, person_id: int) -> None:
    """She is forgotten, and what she chose with her."""
    tx.run("DELETE FROM topic_choices WHERE person_id = ?", person_id)


def let_go(tx: Tx, before: datetime, limit: int) -> int:
    """The words by which up to `limit` topics were chosen before that time; the choices stay. How many."""
    return tx.run(
        "UPDATE topic_choices SET said_by = '' WHERE (person_id, topic) IN"
        " (SELECT person_id, topic FROM topic_choices WHERE said_by <> '' AND decided_at < ? LIMIT ?)",
        *(to_text(before), limit),
    )
