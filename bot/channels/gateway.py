"""An SMS gateway on an Android phone with a SIM of its own: texts and receipts arrive as signed JSON, messages leave
through the app's API, which keeps the id that we give them.

The app is SMS Gateway for Android (sms-gate.app); docs/decisions/0014 says why this one.
"""

from __future__ import annotations

import hmac
import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import aiohttp

from bot.channels.base import clean, header
from bot.clock import Clock
from bot.conversation.message import Found, Inbound, Medium, Outgoing, Receipt
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
from bot.language.phones import MOBILE, phone
from bot.settings import Settings

NAME = "gateway"
MEDIUM: Medium = "sms"

_log = logging.getLogger(__name__)
_NUMBER = re.compile(r"\+[1-9]\d{7,14}")
_LONGEST_ID_CHARACTERS = 64

# ── what arrives ──────────────────────────────────────────────────────────────────────────────────────────────────────

_FRESH = timedelta(minutes=5)
"""A repeated delivery is signed anew, so that an old signature is somebody else's copy."""

_RECEIPT_STATES: dict[str, Literal["sent", "delivered", "failed"]] = {
    "sms:sent": "sent",
    "sms:delivered": "delivered",
    "sms:failed": "failed",
    "sms:cancelled": "failed",
}


def parse(settings: Settings, headers: Mapping[str, str], body: bytes, now: datetime) -> Inbound | Receipt | None:
    """What the phone tells: a text, what became of a message of ours, or nothing that concerns us. `now` is real time.

    Raises Forbidden for what the phone did not sign for us just now, BadRequest for what cannot be read.
    """
    _check_signature(settings.gateway_webhook_secret, headers, body)
    _check_age(header(headers, "X-Timestamp"), now)
    told = _read(body)
    event, payload = told.get("event"), told.get("payload")
    if not isinstance(event, str) or not isinstance(payload, dict):
        raise BadRequest("The event has no name or no payload.")
    if event in _RECEIPT_STATES:
        return _receipt(event, payload)
    if event == "sms:received":
        return _text(settings, payload)
    return _picture(settings, payload) if event == "mms:received" else None


def _check_signature(secret: str, headers: Mapping[str, str], body: bytes) -> None:
    signed = body + header(headers, "X-Timestamp").encode(errors="replace")
    wanted = hmac.digest(secret.encode(), signed, "sha256").hex()
    given = header(headers, "X-Signature").strip().lower()
    if not secret or not hmac.compare_digest(given.encode(errors="replace"), wanted.encode()):
        raise Forbidden("The signature is absent or not the phone's.")


def _check_age(stamp: str, now: datetime) -> None:
    age = now.timestamp() - int(stamp) if re.fullmatch(r"[0-9]{1,12}", stamp) else float("inf")
    if abs(age) > _FRESH.total_seconds():
        _log.warning("gateway: a request signed %.0f s ago was refused: is the phone's clock right?", age)
        raise Forbidden("The signature is not of these minutes.")


