"""What somebody asked about is kept, once and with its latest time, until she has it erased or its time is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.app import House
from bot.clock import to_text
from bot.records import interests, people
from bot.service import privacy
from bot.settings import Settings
from tests.running import JUAN, ROSA, built, count, say
from tests.talks import MONDAY, MovingClock

WORK, CAMPAIGN, FAIR = "work:huarocondo_zurite", "campaign:vacunacion_anta", "fair:compone"


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock(MONDAY)


@pytest.fixture
def house(tmp_path: Path, clock: MovingClock) -> Iterator[House]:
    made = built(Settings(data=tmp_path), clock)
    yield made
    made.close()


def asked(house: House, number: str = ROSA) -> list[tuple[str, str]]:
    """(about, when) of all that she was shown because she asked, the latest last."""
    rows = house.store.read.all(
        "SELECT i.about, i.asked_at FROM interests i JOIN addresses d ON d.person_id = i.person_id"
        " WHERE d.address = ? ORDER BY i.asked_at, i.about",
        f"tel:{number}",
    )
    return [(row["about"], row["asked_at"]) for row in rows]


def person_id(house: House, number: str = ROSA) -> int:
    found = people.load(house.store.read, f"tel:{number}")
    assert found
    return found.id


# ── what is kept ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("talk", "kept"),
    [
        pytest.param(["que obra hay en zurite"], WORK, id="the only work there"),
        pytest.param(["zuritepi ima obran kashan"], WORK, id="the same in Quechua"),
        pytest.param(["obras agua 2008"], "work:agua_desague", id="a programme of a year"),
        pytest.param(["campañas de salud en anta", "1"], CAMPAIGN, id="a campaign chosen from a list"),
        pytest.param(["ferias", "2"], FAIR, id="a fair chosen from a list"),
        pytest.param(["feria de compone"], FAIR, id="a fair by its name"),
        pytest.param(["feria de compone el martes"], FAIR, id="a fair that is on another day"),
        pytest.param(["haykaqmi feria componepi"], FAIR, id="a fair in Quechua"),
    ],
)
def test_what_she_is_shown_in_detail_is_kept(house: House, clock: MovingClock, talk: list[str], kept: str) -> None:
    for text in talk:
        say(house, text, ROSA)
    assert asked(house) == [(kept, to_text(clock.now()))]


@pytest.mark.parametrize("text", ["ferias", "campañas de salud en anta", "obras", "total del plan", "hola", "MENU"])
def test_a_list_or_a_menu_is_no_interest(house: House, text: str) -> None:
    say(house, text, ROSA)
    assert asked(house) == []


def test_asking_again_moves_the_time_and_adds_nothing(house: House, clock: MovingClock) -> None:
    say(house, "que obra hay en zurite", ROSA)
    clock.at += timedelta(days=2)
    say(house, "feria de compone", ROSA)
    clock.at += timedelta(days=2)
    say(house, "que obra hay en zurite", ROSA)
    days = [to_text(MONDAY + timedelta(days=days)) for days in (2, 4)]
    assert asked(house) == [(FAIR, days[0]), (WORK, days[1])]


def test_each_has_her_own(house: House) -> None:
    say(house, "que obra hay en zurite", ROSA)
    say(house, "feria de compone", JUAN)
    assert [about for about, _ in asked(house)] == [WORK]
    assert [about for about, _ in asked(house, JUAN)] == [FAIR]


# ── how it goes ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_borrar_forgets_hers_and_nobody_elses(house: House) -> None:
    for number in (ROSA, JUAN):
        say(house, "que obra hay en zurite", number)
    for text in ("borrar", "1"):
        say(house, text, ROSA)
    assert count(house.store, "interests") == 1
    assert [about for about, _ in asked(house, JUAN)] == [WORK]


def let_go(house: House, now: datetime, limit: int) -> int:
    with house.store.write() as tx:
        return interests.let_go(tx, now - timedelta(days=365), limit)


def test_what_was_last_asked_too_long_ago_goes_the_oldest_first_and_a_few_at_once(
    house: House, clock: MovingClock
) -> None:
    for text in ("que obra hay en zurite", "feria de compone", "obras agua 2008"):
        say(house, text, ROSA)
        clock.at += timedelta(days=1)
    clock.at = MONDAY + timedelta(days=366, hours=1)  # of the third it is not yet a year
    assert let_go(house, clock.now(), limit=1) == 1
    assert [about for about, _ in asked(house)] == [FAIR, "work:agua_desague"]
    assert [let_go(house, clock.now(), limit=5) for _ in range(2)] == [1, 0]
    assert [about for about, _ in asked(house)] == ["work:agua_desague"]


def test_what_she_asked_again_stays(house: House, clock: MovingClock) -> None:
    say(house, "que obra hay en zurite", ROSA)
    clock.at += timedelta(days=200)
    say(house, "que obra hay en zurite", ROSA)
    clock.at += timedelta(days=200)
    assert let_go(house, clock.now(), limit=5) == 0


# ── the same on PostgreSQL ────────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_the_same_on_postgresql(postgres_url: str, tmp_path: Path, clock: MovingClock) -> None:
    house = built(Settings(data=tmp_path, database_url=postgres_url), clock)
    say(house, "que obra hay en zurite", ROSA)
    clock.at += timedelta(days=400)
    for text in ("feria de compone", "feria de compone"):
        say(house, text, ROSA)
    assert len(asked(house)) == 2
    assert let_go(house, clock.now(), limit=5) == 1
    with house.store.write() as tx:
        privacy.erase(tx, house.clock, clock.now(), person_id(house))
    assert count(house.store, "interests") == 0
    house.close()
