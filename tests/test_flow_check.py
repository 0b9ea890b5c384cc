"""What `bot check` finds in flows and their words before anybody has met it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot.conversation import check
from bot.service import checks
from tests.sketches import book

ACTIONS = {"people.set_language": ("greeted", "newcomer"), "fairs.find": ("one", "none")}
HEAD = "flow: cita\nabout: x\nsteps:\n"

FAULTS = {
    "a word that opens two flows": (
        "flow: cita\nabout: x\nwords: {quz: [Hora]}\nsteps:\n  uno: {say: a}\n",
        "hora.yaml:5: 'hora' already opens cita.",
    ),
    "a first word that opens two flows": (
        "flow: cita\nabout: x\nprefixes: [cita]\nsteps:\n  uno: {say: a}\n---\n"
        "flow: otra\nabout: x\nprefixes: [Cita]\nsteps:\n  uno: {say: a}\n",
        "otra.yaml:3: 'Cita' already opens cita.",
    ),
    "an intent that opens two flows": (
        "flow: cita\nabout: x\nintents: [time]\nsteps:\n  uno: {say: a}\n",
        "hora.yaml:4: time already opens cita.",
    ),
    "a step that no way leads to": (
        HEAD + "  uno: {say: a}\n  dos: {say: b}\n",
        "cita.yaml:5: no way leads to the step dos.",
    ),
    "an island of two steps that lead to each other": (
        HEAD + "  uno: {say: a}\n  dos: {ask: b, expect: text, save: c, then: tres}\n"
        "  tres: {ask: b, expect: text, save: c, then: dos}\n",
        "cita.yaml:5: no way leads to the step dos.\ncita.yaml:6: no way leads to the step tres.",
    ),
    "a step that says itself for ever": (
        HEAD + "  uno: {say: a, then: uno}\n",
        "cita.yaml:4: from uno the flow goes round without waiting.",
    ),
    "a circle of saying and branching, by any of its cases": (
        HEAD + "  uno: {branch: a, cases: {b: end, c: dos}, else: end}\n  dos: {say: d, then: uno}\n",
        "cita.yaml:4: from uno the flow goes round without waiting.\n"
        "cita.yaml:5: from dos the flow goes round without waiting.",
    ),
    "a circle through another flow": (
        HEAD
        + "  uno: {say: a, then: 'flow:otra'}\n---\nflow: otra\nabout: x\nsteps:\n  dos: {say: b, then: 'flow:cita'}\n",
        "cita.yaml:4: from uno the flow goes round without waiting.\n"
        "otra.yaml:4: from dos the flow goes round without waiting.",
    ),
    "a flow that calls itself": (
        HEAD + "  uno: {call: cita, then: end}\n",
        "cita.yaml:4: from uno the flow goes round without waiting.",
    ),
    "an action that does not exist": (
        HEAD + "  uno: {do: fairs.book, outcomes: {one: end}}\n",
        "cita.yaml:4: there is no action fairs.book.",
    ),
    "an outcome that the flow forgets": (
        HEAD + "  uno:\n    do: fairs.find\n    outcomes: {one: end}\n",
        "cita.yaml:6: the outcome none of fairs.find is missing.",
    ),
    "an outcome that the action does not have": (
        HEAD + "  uno:\n    do: fairs.find\n    outcomes:\n      one: end\n      none: end\n      many: end\n",
        "cita.yaml:9: fairs.find has no outcome many.",
    ),
    "two options of one number": (
        HEAD + "  uno:\n    choose: a\n    options:\n"
        "      - {label: lunes, then: end}\n      - {label: martes, number: 1, then: end}\n",
        "cita.yaml:6: two options have the same number.",
    ),
    "two options of one word": (
        HEAD + "  uno:\n    choose: a\n    options:\n"
        "      - {label: lunes, words: {es: [hoy], quz: [kunan]}, then: end}\n"
        "      - {label: martes, words: {es: [ahora], quz: [Kunan]}, then: end}\n",
        "cita.yaml:8: options 1 and 2 both answer to 'kunan'.",
    ),
    "two options whose words fold alike": (
        HEAD + "  uno:\n    choose: a\n    options:\n"
        "      - {label: Huarocondo, then: end}\n      - {label: Warukundu, then: end}\n",
        "cita.yaml:8: options 1 and 2 both answer to 'warukundu'.",
    ),
    "an option with words in Spanish only": (
        HEAD + "  uno:\n    choose: a\n    options:\n      - {label: b, words: {es: [c]}, then: end}\n",
        "cita.yaml:7: the option 'b' has no words in quz.",
    ),
    "an option with words in Quechua only": (
        HEAD + "  uno:\n    choose: a\n    options:\n      - {label: b, words: {quz: [c]}, then: end}\n",
        "cita.yaml:7: the option 'b' has no words in es.",
    ),
    "a form that does not exist": (
        HEAD + "  uno: {say: 'El {date:dia}.'}\n",
        "cita.yaml:4: {date:dia} asks for a form that is not there (capital, day, short_day, weekday, clock, soles).",
    ),
    "names too long for a button": (
        f"flow: {'c' * 30}\nabout: x\nsteps:\n  {'u' * 26}: {{say: a}}\n",
        f"{'c' * 30}.yaml:4: the names {'c' * 30}.{'u' * 26} are too long for a button.",
    ),
}


def found(folder: Path, text: str, actions: Mapping[str, Collection[str]] = ACTIONS) -> str:
    return "\n".join(
        str(finding).rpartition("flows/")[2] for finding in check.flows(book(folder / "flows", text), actions)
    )


def test_flows_without_fault_have_no_finding(tmp_path: Path) -> None:
    assert found(tmp_path, HEAD + "  uno: {say: 'Hola {name:capital}.'}\n") == ""


@pytest.mark.parametrize(("text", "finding"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found(text: str, finding: str, tmp_path: Path) -> None:
    assert found(tmp_path, text) == finding


def test_a_word_alone_may_open_another_flow_than_with_more_behind_it(tmp_path: Path) -> None:
    assert found(tmp_path, "flow: cita\nabout: x\nprefixes: [hora]\nsteps:\n  uno: {say: a}\n") == ""


def test_a_circle_in_which_somebody_is_asked_or_something_done_is_none(tmp_path: Path) -> None:
    circles = (
        HEAD + "  uno: {say: a, then: dos}\n  dos: {ask: b, expect: text, save: c, then: uno}\n---\n"
        "flow: otra\nabout: x\nsteps:\n  uno: {do: fairs.find, outcomes: {one: uno, none: end}}\n"
    )
    assert found(tmp_path, circles) == ""


@pytest.mark.parametrize("name", check.SYSTEM_FLOWS)
def test_a_flow_that_the_service_opens_itself_must_be_there(name: str, tmp_path: Path) -> None:
    whole = book(tmp_path / "flows", "")
    rest = {key: flow for key, flow in whole.flows.items() if key != name}
    findings = [str(finding) for finding in check.flows(type(whole)(rest, whole.documents), ACTIONS)]
    assert f"flows:1: the flow {name} is missing; the service opens it by itself." in findings


@pytest.mark.parametrize("phrase", check.PHRASES)
def test_a_phrase_that_the_service_says_itself_must_be_there(phrase: str, tmp_path: Path) -> None:
    folder = tmp_path / "flows"
    book(folder, "")
    file = folder / "frases.yaml"
    kept = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith(f"  {phrase}:")]
    again = "\n".join(kept)
    assert found(tmp_path, again) == f"frases.yaml:3: the phrase {phrase} is missing."


PO = '#: a\n{}msgid "{}"\nmsgstr "{}"\n'
GREETING = "Hola {name}, son las {hour:clock}."
TRANSLATIONS = {
    "a good one": (PO.format("", GREETING, "Allinllachu {name}, {hour:clock} p'unchaw."), ""),
    "none": ("", f"cita.yaml:5: {GREETING!r} has no translation in quz."),
    "an empty one": (PO.format("", GREETING, ""), f"cita.yaml:5: {GREETING!r} has no translation in quz."),
    "a fuzzy one": (
        PO.format("#, fuzzy\n", GREETING, "{name} {hour:clock}"),
        f"quz.po:5: {GREETING!r} is marked fuzzy.",
    ),
    "a placeholder less": (
        PO.format("", GREETING, "Allinllachu {name}."),
        "quz.po:4: placeholders differ: ['{hour:clock}', '{name}'] and ['{name}'].",
    ),
    "a placeholder in another form": (
        PO.format("", GREETING, "{name}, {hour:day}."),
        "quz.po:4: placeholders differ: ['{hour:clock}', '{name}'] and ['{hour:day}', '{name}'].",
    ),
    "a character that makes an SMS dear": (
        PO.format("", GREETING, "{name} ŋ {hour:clock}"),
        "quz.po:4: ŋ makes this SMS dear (UCS-2).",
    ),
    "a curly apostrophe": (
        PO.format("", GREETING, "{name} p\u2019unchaw {hour:clock}"),
        "quz.po:4: write the straight apostrophe (').",
    ),
    "a letter apostrophe": (
        PO.format("", GREETING, "{name} p\u02bcunchaw {hour:clock}"),
        "quz.po:4: write the straight apostrophe (').",
    ),
}


@pytest.mark.parametrize(("written", "finding"), TRANSLATIONS.values(), ids=TRANSLATIONS)
def test_a_translation_is_checked(written: str, finding: str, tmp_path: Path) -> None:
    flow = (
        "flow: cita\nabout: x\nname: Cita\nsteps:\n  uno: {say: '"
        + GREETING
        + "'}\n  dos: {say: '{name}: {hour:clock}.'}"
    )
    (tmp_path / "quz.po").write_text('msgid "Cita"\nmsgstr "Cita"\n' + written, encoding="utf-8")
    found = "\n".join(_catalogue(tmp_path, flow))
    assert found == finding.replace("quz.po:4:", "quz.po:4:").replace("quz.po:3:", "quz.po:5:")


def test_the_name_of_a_flow_needs_a_translation_and_what_telegram_shows_of_it(tmp_path: Path) -> None:
    flow = (
        "flow: cita\nabout: x\nname: Cita\nsteps:\n  uno: {say: '{a}'}\n---\n"
        "flow: lista\nabout: Las citas.\ncommand: lista\nsteps:\n  uno: {say: '{a}'}\n"
    )
    (tmp_path / "quz.po").write_text("", encoding="utf-8")
    assert list(_catalogue(tmp_path, flow)) == [
        "cita.yaml:3: 'Cita' has no translation in quz.",
        "lista.yaml:2: 'Las citas.' has no translation in quz.",
    ]


def _catalogue(folder: Path, flow: str) -> list[str]:
    """Findings of quz.po for these flows alone."""
    whole = book(folder / "flows", flow)
    own = {name: found for name, found in whole.flows.items() if name in ("cita", "lista")}
    with (folder / "quz.po").open("rb") as po:
        catalog = read_po(po)
    findings = check.catalogue(type(whole)(own, whole.documents), "quz", catalog, "quz.po")
    return [str(finding).rpartition("flows/")[2] for finding in findings]


def test_nothing_is_wrong_with_the_project_itself() -> None:
    assert checks.findings() == []
