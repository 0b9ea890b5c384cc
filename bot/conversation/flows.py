"""What an author may write: the kinds of step of a flow, and reading the flow files with every error named by line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import ContentError
from bot.language import yamlfile
from bot.language.folding import fold
from bot.language.yamlfile import Document

END = "end"
PHRASES, MENU, LANGUAGE, DID_YOU_MEAN, RESUME = "frases", "menu", "idioma", "quiso_decir", "retomar"
WHICH_PLACE, PROMOTER, PHOTO = "cual_lugar", "promotora", "foto"
"""The flows that the service opens by itself; `bot check` sees to it that they are there."""

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Target = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]*|flow:[a-z][a-z0-9_]*)$")]


class Node(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(Node):
    """One sentence of a message: said `when` a value is there, `unless` it is, or once for `each` item of a list."""

    text: str
    when: Key | None = None
    unless: Key | None = None
    each: Key | None = None


Text = str | tuple[Part | str, ...]


Expected = Literal[
    "text", "place", "district", "fair", "topic", "specialty", "year", "date", "number", "who", "age", "contact"
]


class Words(Node):
    """The words that choose an option or open a flow, in both languages."""

    es: tuple[str, ...] = ()
    quz: tuple[str, ...] = ()

    def all(self) -> tuple[str, ...]:
        return (*self.es, *self.quz)


class Say(Node):
    """Say something and go on; `file` is the value that names a file which goes with it, where the medium has files."""

    say: Text
    file: Key | None = None
    then: Target = END


class Ask(Node):
    """Ask in free words and wait; `expect` says what kind of answer is taken, `help` what is said to any other.

    `who` is a name, an age or both; a `contact` is shared by `button`, where the medium has one.
    """

    ask: Text
    expect: Expected
    save: Key
    help: Text = ""
    button: str = ""
    lapses: bool = False
    then: Target


class Choice(Node):
    """One option of a choose step. `means` takes every way of saying yes or no; `number` replaces its place."""

    label: str
    words: Words = Words()
    means: Literal["yes", "no"] | None = None
    number: Annotated[int, Field(ge=0, le=99)] | None = None
    set: Mapping[Key, str] = Field(default_factory=dict)
    then: Target


class Choose(Node):
    """Offer a few options and wait. `lapses`: the question is not asked again once she asks something else."""

    choose: Text
    options: tuple[Choice, ...]
    lapses: bool = False


class Pick(Node):
    """Offer the items of a list that an action found, page by page, and wait.

    With `free`, what is no item and is an answer of that kind is taken too.
    """

    pick: Text
    items: Key
    save: Key
    item: str = "{name}"
    free: Expected | None = None
    lapses: bool = True
    then: Target


class Branch(Node):
    """Go on by a value."""

    branch: Key
    cases: Mapping[str, Target]
    otherwise: Target = Field(alias="else")


class Call(Node):
    """Walk another flow, with all values at hand, and come back with what it saved."""

    call: Key
    then: Target


class Open(Node):
    """Open the flow that a value names."""

    open: Key


class Back(Node):
    """Return to the question before the one that waits, saying `back` first."""

    back: Text


class Do(Node):
    """Have the service do something; its outcome chooses the next step."""

    do: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_]+$")]
    values: Mapping[Key, str] = Field(default_factory=dict, alias="with")
    outcomes: Mapping[Key, Target]


Step = Say | Ask | Choose | Pick | Branch | Call | Open | Back | Do
Waiting = Ask | Choose | Pick
KINDS: dict[str, type[Step]] = {
    "say": Say,
    "ask": Ask,
    "choose": Choose,
    "pick": Pick,
    "branch": Branch,
    "call": Call,
    "open": Open,
    "back": Back,
    "do": Do,
}


class Flow(Node):
    """One conversation. The first step is where it begins.

    `intents` and `words` (whole messages) open it, and so does the bare name of a thing of one of the kinds `names`;
    of `prefixes` the first word of a longer message is enough.
    With `always` its words are obeyed before any waiting question; with `fresh` whatever was under way is forgotten;
    with `returns` the waiting question is asked again after it, also one that lapses; `greets` is false where a
    newcomer is not to be welcomed first; with `keeps` its question may be answered days later. `command` is its
    Telegram command.
    """

    flow: Key
    about: str
    name: str = ""
    intents: tuple[str, ...] = ()
    words: Words = Words()
    prefixes: tuple[str, ...] = ()
    names: tuple[Literal["place", "fair", "topic", "specialty", "product"], ...] = ()
    always: bool = False
    fresh: bool = False
    returns: bool = False
    greets: bool = True
    keeps: bool = False
    command: str = ""
    steps: Mapping[Key, Step]

    @cached_property
    def first(self) -> str:
        return next(iter(self.steps))


class Flows:
    """All flows, and which of them an intent or a word opens."""

    def __init__(self, flows: Mapping[str, Flow], documents: Mapping[str, Document] | None = None) -> None:
        self.flows = flows
        self.documents = documents or {}
        self.by_intent = {intent: name for name, flow in flows.items() for intent in flow.intents}
        self.by_word = {word_key(word): flow for flow in flows.values() for word in flow.words.all()}
        self.by_prefix = {word_key(word): flow for flow in flows.values() for word in flow.prefixes}

    def step(self, flow: str, step: str) -> Step | None:
        found = self.flows.get(flow)
        return found.steps.get(step) if found else None

    def first(self, flow: str) -> str:
        return self.flows[flow].first


def word_key(text: str) -> str:
    """A whole message as it is compared with the words that open flows; `/start` is not `start`."""
    if text.startswith("/"):
        return "/" + fold(text[1:].partition(" ")[0].partition("@")[0])
    return fold(text)


def load(folder: Path) -> Flows:
    """Read every flow file of `folder` and check that all steps lead somewhere. Raises ContentError."""
    flows, documents = {}, {}
    for path in sorted(folder.glob("*.yaml")):
        document = yamlfile.read(path)
        flow = _flow(document)
        if flow.flow in flows:
            raise document.error(("flow",), f"there is already a flow named {flow.flow}.")
        flows[flow.flow], documents[flow.flow] = flow, document
    book = Flows(flows, documents)
    for name, flow in flows.items():
        _check_targets(book, flow, documents[name])
    return book


def _flow(document: Document) -> Flow:
    data = document.data
    if not isinstance(data, dict) or not isinstance(data.get("steps"), dict) or not data["steps"]:
        raise document.error((), "a flow needs `flow`, `about` and `steps`.")
    if END in data["steps"]:
        raise document.error(("steps", END), f"no step may be called {END}: that is where a flow stops.")
    steps = {step: _step(document, step, body) for step, body in data["steps"].items()}
    try:
        return Flow.model_validate({**data, "steps": steps})
    except ValidationError as error:
        raise _located(document, (), error) from None


def _step(document: Document, step: str, body: Any) -> Step:
    kinds = [kind for kind in KINDS if isinstance(body, dict) and kind in body]
    if len(kinds) != 1:
        raise document.error(("steps", step), f"step {step}: exactly one of {', '.join(KINDS)} must stand here.")
    try:
        return KINDS[kinds[0]].model_validate(body)
    except ValidationError as error:
        raise _located(document, ("steps", step), error) from None


def _located(document: Document, at: tuple[str | int, ...], error: ValidationError) -> ContentError:
    """The most particular of the errors: a text that is no single sentence was meant as a list."""
    found = max(error.errors(), key=lambda each: len(each["loc"]))
    path = at
    named: list[str] = []
    for place in found["loc"]:
        if (*path, place) in document.lines:
            path = (*path, place)
            named.append(str(place))
    last = str(found["loc"][-1])
    if found["type"] == "missing":
        named.append(last)
    elif last == "[key]":
        return document.error(
            path, f"{named[-1]}: a name has small letters, digits and _ only, and begins with a letter."
        )
    return document.error(path, f"{'.'.join(named)}: {found['msg']}.")


def targets(step: Step) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where a step can lead: (path within the step, target)."""
    match step:
        case Choose():
            for index, option in enumerate(step.options):
                yield ("options", index, "then"), option.then
        case Branch():
            for case, target in step.cases.items():
                yield ("cases", case), target
            yield ("else",), step.otherwise
        case Do():
            for outcome, target in step.outcomes.items():
                yield ("outcomes", outcome), target
        case Open() | Back():
            return
        case _:
            yield ("then",), step.then


