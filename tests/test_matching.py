"""Which option a person meant, in both languages, and what an answer is to each kind of question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import answers, matching
from bot.conversation.answers import MORE
from bot.conversation.flows import Choice, Choose, Words, word_key
from bot.conversation.heard import Heard
from bot.conversation.session import Session, Values
from bot.language.understanding import Reading
from tests.sketches import items, reading

NUMBERS = {
    "a digit": ("2", 2),
    "a digit with a stop": ("2.", 2),
    "a digit in brackets": ("(2)", 2),
    "nought": ("0", 0),
    "two digits": ("99", 99),
    "three are no choice": ("100", None),
    "a year is no choice": ("2008", None),
    "a Spanish word": ("dos", 2),
    "shouted": ("DOS!!", 2),
    "feminine": ("una", 1),
    "an ordinal": ("segundo", 2),
    "an ordinal with its article": ("el segundo", 2),
    "a feminine ordinal with its article": ("la cuarta", 4),
    "the fifth": ("la quinta", 5),
    "an ordinal in digits": ("2do", 2),
    "a feminine one": ("la 3ra", 3),
    "said as an option": ("la opción 2", 2),
    "as a number": ("número dos", 2),
    "with a please": ("2 por favor", 2),
    "a Quechua word": ("iskay", 2),
    "huk is one": ("huk", 1),
    "three vowels": ("pichqa", 5),
    "five vowels": ("soqta", 6),
    "as an object": ("iskayta", 2),
    "as an object, five": ("pichqata", 5),
    "the second": ("iskay kaq", 2),
    "the second, as an object": ("iskay kaqta", 2),
    "the second, in the books": ("iskay ñiqin", 2),
    "I choose two": ("iskayta akllani", 2),
    "choose first": ("akllani iskayta", 2),
    "a number within a sentence": ("obras de agua 2", None),
    "a word": ("feria", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("text", "number"), NUMBERS.values(), ids=NUMBERS)
def test_a_message_that_is_a_number(text: str, number: int | None) -> None:
    assert matching.number(word_key(text)) == number


LABELS = [("Obras", "Obrakuna"), ("Campañas de salud", "Salud campañakuna"), ("Ferias", "Feriakuna"), ("Mis datos",)]
WORDS = [("trabajos", "llamk'ay"), ("médicos", "hampikuy"), ("mercado", "qhatu"), ("mis cosas",)]

OPTIONS = {
    "its label": ("Ferias", 2),
    "without accents and in capitals": ("CAMPANAS DE SALUD", 1),
    "its label in Quechua while she is asked in Spanish": ("feriakuna", 2),
    "a part of a label": ("salud", 1),
    "a part of a label with its particle": ("de salud", 1),
    "the particle alone names nothing": ("de", None),
    "one of its words": ("qhatu", 2),
    "a word with an apostrophe": ("llamk’ay", 0),
    "a word within a sentence": ("quiero ir al mercado", 2),
    "a line copied with its number": ("3 Ferias", 2),
    "a line copied with its stop": ("3. Ferias", 2),
    "the Andean spelling": ("qatu", 2),
    "misspelt, s for z and one consonant": ("mercadu", 2),
    "what two labels share": ("campañas", 1),
    "what two options answer to": ("mercado y medicos", None),
    "something else": ("dólar", None),
    "two letters": ("fe", None),
    "nothing": ("", None),
    "signs only": ("¿?", None),
}


@pytest.mark.parametrize(("text", "index"), OPTIONS.values(), ids=OPTIONS)
def test_an_option_is_named_in_either_language(text: str, index: int | None) -> None:
    assert matching.option(text, LABELS, WORDS) == index


AMBIGUOUS = {
    "a part of two labels": ("Huarocondo", [("Huarocondo Pachar",), ("Huarocondo Zurite",)], None),
    "a part of two labels and all of a third": (
        "Huarocondo",
        [("Huarocondo Pachar",), ("Huarocondo Zurite",), ("Huarocondo",)],
        2,
    ),
    "two equal labels": ("Anta", [("Anta",), ("Anta",)], None),
    "exact beats misspelt": ("sara", [("sara",), ("zara",)], 0),
    "a label of one letter, exactly": ("b", [("a",), ("b",)], 1),
    "a label with a number of its own": ("2 de mayo", [("1 de mayo",), ("2 de mayo",)], 1),
    "years": ("2008", [("2007",), ("2008",)], 1),
}


@pytest.mark.parametrize(("text", "labels", "index"), AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_exact_beats_part_and_what_is_ambiguous_is_none(
    text: str, labels: list[tuple[str, ...]], index: int | None
) -> None:
    assert matching.option(text, labels, [()] * len(labels)) == index


@given(st.text(max_size=40))
def test_no_text_can_break_matching(text: str) -> None:
    found = matching.option(text, LABELS, WORDS)
    assert found is None or 0 <= found < len(LABELS)
    number = matching.number(word_key(text))
    assert number is None or 0 <= number <= 99


# -- answers to a question with options


YES_NO = Choose(
    choose="¿Sigo?",
    options=(
        Choice(label="Sí", means="yes", then="end"),
        Choice(label="No", means="no", then="end"),
        Choice(label="Menú", number=0, words=Words(es=("salir",), quz=("tukuy",)), then="end"),
    ),
)
YES_NO_LABELS = [("Sí", "Ari"), ("No", "Mana"), ("Menú", "Akllay")]

CHOICES = {
    "a digit": ("1", reading("1"), 0),
    "its own number": ("0", reading("0"), 2),
    "not its place, when it has a number": ("3", reading("3"), None),
    "a label": ("mana", reading("mana"), 1),
    "a word": ("tukuy", reading("tukuy"), 2),
    "another way to say yes": ("ya pues", reading("ya pues", "yes"), 0),
    "another way to say no": ("manan munanichu", reading("manan munanichu", "no"), 1),
    "perhaps a yes": ("ummm", reading("ummm", "yes", 0.4), None),
    "something else": ("¿cuándo?", reading("¿cuándo?", "fair_info"), None),
}


def heard(text: str, meant: Reading | None = None) -> Heard:
    return Heard(text, lambda _: meant or reading(text))


@pytest.mark.parametrize(("text", "meant", "index"), CHOICES.values(), ids=CHOICES)
def test_yes_and_no_are_understood_however_they_are_said(text: str, meant: Reading, index: int | None) -> None:
    assert answers.choice(YES_NO, heard(text, meant), YES_NO_LABELS) == index


def test_two_options_that_mean_yes_are_told_apart_by_number_only() -> None:
    both = Choose(choose="?", options=(Choice(label="a", means="yes", then="end"),) * 2)
    assert answers.choice(both, heard("claro", reading("claro", "yes")), [("a",), ("b",)]) is None


# -- answers to a list


def names(msgid: str, values: Values) -> tuple[str, str]:
    """A label in both languages; here Quechua adds an ending."""
    said = msgid.replace("{name}", str(values["name"]))
    return said, said + "kuna"


LIST = items("Agua", "Riego", "Luz", "Caminos", "Puentes", "Escuelas", "Salud", "Cultura")
ITEMS = {
    "a number on show": ("2", 0, 3, 1),
    "a number on the second page": ("2", 3, 3, 4),
    "a number beyond those on show": ("4", 0, 3, None),
    "nought": ("0", 0, 3, None),
    "a name on show": ("riego", 0, 3, 1),
    "a name on another page": ("salud", 0, 3, 6),
    "a name in Quechua": ("luzkuna", 0, 3, 2),
    "a line copied": ("2 Riego", 0, 3, 1),
    "more": ("más", 0, 3, MORE),
    "more, by its number": ("7", 0, 3, MORE),
    "more, copied": ("7 Mas", 0, 3, MORE),
    "more in Quechua": ("astawan", 3, 3, MORE),
    "after the last page the first comes again": ("más", 6, 2, MORE),
    "seven on the last page": ("7", 6, 2, None),
    "huk is the first, not another": ("huk", 0, 3, 0),
    "something else": ("dólar", 0, 3, None),
}


@pytest.mark.parametrize(("text", "page", "shown", "index"), ITEMS.values(), ids=ITEMS)
def test_an_item_is_chosen_by_number_on_show_or_by_name(text: str, page: int, shown: int, index: int | None) -> None:
    session = Session(page=page, shown=shown)
    assert answers.item(heard(text), session, LIST, "{name}", names) == index


def test_an_item_is_named_by_its_line_or_its_name_alone() -> None:
    session = Session(shown=3)
    assert answers.item(heard("Obras de riego"), session, LIST, "Obras de {name}", names) == 1
    assert answers.item(heard("riego"), session, LIST, "Obras de {name}", names) == 1


def test_a_button_carries_a_check_of_what_it_stands_for() -> None:
    data = answers.tag(1, LIST[1])
    assert answers.pressed_item(data, LIST) == 1
    assert answers.pressed_item("more", LIST) == MORE


PRESSES = {
    "the list has another item there": answers.tag(1, LIST[2]),
    "the list is shorter now": answers.tag(8, LIST[0]),
    "no check": "1",
    "a wrong check": "1.0000",
    "not a number": "a.b",
    "a sign": "-1.aaaa",
    "nothing": "",
}


@pytest.mark.parametrize("data", PRESSES.values(), ids=PRESSES)
def test_a_button_whose_check_fails_chooses_nothing(data: str) -> None:
    assert answers.pressed_item(data, LIST) is None


# -- free answers

VALUES = {
    "a text": ("text", " La acequia está rota ", {}, "La acequia está rota"),
    "an empty text": ("text", "  ", {}, None),
    "a text is kept to a length": ("text", "a" * 2000, {}, "a" * answers.TEXT_KEPT),
    "a number": ("number", "kimsa", {}, "3"),
    "no number": ("number", "muchos", {}, None),
    "a place": ("place", "soy de Compone", {"place": "compone"}, "compone"),
    "no place": ("place", "de la luna", {}, None),
    "a year": ("year", "en 2008", {"year": "2008", "place": "anta"}, "2008"),
}


@pytest.mark.parametrize(("expect", "text", "slots", "value"), VALUES.values(), ids=VALUES)
def test_a_free_answer_is_taken_as_its_question_expects(
    expect: str, text: str, slots: dict[str, str], value: str | None
) -> None:
    assert answers.value(expect, heard(text, reading(text, named=slots))) == value
