"""What people do with a notice: send it off, approve it, stop it, go on; each step once, however often it is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from bot.clock import Clock
from bot.conversation.message import Inbound
from bot.records import messages, notices, people
from bot.records.notices import Notice
from bot.records.store import Tx
from bot.service.knowledge import Knowledge
from bot.service.notices import timing
from bot.service.notices.checks import problems
from bot.service.notices.events import event
from bot.service.notices.rendering import draft_of
from bot.service.ways import Ways

Launched = Literal["scheduled", "awaiting", "problems", "elsewhere"]
"""`awaiting` another's approval; `elsewhere`: somebody else has led it on meanwhile."""


def written(tx: Tx, knowledge: Knowledge, notice: Notice, now: datetime) -> Notice:
    """The notice with what its event and its words settle: the day it is about, and until when it is worth hearing."""
    found = event(tx, knowledge, notice.about, now)
    leaves = timing.leaves_at(tx, knowledge, notice, now)
    ends = timing.expiry(notice, found, leaves)
    return replace(notice, held_on=found.held_on if found else None, expires_at=ends)


def launch(tx: Tx, knowledge: Knowledge, notice: Notice, now: datetime, *, wants_approval: bool) -> Launched:
    """Send a draft off: at its hour, or at once; `wants_approval`, it first waits for a second person."""
    ready = written(tx, knowledge, replace(notice, starts_at=notice.starts_at or now), now)
    as_told = replace(ready, held_on=notice.held_on or ready.held_on)  # a day that has moved since it was written
    if problems(tx, knowledge, as_told, now):
        return "problems"
    state: notices.State = "awaiting" if wants_approval else _off(ready)
    if not notices.change(tx, ready) or notices.set_state(tx, ready, state, now) is None:
        return "elsewhere"
    return "awaiting" if state == "awaiting" else "scheduled"


def approve(tx: Tx, knowledge: Knowledge, notice: Notice, staff_id: int, now: datetime) -> Launched:
    """A second person agrees; never the one who wrote it."""
    if notice.state != "awaiting" or staff_id == notice.staff_id:
        return "elsewhere"
    if problems(tx, knowledge, notice, now):
        return "problems"
    done = notices.set_state(tx, notice, _off(notice), now, approved_by=staff_id)
    return "scheduled" if done else "elsewhere"


def _off(notice: Notice) -> notices.State:
    return "repeating" if notice.rule else "scheduled"


def reject(tx: Tx, notice: Notice, now: datetime) -> bool:
    """A second person does not agree, or its author thinks again: a draft once more."""
    return notice.state in ("awaiting", "scheduled", "repeating") and bool(notices.set_state(tx, notice, "draft", now))


def pause(tx: Tx, notice: Notice, now: datetime, because: str = "") -> bool:
    """Stop sending; what has not begun waits with the notice. False when it is not being sent."""
    if notice.state not in ("freezing", "sending"):
        return False
    if notices.set_state(tx, notice, "paused", now, because=because) is None:
        return False
    notices.take_back(tx, notice.id)
    return True


def resume(tx: Tx, notice: Notice, now: datetime) -> bool:
    """Go on where it was paused; nobody who has it already gets it again."""
    if notice.state != "paused":
        return False
    so_far = notices.fate(tx, notice.id)
    notices.forgive(tx, notice.id, so_far.ended, so_far.failed)
    if notice.begun_at is None:
        return notices.set_state(tx, notice, "scheduled", now) is not None
    state: notices.State = "sending" if notice.frozen_at else "freezing"
    return notices.set_state(tx, notice, state, now) is not None


def cancel(tx: Tx, notice: Notice, now: datetime) -> bool:
    """End it for whoever still waits; what the provider has cannot be called back."""
    if notice.state not in notices.UNDER_WAY or notices.set_state(tx, notice, "cancelled", now) is None:
        return False
    notices.take_back(tx, notice.id)
    return True


def send_trial(
    tx: Tx, knowledge: Knowledge, clock: Clock, notice: Notice, address: str, now: datetime, ways: Ways
) -> list[str]:
    """The message in both languages to one's own telephone; the channels that have it, none for an unknown number.

    It counts as an answer, because who asks for it waits for it.
    """
    person = people.load(tx, address)
    way = messages.way_to(tx, person.id) if person else None
    if person is None or way is None or not way.channel:
        return []
    message = Inbound(ways.to(way.channel, way.medium), way.medium, way.address, "", "")
    for language in ("es", "quz"):
        draft = draft_of(tx, knowledge, notice, language, way.medium, now)
        if draft.body:
            expires = now + timing.LIFE
            messages.enqueue(tx, clock.new_id(), message, None, person.id, draft, now, expires)
    return [message.channel]
