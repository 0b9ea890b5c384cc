"""What is wrong with flows and their words before anybody has met it: each finding with file and line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

from babel.messages.catalog import Catalog

from bot.conversation import flows as names
from bot.conversation.answers import number_of
from bot.conversation.flows import END, Branch, Call, Choose, Do, Flow, Flows, Say, Step, targets, texts, word_key
from bot.errors import ContentError
from bot.language import sms
from bot.language.catalogue import PLACEHOLDER, has_words, placeholders
from bot.language.folding import andean, fold
from bot.language.wording import FORMS
from bot.language.yamlfile import Path_

BUTTON_BYTES = 64
SYSTEM_FLOWS = (
    *(names.PHRASES, names.MENU, names.LANGUAGE, names.DID_YOU_MEAN, names.RESUME, names.WHICH_PLACE),
    names.PROMOTER,
    names.PHOTO,
)
PHRASES = (
    "greeting",
    "not_understood",
    "not_understood_idle",
    "way_out",
    "only_text",
    "step_gone",
    "old_button",
    "broken",
    "late",
    "more",
    "aloud_opening",
    "aloud_again",
    "aloud_answer",
    "flyer_sender",
    "flyer_day",
    "flyer_hour",
    "flyer_hours",
    "flyer_place",
    "flyer_bring",
    "flyer_cost",
    "flyer_write",
    "flyer_price",
)


def flows(book: Flows, outcomes: Mapping[str, Collection[str]]) -> Iterator[ContentError]:
    """Findings of the flows themselves; `outcomes` are those of every action that exists."""
    yield from _system(book)
    yield from _doubled(book)
    for flow in book.flows.values():
        yield from _unreachable(book, flow)
        yield from _endless(book, flow)
        for name, step in flow.steps.items():
            if isinstance(step, Do):
                yield from _action(book, flow, name, step, outcomes)
            if isinstance(step, Choose):
                yield from _options(book, flow, name, step)
            yield from _forms(book, flow, name, step)
            if len(f"{flow.flow}.{name}.00.ffff") > BUTTON_BYTES:
                yield _finding(book, flow, ("steps", name), f"the names {flow.flow}.{name} are too long for a button.")


def _finding(book: Flows, flow: Flow, path: Path_, sentence: str) -> ContentError:
    return book.documents[flow.flow].error(path, sentence)


def _system(book: Flows) -> Iterator[ContentError]:
    for name in SYSTEM_FLOWS:
        if name not in book.flows:
            yield ContentError("flows", 1, f"the flow {name} is missing; the service opens it by itself.")
    said = book.flows.get(names.PHRASES)
    for name in PHRASES if said else ():
        if said and not isinstance(said.steps.get(name), Say):
            yield _finding(book, said, ("steps",), f"the phrase {name} is missing.")


def _doubled(book: Flows) -> Iterator[ContentError]:
    """A word or an intent opens one flow only; alone it may open another than with more words behind it."""
    words: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    intents: dict[str, str] = {}
    for flow in book.flows.values():
        for word in flow.words.all():
            if words.setdefault(word_key(word), flow.flow) != flow.flow:
                yield _finding(book, flow, ("words",), f"{word!r} already opens {words[word_key(word)]}.")
        for word in flow.prefixes:
            if prefixes.setdefault(word_key(word), flow.flow) != flow.flow:
                yield _finding(book, flow, ("prefixes",), f"{word!r} already opens {prefixes[word_key(word)]}.")
        for intent in flow.intents:
            if intents.setdefault(intent, flow.flow) != flow.flow:
                yield _finding(book, flow, ("intents",), f"{intent} already opens {intents[intent]}.")


def _unreachable(book: Flows, flow: Flow) -> Iterator[ContentError]:
    if flow.flow == names.PHRASES:
        return
    reached, ahead = {flow.first}, [flow.first]
    while ahead:
        for _, target in targets(flow.steps[ahead.pop()]):
            if target in flow.steps and target not in reached:
                reached.add(target)
                ahead.append(target)
    for name in flow.steps:
        if name not in reached:
            yield _finding(book, flow, ("steps", name), f"no way leads to the step {name}.")


def _endless(book: Flows, flow: Flow) -> Iterator[ContentError]:
    """A circle of steps, through other flows too, in which nobody is waited for and nothing is done."""
    for name in flow.steps:
        seen, ahead = set(), list(_passed_to(book, flow.flow, name))
        while ahead:
            at = ahead.pop()
            if at not in seen:
                seen.add(at)
                ahead += _passed_to(book, *at)
        if (flow.flow, name) in seen:
            yield _finding(book, flow, ("steps", name), f"from {name} the flow goes round without waiting.")


def _passed_to(book: Flows, flow: str, name: str) -> Iterator[tuple[str, str]]:
    """The steps that this one leads to within the same turn, whatever the values: no value changes on the way."""
    step = book.step(flow, name)
    if isinstance(step, Call):
        yield step.call, book.first(step.call)
    elif isinstance(step, Say | Branch):
        for _, target in targets(step):
            opened = target.removeprefix("flow:")
            if opened != target:
                yield opened, book.first(opened)
            elif target != END:
                yield flow, target


def _action(
    book: Flows, flow: Flow, name: str, step: Do, outcomes: Mapping[str, Collection[str]]
) -> Iterator[ContentError]:
    if step.do not in outcomes:
        yield _finding(book, flow, ("steps", name, "do"), f"there is no action {step.do}.")
        return
    for outcome in sorted(set(outcomes[step.do]) - set(step.outcomes)):
        yield _finding(book, flow, ("steps", name, "outcomes"), f"the outcome {outcome} of {step.do} is missing.")
    for outcome in sorted(set(step.outcomes) - set(outcomes[step.do])):
        yield _finding(book, flow, ("steps", name, "outcomes", outcome), f"{step.do} has no outcome {outcome}.")


def _options(book: Flows, flow: Flow, name: str, step: Choose) -> Iterator[ContentError]:
    """Two options that one answer could mean, and options that only one language can say."""
    numbers = [number_of(step, index) for index in range(len(step.options))]
    if len(set(numbers)) != len(numbers):
        yield _finding(book, flow, ("steps", name, "options"), "two options have the same number.")
    said = [{andean(fold(word)) for word in (option.label, *option.words.all())} for option in step.options]
    for (one, first), (other, second) in combinations(enumerate(said), 2):
        for key in sorted(first & second):
            path: Path_ = ("steps", name, "options", other)
            yield _finding(book, flow, path, f"options {numbers[one]} and {numbers[other]} both answer to {key!r}.")
    for index, option in enumerate(step.options):
        if not option.means and bool(option.words.es) != bool(option.words.quz):
            lacking = "quz" if option.words.es else "es"
            path = ("steps", name, "options", index)
            yield _finding(book, flow, path, f"the option {option.label!r} has no words in {lacking}.")


def _forms(book: Flows, flow: Flow, name: str, step: Step) -> Iterator[ContentError]:
    for text in texts(step):
        for match in PLACEHOLDER.finditer(text):
            if match[2] and match[2] not in FORMS:
                known = ", ".join(FORMS)
                yield _finding(book, flow, ("steps", name), f"{match[0]} asks for a form that is not there ({known}).")


def catalogue(book: Flows, language: str, catalog: Catalog, file: str) -> Iterator[ContentError]:
    """Findings of one translation: missing, fuzzy, other placeholders, characters that would double an SMS."""
    lines = {message.id: message.lineno or 1 for message in catalog if message.id}
    for flow in book.flows.values():
        document = book.documents[flow.flow]
        for path, msgid in _sentences(flow):
            message = catalog.get(msgid)
            if message is None or not message.string:
                yield document.error(path, f"{msgid[:60]!r} has no translation in {language}.")
            elif message.fuzzy:
                yield ContentError(file, lines[msgid], f"{msgid[:60]!r} is marked fuzzy.")
            else:
                yield from _translation(file, lines[msgid], msgid, str(message.string))


def _sentences(flow: Flow) -> Iterator[tuple[Path_, str]]:
    """What of a flow is said, its name too, where it is more than values and stops: (path, msgid)."""
    if flow.name:
        yield ("name",), flow.name
    elif flow.command:
        yield ("about",), flow.about
    for name, step in flow.steps.items():
        yield from ((("steps", name), msgid) for msgid in texts(step) if has_words(msgid))


def _translation(file: str, line: int, msgid: str, translated: str) -> Iterator[ContentError]:
    if placeholders(msgid) != placeholders(translated):
        yield ContentError(file, line, f"placeholders differ: {placeholders(msgid)} and {placeholders(translated)}.")
    forced = sms.count(sms.fold(translated)).forced_by
    if forced:
        yield ContentError(file, line, f"{' '.join(forced)} makes this SMS dear (UCS-2).")
    if "’" in translated or "ʼ" in translated:
        yield ContentError(file, line, "write the straight apostrophe (').")
