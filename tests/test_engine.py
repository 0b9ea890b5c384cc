"""A turn of a conversation on small flows: what is heard, where it leads, what is said; the session is stored between."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.conversation import flows, session
from bot.conversation.engine import STEPS_PER_TURN, Conversation, EndlessFlow, Outcome
from bot.conversation.session import DEPTH, Values
from tests.sketches import Rosa, always, items, reading, rosa

CITA = """
flow: cita
about: an appointment
name: Cita
intents: [cita]
words: {es: [cita]}
steps:
  dia:
    choose: "¿Qué día?"
    options:
      - {label: "Lunes", words: {es: [primero], quz: [killachaw]}, set: {dia: lunes}, then: motivo}
      - {label: "Martes", words: {es: [segundo], quz: [atichaw]}, set: {dia: martes}, then: motivo}
  motivo: {ask: "¿Para qué?", expect: text, save: motivo, help: "Con palabras.", then: fin}
  fin: {say: "{dia}: {motivo}."}
"""
MENU = "¿Qué quiere saber?\n1 Hora 2 Idioma"
DAY = "¿Qué día?\n1 Lunes 2 Martes"


# -- walking


def flow(steps: str) -> str:
    """A flow `uno` that the word `prueba` opens."""
    return f"flow: uno\nabout: x\nname: Uno\nintents: [uno]\nwords: {{es: [prueba]}}\nsteps:\n{steps}"


def test_what_is_said_goes_on_to_the_next_step_until_the_end(tmp_path: Path) -> None:
    her = rosa(tmp_path, flow("  a: {say: Hola., then: b}\n  b: {say: Adiós.}\n"))
    assert her.texts("prueba") == ["Hola.\nAdiós."]
    assert her.walked == ("uno.a", "uno.b")
    assert her.turn
    assert her.turn.opened == "uno"
    assert (her.state, her.waits) == ("", False)


def test_a_question_waits_and_its_answer_goes_on(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    assert her.texts("cita") == [DAY]
    assert her.texts("2") == ["¿Para qué?"]
    assert her.walked == ("cita.dia.1", "cita.motivo")
    assert her.texts("me duele la muela") == ["martes: me duele la muela."]
    assert not her.waits


BRANCH = flow("  a: {branch: day, cases: {lunes: b}, else: c}\n  b: {say: Abierto.}\n  c: {say: Cerrado.}\n")


@pytest.mark.parametrize(("day", "said"), [("lunes", "Abierto."), ("martes", "Cerrado."), ("", "Cerrado.")])
def test_a_branch_goes_on_by_a_value(day: str, said: str, tmp_path: Path) -> None:
    her = rosa(tmp_path, BRANCH)
    her.means = {"¿abren?": reading("¿abren?", "uno", slots={"day": day} if day else {})}
    assert her.texts("¿abren?") == [said]


CALL = """
  a: {call: lugar, then: b}
  b: {say: "Usted es de {home}; el motivo es {why}."}
---
flow: lugar
about: where she lives
name: Lugar
steps:
  pedir: {ask: "¿De dónde?", expect: text, save: home, then: end}
