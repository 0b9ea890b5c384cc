"""The routes through a real server: what providers post, what they get back, and what is left in the database."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import sqlite3
import time
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientResponse, ClientSession

from bot.app import House
from bot.desk.web import LARGEST_BODY_BYTES
from bot.records import people
from bot.settings import Settings
from tests.fakes import BOT_TOKEN, FROM, SID, TOKEN, FakeTelegram, FakeTwilio, signature
from tests.running import JUAN, ROSA, count, first, serving, until

FORM = "application/x-www-form-urlencoded"
SECRET = "s3cret-of-the-webhook"
TELEGRAM_HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
TWILIO = {"twilio_account_sid": SID, "twilio_auth_token": TOKEN, "twilio_from": FROM}
HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options")


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio() as fake:
        yield fake


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def house(tmp_path: Path, twilio: FakeTwilio, telegram: FakeTelegram) -> AsyncIterator[House]:
    """A service with both channels, Telegram by webhook."""
    more: dict[str, Any] = {
        "telegram_token": BOT_TOKEN,
        "telegram_api_url": telegram.url,
        "telegram_webhook_secret": SECRET,
    }
    more |= {"twilio_segments_per_second": 1000}
    async with serving(tmp_path, **TWILIO, **more, twilio_api_url=twilio.url) as made:
        yield made


@pytest.fixture
async def web() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


def url(house: House, path: str) -> str:
    return f"http://127.0.0.1:{house.settings.port}{path}"


def form(body: str = "feria", sid: str = "SM1", **more: str) -> dict[str, str]:
    return {"MessageSid": sid, "AccountSid": SID, "From": ROSA, "To": FROM, "Body": body, "NumMedia": "0"} | more


async def post(
    web: ClientSession,
    house: House,
    fields: dict[str, str],
    path: str = "/twilio/sms",
    signed: str | None = None,
    **headers: str,
) -> ClientResponse:
    """A form of Twilio's; `signed` replaces the signature, empty leaves it out."""
    mark = signature(house.settings.public_url + path, fields) if signed is None else signed
    headers |= {"X-Twilio-Signature": mark} if mark else {}
    answer = await web.post(url(house, path), data=fields, headers=headers)
    await answer.read()
    return answer


async def raw(web: ClientSession, house: House, body: bytes, path: str = "/twilio/sms", **headers: str) -> int:
    async with web.post(url(house, path), data=io.BytesIO(body), headers={"Content-Type": FORM} | headers) as answer:
        assert all(name in answer.headers for name in HEADERS)
        return answer.status


def assert_nothing_stored(house: House) -> None:
    for table in ("inbound", "outbox", "people", "receipts", "dead_letters"):
        assert count(house.store, table) == 0, table


# ── a text from Twilio ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_signed_text_is_answered_within_a_second(house: House, twilio: FakeTwilio, web: ClientSession) -> None:
    begun = time.monotonic()
    answer = await post(web, house, form("q dia es la feria de inquilpata"))
    assert answer.status == 200
    assert (await answer.text()).endswith("<Response/>")
    assert answer.content_type == "text/xml"
    assert count(house.store, "inbound", "state = 'answered'") == 1
    await until(lambda: bool(twilio.messages))
    assert time.monotonic() - begun < 1
    replies = [message for message in twilio.messages if message["to"] == ROSA]
    assert "Inquilpata" in replies[-1]["body"]
    assert {message["from"] for message in replies} == {FROM}
    assert len(replies) <= 2


async def test_the_answer_comes_after_the_commit(house: House, web: ClientSession) -> None:
    """Whoever opens the file when the 200 arrives finds the message in it."""
    await post(web, house, form())
    with sqlite3.connect(house.store.where) as other:
        assert other.execute("SELECT count(*) FROM inbound").fetchone() == (1,)
        assert other.execute("SELECT count(*) FROM outbox").fetchone()[0] >= 1
    other.close()


async def test_a_repeated_delivery_is_answered_the_same_and_taken_in_once(
    house: House, twilio: FakeTwilio, web: ClientSession
) -> None:
    answers = await asyncio.gather(*(post(web, house, form()) for _ in range(8)))
    assert [answer.status for answer in answers] == [200] * 8
    assert count(house.store, "inbound") == 1
    waiting = count(house.store, "outbox")
    await until(lambda: len(twilio.messages) == waiting)
    assert (await post(web, house, form())).status == 200
    await asyncio.sleep(0.1)
    assert len(twilio.messages) == waiting


