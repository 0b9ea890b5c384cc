"""Texts that come back: kept by name, each change a version of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.clock import from_text, to_text
from bot.records.store import Row, Tx


@dataclass(frozen=True, slots=True)
class Template:
    """A text in both languages with fields like `{fecha}`; `version` counts its changes from 1."""

    id: int
    name: str
    topic: str
    text_es: str
    text_quz: str
    version: int = 1
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """What a template said once, and who wrote it."""

    number: int
    text_es: str
    text_quz: str
    author: str
    made_at: datetime


def templates(tx: Tx, *, retired: bool = False) -> list[Template]:
    """All in use by name; with `retired` those that are not."""
    sign = "IS NOT NULL" if retired else "IS NULL"
    return [_template(row) for row in tx.all(f"SELECT * FROM notice_templates WHERE retired_at {sign} ORDER BY name")]


def template(tx: Tx, template_id: int) -> Template | None:
    row = tx.one("SELECT * FROM notice_templates WHERE id = ?", template_id)
    return _template(row) if row else None


def versions(tx: Tx, template_id: int) -> list[Version]:
    """The newest first."""
    rows = tx.all("SELECT * FROM notice_template_versions WHERE template_id = ? ORDER BY version DESC", template_id)
    return [
        Version(row["version"], row["text_es"], row["text_quz"], row["author"], from_text(row["made_at"]))
        for row in rows
    ]


def keep_template(tx: Tx, given: Template, staff_id: int | None, author: str, now: datetime) -> bool:
    """Add it, or give it its next version where a text changed; False when its name is another's."""
    taken = tx.one("SELECT id FROM notice_templates WHERE name = ? AND id <> ?", given.name, given.id)
    if taken:
        return False
    old = template(tx, given.id)
    version = 1 if old is None else old.version + ((old.text_es, old.text_quz) != (given.text_es, given.text_quz))
    tx.run(
        "INSERT INTO notice_templates (id, name, topic, version, text_es, text_quz, changed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, topic = excluded.topic,"
        " version = excluded.version, text_es = excluded.text_es, text_quz = excluded.text_quz,"
        " changed_at = excluded.changed_at, retired_at = NULL",
        *(given.id, given.name, given.topic, version, given.text_es, given.text_quz, to_text(now)),
    )
    tx.run(
        "INSERT INTO notice_template_versions (template_id, version, text_es, text_quz, staff_id, author, made_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (template_id, version) DO NOTHING",
        *(given.id, version, given.text_es, given.text_quz, staff_id, author, to_text(now)),
    )
    return True


def retire_template(tx: Tx, template_id: int, now: datetime) -> None:
    """Offered no more; its history stays."""
    tx.run("UPDATE notice_templates SET retired_at = ? WHERE id = ?", to_text(now), template_id)


def _template(row: Row) -> Template:
    return Template(
        row["id"],
        row["name"],
        row["topic"],
        row["text_es"],
        row["text_quz"],
        row["version"],
        is_retired=row["retired_at"] is not None,
    )
