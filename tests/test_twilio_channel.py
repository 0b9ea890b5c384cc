"""The Twilio channel: which requests are Twilio's, what they say, and what becomes of a message that we send."""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from bot.channels.twilio import TwilioChannel, classify, parse, parse_status
from bot.clock import Clock
from bot.conversation.message import Attachment, Inbound, Outgoing, Receipt
from bot.errors import (
    AccountTrouble,
    Ambiguous,
    BadAddress,
    BadRequest,
    ContentRefused,
    Forbidden,
    OptedOut,
    OurFault,
    SendError,
    SlowDown,
    TryLater,
)
from bot.settings import Settings
from tests.fakes import FROM, SID, TOKEN, FakeTwilio, Fault, signature

PUBLIC = "https://chaski.example"
ROSA = "+51984000111"
FORM_TYPE = "application/x-www-form-urlencoded"
SETTINGS = Settings(twilio_account_sid=SID, twilio_auth_token=TOKEN, twilio_from=FROM, public_url=PUBLIC)
SERVICE = replace(SETTINGS, twilio_from="", twilio_messaging_service_sid="MG" + "b2" * 16)
BASE = {"MessageSid": "SM1", "AccountSid": SID, "From": ROSA, "To": FROM, "Body": "feria", "NumMedia": "0"}


def arrive(form: dict[str, str], settings: Settings = SETTINGS, path: str = "/twilio/sms") -> Inbound:
    headers = {"content-type": f"{FORM_TYPE}; charset=utf-8", "x-twilio-signature": signature(PUBLIC + path, form)}
    return parse(settings, path, headers, urlencode(form).encode())


def receipt(form: dict[str, str]) -> Receipt | None:
    headers = {"Content-Type": FORM_TYPE, "X-Twilio-Signature": signature(f"{PUBLIC}/twilio/status", form)}
    return parse_status(SETTINGS, "/twilio/status", headers, urlencode(form).encode())


# ── what arrives ──────────────────────────────────────────────────────────────────────────────────────────────────────

WRAPPED = "¿Imay p'unchaw pediatra Componeman hamunqa? Wawaymi unqusqa kashan, ch'isi fiebrewan."


@pytest.mark.parametrize(
    ("label", "more", "expected"),
    [
        ("a text", {}, {"text": "feria", "kind": "text", "address": f"tel:{ROSA}", "answerable": True}),
        ("blank parameters", {"FromCity": "", "FromZip": ""}, {"text": "feria"}),
        ("unknown parameters", {"BrandNew": "1", "ñ": "ñandú"}, {"text": "feria"}),
        ("quechua, emoji, newline", {"Body": "ñuqa\r\np’unchaw 🙂"}, {"text": "ñuqa\np’unchaw 🙂"}),
        ("decomposed", {"Body": "man\u0303ana"}, {"text": "mañana"}),
        ("NUL and bidi override", {"Body": "fe\x00r\u202eia"}, {"text": "feria"}),
        ("10,000 characters and more", {"Body": "a" * 12_000}, {"text": "a" * 10_000}),
        ("no text", {"Body": ""}, {"text": "", "kind": "other"}),
        ("blank text", {"Body": " \n"}, {"kind": "other"}),
        ("media only", {"Body": "", "NumMedia": "1", "MediaUrl0": "https://x/y"}, {"kind": "other"}),
        ("media and text", {"NumMedia": "1", "MediaUrl0": "https://x/y"}, {"text": "feria", "kind": "text"}),
        ("base64 of a text", {"Body": base64.b64encode(WRAPPED.encode()).decode()}, {"text": WRAPPED}),
        ("long laughter is no base64", {"Body": "ja" * 40}, {"text": "ja" * 40}),
        ("base64 of no text", {"Body": base64.b64encode(bytes(60)).decode()}, {"text": "A" * 80}),
        ("short code", {"From": "2020"}, {"address": "tel:2020", "answerable": False}),
        ("alphabetic sender", {"From": "MOVISTAR"}, {"address": "tel:MOVISTAR", "answerable": False}),
        ("our own number", {"From": FROM}, {"answerable": False}),
        ("no sender", {"From": ""}, {"address": "tel:anonymous", "answerable": False}),
        ("STOP answered by Twilio", {"OptOutType": "STOP", "Body": "STOP"}, {"opt_out_type": "STOP"}),
        ("unknown opt-out type", {"OptOutType": "later"}, {"opt_out_type": ""}),
        ("the older name of the id", {"MessageSid": "", "SmsMessageSid": "SM2"}, {"provider_id": "SM2"}),
    ],
)
def test_what_a_signed_form_says(label: str, more: dict[str, str], expected: dict[str, object]) -> None:
    inbound = arrive(BASE | more)
    assert {name: getattr(inbound, name) for name in expected} == expected, label
    assert (inbound.channel, inbound.medium) == ("twilio", "sms")