UNSIGNED = [
    ("absent", form(), ""),
    ("forged", form(), "Zm9yZ2Vk"),
    ("not base64", form(), "ñ"),
    ("very long", form(), "A" * 5000),
    ("of another token", form(), "other token"),
    ("of another address", form(), "other address"),
    ("of another form", form(), "other form"),
    ("of another account", form(AccountSid="AC" + "b2" * 16), None),
    ("to another number", form(To="+51984000998"), None),
]


async def test_what_twilio_did_not_sign_for_us_is_forbidden_and_not_stored(house: House, web: ClientSession) -> None:
    address = f"{house.settings.public_url}/twilio/sms"
    for label, fields, mark in UNSIGNED:
        signed = {
            "other token": signature(address, fields, "f0rged" * 5),
            "other address": signature(f"{address}x", fields),
            "other form": signature(address, fields | {"Body": "x"}),
        }.get(mark or "", mark)
        answer = await post(web, house, fields, signed=signed)
        assert answer.status == 403, label
        assert all(name in answer.headers for name in HEADERS), label
    assert_nothing_stored(house)


BROKEN_FORMS = [
    ("raw Latin-1", b"MessageSid=SM1&Body=ma\xf1ana", {}, 400),
    ("escaped Latin-1", b"MessageSid=SM1&Body=ma%F1ana", {}, 400),
    ("Latin-1, and says so", b"MessageSid=SM1&Body=ma\xf1ana", {"Content-Type": f"{FORM}; charset=latin-1"}, 400),
    ("unknown charset", b"MessageSid=SM1", {"Content-Type": f"{FORM}; charset=klingon"}, 400),
    ("odd charset", b"MessageSid=SM1", {"Content-Type": f"{FORM}; charset=utf-16"}, 400),
    ("charset of nothing", b"MessageSid=SM1", {"Content-Type": f"{FORM}; charset="}, 403),
    ("JSON", b'{"MessageSid": "SM1"}', {"Content-Type": "application/json"}, 400),
    ("multipart without boundary", b"--x\r\n\r\n--x--", {"Content-Type": "multipart/form-data"}, 400),
    ("multipart", b"--x\r\n\r\n--x--", {"Content-Type": "multipart/form-data; boundary=x"}, 400),
    ("no type", b"MessageSid=SM1", {"Content-Type": ""}, 400),
    ("type of nonsense", b"MessageSid=SM1", {"Content-Type": "\u00f1/;;;=;"}, 400),
    ("no body", b"", {}, 403),
    ("NUL", b"\x00" * 100, {}, 403),
    ("brackets", b"[" * 200_000, {}, 403),
    ("1,001 fields", b"&".join(b"a%d=1" % n for n in range(1001)), {}, 400),
    ("ampersands", b"&" * 200_000, {}, 400),
    ("more than a mebibyte", b"a=" + b"b" * LARGEST_BODY_BYTES, {}, 413),
    ("gzip that is none", b"not gzip", {"Content-Encoding": "gzip"}, 400),
    ("deflate that is none", b"not deflate", {"Content-Encoding": "deflate"}, 400),
    ("unknown encoding", b"MessageSid=SM1", {"Content-Encoding": "klingon"}, 403),
    ("a bomb", gzip.compress(b"a" * 50_000_000), {"Content-Encoding": "gzip"}, 413),
    ("a deflated bomb", zlib.compress(b"a" * 50_000_000), {"Content-Encoding": "deflate"}, 413),
]


@pytest.mark.parametrize("path", ["/twilio/sms", "/twilio/status"])
async def test_what_cannot_be_read_is_refused_and_never_an_error_of_ours(
    house: House, web: ClientSession, path: str
) -> None:
    got = {label: await raw(web, house, body, path, **headers) for label, body, headers, _ in BROKEN_FORMS}
    assert got == {label: status for label, _, _, status in BROKEN_FORMS}
    assert_nothing_stored(house)
    assert (await post(web, house, form())).status == 200


async def test_a_signed_form_without_an_id_is_refused(house: House, web: ClientSession) -> None:
    for sid in ("", "S" * 65):
        assert (await post(web, house, form(sid=sid))).status == 400
    assert_nothing_stored(house)


ODD_TEXTS = [
    ("10,000 characters", "x" * 10_000),
    ("NUL", "a\x00b"),
    ("bidi", "\u202eabc"),
    ("emoji", "😀"),
    ("empty", ""),
    ("markup", "<script>{{7*7}}</script>"),
]


