"""Reading flow files: what an author may write, and how each mistake is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.conversation import flows
from bot.conversation.flows import KINDS, Part, parts, targets, texts, word_key
from bot.errors import ContentError
from tests.sketches import write

FOLDER = Path(__file__).parent.parent / "flows"
SCHEMA = "flow.schema.json"
HEAD = "flow: cita\nabout: x\nsteps:\n"

MISTAKES = {
    "nothing in the file": ("", 1, "a flow needs"),
    "a list instead of a flow": ("- cita\n", 1, "a flow needs"),
    "no steps": ("flow: cita\nabout: x\nsteps: {}\n", 1, "a flow needs"),
    "a bracket that is not closed": (HEAD + "  uno: {say: hola\n", 5, "not YAML"),
    "a tab": (HEAD + "  uno:\n\tsay: hola\n", 5, "not YAML"),
    "a control character": (HEAD + "  uno:\n    say: \x07\n", 5, "not YAML"),
    "a key twice": (HEAD + "  uno:\n    say: a\n    say: b\n", 6, "'say' stands twice"),
    "a step twice": (HEAD + "  uno: {say: a}\n  uno: {say: b}\n", 5, "'uno' stands twice"),
    "a key that is no word": (HEAD + "  [uno]: {say: a}\n", 4, "a key must be a word"),
    "a step of no kind": (HEAD + "  uno: {sya: a}\n", 4, "step uno: exactly one of say, ask"),
    "a step of two kinds": (HEAD + "  uno:\n    say: a\n    back: b\n", 4, "step uno: exactly one of say, ask"),
    "a step that is a sentence": (HEAD + "  uno: hola\n", 4, "step uno: exactly one of"),
    "a step named end": (HEAD + "  end: {say: a}\n", 4, "no step may be called end"),
    "a step's name with a capital": (HEAD + "  Uno: {say: a}\n", 4, "Uno: a name has small letters"),
    "a target that is not there": (HEAD + "  uno:\n    say: a\n    then: dos\n", 6, "step uno: there is no step dos"),
    "a target that is no name": (HEAD + "  uno:\n    say: a\n    then: Dos tres\n", 6, "then: String should match"),
    "a flow to jump to that is not there": (HEAD + "  uno: {say: a, then: 'flow:otra'}\n", 4, "no step flow:otra"),
    "an option that leads nowhere": (
        HEAD
        + "  uno:\n    choose: a\n    options:\n      - {label: b, then: end}\n      - label: c\n        then: no\n",
        9,
        "step uno: there is no step no",
    ),
    "a case that leads nowhere": (
        HEAD + "  uno:\n    branch: a\n    cases:\n      b: no\n    else: end\n",
        7,
        "there is no step no",
    ),
    "an outcome that leads nowhere": (
        HEAD + "  uno:\n    do: a.b\n    outcomes:\n      done: no\n",
        7,
        "there is no step no",
    ),
    "a call of a flow that is not there": (
        HEAD + "  uno:\n    call: otra\n    then: end\n",
        5,
        "step uno: there is no flow otra",
    ),
    "a field that is missing": (
        HEAD + "  uno:\n    ask: a\n    expect: text\n    then: end\n",
        4,
        "save: Field required",
    ),
    "an option without a label": (
        HEAD + "  uno:\n    choose: a\n    options:\n      - then: end\n",
        7,
        "options.0.label: Field required",
    ),
    "a branch without else": (HEAD + "  uno: {branch: a, cases: {b: end}}\n", 4, "else: Field required"),
    "no about": ("flow: cita\nsteps:\n  uno: {say: a}\n", 1, "about: Field required"),
    "a field too many": (HEAD + "  uno:\n    say: a\n    them: end\n", 6, "them: Extra inputs"),
    "a field too many in an option": (
        HEAD + "  uno:\n    choose: a\n    options:\n      - label: b\n        word: c\n        then: end\n",
        8,
        "options.0.word: Extra inputs",
    ),
    "a field too many in a part": (
        HEAD + "  uno:\n    say:\n      - a\n      - text: b\n        wen: c\n",
        8,
        "say.1.wen: Extra inputs",
    ),
    "a field too many in the flow": (
        "flow: cita\nabout: x\nfresch: true\nsteps:\n  uno: {say: a}\n",
        3,
        "fresch: Extra",
    ),
    "an answer of no known kind": (
        HEAD + "  uno:\n    ask: a\n    expect: txt\n    save: b\n    then: end\n",
        6,
        "expect: Input should be 'text', 'place'",
    ),
    "a switch that is neither": (
        "flow: cita\nabout: x\nalways: a veces\nsteps:\n  uno: {say: a}\n",
        3,
        "always: Input",
    ),
    "a number above 99": (
        HEAD + "  uno:\n    choose: a\n    options:\n      - {label: b, number: 100, then: end}\n",
        7,
        "options.0.number: Input should be less than",
    ),
    "an action without a room": (HEAD + "  uno:\n    do: book\n    outcomes: {a: end}\n", 5, "do: String should match"),
    "options that are no list": (HEAD + "  uno:\n    choose: a\n    options: b\n", 6, "options: Input should be"),
}


@pytest.mark.parametrize(("text", "line", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_file_and_line(text: str, line: int, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "cita.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        flows.load(tmp_path)
    assert (caught.value.file, caught.value.line) == ("cita.yaml", line)
    assert sentence in caught.value.sentence


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(HEAD + "  uno: {say: a}\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(HEAD + "  uno: {say: b}\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"b.yaml:1: there is already a flow named cita\."):
        flows.load(tmp_path)


def test_a_file_saved_by_an_old_editor_is_named_with_the_line_it_cannot_be_read_at(tmp_path: Path) -> None:
    (tmp_path / "cita.yaml").write_bytes((HEAD + "  uno: {say: mañana}\n").encode("cp1252"))
    with pytest.raises(ContentError, match=r"cita.yaml:4: not UTF-8"):
        flows.load(tmp_path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "cita.yaml").write_text("\ufeff" + HEAD + "  uno: {say: a}\n", encoding="utf-8")
    assert list(flows.load(tmp_path).flows) == ["cita"]


def test_every_value_is_text_whatever_yaml_would_make_of_it(tmp_path: Path) -> None:
    write(tmp_path, HEAD.replace("about: x", "about: 2007") + "  uno: {say: no}\n  dos: {say: 12:30}")
    book = flows.load(tmp_path)
    assert book.flows["cita"].about == "2007"
    assert [text for step in book.flows["cita"].steps.values() for text in texts(step)] == ["no", "12:30"]


EVERY_KIND = """
flow: todo
about: every kind of step
words: {es: [todo], quz: [llapan]}
intents: [all]
steps:
  decir: {say: [uno, {text: dos, when: a}], then: preguntar}
  preguntar: {ask: tres, expect: text, save: b, help: cuatro, then: elegir}
  elegir:
    choose: cinco
    options:
      - {label: seis, then: lista}
      - {label: siete, means: "no", then: end}
  lista: {pick: ocho, items: c, save: d, item: "{name} nueve", then: rama}
  rama: {branch: d, cases: {e: llamar, f: abrir}, else: volver}
  llamar: {call: todo, then: hacer}
  abrir: {open: d}
  volver: {back: diez}
  hacer: {do: a.b, with: {g: h}, outcomes: {done: decir, none: end}}
