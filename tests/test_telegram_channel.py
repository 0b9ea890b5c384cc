"""The Telegram channel: what an update asks, how polling survives anything, and what becomes of a message we send."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.channels.telegram import TelegramChannel, check_secret, parse_update, shorten
from bot.conversation.message import Attachment, Option, Outgoing
from bot.errors import (
    AccountTrouble,
    Ambiguous,
    BadAddress,
    BadRequest,
    Forbidden,
    OptedOut,
    OurFault,
    SendError,
    SlowDown,
    TryLater,
)
from bot.settings import Settings
from tests.fakes import BOT_TOKEN, FakeTelegram, Fault

ROSA = 7_000_000_001  # ids are longer than 32 bits
CHAT: dict[str, Any] = {"id": ROSA, "type": "private", "first_name": "Rosa"}
PERSON: dict[str, Any] = {"id": ROSA, "is_bot": False, "first_name": "Rosa *_[<"}
MESSAGE: dict[str, Any] = {"message_id": 1, "date": 1_800_000_000, "chat": CHAT, "from": PERSON}
QUERY: dict[str, Any] = {"id": "q1", "from": PERSON, "chat_instance": "x", "data": "fairs", "message": MESSAGE}
GROUP = {"id": -5, "type": "group", "title": "Compone"}
FILE = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}
SETTINGS = Settings(telegram_token=BOT_TOKEN, telegram_webhook_secret="s3cret")


def update(**content: object) -> dict[str, object]:
    return {"update_id": 10, **content}


def message(**content: object) -> dict[str, object]:
    return update(message={**MESSAGE, **content})


def membership(status: str, chat: dict[str, Any] = CHAT) -> dict[str, object]:
    bot = {"id": 1, "is_bot": True, "first_name": "Chaski"}
    banned: dict[str, object] = {"user": bot, "status": status, "until_date": 0}
    old = {"user": bot, "status": "member"}
    return update(
        my_chat_member={
            "chat": chat,
            "from": PERSON,
            "date": 1_800_000_000,
            "old_chat_member": old,
            "new_chat_member": banned,
        }
    )


# ── what arrives ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("label", "raw", "expected"),
    [
        ("a text", message(text="feria"), {"text": "feria", "kind": "text", "provider_id": "10"}),
        ("a command stays", message(text="/ferias"), {"text": "/ferias"}),
        ("start with a payload", message(text="/start anta"), {"text": "/start anta"}),
        ("cleaned", message(text="p\u2019unchaw\x00\ud800\r\n2"), {"text": "p\u2019unchaw\n2"}),
        ("only invisible marks", message(text="\u200b"), {"kind": "other"}),
        ("her name", message(text="x"), {"provider_name": "Rosa *_[<"}),
        ("a photo", message(photo=[FILE]), {"kind": "photo", "text": ""}),
        ("a photo with words", message(photo=[FILE], caption="feria"), {"kind": "text", "text": "feria"}),
        ("a voice", message(voice={**FILE, "duration": 3}), {"kind": "other"}),
        ("a place", message(location={"longitude": -72.1, "latitude": -13.4}), {"kind": "other"}),
        (
            "a sticker",
            message(sticker={**FILE, "type": "regular", "is_animated": False, "is_video": False}),
            {"kind": "other"},
        ),
        ("a press", update(callback_query=QUERY), {"kind": "press", "press": "fairs", "text": ""}),
        ("a press under a lost message", update(callback_query={**QUERY, "message": None}), {"press": "fairs"}),
        ("blocked", membership("kicked"), {"kind": "blocked"}),
    ],
)
def test_what_an_update_asks(label: str, raw: object, expected: dict[str, object]) -> None:
    inbound = parse_update(raw)
    assert inbound is not None, label
    assert {name: getattr(inbound, name) for name in expected} == expected, label
    assert (inbound.channel, inbound.medium, inbound.address) == ("telegram", "telegram", f"telegram:{ROSA}")


@pytest.mark.parametrize(
    ("label", "raw"),
    [
        ("an edit", update(edited_message={**MESSAGE, "text": "feria"})),
        ("a channel post", update(channel_post={**MESSAGE, "text": "x", "chat": {"id": -1, "type": "channel"}})),
        ("a group", message(text="x", chat=GROUP)),
        ("another bot", message(text="x", **{"from": {**PERSON, "is_bot": True}})),
        ("a pin", message(pinned_message={**MESSAGE, "text": "x"})),
        ("a game's button", update(callback_query={**QUERY, "data": None, "game_short_name": "g"})),
        ("a press in a group", update(callback_query={**QUERY, "message": {**MESSAGE, "chat": GROUP}})),
        ("back again", membership("member")),
        ("thrown out of a group", membership("kicked", GROUP)),
        ("a kind of tomorrow", update(hologram={"x": 1})),
    ],
)
def test_what_asks_nothing(label: str, raw: object) -> None:
    assert parse_update(raw) is None, label


NESTED: list[Any] = []
for _ in range(500):
    NESTED = [NESTED]


@pytest.mark.parametrize(
    ("label", "raw"),
    [
        ("no object", None),
        ("a list", [1]),
        ("a text", "feria"),
        ("nothing in it", {}),
        ("no number", {"message": {**MESSAGE, "text": "x"}}),
        ("a number in words", {"update_id": "10", "message": {**MESSAGE, "text": "x"}}),
        ("a message that is none", update(message="x")),
        ("no chat", update(message={"message_id": 1, "date": 1, "text": "x"})),
        ("a chat without number", message(text="x", chat={"id": "me", "type": "private"})),
        ("a text that is none", message(text=5)),
        ("nested without end", update(message=NESTED)),
        ("a press without chat_instance", update(callback_query={"id": "q", "from": PERSON, "data": "x"})),
    ],
)
def test_poison(label: str, raw: object) -> None:
    with pytest.raises(BadRequest):
        parse_update(raw)


@pytest.mark.parametrize(
    ("given", "secret"), [(None, "s3cret"), ("other", "s3cret"), ("ñ\udce9", "s3cret"), (None, ""), ("", "")]
)
def test_the_webhook_needs_its_secret(given: str | None, secret: str) -> None:
    headers = {} if given is None else {"X-Telegram-Bot-Api-Secret-Token": given}
    with pytest.raises(Forbidden):
        check_secret(replace(SETTINGS, telegram_webhook_secret=secret), headers)


def test_the_secret_opens_in_any_case() -> None:
    check_secret(SETTINGS, {"x-telegram-bot-api-secret-token": "s3cret"})


# ── what leaves ───────────────────────────────────────────────────────────────────────────────────────────────────────

OUT = Outgoing(id=7, address=f"telegram:{ROSA}", text="Ferias de *Anta_[\nsábado 6 a. m.")
FLYER = Attachment("volante feria Ñaupa.pdf", "application/pdf", b"%PDF-1.7 \x00\xff")
WITH_FLYER = replace(OUT, attachment=FLYER)


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


async def test_a_message_leaves_as_plain_text(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    assert await channel.send(OUT) == f"{ROSA}:1"
    fields = telegram.sent[0]
    assert (fields["chat_id"], fields["text"]) == (str(ROSA), OUT.text)
    assert json.loads(fields["link_preview_options"]) == {"is_disabled": True}
    assert "parse_mode" not in fields
    assert "reply_markup" not in fields


async def test_buttons(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    short = tuple(Option(label, f"menu:{label}") for label in ("Obras", "Ferias", "Salud"))
    await channel.send(replace(OUT, options=short))
    assert [[button["text"] for button in row] for row in telegram.buttons()] == [["Obras", "Ferias"], ["Salud"]]
    assert telegram.buttons()[0][1]["callback_data"] == "menu:Ferias"
    await channel.send(replace(OUT, options=(*short, Option("Campañas de salud", "p" * 64))))
    assert [len(row) for row in telegram.buttons()] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("out", "error"),
    [
        (replace(OUT, options=(Option("x", "ñ" * 33),)), OurFault),
        (replace(OUT, options=(Option("x", ""),)), OurFault),
        (replace(OUT, text=" \n"), OurFault),
        (replace(OUT, address="tel:+51984000111"), BadAddress),
        (replace(WITH_FLYER, text="a" * 1025), OurFault),
        (replace(WITH_FLYER, text=" "), OurFault),
    ],
)
async def test_what_telegram_would_refuse_is_not_asked(
    telegram: FakeTelegram, channel: TelegramChannel, out: Outgoing, error: type[SendError]
) -> None:
    with pytest.raises(error):
        await channel.send(out)
    assert telegram.calls == []


@pytest.mark.parametrize(
    ("label", "text", "length"),
    [("at the limit", "a" * 4096, 4096), ("one line", "a" * 5000, 4096), ("lines", "línea\n" * 1000, 4093)],
)
def test_a_long_text_is_cut_at_a_line(label: str, text: str, length: int) -> None:
    short = shorten(text)
    assert len(short) == length, label
    assert short == text or short.endswith("\n…")
    assert "línea" not in text or set(short.split("\n")) == {"línea", "…"}


async def test_a_file_leaves_in_one_message_with_all_of_the_text_below_it(
    telegram: FakeTelegram, channel: TelegramChannel
) -> None:
    longest = replace(WITH_FLYER, text="ñ" * 1024, options=(Option("Ya no", "stop"),))
    assert await channel.send(WITH_FLYER) == f"{ROSA}:1"
    assert await channel.send(longest) == f"{ROSA}:2"
    assert telegram.files == [(FLYER.name, FLYER.content_type, FLYER.body)] * 2
    fields = telegram.sent[0]
    assert (fields["chat_id"], fields["caption"]) == (str(ROSA), OUT.text)
    assert not {"text", "parse_mode", "reply_markup"} & set(fields)
    assert telegram.sent[1]["caption"] == longest.text
    assert telegram.buttons() == [[{"text": "Ya no", "callback_data": "stop"}]]
    assert telegram.count("sendMessage") == 0


async def test_a_file_is_of_the_kind_that_it_says_whatever_its_name(
    telegram: FakeTelegram, channel: TelegramChannel
) -> None:
    await channel.send(replace(OUT, attachment=Attachment("volante", "image/png", b"\x89PNG")))
    assert telegram.files == [("volante", "image/png", b"\x89PNG")]


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (429, "Too Many Requests: retry after 3", SlowDown),
        (403, "Forbidden: bot was blocked by the user", OptedOut),
        (403, "Forbidden: user is deactivated", BadAddress),
        (400, "Bad Request: chat not found", BadAddress),
        (400, "Bad Request: BUTTON_DATA_INVALID", OurFault),
        (401, "Unauthorized", AccountTrouble),
        (404, "Not Found", AccountTrouble),
        (409, "Conflict: terminated by other getUpdates request", AccountTrouble),
        (500, "Internal Server Error", TryLater),
    ],
)
@pytest.mark.parametrize(("out", "method"), [(OUT, "sendMessage"), (WITH_FLYER, "sendDocument")], ids=["text", "file"])
async def test_refusals(
    telegram: FakeTelegram,
    channel: TelegramChannel,
    out: Outgoing,
    method: str,
    status: int,
    words: str,
    kind: type[SendError],
) -> None:
    telegram.fail(method, Fault(status=status, message=words, retry_after=3 if status == 429 else 0))
    with pytest.raises(SendError) as caught:
        await channel.send(out)
    assert type(caught.value) is kind
    assert getattr(caught.value, "seconds", 3.0) == 3.0
    assert telegram.count(method) == len(telegram.calls) == 1


@pytest.mark.parametrize(
    ("mode", "out", "method"),
    [
        ("hang", OUT, "sendMessage"),
        ("drop", OUT, "sendMessage"),
        ("lose", OUT, "sendMessage"),
        ("drop", WITH_FLYER, "sendDocument"),
        ("lose", WITH_FLYER, "sendDocument"),
    ],
)
async def test_a_lost_answer_is_ambiguous_and_cannot_be_looked_up(
    telegram: FakeTelegram, channel: TelegramChannel, mode: str, out: Outgoing, method: str
) -> None:
    await channel.start()
    started = time.monotonic()
    telegram.fail(method, Fault(mode))  # type: ignore[arg-type]  # a table
    with pytest.raises(Ambiguous):
        await channel.send(out)
    assert time.monotonic() - started < 4
    assert telegram.count(method) == 1
    assert (await channel.find(OUT, lambda _: False)).state == "cannot_know"


async def test_no_server_means_later(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    await telegram.close()
    for out in (OUT, WITH_FLYER):
        with pytest.raises(TryLater):
            await channel.send(out)


async def test_the_command_menu_in_each_language(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    telegram.fail("setMyCommands", Fault(status=500))
    await channel.announce({"es": [("ferias", "Ferias")], "quz": [("ferias", "Qhatukuna")]})
    calls = [call.fields for call in telegram.calls]
    assert [fields.get("language_code") for fields in calls] == [None, "es", "qu"]
    assert json.loads(calls[2]["commands"]) == [{"command": "ferias", "description": "Qhatukuna"}]


async def test_the_address_at_which_people_find_us_is_asked_for_once(
    telegram: FakeTelegram, channel: TelegramChannel
) -> None:
    telegram.fail("getMe", Fault(status=500))
    assert [await channel.link() for _ in range(3)] == ["", "https://t.me/ChaskiBot", "https://t.me/ChaskiBot"]
    assert len(telegram.calls) == 2