async def test_odd_texts_are_answered_like_any(house: House, twilio: FakeTwilio, web: ClientSession) -> None:
    for n, (label, text) in enumerate(ODD_TEXTS):
        sender = f"+5198400{n:04}"
        assert (await post(web, house, form(text, f"SM{n}", From=sender))).status == 200, label
        await until(lambda sender=sender: any(m["to"] == sender for m in twilio.messages))  # type: ignore[misc]
    assert count(house.store, "inbound", "state = 'failed'") == 0


SILENT = [
    ("a short code", {"From": "2662"}),
    ("an alphabetic sender", {"From": "Banco"}),
    ("our own number", {"From": FROM}),
    ("no sender", {"From": ""}),
    ("a stop that Twilio answered", {"OptOutType": "STOP"}),
]


async def test_what_is_not_to_be_answered_is_stored_in_silence(
    house: House, twilio: FakeTwilio, web: ClientSession
) -> None:
    for n, (label, more) in enumerate(SILENT):
        assert (await post(web, house, form("STOP", f"SM{n}", **more))).status == 200, label
    assert count(house.store, "inbound", "state = 'silent'") == len(SILENT)
    assert count(house.store, "outbox") == 0
    assert twilio.messages == []


async def test_the_query_of_the_address_is_signed_with_it(house: House, web: ClientSession) -> None:
    assert (await post(web, house, form(), "/twilio/sms?bodySHA256=x&a=%C3%B1")).status == 200


async def test_behind_a_proxy_the_public_address_is_what_is_signed(
    tmp_path: Path, twilio: FakeTwilio, web: ClientSession
) -> None:
    public = "https://chaski.example"
    async with serving(tmp_path, **TWILIO, twilio_api_url=twilio.url, public_url=public) as house:
        assert (await post(web, house, form(), Host="chaski.example")).status == 200
        local = signature(url(house, "/twilio/sms"), form(sid="SM2"))
        assert (await post(web, house, form(sid="SM2"), signed=local)).status == 403


# ── receipts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_receipt_reaches_its_message(house: House, twilio: FakeTwilio, web: ClientSession) -> None:
    await post(web, house, form())
    await until(lambda: count(house.store, "outbox", "state = 'sent'") == count(house.store, "outbox"))
    for message in twilio.messages:
        receipt = {"MessageSid": message["sid"], "MessageStatus": "delivered", "AccountSid": SID}
        assert (await post(web, house, receipt, "/twilio/status")).status == 200
    assert count(house.store, "outbox", "state = 'delivered'") == len(twilio.messages)


RECEIPTS = [
    ("of nothing of ours", {"MessageSid": "SM404", "MessageStatus": "failed", "ErrorCode": "30005"}),
    ("of an unknown state", {"MessageSid": "SM1", "MessageStatus": "brand-new"}),
    ("without a state", {"MessageSid": "SM1"}),
    ("without an id", {"MessageStatus": "sent"}),
    ("with an odd code", {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "ñ" * 500}),
    ("of the carrier's", {"SmsSid": "SM1", "SmsStatus": "undelivered", "ErrorCode": "30003"}),
    ("of nothing", {}),
]


async def test_a_signed_receipt_is_always_taken(house: House, web: ClientSession) -> None:
    for label, given in RECEIPTS:
        fields = given and {"AccountSid": SID} | given
        mark = signature(f"{house.settings.public_url}/twilio/status", fields)
        status = await raw(web, house, urlencode(fields).encode(), "/twilio/status", **{"X-Twilio-Signature": mark})
        assert status == 200, label


async def test_a_receipt_is_taken_while_the_database_is_held(house: House, web: ClientSession) -> None:
    fields = {"AccountSid": SID, "MessageSid": "SM1", "MessageStatus": "delivered"}
    with held(house):
        assert (await post(web, house, fields, "/twilio/status")).status == 200


async def test_an_unsigned_receipt_is_forbidden(house: House, web: ClientSession) -> None:
    answer = await post(web, house, {"MessageSid": "SM1", "MessageStatus": "delivered"}, "/twilio/status", "forged")
    assert answer.status == 403
    assert_nothing_stored(house)


# ── Telegram ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def update(update_id: int = 1, text: str = "feria", **more: Any) -> dict[str, Any]:
    who = {"id": 4711, "is_bot": False, "first_name": "Rosa"}
    message = {"message_id": 1, "date": int(time.time()), "chat": {"id": 4711, "type": "private"}, "from": who}
    return {"update_id": update_id, "message": message | {"text": text} | more}