def _read(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise BadRequest("The body is not JSON in UTF-8.") from None
    if not isinstance(told, dict):
        raise BadRequest("The body is no event.")
    return told


def _text(settings: Settings, payload: Mapping[str, Any]) -> Inbound:
    said = payload.get("message")
    if not isinstance(said, str):
        raise BadRequest("The text has no words.")
    text = clean(said)
    return _inbound(settings, payload, text, "text" if text.strip() else "other", said)


def _picture(settings: Settings, payload: Mapping[str, Any]) -> Inbound:
    return _inbound(settings, payload, "", "other", _word(payload, "transactionId") or _word(payload, "messageId"))


def _inbound(
    settings: Settings, payload: Mapping[str, Any], text: str, kind: Literal["text", "other"], mark: str
) -> Inbound:
    sender, received = _word(payload, "sender") or _word(payload, "phoneNumber"), _word(payload, "receivedAt")
    sent_at = _moment(received)
    number = _number(sender)
    return Inbound(
        channel=NAME,
        medium=MEDIUM,
        address=f"tel:{number or sender or 'anonymous'}",
        provider_id=_mark(settings, number or sender, sent_at.isoformat() if sent_at else received, mark),
        text=text,
        kind=kind,
        sent_at=sent_at,
        answerable=bool(number) and number not in (settings.gateway_from, _number(_word(payload, "recipient"))),
    )


def _mark(settings: Settings, *parts: str) -> str:
    """One SMS is one mark, however often the phone tells of it: it gives each telling another id, and its own mark of a
    message has 32 bits. The key keeps a number from being guessed from the mark."""
    said = "\n".join(parts).encode(errors="replace")
    return hmac.digest(settings.gateway_webhook_secret.encode(), said, "sha256").hex()[:40]


def _receipt(event: str, payload: Mapping[str, Any]) -> Receipt | None:
    provider_id = _word(payload, "messageId")
    if not 0 < len(provider_id) <= _LONGEST_ID_CHARACTERS:
        return None
    state = _RECEIPT_STATES[event]
    code = "" if state != "failed" else "CANCELLED" if event == "sms:cancelled" else _code(_word(payload, "reason"))
    return Receipt(NAME, provider_id, state, code, is_unsent=code in _UNSENT)


def _word(payload: Mapping[str, Any], name: str) -> str:
    given = payload.get(name)
    return clean(given).strip() if isinstance(given, str) else ""


def _number(sender: str) -> str:
    """E.164; a phone of the country may leave out +51. Empty for short codes and names."""
    plain = re.sub(r"[\s().-]", "", sender)
    return plain if _NUMBER.fullmatch(plain) else (phone(plain) or "") if MOBILE.fullmatch(plain) else ""


def _moment(received: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(received)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


# ── what the phone says of a failure ──────────────────────────────────────────────────────────────────────────────────

_SENTENCES = {
    "TTL expired": "TTL_EXPIRED",
    "No SIMs found": "NO_SIM",
    "Invalid phone number": "INVALID_NUMBER",
    "SEND_SMS": "NO_PERMISSION",
}
_CLASS_CODES: dict[type[SendError], str] = {
    BadAddress: "INVALID_NUMBER",
    TryLater: "ERROR_RADIO_OFF ERROR_NO_SERVICE ERROR_LIMIT_EXCEEDED RADIO_NOT_AVAILABLE RIL_RADIO_NOT_AVAILABLE"
    " RIL_NETWORK_NOT_READY RIL_REQUEST_RATE_LIMITED TTL_EXPIRED",
    AccountTrouble: "ERROR_GENERIC_FAILURE NETWORK_REJECT RIL_NETWORK_REJECT RIL_ACCESS_BARRED ERROR_FDN_CHECK_FAILURE"
    " OPERATION_NOT_ALLOWED NO_DEFAULT_SMS_APP RIL_SIM_ABSENT NO_SIM NO_PERMISSION",
    OurFault: "ERROR_NULL_PDU INVALID_ARGUMENTS INVALID_SMS_FORMAT RIL_INVALID_SMS_FORMAT ENCODING_ERROR CANCELLED",
}
_CLASSES = {code: kind for kind, codes in _CLASS_CODES.items() for code in codes.split()}
_UNSENT = set(
    "ERROR_RADIO_OFF ERROR_NO_SERVICE ERROR_LIMIT_EXCEEDED RADIO_NOT_AVAILABLE RIL_RADIO_NOT_AVAILABLE"
    " RIL_NETWORK_NOT_READY NO_DEFAULT_SMS_APP RIL_SIM_ABSENT NO_SIM NO_PERMISSION".split()
)
"""With these nothing was on the air; with any other some of it may have been."""


def classify(code: str) -> type[SendError]:
    """What to do about a failure that the phone told of; an unknown one, and the network's own, may pass."""
    return _CLASSES.get(code, TryLater)


def _code(reason: str) -> str:
    """A word for staff from the app's sentence, which may hold numbers: Android's name of the result, or ours."""
    result = re.search(r"\bRESULT_([A-Z_]{3,40})", reason)
    if result:
        return result[1]
    delivery = re.search(r"Delivery result.*: (\d{1,3})$", reason)
    if delivery:
        return f"DELIVERY_{delivery[1]}"
    return next((code for part, code in _SENTENCES.items() if part in reason), "UNKNOWN")


# ── what leaves ───────────────────────────────────────────────────────────────────────────────────────────────────────

_LEAST_TTL_SECONDS = 5
_LONGEST_PAUSE_SECONDS = 3600.0
_QUEUE_PAUSE_SECONDS = 60.0
_UNREACHED_SECONDS = 120.0
_MOST_TRIES = 20
_State = Literal["sent", "unsent", "absent", "cannot_know"]


class GatewayChannel:
    """Sends by the app's API, on the phone itself or on a server between; both know a message by the id we gave it.

    A second request with the same id is refused (409), so that a lost answer never makes a second SMS.
    """

    name = NAME
    medium: Medium = MEDIUM
    two_way = True
    lists_messages = True

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        timeout_seconds: float = 10.0,
        unreached_seconds: float = _UNREACHED_SECONDS,
    ) -> None:
        self._settings, self._clock = settings, clock
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds, sock_connect=timeout_seconds / 2)
        self._patience_seconds = unreached_seconds
        self._unreached_since = 0.0
        self._http: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session()

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            credentials = aiohttp.encode_basic_auth(self._settings.gateway_user, self._settings.gateway_password)
            self._http = aiohttp.ClientSession(timeout=self._timeout, headers={"Authorization": credentials})
        return self._http

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
        self._http = None

    async def send(self, out: Outgoing) -> str:
        body = self._body(out)
        for name in _names(out):
            status, said, pause = await self._ask("POST", "/messages", {"id": name, **body})
            if status in (200, 201, 202):
                return name
            if status != 409:
                raise _error(status, said, pause)
            state = await self._look(name)
            if state == "cannot_know":
                raise Ambiguous("The gateway has the message and does not say what became of it.")
            if state != "unsent":
                return name  # an earlier try of ours, whose answer was lost
        raise OurFault("The phone has refused the message too often.")

    def _body(self, out: Outgoing) -> dict[str, Any]:
        body: dict[str, Any] = {"phoneNumbers": [_recipient(out)], "textMessage": {"text": out.text}}
        if out.expires_at is not None:
            left = int((out.expires_at - self._clock.now()).total_seconds())
            body["ttl"] = max(_LEAST_TTL_SECONDS, left)
        return body | {"withDeliveryReport": True}

    async def find(self, out: Outgoing, adopted: Callable[[str], bool]) -> Found:
        """Ask for the ids that the message can have there: they are made from its row, and no other row has them."""
        for name in _names(out):
            state = await self._look(name)
            if state != "unsent":
                return Found(name, "sent") if state == "sent" else Found(state=state)
        return Found()

    async def _look(self, name: str) -> _State:
        try:
            status, said, _ = await self._ask("GET", f"/messages/{name}")
        except SendError as failed:
            _log.warning("gateway: a message was not looked up: %s", type(failed).__name__)
            return "cannot_know"
        if status == 404:
            return "absent"
        if status != 200 or not isinstance(said.get("state"), str):
            return "cannot_know"
        return "unsent" if said["state"] == "Failed" and _reason(said) in _UNSENT else "sent"

    async def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int, dict[str, Any], str]:
        """The status, what was said and the Retry-After header. Raises SendError where there is no answer."""
        url = self._settings.gateway_url + path
        try:
            async with self._session().request(method, url, json=body, allow_redirects=False) as answer:
                self._unreached_since = 0.0
                return answer.status, _said(await answer.read()), header(answer.headers, "Retry-After")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as unreachable:
            raise self._unreached(unreachable) from unreachable
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as lost:
            raise Ambiguous(f"The gateway's answer was lost: {type(lost).__name__}.") from lost

    def _unreached(self, error: Exception) -> SendError:
        """A moment without network passes; a phone that stays away is a matter for staff, and nothing is given up."""
        now = time.monotonic()
        self._unreached_since = self._unreached_since or now
        if now - self._unreached_since < self._patience_seconds:
            return TryLater(f"The gateway was not reached: {type(error).__name__}.")
        return AccountTrouble("The gateway is not reached: is the phone on, charged and in the network?", "unreached")


