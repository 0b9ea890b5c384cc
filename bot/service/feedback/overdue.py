"""A Mesa's clock: what is past its time is told once to whoever heads the Mesa."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.clock import Clock
from bot.records import cases, outreach, people, staff
from bot.records.cases import Mesa
from bot.records.outreach import Errand
from bot.records.store import Tx

OVERDUE_FLOW = "vencido"
TOLD_WITHIN = timedelta(days=2)


def escalate(tx: Tx, clock: Clock, now: datetime, limit: int) -> None:
    """Claim each overdue case once; its Mesa's head is written to where she has a telephone."""
    mesas = {mesa.key: mesa for mesa in cases.mesas(tx)}
    for case in cases.overdue(tx, now, limit):
        if not cases.claim_escalation(tx, case.id, now):
            continue
        mesa = mesas[case.mesa]
        person_id = _head(tx, clock, mesa, now)
        if person_id is not None:
            values = {"code": case.code, "mesa": {"es": mesa.name.es, "quz": mesa.name.of("quz")}}
            outreach.add(
                tx, Errand(clock.new_id(), person_id, OVERDUE_FLOW, values, now + TOLD_WITHIN, is_urgent=False), now
            )


def _head(tx: Tx, clock: Clock, mesa: Mesa, now: datetime) -> int | None:
    """The person behind the head's telephone; None where nobody heads the Mesa, or has none."""
    head = staff.find(tx, mesa.head_staff_id) if mesa.head_staff_id else None
    if head is None or head.phone is None or head.disabled_at:
        return None
    address = f"tel:{head.phone}"
    tx.serial(address)
    person = people.load(tx, address) or people.create(tx, clock.new_id(), address, now)
    return person.id
