"""`bot check`: everything the municipality writes, checked together, with what it will cost to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from bot.clock import LIMA, Clock
from bot.conversation import check, flows
from bot.conversation.engine import Action, Conversation, Outcome, Turn
from bot.conversation.flows import Ask, Choose, Do, Flow, Pick, Say
from bot.conversation.heard import Heard
from bot.conversation.message import Inbound
from bot.conversation.rendering import SEGMENTS_PER_MESSAGE
from bot.conversation.session import Frame, Session
from bot.errors import ContentError
from bot.language import catalogue, sms
from bot.language.catalogue import LANGUAGES
from bot.language.understanding import Reading, examples, model
from bot.records.people import Person
from bot.records.store import Connection, Store
from bot.service import content, knowledge
from bot.service.actions import ACTIONS, Doing, perform
from bot.service.knowledge import Files, Library

EXAMPLES_NEEDED = 25
MONDAY = datetime(2027, 3, 1, 9, tzinfo=LIMA)


def findings() -> list[str]:
    """Every finding as `file:line: sentence`, sorted; empty when all is well."""
    where = knowledge.files()
    found: list[ContentError] = list(content.check(where.flows / "content"))
    try:
        book = flows.load(where.flows)
    except ContentError as error:
        return _sorted([*found, error])
    found += check.flows(book, {name: spec.outcomes for name, spec in ACTIONS.items()})
    found += _examples(where)
    for language in LANGUAGES[1:]:
        file = f"locales/{language}/LC_MESSAGES/messages.po"
        found += check.catalogue(book, language, catalogue.read(where.locales, language), file)
    if not found:
        found += _too_long(where)
    return _sorted(found)


def _examples(where: Files) -> Iterator[ContentError]:
    """An intent that has too few examples in a language, and what was learnt before they were last changed."""
    folder = where.flows / "understanding"
    try:
        rows = Counter((example.intent, example.language) for example in examples.read_examples(folder))
    except ContentError as error:
        yield error
        return
    for intent in sorted({intent for intent, _ in rows}):
        for language in LANGUAGES:
            if rows[intent, language] < EXAMPLES_NEEDED:
                sentence = f"{rows[intent, language]} examples in {language}; {EXAMPLES_NEEDED} are needed."
                yield ContentError(f"flows/understanding/examples/{intent}.tsv", 1, sentence)
    if model.read(folder / model.FILE)[0]["examples"] != examples.fingerprint(folder):
        yield ContentError(f"flows/understanding/{model.FILE}", 1, "the examples have changed: run `bot train`.")


def _sorted(found: list[ContentError]) -> list[str]:
    return [str(error) for error in sorted(found, key=lambda error: (error.file, error.line, error.sentence))]


def _too_long(where: Files) -> Iterator[ContentError]:
    """Say every message of every flow with all the facts there are, in both languages, and count it."""
    library = Library(where, with_samples=True, office_phone="084-000000")
    store = Store(":memory:")
    with store.write() as tx:
        content.seed(tx, library.content, MONDAY)
        known = library.knowledge(tx)
        for flow in known.conversation.flows.flows.values():
            for name, start in _starts(flow, tx, known):
                for language in LANGUAGES:
                    for text in _said(known.conversation, flow, name, start, language, _doing(tx, known)):
                        count = sms.count(sms.fold(text))
                        if count.segments > SEGMENTS_PER_MESSAGE or count.forced_by:
                            document = known.conversation.flows.documents[flow.flow]
                            why = f" ({' '.join(count.forced_by)} is not GSM-7)" if count.forced_by else ""
                            sentence = f"{count.segments} segments in {language}{why}: {text!r}"
                            yield document.error(("steps", name), sentence)
    store.close()


def _doing(tx: Connection, known: knowledge.Knowledge) -> Doing:
    message = Inbound("check", "sms", "tel:+51984000000", "check", "")
    return Doing(tx, Person(id=0, is_new=False, language="es"), message, MONDAY, Clock(MONDAY), known)


def _starts(flow: Flow, tx: Connection, known: knowledge.Knowledge) -> Iterator[tuple[str, Outcome | None]]:
    """Where the flow can speak from: its steps, and after an action each outcome that the content can give."""
    doing = _doing(tx, known)
    for name, step in flow.steps.items():
        if isinstance(step, Do):
            examples = ACTIONS[step.do].examples
            yield from ((name, each) for each in (examples(doing) if examples else ()) if each.name in step.outcomes)
        elif isinstance(step, Ask | Choose | Pick) or (isinstance(step, Say) and name == flow.first):
            yield name, None


def _said(
    conversation: Conversation, flow: Flow, name: str, start: Outcome | None, language: str, doing: Doing
) -> Iterator[str]:
    """The messages said from this step on, until somebody is waited for."""
    session = Session([Frame(flow.flow, name, {})])
    heard = Heard("", lambda text: Reading(text, language, True, "", 0.0), language=language)
    talk = conversation.walk(session, heard)
    answer = start
    try:
        action: Action = next(talk)
        while True:
            action = talk.send(answer or perform(doing, action))
            answer = None
    except StopIteration as end:
        turn: Turn = end.value
        yield from (bubble.text for bubble in turn.bubbles)
