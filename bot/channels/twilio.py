"""Twilio: texts and receipts arrive as signed forms, messages leave through the REST API."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import importlib
import logging
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import Message as MimeHeaders
from functools import lru_cache
from hmac import compare_digest
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from multidict import MultiDict
from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator

from bot.channels.base import clean, header
from bot.clock import Clock
from bot.conversation.message import Found, Inbound, Medium, Outgoing, Receipt
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
from bot.settings import TWILIO_API, Settings

NAME = "twilio"
MEDIUM: Medium = "sms"

_log = logging.getLogger(__name__)

# ── what arrives ──────────────────────────────────────────────────────────────────────────────────────────────────────

_MOST_FIELDS = 1000
_LONGEST_ID_CHARACTERS = 64
_NUMBER = re.compile(r"\+[1-9]\d{7,14}")  # E.164; short codes and alphabetic senders do not match
_BASE64 = re.compile(r"[A-Za-z0-9+/]{60,}={0,2}")
_OPT_OUT_TYPES = {"STOP", "START", "HELP"}
_RECEIPT_STATES: dict[str, Literal["sent", "delivered", "failed"]] = {
    "sent": "sent",
    "delivered": "delivered",
    "partially_delivered": "delivered",
    "read": "delivered",
    "failed": "failed",
    "undelivered": "failed",
    "canceled": "failed",
}


def parse(settings: Settings, path: str, headers: Mapping[str, str], body: bytes) -> Inbound:
    """One text that Twilio brought. `path` is the raw request target, query string included.

    Raises Forbidden for what Twilio did not sign for us, BadRequest for what cannot be read.
    """
    form = _signed_form(settings, path, headers, body)
    ours = settings.twilio_from
    to = form.get("To", "").strip()
    if ours and not settings.twilio_messaging_service_sid and to and to != ours:
        raise Forbidden("The message was sent to a number that is not ours.")
    provider_id = form.get("MessageSid", "") or form.get("SmsMessageSid", "")
    if not 0 < len(provider_id) <= _LONGEST_ID_CHARACTERS:
        raise BadRequest("The form has no MessageSid.")
    inbound = _inbound(settings, provider_id, form.get("From", ""), to, form.get("Body", ""))
    opt_out_type = form.get("OptOutType", "").strip().upper()
    return replace(inbound, opt_out_type=opt_out_type if opt_out_type in _OPT_OUT_TYPES else "")


def _inbound(settings: Settings, provider_id: str, sender: str, to: str, body: str) -> Inbound:
    sender, text = clean(sender).strip() or "anonymous", clean(_unwrap(body))
    return Inbound(
        channel=NAME,
        medium=MEDIUM,
        address=f"tel:{sender}",
        provider_id=clean(provider_id),
        text=text,
        kind="text" if text.strip() else "other",
        answerable=bool(_NUMBER.fullmatch(sender)) and sender not in (settings.twilio_from, to),
    )


def parse_status(settings: Settings, path: str, headers: Mapping[str, str], body: bytes) -> Receipt | None:
    """What Twilio says of a message of ours; None for a state that settles nothing, or one we do not know.

    Raises as `parse` does for an unsigned or unreadable request; what is signed is never refused.
    """
    form = _signed_form(settings, path, headers, body)
    provider_id = clean(form.get("MessageSid", "") or form.get("SmsSid", ""))[:_LONGEST_ID_CHARACTERS]
    status = form.get("MessageStatus", "") or form.get("SmsStatus", "")
    state = _RECEIPT_STATES.get(status.strip().lower())
    if not provider_id or state is None:
        return None
    code = clean(form.get("ErrorCode", "")).strip()[:_LONGEST_ID_CHARACTERS] if state == "failed" else ""
    return Receipt(channel=NAME, provider_id=provider_id, state=state, error_code=code)


def _signed_form(settings: Settings, path: str, headers: Mapping[str, str], body: bytes) -> MultiDict[str]:
    form = _read_form(header(headers, "Content-Type"), body)
    signature = header(headers, "X-Twilio-Signature")
    if not signature or not settings.twilio_auth_token or not _is_genuine(settings, path, form, signature):
        raise Forbidden("The signature is absent or not Twilio's.")
    if form.get("AccountSid", settings.twilio_account_sid) != settings.twilio_account_sid:
        raise Forbidden("The request is of another account.")
    return form


def _is_genuine(settings: Settings, path: str, form: MultiDict[str], signature: str) -> bool:
    """Whether Twilio signed the form for our address: as we spell it, else with its port told or left out."""
    address = settings.public_url + path
    validator: Any = RequestValidator(settings.twilio_auth_token)  # type: ignore[no-untyped-call]  # the library's
    try:
        own = validator.compute_signature(address, form)
        return compare_digest(own.encode(), signature.encode()) or validator.validate(address, form, signature)
    except ValueError:  # a target that is no address, or that no UTF-8 can spell
        return False


def _read_form(content_type: str, body: bytes) -> MultiDict[str]:
    """Fields in order, blank ones kept because they are signed too."""
    kind, charset = _declared(content_type)
    if kind != "application/x-www-form-urlencoded":
        raise BadRequest("The body is not a form.")
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise BadRequest("The form is not in UTF-8.")
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:  # bytes that are no UTF-8, raw or escaped; too many fields
        raise BadRequest("The form cannot be read.") from None
    return MultiDict(fields)


@lru_cache(maxsize=16)
def _declared(content_type: str) -> tuple[str, str]:
    """Kind and charset of a body, UTF-8 when it names none: every request of Twilio's says the same."""
    declared = MimeHeaders()
    declared["Content-Type"] = content_type.encode("ascii", "replace").decode()
    return declared.get_content_type(), declared.get_content_charset() or "utf-8"


