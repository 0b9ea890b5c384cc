"""The inbox on the whole house: one message, one turn, one transaction, whatever arrives and however often."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import House
from bot.channels.base import clean
from bot.clock import LIMA
from bot.conversation.engine import Outcome
from bot.records import messages, people
from bot.records.store import Connection, Unavailable
from bot.service import actions
from bot.service.actions import ACTIONS
from bot.service.knowledge import Knowledge
from bot.settings import Settings
from tests.running import JUAN, ROSA, built, count, everything, first, say, sms, take
from tests.talks import MovingClock

MONDAY = datetime(2027, 3, 1, 9, tzinfo=LIMA)
HANDFUL = 12


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock(MONDAY)


@pytest.fixture
def house(tmp_path: Path, clock: MovingClock) -> Iterator[House]:
    made = built(Settings(data=tmp_path), clock)
    yield made
    made.close()


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for all the tests that need somebody new, and nothing else, each time."""
    made = built(Settings(data=tmp_path_factory.mktemp("standing")))
    yield made
    made.close()


@pytest.fixture
def somebody(standing: House) -> str:
    return f"+5198{count(standing.store, 'people'):07}"


def state(house: House, text: str) -> str:
    return str(first(house.store.read.one("SELECT state FROM inbound WHERE body = ?", text))["state"])


def person(house: House, sender: str = ROSA) -> people.Person:
    found = people.load(house.store.read, f"tel:{sender}")
    assert found
    return found


def put_notice(tx: Connection, house: House, sender: str, row_id: int, text: str = "Aviso") -> None:
    """What a notice will be: a row that is no answer."""
    known = people.load(tx, f"tel:{sender}")
    assert known
    draft = messages.Draft(text, text, (), "GSM-7", 1)
    now = house.clock.now()
    messages.enqueue(tx, row_id, sms(sender=sender), None, known.id, draft, now, now + timedelta(hours=1))
    tx.run("UPDATE outbox SET priority = ? WHERE id = ?", messages.NOTICE, row_id)


# ── once, and in order ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_delivery_repeated_at_once_makes_one_turn(house: House) -> None:
    message = sms("feria", provider_id="SM1")
    taken = await asyncio.gather(*(house.inbox.receive(message) for _ in range(10)))
    assert sorted(t.state for t in taken) == ["answered"] + ["repeated"] * 9
    assert count(house.store, "inbound") == 1
    assert count(house.store, "people") == 1
    assert count(house.store, "outbox") <= 2


def test_a_delivery_repeated_days_later_makes_no_second_turn(house: House, clock: MovingClock) -> None:
    first_taken = take(house, sms("feria", provider_id="SM1"))
    replies = count(house.store, "outbox")
    clock.at += timedelta(days=9)
    assert first_taken.state == "answered"
    assert take(house, sms("feria", provider_id="SM1")).state == "repeated"
    assert take(house, sms("another text", provider_id="SM1")).state == "repeated"
    assert count(house.store, "outbox") == replies


def test_the_same_id_of_another_channel_is_another_message(house: House) -> None:
    take(house, sms(provider_id="7"))
    assert take(house, sms(provider_id="7", channel="other")).state == "answered"


def test_the_same_words_sent_twice_are_two_answers(house: House) -> None:
    say(house, "CASTELLANO")
    say(house, "MENU")
    to_first, to_second = say(house, "3"), say(house, "3")
    assert to_first
    assert to_second
    assert to_first != to_second
    assert count(house.store, "inbound") == 4


async def test_two_messages_of_one_person_are_answered_in_their_order(house: House) -> None:
    said = ["CASTELLANO", "MENU", "3", "1", "DATOS"]
    taken = await asyncio.gather(*(house.inbox.receive(sms(text)) for text in said))
    alone = built(replace(house.settings, data=house.settings.data / "alone"), house.clock)
    one_by_one = [say(alone, text) for text in said]
    alone.close()
    together = [[row["body"] for row in messages.replies_to(house.store.read, t.inbound_id)] for t in taken]
    assert together == one_by_one
    rows = house.store.read.all("SELECT inbound_id FROM outbox ORDER BY id")
    assert [row["inbound_id"] for row in rows] == sorted(row["inbound_id"] for row in rows)


