"""The gateway on a phone: which requests are the phone's, what they say, and what becomes of a message that we send."""

from __future__ import annotations

import base64
import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.app import House
from bot.channels.gateway import GatewayChannel, classify, parse
from bot.clock import Clock
from bot.conversation.message import Attachment, Inbound, Outgoing, Receipt
from bot.errors import (
    AccountTrouble,
    Ambiguous,
    BadAddress,
    BadRequest,
    Forbidden,
    OurFault,
    SendError,
    SlowDown,
    TryLater,
)
from bot.records.messages import REPLY
from bot.service import outbox
from bot.settings import Settings
from tests.fakes import GATEWAY, FakeGateway, Fault, phone_event, phone_signature
from tests.running import ROSA, count, first, serving, until

SETTINGS = replace(Settings(gateway_url="http://phone"), **GATEWAY)  # type: ignore[arg-type]  # all of them texts
NOW = datetime(2026, 9, 1, 15, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
TEXT = {
    "messageId": "abc123",
    "message": "feria",
    "sender": ROSA,
    "recipient": "+51984000999",
    "simNumber": 1,
    "receivedAt": "2026-09-01T09:59:58.000-05:00",
}


def arrive(payload: object, event: str = "sms:received") -> Inbound | Receipt | None:
    body = phone_event(event, payload)
    return parse(SETTINGS, phone_signature(body, STAMP), body, NOW)


def inbound(payload: object, event: str = "sms:received") -> Inbound:
    told = arrive(payload, event)
    assert isinstance(told, Inbound)
    return told


# ── what arrives ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("label", "more", "expected"),
    [
        ("a text", {}, {"text": "feria", "kind": "text", "address": f"tel:{ROSA}", "answerable": True}),
        ("its hour", {}, {"sent_at": datetime(2026, 9, 1, 14, 59, 58, tzinfo=UTC)}),
        ("no hour", {"receivedAt": None}, {"sent_at": None, "text": "feria"}),
        ("an hour of no zone", {"receivedAt": "2026-09-01T09:59:58"}, {"sent_at": None}),
        ("a number without its country", {"sender": "984 000-111"}, {"address": f"tel:{ROSA}", "answerable": True}),
        ("a number without its plus", {"sender": "51984000111"}, {"address": f"tel:{ROSA}", "answerable": True}),
        ("an older app", {"sender": None, "phoneNumber": ROSA}, {"address": f"tel:{ROSA}"}),
        ("quechua, emoji, newline", {"message": "ñuqa\r\np’unchaw 🙂"}, {"text": "ñuqa\np’unchaw 🙂"}),
        ("decomposed", {"message": "man\u0303ana"}, {"text": "mañana"}),
        ("NUL and bidi override", {"message": "fe\x00r\u202eia"}, {"text": "feria"}),
        ("10,000 characters and more", {"message": "a" * 12_000}, {"text": "a" * 10_000}),
        ("no text", {"message": ""}, {"text": "", "kind": "other"}),
        ("short code", {"sender": "2020"}, {"address": "tel:2020", "answerable": False}),
        ("a name", {"sender": "CLARO"}, {"address": "tel:CLARO", "answerable": False}),
        ("our own number", {"sender": "984000999"}, {"answerable": False}),
        ("no sender", {"sender": ""}, {"address": "tel:anonymous", "answerable": False}),
        ("a sender that is no text", {"sender": 984}, {"address": "tel:anonymous", "answerable": False}),
    ],
)
def test_what_a_text_says(label: str, more: dict[str, object], expected: dict[str, object]) -> None:
    told = inbound(TEXT | more)
    assert {name: getattr(told, name) for name in expected} == expected, label
    assert (told.channel, told.medium) == ("gateway", "sms")


def test_a_phone_that_does_not_know_its_number_is_told_it() -> None:
    ours = replace(SETTINGS, gateway_from="+51984000998")
    body = phone_event("sms:received", TEXT | {"sender": "+51984000998", "recipient": None})
    told = parse(ours, phone_signature(body, STAMP), body, NOW)
    assert isinstance(told, Inbound)
    assert not told.answerable