def _unwrap(body: str) -> str:
    """The text of a long body that some carriers pass on in base64; any other body as it is."""
    packed = "".join(body.split())
    if len(packed) % 4 or not _BASE64.fullmatch(packed):
        return body
    try:
        text = base64.b64decode(packed, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return body
    return text if len(clean(text)) == len(text) and text.strip() else body


# ── what leaves ───────────────────────────────────────────────────────────────────────────────────────────────────────

_LONGEST_VALIDITY_SECONDS = 36_000
_CLASS_CODES: dict[type[SendError], str] = {
    OptedOut: "21610",
    BadAddress: "21211 21217 21614 21635 30005 30006",
    TryLater: "408 30003 30008 30017 30410",
    SlowDown: "429 20429 21611 30001 63017 63018 14107",
    OurFault: "21602 21603 21604 21606 21612 21617 21657 21703 21705 30018 30024",
    AccountTrouble: "401 402 403 404 20003 20005 20404 21408 21608 30002",
    ContentRefused: "30004 30007",
}
_CLASSES = {code: kind for kind, codes in _CLASS_CODES.items() for code in codes.split()}
# A full queue empties slowly, and the guard against loops lets go after 30 s.
_PAUSE_SECONDS = {"21611": 60.0, "30001": 60.0, "14107": 30.0}
_LONGEST_PAUSE_SECONDS = 3600.0


def classify(code: str) -> type[SendError]:
    """What to do about one of Twilio's error codes, from a refused request or a failed receipt.

    Codes: twilio.com/docs/api/errors. Of those not listed, 30xxx come from carriers and may pass; others are ours.
    """
    return _CLASSES.get(code) or (TryLater if re.fullmatch(r"30\d{3}", code) else OurFault)


def _error(status: int, code: str, sentence: str, pause: str = "") -> SendError:
    """The error for an answer of Twilio; `pause` is its Retry-After header."""
    sentence = re.sub(r"\d{6,}(?=\d{3})", "…", sentence)  # a refusal quotes the whole number
    if status >= 500 or status < 400:
        # A failing server may have queued the message before it failed: look it up before sending it twice.
        return Ambiguous(sentence, code)
    kind = classify(code)
    if kind is SlowDown:
        seconds = float(pause) if re.fullmatch(r"\d{1,6}", pause) else _PAUSE_SECONDS.get(code, 1.0)
        return SlowDown(sentence, code, min(seconds, _LONGEST_PAUSE_SECONDS))
    return kind(sentence, code)


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    """What goes wrong while Twilio is asked, as an error of ours."""
    try:
        yield
    except TwilioRestException as refused:
        raise _error(refused.status, str(refused.code), refused.msg) from None
    except TwilioServiceException as refused:
        raise _error(refused.status, str(refused.code), refused.detail or refused.title) from None
    except TwilioException as refused:  # a page of a list, with the answer as it came
        status = getattr(refused.args[-1], "status_code", 0)
        raise _error(status, str(status), "Twilio's list was not read.") from None
    except aiohttp.ClientConnectorError as unreachable:
        raise TryLater(f"Twilio was not reached: {type(unreachable).__name__}.") from unreachable
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, OSError) as lost:
        raise Ambiguous(f"Twilio's answer was lost: {type(lost).__name__}.") from lost


