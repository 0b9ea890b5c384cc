"""The outbox against stand-ins of the providers: what leaves, when, how often, and what becomes of what does not."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import Channel
from bot.channels.telegram import TelegramChannel
from bot.channels.twilio import NAME as TWILIO
from bot.channels.twilio import TwilioChannel, classify
from bot.clock import Clock
from bot.conversation.message import Option, Receipt
from bot.records import messages, people
from bot.records.messages import NOTICE, REPLY
from bot.records.store import Row, Store
from bot.service import outbox, pace
from bot.service.commits import Commits
from bot.service.outbox import Sender, take_receipt
from bot.service.pace import Pace
from bot.settings import Settings
from tests.fakes import BOT_TOKEN, FROM, SID, TOKEN, FakeTelegram, FakeTwilio, Fault
from tests.running import JUAN, ROSA, count, first, sms, until

HOUR = timedelta(hours=1)
SOON = 0.25
"""Long enough for anything that is not paused to happen."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of a hundredth of what they are."""
    monkeypatch.setattr(outbox, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(outbox, "INSIST_SECONDS", 0.02)
    monkeypatch.setattr(outbox, "STOP_SECONDS", 0.2)
    monkeypatch.setattr(outbox, "FIRST_PAUSE", timedelta(seconds=0.05))
    monkeypatch.setattr(outbox, "AMBIGUOUS_PAUSE", timedelta(seconds=0.05))
    monkeypatch.setattr(outbox, "LONGEST_PAUSE", timedelta(seconds=0.1))
    monkeypatch.setattr(outbox, "ACCOUNT_PAUSE_SECONDS", 0.3)


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio() as fake:
        yield fake


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


class House:
    """As much of the house as sending needs."""

    def __init__(self, path: Path) -> None:
        self.store, self.clock = Store(path), Clock()
        self.commits = Commits(self.store)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "chaski.db")
    yield made
    made.store.close()


def of_twilio(fake: FakeTwilio, **more: Any) -> TwilioChannel:
    settings = Settings(
        twilio_account_sid=SID,
        twilio_auth_token=TOKEN,
        twilio_from=FROM,
        twilio_api_url=fake.url,
        public_url="http://x",
    )
    return TwilioChannel(replace(settings, **more), Clock(), timeout_seconds=0.3)


def of_telegram(fake: FakeTelegram) -> TelegramChannel:
    return TelegramChannel(Settings(telegram_token=BOT_TOKEN, telegram_api_url=fake.url), timeout_seconds=0.3)


@asynccontextmanager
async def sending(house: House, channel: Channel, per_second: float = 1000.0) -> AsyncIterator[Sender]:
    """A sender at work."""
    sender = Sender(house.commits, house.clock, channel, Pace(per_second, pace.segments))
    await channel.start()
    task = asyncio.create_task(sender.run())
    try:
        yield sender
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await channel.close()


def put(
    house: House,
    text: str = "Feria de Anta",
    to: str = ROSA,
    channel: str = TWILIO,
    priority: int = REPLY,
    life: timedelta = HOUR,
    options: tuple[Option, ...] = (),
) -> int:
    """A message waits in the outbox; its id."""
    address = to if ":" in to else f"tel:{to}"
    row_id, now = house.clock.new_id(), house.clock.now()
    with house.store.write() as tx:
        person = people.load(tx, address) or people.create(tx, house.clock.new_id(), address, now)
        asked = sms(sender=address, channel=channel)
        inbound_id = house.clock.new_id()
        messages.record(tx, inbound_id, asked, person.id, "answered", now)
        draft = messages.Draft(text, text, options, "GSM-7", 1)
        messages.enqueue(tx, row_id, asked, inbound_id, person.id, draft, now, now + life)
        tx.run("UPDATE outbox SET priority = ? WHERE id = ?", priority, row_id)
    return row_id


def row(house: House, row_id: int) -> Row:
    return first(house.store.read.one("SELECT * FROM outbox WHERE id = ?", row_id))


