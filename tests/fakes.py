"""Stand-ins for the providers on loopback: they keep what we send, and fail on demand."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Literal, Self
from urllib.parse import urlencode

from aiohttp import ClientSession, encode_basic_auth, web
from twilio.request_validator import RequestValidator

SID = "AC" + "a1" * 16
TOKEN = "f4ke" * 8
FROM = "+51984000999"
BOT_TOKEN = "4711:AAfake-token-of-the-tests"
GATEWAY = {
    "gateway_user": "sms",
    "gateway_password": "pass-of-the-phone",
    "gateway_webhook_secret": "key-of-the-phone",
}
"""The settings of a gateway but for its address."""


@dataclass(frozen=True)
class Fault:
    """What happens to one request: an error answer, no answer, a reset before the effect or after it, or nothing."""

    mode: Literal["status", "hang", "drop", "lose", "none"] = "status"
    status: int = 500
    code: int = 20500
    message: str = "made up"
    retry_after: int = 0


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    fields: dict[str, str]


@dataclass
class _Fake:
    """A server of its own on a free port, with a log of calls and a queue of faults for each endpoint."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    faults: dict[str, deque[Fault]] = field(default_factory=dict)
    _runner: web.AppRunner | None = None

    def fail(self, endpoint: str, *faults: Fault) -> None:
        """The next requests to `endpoint` meet these faults, one each."""
        self.faults.setdefault(endpoint, deque()).extend(faults)

    def count(self, endpoint: str) -> int:
        return sum(call.path.endswith(endpoint) and call.method == "POST" for call in self.calls)

    async def start(self, port: int = 0) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        posted = await request.post()
        fields = {key: str(value) for key, value in [*request.query.items(), *posted.items()]}
        try:
            return await self._meet(request, fields)
        finally:
            for part in posted.values():
                if isinstance(part, web.FileField):
                    part.file.close()

    async def _meet(self, request: web.Request, fields: dict[str, str]) -> web.StreamResponse:
        self.calls.append(Call(request.method, request.path, fields))
        endpoint = request.path.rsplit("/", 1)[-1]
        faults = self.faults.get(f"{request.method} {endpoint}") or self.faults.get(endpoint)
        fault = faults.popleft() if faults else None
        if fault and fault.mode == "status":
            return self.refuse(fault)
        if fault and fault.mode == "hang":
            await asyncio.sleep(3600)
        answer = web.Response() if fault and fault.mode == "drop" else await self.answer(request, fields)
        if fault and fault.mode != "none" and request.transport is not None:
            request.transport.abort()
        return answer

    def refuse(self, fault: Fault) -> web.Response:
        raise NotImplementedError

    async def answer(self, request: web.Request, fields: dict[str, str]) -> web.Response:
        raise NotImplementedError


@dataclass
class FakeTwilio(_Fake):
    """The message part of Twilio's REST API. Faults go to `Messages.json`, or to `GET Messages.json` for the list."""

    messages: list[dict[str, Any]] = field(default_factory=list)  # oldest first

    def refuse(self, fault: Fault) -> web.Response:
        info = f"https://www.twilio.com/docs/errors/{fault.code}"
        body = {"code": fault.code, "message": fault.message, "more_info": info, "status": fault.status}
        headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
        return web.json_response(body, status=fault.status, headers=headers)

    async def answer(self, request: web.Request, fields: dict[str, str]) -> web.Response:
        if request.headers.get("Authorization") != encode_basic_auth(SID, TOKEN):
            return self.refuse(Fault(status=401, code=20003, message="Authenticate"))
        if request.path != f"/2010-04-01/Accounts/{SID}/Messages.json":
            return self.refuse(Fault(status=404, code=20404))
        return self._list(request.path, fields) if request.method == "GET" else self._create(fields)

    def _create(self, fields: Mapping[str, str]) -> web.Response:
        to, body = fields.get("To", ""), fields.get("Body", "")
        if not to.startswith("+") or not to[1:].isdigit():
            return self.refuse(Fault(status=400, code=21211, message=f"The 'To' number {to} is not valid."))
        if not 1 <= len(body) <= 1600:
            return self.refuse(Fault(status=400, code=21617 if body else 21602))
        return web.json_response(self.put(to, body, fields.get("From"), fields.get("MessagingServiceSid")), status=201)

    def put(
        self, to: str, body: str, sender: str | None = FROM, service: str | None = None, made: datetime | None = None
    ) -> dict[str, Any]:
        """Have a message in the list, as if it had been accepted at `made`."""
        sid, when = "SM" + secrets.token_hex(16), format_datetime(made or datetime.now(UTC))
        path = f"/2010-04-01/Accounts/{SID}/Messages/{sid}"
        message = {
            "account_sid": SID,
            "api_version": "2010-04-01",
            "body": body,
            "date_created": when,
            "date_sent": None,
            "date_updated": when,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": sender,
            "messaging_service_sid": service,
            "num_media": "0",
            "num_segments": "0" if service else "1",
            "price": None,
            "price_unit": "USD",
            "sid": sid,
            "status": "accepted" if service else "queued",
            "subresource_uris": {"media": f"{path}/Media.json"},
            "to": to,
            "uri": f"{path}.json",
        }
        self.messages.append(message)
        return message

    def receive(self, sender: str, body: str, sent: datetime | None = None, to: str = FROM) -> dict[str, Any]:
        """Have a text of a resident in the list that nobody brings to the service."""
        message = self.put(to, body, sender, made=sent)
        message |= {"direction": "inbound", "status": "received", "date_sent": message["date_created"]}
        return message

    def _list(self, path: str, fields: Mapping[str, str]) -> web.Response:
        size, page = int(fields.get("PageSize", "50")), int(fields.get("Page", "0"))
        listed = [message for message in reversed(self.messages) if _matches(message, fields)]
        first, rest = page * size, len(listed) > (page + 1) * size

        def uri(number: int) -> str:
            return f"{path}?{urlencode({**fields, 'PageSize': size, 'Page': number})}"

        shown = listed[first : first + size]
        answer = {
            "messages": shown,
            "page": page,
            "page_size": size,
            "start": first,
            "end": first + len(shown) - 1 if shown else 0,
            "uri": uri(page),
            "first_page_uri": uri(0),
            "next_page_uri": uri(page + 1) if rest else None,
            "previous_page_uri": uri(page - 1) if page else None,
        }
        return web.json_response(answer)

    async def text(self, public_url: str, sender: str, body: str, **more: str) -> int:
        """Bring a resident's text to the service at `public_url`, signed; returns the status."""
        form = {
            "MessageSid": "SM" + secrets.token_hex(16),
            "AccountSid": SID,
            "From": sender,
            "To": FROM,
            "Body": body,
            "NumMedia": "0",
            **more,
        }
        return await self.post(f"{public_url}/twilio/sms", form)

    async def post(self, url: str, form: Mapping[str, str]) -> int:
        headers = {"X-Twilio-Signature": signature(url, form)}
        async with ClientSession() as session, session.post(url, data=form, headers=headers) as answer:
            return answer.status


