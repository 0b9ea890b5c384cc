"""A notice that a promoter writes on her telephone: what her words say, to whom it may go, and sending it off."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from bot.clock import LIMA, Clock
from bot.language.folding import andean, fold
from bot.language.understanding import Reading
from bot.records import agenda, audit, notices
from bot.records.agenda import Campaign, Promoter
from bot.records.audit import Actor, Entry
from bot.records.notices import Audience, Notice, Template
from bot.records.store import Tx
from bot.service.knowledge import Knowledge
from bot.service.notices import steering
from bot.service.notices.events import event
from bot.service.notices.preview import Preview
from bot.service.notices.steering import Launched
from bot.service.notices.words import filled, names_in
from bot.service.pins import masked

LONGEST_LETTERS = 320
MOST_A_DAY = 3
ALL = "all"
"""What she picks instead of one of her comunidades."""

DEFAULT_TOPIC = "campaigns"
LIKE_WORDS, LIKE_WORDS_OF_EVENT = 2, 1
"""So many words that mean something must stand in a template and in what she wrote; fewer where it says her event."""

_FIRST_WORD = re.compile(r"^\W*\w+[\s:.,;-]*")
_BRACES = str.maketrans("{}", "()")
_FIELD = re.compile(r"\{[^{}]*\}")
_LONGEST_NAME = 60
_SHORTEST_WORD = 4
_AUDITED: dict[Launched, str] = {"scheduled": "notice_sent", "awaiting": "notice_submitted"}


@dataclass(frozen=True, slots=True)
class Written:
    """What she wrote, in one line, and the language that it is in; `other` is the same in the other language."""

    text: str
    language: str
    other: str = ""

    @property
    def into(self) -> str:
        """The language that is still to be written."""
        return "es" if self.language == "quz" else "quz"

    def of(self, language: str) -> str:
        """Where she wrote nothing for a language, everybody reads the same."""
        return self.text if language == self.language else self.other or self.text


# ── what she wrote ────────────────────────────────────────────────────────────────────────────────────────────────────


def text_of(message: str) -> str:
    """The notice behind the word AVISO."""
    return as_written(_FIRST_WORD.sub("", message, count=1))


def as_written(said: str) -> str:
    """In one line; braces would be fields, which nobody types on a telephone."""
    return " ".join(said.translate(_BRACES).split())


def chosen(promoter: Promoter, picked: str) -> tuple[str, ...]:
    """The comunidades that it goes to: hers only, whatever was picked; none where she has yet to say which."""
    if picked == ALL or len(promoter.comunidades) == 1:
        return promoter.comunidades
    return tuple(key for key in promoter.comunidades if key == picked)


def draft(
    tx: Tx,
    knowledge: Knowledge,
    promoter: Promoter,
    written: Written,
    to: Collection[str],
    day: date | None,
    now: datetime,
) -> Notice:
    """The notice as it would be launched now; `day` is the one that she names. Not kept yet, so without an id.

    `to` are comunidades of hers, never empty: that would be the whole province.
    """
    reading = knowledge.read(written.text, written.language, now)
    about = _about(tx, knowledge, written.text, reading, {knowledge.district_of(key) for key in to}, day, now)
    found = event(tx, knowledge, about, now) if about else None
    plain = Notice(
        id=0,
        name=written.text[:_LONGEST_NAME],
        author=promoter.name,
        about=about,
        topic=DEFAULT_TOPIC if about else knowledge.understanding.told_topic(written.text) or DEFAULT_TOPIC,
        text_es=written.of("es"),
        text_quz=written.of("quz"),
        fields=found.fields if found else {},
        audience=Audience(comunidades=tuple(to)),
        promoter=promoter.phone,
    )
    return steering.written(tx, knowledge, plain, now)


# ── what it is about ──────────────────────────────────────────────────────────────────────────────────────────────────


def _about(
    tx: Tx,
    knowledge: Knowledge,
    text: str,
    reading: Reading,
    near: Collection[str | None],
    day: date | None,
    now: datetime,
) -> str:
    """The campaign that she names, as `campaign:KEY`; empty where it may be none, or another."""
    coming = agenda.coming_campaigns(tx, now, with_samples=knowledge.with_samples)
    says_campaign = knowledge.understanding.told_topic(text) == DEFAULT_TOPIC
    alike = of_kind(coming, reading, day, says_campaign=says_campaign)
    named = f" {fold(text)} "
    here = [
        each for each in alike if each.district in near or f" {fold(knowledge.place_name(each.district))} " in named
    ]
    found = here if here or day is None else alike
    about = f"campaign:{found[0].key}" if len(found) == 1 else ""
    what = event(tx, knowledge, about, now) if about else None
    return about if what and not what.is_over(now) else ""


def of_kind(coming: Iterable[Campaign], reading: Reading, day: date | None, *, says_campaign: bool) -> list[Campaign]:
    """Those with the specialty or of the topic that is said, and on the day that is said; the word campaign is enough
    together with a day."""
    specialty, topic = reading.named.get("specialty"), reading.named.get("topic")
    any_kind = not specialty and says_campaign and day is not None
    return [
        each
        for each in coming
        if (specialty in each.specialties or topic == each.topic or any_kind) and day in (None, each.date)
    ]


# ── the other language ────────────────────────────────────────────────────────────────────────────────────────────────


def suggested(templates: Sequence[Template], written: Written, notice: Notice) -> str:
    """The text in the other language of the template that is most like what she wrote, filled from the event.

    Empty where none is clearly the most alike, or where it says what nobody knows.
    """
    said = _telling(written.text)
    alike = {each: len(said & _telling(_own(each, written.language))) for each in templates}
    fitting = {each: count for each, count in alike.items() if _fits(each, count, written.into, notice)}
    most = max(fitting.values(), default=0)
    best = [each for each, count in fitting.items() if count == most]
    return _filled(best[0], notice, written.into) if len(best) == 1 else ""


def _own(template: Template, language: str) -> str:
    return template.text_quz if language == "quz" else template.text_es


def _fits(template: Template, count: int, into: str, notice: Notice) -> bool:
    """Whether it is about the same, like enough, and can be said whole."""
    names = names_in(_own(template, into))
    least = LIKE_WORDS_OF_EVENT if notice.about and names else LIKE_WORDS
    is_known = all(notice.fields.get(f"{name}.{into}") or notice.fields.get(name) for name in names)
    is_alike = template.topic in ("", notice.topic) and count >= least
    return is_alike and is_known and 0 < len(_filled(template, notice, into)) <= LONGEST_LETTERS


def _filled(template: Template, notice: Notice, language: str) -> str:
    return filled(replace(notice, text_es=template.text_es, text_quz=template.text_quz), language)


def _telling(text: str) -> set[str]:
    """The words that mean something, as they are compared."""
    words = fold(_FIELD.sub(" ", text)).split()
    return {andean(word) for word in words if len(word) >= _SHORTEST_WORD and not word.isdigit()}


# ── sending it off ────────────────────────────────────────────────────────────────────────────────────────────────────


def launched_today(tx: Tx, phone: str, now: datetime) -> int:
    midnight = datetime.combine(now.astimezone(LIMA).date(), time(), LIMA)
    return notices.launched_by(tx, phone, midnight)


def launch(tx: Tx, clock: Clock, knowledge: Knowledge, notice: Notice, plan: Preview, now: datetime) -> Launched:
    """Off with what she has seen, written into the audit; nothing is kept of what cannot be sent."""
    mine = replace(notice, id=clock.new_id())
    notices.add(tx, mine, now)
    result = steering.launch(tx, knowledge, mine, now, wants_approval=plan.wants_approval)
    if result not in _AUDITED:
        notices.drop_draft(tx, mine.id)
        return result
    figures = {"notice": mine.id, "people": plan.people, "segments": plan.segments, "soles": plan.soles}
    details = {name: str(value) for name, value in figures.items()}
    entry = Entry(clock.new_id(), now, Actor(None, notice.author), _AUDITED[result], masked(notice.promoter), details)
    audit.write(tx, entry)
    return result