def _names(out: Outgoing) -> Iterator[str]:
    """The ids of a message there, one after the other: a try that never left keeps its id for ever."""
    first = f"chaski-{out.id}"
    return (first if n == 1 else f"{first}-{n}" for n in range(1, _MOST_TRIES + 1))


def _recipient(out: Outgoing) -> str:
    number = out.address.removeprefix("tel:")
    if not _NUMBER.fullmatch(number):
        raise BadAddress("The address is no telephone number.")
    return number


def _said(body: bytes) -> dict[str, Any]:
    """What stands in an answer; nothing where it is no JSON object."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _reason(said: Mapping[str, Any]) -> str:
    """Why the only recipient of a message got nothing."""
    recipients = said.get("recipients")
    first = recipients[0] if isinstance(recipients, list) and recipients else None
    return _code(_word(first, "error")) if isinstance(first, dict) else ""


def _error(status: int, said: Mapping[str, Any], pause: str) -> SendError:
    """The error for a refusal. Its words are not passed on: they may quote the number."""
    words, code = _word(said, "message").lower(), str(status)
    seconds = min(float(pause), _LONGEST_PAUSE_SECONDS) if re.fullmatch(r"\d{1,6}", pause) else _QUEUE_PAUSE_SECONDS
    if status == 503 and "limit" in words:
        return SlowDown("The phone does not keep up with what waits for it.", code, seconds)
    if status in (408, 429):
        return SlowDown("The gateway asks for a pause.", code, seconds)
    if status in (401, 403, 404, 405) or 300 <= status < 400:
        return AccountTrouble("The gateway does not let us in: GATEWAY_URL, GATEWAY_USER or GATEWAY_PASSWORD.", code)
    if status == 400 and ("record" in words or "device" in words):
        return AccountTrouble("No phone is registered at the gateway's server.", code)
    if status >= 500 or status < 300:
        return Ambiguous("The gateway failed.", code)
    return OurFault("The gateway does not take the message as it is.", code)
