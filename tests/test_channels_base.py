"""Cleaning: what every channel does to a text before anyone else sees it."""

from __future__ import annotations

import time

import pytest

from bot.channels.base import clean, header


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("hola", "hola"),
        ("a\tb\rc\r\nd\u2028e", "a b\nc\nd\ne"),
        ("x\ud800y\udfffz", "xyz"),
        ("\u2066a\u2069\ufeff\u200b\x7f\x9b", "a"),
        ("👩\u200d🌾", "👩\u200d🌾"),
        ("\u1100\u1161\u11a8", "각"),
    ],
)
def test_cleaning(given: str, kept: str) -> None:
    assert clean(given) == kept


def test_cleaning_takes_no_time_and_grows_nothing() -> None:
    started = time.monotonic()
    assert len(clean("a" + "\u0301\u0316" * 500_000)) <= 10_000
    assert len(clean("\u0958" * 20_000)) == 10_000  # normalising doubles these
    assert time.monotonic() - started < 2


def test_headers_are_found_in_any_case() -> None:
    assert header({"X-Twilio-Signature": "a"}, "x-twilio-signature") == "a"
    assert header({}, "x-twilio-signature") == ""
