"""Folding and counting of SMS, around every limit, and against Twilio's own calculator.

`sms_vectors.jsonl` holds the answers of the npm package sms-segments-calculator 1.3.0 to 400 texts made by a seeded
generator: accents, apostrophes, extension characters, emoji and stray marks, at lengths around the limits. Its first
line says so; each further line is one text with `encoding`, `segments`, `units` and `forced_by`.
"""

# ruff: noqa: RUF001 - the look-alikes are what is tested

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.sms import (
    GSM_BASIC,
    GSM_EXTENSION,
    GSM_PART_SEPTETS,
    GSM_SINGLE_SEPTETS,
    UCS2_PART_UNITS,
    UCS2_SINGLE_UNITS,
    Count,
    count,
    fold,
)

VECTORS = Path(__file__).with_name("sms_vectors.jsonl")
FAMILY = "👨\u200d👩\u200d👧\u200d👦"  # 11 units
FARMER = "👩🏽\u200d🌾"  # 7 units
FLAG = "🇵🇪"  # 4 units
HEART = "❤\ufe0f"  # 2 units

FOLDED = {
    "plain text is left alone": ("Pague en caja 2, S/ 15.50 (lunes)", "Pague en caja 2, S/ 15.50 (lunes)"),
    "nothing": ("", ""),
    "acute accents that GSM-7 lacks": ("á í ó ú Á Í Ó Ú", "a i o u A I O U"),
    "letters that GSM-7 has": ("é ñ ü É Ñ Ü à è ì ò ù ä ö ¿ ¡ Ç ß", "é ñ ü É Ñ Ü à è ì ò ù ä ö ¿ ¡ Ç ß"),
    "GSM-7 has the cedilla in upper case only": ("ça Ça", "ca Ça"),
    "decomposed letters": ("cafe\u0301 man\u0303ana co\u0301mo", "café mañana como"),
    "other Latin letters": ("ā õ ê ï ł đ ŷ ẽ", "a o e i l d y e"),
    "two marks: GSM-7 may know the letter with one": ("ǖ ế", "ü e"),
    "a mark that composes with nothing": ("q\u0303a", "qa"),
    "Quechua ejectives": ("p’unchaw t‘anta k´anka q`ipi sutʼi tʻuru 5′", "p'unchaw t'anta k'anka q'ipi sut'i t'uru 5'"),
    "double quotes": ("“uno” «dos» „tres‟", '"uno" "dos" "tres"'),
    "dashes": ("8–13 — −5 re‑envío", "8-13 - -5 re-envio"),
    "ellipsis and bullets": ("espere… • uno · dos", "espere... - uno - dos"),
    "ordinals and degrees": ("1.ª 2.º 20°", "1.a 2.o 20o"),
    "typographic spaces and tabs": ("S/\u00a015\u202f000\u2009a\u2007b\tc", "S/ 15 000 a b c"),
    "no width, and bidi": ("a\u200bb\u200cc\u200dd\u2060e\ufefff\u202eg\u2066h\u00adi\u200fj\ufe0f", "abcdefghij"),
    "controls": ("a\x00b\x07c\x1bd\x0ce\x7ff\x85g", "abcdefg"),
    "line ends": ("uno\r\ndos\ntres\u2028cuatro", "uno\ndos\ntres\ncuatro"),
    "lone surrogates": ("a\ud83db\ude00c", "abc"),
    "extension characters": ("[S/ 5€] {a|b} ~ ^ \\", "[S/ 5€] {a|b} ~ ^ \\"),
    "emoji stay whole": (f"{FAMILY} {FARMER} {FLAG} {HEART} 1\ufe0f⃣", f"{FAMILY} {FARMER} {FLAG} {HEART} 1\ufe0f⃣"),
    "emoji beside accents": ("¡Adiós! 😀", "¡Adios! 😀"),
    "other scripts stay": ("漢字 привет नमस्ते 각", "漢字 привет नमस्ते 각"),
}