def test_a_picture_is_something_that_we_cannot_read() -> None:
    told = inbound({"sender": ROSA, "transactionId": "T1", "receivedAt": TEXT["receivedAt"]}, "mms:received")
    assert (told.kind, told.text, told.address, told.answerable) == ("other", "", f"tel:{ROSA}", True)


def test_one_sms_is_one_however_often_it_is_told() -> None:
    """The app is known to tell of one SMS twice, each time with an id of its own."""
    one = inbound(TEXT).provider_id
    assert inbound(TEXT).provider_id == one
    again = {"messageId": "other", "sender": "984000111", "receivedAt": "2026-09-01T14:59:58Z"}
    assert inbound(TEXT | again).provider_id == one
    others = ({"message": "ferias"}, {"sender": "+51984000222"}, {"receivedAt": "2026-09-01T09:59:59.000-05:00"})
    assert len({one, *(inbound(TEXT | more).provider_id for more in others)}) == 4


def test_the_mark_of_a_text_does_not_give_away_whose_it_is() -> None:
    body = phone_event("sms:received", TEXT)
    other = replace(SETTINGS, gateway_webhook_secret="another")
    told = parse(other, phone_signature(body, STAMP, "another"), body, NOW)
    assert isinstance(told, Inbound)
    assert told.provider_id != inbound(TEXT).provider_id


BODY = phone_event("sms:received", TEXT)


def old(minutes: float) -> str:
    return str(int((NOW - timedelta(minutes=minutes)).timestamp()))


@pytest.mark.parametrize(
    ("label", "headers"),
    [
        ("no signature", {}),
        ("only the time", {"X-Timestamp": STAMP}),
        ("forged", {"X-Timestamp": STAMP, "X-Signature": "0" * 64}),
        ("not even ASCII", {"X-Timestamp": STAMP, "X-Signature": "ñ\udce9"}),
        ("another key", phone_signature(BODY, STAMP, "another")),
        ("another body", phone_signature(BODY + b" ", STAMP)),
        ("another time", phone_signature(BODY, STAMP) | {"X-Timestamp": str(int(STAMP) + 1)}),
        ("replayed after six minutes", phone_signature(BODY, old(6))),
        ("signed in six minutes", phone_signature(BODY, old(-6))),
        ("no time", phone_signature(BODY, "later")),
        ("a time in other digits", phone_signature(BODY, "١٧٥٦٧٣٨٨٠٠")),
        ("an endless time", phone_signature(BODY, "9" * 5000)),
    ],
)
def test_what_is_not_the_phones_is_refused(label: str, headers: dict[str, str]) -> None:
    with pytest.raises(Forbidden):
        parse(SETTINGS, headers, BODY, NOW)


@pytest.mark.parametrize("minutes", [4.9, -4.9])
def test_clocks_may_be_some_minutes_apart(minutes: float) -> None:
    assert parse(SETTINGS, phone_signature(BODY, old(minutes)), BODY, NOW) is not None


def test_without_a_key_of_ours_nothing_is_the_phones() -> None:
    with pytest.raises(Forbidden):
        parse(replace(SETTINGS, gateway_webhook_secret=""), phone_signature(BODY, STAMP, ""), BODY, NOW)


def test_headers_and_signature_in_any_case() -> None:
    signed = {name.lower(): value.upper() for name, value in phone_signature(BODY, STAMP).items()}
    assert parse(SETTINGS, signed, BODY, NOW) is not None


@pytest.mark.parametrize(
    ("label", "body"),
    [
        ("no JSON", b"feria"),
        ("Latin-1", '{"event": "ñ"}'.encode("latin-1")),
        ("UTF-16", json.dumps({"event": "x"}).encode("utf-16")),
        ("nothing", b""),
        ("a list", b"[]"),
        ("no event", b'{"payload": {}}'),
        ("no payload", b'{"event": "sms:received"}'),
        ("a payload that is none", b'{"event": "sms:received", "payload": "feria"}'),
        ("a text without words", phone_event("sms:received", {"sender": ROSA})),
        ("words that are a number", phone_event("sms:received", TEXT | {"message": 7})),
        ("a deep hole", b"[" * 200_000),
        ("an endless number", b'{"event": ' + b"9" * 100_000 + b"}"),
    ],
)
def test_what_cannot_be_read(label: str, body: bytes) -> None:
    with pytest.raises(BadRequest):
        parse(SETTINGS, phone_signature(body, STAMP), body, NOW)