def _check_targets(book: Flows, flow: Flow, document: Document) -> None:
    for name, step in flow.steps.items():
        if isinstance(step, Call) and step.call not in book.flows:
            raise document.error(("steps", name, "call"), f"step {name}: there is no flow {step.call}.")
        for path, target in targets(step):
            known = target.removeprefix("flow:") in book.flows if target.startswith("flow:") else target in flow.steps
            if not known and target != END:
                raise document.error(("steps", name, *path), f"step {name}: there is no step {target}.")


def parts(text: Text) -> tuple[Part, ...]:
    """The sentences of a text, each as a Part."""
    if isinstance(text, str):
        return (_sentence(text),) if text else ()
    return tuple(_sentence(part) if isinstance(part, str) else part for part in text)


@lru_cache(maxsize=4_000)
def _sentence(text: str) -> Part:
    return Part(text=text)


def texts(step: Step) -> Iterator[str]:
    """Every sentence a step can say, as msgids."""
    fields = ("say", "ask", "help", "button", "choose", "pick", "back")
    for field in fields:
        for part in parts(getattr(step, field, "") or ""):
            yield part.text
    if isinstance(step, Choose):
        yield from (option.label for option in step.options)
    if isinstance(step, Pick):
        yield step.item


def schema() -> str:
    """The JSON Schema of a flow file, for editors."""
    return json.dumps(Flow.model_json_schema(by_alias=True), indent=1, ensure_ascii=False) + "\n"