"""


def test_a_called_flow_knows_the_values_and_hands_back_what_it_learnt(tmp_path: Path) -> None:
    her = rosa(tmp_path, flow(CALL.replace("¿De dónde?", "¿De dónde, para {why}?")))
    her.means = {"uno": reading("uno", "uno", slots={"why": "riego"})}
    assert her.texts("prueba") == ["¿De dónde, para riego?"]
    assert her.texts("Compone") == ["Usted es de Compone; el motivo es riego."]


@pytest.mark.parametrize(
    ("then", "said", "waits"),
    [("end", [], False), ("flow:hora", ["Son las tres."], False), ("flow:menu", [MENU], True)],
    ids=["the end", "another flow", "a fresh flow"],
)
def test_after_a_call_the_flow_goes_where_it_says(then: str, said: list[str], waits: bool, tmp_path: Path) -> None:
    her = rosa(tmp_path, flow(CALL.replace("then: b}", f"then: '{then}'}}").replace("  b:", "  # b:")))
    her.texts("prueba")
    assert (her.texts("Compone"), her.waits) == (said, waits)


def test_a_call_within_a_call_comes_back_through_both(tmp_path: Path) -> None:
    between = "flow: dos\nabout: x\nsteps:\n  a: {call: lugar, then: end}\n---\n"
    her = rosa(tmp_path, flow(CALL.replace("call: lugar", "call: dos").replace("flow: lugar", between + "flow: lugar")))
    assert her.texts("prueba") == ["¿De dónde?"]
    assert her.texts("Compone") == ["Usted es de Compone; el motivo es ."]


def test_a_jump_takes_the_values_along_and_does_not_come_back(tmp_path: Path) -> None:
    her = rosa(
        tmp_path, flow("  a: {say: Hola., then: 'flow:dos'}\n---\nflow: dos\nabout: x\nsteps:\n  b: {say: '{day}.'}")
    )
    her.means = {"hoy": reading("hoy", "uno", slots={"day": "lunes"})}
    assert her.texts("hoy") == ["Hola.\nlunes."]
    assert not her.waits


OPEN = flow("  a: {do: find.flow, outcomes: {done: b}}\n  b: {open: chosen}\n")


def test_a_value_can_name_the_flow_to_open(tmp_path: Path) -> None:
    her = rosa(tmp_path, OPEN, {"find.flow": always("done", chosen="hora")})
    assert her.texts("prueba") == ["Son las tres."]


@pytest.mark.parametrize("chosen", ["gone", ""])
def test_a_flow_that_is_gone_cannot_be_opened_and_the_menu_is(chosen: str, tmp_path: Path) -> None:
    her = rosa(tmp_path, OPEN, {"find.flow": always("done", chosen=chosen)})
    assert her.texts("prueba") == ["Eso ya cambió.\n" + MENU]


def test_an_action_gets_the_values_and_its_outcome_chooses_the_step(tmp_path: Path) -> None:
    her = rosa(
        tmp_path,
        flow(
            "  a: {do: fairs.find, with: {limit: '3'}, outcomes: {one: b, none: c}}\n"
            "  b: {say: '{name}.'}\n  c: {say: No.}"
        ),
        {"fairs.find": lambda values: Outcome("one" if values.get("place") else "none", {"name": "Feria"})},
    )
    her.means = {"en Compone": reading("en Compone", "uno", slots={"place": "compone"}, near=True, this_year=True)}
    assert her.texts("en Compone") == ["Feria."]
    assert her.walked == ("uno.a", "uno.a:one", "uno.b")
    (action,) = her.asked_for
    said = {"place": "compone", "near": "yes", "this_year": "yes", "text": "en Compone", "limit": "3"}
    assert (action.name, said.items() <= action.values.items()) == ("fairs.find", True)
    assert her.texts("prueba") == ["No."]


def test_a_flow_that_goes_round_without_waiting_is_stopped(tmp_path: Path) -> None:
    her = rosa(tmp_path, flow("  a: {say: Hola., then: a}\n"))
    with pytest.raises(EndlessFlow, match=f"uno walked {STEPS_PER_TURN} steps without waiting"):
        her.texts("prueba")


def test_every_sentence_may_use_what_is_constant_the_options_too(tmp_path: Path) -> None:
    steps = """
  a:
    choose: "¿Llamamos al {office_phone}?"
    options: [{label: "Sí, al {office_phone}", then: b}, {label: "No", then: b}]
  b: {do: find.it, outcomes: {done: c}}
  c: {pick: "{office_phone}:", items: found, save: d, item: "{name} {office_phone}", then: e}
  e: {ask: "¿Y el {office_phone}?", expect: text, save: f, then: end}
