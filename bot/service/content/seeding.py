"""The first start: content becomes rows, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.clock import LIMA
from bot.records import agenda, cases, notices
from bot.records.store import Tx
from bot.service.content.model import Content

_SEEDED = "agenda_seeded_on"

SEEDED_BY = "Chaski"
"""The author of what nobody has written at the desk."""


def seed(tx: Tx, content: Content, now: datetime) -> bool:
    """Fill the empty tables of the agenda, sample days counted from today; True when this was the first start.

    Afterwards the rows are the truth: a table that staff have emptied stays empty.
    """
    tx.serial("agenda")
    if not cases.mesas(tx):
        _seed_mesas(tx, content, now)
    if not notices.templates(tx) and not notices.templates(tx, retired=True):
        _seed_templates(tx, content, now)
    today = now.astimezone(LIMA).date()
    if tx.one("SELECT 1 FROM facts WHERE key = ?", _SEEDED):
        return False
    empty = {table for table in agenda.TABLES if agenda.is_empty(tx, table)}
    if "districts" in empty:
        agenda.put_districts(tx, list(content.districts.values()))
    if "comunidades" in empty:
        agenda.put_comunidades(tx, list(content.comunidades.values()))
    if "funds" in empty:
        agenda.put_funds(tx, list(content.funds.values()))
    if "works" in empty:
        agenda.put_works(tx, [*content.programmes.values(), *content.works.values()])
    if "campaigns" in empty:
        agenda.put_campaigns(tx, [campaign.from_day(today) for campaign in content.campaigns.values()])
    if "fairs" in empty:
        agenda.put_fairs(tx, list(content.fairs.values()))
    tx.run("INSERT INTO facts (key, value) VALUES (?, ?)", _SEEDED, today.isoformat())
    return True


def _seed_mesas(tx: Tx, content: Content, now: datetime) -> None:
    """A Mesa is never taken away, so that none at all means: not yet."""
    cases.put_mesas(tx, list(content.mesas.values()))
    for route in content.routes.values():
        cases.put_route(tx, route)
    for answer in content.answers.values():
        cases.put_canned_answer(tx, answer, now)


def _seed_templates(tx: Tx, content: Content, now: datetime) -> None:
    """A template is never taken away either, only retired; theirs are the first ids, which our clock never gives."""
    for row_id, template in enumerate(content.templates.values(), start=1):
        notices.keep_template(tx, replace(template, id=row_id), None, SEEDED_BY, now)