def is_(house: House, row_id: int, *states: str) -> Callable[[], bool]:
    return lambda: row(house, row_id)["state"] in states


def bodies(fake: FakeTwilio) -> list[str]:
    return [message["body"] for message in fake.messages]


# ── what leaves ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_message_leaves_once_with_the_providers_id(house: House, twilio: FakeTwilio) -> None:
    row_id = put(house)
    async with sending(house, of_twilio(twilio)):
        await until(is_(house, row_id, "sent"))
        await asyncio.sleep(SOON)
    assert bodies(twilio) == ["Feria de Anta"]
    assert row(house, row_id)["provider_id"] == twilio.messages[0]["sid"]
    assert row(house, row_id)["closed_at"]
    assert row(house, row_id)["attempts"] == 1


async def test_what_comes_while_it_runs_leaves_at_once_when_the_bell_rings(
    house: House, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "POLL_SECONDS", 60)
    async with sending(house, of_twilio(twilio)) as sender:
        await asyncio.sleep(0.05)
        row_id = put(house)
        sender.wake()
        await until(is_(house, row_id, "sent"), 1)


async def test_what_nobody_rings_for_leaves_all_the_same(house: House, twilio: FakeTwilio) -> None:
    async with sending(house, of_twilio(twilio)):
        await asyncio.sleep(0.05)
        await until(is_(house, put(house), "sent"), 1)


async def test_a_channel_sends_only_what_is_its_own(house: House, twilio: FakeTwilio) -> None:
    other = put(house, channel="other")
    async with sending(house, of_twilio(twilio)):
        await until(is_(house, put(house), "sent"))
    assert row(house, other)["state"] == "waiting"


async def test_buttons_leave_with_a_message(house: House, telegram: FakeTelegram) -> None:
    row_id = put(house, to="telegram:4711", channel="telegram", options=(Option("Sí", "a.b.0"), Option("No", "a.b.1")))
    async with sending(house, of_telegram(telegram)):
        await until(is_(house, row_id, "sent"))
    assert [button["text"] for line in telegram.buttons() for button in line] == ["Sí", "No"]
    assert row(house, row_id)["provider_id"] == "4711:1"


# ── order ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_messages_to_one_person_leave_in_their_order(house: House, twilio: FakeTwilio) -> None:
    rows = [put(house, f"{n}", to) for n in range(40) for to in (ROSA, JUAN)]
    async with sending(house, of_twilio(twilio)):
        await until(lambda: count(house.store, "outbox", "state = 'sent'") == len(rows))
    for to in (ROSA, JUAN):
        assert [m["body"] for m in twilio.messages if m["to"] == to] == [f"{n}" for n in range(40)]


FAILURES = [
    ("server failure", Fault("status", 500, 20500)),
    ("lost before", Fault("drop")),
    ("lost after", Fault("lose")),
    ("no answer", Fault("hang")),
    ("carrier", Fault("status", 400, 30017)),
    ("queue full", Fault("status", 429, 20429, retry_after=1)),
]


@pytest.mark.parametrize(("label", "fault"), FAILURES, ids=[label for label, _ in FAILURES])
async def test_a_message_that_has_to_wait_is_not_overtaken_and_leaves_once(
    house: House, twilio: FakeTwilio, label: str, fault: Fault
) -> None:
    twilio.fail("POST Messages.json", fault)
    rows = [put(house, text) for text in ("first", "second", "third")]
    async with sending(house, of_twilio(twilio)):
        await until(is_(house, rows[-1], "sent"))
    assert bodies(twilio) == ["first", "second", "third"]
    assert [row(house, r)["provider_id"] for r in rows] == [m["sid"] for m in twilio.messages]


async def test_one_whose_fate_is_unknown_holds_up_the_next_for_a_while_only(
    house: House, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "HOLD", timedelta(seconds=0.3))
    twilio.fail("POST Messages.json", Fault("lose"))
    twilio.fail("GET Messages.json", *[Fault("status", 503)] * 500)
    lost, after = put(house, "lost"), put(house, "after")
    async with sending(house, of_twilio(twilio)):
        await asyncio.sleep(0.15)
        assert row(house, after)["state"] == "waiting"
        await until(is_(house, after, "sent"))
    assert row(house, lost)["state"] == "sending"


