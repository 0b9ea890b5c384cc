"""Bringing Telegram's updates in: nothing is lost or skipped, whatever the provider, an update or the house does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from bot.channels.telegram import TelegramChannel
from bot.conversation.message import Inbound, Outgoing
from bot.errors import AccountTrouble
from bot.settings import Settings
from tests.fakes import BOT_TOKEN, FakeTelegram, Fault

ROSA = 7_000_000_001
# No chat_instance: the library cannot read it, and its own polling would stop here for ever.
POISON = {"id": "q", "from": {"id": ROSA, "is_bot": False, "first_name": "Rosa"}, "data": "x"}


@dataclass
class House:
    """Takes what the channel brings, and refuses as often as told."""

    taken: list[Inbound] = field(default_factory=list)
    aside: list[tuple[object, str]] = field(default_factory=list)
    refusals: int = 0

    async def take(self, inbound: Inbound) -> None:
        if self.refusals:
            self.refusals -= 1
            raise RuntimeError("the database is locked")
        self.taken.append(inbound)

    async def set_aside(self, raw: object, reason: str) -> None:
        self.aside.append((raw, reason))

    @property
    def texts(self) -> list[str]:
        return [inbound.text or inbound.press for inbound in self.taken]


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def channel(telegram: FakeTelegram) -> AsyncIterator[TelegramChannel]:
    settings = Settings(telegram_token=BOT_TOKEN, telegram_api_url=telegram.url)
    made = TelegramChannel(settings, timeout_seconds=1.5, poll_seconds=1, pause_seconds=0.02)
    yield made
    await made.close()


@pytest.fixture
async def house(channel: TelegramChannel) -> AsyncIterator[House]:
    """A house that the channel polls for."""
    made = House()
    polling = asyncio.create_task(channel.run_polling(made.take, made.set_aside))
    yield made
    started = time.monotonic()
    polling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await polling
    assert time.monotonic() - started < 0.5, "polling does not stop promptly"


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  what is waited for happens in a server
            await asyncio.sleep(0.01)


async def test_updates_come_in_order_and_are_forgotten(telegram: FakeTelegram, house: House) -> None:
    for text in ("uno", "dos", "tres"):
        await telegram.say(ROSA, text)
    await until(lambda: len(house.taken) == 3 and not telegram.updates)
    assert house.texts == ["uno", "dos", "tres"]
    first = next(call for call in telegram.calls if call.path.endswith("getUpdates"))
    assert json.loads(first.fields["allowed_updates"]) == ["message", "callback_query", "my_chat_member"]


async def test_a_poison_update_stops_nobody(telegram: FakeTelegram, house: House) -> None:
    await telegram.say(ROSA, "uno")
    poison = await telegram.push(callback_query=POISON)
    await telegram.say(ROSA, "dos")
    await until(lambda: house.texts == ["uno", "dos"] and not telegram.updates)
    assert [raw for raw, _ in house.aside] == [poison]


async def test_an_update_that_the_house_cannot_take_waits_and_others_wait_behind(
    telegram: FakeTelegram, house: House
) -> None:
    house.refusals = 3
    await telegram.say(ROSA, "uno")
    await telegram.say(ROSA, "dos")
    await until(lambda: len(house.taken) == 2)
    assert (house.texts, house.aside) == (["uno", "dos"], [])


async def test_an_update_counts_only_once_it_is_taken(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    """A stop in the middle of taking loses nothing: the next start brings the same update again."""
    await telegram.say(ROSA, "uno")
    begun = asyncio.Event()

    async def stuck(_: Inbound) -> None:
        begun.set()
        await asyncio.sleep(3600)

    house = House()
    polling = asyncio.create_task(channel.run_polling(stuck, house.set_aside))
    await begun.wait()
    polling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await polling
    again = asyncio.create_task(channel.run_polling(house.take, house.set_aside))
    await until(lambda: house.texts == ["uno"])
    again.cancel()


async def test_ids_that_begin_again_lower(telegram: FakeTelegram, house: House) -> None:
    await telegram.say(ROSA, "uno")
    await until(lambda: house.texts == ["uno"] and not telegram.updates)
    telegram.next_id = 5
    await telegram.say(ROSA, "dos")
    await telegram.say(ROSA, "tres")
    await until(lambda: house.texts == ["uno", "dos", "tres"] and not telegram.updates)


async def test_after_a_quiet_poll_the_offset_is_dropped(telegram: FakeTelegram, house: House) -> None:
    await telegram.say(ROSA, "uno")

    def offsets() -> list[str | None]:
        return [call.fields.get("offset") for call in telegram.calls if call.path.endswith("getUpdates")]

    await until(lambda: len(offsets()) >= 3)
    assert offsets()[:3] == [None, "1001", None]


async def test_faults_of_the_provider_are_waited_out(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    telegram.fail("deleteWebhook", Fault(status=502), Fault("drop"))
    telegram.fail("getUpdates", Fault(status=500), Fault("drop"), Fault("lose"), Fault(status=429, retry_after=1))
    await telegram.say(ROSA, "uno")
    house = House()
    polling = asyncio.create_task(channel.run_polling(house.take, house.set_aside))
    await until(lambda: house.texts == ["uno"] and not telegram.updates)
    polling.cancel()


async def test_a_second_poller_is_a_clear_line_and_a_long_pause(
    telegram: FakeTelegram, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.fail("getUpdates", *[Fault(status=409, message="Conflict: terminated by other getUpdates request")] * 2)
    await until(lambda: "Another program polls the same bot" in caplog.text)
    seen = len(telegram.calls)
    await asyncio.sleep(0.5)  # sixty pauses of 0.02 s
    assert len(telegram.calls) == seen


async def test_polling_takes_a_webhook_down(telegram: FakeTelegram, house: House) -> None:
    await until(lambda: telegram.count("deleteWebhook") == 1)


async def test_a_press_is_taken_and_its_button_answered(telegram: FakeTelegram, house: House) -> None:
    telegram.fail("answerCallbackQuery", Fault(status=400, message="Bad Request: query is too old"))
    await telegram.press(ROSA, "fairs")
    await telegram.press(ROSA, "works")
    await until(lambda: telegram.count("answerCallbackQuery") == 2)
    assert house.texts == ["fairs", "works"]


async def test_a_posted_update_goes_the_same_way(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    house = House()
    await channel.hand_over(await telegram.press(ROSA, "fairs"), house.take, house.set_aside)
    await channel.hand_over({"update_id": 11, "message": 5}, house.take, house.set_aside)
    await channel.hand_over({"update_id": 12, "hologram": {}}, house.take, house.set_aside)
    house.refusals = 1
    with pytest.raises(RuntimeError):
        await channel.hand_over(await telegram.say(ROSA, "x"), house.take, house.set_aside)
    await until(lambda: telegram.count("answerCallbackQuery") == 1)
    assert (house.texts, len(house.aside)) == (["fairs"], 1)


async def test_the_webhook_is_set_as_soon_as_telegram_answers(telegram: FakeTelegram) -> None:
    telegram.fail("setWebhook", Fault(status=502), Fault("drop"))
    settings = Settings(
        telegram_token=BOT_TOKEN,
        telegram_api_url=telegram.url,
        telegram_webhook_secret="s3cret",
        public_url="https://chaski.example",
    )
    channel = TelegramChannel(settings, timeout_seconds=1.5, pause_seconds=0.02)
    await channel.start()
    await until(lambda: telegram.webhook)
    assert telegram.webhook["url"] == "https://chaski.example/telegram"
    assert telegram.webhook["secret_token"] == "s3cret"
    await channel.close()


async def test_logs_and_errors_hold_no_token_and_no_text(
    telegram: FakeTelegram, channel: TelegramChannel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    out = Outgoing(id=7, address=f"telegram:{ROSA}", text="Ferias de Anta")
    await channel.send(out)
    house = House(refusals=1)
    await telegram.say(ROSA, "un secreto")
    telegram.fail("getUpdates", Fault(status=401, message=f"Unauthorized {BOT_TOKEN}"))
    polling = asyncio.create_task(channel.run_polling(house.take, house.set_aside))
    await until(lambda: house.texts)
    polling.cancel()
    stranger = TelegramChannel(Settings(telegram_token="4711:wrong", telegram_api_url=telegram.url))
    with pytest.raises(AccountTrouble) as caught:
        await stranger.send(out)
    await stranger.close()
    ours = [record for record in caplog.records if not record.name.startswith("aiohttp.access")]
    written = "\n".join([str(caught.value), *(record.getMessage() for record in ours)])
    assert "telegram getUpdates" in written
    assert not [secret for secret in (BOT_TOKEN, "4711:wrong", "secreto", out.text) if secret in written]