COUNTED = {
    "nothing": ("", "GSM-7", 1, 0),
    "one": ("a", "GSM-7", 1, 1),
    "a full single": ("a" * 160, "GSM-7", 1, 160),
    "one more": ("a" * 161, "GSM-7", 2, 161),
    "two full parts": ("a" * 306, "GSM-7", 2, 306),
    "two full parts and one": ("a" * 307, "GSM-7", 3, 307),
    "310": ("a" * 310, "GSM-7", 3, 310),
    "three full parts": ("a" * 459, "GSM-7", 3, 459),
    "three full parts and one": ("a" * 460, "GSM-7", 4, 460),
    "ten full parts": ("a" * 1530, "GSM-7", 10, 1530),
    "ten full parts and one": ("a" * 1531, "GSM-7", 11, 1531),
    "every basic character": (GSM_BASIC, "GSM-7", 1, 127),
    "every extension character": (GSM_EXTENSION, "GSM-7", 1, 20),
    "80 escapes fill a single": ("€" * 80, "GSM-7", 1, 160),
    "81 escapes": ("€" * 81, "GSM-7", 2, 162),
    "a part holds 76 escapes, not 76.5": ("€" * 153, "GSM-7", 3, 306),
    "escape at the end of a full single": ("a" * 158 + "€", "GSM-7", 1, 160),
    "escape over the single": ("a" * 159 + "€", "GSM-7", 2, 161),
    "two escapes over the single": ("a" * 158 + "€€", "GSM-7", 2, 162),
    "escape at the part boundary moves on": ("a" * 152 + "€" + "a" * 152, "GSM-7", 3, 306),
    "escape just before the part boundary": ("a" * 151 + "€" + "a" * 153, "GSM-7", 2, 306),
    "\\r\\n is two": ("\r\n" * 80, "GSM-7", 1, 160),
    "composed é": ("é" * 160, "GSM-7", 1, 160),
    "decomposed é": ("e\u0301", "UCS-2", 1, 2),
    "á": ("á", "UCS-2", 1, 1),
    "a full UCS-2 single": ("á" + "a" * 69, "UCS-2", 1, 70),
    "one more in UCS-2": ("á" + "a" * 70, "UCS-2", 2, 71),
    "134": ("á" + "a" * 133, "UCS-2", 2, 134),
    "135": ("á" + "a" * 134, "UCS-2", 3, 135),
    "201": ("á" * 201, "UCS-2", 3, 201),
    "202": ("á" * 202, "UCS-2", 4, 202),
    "escapes cost one in UCS-2": ("á" + "€" * 69, "UCS-2", 1, 70),
    "a tab": ("\t", "UCS-2", 1, 1),
    "emoji at the end of a full single": ("a" * 68 + "😀", "UCS-2", 1, 70),
    "emoji over the single": ("a" * 69 + "😀", "UCS-2", 2, 71),
    "emoji at the part boundary moves on": ("a" * 66 + "😀" + "a" * 66, "UCS-2", 3, 134),
    "emoji just before the part boundary": ("a" * 65 + "😀" + "a" * 67, "UCS-2", 2, 134),
    "flag at the part boundary": ("a" * 64 + FLAG + "a" * 66, "UCS-2", 3, 134),
    "flag just before it": ("a" * 63 + FLAG + "a" * 67, "UCS-2", 2, 134),
    "half a flag may stand before the boundary": ("a" * 63 + "🇵🇪🇧" + "a" * 65, "UCS-2", 2, 134),
    "family at the part boundary": ("a" * 57 + FAMILY + "a" * 66, "UCS-2", 3, 134),
    "family just before it": ("a" * 56 + FAMILY + "a" * 67, "UCS-2", 2, 134),
    "skin tone and profession at the part boundary": ("a" * 61 + FARMER + "a" * 66, "UCS-2", 3, 134),
    "variation selector at the part boundary": ("a" * 66 + HEART + "a" * 66, "UCS-2", 3, 134),
    "combining mark at the part boundary": ("a" * 66 + "e\u0301" + "a" * 66, "UCS-2", 3, 134),
    "Hangul jamo at the part boundary": ("a" * 65 + "\u1100\u1161\u11a8" + "a" * 66, "UCS-2", 3, 134),
    "no cluster may be larger than a single, but it counts": ("e" + "\u0301" * 75, "UCS-2", 2, 76),
}

