"""What keeps a notice from being scheduled: words, fields, length, its event, its hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from bot.clock import LIMA
from bot.language.catalogue import LANGUAGES
from bot.records.notices import Notice
from bot.records.store import Tx
from bot.service.knowledge import Knowledge
from bot.service.notices.events import Event, event
from bot.service.notices.rendering import draft_of
from bot.service.notices.words import FIELDS, is_typed, names_in, relative_word

MOST_SEGMENTS = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a notice cannot be scheduled: `code`, and the word or field that it is about.

    Codes: missing_es missing_quz · unknown_field missing_field bad_field · too_long · no_name · event_gone event_over
    event_cancelled event_moved · ends_before_it_begins past · relative_day · nobody (the audience is empty).
    """

    code: str
    detail: str = ""


def problems(tx: Tx, knowledge: Knowledge, notice: Notice, now: datetime) -> list[Problem]:
    """Everything that keeps a notice from being scheduled; empty when nothing does."""
    return [
        *_in_words(notice),
        *_in_fields(notice),
        *_in_length(tx, knowledge, notice, now),
        *_in_event(event(tx, knowledge, notice.about, now), notice, now),
        *_in_time(notice, now),
    ]


def _in_words(notice: Notice) -> Iterator[Problem]:
    wanted = notice.audience.languages or LANGUAGES
    if not notice.name.strip():
        yield Problem("no_name")
    for language in LANGUAGES:
        if language in wanted and not notice.text(language).strip():
            yield Problem(f"missing_{language}")


def _in_fields(notice: Notice) -> Iterator[Problem]:
    for name in dict.fromkeys(names_in(notice.text_es) + names_in(notice.text_quz)):
        value = notice.fields.get(name, "")
        if name not in FIELDS:
            yield Problem("unknown_field", name)
        elif not value:
            yield Problem("missing_field", name)
        elif not is_typed(name, value):
            yield Problem("bad_field", name)


def _in_length(tx: Tx, knowledge: Knowledge, notice: Notice, now: datetime) -> Iterator[Problem]:
    for language in LANGUAGES:
        if draft_of(tx, knowledge, notice, language, "sms", now).segments > MOST_SEGMENTS:
            yield Problem("too_long", language)


def _in_event(found: Event | None, notice: Notice, now: datetime) -> Iterator[Problem]:
    if notice.about and found is None:
        yield Problem("event_gone")
    if found is None:
        return
    if found.is_cancelled:
        yield Problem("event_cancelled")
    if found.is_over(now):
        yield Problem("event_over")
    if notice.held_on and found.held_on != notice.held_on:
        yield Problem("event_moved")
    if found.begins and notice.expires_at and notice.expires_at > found.begins and not notice.rule:
        yield Problem("event_over")


def _in_time(notice: Notice, now: datetime) -> Iterator[Problem]:
    begins = max(notice.starts_at or now, now)
    if notice.expires_at and notice.expires_at <= now:
        yield Problem("past")
    elif notice.expires_at and notice.expires_at <= begins:
        yield Problem("ends_before_it_begins")
    said = relative_word(notice)
    if said and notice.expires_at and _day(notice.expires_at) != _day(begins):
        yield Problem("relative_day", said)


def _day(moment: datetime) -> date:
    return moment.astimezone(LIMA).date()
