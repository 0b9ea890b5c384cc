"""What goes beyond the phone of a notice: its flyer, and its text for the radio and the assembly."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from bot.desk.avisos.flyer import Fact, Flyer
from bot.language.catalogue import LANGUAGES
from bot.records.agenda import Name
from bot.records.notices import Audience, Notice
from bot.records.store import Tx
from bot.service.knowledge import Knowledge
from bot.service.notices.aloud import aloud
from bot.service.notices.events import event
from bot.service.notices.leaflet import Words, words
from bot.service.notices.words import FLOW, filled, names_in, shown
from bot.settings import Settings

SIMULATED_NUMBER = "+51984000000"
"""Whom one writes to where there is no provider: nobody's, for trying the service out."""

KEYWORDS = {"booking": "CITA", "fair": "FERIA", "work": "OBRA"}
"""What people write to have what a notice offers; MENU for all others."""

MOST_PLACES_SAID = 3

LONGEST_JOINT = 2
"""Letters of a word that only joins fields: de, a, el, en."""

_FACTS = frozenset({"fecha", "hora", "hasta", "lugar", "traer", "costo"})
_FIELD_WITH_ENDING = re.compile(r"\{[^{}]*\}\w*")
_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+")


def number(settings: Settings) -> str:
    """Whom people write to; empty where only the provider knows it: a messaging service, a sender of letters, a SIM."""
    if not settings.has_twilio and not settings.has_gateway:
        return "" if settings.is_public else SIMULATED_NUMBER
    ours = (settings.twilio_from if settings.has_twilio else "", settings.gateway_from if settings.has_gateway else "")
    return next((each for each in ours if re.fullmatch(r"\+?\d+", each)), "")


def flyer(
    tx: Tx, knowledge: Knowledge, notice: Notice, now: datetime, our_number: str, telegram_link: str = ""
) -> Flyer:
    """The flyer of a notice as it is written now: its facts in a table, taken from its event where it leaves them open,
    and of its text what they do not say."""
    found = event(tx, knowledge, notice.about, now)
    keyword = KEYWORDS.get(found.offer, "MENU") if found else "MENU"
    labels = words(knowledge, keyword)
    given = {name: value for name, value in notice.fields.items() if value}
    title = found.name if found else _title(knowledge, notice)
    beside = {*_FACTS, "nombre"} if found else _FACTS
    called = _words_of(labels)
    return Flyer(
        title_es=title.es,
        title_quz=title.of("quz"),
        text_es=filled(replace(notice, text_es=_without(beside, called, notice.text_es)), "es"),
        text_quz=filled(replace(notice, text_quz=_without(beside, called, notice.text_quz)), "quz"),
        facts=tuple(_facts(knowledge, labels, {**(found.fields if found else {}), **given})),
        number=our_number,
        keyword=keyword,
        words=labels,
        telegram_link=f"{telegram_link}?start={keyword}" if telegram_link else "",
    )


def radio(knowledge: Knowledge, notice: Notice, our_number: str) -> dict[str, str]:
    """What is read aloud, by language; a language in which nothing was written is not there."""
    promoter = notice.author if notice.promoter else ""
    place = _place(knowledge, notice.audience)
    return {
        language: aloud(knowledge, text, language, place=place, number=our_number, promoter_name=promoter)
        for language in LANGUAGES
        if (text := filled(notice, language))
    }


def _title(knowledge: Knowledge, notice: Notice) -> Name:
    """Of a notice about nothing in the agenda: its topic, or that it is a notice. Its own title is staff's alone."""
    conversation = knowledge.conversation
    named = conversation.flows.flows[FLOW].name
    if notice.topic:
        said = knowledge.topic_name(notice.topic)
        return Name(*(str(said[language]).capitalize() for language in LANGUAGES))
    return Name(*(conversation.catalogue.text(named, language) for language in LANGUAGES))


def _words_of(labels: Words) -> frozenset[str]:
    """The words by which the table calls its facts, in both languages."""
    named = (labels.day, labels.hour, labels.place, labels.bring, labels.cost)
    return frozenset(word for name in named for word in _WORD.findall(f"{name.es} {name.quz}".lower()))


def _without(beside: Collection[str], called: Collection[str], text: str) -> str:
    """The sentences of a text that say more than the table and the title do.

    `Lugar: {lugar}.` and `{fecha}, {hora}manta {hasta}kama.` go; one with a word of its own stays: `{fecha} faena.`
    """
    return " ".join(sentence for sentence in _SENTENCE_ENDS.split(text) if not _is_bare(sentence, beside, called))


def _is_bare(sentence: str, beside: Collection[str], called: Collection[str]) -> bool:
    names = names_in(sentence)
    own_words = _WORD.findall(_FIELD_WITH_ENDING.sub(" ", sentence).lower())
    says_nothing = all(len(word) <= LONGEST_JOINT or word in called for word in own_words)
    return bool(names) and set(names) <= set(beside) and says_nothing


def _facts(knowledge: Knowledge, labels: Words, fields: Mapping[str, str]) -> Iterator[Fact]:
    said = (
        Fact(labels.day, _both(fields, "fecha")),
        Fact(labels.hour, _hours(knowledge, fields)),
        Fact(labels.place, _both(fields, "lugar")),
        Fact(labels.bring, _both(fields, "traer")),
        Fact(labels.cost, _both(fields, "costo")),
    )
    return (fact for fact in said if fact.value.es)


def _both(fields: Mapping[str, str], name: str) -> Name:
    return Name(*(shown(fields, name, language) for language in LANGUAGES))


def _hours(knowledge: Knowledge, fields: Mapping[str, str]) -> Name:
    opens, closes = _both(fields, "hora"), _both(fields, "hasta")
    if not (opens.es and closes.es):
        return opens
    values = {"opens": fields["hora"], "closes": fields["hasta"]}
    return Name(*(knowledge.phrase("flyer_hours", language, values=values) for language in LANGUAGES))


def _place(knowledge: Knowledge, audience: Audience) -> str:
    """The places that are greeted; nobody in particular where they are many."""
    places = [knowledge.place_name(each) for each in (*audience.comunidades, *audience.districts)]
    return ", ".join(places) if len(places) <= MOST_PLACES_SAID else ""