@pytest.mark.parametrize(
    "event", ["system:ping", "app:started", "sms:data-received", "mms:downloaded", "sms:of-tomorrow"]
)
def test_what_is_none_of_our_business_is_taken_silently(event: str) -> None:
    assert arrive({"health": {}}, event) is None


@pytest.mark.parametrize(
    ("event", "reason", "state", "code", "is_unsent"),
    [
        ("sms:sent", "", "sent", "", False),
        ("sms:delivered", "", "delivered", "", False),
        ("sms:cancelled", "", "failed", "CANCELLED", False),
        (
            "sms:failed",
            "Send result: RESULT_ERROR_NO_SERVICE (Failed because service is currently unavailable)",
            "failed",
            "ERROR_NO_SERVICE",
            True,
        ),
        (
            "sms:failed",
            "Send result: RESULT_ERROR_GENERIC_FAILURE (Generic failure cause)",
            "failed",
            "ERROR_GENERIC_FAILURE",
            False,
        ),
        ("sms:failed", "Delivery result from SC +51100000: 70", "failed", "DELIVERY_70", False),
        ("sms:failed", "Can't send message: No SIMs found", "failed", "NO_SIM", True),
        ("sms:failed", "sendSMS: Invalid phone number type", "failed", "INVALID_NUMBER", False),
        ("sms:failed", "TTL expired", "failed", "TTL_EXPIRED", False),
        ("sms:failed", f"Unknown error for {ROSA}", "failed", "UNKNOWN", False),
        ("sms:failed", "", "failed", "UNKNOWN", False),
    ],
)
def test_receipts(event: str, reason: str, state: Any, code: str, is_unsent: bool) -> None:
    payload = {"messageId": "chaski-7", "recipient": ROSA, "reason": reason}
    assert arrive(payload, event) == Receipt("gateway", "chaski-7", state, code, is_unsent)


@pytest.mark.parametrize("name", ["", "x" * 65, None, 7])
def test_a_receipt_of_nothing_is_passed_over(name: object) -> None:
    assert arrive({"messageId": name}, "sms:sent") is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ERROR_NO_SERVICE", TryLater),
        ("ERROR_RADIO_OFF", TryLater),
        ("ERROR_GENERIC_FAILURE", AccountTrouble),
        ("NO_SIM", AccountTrouble),
        ("INVALID_NUMBER", BadAddress),
        ("INVALID_ARGUMENTS", OurFault),
        ("DELIVERY_70", TryLater),
        ("UNKNOWN", TryLater),
        ("", TryLater),
    ],
)
def test_codes_of_failed_receipts(code: str, kind: type[SendError]) -> None:
    assert classify(code) is kind


# ── what leaves ───────────────────────────────────────────────────────────────────────────────────────────────────────

OUT = Outgoing(id=7, address=f"tel:{ROSA}", text="Anta: sabado 6 am.")
NO_SERVICE = "Send result: RESULT_ERROR_NO_SERVICE (Failed because service is currently unavailable)"
ASKED = {"phoneNumbers": [ROSA], "textMessage": {"text": OUT.text}}


@pytest.fixture
async def fake() -> AsyncIterator[FakeGateway]:
    async with FakeGateway() as made:
        yield made


@pytest.fixture
async def channel(fake: FakeGateway) -> AsyncIterator[GatewayChannel]:
    made = GatewayChannel(replace(SETTINGS, gateway_url=fake.url), Clock(), timeout_seconds=1.0)
    yield made
    await made.close()


def nobodys(name: str) -> bool:
    return False


async def test_a_message_leaves_once_under_our_own_id(fake: FakeGateway, channel: GatewayChannel) -> None:
    assert await channel.send(OUT) == "chaski-7"
    asked = fake.messages["chaski-7"]
    assert (asked["phoneNumbers"], asked["textMessage"]) == ([ROSA], {"text": OUT.text})
    assert asked["withDeliveryReport"] is True
    assert "ttl" not in asked


