"""Babel's way into the flow files: each sentence with its line and where it stands."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bot.language import catalogue
from bot.language.extract import extract_flow
from bot.language.yamlfile import parse

ROOT = Path(__file__).parent.parent

FLOW = """\
flow: cita
about: Tomar una cita.
name: Cita
words: {es: [cita]}
steps:
  decir:
    say:
      - "Hola."
      - text: "Soy {name}."
        when: name
      - "{date:day}."
      - Adiós.
    then: elegir
  elegir:
    choose: "¿Qué día?"
    options:
      - {label: "Lunes", words: {es: [primero]}, set: {dia: lunes}, then: pedir}
      - label: "Martes"
        then: pedir
  pedir:
    ask: "¿Para qué?"
    expect: text
    save: motivo
    help: "Con palabras."
    then: lista
  lista:
    pick: "¿Cuál?"
    items: found
    save: it
    item: "{name} de {place}"
    then: volver
  volver: {back: "Volvamos."}
"""

SENTENCES = [
    (3, "Cita", "cita: nombre de la conversación"),
    (8, "Hola.", "cita.decir"),
    (9, "Soy {name}.", "cita.decir"),
    (12, "Adiós.", "cita.decir"),
    (15, "¿Qué día?", "cita.elegir"),
    (17, "Lunes", "cita.elegir"),
    (18, "Martes", "cita.elegir"),
    (21, "¿Para qué?", "cita.pedir"),
    (24, "Con palabras.", "cita.pedir"),
    (27, "¿Cuál?", "cita.lista"),
    (30, "{name} de {place}", "cita.lista"),
    (32, "Volvamos.", "cita.volver"),
]


def extracted(text: str) -> list[tuple[int, str, str]]:
    found = extract_flow(io.BytesIO(text.encode()), (), (), {})
    return [(line, msgid, note) for line, _, msgid, (note,) in found]


def test_every_sentence_is_found_with_its_line_and_a_note_in_the_order_of_the_file() -> None:
    assert extracted(FLOW) == SENTENCES


def test_what_telegram_shows_of_a_command_is_its_name_or_what_it_is_about() -> None:
    steps = "steps:\n  uno: {say: '{a}'}\n"
    unnamed = "flow: cita\nabout: Tomar una cita.\ncommand: cita\n"
    assert extracted(unnamed + steps) == [(2, "Tomar una cita.", "cita: menú de Telegram")]
    assert extracted(unnamed + "name: Cita\n" + steps) == [(4, "Cita", "cita: nombre de la conversación")]


@pytest.fixture(scope="module")
def found() -> set[str]:
    return {
        msgid for _, _, msgid, _, _ in extract_from_dir(str(ROOT), [("flows/*.yaml", "flow")]) if isinstance(msgid, str)
    }


def test_the_template_is_current_with_the_flows(found: set[str]) -> None:
    with (ROOT / "locales" / "messages.pot").open("rb") as pot:
        written = {message.id for message in read_po(pot) if message.id}
    assert written == found, "pybabel extract -F pyproject.toml --no-wrap -o locales/messages.pot ."


def test_what_the_check_wants_translated_is_what_is_extracted(found: set[str]) -> None:
    from bot.conversation import check, flows

    book = flows.load(ROOT / "flows")
    nothing = catalogue.read(ROOT / "nowhere", "quz")
    asked = {
        str(finding.sentence).partition(" has no translation")[0][1:-1]
        for finding in check.catalogue(book, "quz", nothing, "")
    }
    assert asked == {msgid[:60] for msgid in found}


def test_a_place_that_is_not_in_the_file_has_the_line_of_what_is_above_it() -> None:
    document = parse(FLOW, "cita.yaml")
    assert document.line(("steps", "pedir", "expect")) == 22
    assert document.line(("steps", "pedir", "lapses")) == 20
    assert document.line(("nada",)) == 1
