"""What the law asks of us: it is known what she was told, she is forgotten when she says so, and words do not last."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import product

from bot.clock import LIMA, Clock
from bot.conversation.message import Medium
from bot.language.catalogue import LANGUAGES
from bot.records import agenda, appointments, cases, interests, messages, notices, outreach, people, privacy, topics
from bot.records.people import Person
from bot.records.store import Tx
from bot.service.appointments.booking import Booking
from bot.service.knowledge import Knowledge
from bot.service.notices import echo
from bot.service.secrets import erasure_key

AT_ONCE = 100
"""Rows of each kind that one round of the clockwork empties: an answer must not wait behind more."""

_VERSION_DIGITS = 12


def greeted(tx: Tx, knowledge: Knowledge, person_id: int, language: str, medium: Medium, now: datetime) -> None:
    """The greeting was said to her: which wording, in which language and when is kept."""
    spoken = language or "es"
    text = knowledge.phrase("greeting", spoken, medium)
    people.set_greeted(tx, person_id)
    privacy.add_notice(tx, person_id, version(text), spoken, now)


def keep_wordings(tx: Tx, knowledge: Knowledge) -> None:
    """Every greeting that this program can say, before anybody is told it: turns in several processes would wait for
    each other to write it down."""
    media: tuple[Medium, ...] = ("sms", "telegram")
    for language, medium in product(LANGUAGES, media):
        text = knowledge.phrase("greeting", language, medium)
        privacy.keep_wording(tx, version(text), text)


def version(text: str) -> str:
    """The name of a wording: another for other words."""
    return sha256(text.encode()).hexdigest()[:_VERSION_DIGITS]


def stop(tx: Tx, clock: Clock, now: datetime, person_id: int, said_by: str) -> None:
    """She wants no more notices: what waits for her and is no answer stays here."""
    people.opt_out(tx, clock.new_id(), person_id, said_by, now)
    messages.drop_waiting(tx, person_id, now)
    outreach.drop_of_person(tx, person_id, now)
    echo.count(tx, person_id, "stopped", now)


def stop_topic(tx: Tx, now: datetime, person_id: int, topic: str, said_by: str) -> None:
    """She wants no more notices of this topic: what waits for her of it stays here."""
    topics.set_choice(tx, person_id, topic, False, said_by, now)
    notices.drop_of_topic(tx, person_id, topic, now)
    echo.count(tx, person_id, "stopped", now)


def start(tx: Tx, clock: Clock, now: datetime, person_id: int, said_by: str) -> None:
    """She wants notices again, of every topic."""
    people.opt_in(tx, clock.new_id(), person_id, said_by, now)
    topics.reopen(tx, person_id)


def start_topics(tx: Tx, clock: Clock, now: datetime, person: Person, wanted: Collection[str], said_by: str) -> None:
    """She wants notices of these topics again; where she had stopped all, of these alone."""
    if person.opted_out_at:
        people.opt_in(tx, clock.new_id(), person.id, said_by, now)
    for topic in topics.TOPICS:
        if topic in wanted:
            topics.set_choice(tx, person.id, topic, True, said_by, now)
        elif person.opted_out_at:
            topics.set_choice(tx, person.id, topic, False, said_by, now)


def erase(tx: Tx, clock: Clock, now: datetime, person_id: int) -> None:
    """Forget her and whoever was registered from her phone; the places that they held go to others, counts stay."""
    booking, today = Booking(tx, clock, now), now.astimezone(LIMA).date()
    for held in appointments.open_of_person(tx, person_id, today):
        booking.cancel(held, "person")
    for patient_id in appointments.patients_of(tx, person_id):
        appointments.erase_patient(tx, patient_id, now)
    cases.erase_bodies(tx, person_id)
    interests.erase(tx, person_id)
    topics.clear(tx, person_id)
    notices.forget_answers(tx, person_id)
    messages.drop_waiting(tx, person_id, now)
    outreach.drop_of_person(tx, person_id, now)
    agenda.unlink_person(tx, person_id)
    people.erase(tx, person_id, erasure_key(tx), now)


def pass_on(tx: Tx, now: datetime, person_id: int) -> None:
    """Her number belongs to somebody else: nothing of hers leads to it any more, and its owner begins anew."""
    messages.drop_all_waiting(tx, person_id, now)
    outreach.drop_of_person(tx, person_id, now)
    agenda.unlink_person(tx, person_id)
    people.unlink(tx, person_id)


def is_forgotten(tx: Tx, address: str) -> bool:
    """Whether the owner of this address once had it forgotten: only who writes to us from it is written to."""
    return people.was_erased(tx, address, erasure_key(tx))


def let_go(tx: Tx, now: datetime, kept: timedelta, limit: int = AT_ONCE) -> int:
    """Empty up to `limit` rows of each kind whose words are older than `kept`, and forget as many of what people asked
    about; how many."""
    before = now - kept
    day = before.astimezone(LIMA).date()
    return (
        privacy.erase_messages(tx, before, limit)
        + privacy.erase_case_words(tx, before, limit)
        + privacy.erase_patients(tx, before, day, now, limit)
        + privacy.erase_rest(tx, before, limit)
        + interests.let_go(tx, before, limit)
        + topics.let_go(tx, before, limit)
    )