@dataclass
class FakeGateway(_Fake):
    """A phone with a SIM and the gateway's app. Faults go to `messages`, or to `GET chaski-…` for one message."""

    messages: dict[str, dict[str, Any]] = field(default_factory=dict)  # by id, oldest first

    def refuse(self, fault: Fault) -> web.Response:
        headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
        return web.json_response({"message": fault.message}, status=fault.status, headers=headers)

    async def answer(self, request: web.Request, fields: dict[str, str]) -> web.Response:
        wanted = encode_basic_auth(GATEWAY["gateway_user"], GATEWAY["gateway_password"])
        if request.headers.get("Authorization") != wanted:
            return web.Response(status=401)
        if request.method == "POST" and request.path == "/messages":
            return self._take(await request.json())
        found = self.messages.get(request.path.removeprefix("/messages/"))
        return web.json_response(found) if found else web.Response(status=404)

    def _take(self, asked: dict[str, Any]) -> web.Response:
        if not asked["textMessage"]["text"] or not asked["phoneNumbers"]:
            return self.refuse(Fault(status=400, message="Text message is empty"))
        if asked["id"] in self.messages:
            return self.refuse(Fault(status=409))
        return web.json_response(self.put(asked["id"], asked), status=202)

    def put(self, name: str, asked: Mapping[str, Any], state: str = "Pending", error: str | None = None) -> Any:
        """Have a message there, in whatever state."""
        recipients = [{"phoneNumber": to, "state": state, "error": error} for to in asked["phoneNumbers"]]
        self.messages[name] = {**asked, "id": name, "deviceId": "d1", "state": state, "recipients": recipients}
        return self.messages[name]

    def sent(self) -> list[tuple[str, str]]:
        """To whom and what, oldest first."""
        return [(each["phoneNumbers"][0], each["textMessage"]["text"]) for each in self.messages.values()]

    async def text(self, public_url: str, sender: str, message: str, **more: str) -> int:
        """Bring a resident's text to the service at `public_url`, signed; returns the status."""
        received = {"messageId": "abc123", "message": message, "sender": sender, "simNumber": 1}
        return await self.tell(public_url, "sms:received", {**received, "receivedAt": _lima(), **more})

    async def tell(self, public_url: str, event: str, payload: Mapping[str, object]) -> int:
        body = phone_event(event, payload)
        headers = {"Content-Type": "application/json", **phone_signature(body)}
        async with ClientSession() as session, session.post(f"{public_url}/gateway", data=body, headers=headers) as got:
            return got.status


def phone_event(event: str, payload: object) -> bytes:
    """An event as the app writes it; each telling has an id of its own."""
    told = {"deviceId": "d1", "event": event, "id": secrets.token_hex(10), "payload": payload, "webhookId": "w1"}
    return json.dumps(told, ensure_ascii=False).encode()


def phone_signature(body: bytes, stamp: str = "", key: str = GATEWAY["gateway_webhook_secret"]) -> dict[str, str]:
    """The headers by which the app signs; `stamp` is the time, now when empty."""
    stamp = stamp or str(int(time.time()))
    return {
        "X-Timestamp": stamp,
        "X-Signature": hmac.new(key.encode(), body + stamp.encode(), hashlib.sha256).hexdigest(),
    }