@pytest.mark.parametrize(
    ("label", "form", "settings", "headers", "error"),
    [
        ("no signature", BASE, SETTINGS, {"X-Twilio-Signature": ""}, Forbidden),
        ("forged", BASE, SETTINGS, {"X-Twilio-Signature": "Zm9yZ2Vk"}, Forbidden),
        ("not even ASCII", BASE, SETTINGS, {"X-Twilio-Signature": "ñ\udce9"}, Forbidden),
        ("no form, no signature", {}, SETTINGS, {"X-Twilio-Signature": ""}, Forbidden),
        ("another account", BASE | {"AccountSid": "AC" + "0" * 32}, SETTINGS, {}, Forbidden),
        ("not to us", BASE | {"To": "+15005550006"}, SETTINGS, {}, Forbidden),
        ("no token of ours", BASE, replace(SETTINGS, twilio_auth_token=""), {}, Forbidden),
        ("PUBLIC_URL of another host", BASE, replace(SETTINGS, public_url="https://proxy.local"), {}, Forbidden),
        ("PUBLIC_URL without TLS", BASE, replace(SETTINGS, public_url="http://chaski.example"), {}, Forbidden),
        ("PUBLIC_URL with a broken port", BASE, replace(SETTINGS, public_url="https://x:port"), {}, Forbidden),
        ("no id", BASE | {"MessageSid": ""}, SETTINGS, {}, BadRequest),
        ("endless id", BASE | {"MessageSid": "S" * 65}, SETTINGS, {}, BadRequest),
        ("JSON", BASE, SETTINGS, {"Content-Type": "application/json"}, BadRequest),
        ("multipart", BASE, SETTINGS, {"Content-Type": "multipart/form-data"}, BadRequest),
        ("no type", BASE, SETTINGS, {"Content-Type": ""}, BadRequest),
        ("unknown charset", BASE, SETTINGS, {"Content-Type": f"{FORM_TYPE}; charset=klingon"}, BadRequest),
        ("Latin-1", BASE, SETTINGS, {"Content-Type": f"{FORM_TYPE}; charset=iso-8859-1"}, BadRequest),
        ("odd type", BASE, SETTINGS, {"Content-Type": "\xf1;;charset*=''%%"}, BadRequest),
    ],
)
def test_what_is_refused(
    label: str, form: dict[str, str], settings: Settings, headers: dict[str, str], error: type[Exception]
) -> None:
    signed = {"Content-Type": FORM_TYPE, "X-Twilio-Signature": signature(f"{PUBLIC}/twilio/sms", form)}
    with pytest.raises(error):
        parse(settings, "/twilio/sms", signed | headers, urlencode(form).encode())