async def test_answers_leave_before_notices(house: House, twilio: FakeTwilio) -> None:
    for n in range(60):
        put(house, "notice", f"+5198400{n:04}", priority=NOTICE)
    async with sending(house, of_twilio(twilio), per_second=5):  # twenty at once, then five a second
        await until(lambda: len(twilio.messages) >= 20)
        answers = [put(house, "answer", f"+5198500{n:04}") for n in range(3)]
        begun = len(twilio.messages)
        await until(lambda: all(row(house, answer)["state"] == "sent" for answer in answers))
        assert len(twilio.messages) <= begun + 3 + 2


async def test_answers_are_claimed_before_notices(house: House, twilio: FakeTwilio) -> None:
    put(house, "notice", ROSA, priority=NOTICE)
    put(house, "answer", ROSA)
    with house.store.write() as tx:
        claimed = messages.claim(tx, TWILIO, house.clock.now(), 10, 10)
    assert [(c.out.text, c.priority) for c in claimed] == [("answer", REPLY), ("notice", NOTICE)]


# ── leases ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def claim(house: House, later: timedelta = timedelta()) -> list[messages.Claimed]:
    with house.store.write() as tx:
        return messages.claim(tx, TWILIO, house.clock.now() + later, 10, 10)


def test_what_is_claimed_is_nobody_elses_until_its_lease_lapses(house: House) -> None:
    row_id = put(house)
    assert [(c.out.id, c.was_tried) for c in claim(house)] == [(row_id, False)]
    assert claim(house) == []
    assert claim(house, messages.LEASE - timedelta(seconds=5)) == []
    assert [(c.out.id, c.was_tried) for c in claim(house, messages.LEASE + timedelta(seconds=5))] == [(row_id, True)]
    assert row(house, row_id)["attempts"] == 2


async def test_a_row_that_a_dead_sender_held_leaves_at_once(house: House, twilio: FakeTwilio) -> None:
    row_id = put(house)
    claim(house)
    async with sending(house, of_twilio(twilio)):
        await until(is_(house, row_id, "sent"), 1)
    assert len(twilio.messages) == 1


async def test_a_row_that_a_dead_sender_had_sent_is_found_and_not_sent_again(house: House, twilio: FakeTwilio) -> None:
    row_id = put(house)
    claim(house)
    sent = twilio.put(ROSA, "Feria de Anta")
    async with sending(house, of_twilio(twilio)):
        await until(is_(house, row_id, "sent"), 1)
    assert len(twilio.messages) == 1
    assert row(house, row_id)["provider_id"] == sent["sid"]


async def test_two_rows_with_one_text_are_found_as_two_messages(house: House, twilio: FakeTwilio) -> None:
    """The first was sent and its id kept; of the second, only one copy stands in the list."""
    async with sending(house, of_twilio(twilio)):
        await until(is_(house, put(house), "sent"))
    again = put(house)
    claim(house)
    async with sending(house, of_twilio(twilio)):
        await until(is_(house, again, "sent"))
    assert len(twilio.messages) == 2
    assert count(house.store, "outbox", "state = 'sent'") == 2
    assert len({m["sid"] for m in twilio.messages}) == 2


async def test_what_waits_longer_than_a_lease_for_its_turn_leaves_once(
    house: House, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "BURST_SECONDS", 0.1)
    monkeypatch.setattr(messages, "LEASE", timedelta(seconds=0.2))
    monkeypatch.setattr(outbox, "RENEW_SECONDS", 0.06)
    rows = [put(house, f"{n}", f"+5198400{n:04}") for n in range(20)]
    async with sending(house, of_twilio(twilio), per_second=25):
        await until(lambda: count(house.store, "outbox", "state = 'sent'") == len(rows))
        await asyncio.sleep(SOON)
    assert sorted(bodies(twilio), key=int) == [f"{n}" for n in range(20)]
    assert {row(house, r)["attempts"] for r in rows} == {1}


