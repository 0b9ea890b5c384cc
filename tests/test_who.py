"""For whom an appointment is, whose phone is named, which code, and who wants another day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.phones import phone
from bot.language.understanding import Understanding, Who
from bot.language.understanding.names import LONGEST_NAME
from tests.understanding.content import UNDERSTANDING, shipped_lexicon

TODAY = date(2026, 11, 22)
CASES = Path(__file__).parent / "understanding" / "who.tsv"
_UNDERSTANDING = Understanding.load(UNDERSTANDING, shipped_lexicon())
_PIECES = (
    "para mi hija hijo luz rosa quispe de la 4 34 años meses 984123456 wawaypaq watayuq sutiyuq , . k7m4x y compone"
)


def ask(way: str, text: str) -> Who | None:
    return _UNDERSTANDING.who(text, answer=way == "answer", line=way == "line")


def cases() -> list[tuple[str, str, Who | None]]:
    """Every line of who.tsv: in which way the text comes, the text, and whom it names."""
    found: list[tuple[str, str, Who | None]] = []
    for line in CASES.read_text(encoding="utf-8").splitlines()[1:]:
        way, text, relation, *rest = line.split("\t")
        who = Who(relation, rest[0], rest[1], int(rest[2]) if rest[2] else None) if rest else None
        found.append((way, text, who))
    return found


@pytest.mark.parametrize(("way", "text", "who"), cases())
def test_for_whom(way: str, text: str, who: Who | None) -> None:
    assert ask(way, text) == who


@pytest.mark.parametrize("way", ["free", "answer", "line"])
@given(text=st.text(max_size=60) | st.lists(st.sampled_from(_PIECES.split()), max_size=12).map(" ".join))
def test_whatever_is_written_the_person_is_sound(way: str, text: str) -> None:
    who = ask(way, text)
    if who is not None:
        assert who.relation in ("self", "child", "other", "")
        assert len(who.name) <= LONGEST_NAME
        assert not any(sign.isdigit() for sign in who.name)
        assert who.age_months is None or 0 <= who.age_months <= 121 * 12


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Rosa Quispe 34 984 123 456", "+51984123456"),
        ("REG Juana 34 compone +51984123456", "+51984123456"),
        ("51 984-123-456 Luis 5", "+51984123456"),
        ("mi numero es 984.123.456.", "+51984123456"),
        ("Juan 9 984123456", "+51984123456"),
        ("Rosa Quispe 34", None),
        ("dni 45678912", None),
        ("K7M4X", None),
        ("98412345", None),
        ("084 223344", None),
        ("", None),
    ],
)
def test_phone(text: str, number: str | None) -> None:
    assert phone(text) == number


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        ("cambiar mi cita", True),
        ("kiero kambiar mi sita para el lunes", True),
        ("puede pasar mi cita al viernes", True),
        ("postergar mi cita", True),
        ("quiero cambiar la hora de mi cita", True),
        ("mejor otro dia mi cita", True),
        ("citayta huk p'unchawman churaway", True),
        ("citayta lunesman cambiayta munani", True),
        ("citayta viernesman churaway", True),
        ("turnoyta tikrapuway", True),
        ("cambiar citayta", True),
        ("quiero cita para otro dia", False),
        ("me cambiaron mi cita?", False),
        ("no quiero cambiar mi cita", False),
        ("citayta ama cambiaychu", False),
        ("cancelar mi cita", False),
        ("cambiar idioma", False),
        ("simita cambiay", False),
        ("cuando es mi cita", False),
        ("huk citata munani", False),
        ("cambiar la fecha de la feria", False),
    ],
)
def test_who_wants_another_day(text: str, moves: bool) -> None:
    assert _UNDERSTANDING.wants_move(text) is moves


@pytest.mark.parametrize(
    ("text", "intent", "code"),
    [
        ("A6W3R", "appointment_status", "A6W3R"),
        ("a6 w3r", "appointment_status", "A6W3R"),
        ("a6-w3r", "appointment_status", "A6W3R"),
        ("a 6 w 3 r", "appointment_status", "A6W3R"),
        ("mi codigo es A6W3R", "appointment_status", "A6W3R"),
        ("citay a6w3rmanta", "appointment_status", "A6W3R"),
        ("cancelar cita A6 W3R", "appointment_cancel", "A6W3R"),
        ("citay a6w3r anulapuway", "appointment_cancel", "A6W3R"),
        ("estado de mi queja A6-W3R", "feedback_status", "A6W3R"),
    ],
)
def test_codes_are_found_however_they_are_typed(text: str, intent: str, code: str) -> None:
    reading = _UNDERSTANDING.read(text, None, TODAY)
    assert (reading.intent, reading.is_sure, reading.slots) == (intent, True, {"code": code})


@pytest.mark.parametrize(
    ("intent", "texts"),
    [
        ("appointment_status", "citay|mi cita|cuando es mi cita|citayqa hayk'aq"),
        ("appointment_book", "cita|citas|citata munani|cita para mi hija|cambiar mi cita"),
        ("appointment_cancel", "cancelar|CANCELAR"),
    ],
)
def test_bare_words_about_appointments_are_sure(intent: str, texts: str) -> None:
    for text in texts.split("|"):
        reading = _UNDERSTANDING.read(text, None, TODAY)
        assert (reading.intent, reading.is_sure) == (intent, True), text


@pytest.mark.parametrize(
    "text", ["mi hija", "para mi hija", "ñuqapaq", "Rosa Nina 34", "Juana Quispe Mamani", "luz 4 años"]
)
def test_who_only_names_a_person_asks_nothing(text: str) -> None:
    assert not _UNDERSTANDING.read(text, None, TODAY).is_sure
