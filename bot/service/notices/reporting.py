"""What became of a notice, told to the promoter who sent it from her telephone."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.clock import Clock
from bot.records import outreach
from bot.records.notices import Notice
from bot.records.outreach import Errand
from bot.records.store import Tx
from bot.service.outreach import person_of_promoter

FLOW = "aviso_enviado"
LIFE = timedelta(days=2)
"""How long she is to hear of it."""


def tell(tx: Tx, clock: Clock, notice: Notice, now: datetime, because: str = "") -> None:
    """She hears how many it reached, or `because` of what it was stopped; of staff's notices nobody is told."""
    person_id = person_of_promoter(tx, notice.promoter) if notice.promoter else None
    if person_id:
        values = {"notice_id": str(notice.id), "because": because}
        outreach.add(tx, Errand(clock.new_id(), person_id, FLOW, values, now + LIFE, is_urgent=False), now)
