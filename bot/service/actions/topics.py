"""What flows can do for notices: stop them and begin them again, all or one topic, and tell what somebody hears of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.clock import LIMA
from bot.conversation import session as sessions
from bot.conversation.engine import Outcome
from bot.conversation.flows import word_key
from bot.records import appointments, topics
from bot.records.topics import TOPICS
from bot.service import privacy
from bot.service.actions.doing import Doing, Values

SAID_BY_LENGTH = 100


def stop(doing: Doing, values: Values) -> Outcome:
    """BAJA: of the topics that her message clearly names, else of all; `baja presión de agua` is no BAJA."""
    said = doing.knowledge.understanding.notices(doing.message.text)
    if not said.is_meant:
        return Outcome("neither")
    if not said.topics:
        privacy.stop(doing.tx, doing.clock, doing.now, doing.person.id, _said_by(doing))
        return Outcome("all")
    for topic in said.topics:
        privacy.stop_topic(doing.tx, doing.now, doing.person.id, topic, _said_by(doing))
    return Outcome("some", {"topics": _names(doing, said.topics)})


def start(doing: Doing, values: Values) -> Outcome:
    """ALTA: of the topics that her message clearly names; of all only where it is nothing but the word."""
    said = doing.knowledge.understanding.notices(doing.message.text)
    if not said.is_meant:
        return Outcome("neither")
    if said.topics:
        privacy.start_topics(doing.tx, doing.clock, doing.now, doing.person, said.topics, _said_by(doing))
        return Outcome("some", {"topics": _names(doing, said.topics)})
    is_word = word_key(doing.message.text) in doing.knowledge.conversation.flows.by_word
    if not is_word and not said.is_bare:
        return Outcome("unclear")
    privacy.start(doing.tx, doing.clock, doing.now, doing.person.id, _said_by(doing))
    return Outcome("all")


def heard(doing: Doing, values: Values) -> Outcome:
    """What she hears of and what she does not, unless she stopped all."""
    if doing.person.opted_out_at:
        return Outcome("stopped")
    chosen = topics.choices(doing.tx, doing.person.id)
    wanted = [topic for topic, is_wanted in chosen.items() if is_wanted]
    refused = [topic for topic, is_wanted in chosen.items() if not is_wanted]
    return Outcome("hears", {"heard": _names(doing, wanted), "refused": _names(doing, refused)})


def switch(doing: Doing, values: Values) -> Outcome:
    """`topic` is heard of from now on, or no longer."""
    topic = values["topic"]
    said = {"topics": _names(doing, [topic])}
    if topics.choices(doing.tx, doing.person.id)[topic]:
        privacy.stop_topic(doing.tx, doing.now, doing.person.id, topic, _said_by(doing))
        return Outcome("off", said)
    topics.set_choice(doing.tx, doing.person.id, topic, True, _said_by(doing), doing.now)
    return Outcome("on", said)


def cancels(doing: Doing, values: Values) -> Outcome:
    """What «cancel» can mean: an appointment that she holds, notices that she hears, either of the two."""
    today = doing.now.astimezone(LIMA).date()
    if not appointments.open_of_person(doing.tx, doing.person.id, today):
        return Outcome("notices")
    return Outcome("appointment" if doing.person.opted_out_at else "either")


def says_yes(doing: Doing, values: Values) -> Outcome:
    """YES begins notices again only for who stopped them, where no question waits for it."""
    is_asked = bool(sessions.load(doing.person.session).frames)
    return Outcome("start" if doing.person.opted_out_at and not is_asked else "nothing")


def _said_by(doing: Doing) -> str:
    return doing.message.text[:SAID_BY_LENGTH]


def _names(doing: Doing, chosen: Iterable[str]) -> list[Values]:
    return [doing.knowledge.topic_name(topic) for topic in chosen]


def several(doing: Doing) -> Iterator[Outcome]:
    """All topics at once, as `bot check` says them."""
    yield Outcome("some", {"topics": _names(doing, TOPICS)})


def some_heard(doing: Doing) -> Iterator[Outcome]:
    yield Outcome("hears", {"heard": _names(doing, TOPICS[:2]), "refused": _names(doing, TOPICS[2:])})


def switched(doing: Doing) -> Iterator[Outcome]:
    for topic in TOPICS:
        for outcome in ("on", "off"):
            yield Outcome(outcome, {"topics": _names(doing, [topic])})