async def test_an_update_with_the_secret_is_answered_on_telegram(
    house: House, telegram: FakeTelegram, web: ClientSession
) -> None:
    for _ in range(3):  # delivered again and again, it is one
        async with web.post(url(house, "/telegram"), json=update(), headers=TELEGRAM_HEADERS) as answer:
            assert answer.status == 200
    await until(lambda: bool(telegram.sent))
    assert telegram.sent[0]["chat_id"] == "4711"
    assert count(house.store, "inbound") == 1


async def test_an_update_without_the_secret_is_forbidden(house: House, web: ClientSession) -> None:
    for secret in (None, "", "wrong", SECRET + "x", SECRET[:-1], "ñ"):
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        async with web.post(url(house, "/telegram"), json=update(), headers=headers) as answer:
            assert answer.status == 403, secret
            assert all(name in answer.headers for name in HEADERS)
    assert_nothing_stored(house)


BROKEN_UPDATES = [
    ("no body", b"", 400),
    ("half of it", b'{"update_id": 1', 400),
    ("200,000 brackets", b"[" * 200_000, 400),
    ("200,000 braces", b'{"a":' * 200_000, 400),
    ("a list", b"[]", 400),
    ("a list of updates", json.dumps([update()]).encode(), 400),
    ("a text", b'"feria"', 400),
    ("null", b"null", 400),
    ("5,000 digits", b"9" * 5000, 400),
    ("an id of 5,000 digits", b'{"update_id": ' + b"9" * 5000 + b"}", 400),
    ("Latin-1", '{"update_id": 1, "message": "mañana"}'.encode("latin-1"), 400),
    ("a byte", b"\xf1", 400),
    ("a form", b"update_id=1", 400),
    ("more than a mebibyte", b'"' + b"b" * LARGEST_BODY_BYTES + b'"', 413),
]


async def test_what_is_no_update_is_refused_and_not_stored(house: House, web: ClientSession) -> None:
    got = {label: await raw(web, house, body, "/telegram", **TELEGRAM_HEADERS) for label, body, _ in BROKEN_UPDATES}
    assert got == {label: status for label, _, status in BROKEN_UPDATES}
    assert_nothing_stored(house)


UNREADABLE = [
    ("without a number", {}),
    ("with a number of text", {"update_id": "7"}),
    ("with a message of text", {"update_id": 7, "message": "feria"}),
    ("with no chat", {"update_id": 7, "message": {"message_id": 1, "date": 1, "text": "x"}}),
]


async def test_what_an_update_cannot_be_read_is_set_aside_and_the_next_goes_on(
    house: House, telegram: FakeTelegram, web: ClientSession
) -> None:
    for label, content in UNREADABLE:
        async with web.post(url(house, "/telegram"), json=content, headers=TELEGRAM_HEADERS) as answer:
            assert answer.status == 200, label
    assert count(house.store, "dead_letters") == len(UNREADABLE)
    async with web.post(url(house, "/telegram"), json=update(8), headers=TELEGRAM_HEADERS) as answer:
        assert answer.status == 200
    await until(lambda: bool(telegram.sent))


async def test_lone_surrogates_and_nul_in_an_update_are_answered(
    house: House, telegram: FakeTelegram, web: ClientSession
) -> None:
    body = json.dumps(update(text="\ud800\x00 hola \udfff"), ensure_ascii=True).encode()
    assert await raw(web, house, body, "/telegram", **TELEGRAM_HEADERS) == 200
    await until(lambda: bool(telegram.sent))
    assert count(house.store, "inbound", "state = 'failed'") == 0


async def test_who_blocks_the_bot_is_marked(house: House, web: ClientSession) -> None:
    who = update()["message"]
    member = {"user": {"id": 9, "is_bot": True, "first_name": "b"}, "status": "kicked", "until_date": 0}
    old = member | {"status": "member"}
    content = {"chat": who["chat"], "from": who["from"], "date": 1, "old_chat_member": old, "new_chat_member": member}
    change = {"update_id": 9, "my_chat_member": content}
    async with web.post(url(house, "/telegram"), json=change, headers=TELEGRAM_HEADERS) as answer:
        assert answer.status == 200
    assert first(house.store.read.one("SELECT unusable_because AS b FROM addresses"))["b"] == "blocked"


# ── the house ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_health_and_readiness_are_told(house: House, web: ClientSession) -> None:
    for path in ("/healthz", "/readyz"):
        async with web.get(url(house, path)) as answer:
            assert (answer.status, await answer.text()) == (200, "ok")