# ── what breaks ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def broken_erasure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The flow `datos` asks for an action that writes, and then breaks."""

    def fail(doing: actions.Doing, values: dict[str, Any]) -> Outcome:
        people.set_place(doing.tx, doing.person.id, "anta", None)
        raise RuntimeError("broken on purpose")

    monkeypatch.setitem(ACTIONS, "people.data", replace(ACTIONS["people.data"], perform=fail))


@pytest.mark.usefixtures("broken_erasure")
def test_a_turn_that_breaks_is_undone_kept_and_apologised_for(house: House) -> None:
    say(house, "CASTELLANO")
    replies = say(house, "DATOS")
    assert len(replies) == 1
    assert "Disculpe" in replies[0]
    assert state(house, "DATOS") == "failed"
    assert person(house).district is None
    assert person(house).session == ""
    assert say(house, "MENU")
    assert state(house, "MENU") == "answered"


@pytest.mark.usefixtures("broken_erasure")
def test_a_first_turn_that_breaks_is_apologised_for_as_well(house: House) -> None:
    assert len(say(house, "DATOS")) == 1
    assert count(house.store, "people") == 1
    assert not person(house).is_greeted


@pytest.mark.usefixtures("broken_erasure")
def test_apologies_to_a_machine_end(house: House, clock: MovingClock) -> None:
    answered = 0
    for _ in range(40):
        clock.at += timedelta(minutes=11)
        answered += bool(say(house, "DATOS"))
    assert 0 < answered <= HANDFUL


@pytest.mark.usefixtures("broken_erasure")
def test_what_cannot_be_answered_gets_no_apology(house: House) -> None:
    assert say(house, "DATOS", "2662", answerable=False) == []