@pytest.mark.parametrize(
    ("label", "body"),
    [
        ("raw Latin-1", b"Body=ma\xf1ana&MessageSid=SM1"),
        ("escaped Latin-1", b"Body=ma%F1ana&MessageSid=SM1"),
        ("escaped surrogate", b"Body=%ED%A0%80&MessageSid=SM1"),
        ("200,000 fields", b"a=1&" * 200_000),
    ],
)
def test_bytes_that_are_no_form(label: str, body: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(BadRequest):
        parse(SETTINGS, "/twilio/sms", {"Content-Type": FORM_TYPE, "X-Twilio-Signature": "x"}, body)
    assert time.monotonic() - started < 1


def test_the_signature_covers_query_and_port() -> None:
    assert arrive(BASE, path="/twilio/sms?bodegas=1&x=").text == "feria"
    with_port = replace(SETTINGS, public_url=f"{PUBLIC}:443")
    assert arrive(BASE, settings=with_port).text == "feria"


def test_repeated_fields_are_signed_once_each() -> None:
    headers = {"Content-Type": FORM_TYPE}
    headers["X-Twilio-Signature"] = signature(f"{PUBLIC}/twilio/sms", BASE)
    body = urlencode([*BASE.items(), ("Body", "feria")]).encode()
    assert parse(SETTINGS, "/twilio/sms", headers, body).text == "feria"


def test_a_messaging_service_receives_on_numbers_that_it_chooses() -> None:
    assert arrive(BASE | {"To": "+15005550006"}, settings=SERVICE).answerable
    assert not arrive(BASE | {"To": ROSA}, settings=SERVICE).answerable


@pytest.mark.parametrize(
    ("status", "more", "state", "code"),
    [
        ("queued", {}, None, ""),
        ("accepted", {}, None, ""),
        ("sending", {}, None, ""),
        ("scheduled", {}, None, ""),
        ("of-tomorrow", {}, None, ""),
        ("", {}, None, ""),
        ("sent", {}, "sent", ""),
        ("delivered", {"ErrorCode": "0"}, "delivered", ""),
        ("read", {}, "delivered", ""),
        ("failed", {"ErrorCode": "30003"}, "failed", "30003"),
        ("undelivered", {"ErrorCode": "30005"}, "failed", "30005"),
        ("canceled", {}, "failed", ""),
        ("sent", {"MessageSid": "", "SmsSid": ""}, None, ""),
    ],
)
def test_receipts(status: str, more: dict[str, str], state: str | None, code: str) -> None:
    told = receipt({"MessageSid": "SM7", "MessageStatus": status, "AccountSid": SID, "To": ROSA, "From": FROM} | more)
    assert told == (None if state is None else Receipt("twilio", "SM7", state, code))  # type: ignore[arg-type]  # a table


def test_an_unsigned_receipt_is_refused() -> None:
    with pytest.raises(Forbidden):
        parse_status(SETTINGS, "/twilio/status", {"Content-Type": FORM_TYPE}, b"MessageSid=SM1&MessageStatus=sent")


# ── what leaves ───────────────────────────────────────────────────────────────────────────────────────────────────────

OUT = Outgoing(id=7, address=f"tel:{ROSA}", text="Anta: sabado 6 am.")


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio() as fake:
        yield fake


@pytest.fixture
async def channel(twilio: FakeTwilio) -> AsyncIterator[TwilioChannel]:
    made = TwilioChannel(replace(SETTINGS, twilio_api_url=twilio.url), Clock(), timeout_seconds=1.5)
    yield made
    await made.close()


def mine(*sids: str) -> Callable[[str], bool]:
    return lambda sid: sid in sids


async def test_a_message_leaves_once(twilio: FakeTwilio, channel: TwilioChannel) -> None:
    sid = await channel.send(OUT)
    assert [message["sid"] for message in twilio.messages] == [sid]
    assert twilio.calls[0].fields == {
        "To": ROSA,
        "From": FROM,
        "Body": OUT.text,
        "StatusCallback": f"{PUBLIC}/twilio/status",
    }


async def test_an_sms_carries_no_file(twilio: FakeTwilio, channel: TwilioChannel) -> None:
    await channel.send(replace(OUT, attachment=Attachment("volante.pdf", "application/pdf", b"%PDF")))
    assert set(twilio.calls[0].fields) == {"To", "From", "Body", "StatusCallback"}


async def test_a_messaging_service_and_a_private_address(twilio: FakeTwilio) -> None:
    channel = TwilioChannel(replace(SERVICE, twilio_api_url=twilio.url, public_url="http://127.0.0.1:8080"), Clock())
    await channel.send(OUT)
    await channel.close()
    expected = {"To": ROSA, "Body": OUT.text, "MessagingServiceSid": SERVICE.twilio_messaging_service_sid}
    assert twilio.calls[0].fields == expected


@pytest.mark.parametrize(("left", "validity"), [(-5, "1"), (90, "89"), (100_000, "36000")])
async def test_a_message_is_valid_until_it_expires(
    twilio: FakeTwilio, left: int, validity: str, channel: TwilioChannel
) -> None:
    await channel.send(replace(OUT, expires_at=datetime.now(UTC) + timedelta(seconds=left)))
    assert twilio.calls[0].fields["ValidityPeriod"] == validity


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, 21610, OptedOut),
        (400, 21211, BadAddress),
        (400, 21635, BadAddress),
        (429, 20429, SlowDown),
        (400, 21611, SlowDown),
        (400, 14107, SlowDown),
        (401, 20003, AccountTrouble),
        (403, 20005, AccountTrouble),
        (400, 21408, AccountTrouble),
        (404, 20404, AccountTrouble),
        (400, 21606, OurFault),
        (400, 29999, OurFault),
        (400, 30007, ContentRefused),
        (408, 408, TryLater),
        (500, 20500, Ambiguous),
        (503, 20503, Ambiguous),
    ],
)
async def test_refusals(
    twilio: FakeTwilio, channel: TwilioChannel, status: int, code: int, kind: type[SendError]
) -> None:
    twilio.fail("Messages.json", Fault(status=status, code=code, message=f"The number {ROSA} is so and so."))
    with pytest.raises(SendError) as caught:
        await channel.send(OUT)
    assert (type(caught.value), caught.value.code) == (kind, str(code))
    assert ROSA not in str(caught.value)
    assert twilio.count("Messages.json") == 1