async def test_the_address_of_a_server_between_may_have_a_path() -> None:
    async with FakeGateway() as fake:
        channel = GatewayChannel(replace(SETTINGS, gateway_url=f"{fake.url}/3rdparty/v1"), Clock())
        with pytest.raises(AccountTrouble):  # the stand-in is the phone itself
            await channel.send(OUT)
        await channel.close()
        assert [call.path for call in fake.calls] == ["/3rdparty/v1/messages"]


async def test_an_sms_carries_no_file(fake: FakeGateway, channel: GatewayChannel) -> None:
    await channel.send(replace(OUT, attachment=Attachment("volante.pdf", "application/pdf", b"%PDF")))
    assert fake.sent() == [(ROSA, OUT.text)]


@pytest.mark.parametrize(("left", "least", "most"), [(-5, 5, 5), (90, 85, 90), (100_000, 99_990, 100_000)])
async def test_the_phone_keeps_a_message_until_it_expires(
    fake: FakeGateway, channel: GatewayChannel, left: int, least: int, most: int
) -> None:
    await channel.send(replace(OUT, expires_at=datetime.now(UTC) + timedelta(seconds=left)))
    assert least <= fake.messages["chaski-7"]["ttl"] <= most


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "Text message is empty", OurFault),
        (413, "", OurFault),
        (400, "failed to select device: record not found", AccountTrouble),
        (401, "", AccountTrouble),
        (403, "", AccountTrouble),
        (404, "", AccountTrouble),
        (308, "", AccountTrouble),
        (429, "", SlowDown),
        (503, "queue limits exceeded: too many pending messages: 100 / 100", SlowDown),
        (503, "", Ambiguous),
        (500, f"cannot reach {ROSA}", Ambiguous),
        (204, "", Ambiguous),
    ],
)
async def test_refusals(
    fake: FakeGateway, channel: GatewayChannel, status: int, message: str, kind: type[SendError]
) -> None:
    fake.fail("POST messages", Fault(status=status, message=message))
    with pytest.raises(SendError) as caught:
        await channel.send(OUT)
    assert (type(caught.value), caught.value.code) == (kind, str(status))
    assert ROSA not in str(caught.value)
    assert fake.count("messages") == 1


@pytest.mark.parametrize(("asked", "pause"), [(7, 7.0), (0, 60.0), (999_999, 3600.0)])
async def test_a_pause_is_as_long_as_asked(
    fake: FakeGateway, channel: GatewayChannel, asked: int, pause: float
) -> None:
    fake.fail("POST messages", Fault(status=429, retry_after=asked))
    with pytest.raises(SlowDown) as caught:
        await channel.send(OUT)
    assert caught.value.seconds == pause


async def test_a_phone_that_is_away_means_later_and_one_that_stays_away_waits_for_staff(fake: FakeGateway) -> None:
    settings = replace(SETTINGS, gateway_url=fake.url)
    away = GatewayChannel(settings, Clock())
    gone = GatewayChannel(settings, Clock(), unreached_seconds=0)
    await fake.close()
    with pytest.raises(TryLater):
        await away.send(OUT)
    assert (await away.find(OUT, nobodys)).state == "cannot_know"
    with pytest.raises(AccountTrouble):
        await gone.send(OUT)
    await away.close()
    await gone.close()


@pytest.mark.parametrize("mode", ["hang", "drop", "lose"])
async def test_a_lost_answer_is_ambiguous_and_is_found_by_our_id(
    fake: FakeGateway, channel: GatewayChannel, mode: Any
) -> None:
    started = time.monotonic()
    fake.fail("POST messages", Fault(mode))
    with pytest.raises(Ambiguous):
        await channel.send(OUT)
    assert time.monotonic() - started < 4
    found = await channel.find(OUT, nobodys)
    assert (found.state, found.provider_id) == (("sent", "chaski-7") if mode == "lose" else ("absent", ""))


async def test_a_repeated_request_makes_no_second_sms(fake: FakeGateway, channel: GatewayChannel) -> None:
    assert [await channel.send(OUT) for _ in range(3)] == ["chaski-7"] * 3
    assert fake.sent() == [(ROSA, OUT.text)]