async def test_a_database_of_another_schema_is_not_ready(house: House, web: ClientSession) -> None:
    with house.store.write() as tx:
        tx.run("INSERT INTO schema_version (number, name) VALUES (9999, 'later')")
    async with web.get(url(house, "/readyz")) as answer:
        assert answer.status == 503
    async with web.get(url(house, "/healthz")) as answer:
        assert answer.status == 200


ROUTES = [
    ("GET", "/healthz", 200),
    ("GET", "/telefono?numero=984000111", 200),
    ("GET", "/", 303),
    ("GET", "/nothing/here", 404),
    ("GET", "/twilio/sms", 405),
    ("DELETE", "/healthz", 405),
    ("POST", "/telegram", 403),
    ("GET", "/estatico/../../../etc/passwd", 404),
    ("GET", "/estatico/%2e%2e/%2e%2e/settings.py", 404),
]


async def test_every_answer_has_the_headers_that_protect(house: House, web: ClientSession) -> None:
    for method, path, status in ROUTES:
        async with web.request(method, url(house, path), allow_redirects=False) as answer:
            assert answer.status == status, path
            assert all(name in answer.headers for name in HEADERS), path
            assert "Traceback" not in await answer.text()


@pytest.mark.parametrize(("public", "status"), [("https://chaski.example", 404), ("", 200)])
async def test_the_simulator_is_there_unless_real_people_write(
    tmp_path: Path, web: ClientSession, public: str, status: int
) -> None:
    async with serving(tmp_path, **({"public_url": public} if public else {})) as house:
        for path in ("/telefono?numero=984000111", "/telefono/charla?numero=984000111"):
            async with web.get(url(house, path)) as answer:
                assert answer.status == status
        assert ("simulator" in house.senders) == (not public)
        for path in ("/twilio/sms", "/twilio/status", "/telegram"):  # channels that are off have no door
            async with web.post(url(house, path), data=b"") as answer:
                assert answer.status == 404


class held:
    """Another process holds the database for as long as the block lasts."""

    def __init__(self, house: House) -> None:
        house.commits.patience_seconds = 0.05
        self._other = sqlite3.connect(house.store.where, isolation_level=None)

    def __enter__(self) -> None:
        self._other.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_: object) -> None:
        self._other.execute("ROLLBACK")
        self._other.close()


async def test_while_the_database_is_held_nothing_is_acknowledged_and_the_retry_is_taken_in_once(
    house: House, twilio: FakeTwilio, web: ClientSession
) -> None:
    with held(house):
        answers = await asyncio.gather(post(web, house, form(sid="SM1")), post(web, house, form(sid="SM2", From=JUAN)))
        assert [answer.status for answer in answers] == [503, 503]
        assert answers[0].headers["Retry-After"]
        async with web.post(url(house, "/telegram"), json=update(), headers=TELEGRAM_HEADERS) as answer:
            assert answer.status == 503
        async with web.get(url(house, "/readyz")) as answer:
            assert answer.status == 200  # reading goes on
    assert_nothing_stored(house)
    for _ in range(2):
        assert (await post(web, house, form(sid="SM1"))).status == 200
    assert count(house.store, "inbound") == 1
    await until(lambda: len(twilio.messages) == count(house.store, "outbox"))


async def test_the_pages_of_somebody_unknown_make_nobody(house: House, web: ClientSession) -> None:
    async with web.get(url(house, "/telefono?numero=984000111")) as answer:
        assert answer.status == 200
    assert people.load(house.store.read, f"tel:{ROSA}") is None


async def test_a_port_that_is_taken_stops_the_start(tmp_path: Path) -> None:
    async with serving(tmp_path / "a") as house:
        with pytest.raises(OSError, match="in use"):
            async with serving(tmp_path / "b", port=house.settings.port):
                pass


async def test_stopping_finishes_what_has_begun_and_is_quick(tmp_path: Path, twilio: FakeTwilio) -> None:
    async with ClientSession() as web:
        async with serving(tmp_path, **TWILIO, twilio_api_url=twilio.url) as house:
            posts = [asyncio.create_task(post(web, house, form(sid=f"SM{n}"))) for n in range(30)]
            await until(lambda: count(house.store, "inbound") > 0)
            begun = time.monotonic()
        assert time.monotonic() - begun < 5
        done = await asyncio.gather(*posts, return_exceptions=True)
    acknowledged = sum(isinstance(answer, ClientResponse) and answer.status == 200 for answer in done)
    from bot.records.store import Store

    store = Store(Settings(data=tmp_path).sqlite_path)
    assert count(store, "inbound") >= acknowledged > 0
    store.close()