@pytest.mark.parametrize(("asked", "pause"), [(7, 7.0), (0, 1.0), (999_999, 3600.0)])
async def test_a_pause_is_as_long_as_asked(
    twilio: FakeTwilio, channel: TwilioChannel, asked: int, pause: float
) -> None:
    twilio.fail("Messages.json", Fault(status=429, code=20429, retry_after=asked))
    with pytest.raises(SlowDown) as caught:
        await channel.send(OUT)
    assert caught.value.seconds == pause


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("30001", SlowDown),
        ("30002", AccountTrouble),
        ("30003", TryLater),
        ("30004", ContentRefused),
        ("30005", BadAddress),
        ("30036", TryLater),
        ("30999", TryLater),
        ("99999", OurFault),
        ("", OurFault),
    ],
)
def test_codes_of_failed_receipts(code: str, kind: type[SendError]) -> None:
    assert classify(code) is kind


async def test_no_server_means_later(twilio: FakeTwilio, channel: TwilioChannel) -> None:
    await twilio.close()
    with pytest.raises(TryLater):
        await channel.send(OUT)
    assert (await channel.find(OUT, mine())).state == "cannot_know"


@pytest.mark.parametrize("mode", ["hang", "drop", "lose"])
async def test_a_lost_answer_is_ambiguous_and_nothing_is_posted_twice(
    twilio: FakeTwilio, channel: TwilioChannel, mode: str
) -> None:
    await channel.start()
    claimed, started = datetime.now(UTC), time.monotonic()
    twilio.fail("Messages.json", Fault(mode))  # type: ignore[arg-type]  # a table
    with pytest.raises(Ambiguous):
        await channel.send(OUT)
    assert time.monotonic() - started < 4
    assert twilio.count("Messages.json") == 1
    found = await channel.find(replace(OUT, claimed_at=claimed), mine())
    if mode == "lose":
        assert (found.state, found.provider_id) == ("sent", twilio.messages[0]["sid"])
    else:
        assert (found.state, found.provider_id) == ("absent", "")


