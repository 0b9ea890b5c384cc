"""How a value is said: days, hours, soles, names, lists, in both languages and as an SMS can carry it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language import sms, wording
from bot.language.catalogue import LANGUAGES

SAID: dict[str, tuple[Any, str, str, str]] = {
    "nothing": (None, "", "", ""),
    "nothing as a day": (None, "day", "", ""),
    "an empty text as a clock": ("", "clock", "", ""),
    "a text": ("Compone", "", "Compone", "Compone"),
    "a number": (2008, "", "2008", "2008"),
    "nought is a number": (0, "", "0", "0"),
    "a name in both languages": ({"es": "agua", "quz": "unu"}, "", "agua", "unu"),
    "a name in Spanish only": ({"es": "agua"}, "", "agua", "agua"),
    "a name with an empty Quechua": ({"es": "agua", "quz": ""}, "", "agua", "agua"),
    "a list": (["papa", {"es": "maíz", "quz": "sara"}], "", "papa, maíz", "papa, sara"),
    "an empty list": ([], "", "", ""),
    "a capital letter": ("campaña dental", "capital", "Campaña dental", "Campaña dental"),
    "a capital letter of a name in both": ({"es": "agua", "quz": "unu"}, "capital", "Agua", "Unu"),
    "a capital with an accent": ("óptica", "capital", "Óptica", "Óptica"),
    "a day": ("2027-03-12", "day", "viernes 12 de marzo", "viernes 12 marzo"),
    "a day with an accent": ("2027-03-10", "day", "miércoles 10 de marzo", "miercoles 10 marzo"),
    "the first of September, as Peru writes it": (
        "2027-09-01",
        "day",
        "miércoles 1 de setiembre",
        "miercoles 1 setiembre",
    ),
    "a day of a moment": ("2027-03-12T09:00:00-05:00", "day", "viernes 12 de marzo", "viernes 12 marzo"),
    "a date": (date(2027, 3, 12), "day", "viernes 12 de marzo", "viernes 12 marzo"),
    "a short day": ("2027-03-13", "short_day", "sáb 13 mar", "sab 13 mar"),
    "a weekday": (5, "weekday", "sábado", "sabado"),
    "a weekday as text": ("0", "weekday", "lunes", "lunes"),
    "the morning": ("08:00", "clock", "8 am", "8:00"),
    "half past": ("08:30", "clock", "8:30 am", "8:30"),
    "the afternoon": ("13:05", "clock", "1:05 pm", "1:05"),
    "noon": ("12:00", "clock", "12 pm", "12:00"),
    "midnight": ("00:00", "clock", "12 am", "12:00"),
    "soles": (1493413, "soles", "S/ 1,493,413", "S/ 1,493,413"),
    "soles and céntimos": (1893413.5, "soles", "S/ 1,893,413.50", "S/ 1,893,413.50"),
    "soles as text": ("5", "soles", "S/ 5", "S/ 5"),
    "no soles": (0, "soles", "S/ 0", "S/ 0"),
}


@pytest.mark.parametrize(("value", "form", "spanish", "quechua"), SAID.values(), ids=SAID)
def test_a_value_is_said_in_her_language(value: Any, form: str, spanish: str, quechua: str) -> None:
    assert wording.show(value, form, "es") == spanish
    assert wording.show(value, form, "quz") == quechua


def test_every_form_is_in_the_table() -> None:
    assert {form for _, form, _, _ in SAID.values() if form} == set(wording.FORMS)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(LANGUAGES))
def test_no_day_makes_an_sms_dear(day: date, language: str) -> None:
    for form in ("day", "short_day"):
        said = wording.show(day.isoformat(), form, language)
        assert str(day.day) in said
        assert sms.count(sms.fold(said)).encoding == "GSM-7"
        assert language == "es" or said.isascii()


def test_two_days_of_a_week_are_told_apart_in_short() -> None:
    days = [date(2027, 3, 1) + timedelta(days=n) for n in range(365)]
    assert len({wording.short_day(day, "es") for day in days}) == len(days)
