"""How it sounds: sentences in the reader's language, their values filled in, and the Quechua that ships."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from hypothesis import given
from hypothesis import strategies as st

from bot.language import catalogue
from bot.language.catalogue import Catalogue, has_words, placeholders
from tests.sketches import speech

LOCALES = Path(__file__).parent.parent / "locales"
SPANISH = Catalogue({})
MSGID = "Feria de {name}: {date:day}."

FILLED = {
    "all values": ({"name": "Anta", "date": "2027-03-12"}, "Feria de Anta: viernes 12 de marzo."),
    "a value is missing": ({"name": "Anta"}, "Feria de Anta: ."),
    "a value is empty": ({"name": "", "date": None}, "Feria de : ."),
    "none": ({}, "Feria de : ."),
    "a value too many": ({"name": "Anta", "date": "2027-03-12", "x": "y"}, "Feria de Anta: viernes 12 de marzo."),
    "a value that looks like a place": ({"name": "{date:day}"}, "Feria de {date:day}: ."),
}


@pytest.mark.parametrize(("values", "said"), FILLED.values(), ids=FILLED)
def test_places_are_filled_and_what_is_missing_leaves_them_empty(values: dict[str, str], said: str) -> None:
    assert SPANISH.say(MSGID, "es", values) == said


@given(st.dictionaries(st.sampled_from(["name", "date"]), st.none() | st.just("")))
def test_a_raw_name_is_never_said(values: dict[str, str | None]) -> None:
    assert "{" not in SPANISH.say(MSGID, "es", values)


def test_a_sentence_is_said_in_her_language_and_in_spanish_where_it_has_no_translation(tmp_path: Path) -> None:
    words = speech(tmp_path, {MSGID: "{name} feria: {date:day}."})
    assert words.say(MSGID, "quz", {"name": "Anta", "date": "2027-03-12"}) == "Anta feria: viernes 12 marzo."
    assert words.say("Hola {name}.", "quz", {"name": "Rosa"}) == "Hola Rosa."
    assert words.text(MSGID, "es") == MSGID
    assert words.text("", "quz") == ""


def test_a_fuzzy_translation_is_not_said(tmp_path: Path) -> None:
    po = tmp_path / "quz" / "LC_MESSAGES" / "messages.po"
    po.parent.mkdir(parents=True)
    po.write_text('#, fuzzy\nmsgid "Hola."\nmsgstr "Adios."\n\nmsgid "Gracias."\nmsgstr "Añay."\n', encoding="utf-8")
    words = catalogue.load(tmp_path)
    assert (words.text("Hola.", "quz"), words.text("Gracias.", "quz")) == ("Hola.", "Añay.")


def test_spanish_may_be_worded_otherwise_than_the_flow(tmp_path: Path) -> None:
    po = tmp_path / "es" / "LC_MESSAGES" / "messages.po"
    po.parent.mkdir(parents=True)
    po.write_text('msgid "Hola."\nmsgstr "Buenas."\n', encoding="utf-8")
    assert catalogue.load(tmp_path).text("Hola.", "es") == "Buenas."


def test_placeholders_are_told_with_their_forms() -> None:
    assert placeholders("{b:day} {a} {b} {a} {no way}") == ["{a}", "{a}", "{b:day}", "{b}"]


@pytest.mark.parametrize(
    ("text", "is_sentence"),
    [("Hola.", True), ("{name} ñ", True), ("{name}: {date:day}.", False), ("", False), ("2007 - {x}", False)],
)
def test_a_sentence_has_letters_outside_its_placeholders(text: str, is_sentence: bool) -> None:
    assert has_words(text) is is_sentence


# -- the Quechua that ships


@pytest.fixture(scope="module")
def quechua() -> Catalog:
    return catalogue.read(LOCALES, "quz")


def test_quechua_has_one_form_for_one_and_many(quechua: Catalog) -> None:
    header = dict(quechua.mime_headers)
    assert (header["Plural-Forms"], header["Language"]) == ("nplurals=1; plural=0;", "quz")


def test_everything_is_translated_into_quechua(quechua: Catalog) -> None:
    wanted = {message.id for message in _template() if message.id}
    translated = {message.id for message in quechua if message.id and message.string and not message.fuzzy}
    assert wanted - translated == set()


def test_no_translation_is_left_over(quechua: Catalog) -> None:
    assert {message.id for message in quechua if message.id} - {message.id for message in _template()} == set()


def test_a_translation_has_the_places_of_its_sentence(quechua: Catalog) -> None:
    differing = [m.id for m in quechua if m.id and placeholders(str(m.id)) != placeholders(str(m.string))]
    assert differing == []


def _template() -> Catalog:
    from babel.messages.pofile import read_po

    with (LOCALES / "messages.pot").open("rb") as pot:
        return read_po(pot)
