"""What we begin ourselves: a flow opened for somebody who did not write just now, in her language, on her own way."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.clock import Clock
from bot.conversation import session as sessions
from bot.conversation.heard import Heard
from bot.conversation.message import Inbound
from bot.conversation.moves import Moves
from bot.conversation.session import Frame
from bot.records import agenda, messages, people
from bot.records.appointments import Patient
from bot.records.store import Tx
from bot.service import privacy
from bot.service.actions import Doing
from bot.service.dressing import dress
from bot.service.knowledge import KnowledgeOf
from bot.service.turns import Watch, drive
from bot.service.ways import Ways

log = logging.getLogger(__name__)


class Outreach:
    """Opens flows for people. Whoever calls has seen to quiet hours; the outbox looks again when a row is claimed."""

    def __init__(self, clock: Clock, knowledge: KnowledgeOf, ways: Ways, watch: Watch) -> None:
        self._clock, self._knowledge, self._ways, self._watch = clock, knowledge, ways, watch

    def begin(
        self,
        tx: Tx,
        person_id: int,
        flow: str,
        values: Mapping[str, Any],
        now: datetime,
        expires_at: datetime,
        *,
        is_urgent: bool = False,
    ) -> str | None:
        """Say a flow's first words to a person, and wait for her answer there; what waited before is asked again after.

        The channel that has the messages; None when she has no living address, wants nothing from us, or had her number
        forgotten and has not written since.
        """
        way = messages.way_to(tx, person_id)
        if way is None:
            return None
        tx.serial(way.address)
        person = people.load(tx, way.address)
        if person is None or person.opted_out_at or person.is_unusable:
            return None
        if not way.channel and privacy.is_forgotten(tx, way.address):
            return None
        message = Inbound(self._ways.to(way.channel, way.medium), way.medium, way.address, "", "")
        knowledge = self._knowledge(tx)
        session = sessions.load(person.session)
        flows = knowledge.conversation.flows
        Moves(flows, session).push(Frame(flow, flows.first(flow), dict(values)))
        heard = Heard(
            "",
            lambda text: knowledge.read(text, person.language, now),
            medium=way.medium,
            language=person.language or "",
            is_new=not person.is_greeted,
        )
        doing = Doing(tx, person, message, now, self._clock, knowledge)
        turn = drive(knowledge.conversation.walk(session, heard), doing)
        self._watch(turn)
        for bubble in turn.bubbles:
            draft = dress(bubble, way.medium)
            row_id = self._clock.new_id()
            messages.enqueue_notice(tx, row_id, message, person.id, draft, now, expires_at, is_urgent=is_urgent)
        if turn.greeted:
            privacy.greeted(tx, knowledge, person.id, turn.language, way.medium, now)
        people.save_session(tx, person.id, turn.session.dump(), now)
        log.info("outreach flow=%s person=%s", flow, person.id)
        return message.channel


def contact(tx: Tx, patient: Patient) -> int | None:
    """The person who is told what concerns a patient: the phone she is reached by, or else her promoter."""
    if patient.person_id is not None:
        return patient.person_id
    return person_of_promoter(tx, patient.promoter) if patient.promoter else None


def person_of_promoter(tx: Tx, phone: str) -> int | None:
    """The person behind a promoter's number, by SMS or else by the Telegram chat that she linked to it."""
    for address in (f"tel:{phone}", *agenda.addresses_of_promoter(tx, phone)):
        person = people.load(tx, address)
        if person and not person.is_unusable:
            return person.id
    return None