async def test_only_a_message_of_this_row_is_found(twilio: FakeTwilio, channel: TwilioChannel) -> None:
    now = datetime.now(UTC)
    out = replace(OUT, claimed_at=now)
    twilio.put(ROSA, OUT.text, made=now - timedelta(hours=2))
    twilio.put("+51984000222", OUT.text)
    twilio.put(ROSA, "otra cosa")
    adopted = twilio.put(ROSA, OUT.text)["sid"]
    assert (await channel.find(out, mine(adopted))).state == "absent"
    wanted = twilio.put(ROSA, f"Sent from your Twilio trial account - {OUT.text}\n")["sid"]
    twilio.put(ROSA, OUT.text, made=now + timedelta(seconds=5))
    assert (await channel.find(out, mine(adopted))).provider_id == wanted


async def test_a_long_list_is_read_to_a_bound(twilio: FakeTwilio, channel: TwilioChannel) -> None:
    now = datetime.now(UTC)
    out = replace(OUT, claimed_at=now)
    wanted = twilio.put(ROSA, OUT.text, made=now)["sid"]
    for _ in range(150):
        twilio.put(ROSA, "otra cosa", made=now)
    assert (await channel.find(out, mine())).provider_id == wanted
    for _ in range(60):
        twilio.put(ROSA, "otra cosa", made=now)
    assert (await channel.find(out, mine())).state == "cannot_know"
    assert sum(call.method == "GET" for call in twilio.calls) == 4


async def test_a_list_that_fails_tells_nothing(twilio: FakeTwilio, channel: TwilioChannel) -> None:
    for fault in (Fault(status=500), Fault(status=429, code=20429), Fault("hang"), Fault(status=401, code=20003)):
        twilio.fail("GET Messages.json", fault)
        assert (await channel.find(replace(OUT, claimed_at=datetime.now(UTC)), mine())).state == "cannot_know"


@pytest.mark.parametrize("start", ["2027-03-01T09:00+00:00", "2020-03-01T09:00+00:00"])
async def test_a_service_that_lives_in_another_year_finds_its_messages(twilio: FakeTwilio, start: str) -> None:
    moment = datetime.fromisoformat(start)
    channel = TwilioChannel(replace(SETTINGS, twilio_api_url=twilio.url), Clock(moment))
    wanted = twilio.put(ROSA, OUT.text)["sid"]
    assert (await channel.find(replace(OUT, claimed_at=moment), mine())).provider_id == wanted
    restarted = replace(OUT, claimed_at=moment + timedelta(minutes=5))  # the same CHASKI_NOW again, later
    assert (await channel.find(restarted, mine())).provider_id == wanted
    await channel.close()


async def test_an_address_that_is_no_number_never_reaches_the_provider(
    twilio: FakeTwilio, channel: TwilioChannel
) -> None:
    for address in ("tel:2020", "tel:anonymous", "telegram:5"):
        with pytest.raises(BadAddress):
            await channel.send(replace(OUT, address=address))
    assert twilio.calls == []


def test_an_alphabetic_sender_is_one_way() -> None:
    assert TwilioChannel(SETTINGS, Clock()).two_way
    assert TwilioChannel(SERVICE, Clock()).two_way
    assert not TwilioChannel(replace(SETTINGS, twilio_from="MUNIANTA"), Clock()).two_way


async def test_logs_hold_no_token_number_or_text(
    twilio: FakeTwilio, channel: TwilioChannel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await channel.send(OUT)
    for endpoint in ("POST Messages.json", "GET Messages.json"):
        twilio.fail(endpoint, Fault(status=401, code=20003, message=f"{TOKEN} {ROSA}"))
    with pytest.raises(AccountTrouble):
        await channel.send(OUT)
    await channel.find(OUT, mine())
    assert "the list of Twilio was not read" in caplog.text
    ours = [record for record in caplog.records if not record.name.startswith("aiohttp.access")]
    written = "\n".join(record.getMessage() for record in ours)
    basic = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
    assert not [secret for secret in (TOKEN, basic, ROSA, OUT.text) if secret in written]