FORCED = {
    "nobody in GSM-7": ("mañana €", ()),
    "each once, in order": ("ó á ó 😀 á", ("ó", "á", "😀")),
    "as a reader sees them": (f"e\u0301 {FAMILY} {FLAG} {HEART}", ("e\u0301", FAMILY, FLAG, HEART)),
}

emoji = st.sampled_from(["😀", "👍🏽", FAMILY, FARMER, FLAG, HEART, "👩", "🇵"])
spanish = st.text(alphabet="abcdeñoprstuwy áéíóúÁÉÍÓÚñÑüÜ¿¡’.,:;!?()0123456789\n")
mixed = st.lists(st.one_of(st.text(alphabet=GSM_BASIC + GSM_EXTENSION), spanish, emoji)).map("".join)
# What text is made of, and everything that combines, joins or vanishes.
tangled = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("ae1♀ñ€👩🏽🌾🇵🇪\u0301\u0303\u0323\u0338\u200b\u200d\ufe0f⃣\u1100\u1161\u11a8가−•®\r\n"),
        st.sampled_from(["\ud83d", "\ude00"]),
    )
)


@pytest.mark.parametrize(("text", "expected"), FOLDED.values(), ids=FOLDED.keys())
def test_folds(text: str, expected: str) -> None:
    assert fold(text) == expected


@pytest.mark.parametrize(("text", "encoding", "segments", "units"), COUNTED.values(), ids=COUNTED.keys())
def test_counts(text: str, encoding: str, segments: int, units: int) -> None:
    counted = count(text)
    assert (counted.encoding, counted.segments, counted.units) == (encoding, segments, units)


@pytest.mark.parametrize(("text", "forced_by"), FORCED.values(), ids=FORCED.keys())
def test_names_what_forced_ucs2(text: str, forced_by: tuple[str, ...]) -> None:
    assert count(text).forced_by == forced_by


def test_decomposed_text_is_ucs2_until_folded() -> None:
    assert count("cafe\u0301").encoding == "UCS-2"
    assert count(fold("cafe\u0301")) == Count("GSM-7", 1, 4)


def test_agrees_with_twilios_calculator() -> None:
    _source, *vectors = map(json.loads, VECTORS.read_text(encoding="ascii").splitlines())
    assert len(vectors) == 400
    wrong = [vector for vector in vectors if count(vector["text"]) != _answer(vector)]
    assert wrong == []


def _answer(vector: dict[str, object]) -> Count:
    fields = {name: value for name, value in vector.items() if name != "text"}
    return Count(**fields | {"forced_by": tuple(vector["forced_by"])})  # type: ignore[arg-type]


@given(tangled)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(spanish)
def test_folded_spanish_is_gsm7(text: str) -> None:
    assert count(fold(text)).encoding == "GSM-7"


@given(mixed)
def test_what_gsm7_carries_is_only_changed_where_it_is_a_control(text: str) -> None:
    if count(text).encoding == "GSM-7":
        assert fold(text) == text.replace("\r", "").replace("\f", "")


@given(st.one_of(mixed, tangled), st.characters(), st.integers(0, 200))
def test_one_more_character_never_costs_less(text: str, character: str, before: int) -> None:
    text = "a" * before + text
    assert count(text + character).segments >= count(text).segments


@given(mixed, st.integers(0, 500))
def test_segments_have_room_for_the_units(text: str, before: int) -> None:
    counted = count("a" * before + text)
    single, part = {
        "GSM-7": (GSM_SINGLE_SEPTETS, GSM_PART_SEPTETS),
        "UCS-2": (UCS2_SINGLE_UNITS, UCS2_PART_UNITS),
    }[counted.encoding]
    assert counted.segments * (single if counted.segments == 1 else part) >= counted.units