"""

SAYS = {
    "decir": ["uno", "dos"],
    "preguntar": ["tres", "cuatro"],
    "elegir": ["cinco", "seis", "siete"],
    "lista": ["ocho", "{name} nueve"],
    "rama": [],
    "llamar": [],
    "abrir": [],
    "volver": ["diez"],
    "hacer": [],
}
LEADS = {
    "decir": ["preguntar"],
    "preguntar": ["elegir"],
    "elegir": ["lista", "end"],
    "lista": ["rama"],
    "rama": ["llamar", "abrir", "volver"],
    "llamar": ["hacer"],
    "abrir": [],
    "volver": [],
    "hacer": ["decir", "end"],
}


@pytest.fixture
def everything(tmp_path: Path) -> flows.Flows:
    return flows.load(write(tmp_path, EVERY_KIND))


def test_the_example_has_every_kind_of_step(everything: flows.Flows) -> None:
    assert {type(step) for step in everything.flows["todo"].steps.values()} == set(KINDS.values())


def test_every_sentence_of_a_step_is_known(everything: flows.Flows) -> None:
    assert {name: list(texts(step)) for name, step in everything.flows["todo"].steps.items()} == SAYS


def test_every_way_out_of_a_step_is_known(everything: flows.Flows) -> None:
    led = {name: [target for _, target in targets(step)] for name, step in everything.flows["todo"].steps.items()}
    assert led == LEADS


def test_a_flow_begins_with_its_first_step_and_is_found_by_word_and_intent(everything: flows.Flows) -> None:
    assert everything.first("todo") == "decir"
    assert everything.by_word["llapan"].flow == everything.by_word["todo"].flow == everything.by_intent["all"] == "todo"
    assert everything.step("todo", "nada") is everything.step("nada", "decir") is None


def test_a_text_is_no_sentence_one_or_several() -> None:
    assert parts("") == ()
    assert parts("hola") == (Part(text="hola"),)
    assert parts(("hola", Part(text="adiós", when="a"))) == (Part(text="hola"), Part(text="adiós", when="a"))


KEYS = {
    "a word": ("Menú", "menu"),
    "an apostrophe": ("¿Ima p'unchaw?", "ima punchaw"),
    "a command is not its word": ("/start", "/start"),
    "the word is not its command": ("start", "start"),
    "a command with what Telegram adds": ("/Start@chaski_bot abc", "/start"),
    "a slash alone": ("/", "/"),
}


@pytest.mark.parametrize(("text", "key"), KEYS.values(), ids=KEYS)
def test_a_whole_message_is_compared_folded(text: str, key: str) -> None:
    assert word_key(text) == key


def test_start_opens_the_menu_as_a_command_and_notices_as_a_word() -> None:
    book = flows.load(FOLDER)
    assert (book.by_word[word_key("/start")].flow, book.by_word[word_key("start")].flow) == ("menu", "alta")


def test_the_schema_for_editors_is_current() -> None:
    assert (FOLDER / SCHEMA).read_text(encoding="utf-8") == flows.schema(), (
        "write it anew: python -c 'from bot.conversation import flows; print(flows.schema(), end=str())'"
    )


def test_the_schema_names_every_kind_of_step() -> None:
    (steps,) = json.loads(flows.schema())["properties"]["steps"]["patternProperties"].values()
    named = [step["$ref"].rpartition("/")[2] for step in steps["anyOf"]]
    assert named == [kind.__name__ for kind in KINDS.values()]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.name)
def test_a_flow_file_begins_by_naming_its_schema(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith(f"# yaml-language-server: $schema={SCHEMA}\n")