def test_a_message_is_kept_when_even_the_apology_breaks(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_knowledge(tx: object) -> Knowledge:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(house.inbox, "_knowledge", no_knowledge)
    assert say(house, "feria") == []
    assert state(house, "feria") == "failed"


@pytest.mark.usefixtures("broken_erasure")
async def test_a_turn_that_breaks_does_not_harm_those_committed_with_it(house: House) -> None:
    said = [(f"+5198400{n:04}", "DATOS" if n % 10 == 5 else "feria") for n in range(40)]
    taken = await asyncio.gather(*(house.inbox.receive(sms(text, sender)) for sender, text in said))
    assert [t.state for t in taken] == ["failed" if text == "DATOS" else "answered" for _, text in said]


# ── group commit ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Counted:
    """How many transactions a store begins."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.transactions = 0
        house.store.connection.raw.set_trace_callback(self._see)

    def _see(self, sql: str) -> None:
        self.transactions += sql == "COMMIT"


async def test_a_hundred_messages_at_once_share_their_commits(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(house, monkeypatch)
    await asyncio.gather(*(house.inbox.receive(sms("feria", f"+5198400{n:04}")) for n in range(100)))
    assert counted.transactions == 2
    assert count(house.store, "inbound", "state = 'answered'") == 100


async def test_work_that_fails_is_told_alone_and_undone_alone(house: House) -> None:
    def put(key: str) -> Callable[[Connection], str]:
        def work(tx: Connection) -> str:
            tx.run("INSERT INTO facts (key, value) VALUES (?, '')", key)
            if key.startswith("bad"):
                raise ValueError(key)
            return key

        return work

    keys = [f"{'bad' if n % 7 == 3 else 'good'}-{n}" for n in range(100)]
    results = await asyncio.gather(*(house.commits.run(put(key)) for key in keys), return_exceptions=True)
    for key, result in zip(keys, results, strict=True):
        assert str(result) == key
        assert isinstance(result, ValueError) == key.startswith("bad")
    assert count(house.store, "facts", "key LIKE 'good-%'") == sum(key.startswith("good") for key in keys)
    assert count(house.store, "facts", "key LIKE 'bad-%'") == 0


async def test_who_no_longer_waits_is_taken_in_all_the_same(house: House) -> None:
    gone = asyncio.create_task(house.inbox.receive(sms("feria", ROSA)))
    stays = asyncio.create_task(house.inbox.receive(sms("feria", JUAN)))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).state == "answered"
    assert count(house.store, "inbound") == 2


async def test_a_database_held_by_another_takes_nothing_in_and_recovers(tmp_path: Path) -> None:
    house = built(Settings(data=tmp_path))
    house.commits.patience_seconds = 0.05
    other = sqlite3.connect(house.store.where, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    received = (house.inbox.receive(sms("feria", f"+5198400{n:04}", f"SM{n}")) for n in range(100))
    assert {type(error) for error in await asyncio.gather(*received, return_exceptions=True)} == {Unavailable}
    other.execute("ROLLBACK")
    assert count(house.store, "inbound") == count(house.store, "people") == 0
    assert (await house.inbox.receive(sms("feria", provider_id="SM1"))).state == "answered"
    other.close()
    house.close()


async def test_while_another_process_writes_a_message_waits_and_everything_else_goes_on(tmp_path: Path) -> None:
    house = built(Settings(data=tmp_path))
    other = sqlite3.connect(house.store.where, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    received = asyncio.create_task(house.inbox.receive(sms("feria")))
    for _ in range(5):
        await asyncio.sleep(0.01)  # would last for as long as the database is held, did anybody wait for it
        assert not received.done()
    other.execute("ROLLBACK")
    assert (await received).state == "answered"
    other.close()
    house.close()


async def test_a_full_disk_takes_nothing_in_and_recovers(house: House) -> None:
    read = house.store.read
    pages = first(read.one("PRAGMA page_count"))["page_count"]
    read.one(f"PRAGMA max_page_count = {pages + 3}")
    received = (house.inbox.receive(sms("obras " + "x" * 2000, f"+5198400{n:04}")) for n in range(60))
    results = await asyncio.gather(*received, return_exceptions=True)
    assert {type(result) for result in results} == {Unavailable}
    assert count(house.store, "inbound") == 0
    read.one("PRAGMA max_page_count = 1000000")
    assert (await house.inbox.receive(sms("feria"))).state == "answered"


async def test_whatever_breaks_at_the_commit_is_told_to_everybody_and_the_next_ones_work(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise sqlite3.ProgrammingError("broken on purpose")

    with monkeypatch.context() as patched:
        patched.setattr(house.store, "write", broken)
        results = await asyncio.gather(*(house.commits.run(lambda tx: 1) for _ in range(3)), return_exceptions=True)
    assert {type(result) for result in results} == {sqlite3.ProgrammingError}
    assert await house.commits.run(lambda tx: 2) == 2


# ── who is not answered ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("sender", ["2662", "Banco", "+51984000999", "anonymous"])
def test_machines_are_stored_and_never_answered(house: House, sender: str) -> None:
    for text in ("Su clave es 1234", "BAJA", "feria", "MENU"):
        assert say(house, text, sender, answerable=False) == []
    assert count(house.store, "inbound", "state = 'silent'") == 4
    assert person(house, sender).opted_out_at is None


@pytest.mark.parametrize(
    ("said", "opt_out_type", "is_out"),
    [("STOP", "STOP", True), ("PARAR", "STOP", True), ("START", "START", False), ("HELP", "HELP", False)],
)
def test_what_the_provider_answered_is_recorded_in_silence(
    house: House, said: str, opt_out_type: str, is_out: bool
) -> None:
    assert say(house, said, opt_out_type=opt_out_type) == []
    assert state(house, said) == "silent"
    assert (person(house).opted_out_at is not None) == is_out
    assert count(house.store, "consents") == (opt_out_type != "HELP")


def test_start_after_stop_opens_again(house: House) -> None:
    say(house, "STOP", opt_out_type="STOP")
    say(house, "START", opt_out_type="START")
    assert person(house).opted_out_at is None
    rows = house.store.read.all("SELECT decision FROM consents ORDER BY id")
    assert [row["decision"] for row in rows] == ["out", "in"]


def test_a_blocked_address_is_marked_until_she_writes_again(house: House) -> None:
    say(house, "MENU")
    assert say(house, "", kind="blocked") == []
    marked = first(house.store.read.one("SELECT unusable_because FROM addresses"))
    assert marked["unusable_because"] == "blocked"
    assert say(house, "MENU")
    assert count(house.store, "addresses", "unusable_since IS NULL") == 1


@pytest.mark.parametrize(("said", "opt_out_type"), [("BAJA", ""), ("STOP", "STOP"), ("amaña", "")])
def test_a_stop_drops_the_notices_that_wait_and_no_answers(house: House, said: str, opt_out_type: str) -> None:
    say(house, "MENU")
    say(house, "MENU", JUAN)
    with house.store.write() as tx:
        put_notice(tx, house, ROSA, 1)
        put_notice(tx, house, JUAN, 2)
    waiting = count(house.store, "outbox", "state = 'waiting' AND priority = 0")
    answered = len(say(house, said, opt_out_type=opt_out_type))
    assert answered == (0 if opt_out_type else 1)
    assert count(house.store, "outbox", "state = 'waiting' AND priority = 0") == waiting + answered
    dropped = house.store.read.all("SELECT id FROM outbox WHERE state = 'dropped'")
    assert [row["id"] for row in dropped] == [1]


# ── erasure ───────────────────────────────────────────────────────────────────────────────────────────────────────────

PRIVATE = ("984000111", "Rosalinda", "secreto", "zurite")


def leave_traces(house: House, sender: str = ROSA, **more: Any) -> None:
    """Rosa writes all kinds of things, also ones that are kept elsewhere than in the messages."""
    for text in ("soy Rosalinda", "obras secreto", "zurite", "feria secreto en zurite", "ALTA", "BAJA"):
        say(house, text, sender, **more)
    say(house, "STOP soy Rosalinda", sender, opt_out_type="STOP", **more)
    with house.store.write() as tx:
        tx.run("UPDATE people SET district = 'zurite'")


def agenda_aside(house: House) -> str:
    """What is kept, without the agenda, where Zurite is a district like any other."""
    return "\n".join(
        line
        for line in everything(house.store).splitlines()
        if line.startswith(("people", "addresses", "consents", "sess", "inb", "outb", "receipts", "dead", "erased"))
    )


def traces(house: House) -> list[str]:
    kept = agenda_aside(house)
    return [word for word in PRIVATE if word in kept]


def confirm_erasure(house: House) -> None:
    say(house, "BORRAR")
    assert len(say(house, "1")) == 1
    assert people.load(house.store.read, f"tel:{ROSA}") is None


def assert_nothing_is_left(house: House) -> None:
    assert traces(house) == []
    assert count(house.store, "sessions") == 0
    assert count(house.store, "inbound", "body IS NOT NULL") == 0
    assert count(house.store, "outbox", "body <> '' OR unfolded IS NOT NULL") == 0
    assert count(house.store, "erased_addresses", "address_hash LIKE 'hash:%'") == 1
    assert count(house.store, "inbound") > 6  # the counts stay


@pytest.mark.parametrize("end", ["sent", "failed", "dropped", "unknown"])
def test_erasure_leaves_no_text_number_or_name_in_any_table(house: House, end: str) -> None:
    leave_traces(house)
    say(house, "CASTELLANO")
    assert set(traces(house)) == set(PRIVATE)
    confirm_erasure(house)
    with house.store.write() as tx:
        for row in tx.all("SELECT id FROM outbox WHERE state = 'waiting'"):
            if end == "sent":
                messages.sent(tx, row["id"], f"SM{row['id']}", house.clock.now())
                messages.scrub_if_erased(tx, row["id"])
            else:
                messages.close(tx, row["id"], end, "", "", house.clock.now())
    assert_nothing_is_left(house)


def test_erasure_in_the_middle_of_anything_keeps_no_conversation(house: House, clock: MovingClock) -> None:
    for n, before in enumerate(["obras", "feria", "campañas", "MENU", "obras de agua secreto", "QUECHUA", "xyzzy"], 1):
        say(house, "CASTELLANO")
        say(house, before)
        clock.at += timedelta(minutes=3)
        confirm_erasure(house)
        assert count(house.store, "sessions") == 0, before
        assert count(house.store, "inbound", "body IS NOT NULL") == 0, before
        assert count(house.store, "people", "erased_at IS NOT NULL") == n


def test_erasure_on_telegram_leaves_no_button_either(house: House) -> None:
    more = {"medium": "telegram"}
    address = "telegram:984000111"
    leave_traces(house, address, **more)
    with house.store.write() as tx:
        payload = "{'from': {'id': 984000111, 'first_name': 'Rosalinda'}}"
        messages.set_aside(tx, 1, "telegram", payload, "unreadable", house.clock.now())
    say(house, "CASTELLANO", address, **more)
    say(house, "BORRAR", address, **more)
    say(house, "", address, kind="press", press="borrar.confirmar.0", **more)
    with house.store.write() as tx:
        for row in tx.all("SELECT id FROM outbox WHERE state = 'waiting'"):
            messages.close(tx, row["id"], "dropped", "", "", house.clock.now())
    assert traces(house) == []
    assert count(house.store, "outbox", "options <> '[]'") == 0


def test_erasure_of_one_leaves_the_others(house: House) -> None:
    say(house, "soy Juan", JUAN)
    say(house, "CASTELLANO")
    say(house, "BORRAR")
    say(house, "1")
    assert people.load(house.store.read, f"tel:{JUAN}")
    assert "soy Juan" in everything(house.store)


def test_somebody_erased_who_writes_again_is_somebody_new(house: House) -> None:
    say(house, "CASTELLANO")
    say(house, "BORRAR")
    say(house, "1")
    assert "Chaski" in say(house, "feria")[0]
    assert count(house.store, "people") == 2


# ── language ──────────────────────────────────────────────────────────────────────────────────────────────────────────

QUECHUA, SPANISH = "hayk'aqmi qhatu kanqa Inquilpapi", "cuando es la feria de Inquilpata por favor"


def test_the_language_of_a_first_message_is_the_language_of_its_answer(house: House) -> None:
    say(house, QUECHUA)
    say(house, SPANISH, JUAN)
    assert (person(house).language, person(house, JUAN).language) == ("quz", "es")


def test_a_clear_language_is_followed(house: House) -> None:
    say(house, SPANISH)
    say(house, QUECHUA)
    assert person(house).language == "quz"
    say(house, SPANISH)
    assert person(house).language == "es"


def test_a_chosen_language_stays(house: House) -> None:
    say(house, "QUECHUA")
    say(house, SPANISH)
    assert person(house).language == "quz"
    say(house, "CASTELLANO")
    say(house, QUECHUA)
    assert person(house).language == "es"


@pytest.mark.parametrize("word", ["MENU", "DATOS", "BAJA", "ALTA", "1", "AYUDA", "feria", "👍", "Zurite"])
@pytest.mark.parametrize(("language", "first_text"), [("quz", QUECHUA), ("es", SPANISH)])
def test_words_of_the_service_change_no_language(
    standing: House, somebody: str, word: str, language: str, first_text: str
) -> None:
    say(standing, first_text, somebody)
    say(standing, word, somebody)
    assert person(standing, somebody).language == language


# ── floods and machines ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_flood_gets_a_handful_of_answers_and_is_kept(house: House) -> None:
    answered = sum(bool(say(house, f"feria {n}")) for n in range(500))
    assert 1 <= answered <= HANDFUL
    assert count(house.store, "inbound") == 500


def test_a_flood_ends_and_then_she_is_answered_again(house: House, clock: MovingClock) -> None:
    for n in range(100):
        say(house, f"feria {n}")
    assert say(house, "MENU") == []
    clock.at += timedelta(minutes=2)
    assert say(house, "MENU")


def test_one_text_over_and_over_is_no_longer_answered(house: House, clock: MovingClock) -> None:
    answered = 0
    for _ in range(40):
        clock.at += timedelta(seconds=15)
        answered += bool(say(house, "Estoy manejando, le respondo luego."))
    assert 1 <= answered <= 6


def test_a_long_sentence_may_be_sent_three_times_a_day(house: House, clock: MovingClock) -> None:
    answers = []
    for _ in range(5):
        clock.at += timedelta(minutes=20)
        answers.append(bool(say(house, "cuando es la proxima feria de Inquilpata y a que hora abre")))
    assert answers == [True] * 3 + [False] * 2
    clock.at += timedelta(days=1)
    assert say(house, "cuando es la proxima feria de Inquilpata y a que hora abre")


def test_our_own_words_are_answered_once_a_day(house: House, clock: MovingClock) -> None:
    our_words = say(house, "proxima feria de Inquilpata")[-1]
    clock.at += timedelta(minutes=20)
    assert say(house, our_words, JUAN)
    clock.at += timedelta(minutes=20)
    assert say(house, our_words, JUAN) == []
    assert say(house, "feria", JUAN)


def test_a_person_may_ask_for_the_menu_ten_times(house: House, clock: MovingClock) -> None:
    for _ in range(10):
        clock.at += timedelta(seconds=15)
        assert say(house, "MENU")


def test_silence_after_nonsense_ends_with_sense(house: House, clock: MovingClock) -> None:
    say(house, "CASTELLANO")
    nonsense = []
    for n in range(12):
        clock.at += timedelta(minutes=7)
        nonsense.append(bool(say(house, f"xyzzy plugh {'q' * n} wkrtz")))
    assert nonsense[0]
    assert not nonsense[-1]
    assert say(house, "feria")


def test_limits_can_be_lifted_for_load_tests(tmp_path: Path) -> None:
    house = built(Settings(data=tmp_path, limits=False))
    assert all(say(house, f"feria {n}") for n in range(30))
    house.close()


@pytest.mark.parametrize("pause", [timedelta(seconds=1), timedelta(minutes=20)], ids=str)
@pytest.mark.parametrize("opening", [QUECHUA, "xyzzy", "BAJA"])
def test_two_copies_of_our_own_service_stop_talking(
    tmp_path: Path, clock: MovingClock, opening: str, pause: timedelta
) -> None:
    """Each text of one is brought to the other, as two numbers of ours would do it."""
    houses = [built(Settings(data=tmp_path / name), clock) for name in ("here", "there")]
    waiting, spoken = [(0, opening)], 0
    while waiting and spoken < 500:
        listener, text = waiting.pop(0)
        clock.at += pause
        replies = say(houses[listener], text)
        spoken += len(replies)
        waiting += [(1 - listener, reply) for reply in replies]
    for made in houses:
        made.close()
    assert not waiting
    assert spoken <= 2 * 10


async def test_one_senders_flood_delays_nobody(house: House) -> None:
    loop = asyncio.get_running_loop()
    flood = [asyncio.create_task(house.inbox.receive(sms(f"obras de agua {n}", JUAN))) for n in range(500)]
    await asyncio.sleep(0)
    begun = loop.time()
    taken = await house.inbox.receive(sms("feria", ROSA))
    waited = loop.time() - begun
    assert taken.state == "answered"
    await asyncio.gather(*flood)
    assert waited < 1
    assert count(house.store, "outbox", "address = ?", f"tel:{JUAN}") <= 2 * HANDFUL


# ── whatever arrives ──────────────────────────────────────────────────────────────────────────────────────────────────

ODD = [
    ("10,000 characters", {"text": "feria " * 1666 + "fin."}),
    ("10,000 of one", {"text": "a" * 10_000}),
    ("10,000 digits", {"text": "9" * 10_000}),
    ("10,000 newlines", {"text": "\n".join("a" * 5_000)}),
    ("NUL", {"text": "\x00\x00?\x00"}),
    ("lone surrogates", {"text": "\ud800 \udfff xyzzy"}),
    ("bidi overrides", {"text": "\u202exyzzy\u202c \u2066plugh\u2069"}),
    ("zero width", {"text": "\u200b\u200d\ufeff"}),
    ("combining marks", {"text": "e" + "\u0301" * 9_000}),
    ("emoji", {"text": "😀🇵🇪👩\u200d👩\u200d👧"}),
    ("one sign", {"text": "?"}),
    ("digits of another script", {"text": "٣"}),
    ("markup", {"text": "<script>alert(1)</script> {{7*7}} %s {0} {name}"}),
    ("SQL", {"text": "'; DROP TABLE people; --"}),
    ("empty", {"text": ""}),
    ("blank", {"text": " \n\t "}),
    ("photo", {"text": "", "kind": "other"}),
]


@pytest.mark.parametrize("medium", ["sms", "telegram"])
@pytest.mark.parametrize(("label", "content"), ODD, ids=[label for label, _ in ODD])
def test_odd_input_gets_one_decent_answer_and_the_question_stands(
    standing: House, somebody: str, label: str, content: dict[str, Any], medium: str
) -> None:
    def write(text: str, **more: Any) -> list[str]:
        return say(standing, text, somebody, medium=medium, **more)

    write("CASTELLANO")
    write("BORRAR")
    replies = write(clean(content["text"]), kind=kind_of(content))
    assert len(replies) == 1
    assert re.search(r"No le entendimos|Solo podemos leer texto|Eso no lo sabemos|Feria", replies[0]), replies
    if not replies[0].startswith("Feria"):
        assert "no borramos nada" in " ".join(write("no")).lower()


@pytest.mark.parametrize(("label", "content"), ODD, ids=[label for label, _ in ODD])
def test_odd_input_as_a_first_message_is_answered(
    standing: House, somebody: str, label: str, content: dict[str, Any]
) -> None:
    taken = take(standing, sms(clean(content["text"]), somebody, kind=kind_of(content)))
    assert taken.state in ("answered", "not_understood")
    replies = messages.replies_to(standing.store.read, taken.inbound_id)
    assert 1 <= len(replies) <= 2
    assert all(row["segments"] <= 2 for row in replies)


def kind_of(content: dict[str, Any]) -> str:
    """As a channel says it: what has no words is something else."""
    return content.get("kind") or ("text" if clean(content["text"]).strip() else "other")
