"""What a provider received while we were away: taken in afterwards, in order, once; who is read too late is told so."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import House, Service
from bot.channels import telegram as telegram_channel
from bot.channels import twilio as twilio_channel
from bot.channels.telegram import TelegramChannel
from bot.channels.twilio import TwilioChannel
from bot.clock import from_text
from bot.conversation.message import Inbound
from bot.errors import AccountTrouble, Ambiguous, SendError, SlowDown
from bot.records import people, recovery
from bot.records.store import Store
from bot.service.recovery import UNDER_WAY, Recovered, Recovery
from bot.settings import Settings
from tests.fakes import BOT_TOKEN, FROM, SID, TOKEN, FakeTelegram, FakeTwilio, Fault
from tests.running import JUAN, ROSA, bot, built, count, free_port, served, sms, take, until, with_twilio

LATE_ES = "Disculpe, leímos tarde su mensaje. Si todavía lo necesita, escríbalo otra vez."
LATE_QUZ = "Pampachaykuway, mensajeykita tardellaña ñawinchayku. Munankiraq chayqa, yapamanta qillqay."


def ago(**time: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio() as fake:
        yield fake


def settings(twilio: FakeTwilio, data: Path, **more: Any) -> Settings:
    own = {"twilio_account_sid": SID, "twilio_auth_token": TOKEN, "twilio_from": FROM, "twilio_api_url": twilio.url}
    return Settings(data=data, limits=False, **(own | more))


@asynccontextmanager
async def recovering(twilio: FakeTwilio, data: Path, **more: Any) -> AsyncIterator[tuple[House, Recovery]]:
    """A house without a sender, and what asks the provider for it."""
    mine = settings(twilio, data, **more)
    with closing(built(mine)) as house:
        channel = TwilioChannel(mine, house.clock, timeout_seconds=1.0)
        try:
            yield house, Recovery(house.commits, house.inbox, channel)
        finally:
            await channel.close()


def said(house: House) -> list[tuple[str, str]]:
    """What was taken in, in the order in which it was: (words, state)."""
    return [(row["body"], row["state"]) for row in house.store.read.all("SELECT body, state FROM inbound ORDER BY id")]


def answers(house: House, address: str = f"tel:{ROSA}") -> list[str]:
    found = house.store.read.all("SELECT unfolded, body FROM outbox WHERE address = ? ORDER BY id", address)
    return [row["unfolded"] or row["body"] for row in found]


# ── taking in ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_was_missed_is_taken_in_in_order_and_once(twilio: FakeTwilio, tmp_path: Path) -> None:
    twilio.receive(ROSA, "cita pediatra", ago(minutes=30))
    twilio.receive(JUAN, "obras agua 2008", ago(minutes=20))
    twilio.receive(ROSA, "menu", ago(minutes=10))
    async with recovering(twilio, tmp_path) as (house, missing):
        assert await missing.look() == Recovered(3, 0)
        assert [words for words, _ in said(house)] == ["cita pediatra", "obras agua 2008", "menu"]
        assert {state for _, state in said(house)} == {"answered"}
        assert await missing.look() == Recovered(0, 0)
        assert len(said(house)) == 3


async def test_it_is_taken_in_with_its_true_time(twilio: FakeTwilio, tmp_path: Path) -> None:
    """On a database of another year too: how long ago she wrote is what counts."""
    sent = ago(minutes=40).replace(microsecond=0)
    twilio.receive(ROSA, "obras agua 2008", sent)
    async with recovering(twilio, tmp_path, start=datetime(2027, 3, 1, 9, tzinfo=UTC)) as (house, missing):
        await missing.look()
        row = house.store.read.one("SELECT sent_at, received_at FROM inbound")
        assert row
        assert from_text(row["sent_at"]) == sent
        waited = house.clock.now() - from_text(row["received_at"])
        assert timedelta(minutes=40) <= waited < timedelta(minutes=42)


async def test_what_we_know_and_what_is_not_for_us_is_passed_over(twilio: FakeTwilio, tmp_path: Path) -> None:
    known = twilio.receive(ROSA, "menu", ago(minutes=9))
    twilio.receive(ROSA, "menu", ago(minutes=8), to="+51984000777")
    twilio.put(ROSA, "una respuesta nuestra", made=ago(minutes=8))
    twilio.receive(JUAN, "menu", ago(days=3))
    async with recovering(twilio, tmp_path) as (house, missing):
        take(house, sms("menu", channel="twilio", provider_id=known["sid"]))
        assert await missing.look() == Recovered(0, 0)


async def test_a_list_is_read_on_from_where_it_was_read_last(twilio: FakeTwilio, tmp_path: Path) -> None:
    newest = ago(days=4).replace(microsecond=0)
    async with recovering(twilio, tmp_path) as (house, missing):
        with house.store.write() as tx:
            recovery.set_listed_until(tx, "twilio", newest)
        twilio.receive(ROSA, "hace mucho", newest - timedelta(minutes=11))
        twilio.receive(ROSA, "se demoro en la lista", newest - timedelta(minutes=9))
        twilio.receive(ROSA, "despues", newest + timedelta(minutes=1))
        await missing.look()
        assert [words for words, _ in said(house)] == ["se demoro en la lista", "despues"]
        assert recovery.listed_until(house.store.read, "twilio") == newest + timedelta(minutes=1)


async def test_many_pages(twilio: FakeTwilio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_channel, "_LARGEST_PAGE", 3)
    for n in range(10):
        twilio.receive(f"+5198400{n:04}", f"obras {n}", ago(minutes=30 - n))
    async with recovering(twilio, tmp_path) as (house, missing):
        assert await missing.look() == Recovered(10, 0)
        assert [words for words, _ in said(house)] == [f"obras {n}" for n in range(10)]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(status=429, code=20429, retry_after=7), SlowDown),
        (Fault(status=503), Ambiguous),
        (Fault(status=401, code=20003), AccountTrouble),
        (Fault(mode="drop"), Ambiguous),
        (Fault(mode="lose"), Ambiguous),
        (Fault(mode="hang"), Ambiguous),
    ],
    ids=lambda given: given.mode + str(given.status) if isinstance(given, Fault) else "",
)
@pytest.mark.parametrize("page", [1, 2])
async def test_a_list_that_breaks_off_is_read_again_later(
    twilio: FakeTwilio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault, error: type[SendError], page: int
) -> None:
    """Nothing is taken from half a list: the oldest stands at its end."""
    monkeypatch.setattr(twilio_channel, "_LARGEST_PAGE", 2)
    for n in range(3):
        twilio.receive(ROSA, f"obras {n}", ago(minutes=30 - n))
    async with recovering(twilio, tmp_path) as (house, missing):
        times = 2 if fault.mode in ("drop", "lose") else 1  # the library asks once more by itself
        twilio.fail("GET Messages.json", *[Fault(mode="none")] * (page - 1), *[fault] * times)
        with pytest.raises(error):
            await missing.look()
        assert said(house) == []
        assert await missing.look() == Recovered(3, 0)


async def test_what_is_being_brought_just_now_is_left_alone(twilio: FakeTwilio, tmp_path: Path) -> None:
    twilio.receive(ROSA, "menu", ago(seconds=30))
    async with recovering(twilio, tmp_path) as (house, missing):
        assert await missing.look(UNDER_WAY) == Recovered(0, 0)
        assert await missing.look() == Recovered(1, 0)
        assert len(said(house)) == 1


@pytest.mark.parametrize(
    ("number", "taken"), [("", ["a nuestro servicio", "a ninguno"]), (FROM, ["a nuestro servicio", "a nuestro numero"])]
)
async def test_a_messaging_service_has_several_numbers(
    twilio: FakeTwilio, tmp_path: Path, number: str, taken: list[str]
) -> None:
    for words, to, service in (
        ("a nuestro servicio", "+51984000777", "MG1"),
        ("a otro servicio", "+51984000778", "MG2"),
        ("a ninguno" if not number else "a nuestro numero", FROM, None),
        *([("a un numero ajeno", "+51984000779", None)] if number else []),
    ):
        twilio.receive(ROSA, words, ago(minutes=5), to=to)["messaging_service_sid"] = service
    more = {"twilio_from": number, "twilio_messaging_service_sid": "MG1"}
    async with recovering(twilio, tmp_path, **more) as (house, missing):
        await missing.look()
        assert [words for words, _ in said(house)] == taken


# ── too late ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("language", "words"), [("es", LATE_ES), ("quz", LATE_QUZ)])
async def test_a_stale_message_gets_one_sentence(twilio: FakeTwilio, tmp_path: Path, language: str, words: str) -> None:
    for hours in (9, 8, 7):
        twilio.receive(ROSA, "cita pediatra", ago(hours=hours))
    async with recovering(twilio, tmp_path) as (house, missing):
        with house.store.write() as tx:
            person = people.create(tx, 7, f"tel:{ROSA}", house.clock.now())
            people.set_language(tx, person.id, language, is_chosen=True)
        assert await missing.look() == Recovered(3, 3)
        assert answers(house) == [words]
        assert [state for _, state in said(house)] == ["answered", "silent", "silent"]
        assert count(house.store, "inbound", "intent = 'late'") == 3


async def test_what_waits_for_her_answer_goes_on_waiting(twilio: FakeTwilio, tmp_path: Path) -> None:
    async with recovering(twilio, tmp_path) as (house, missing):
        take(house, sms("ferias", channel="twilio"))
        before = house.store.read.one("SELECT state FROM sessions")
        twilio.receive(ROSA, "1", ago(hours=5))
        await missing.look()
        after = house.store.read.one("SELECT state FROM sessions")
        assert before
        assert after
        assert after["state"] == before["state"]
        assert answers(house)[-1] == LATE_ES


@pytest.mark.parametrize("words", ["BAJA", "STOP", "ya no quiero que me manden avisos"])
async def test_a_stop_is_obeyed_however_late(twilio: FakeTwilio, tmp_path: Path, words: str) -> None:
    twilio.receive(ROSA, words, ago(hours=20))
    async with recovering(twilio, tmp_path) as (house, missing):
        await missing.look()
        assert count(house.store, "people", "opted_out_at IS NOT NULL") == 1


async def test_a_cry_for_help_is_answered_and_seen_however_late(twilio: FakeTwilio, tmp_path: Path) -> None:
    twilio.receive(ROSA, "auxilio", ago(hours=20))
    async with recovering(twilio, tmp_path) as (house, missing):
        await missing.look()
        assert "116" in answers(house)[0]
        assert count(house.store, "inbound", "intent = 'emergencia'") == 1


async def test_who_has_written_again_since_is_not_answered_as_if_she_had_not(
    twilio: FakeTwilio, tmp_path: Path
) -> None:
    """A bare «1» of half an hour ago is no answer to what she was asked just now."""
    twilio.receive(ROSA, "1", ago(minutes=30))
    async with recovering(twilio, tmp_path) as (house, missing):
        take(house, sms("ferias", channel="twilio"))
        await missing.look()
        assert answers(house)[-1] == LATE_ES


async def test_what_nobody_remembers_is_kept_without_a_word(twilio: FakeTwilio, tmp_path: Path) -> None:
    async with recovering(twilio, tmp_path) as (house, missing):
        with house.store.write() as tx:
            recovery.set_listed_until(tx, "twilio", ago(days=9))
        twilio.receive(ROSA, "obras agua 2008", ago(days=5))
        assert await missing.look() == Recovered(1, 1)
        assert said(house) == [("obras agua 2008", "silent")]
        assert answers(house) == []


@pytest.mark.parametrize(
    ("waited", "may_be_late", "is_told"), [(5.0, True, True), (5.0, False, False), (-9000.0, True, False)]
)
def test_only_what_may_have_waited_is_judged_by_its_time(
    tmp_path: Path, waited: float, may_be_late: bool, is_told: bool
) -> None:
    """A clock that is wrong by a year does not put off whoever writes now."""
    with closing(built(Settings(data=tmp_path))) as house:
        message = sms("obras agua 2008", channel="twilio", sent_at=ago(hours=waited), may_be_late=may_be_late)
        take(house, message)
        assert (answers(house) == [LATE_ES]) == is_told


# ── Telegram, which keeps them for a day itself ───────────────────────────────────────────────────────────────────────


async def test_what_waited_at_telegram_may_be_late_and_what_is_waited_for_is_not() -> None:
    taken: list[Inbound] = []

    async def take_in(inbound: Inbound) -> None:
        taken.append(inbound)

    async def set_aside(raw: object, reason: str) -> None:
        raise AssertionError(reason)

    async with FakeTelegram() as fake:
        await fake.say(7, "antes")
        own = Settings(telegram_token=BOT_TOKEN, telegram_api_url=fake.url)
        channel = TelegramChannel(own, timeout_seconds=1.5, poll_seconds=1, pause_seconds=0.02)
        polling = asyncio.create_task(channel.run_polling(take_in, set_aside))
        await until(lambda: len(taken) == 1)
        await until(lambda: sum(call.path.endswith("getUpdates") for call in fake.calls) >= 3)
        await fake.say(7, "ahora")
        await until(lambda: len(taken) == 2)
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
        await channel.close()
    assert [(each.text, each.may_be_late) for each in taken] == [("antes", True), ("ahora", False)]


async def test_after_a_gap_they_may_be_late_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_channel, "_GAP_SECONDS", 0.5)
    taken: list[Inbound] = []

    async def take_in(inbound: Inbound) -> None:
        taken.append(inbound)

    async def set_aside(raw: object, reason: str) -> None:
        raise AssertionError(reason)

    async with FakeTelegram() as fake:
        own = Settings(telegram_token=BOT_TOKEN, telegram_api_url=fake.url)
        channel = TelegramChannel(own, timeout_seconds=1.5, poll_seconds=0, pause_seconds=0.6)
        polling = asyncio.create_task(channel.run_polling(take_in, set_aside))
        await until(lambda: sum(call.path.endswith("getUpdates") for call in fake.calls) >= 2)
        fake.fail("getUpdates", Fault(status=502))
        await until(lambda: not fake.faults["getUpdates"])
        await fake.say(7, "mientras tanto")
        await until(lambda: len(taken) == 1)
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
        await channel.close()
    assert taken[0].may_be_late


async def test_a_stale_update_of_telegram_gets_the_sentence_too(tmp_path: Path) -> None:
    async with FakeTelegram() as fake:
        update = await fake.say(7, "obras agua 2008")
        update["message"]["date"] = int(ago(hours=12).timestamp())
        port = free_port()
        own = Settings(data=tmp_path, port=port, telegram_token=BOT_TOKEN, telegram_api_url=fake.url)
        service = Service(built(replace(own, public_url=f"http://127.0.0.1:{port}")))
        try:
            await service.start()
            await until(lambda: len(fake.sent) == 1, 15)
            assert fake.sent[0]["text"] == LATE_ES
        finally:
            await service.stop()


# ── the commands, the service, a kill ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_the_command_takes_them_in_and_the_service_answers(
    request: pytest.FixtureRequest, twilio: FakeTwilio, tmp_path: Path, database: str
) -> None:
    mine = with_twilio(twilio.url, free_port()) | {"CHASKI_DATA": str(tmp_path)}
    if database == "postgresql":
        mine["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    twilio.receive(ROSA, "obras agua 2008", ago(minutes=20))
    twilio.receive(JUAN, "obras agua 2008", ago(hours=10))
    shown = await asyncio.to_thread(lambda: bot("recover", **mine))
    assert shown.stdout == "twilio: 2 messages taken in, 1 of them too late for an answer.\n", shown.stderr
    again = await asyncio.to_thread(lambda: bot("recover", **mine))
    assert again.stdout.startswith("twilio: 0 messages")
    assert [row["direction"] for row in twilio.messages] == ["inbound", "inbound"]
    with served(**mine):
        await until(lambda: len(outgoing(twilio)) == 2, 15)
    assert set(outgoing(twilio)) == {ROSA, JUAN}


def outgoing(twilio: FakeTwilio) -> Counter[str]:
    """How many messages each person was sent."""
    return Counter(str(message["to"]) for message in twilio.messages if message["direction"] != "inbound")


async def test_the_command_says_what_it_cannot_do(twilio: FakeTwilio, tmp_path: Path) -> None:
    mine = with_twilio(twilio.url, free_port()) | {"CHASKI_DATA": str(tmp_path)}
    twilio.fail("GET Messages.json", Fault(status=401, code=20003, message="Authenticate"))
    refused = await asyncio.to_thread(lambda: bot("recover", **mine))
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert "twilio could not be asked" in refused.stderr
    none = await asyncio.to_thread(lambda: bot("recover", CHASKI_DATA=str(tmp_path)))
    assert (none.returncode, none.stdout.startswith("No provider")) == (0, True)


async def test_killed_while_it_recovers_each_is_answered_once(twilio: FakeTwilio, tmp_path: Path) -> None:
    """200 texts were missed; the service is killed again and again while it takes them in and answers."""
    numbers = [f"+519840{n:05}" for n in range(200)]
    for n, person in enumerate(numbers):
        twilio.receive(person, "obras agua 2008", ago(minutes=90, seconds=-n))
    mine = with_twilio(twilio.url, free_port()) | {"CHASKI_DATA": str(tmp_path)}
    for reached in (10, 60, 120):
        with served(**mine) as process:
            await until(lambda reached=reached: len(outgoing(twilio)) >= reached, 30)  # type: ignore[misc]  # its own default
            process.send_signal(signal.SIGKILL)
    with served(**mine):
        await until(lambda: len(outgoing(twilio)) == len(numbers), 40)
        await asyncio.sleep(0.5)  # time for an answer too many
    assert outgoing(twilio) == dict.fromkeys(numbers, 1)
    with closing(Store(tmp_path / "chaski.db")) as store:
        assert count(store, "inbound") == len(numbers)
        assert count(store, "outbox", "state IN ('waiting', 'sending')") == 0


async def test_what_an_ended_service_had_in_hand_is_no_inbound_row_without_an_end(tmp_path: Path) -> None:
    """A message is committed with its turn: there is no row that was received and waits for an answer."""
    with closing(built(Settings(data=tmp_path))) as house:
        house.store.connection.run("BEGIN IMMEDIATE")
        house.inbox.take(house.store.connection, sms("obras agua 2008"))
        house.store.connection.run("ROLLBACK")  # as a kill before the commit does
        assert count(house.store, "inbound") == 0
        take(house, sms("obras agua 2008"))
        assert count(house.store, "inbound", "state = 'answered'") == 1
