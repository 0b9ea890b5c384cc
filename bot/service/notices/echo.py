"""What counts as an answer to a notice."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.records import notices
from bot.records.store import Tx

COUNTED = timedelta(days=2)
"""What she writes later than this is no answer to it."""


def count(tx: Tx, person_id: int, answer: notices.Answer, now: datetime) -> notices.Heard | None:
    """Keep what she answered to the last notice, while it may be an answer; that notice, None when there is none."""
    told = notices.last_heard(tx, person_id)
    if told and now - told.sent_at <= COUNTED:
        notices.set_answer(tx, told, person_id, answer, now)
    return told