class _HttpClient(AsyncTwilioHttpClient):
    """The library's client with a timeout that holds (its own is ignored), to any address, and without chatter."""

    def __init__(self, api_url: str, timeout_seconds: float) -> None:
        quiet = logging.getLogger("twilio.async_http_client")
        quiet.setLevel(logging.WARNING)  # at INFO it writes whole phone numbers
        super().__init__(logger=quiet)  # without max_retries, which would repeat a POST
        self._api_url, self._timeout_seconds = api_url, timeout_seconds

    async def request(  # type: ignore[override]  # the library's own override of its synchronous base is no better
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  the library's signature
        allow_redirects: bool = False,
    ) -> Response:
        if self._api_url != TWILIO_API:
            url = self._api_url + urlsplit(url)._replace(scheme="", netloc="").geturl()
        # aiohttp warns of `auth`, which it will drop.
        signed = {**(headers or {}), "Authorization": aiohttp.encode_basic_auth(*(auth or ("", "")))}
        response = await super().request(
            method, url, params, data, signed, timeout=self._timeout_seconds, allow_redirects=allow_redirects
        )
        if response.status_code == 429:  # the library's exception loses the header
            pause = (response.headers or {}).get("Retry-After", "")
            raise _error(429, "20429", "Twilio asks for a pause.", pause)
        return response


