"""What staff are shown: emergencies with a masked number, and what nobody understood, grouped by spelling."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import House
from bot.language.understanding import examples
from bot.service import checks, review
from bot.settings import Settings
from tests.running import JUAN, ROSA, say
from tests.talks import MONDAY, MovingClock


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock(MONDAY)


def test_emergencies_come_first_then_the_questions_nobody_understood(tmp_path: Path, clock: MovingClock) -> None:
    house = House(Settings(data=tmp_path), clock)
    for sender, text in (
        (ROSA, "buenas tardes"),
        (JUAN, "buenas tardes"),
        (ROSA, "qwrtp zxcvb"),
        (JUAN, "QWRTP  zxcvb!"),
        (JUAN, "plmkn"),
        (ROSA, "mi mama se esta desangrando q hago"),
    ):
        say(house, text, sender)
    lines = list(review.lines(house.store.read, clock.now(), 7))
    assert lines[0] == "emergency\t2027-03-01 09:00\ttel:+51984***111\tmi mama se esta desangrando q hago"
    assert [line.split("\t")[0] for line in lines[1:]] == ["2", "1"]
    assert lines[1].split("\t")[2].lower().startswith("qwrtp")
    clock.at += timedelta(days=8)
    assert list(review.lines(house.store.read, clock.now(), 7)) == []
    house.close()


def test_an_intent_with_too_few_examples_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "EXAMPLES_NEEDED", 60)
    assert any(found.startswith("flows/understanding/examples/thanks.tsv:1: ") for found in checks.findings())


def test_a_trained_file_older_than_its_examples_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "fingerprint", lambda folder: "another")
    assert "flows/understanding/trained.txt:1: the examples have changed: run `bot train`." in checks.findings()
