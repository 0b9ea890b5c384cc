"""A turn on small flows: walking their steps, going back, interruptions, and what is not understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.conversation.engine import STEPS_PER_TURN, EndlessFlow, Outcome
from bot.conversation.session import DEPTH
from tests.sketches import CALL, CITA, DAY, GUESS, MENU, always, flow, items, reading, rosa

# -- walking


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


def test_a_called_flow_knows_the_values_and_hands_back_what_it_learnt(tmp_path: Path) -> None:
    her = rosa(tmp_path, flow(CALL.replace("¿De dónde?", "¿De dónde, para {why}?")))
    her.means = {"prueba": reading("prueba", "uno", slots={"why": "riego"})}
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