class TwilioChannel:
    """Sends by Twilio's REST API and finds there what it sent."""

    name = NAME
    medium: Medium = MEDIUM
    lists_messages = True

    def __init__(self, settings: Settings, clock: Clock, *, timeout_seconds: float = 10.0) -> None:
        self.two_way = bool(settings.twilio_messaging_service_sid) or not re.search("[A-Za-z]", settings.twilio_from)
        self._settings, self._clock, self._timeout_seconds = settings, clock, timeout_seconds
        self._http: _HttpClient | None = None
        self._client: Any = None
        self._starting = asyncio.Lock()

    async def start(self) -> None:
        async with self._starting:
            if self._client is None:
                self._http = _HttpClient(self._settings.twilio_api_url, self._timeout_seconds)
                self._client = await asyncio.to_thread(_rest_client, self._settings, self._http)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()  # type: ignore[no-untyped-call]  # the library's
        self._http = self._client = None

    async def send(self, out: Outgoing) -> str:
        fields = self._fields(out)
        await self.start()
        with _failures():
            message = await self._client.messages.create_async(**fields)
        if not message.sid:
            raise Ambiguous("Twilio's answer has no sid.")
        return str(message.sid)

    def _fields(self, out: Outgoing) -> dict[str, Any]:
        settings = self._settings
        fields: dict[str, Any] = {"to": _number(out), "body": out.text}
        if settings.twilio_messaging_service_sid:
            fields["messaging_service_sid"] = settings.twilio_messaging_service_sid
        else:
            fields["from_"] = settings.twilio_from
        if settings.is_public:  # Twilio refuses the message when it cannot reach the address
            fields["status_callback"] = f"{settings.public_url}/twilio/status"
        if out.expires_at is not None:
            left = int((out.expires_at - self._clock.now()).total_seconds())
            fields["validity_period"] = max(1, min(left, _LONGEST_VALIDITY_SECONDS))
        return fields

    async def find(self, out: Outgoing, adopted: Callable[[str], bool]) -> Found:
        """Look through the newest messages to the same number.

        The list is asked by number alone: its date filter is on the time of sending, which a queued message lacks.
        A person's 200 newest are enough, and when they are not the answer is `cannot_know`.
        """
        since, read, oldest = self._earliest(out), 0, datetime.max.replace(tzinfo=UTC)
        matches: list[tuple[datetime, str]] = []
        try:
            await self.start()
            async for message in await self._client.messages.stream_async(
                to=_number(out), limit=_MOST_LISTED, page_size=_MOST_LISTED // 2
            ):
                made = message.date_created or datetime.max.replace(tzinfo=UTC)
                read, oldest = read + 1, min(oldest, made)
                if made >= since and _same_text(str(message.body), out.text) and not adopted(str(message.sid)):
                    matches.append((made, str(message.sid)))
        except (SendError, TwilioException, aiohttp.ClientError, TimeoutError, ValueError, KeyError, OSError) as failed:
            _log.warning("message %d: the list of Twilio was not read: %s", out.id, type(failed).__name__)
            return Found()
        if matches:
            return Found(min(matches)[1], "sent")
        return Found(state="absent") if read < _MOST_LISTED or oldest < since else Found()

    async def missed(self, since: datetime) -> list[Inbound]:
        """What reached our number since then, as Twilio's own list has it, with its true times.

        The list is asked by whole days, which it keeps in UTC. It does not say which STOP Twilio has answered itself.
        """
        if not self.two_way:
            return []
        settings = self._settings
        asked: dict[str, Any] = {} if settings.twilio_messaging_service_sid else {"to": settings.twilio_from}
        day, found = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0), []
        await self.start()
        with _failures():
            pages = await self._client.messages.stream_async(date_sent_after=day, page_size=_LARGEST_PAGE, **asked)
            async for listed in pages:
                sent_at = listed.date_sent or listed.date_created
                if sent_at and sent_at >= since and self._is_for_us(listed):
                    words = (str(listed.from_ or ""), str(listed.to or ""), str(listed.body or ""))
                    inbound = _inbound(settings, str(listed.sid), *words)
                    found.append(replace(inbound, sent_at=sent_at, may_be_late=True))
        found.reverse()  # the list has the newest first, and times to the second
        return sorted(found, key=lambda each: each.sent_at or since)

    def _is_for_us(self, listed: Any) -> bool:
        """It came in, and to our number; where the list of a messaging service does not say so, to no other service."""
        if listed.direction != "inbound" or not 0 < len(str(listed.sid or "")) <= _LONGEST_ID_CHARACTERS:
            return False
        settings = self._settings
        if settings.twilio_from and listed.to == settings.twilio_from:
            return True
        service = settings.twilio_messaging_service_sid
        return bool(service) and listed.messaging_service_sid in (
            (service,) if settings.twilio_from else (service, None)
        )

    def _earliest(self, out: Outgoing) -> datetime:
        """When Twilio can have made the message at the earliest, by real time: ours may run elsewhere (CHASKI_NOW)."""
        now = self._clock.now()
        age = now - (out.claimed_at or now)
        if out.claimed_at is None or age < timedelta():  # the clock was set back since
            age = timedelta(days=1)
        return Clock().now() - age - _CLOCKS_APART


_MOST_LISTED = 200
_LARGEST_PAGE = 1000
_CLOCKS_APART = timedelta(seconds=60)
_TRIAL_PREFIX = "Sent from your Twilio trial account - "


def _rest_client(settings: Settings, http: _HttpClient) -> Any:
    """The library's client with its message part loaded: in a thread, because that takes a tenth of a second."""
    rest = importlib.import_module("twilio.rest")
    client = rest.Client(settings.twilio_account_sid, settings.twilio_auth_token, http_client=http)
    return client if client.messages else None


def _number(out: Outgoing) -> str:
    number = out.address.removeprefix("tel:")
    if not _NUMBER.fullmatch(number):
        raise BadAddress("The address is no telephone number.")
    return number


def _same_text(listed: str, sent: str) -> bool:
    plain = listed.removeprefix(_TRIAL_PREFIX)
    return unicodedata.normalize("NFC", plain).split() == unicodedata.normalize("NFC", sent).split()