async def test_two_messages_of_one_text_are_two(fake: FakeGateway, channel: GatewayChannel) -> None:
    assert [await channel.send(replace(OUT, id=n)) for n in (7, 8)] == ["chaski-7", "chaski-8"]
    assert (await channel.find(replace(OUT, id=9), nobodys)).state == "absent"


async def test_what_never_left_the_phone_is_sent_under_another_id(fake: FakeGateway, channel: GatewayChannel) -> None:
    fake.put("chaski-7", ASKED, "Failed", NO_SERVICE)
    assert (await channel.find(OUT, nobodys)).state == "absent"
    assert await channel.send(OUT) == "chaski-7-2"
    assert (await channel.find(OUT, nobodys)).provider_id == "chaski-7-2"


@pytest.mark.parametrize("state", ["Pending", "Processed", "Sent", "Delivered", "Failed", "Cancelled"])
async def test_what_may_have_left_is_never_sent_again(fake: FakeGateway, channel: GatewayChannel, state: str) -> None:
    fake.put("chaski-7", ASKED, state, "Send result: RESULT_ERROR_GENERIC_FAILURE (Generic failure cause)")
    assert await channel.send(OUT) == "chaski-7"
    assert (await channel.find(OUT, nobodys)).provider_id == "chaski-7"
    assert len(fake.messages) == 1


async def test_where_nothing_can_be_learned_nothing_is_said(fake: FakeGateway, channel: GatewayChannel) -> None:
    fake.put("chaski-7", ASKED, "Failed", NO_SERVICE)
    for fault in (Fault(status=500), Fault(status=401), Fault("hang"), Fault(status=200)):
        fake.fail("GET chaski-7", fault)
        assert (await channel.find(OUT, nobodys)).state == "cannot_know"
    fake.fail("GET chaski-7", Fault(status=500))
    with pytest.raises(Ambiguous):
        await channel.send(OUT)
    assert len(fake.messages) == 1


async def test_an_address_that_is_no_number_never_reaches_the_phone(fake: FakeGateway, channel: GatewayChannel) -> None:
    for address in ("tel:2020", "tel:anonymous", "telegram:5"):
        with pytest.raises(BadAddress):
            await channel.send(replace(OUT, address=address))
    assert fake.calls == []