def _lima() -> str:
    return datetime.now(timezone(timedelta(hours=-5))).isoformat(timespec="milliseconds")


def signature(url: str, form: object, token: str = TOKEN) -> str:
    """What Twilio writes into X-Twilio-Signature, by its own library."""
    validator: Any = RequestValidator(token)  # type: ignore[no-untyped-call]  # the library's
    return str(validator.compute_signature(url, form))


def _matches(message: Mapping[str, Any], fields: Mapping[str, str]) -> bool:
    if any(fields.get(name, message[key]) != message[key] for name, key in (("To", "to"), ("From", "from"))):
        return False
    day = parsedate_to_datetime(message["date_sent"]).date().isoformat() if message["date_sent"] else ""
    on, after, before = (fields.get(name, "")[:10] for name in ("DateSent", "DateSent>", "DateSent<"))
    if (on or after or before) and not day:
        return False
    return (not on or day == on) and (not after or day >= after) and (not before or day <= before)


@dataclass
class FakeTelegram(_Fake):
    """The part of the Bot API that a bot of texts and buttons uses. Faults go to the method's name."""

    updates: list[dict[str, Any]] = field(default_factory=list)  # not yet forgotten, oldest first
    sent: list[dict[str, str]] = field(default_factory=list)
    files: list[tuple[str, str, bytes]] = field(default_factory=list)  # (name, content type, body) that were sent
    webhook: dict[str, str] = field(default_factory=dict)
    next_id: int = 1000
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def refuse(self, fault: Fault) -> web.Response:
        body: dict[str, Any] = {"ok": False, "error_code": fault.status, "description": fault.message}
        if fault.retry_after:
            body["parameters"] = {"retry_after": fault.retry_after}
        return web.json_response(body, status=fault.status)

    async def answer(self, request: web.Request, fields: dict[str, str]) -> web.Response:
        bot, method = request.path.split("/")[-2:]
        if bot != f"bot{BOT_TOKEN}":
            return self.refuse(Fault(status=401, message="Unauthorized"))
        match method:
            case "getUpdates" if self.webhook:
                return self.refuse(Fault(status=409, message="Conflict: can't use getUpdates while webhook is active"))
            case "getUpdates":
                result: Any = await self._get_updates(int(fields.get("offset", "0")), int(fields["timeout"]))
            case "sendMessage":
                self.sent.append(fields)
                result = {"message_id": len(self.sent)}  # as little of the message as may be relied on
            case "sendDocument":
                self.files.append(_file((await request.post())["document"]))
                self.sent.append(fields)
                result = {"message_id": len(self.sent)}
            case "setWebhook" | "deleteWebhook":
                self.webhook, result = (fields if method == "setWebhook" else {}), True
            case "answerCallbackQuery" | "setMyCommands":
                result = True
            case "getMe":
                result = {"id": 4711, "is_bot": True, "first_name": "Chaski", "username": "ChaskiBot"}
            case _:
                return self.refuse(Fault(status=404, message="Not Found"))
        return web.json_response({"ok": True, "result": result})

    async def _get_updates(self, offset: int, timeout_seconds: int) -> list[dict[str, Any]]:
        newest = max((update["update_id"] for update in self.updates), default=0)
        if self.updates and offset > newest + 10:  # an offset from before the ids began again means nothing
            offset = 0
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        async with self._arrived:
            try:
                async with asyncio.timeout(timeout_seconds):
                    await self._arrived.wait_for(lambda: bool(self.updates))
            except TimeoutError:
                return []
        return self.updates[:100]

    async def push(self, **content: object) -> dict[str, Any]:
        """Have an update with this content wait for the bot."""
        update = {"update_id": self.next_id, **content}
        self.next_id += 1
        async with self._arrived:
            self.updates.append(update)
            self._arrived.notify_all()
        return update

    async def say(self, chat_id: int, text: str) -> dict[str, Any]:
        return await self.push(message={**_message(chat_id, self.next_id), "text": text})

    async def press(self, chat_id: int, data: str) -> dict[str, Any]:
        message = _message(chat_id, self.next_id)
        query = {"id": f"q{self.next_id}", "from": message["from"], "chat_instance": str(chat_id)}
        return await self.push(callback_query={**query, "message": message, "data": data})

    def buttons(self, index: int = -1) -> list[list[dict[str, str]]]:
        """The keyboard under a message that the bot sent."""
        rows: list[list[dict[str, str]]] = json.loads(self.sent[index]["reply_markup"])["inline_keyboard"]
        return rows


def _file(part: object) -> tuple[str, str, bytes]:
    assert isinstance(part, web.FileField), "a document is posted as a file"
    return part.filename, part.content_type, part.file.read()


def _message(chat_id: int, message_id: int) -> dict[str, Any]:
    return {
        "message_id": message_id,
        "date": int(time.time()),
        "chat": {"id": chat_id, "type": "private", "first_name": "Rosa"},
        "from": {"id": chat_id, "is_bot": False, "first_name": "Rosa"},
    }
