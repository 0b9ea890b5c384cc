"""A turn on small flows: late answers, flows that have changed since, newcomers, emergencies, buttons and lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.conversation import flows, session
from bot.conversation.engine import Conversation, Outcome
from bot.conversation.session import Values
from tests.sketches import CALL, CITA, DAY, GUESS, MENU, Rosa, always, flow, items, reading, rosa

# -- late answers


def test_a_late_answer_asks_whether_to_go_on_and_yes_asks_the_question_again(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.texts("cita")
    assert her.texts("1", late=True) == ["¿Seguimos con: Cita?\n1 Sí 2 No"]
    assert her.texts("sí") == [DAY]


def test_a_late_answer_and_no_brings_the_menu(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.texts("cita")
    her.texts("1", late=True)
    assert her.texts("mana") == [MENU]
    assert her.texts("1") == ["Son las tres."]
    assert not her.waits


@pytest.mark.parametrize("text", ["¿qué hora es?", "hora", "menu"], ids=["an intent", "a word", "a command"])
def test_a_clear_question_days_later_is_answered_and_the_old_one_forgotten(text: str, tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.means = {"¿qué hora es?": reading("¿qué hora es?", "time")}
    her.texts("cita")
    assert her.texts(text, late=True) == ([MENU] if text == "menu" else ["Son las tres."])
    assert her.waits is (text == "menu")


def test_something_else_than_yes_or_no_is_answered_and_the_old_question_asked_again(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.texts("cita")
    her.texts("1", late=True)
    assert her.texts("hora") == ["Son las tres.\n" + DAY]


def test_who_is_late_twice_is_asked_about_the_same_conversation(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.texts("cita")
    her.texts("1", late=True)
    assert her.texts("jjj", late=True) == ["¿Seguimos con: Cita?\n1 Sí 2 No"]
    assert her.texts("ari") == [DAY]


def test_nobody_goes_on_with_a_guess_of_yesterday(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.means = GUESS
    her.texts("hora y cita")
    assert her.texts("1", late=True) == ["No entiendo; escriba MENU."]
    assert not her.waits


def test_a_late_answer_within_a_called_flow_names_the_one_that_called(tmp_path: Path) -> None:
    her = rosa(tmp_path, flow(CALL))
    her.texts("prueba")
    assert her.texts("Compone", late=True) == ["¿Seguimos con: Uno?\n1 Sí 2 No"]


# -- a flow that has changed since


def changed(her: Rosa, folder: Path, text: str) -> Rosa:
    """The same person, whose session is kept, before the flows of another day."""
    again = rosa(folder / "later", text)
    again.state, again.language = her.state, her.language
    return again


GONE = CITA.replace("dia:\n", "fecha:\n", 1)


@pytest.mark.parametrize("late", [False, True], ids=["in time", "late"])
def test_a_step_that_is_gone_brings_one_sentence_and_the_menu(late: bool, tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.texts("cita")
    (tmp_path / "later").mkdir()
    her = changed(her, tmp_path, GONE)
    assert her.texts("1", late=late) == ["Eso ya cambió.\n" + MENU]
    assert her.texts("atras") == [MENU]


def test_a_gone_step_found_on_the_way_back_brings_the_menu_too(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA + "\n---\n" + flow("  a: {ask: '¿Qué?', expect: text, save: a, then: end}\n"))
    her.means = {"prueba": reading("prueba", "uno")}
    her.texts("cita")
    assert her.texts("prueba") == ["¿Qué?"]
    (tmp_path / "later").mkdir()
    her = changed(her, tmp_path, flow("  a: {ask: '¿Qué?', expect: text, save: a, then: end}\n"))
    assert her.texts("nada") == ["Eso ya cambió.\n" + MENU]
    assert len(session.load(her.state).frames) == 1


def test_a_photo_before_a_gone_step_brings_the_menu(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.texts("cita")
    (tmp_path / "later").mkdir()
    assert changed(her, tmp_path, GONE).sends_photo() == ["Solo texto.\nEso ya cambió.\n" + MENU]


# -- who is new, and what is no text


def test_a_photo_is_answered_and_the_question_asked_again(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    assert her.sends_photo() == ["Solo texto."]
    her.texts("cita")
    assert her.sends_photo() == ["Solo texto.\n" + DAY]


def test_somebody_new_is_greeted_once_before_her_answer(tmp_path: Path) -> None:
    her = rosa(tmp_path)
    her.is_new = True
    assert her.texts("hora") == ["Soy Chaski.\nSon las tres."]
    assert her.texts("hora") == ["Son las tres."]


def test_a_greeting_may_use_what_is_constant(tmp_path: Path) -> None:
    her = rosa(tmp_path)
    greeting = tmp_path / "flows" / "frases.yaml"
    greeting.write_text(greeting.read_text(encoding="utf-8").replace("Soy Chaski.", "Chaski, {office_phone}."), "utf-8")
    her.conversation = Conversation(
        flows.load(tmp_path / "flows"), her.conversation.catalogue, {"office_phone": "084-1"}
    )
    her.is_new = True
    assert her.texts("hora") == ["Chaski, 084-1.\nSon las tres."]


def test_somebody_new_whose_language_nobody_can_tell_is_asked_for_it_and_greeted_after(tmp_path: Path) -> None:
    her = rosa(tmp_path, "", {"people.set_language": lambda values: Outcome("newcomer", {"language": values["to"]})})
    her.is_new, her.language = True, ""
    assert her.texts("jjj") == ["Simita akllay.\n1 Runasimi 2 Castellano"]
    assert her.texts("runasimi") == ["Soy Chaski.\n¿Imata munanki?\n1 Hora 2 Idioma"]
    assert (her.language, her.is_new) == ("quz", False)


def test_the_menu_asks_for_the_language_first_while_nobody_can_tell(tmp_path: Path) -> None:
    her = rosa(tmp_path)
    her.language = ""
    assert her.texts("menu") == ["Simita akllay.\n1 Runasimi 2 Castellano"]


def test_an_emergency_does_not_wait_for_a_greeting(tmp_path: Path) -> None:
    her = rosa(tmp_path)
    her.is_new, her.means = True, {"me muero": reading("me muero", "emergency")}
    assert her.texts("me muero") == ["Llame al 106."]
    assert her.texts("hora") == ["Soy Chaski.\nSon las tres."]


EMERGENCY = {"se muere": reading("se muere", "emergency"), "1": reading("1", "emergency")}


@pytest.mark.parametrize("answers", [["cita"], ["cita", "1"]], ids=["before options", "before an open question"])
def test_an_emergency_beats_the_question_that_waits(answers: list[str], tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    for text in answers:
        her.texts(text)
    her.means = EMERGENCY
    assert her.texts("se muere") == ["Llame al 106."]
    assert not her.waits


def test_a_digit_is_an_answer_whatever_it_may_mean(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.texts("cita")
    her.means = EMERGENCY
    assert her.texts("1") == ["¿Para qué?"]


# -- buttons

LIST = flow(
    "  a: {do: find.all, outcomes: {done: b}}\n"
    "  b: {pick: ¿Cuál?, items: found, save: it, then: c}\n  c: {say: 'Es {it}.'}"
)
NAMES = ("Ana", "Beto", "Carla", "Dora", "Elmer", "Flor", "Gina", "Hugo")


def picking(folder: Path, *names: str) -> Rosa:
    her = rosa(folder, LIST, {"find.all": always("done", found=items(*names))})
    her.medium = "telegram"
    return her


def test_a_button_of_the_question_answers_it(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.medium = "telegram"
    assert her.texts("cita") == ["¿Qué día?"]
    assert her.offered == ["Lunes", "Martes"]
    assert her.presses("Martes") == ["¿Para qué?"]


def test_a_button_of_a_list_answers_and_more_turns_the_page(tmp_path: Path) -> None:
    her = picking(tmp_path, *NAMES)
    her.texts("prueba")
    assert her.offered == [*NAMES[:6], "Más"]
    her.presses("Más")
    assert her.offered == ["Gina", "Hugo"]
    assert her.presses("Gina") == ["Es gina."]


def test_a_button_of_the_first_page_is_still_good_on_the_second(tmp_path: Path) -> None:
    her = picking(tmp_path, *NAMES)
    her.texts("prueba")
    her.presses("Más")
    assert her.presses("Ana") == ["Es ana."]


def test_more_pressed_on_the_last_page_begins_again(tmp_path: Path) -> None:
    her = picking(tmp_path, *NAMES)
    her.texts("prueba")
    her.presses("Más")
    her.presses("Más")
    assert her.offered == [*NAMES[:6], "Más"]


def test_a_button_of_a_list_that_has_changed_asks_again(tmp_path: Path) -> None:
    her = picking(tmp_path, *NAMES)
    her.texts("prueba")
    old = dict(her.buttons)
    her.does = {"find.all": always("done", found=items(*reversed(NAMES)))}
    her.texts("prueba")
    her.buttons = old
    assert her.presses("Ana") == ["¿Cuál?"]
    assert her.offered[:1] == ["Hugo"]


STALE = {
    "a step that is past": "cita.dia.0",
    "a flow that is gone": "nada.dia.0",
    "a step that is gone": "cita.nada.0",
    "no number": "cita.motivo.x",
    "nothing at all": "",
    "words": "hola, soy un boton",
}


@pytest.mark.parametrize("data", STALE.values(), ids=STALE)
def test_a_stale_or_foreign_button_asks_the_waiting_question_again(data: str, tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.texts("cita")
    her.texts("1")
    assert her.presses(data) == ["¿Para qué?"]


@pytest.mark.parametrize("data", STALE.values(), ids=STALE)
def test_a_stale_or_foreign_button_is_told_so_when_nothing_waits(data: str, tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    assert her.presses(data) == ["Ese botón es viejo."]


@pytest.mark.parametrize("data", ["cita.dia.2", "cita.dia.-1", "cita.dia.", "cita.dia.0.0", "cita.dia.²"])
def test_a_button_that_the_question_does_not_have_asks_it_again(data: str, tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.texts("cita")
    assert her.presses(data) == [DAY]


def test_the_menu_is_always_at_hand_also_from_an_old_message(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    assert her.presses("menu.elegir.0") == ["Son las tres."]
    her.texts("cita")
    assert her.presses("menu.elegir.0") == ["Son las tres."]
    assert not her.waits
    assert her.presses("menu.elegir.9") == [MENU]


# -- lists


def test_a_list_is_chosen_from_by_number_on_show_or_by_name_anywhere(tmp_path: Path) -> None:
    her = picking(tmp_path, *NAMES)
    her.medium = "sms"
    assert her.texts("prueba") == ["¿Cuál?\n1 Ana\n2 Beto\n3 Carla\n4 Dora\n5 Elmer\n6 Flor\n7 Más"]
    assert her.texts("Hugo") == ["Es hugo."]
    her.texts("prueba")
    assert her.texts("7") == ["¿Cuál?\n1 Gina 2 Hugo"]
    assert her.texts("2") == ["Es hugo."]


@pytest.mark.parametrize("text", ["7", "más", "Mas", "7 Mas", "siguiente", "astawan", "qanchis"])
def test_more_is_said_in_many_ways(text: str, tmp_path: Path) -> None:
    her = picking(tmp_path, *NAMES)
    her.medium = "sms"
    her.texts("prueba")
    assert her.texts(text) == ["¿Cuál?\n1 Gina 2 Hugo"]


@pytest.mark.parametrize("text", ["1", "huk", "uno", "el primero", "1 Ana", "ana"])
def test_the_first_is_said_in_many_ways_and_huk_is_one_not_another(text: str, tmp_path: Path) -> None:
    her = picking(tmp_path, *NAMES)
    her.medium = "sms"
    her.texts("prueba")
    assert her.texts(text) == ["Es ana."]


def test_a_number_beyond_the_page_is_not_understood(tmp_path: Path) -> None:
    her = picking(tmp_path, "Ana", "Beto")
    her.medium = "sms"
    her.texts("prueba")
    assert her.texts("7") == ["No entiendo; responda con el número.\n¿Cuál?\n1 Ana 2 Beto"]


# -- which of two places


def test_a_place_that_could_be_two_is_asked_for_before_the_answer(tmp_path: Path) -> None:
    her = rosa(tmp_path, flow("  a: {say: 'Feria de {place}.'}"))
    places: list[Values] = items("Anta", "Anta Anta")  # type: ignore[assignment] # a list, whatever items says
    her.means = {"feria": reading("feria", "uno", place_options=places)}
    assert her.texts("feria") == ["¿Cuál?\n1 Anta 2 Anta Anta"]
    assert her.texts("2") == ["Feria de anta_anta."]


def test_what_is_obeyed_at_once_does_not_wait_for_which_place(tmp_path: Path) -> None:
    her = rosa(tmp_path)
    her.means = {"se muere en Anta": reading("se muere en Anta", "emergency", place_options=("anta", "anta_anta"))}
    assert her.texts("se muere en Anta") == ["Llame al 106."]
    assert not her.waits
