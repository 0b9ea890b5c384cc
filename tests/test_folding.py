"""One spelling for the many in which people write; only for comparing, never for showing."""

# ruff: noqa: RUF001 - look-alikes are what is folded

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.folding import andean, fold, light

FOLDED = {
    "nothing": ("", ""),
    "signs only": ("¿?! 😀 …", ""),
    "capitals and accents": ("¡ATRÁS, por favor!", "atras por favor"),
    "the ñ": ("Campaña de niños", "campana de ninos"),
    "a decomposed letter": ("man\u0303ana cafe\u0301", "manana cafe"),
    "straight apostrophe": ("p'unchaw", "punchaw"),
    "curly apostrophe": ("p’unchaw k‘anka", "punchaw kanka"),
    "letter apostrophe": ("pʼunchaw", "punchaw"),
    "acute accent for an apostrophe": ("t´anta q`ipi", "tanta qipi"),
    "many spaces and line ends": ("  uno \n\t dos  ", "uno dos"),
    "stretched letters": ("Holaaaaa!!!", "hola"),
    "stretched in the middle": ("siiiiii pueees", "si pues"),
    "two of a letter stay in the middle": ("llamar", "llamar"),
    "two vowels at the end do not": ("holaa amigoo", "hola amigo"),
    "digits stay": ("obras 2008", "obras 2008"),
    "full width": ("ＭＥＮＵ ２", "menu 2"),
    "an override and a null": ("\u202emenu\u0000", "menu"),
    "a hyphen": ("pre-natal", "pre natal"),
}


@pytest.mark.parametrize(("text", "folded"), FOLDED.values(), ids=FOLDED)
def test_a_text_is_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_leaves_words_of_plain_letters_and_digits_and_is_done_once(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert all(character in "abcdefghijklmnopqrstuvwxyz0123456789 " for character in folded)
    assert fold(folded) == folded


ONE_NAME = {
    "Huarocondo": ["huarocondo", "warukundu", "guarocondo", "warokondo", "waruqundu"],
    "Cusco": ["cusco", "cuzco", "qosqo", "qusqu", "kosko", "ccosco"],
    "Inquilpata": ["inquilpata", "inkilpata", "enquilpata"],
    "Zurite": ["zurite", "surite", "suriti", "zuriti"],
    "Chinchaypujio": ["chinchaypujio", "chinchaypuhio", "chinchaypuhiu"],
    "the day": ["punchaw", "phunchaw"],
    "it is being": ["kachkan", "kasan", "kashan"],
    "our": ["llaqtanchik", "llaqtanchis"],
    "if he comes": ["hamuptin", "hamuqtin", "hamujtin"],
}


@pytest.mark.parametrize("spellings", ONE_NAME.values(), ids=ONE_NAME)
def test_the_spellings_of_a_name_have_one_key(spellings: list[str]) -> None:
    assert len({andean(word) for word in spellings}) == 1, {word: andean(word) for word in spellings}


APART = [("hora", "jora"), ("casa", "kashan"), ("papa", "baba"), ("agua", "agosto")]


@pytest.mark.parametrize(("one", "other"), APART)
def test_the_light_key_tells_ordinary_words_apart(one: str, other: str) -> None:
    assert light(one) != light(other)


ALIKE = [("queso", "kiso"), ("vaca", "baka"), ("llama", "yama"), ("zapallo", "sapayu"), ("phapa", "papa")]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_the_light_key_forgives_spelling(one: str, other: str) -> None:
    assert light(one) == light(other)