async def test_a_lease_that_lapses_in_hand_sends_nothing_twice(
    house: House, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the machine slept, or the database was away when the lease was to be renewed."""
    monkeypatch.setattr(pace, "BURST_SECONDS", 0.1)
    monkeypatch.setattr(messages, "LEASE", timedelta(seconds=0.1))
    monkeypatch.setattr(outbox, "RENEW_SECONDS", 60)
    for n in range(20):
        put(house, f"{n}", f"+5198400{n:04}")
    async with sending(house, of_twilio(twilio), per_second=25):
        await until(lambda: count(house.store, "outbox", "state = 'sent'") == 20)
        await asyncio.sleep(SOON)
    assert sorted(bodies(twilio), key=int) == [f"{n}" for n in range(20)]


# ── lost answers ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", ["lose", "hang"])
async def test_a_lost_answer_is_looked_up_and_nothing_leaves_twice(house: House, twilio: FakeTwilio, mode: Any) -> None:
    twilio.fail("POST Messages.json", Fault(mode))
    row_id = put(house)
    async with sending(house, of_twilio(twilio)):
        await until(is_(house, row_id, "sent"))
        await asyncio.sleep(SOON)
    assert len(twilio.messages) == 1
    assert row(house, row_id)["provider_id"] == twilio.messages[0]["sid"]
    assert twilio.count("Messages.json") == (1 if mode == "lose" else 2)


async def test_what_the_provider_never_got_is_sent_again(house: House, twilio: FakeTwilio) -> None:
    twilio.fail("POST Messages.json", Fault("status", 502), Fault("status", 502))
    row_id = put(house)
    async with sending(house, of_twilio(twilio)):
        await until(is_(house, row_id, "sent"))
    assert len(twilio.messages) == 1
    assert twilio.count("Messages.json") == 3


async def test_while_the_list_is_unavailable_nothing_is_sent_and_it_is_asked_again(
    house: House, twilio: FakeTwilio
) -> None:
    twilio.fail("POST Messages.json", Fault("lose"))
    twilio.fail("GET Messages.json", Fault("status", 503), Fault("drop"), Fault("status", 429))
    row_id = put(house)
    async with sending(house, of_twilio(twilio)):
        await until(is_(house, row_id, "sent"))
    assert len(twilio.messages) == 1
    assert sum(call.method == "GET" for call in twilio.calls) == 4


async def test_what_can_never_be_looked_up_ends_as_unknown(house: House, twilio: FakeTwilio) -> None:
    twilio.fail("POST Messages.json", Fault("lose"))
    twilio.fail("GET Messages.json", *[Fault("status", 503)] * 500)
    row_id = put(house, life=timedelta(seconds=0.6))
    async with sending(house, of_twilio(twilio)):
        await until(is_(house, row_id, "unknown"))
    assert len(twilio.messages) == 1
    assert row(house, row_id)["error_class"] == "Ambiguous"


async def test_what_is_absent_and_too_late_by_now_is_dropped(house: House, twilio: FakeTwilio) -> None:
    row_id = put(house, life=timedelta(seconds=-1))
    with house.store.write() as tx:
        tx.run("UPDATE outbox SET state = 'sending', lease_until = created_at, claimed_at = created_at")
    async with sending(house, of_twilio(twilio)):
        await until(is_(house, row_id, "dropped"))
    assert twilio.messages == []


async def test_a_provider_without_a_list_gets_an_answer_again_but_not_too_late(
    house: House, telegram: FakeTelegram
) -> None:
    """A doubled answer is better than none; after its time it is neither."""
    telegram.fail("sendMessage", Fault("lose"))
    fresh = put(house, to="telegram:1", channel="telegram")
    async with sending(house, of_telegram(telegram)):
        await until(is_(house, fresh, "sent"))
        late = put(house, to="telegram:2", channel="telegram", life=timedelta(seconds=-1))
        with house.store.write() as tx:
            tx.run("UPDATE outbox SET state = 'sending', lease_until = '', claimed_at = created_at WHERE id = ?", late)
        await until(is_(house, late, "unknown"))
    assert {sent["chat_id"] for sent in telegram.sent} == {"1"}


async def test_what_breaks_in_the_channel_itself_is_looked_up_like_a_lost_answer(
    house: House, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = of_twilio(twilio)
    real = channel.send
    failed: list[str] = []

    async def send(out: Any) -> str:
        if not failed:
            failed.append(await real(out))
            raise KeyError("broken on purpose")
        return await real(out)

    monkeypatch.setattr(channel, "send", send)
    row_id = put(house)
    async with sending(house, channel):
        await until(is_(house, row_id, "sent"))
    assert len(twilio.messages) == 1


async def test_what_fails_for_ever_is_given_up(
    house: House, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "TRIES", 4)
    twilio.fail("POST Messages.json", *[Fault("status", 400, 30017)] * 50)
    row_id = put(house)
    async with sending(house, of_twilio(twilio)):
        await until(is_(house, row_id, "failed"))
    assert twilio.count("Messages.json") == 4
    assert (row(house, row_id)["error_class"], row(house, row_id)["error_code"]) == ("TryLater", "30017")


async def test_an_unreachable_provider_is_tried_again(house: House, twilio: FakeTwilio) -> None:
    port = int(twilio.url.rpartition(":")[2])
    await twilio.close()
    row_id = put(house)
    channel = of_twilio(twilio)
    async with sending(house, channel):
        await asyncio.sleep(SOON)
        assert row(house, row_id)["attempts"] > 1
        assert row(house, row_id)["state"] in ("waiting", "sending")
        again = await FakeTwilio().start(port)
        await until(is_(house, row_id, "sent"))
    assert len(again.messages) == 1
    await again.close()


# ── pauses ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_slow_down_pauses_the_channel_and_only_it(
    house: House, twilio: FakeTwilio, telegram: FakeTelegram
) -> None:
    telegram.fail("sendMessage", Fault(status=429, message="Too Many Requests: retry after 1", retry_after=1))
    async with sending(house, of_telegram(telegram)), sending(house, of_twilio(twilio)):
        begun = time.monotonic()
        slow = put(house, to="telegram:1", channel="telegram")
        await until(lambda: bool(telegram.calls))
        same_channel = put(house, to="telegram:2", channel="telegram")
        other_channel = put(house)
        await until(is_(house, other_channel, "sent"))
        assert time.monotonic() - begun < 0.9
        assert telegram.sent == []
        await until(lambda: len(telegram.sent) == 2)
        assert time.monotonic() - begun >= 1
    assert row(house, slow)["state"] == row(house, same_channel)["state"] == "sent"
    assert row(house, slow)["attempts"] == 1  # a pause of the channel is no failure of the message


async def test_account_trouble_keeps_everything_waiting(house: House, twilio: FakeTwilio) -> None:
    twilio.fail("POST Messages.json", *[Fault("status", 401, 20003)] * 100)
    rows = [put(house, f"{n}", f"+5198400{n:04}") for n in range(100)]
    async with sending(house, of_twilio(twilio)):
        await asyncio.sleep(0.2)
        assert count(house.store, "outbox", "state IN ('waiting', 'sending')") == len(rows)
        refused = twilio.count("Messages.json")
        assert refused <= outbox.IN_HAND + 8
        twilio.faults.clear()
        await until(lambda: count(house.store, "outbox", "state = 'sent'") == len(rows))
    assert sorted(bodies(twilio), key=int) == [f"{n}" for n in range(100)]
    assert count(house.store, "addresses", "unusable_since IS NOT NULL") == 0


FINAL = [
    ("opted out", Fault("status", 400, 21610), "OptedOut", True),
    ("bad number", Fault("status", 400, 21211), "BadAddress", True),
    ("no mobile", Fault("status", 400, 21614), "BadAddress", True),
    ("our fault", Fault("status", 400, 21617), "OurFault", False),
    ("unknown to us", Fault("status", 400, 29999), "OurFault", False),
]


@pytest.mark.parametrize(("label", "fault", "error_class", "is_marked"), FINAL, ids=[label for label, *_ in FINAL])
async def test_a_definite_no_is_not_tried_again(
    house: House, twilio: FakeTwilio, label: str, fault: Fault, error_class: str, is_marked: bool
) -> None:
    twilio.fail("POST Messages.json", fault)
    row_id = put(house)
    after = put(house, "second")
    async with sending(house, of_twilio(twilio)):
        await until(is_(house, after, "sent"))
    assert row(house, row_id)["state"] == "failed"
    assert (row(house, row_id)["error_class"], row(house, row_id)["error_code"]) == (error_class, str(fault.code))
    assert bodies(twilio) == ["second"]
    marked = first(house.store.read.one("SELECT unusable_because FROM addresses"))["unusable_because"]
    assert marked == (error_class if is_marked else None)


async def test_telegram_that_was_blocked_marks_the_chat(house: House, telegram: FakeTelegram) -> None:
    telegram.fail("sendMessage", Fault(status=403, message="Forbidden: bot was blocked by the user"))
    row_id = put(house, to="telegram:1", channel="telegram")
    async with sending(house, of_telegram(telegram)):
        await until(is_(house, row_id, "failed"))
    assert first(house.store.read.one("SELECT * FROM addresses"))["unusable_because"] == "OptedOut"


async def test_what_is_too_late_is_dropped_unsent(house: House, twilio: FakeTwilio) -> None:
    row_id = put(house, life=timedelta(seconds=-1))
    async with sending(house, of_twilio(twilio)):
        await until(is_(house, row_id, "dropped"))
    assert row(house, row_id)["error_class"] == "too_late"
    assert twilio.calls == []


async def test_what_grows_too_old_while_the_channel_pauses_is_dropped(house: House, twilio: FakeTwilio) -> None:
    twilio.fail("POST Messages.json", Fault("status", 401, 20003))
    rows = [put(house, f"{n}", f"+5198400{n:04}", life=timedelta(seconds=0.2)) for n in range(3)]
    async with sending(house, of_twilio(twilio), per_second=0.25):  # a burst of four, then one in four seconds
        await until(lambda: count(house.store, "outbox", "state IN ('dropped', 'sent')") == len(rows))
    assert count(house.store, "outbox", "state = 'dropped'") >= 1


# ── pace ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_message_takes_the_room_of_its_segments(house: House, twilio: FakeTwilio) -> None:
    for n in range(6):
        put(house, "x" * 200, f"+5198400{n:04}")
    async with sending(house, of_twilio(twilio), per_second=1):  # four segments at once, then one a second
        await asyncio.sleep(SOON)
        assert len(twilio.messages) == 2


async def test_no_more_leaves_in_a_second_than_was_agreed() -> None:
    pacer, begun = Pace(100, pace.segments), time.monotonic()
    await asyncio.gather(*(pacer.wait("x" * 200) for _ in range(220)))
    after_the_burst = (440 - 400) / 100
    assert 0.9 * after_the_burst <= time.monotonic() - begun <= 1.5 * after_the_burst


async def test_a_short_answer_leaves_at_once_at_the_slowest_pace() -> None:
    pacer, begun = Pace(0.01, pace.segments), time.monotonic()
    await pacer.wait("x" * 300)
    assert time.monotonic() - begun < 0.1


async def test_a_text_longer_than_any_burst_leaves_too() -> None:
    pacer = Pace(100, lambda text: 1000)
    async with asyncio.timeout(1):
        await pacer.wait("x")


async def test_who_gives_up_waiting_takes_nobodys_turn() -> None:
    pacer = Pace(20, pace.one)
    await asyncio.gather(*(pacer.wait("x") for _ in range(80)))  # the burst
    waiting = [asyncio.create_task(pacer.wait("x")) for _ in range(40)]
    await asyncio.sleep(0)
    for task in waiting[:39]:
        task.cancel()
    async with asyncio.timeout(0.5):
        await waiting[39]


async def test_a_pause_can_be_prolonged_and_holds_those_who_already_wait() -> None:
    pacer, begun = Pace(1000, pace.one), time.monotonic()
    pacer.pause(0.1)
    waiting = asyncio.create_task(pacer.wait("x"))
    await asyncio.sleep(0.05)
    pacer.pause(0.2)
    await waiting
    assert 0.2 <= time.monotonic() - begun < 0.5


# ── the database and the end ──────────────────────────────────────────────────────────────────────────────────────────


async def test_while_the_database_is_held_nothing_leaves_twice_and_then_all_goes_on(
    house: House, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.commits.patience_seconds = 0.01
    monkeypatch.setattr(pace, "BURST_SECONDS", 0.1)
    monkeypatch.setattr(messages, "LEASE", timedelta(seconds=0.1))
    rows = [put(house, f"{n}", f"+5198400{n:04}") for n in range(10)]
    other = sqlite3.connect(house.store.where, isolation_level=None)
    async with sending(house, of_twilio(twilio), per_second=25):
        await until(lambda: bool(twilio.messages))
        other.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(0.4)
        other.execute("ROLLBACK")
        await until(lambda: count(house.store, "outbox", "state = 'sent'") == len(rows))
    assert sorted(bodies(twilio), key=int) == [f"{n}" for n in range(10)]
    other.close()


async def test_a_database_held_at_the_start_does_not_end_the_sending(house: House, twilio: FakeTwilio) -> None:
    row_id = put(house)
    house.commits.patience_seconds = 0.01
    other = sqlite3.connect(house.store.where, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with sending(house, of_twilio(twilio)):
        await asyncio.sleep(0.1)
        other.execute("ROLLBACK")
        await until(is_(house, row_id, "sent"))
    other.close()


async def test_what_breaks_while_claiming_does_not_end_the_sending(
    house: House, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> list[messages.Claimed]:
        raise RuntimeError("broken on purpose")

    row_id = put(house)
    with monkeypatch.context() as patched:
        patched.setattr(messages, "claim", broken)
        async with sending(house, of_twilio(twilio)):
            await asyncio.sleep(0.1)
            patched.undo()
            await until(is_(house, row_id, "sent"))


async def test_stopping_gives_back_what_has_not_begun(house: House, twilio: FakeTwilio) -> None:
    rows = [put(house, f"{n}", f"+5198400{n:04}") for n in range(20)]
    async with sending(house, of_twilio(twilio), per_second=1):  # four at once, then one a second
        await until(lambda: len(twilio.messages) == 4)
        await asyncio.sleep(0.05)
    states = [row(house, r)["state"] for r in rows]
    assert (states.count("sent"), states.count("waiting")) == (4, 16)
    assert {row(house, r)["attempts"] for r in rows} == {0, 1}
    async with sending(house, of_twilio(twilio)):
        await until(lambda: count(house.store, "outbox", "state = 'sent'") == 20, 1)
    assert sorted(bodies(twilio), key=int) == [f"{n}" for n in range(20)]
    assert not any(call.method == "GET" for call in twilio.calls)  # nothing was in doubt


async def test_stopping_waits_a_moment_for_what_is_under_way_and_no_longer(house: House, twilio: FakeTwilio) -> None:
    twilio.fail("POST Messages.json", Fault("hang"))
    row_id = put(house)
    channel = of_twilio(twilio)
    channel._timeout_seconds = 10
    async with sending(house, channel):
        await until(lambda: bool(twilio.calls))
        begun = time.monotonic()
    assert time.monotonic() - begun < 1
    assert row(house, row_id)["state"] == "sending"  # nobody knows; the next start asks
    async with sending(house, of_twilio(twilio)):
        await until(is_(house, row_id, "sent"), 1)
    assert len(twilio.messages) == 1


async def test_the_last_answer_to_somebody_erased_leaves_and_then_nothing_is_left(
    house: House, twilio: FakeTwilio
) -> None:
    row_id = put(house, "Borramos sus datos.")
    with house.store.write() as tx:
        known = people.load(tx, f"tel:{ROSA}")
        assert known
        people.erase(tx, known.id, b"key", house.clock.now())
    twilio.fail("POST Messages.json", Fault("lose"))
    async with sending(house, of_twilio(twilio)):
        await until(is_(house, row_id, "sent"))
    assert bodies(twilio) == ["Borramos sus datos."]
    assert (row(house, row_id)["body"], row(house, row_id)["address"]) == ("", "")


# ── receipts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

RECEIPTS = [
    ("in order", ["sent", "delivered"], "delivered"),
    ("reversed", ["delivered", "sent"], "delivered"),
    ("doubled", ["delivered", "delivered"], "delivered"),
    ("failed", ["sent", "failed"], "failed"),
    ("failed after delivered", ["delivered", "failed"], "delivered"),
    ("delivered after failed", ["failed", "delivered"], "failed"),
    ("only sent", ["sent", "sent"], "sent"),
]


@pytest.mark.parametrize("is_early", [False, True], ids=["later", "before our own answer"])
@pytest.mark.parametrize(("label", "states", "expected"), RECEIPTS, ids=[label for label, *_ in RECEIPTS])
def test_receipts_only_raise_the_state(
    house: House, label: str, states: list[Any], expected: str, is_early: bool
) -> None:
    row_id, now = put(house), datetime.now(UTC)
    claim(house)
    with house.store.write() as tx:
        if not is_early:
            messages.sent(tx, row_id, "SM1", now)
        for state in states:
            receipt = Receipt(TWILIO, "SM1", state, "30004" if state == "failed" else "")
            take_receipt(tx, house.clock, receipt, classify, now)
        if is_early:
            messages.sent(tx, row_id, "SM1", now)
    assert row(house, row_id)["state"] == expected
    assert row(house, row_id)["error_code"] == ("30004" if expected == "failed" else None)
    assert count(house.store, "receipts") == len(states)


def test_a_receipt_for_nothing_of_ours_is_kept_and_harms_nothing(house: House) -> None:
    row_id = put(house)
    with house.store.write() as tx:
        take_receipt(tx, house.clock, Receipt(TWILIO, "SM-other", "failed", "30005"), classify, datetime.now(UTC))
    assert row(house, row_id)["state"] == "waiting"
    assert count(house.store, "receipts") == 1


def test_a_receipt_of_another_channel_is_not_ours(house: House) -> None:
    row_id, now = put(house), datetime.now(UTC)
    claim(house)
    with house.store.write() as tx:
        take_receipt(tx, house.clock, Receipt("other", "SM1", "failed", "30005"), classify, now)
        messages.sent(tx, row_id, "SM1", now)
    assert row(house, row_id)["state"] == "sent"


@pytest.mark.parametrize(("code", "is_marked"), [("30005", True), ("21610", True), ("30003", False), ("30007", False)])
def test_a_receipt_of_a_dead_number_marks_it(house: House, code: str, is_marked: bool) -> None:
    row_id, now = put(house), datetime.now(UTC)
    with house.store.write() as tx:
        messages.sent(tx, row_id, "SM1", now)
        take_receipt(tx, house.clock, Receipt(TWILIO, "SM1", "failed", code), classify, now)
    assert count(house.store, "addresses", "unusable_since IS NOT NULL") == is_marked


def test_old_receipts_are_not_looked_through_for_each_message(house: House) -> None:
    plan = house.store.read.all(
        "EXPLAIN QUERY PLAN SELECT r.state FROM outbox o JOIN receipts r ON r.channel = o.channel"
        " WHERE o.id = 1 AND r.provider_id = 'SM1' AND r.is_early = 1 ORDER BY r.id LIMIT 1"
    )
    assert any("receipts_early" in step["detail"] for step in plan)