"""
    her = rosa(tmp_path, flow(steps), {"find.it": always("done", found=items("Ana"))})
    assert her.texts("prueba") == ["¿Llamamos al 084-1?\n1 Sí, al 084-1 2 No"]
    assert her.texts("1") == ["084-1:\n1 Ana 084-1"]
    assert her.texts("1") == ["¿Y el 084-1?"]


# -- back


def test_back_asks_the_question_before_this_one_and_then_the_one_before_that(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.texts("menu")
    her.texts("cita")
    assert her.texts("1") == ["¿Para qué?"]
    assert her.texts("atras") == [DAY]
    assert her.texts("2") == ["¿Para qué?"]
    assert her.texts("atras") == [DAY]
    assert her.texts("atras") == [MENU]
    assert her.texts("atras") == [MENU]


def test_back_with_nothing_behind_brings_the_menu(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    assert her.texts("atras") == [MENU]


def test_back_counts_from_the_question_that_waits_not_from_old_ones(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    for text in ("cita", "1", "la muela", "blablabla"):
        her.texts(text)
    assert not her.waits
    assert her.texts("atras") == [MENU]


def test_back_forgets_what_the_question_had_answered(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    for text in ("cita", "1", "atras", "martes"):
        her.texts(text)
    assert her.texts("la muela") == ["martes: la muela."]


# -- interruptions


def test_another_question_is_answered_and_the_waiting_one_asked_again(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.texts("cita")
    assert her.texts("hora") == ["Son las tres.\n" + DAY]
    assert her.texts("1") == ["¿Para qué?"]


def test_a_question_that_lapses_is_not_asked_again(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.texts("menu")
    her.means = {"¿qué hora es?": reading("¿qué hora es?", "time")}
    assert her.texts("¿qué hora es?") == ["Son las tres."]
    assert not her.waits


def test_after_a_flow_that_returns_a_lapsing_question_is_asked_again_in_her_new_language(tmp_path: Path) -> None:
    her = rosa(tmp_path)
    her.texts("menu")
    assert her.texts("idioma") == ["Simita akllay.\n1 Runasimi 2 Castellano"]
    assert her.texts("1") == ["Runasimipi.\n¿Imata munanki?\n1 Hora 2 Idioma"]
    assert her.language == "quz"


def test_what_is_fresh_forgets_whatever_was_under_way(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.texts("cita")
    her.texts("menu")
    assert her.texts("1") == ["Son las tres."]
    assert not her.waits


def test_a_flow_asked_for_again_begins_anew_instead_of_waiting_twice(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA, {})
    her.means = {"quiero una cita": reading("quiero una cita", "cita")}
    her.texts("cita")
    her.texts("quiero una cita")
    her.texts("1")
    her.texts("la muela")
    assert not her.waits


def test_words_that_do_not_always_open_a_flow_are_an_answer_first(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.texts("cita")
    her.texts("1")
    assert her.texts("hora") == ["lunes: hora."]


def test_words_that_always_open_a_flow_are_never_an_answer(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.texts("cita")
    her.texts("1")
    assert her.texts("menu") == [MENU]


NESTED = "\n---\n".join(
    f"flow: q{n}\nabout: x\nname: Q{n}\nwords: {{es: [q{n}]}}\nalways: true\nsteps:\n"
    f"  a: {{ask: 'Pregunta {n}', expect: text, save: a, then: end}}"
    for n in range(DEPTH + 1)
)


def test_questions_put_aside_are_asked_again_from_the_newest_and_the_oldest_beyond_the_depth_is_given_up(
    tmp_path: Path,
) -> None:
    her = rosa(tmp_path, NESTED)
    for n in range(DEPTH + 1):
        assert her.texts(f"q{n}") == [f"Pregunta {n}"]
    asked = [said for _ in range(DEPTH) for said in her.texts("respuesta")]
    assert asked == [f"Pregunta {n}" for n in range(DEPTH - 1, 0, -1)]
    assert not her.waits


def test_a_conversation_given_up_takes_along_what_it_had_called(tmp_path: Path) -> None:
    her = rosa(tmp_path, flow(CALL) + "\n---\n" + NESTED)
    assert her.texts("prueba") == ["¿De dónde?"]
    for n in range(DEPTH - 1):
        assert her.texts(f"q{n}") == [f"Pregunta {n}"]
    asked = [said for _ in range(DEPTH - 1) for said in her.texts("respuesta")]
    assert asked == [f"Pregunta {n}" for n in range(DEPTH - 3, -1, -1)]
    assert not her.waits


# -- what is not understood


def test_what_is_not_understood_is_said_and_the_question_asked_again(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.texts("cita")
    assert her.texts("jjj") == ["No entiendo; responda con el número.\n" + DAY]
    assert her.texts("9") == ["No entiendo; responda con el número.\n" + DAY]
    assert her.turn
    assert not her.turn.understood


def test_an_open_question_helps_with_its_own_words(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA.replace("expect: text", "expect: number"))
    her.texts("cita")
    her.texts("1")
    assert her.texts("jjj") == ["Con palabras.\n¿Para qué?"]
    assert her.texts("kimsa") == ["lunes: 3."]


def test_three_misses_lead_to_a_way_out_and_two_with_sense_between_do_not(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    assert her.texts("jjj") == ["No entiendo; escriba MENU."]
    assert her.texts("jjj") == ["No entiendo; escriba MENU."]
    assert her.texts("hora") == ["Son las tres."]
    her.texts("cita")
    her.texts("jjj")
    her.texts("jjj")
    assert her.texts("jjj") == ["Llame al 084-1."]
    assert (her.waits, her.state) == (False, "")
    assert her.texts("jjj") == ["No entiendo; escriba MENU."]


GUESS = {"hora y cita": reading("hora y cita", "", others=("time", "cita"), slots={"day": "lunes"})}


def test_when_two_things_are_near_she_is_asked_which_and_what_she_said_is_kept(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA.replace("¿Qué día?", "¿Qué día? {day}"))
    her.means = GUESS
    assert her.texts("hora y cita") == ["¿Quiso decir?\n1 La hora 2 Cita"]
    assert her.texts("2") == ["¿Qué día? lunes\n1 Lunes 2 Martes"]


def test_the_question_that_waited_is_asked_again_after_a_guess(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.means = GUESS
    her.texts("cita")
    her.texts("hora y cita")
    assert her.texts("la hora") == ["Son las tres.\n" + DAY]


def test_a_guess_is_offered_once_not_in_a_row(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.means = GUESS
    her.texts("hora y cita")
    assert her.texts("hora y cita") == ["No entiendo; responda con el número.\n¿Quiso decir?\n1 La hora 2 Cita"]


def test_one_guess_alone_or_one_without_a_name_is_not_offered(tmp_path: Path) -> None:
    her = rosa(tmp_path, CITA)
    her.means = {"a": reading("a", "", others=("time",)), "b": reading("b", "", others=("time", "emergency", "nada"))}
    assert her.texts("a") == her.texts("b") == ["No entiendo; escriba MENU."]


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
    her.means = {"uno": reading("uno", "uno")}
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