async def test_logs_hold_no_password_number_or_text(
    fake: FakeGateway, channel: GatewayChannel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await channel.send(OUT)
    fake.fail("GET chaski-7", Fault(status=500))
    await channel.find(OUT, nobodys)
    with pytest.raises(Forbidden):
        parse(SETTINGS, phone_signature(BODY, old(60)), BODY, NOW)
    await fake.close()
    await channel.find(OUT, nobodys)
    assert "was not looked up" in caplog.text
    assert "is the phone's clock right?" in caplog.text
    ours = [record for record in caplog.records if not record.name.startswith("aiohttp.access")]
    written = "\n".join(record.getMessage() for record in ours)
    basic = base64.b64encode(f"{GATEWAY['gateway_user']}:{GATEWAY['gateway_password']}".encode()).decode()
    assert not [
        secret for secret in (*GATEWAY.values(), basic, ROSA, OUT.text) if secret in written.replace("sms:", "")
    ]


# ── the whole service ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def house(tmp_path: Path, fake: FakeGateway) -> AsyncIterator[House]:
    more: dict[str, Any] = {**GATEWAY, "gateway_url": fake.url, "gateway_segments_per_second": 1000}
    async with serving(tmp_path, **more) as made:
        yield made


def outgoing(house: House) -> Any:
    return first(house.store.read.one("SELECT * FROM outbox ORDER BY id DESC LIMIT 1"))


async def test_a_text_to_the_phone_is_answered_by_the_phone(house: House, fake: FakeGateway) -> None:
    url = house.settings.public_url
    received = "2026-09-01T09:59:58.000-05:00"
    assert await fake.text(url, ROSA, "q dia es la feria de inquilpata", receivedAt=received) == 200
    assert await fake.text(url, ROSA, "q dia es la feria de inquilpata", receivedAt=received) == 200
    assert count(house.store, "inbound") == 1
    assert count(house.store, "inbound", "state = 'answered' AND sent_at LIKE '2026-09-01T14:59:58%'") == 1
    await until(lambda: len(fake.messages) == count(house.store, "outbox"))
    assert {to for to, _ in fake.sent()} == {ROSA}
    assert "Inquilpata" in fake.sent()[-1][1]
    await until(lambda: count(house.store, "outbox", "state = 'sent'") == len(fake.messages))
    for name in fake.messages:
        assert await fake.tell(url, "sms:delivered", {"messageId": name}) == 200
    assert count(house.store, "outbox", "state = 'delivered'") == len(fake.messages)


async def test_what_is_not_the_phones_or_no_event_is_refused_and_not_stored(house: House) -> None:
    async def post(body: bytes, headers: dict[str, str]) -> int:
        async with web.post(f"{house.settings.public_url}/gateway", data=body, headers=headers) as answer:
            return answer.status

    async with ClientSession() as web:
        fresh = phone_event("sms:received", TEXT)
        assert await post(fresh, {}) == 403
        assert await post(fresh, phone_signature(fresh, str(int(time.time()) - 600))) == 403
        assert await post(b"\xff", phone_signature(b"\xff")) == 400
        assert await post(b'{"event": "\\ud800"}', phone_signature(b'{"event": "\\ud800"}')) == 400
    assert count(house.store, "inbound") == 0


async def test_what_the_phone_could_not_send_waits_and_leaves_again(
    house: House, fake: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LONGEST_PAUSE", timedelta())
    await fake.text(house.settings.public_url, ROSA, "MENU")
    await until(lambda: count(house.store, "outbox", "state = 'sent'") == count(house.store, "outbox"))
    last = outgoing(house)
    fake.put(last["provider_id"], ASKED, "Failed", NO_SERVICE)
    told = {"messageId": last["provider_id"], "reason": NO_SERVICE}
    assert await fake.tell(house.settings.public_url, "sms:failed", told) == 200
    assert outgoing(house)["state"] != "failed"
    house.senders["gateway"].wake()
    await until(lambda: outgoing(house)["state"] == "sent")
    assert outgoing(house)["provider_id"] == f"{last['provider_id']}-2"
    assert outgoing(house)["priority"] == REPLY
    assert await fake.tell(house.settings.public_url, "sms:failed", told) == 200  # told twice: of the first try
    assert outgoing(house)["state"] == "sent"


async def test_a_phone_without_credit_leaves_the_answer_failed_for_staff_to_see(
    house: House, fake: FakeGateway, caplog: pytest.LogCaptureFixture
) -> None:
    await fake.text(house.settings.public_url, ROSA, "MENU")
    await until(lambda: count(house.store, "outbox", "state = 'sent'") == count(house.store, "outbox"))
    reason = "Send result: RESULT_ERROR_GENERIC_FAILURE (Generic failure cause)"
    told = {"messageId": outgoing(house)["provider_id"], "reason": reason}
    assert await fake.tell(house.settings.public_url, "sms:failed", told) == 200
    assert (outgoing(house)["state"], outgoing(house)["error_code"]) == ("failed", "ERROR_GENERIC_FAILURE")
    assert "channel gateway cannot send" in caplog.text


async def test_a_lost_answer_is_looked_up_and_nothing_leaves_twice(
    house: House, fake: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "AMBIGUOUS_PAUSE", timedelta(seconds=0.02))
    fake.fail("POST messages", Fault("lose"))
    await fake.text(house.settings.public_url, ROSA, "MENU")
    await until(lambda: count(house.store, "outbox", "state = 'sent'") == count(house.store, "outbox"))
    assert fake.count("messages") == len(fake.messages) == count(house.store, "outbox")


async def test_without_its_settings_the_gateway_has_no_door(tmp_path: Path) -> None:
    async with serving(tmp_path) as house, ClientSession() as web:
        assert "gateway" not in house.senders
        async with web.post(f"{house.settings.public_url}/gateway", data=BODY, headers=phone_signature(BODY)) as answer:
            assert answer.status == 404
