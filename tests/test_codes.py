"""Codes to read aloud: what they look like, which slips are caught, and which one was meant."""

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.language import codes

_SIGNS = codes.LETTERS + codes.DIGITS
made = st.randoms(use_true_random=False).map(lambda chance: codes.make(chance.randrange))


@given(made)
def test_a_code_is_valid_as_it_is_however_it_is_typed(code: str) -> None:
    assert codes.is_valid(code)
    for typed in (code.lower(), f" {code[:2]} {code[2:]}", f"{code[:3]}-{code[3:]}.", " ".join(code.lower())):
        assert codes.clean(typed) == code


@given(made, st.integers(0, 4), st.sampled_from(_SIGNS))
def test_a_wrong_sign_is_caught(code: str, at: int, sign: str) -> None:
    assume(sign != code[at])
    assert not codes.is_valid(code[:at] + sign + code[at + 1 :])


@given(made, st.integers(0, 3))
def test_two_swapped_neighbours_are_caught(code: str, at: int) -> None:
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert swapped == code or not codes.is_valid(swapped)


@given(st.text(max_size=8))
def test_any_text_can_be_asked_about(text: str) -> None:
    assert codes.is_valid(text) <= codes.looks_like(text)
    assert codes.clean(codes.clean(text)) == codes.clean(text)
    assert codes.nearest(text, []) is None


def test_codes_are_many_and_different() -> None:
    chance = random.Random(4)  # noqa: S311 a test wants the same codes each time
    assert len({codes.make(chance.randrange) for _ in range(2000)}) > 1850


@pytest.mark.parametrize(("typed", "meant"), [("ko-m4x", "K0M4X"), ("k7n4x", "K7M4X"), ("kl m2z", "K1M22")])
def test_signs_that_no_code_has_are_what_they_look_or_sound_like(typed: str, meant: str) -> None:
    assert codes.clean(typed) == meant


@pytest.mark.parametrize("word", ["kimsa", "2008", "12345", "quispe", "K7P2", "H1N1", "lunes", ""])
def test_words_and_numbers_are_no_codes(word: str) -> None:
    assert not codes.looks_like(codes.clean(word))


@pytest.mark.parametrize("said", ["K7M4X", "k7m4", "7m4x", "k7m44x", "k7m5x", "7km4x", "k7 mx4"])
def test_one_slip_is_forgiven(said: str) -> None:
    assert codes.nearest(said, ["A0C10", "K7M4X", "P3R2T"]) == "K7M4X"


def test_nothing_is_guessed() -> None:
    assert codes.nearest("K7M4", ["K7M4X", "K7M4Y"]) is None
    assert codes.nearest("K7M4X", ["K7M4X", "K7M4Y"]) == "K7M4X"
    assert codes.nearest("K9R4X", ["K7M4X"]) is None


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("cita k7 m4x", ["cita", "k7m4x"]),
        ("k7m 4x cancelar", ["k7m4x", "cancelar"]),
        ("vacuna h1n1 y tos", ["vacuna", "h1n1", "y", "tos"]),
        ("de 5 a 6 p", ["de", "5", "a", "6", "p"]),
        ("obras 2008", ["obras", "2008"]),
        ("", []),
    ],
)
def test_pieces_of_a_code_are_put_together(said: str, words: list[str]) -> None:
    assert codes.joined(said.split()) == words


@given(made)
def test_a_code_spelled_out_is_put_together(code: str) -> None:
    assert codes.joined(["mi", "cita", *code.lower(), "cuando"]) == ["mi", "cita", code.lower(), "cuando"]
