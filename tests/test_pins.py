"""A promoter's PIN: made, said, said wrongly; whatever is said in whatever order, the law of the lock holds."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.app import House
from bot.clock import LIMA
from bot.errors import Refusal
from bot.records import agenda, audit, messages, pins
from bot.records.agenda import Comunidad, District, Promoter
from bot.records.store import Store
from bot.service import pins as proofs
from bot.service.pins import Proof
from bot.settings import Settings
from tests.running import ROSA, built, count, everything, first, sms, take
from tests.talks import MONDAY, MovingClock

LUZ = "+51984000333"
HER_PHONE, HER_CHAT = f"tel:{LUZ}", "telegram:4711"
WRONG = pins.MOST_WRONG


class Desk:
    """A database with two promoters, and what is said of their PINs."""

    def __init__(self, where: Path | str = ":memory:") -> None:
        self.clock, self.store = MovingClock(MONDAY), Store(where)
        with self.store.write() as tx:
            agenda.put_districts(tx, [District("anta", "Anta", "080301")])
            agenda.put_comunidades(tx, [Comunidad("compone", "Compone", "anta")])
            for phone, name in ((LUZ, "Luz"), (ROSA, "Rosa")):
                agenda.put_promoters(tx, [Promoter(phone, name, ("compone",), "quz")])

    @property
    def today(self) -> date:
        return self.clock.now().astimezone(LIMA).date()

    def give(self, phone: str = LUZ) -> str:
        with self.store.write() as tx:
            return proofs.give(tx, self.clock, proofs.TERMINAL, phone)

    def say(self, said: str, address: str = HER_PHONE, phone: str = LUZ) -> Proof:
        with self.store.write() as tx:
            return proofs.prove(tx, address, phone, said, self.clock.now())

    def is_proven(self, address: str = HER_PHONE, phone: str = LUZ) -> bool:
        return proofs.is_proven(self.store.read, address, phone, self.today)

    def locked(self) -> list[str]:
        return pins.locked(self.store.read, self.today)


def other_than(pin: str) -> str:
    return f"{(int(pin) + 1) % 10_000:04}"


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    with closing(made.store):
        yield made


# ── one step after the other ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_right_pin_is_remembered_for_that_address_until_midnight_in_lima(desk: Desk) -> None:
    pin = desk.give()
    assert not desk.is_proven()
    assert desk.say(pin) == "right"
    assert desk.is_proven()
    assert not desk.is_proven(HER_CHAT)
    assert not desk.is_proven(phone=ROSA)
    desk.clock.at = datetime(2027, 3, 1, 23, 59, tzinfo=LIMA)
    assert desk.is_proven()
    desk.clock.at += timedelta(minutes=1)
    assert not desk.is_proven()


def test_five_wrong_ones_lock_it_until_tomorrow_for_the_right_one_too(desk: Desk) -> None:
    pin = desk.give()
    addresses = [HER_PHONE, HER_CHAT] * WRONG
    assert [desk.say(other_than(pin), address) for address in addresses[: WRONG - 1]] == ["wrong"] * (WRONG - 1)
    assert desk.locked() == []
    assert desk.say(other_than(pin)) == "locked"
    assert desk.say(pin) == "locked"
    assert desk.locked() == ["Luz"]
    desk.clock.at += timedelta(days=1)
    assert desk.locked() == []
    assert desk.say(pin) == "right"


def test_who_has_said_it_right_goes_on_while_others_guess(desk: Desk) -> None:
    pin = desk.give()
    desk.say(pin)
    for _ in range(WRONG):
        desk.say(other_than(pin), HER_CHAT)
    assert desk.locked() == ["Luz"]
    assert desk.is_proven()
    assert not desk.is_proven(HER_CHAT)


def test_a_right_one_does_not_give_whoever_guesses_more_tries(desk: Desk) -> None:
    pin = desk.give()
    for _ in range(WRONG - 1):
        desk.say(other_than(pin), HER_CHAT)
    assert desk.say(pin) == "right"
    assert desk.say(other_than(pin), HER_CHAT) == "locked"


def test_a_new_pin_opens_the_lock_and_ends_the_old_one(desk: Desk) -> None:
    old = desk.give()
    assert desk.say(old, HER_CHAT) == "right"
    for _ in range(WRONG):
        desk.say(other_than(old))
    new = desk.give()
    assert desk.locked() == []
    assert not desk.is_proven(HER_CHAT)
    assert desk.say(old) == "wrong"
    assert desk.say(new) == "right"


def test_one_promoters_pin_is_nothing_of_anothers(desk: Desk) -> None:
    hers, roses = desk.give(), desk.give(ROSA)
    assert hers != roses
    assert desk.say(roses) == "wrong"
    for _ in range(WRONG):
        desk.say(other_than(roses), phone=ROSA)
    assert desk.locked() == ["Rosa"]
    assert desk.say(hers) == "right"


@pytest.mark.parametrize("dress", ["{}", " {}. ", "PIN {}", "mi pin es {}", "{0[0]} {0[1]} {0[2]} {0[3]}"])
def test_it_is_read_in_whatever_words(desk: Desk, dress: str) -> None:
    assert desk.say(dress.format(desk.give())) == "right"


@pytest.mark.parametrize("said", ["", "MENU", "no me acuerdo", "12", "123456", "{0}{0}", "٤٧١١"])
def test_what_has_not_four_digits_is_no_try(desk: Desk, said: str) -> None:
    pin = desk.give()
    assert {desk.say(said.format(pin)) for _ in range(3 * WRONG)} == {"wrong"}
    assert desk.say(pin) == "right"


def test_without_a_pin_nothing_is_proven(desk: Desk) -> None:
    assert desk.say("4711") == "unset"
    assert not desk.is_proven()


def test_a_pin_is_only_for_promoters_and_goes_with_her(desk: Desk) -> None:
    with pytest.raises(Refusal, match="no promoter"):
        desk.give("+51984000999")
    desk.say(desk.give())
    with desk.store.write() as tx:
        agenda.remove(tx, "promoters", LUZ)
    assert count(desk.store, "promoter_pins") == count(desk.store, "promoter_pin_days") == 0


def test_no_pin_is_easy_or_the_end_of_her_number(desk: Desk) -> None:
    made = {desk.give() for _ in range(300)}
    assert len(made) > 250
    assert not [pin for pin in made if proofs.is_easy(pin) or LUZ.endswith(pin) or len(pin) != proofs.DIGITS]
    assert [pin for pin in ("0000", "1212", "7772", "1234", "0123", "9876", "4321") if not proofs.is_easy(pin)] == []
    assert [pin for pin in ("4711", "0907", "1357", "8642") if proofs.is_easy(pin)] == []


def test_neither_pin_nor_number_is_written_where_it_does_not_belong(desk: Desk) -> None:
    pin = desk.give()
    desk.say(pin)
    kept = everything(desk.store).splitlines()
    assert not [line for line in kept if line.endswith(f": {pin}")]
    entry = audit.newest(desk.store.read, action="promoter_pin_given")[0]
    assert (entry.actor.name, entry.object, entry.details) == ("bot promoters", "···333", {})


def test_the_message_that_held_it_never_keeps_it(tmp_path: Path) -> None:
    house: House = built(Settings(data=tmp_path), MovingClock(MONDAY))
    with closing(house.store):
        taken = take(house, sms("9305", LUZ))
        assert taken.inbound_id
        with house.store.write() as tx:
            messages.hide_body(tx, taken.inbound_id)
        kept = first(house.store.read.one("SELECT body FROM inbound WHERE id = ?", taken.inbound_id))
        assert kept["body"] == "····"
        assert "inbound: 9305" not in everything(house.store).splitlines()


# ── in any order ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Guessing(RuleBasedStateMachine):
    """Right and wrong PINs from two addresses, days that pass and new PINs, beside what the law says of them."""

    @initialize()
    def begin(self) -> None:
        self.desk = Desk()
        self.pin = self.desk.give()
        self.wrong, self.proven = 0, set[str]()

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self.desk.store.close()

    @rule(address=st.sampled_from([HER_PHONE, HER_CHAT]))
    def say_it(self, address: str) -> None:
        assert self.desk.say(self.pin, address) == ("locked" if self.wrong >= WRONG else "right")
        if self.wrong < WRONG:
            self.proven.add(address)

    @rule(address=st.sampled_from([HER_PHONE, HER_CHAT]))
    def say_another(self, address: str) -> None:
        self.wrong = min(self.wrong + 1, WRONG)
        assert self.desk.say(other_than(self.pin), address) == ("locked" if self.wrong >= WRONG else "wrong")

    @rule()
    def sleep(self) -> None:
        self.desk.clock.at += timedelta(days=1)
        self.wrong, self.proven = 0, set()

    @rule()
    def get_a_new_one(self) -> None:
        self.pin = self.desk.give()
        self.wrong, self.proven = 0, set()

    @invariant()
    def the_law(self) -> None:
        if not hasattr(self, "desk"):
            return
        assert self.desk.locked() == (["Luz"] if self.wrong >= WRONG else [])
        for address in (HER_PHONE, HER_CHAT):
            assert self.desk.is_proven(address) == (address in self.proven)


TestGuessing = Guessing.TestCase
TestGuessing.settings = settings(max_examples=25, stateful_step_count=25)


# ── PostgreSQL ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_guesses_at_once_are_counted_one_by_one(postgres_url: str) -> None:
    desk = Desk(postgres_url)
    with closing(desk.store):
        pin = desk.give()

        def guess(_: int) -> Proof:
            with closing(Store(postgres_url)) as store, store.write() as tx:
                return proofs.prove(tx, HER_CHAT, LUZ, other_than(pin), desk.clock.now())

        with ThreadPoolExecutor(4) as pool:
            said = list(pool.map(guess, range(WRONG + 3)))
        assert sorted(said) == ["locked"] * 4 + ["wrong"] * (WRONG - 1)
        assert desk.say(pin) == "locked"
        assert desk.locked() == ["Luz"]
        assert desk.say(desk.give()) == "right"
        assert desk.is_proven()
