"""Telegram: updates are polled or posted to us, messages and buttons leave through the Bot API."""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import re
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from bot.channels.base import clean, header
from bot.conversation.message import CONTACT, Found, Inbound, Medium, Option, Outgoing
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

if TYPE_CHECKING:  # the library takes a fifth of a second to load: only a started channel pays it
    from telegram import (
        Bot,
        CallbackQuery,
        ChatMemberUpdated,
        InlineKeyboardMarkup,
        Message,
        ReplyKeyboardMarkup,
        Update,
    )
    from telegram.request import HTTPXRequest

NAME = "telegram"
MEDIUM: Medium = "telegram"

Take = Callable[[Inbound], Awaitable[None]]
SetAside = Callable[[object, str], Awaitable[None]]
Result = TypeVar("Result")

_log = logging.getLogger(__name__)

# ── what arrives ──────────────────────────────────────────────────────────────────────────────────────────────────────

_UPDATES = ["message", "callback_query", "my_chat_member"]
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  the header's name, no secret


def check_secret(settings: Settings, headers: Mapping[str, str]) -> None:
    """Raises Forbidden unless Telegram itself posts: the header carries the secret that we gave it."""
    given = header(headers, _SECRET_HEADER).encode(errors="replace")
    wanted = settings.telegram_webhook_secret.encode()
    if not wanted or not hmac.compare_digest(given, wanted):
        raise Forbidden("The secret token is absent or wrong.")


def parse_update(raw: object) -> Inbound | None:
    """One update as Telegram wrote it; None for what asks nothing of us: edits, groups, channels, other bots.

    Raises BadRequest for an update that cannot be read: it is set aside, alone, and the others go on.
    """
    from telegram import Update

    try:
        update = Update.de_json(raw)  # type: ignore[arg-type]  # whatever it is, it is judged here
        if type(update.update_id) is not int:
            raise BadRequest("The update has no number.")
        return _inbound(update)
    except Exception as poison:  # the library raises anything at all for a shape that it does not expect
        raise BadRequest(f"The update cannot be read: {type(poison).__name__}.") from None


def _inbound(update: Update) -> Inbound | None:
    if update.message is not None:
        return _from_message(update.update_id, update.message)
    if update.callback_query is not None:
        return _from_press(update.update_id, update.callback_query)
    if update.my_chat_member is not None:
        return _from_membership(update.update_id, update.my_chat_member)
    return None


def _from_message(update_id: int, message: Message) -> Inbound | None:
    sender = message.from_user
    words = message.text if message.text is not None else message.caption
    has_content = words is not None or message.effective_attachment is not None  # the rest: pins, timers, joins
    if message.chat.type != "private" or sender is None or sender.is_bot or not has_content:
        return None
    text = clean(words or "")
    shared = _own_number(message)
    return Inbound(
        channel=NAME,
        medium=MEDIUM,
        address=_address(message.chat.id),
        provider_id=str(update_id),
        text=text,
        kind="contact" if shared else "text" if text.strip() else "photo" if message.photo else "other",
        contact=shared,
        file_id=message.photo[-1].file_id if message.photo else "",
        provider_name=_name(sender.full_name),
        sent_at=message.date,
    )


def _own_number(message: Message) -> str:
    """The number that she shared of herself, E.164; empty for somebody else's, which proves nothing."""
    contact, sender = message.contact, message.from_user
    if contact is None or sender is None or contact.user_id != sender.id:
        return ""
    digits = re.sub(r"\D", "", contact.phone_number)
    return f"+{digits}" if digits else ""


def _from_press(update_id: int, query: CallbackQuery) -> Inbound | None:
    chat = query.message.chat if query.message is not None else None
    if query.data is None or query.from_user.is_bot or (chat is not None and chat.type != "private"):
        return None
    address, name = _address(chat.id if chat is not None else query.from_user.id), _name(query.from_user.full_name)
    press = clean(query.data)
    return Inbound(NAME, MEDIUM, address, str(update_id), text="", kind="press", press=press, provider_name=name)


def _from_membership(update_id: int, change: ChatMemberUpdated) -> Inbound | None:
    if change.chat.type != "private" or change.new_chat_member.status != "kicked":
        return None
    return Inbound(NAME, MEDIUM, _address(change.chat.id), str(update_id), text="", kind="blocked", sent_at=change.date)


def _address(chat_id: object) -> str:
    if type(chat_id) is not int:
        raise BadRequest("The chat has no number.")
    return f"telegram:{chat_id}"


def _name(full_name: str) -> str:
    return " ".join(clean(full_name).split())[:64]


def _press_id(raw: object) -> str:
    query = raw.get("callback_query") if isinstance(raw, dict) else None
    return str(query.get("id", "")) if isinstance(query, dict) else ""


# ── what leaves ───────────────────────────────────────────────────────────────────────────────────────────────────────

# Spelled so that the library hands over the answer as it is. By its own names it parses it, and what it cannot parse
# would turn a message that left into a lost answer, and one update into a poll that fails for ever.
_SEND_MESSAGE, _SEND_DOCUMENT, _GET_UPDATES = "send_Message", "send_Document", "get_Updates"
_LONGEST_TEXT_CHARACTERS = 4096
_LONGEST_CAPTION_CHARACTERS = 1024
_LONGEST_DATA_BYTES = 64
_SHORT_LABEL_CHARACTERS = 14  # two such buttons fit side by side on a small phone
_LANGUAGE_CODES = {"quz": "qu"}  # Telegram knows the two-letter codes only
_DEAD_CHATS = ("chat not found", "user not found", "peer_id_invalid", "chat_id_invalid", "deactivated")
_NEVER_WRITTEN = {"ConnectError", "ConnectTimeout", "PoolTimeout"}  # httpx: nothing of the request went out


def shorten(text: str) -> str:
    """At most 4096 characters, cut after a whole line when there is one in the second half."""
    if len(text) <= _LONGEST_TEXT_CHARACTERS:
        return text
    head = text[: _LONGEST_TEXT_CHARACTERS - 2]
    end = head.rfind("\n")
    return (head[:end] if end > len(head) // 2 else head) + "\n…"


def _content(out: Outgoing) -> tuple[str, dict[str, Any]]:
    """(method of the Bot API, its fields): a text, or a file with all of the text below it.

    Raises OurFault for a text that is too long for that: cut it says less than was meant, and a second message may be
    lost alone.
    """
    from telegram import InputFile

    if out.attachment is None:
        return _SEND_MESSAGE, {"text": shorten(out.text), "link_preview_options": {"is_disabled": True}}
    if len(out.text) > _LONGEST_CAPTION_CHARACTERS:
        raise OurFault(f"A text below a file has at most {_LONGEST_CAPTION_CHARACTERS} characters.")
    file = InputFile(out.attachment.body, out.attachment.name)
    file.mimetype = out.attachment.content_type  # else it is guessed from the name
    return _SEND_DOCUMENT, {"document": file, "caption": out.text}


def keyboard(options: tuple[Option, ...]) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
    """Buttons under a message: two in a row when all labels are short; or the one by which she shares her number.

    Raises OurFault for data out of bounds.
    """
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup

    if [option.data for option in options] == [CONTACT]:
        share = KeyboardButton(options[0].label, request_contact=True)
        return ReplyKeyboardMarkup([[share]], resize_keyboard=True, one_time_keyboard=True)
    if any(not 1 <= len(option.data.encode()) <= _LONGEST_DATA_BYTES for option in options):
        raise OurFault("A button's data must have 1 to 64 bytes.")
    width = 2 if all(len(option.label) <= _SHORT_LABEL_CHARACTERS for option in options) else 1
    buttons = [InlineKeyboardButton(option.label, callback_data=option.data) for option in options]
    rows = [buttons[start : start + width] for start in range(0, len(buttons), width)]
    return InlineKeyboardMarkup(rows) if rows else None


def _refusal(error: Exception) -> SendError:
    """Our error for one of the library's. Its own words are left out where they may hold the token."""
    from telegram import error as kinds

    words = str(error)
    match error:
        case kinds.RetryAfter():
            pause = error.retry_after
            seconds = pause.total_seconds() if isinstance(pause, timedelta) else float(pause)
            return SlowDown("Telegram asks for a pause.", "429", max(seconds, 1.0))
        case kinds.InvalidToken():
            return AccountTrouble("Telegram does not accept the token.", "401")
        case kinds.Conflict():
            return AccountTrouble("Another program polls the same bot, or a webhook is set.", "409")
        case kinds.Forbidden() | kinds.BadRequest() if any(sign in words.lower() for sign in _DEAD_CHATS):
            return BadAddress(words, "400")
        case kinds.ChatMigrated():
            return BadAddress("The chat has become a group.", "400")
        case kinds.Forbidden():
            return OptedOut(words, "403")
        case kinds.BadRequest():
            return OurFault(words, "400")
        # A failure that Telegram itself worded, in its JSON, says that nothing was done.
        case kinds.NetworkError() if error.__cause__ is None or type(error.__cause__).__name__ in _NEVER_WRITTEN:
            return TryLater(f"Telegram was not reached or failed: {type(error.__cause__ or error).__name__}.")
    return Ambiguous(f"Telegram's answer was lost: {type(error.__cause__ or error).__name__}.")


class TelegramChannel:
    """Sends by the Bot API, and brings in updates by polling or through `hand_over`."""

    name = NAME
    medium: Medium = MEDIUM
    two_way = True
    lists_messages = False

    def __init__(
        self, settings: Settings, *, timeout_seconds: float = 10.0, poll_seconds: int = 25, pause_seconds: float = 1.0
    ) -> None:
        self._settings, self._timeout_seconds = settings, timeout_seconds
        self._poll_seconds, self._pause_seconds = poll_seconds, pause_seconds
        self._bot: Bot | None = None
        self._username = ""
        self._wires: list[HTTPXRequest] = []
        self._starting = asyncio.Lock()
        self._tasks: set[asyncio.Task[object]] = set()

    async def start(self) -> None:
        """Make ready to send; with a webhook secret, also tell Telegram where to post, for as long as it takes."""
        await self._started()
        if self._settings.telegram_webhook_secret:
            self._in_background(self._insist("setWebhook", self.set_webhook))

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for wire in self._wires:
            await wire.shutdown()
        self._bot, self._wires = None, []

    async def send(self, out: Outgoing) -> str:
        """Send plain text, or a file with the text below it; the id is `chat:message`, because Telegram counts messages
        anew in each chat."""
        number = out.address.removeprefix("telegram:")
        if not number.removeprefix("-").isdecimal():
            raise BadAddress("The address is no chat.")
        if not out.text.strip():
            raise OurFault("The text is empty.")
        endpoint, fields = _content(out)
        fields |= {"chat_id": int(number), "reply_markup": keyboard(out.options)}
        patience = self._timeout_seconds * (_FILE_PATIENCE if out.attachment else 1)
        bot = await self._started()
        request = bot.do_api_request(endpoint, api_kwargs=fields, read_timeout=patience)
        message: Any = await self._ask(request, patience)
        if not isinstance(message, dict) or "message_id" not in message:
            raise Ambiguous("Telegram's answer is no message.")
        return f"{number}:{message['message_id']}"

    async def find(self, out: Outgoing, adopted: Callable[[str], bool]) -> Found:
        """Never known: Telegram shows a bot no list of what it sent."""
        return Found()

    async def acknowledge(self, press_id: str) -> None:
        """Stop the little clock on a pressed button."""
        bot = await self._started()
        await self._ask(bot.answer_callback_query(press_id))

    async def file(self, file_id: str) -> bytes:
        """A picture that somebody sent, from Telegram's own store. Raises SendError when it cannot be had."""
        bot = await self._started()
        found = await self._ask(bot.get_file(file_id))
        if (found.file_size or 0) > _LARGEST_FILE_BYTES:
            raise OurFault("The file is too large.")
        return bytes(await self._ask(found.download_as_bytearray()))

    async def link(self) -> str:
        """The address at which people find us; empty while Telegram does not say who we are."""
        try:
            bot = await self._started()
            if not self._username:
                self._username = (await self._ask(bot.get_me())).username or ""
        except SendError as failed:
            _log.warning("Telegram does not say our name: %s", failed)
        return f"https://t.me/{self._username}" if self._username else ""

    async def set_webhook(self) -> None:
        bot, settings = await self._started(), self._settings
        await self._ask(
            bot.set_webhook(
                url=f"{settings.public_url}/telegram",
                secret_token=settings.telegram_webhook_secret,
                allowed_updates=_UPDATES,
            )
        )

    async def announce(self, commands: Mapping[str, list[tuple[str, str]]]) -> None:
        """Set the command menu for each of our languages, the first also as default; a failure is logged only."""
        bot = await self._started()
        menus = [(None, menu) for menu in list(commands.values())[:1]]
        for language, menu in [*menus, *commands.items()]:
            code = _LANGUAGE_CODES.get(language, language) if language else None
            try:
                await self._ask(bot.set_my_commands(menu, language_code=code))
            except SendError as failed:
                _log.warning("the commands for %s were not set: %s", code or "all", failed)

    async def hand_over(self, raw: object, take: Take, set_aside: SetAside, *, may_be_late: bool = True) -> None:
        """Bring one update in: returns once `take` or `set_aside` has returned; an error of theirs comes through."""
        try:
            inbound = parse_update(raw)
        except BadRequest as unreadable:
            await set_aside(raw, str(unreadable))
            return
        if inbound is not None:
            await take(replace(inbound, may_be_late=may_be_late))
        if press_id := _press_id(raw):
            self._in_background(self._acknowledge_or_not(press_id))

    async def run_polling(self, take: Take, set_aside: SetAside) -> None:
        """Bring updates in for ever, one after another; Telegram forgets one only after it was taken or set aside."""
        bot = await self._started()
        await self._insist("deleteWebhook", lambda: self._ask(bot.delete_webhook()))
        offset: int | None = None
        is_behind, polled_at = True, time.monotonic()  # what waited while nobody polled comes first
        while True:
            batch = await self._insist("getUpdates", partial(self._updates, bot, offset))
            is_behind = is_behind or time.monotonic() - polled_at > _GAP_SECONDS
            polled_at = time.monotonic()
            for raw in batch:
                bring = partial(self.hand_over, raw, take, set_aside, may_be_late=is_behind)
                await self._insist(f"update {raw['update_id']}", bring)
                offset = raw["update_id"] + 1
            if not batch:
                # All before the offset is forgotten now, so it can go: after a quiet week ids may begin again lower.
                offset, is_behind = None, False
                await asyncio.sleep(_BREATH_SECONDS)

    async def _updates(self, bot: Bot, offset: int | None) -> list[dict[str, Any]]:
        fields = {"timeout": self._poll_seconds, "allowed_updates": _UPDATES, "offset": offset}
        patience = self._poll_seconds + self._timeout_seconds
        request = bot.do_api_request(_GET_UPDATES, api_kwargs=fields, read_timeout=patience)
        answer: Any = await self._ask(request, patience)
        if not isinstance(answer, list):
            raise Ambiguous("Telegram's updates are no list.")
        return [raw for raw in answer if isinstance(raw, dict) and type(raw.get("update_id")) is int]

    async def _started(self) -> Bot:
        async with self._starting:
            if self._bot is not None:
                return self._bot
            _hush()
            # In a thread: loading the library and the trusted certificates takes a third of a second.
            bot, self._wires = await asyncio.to_thread(_bot, self._settings, self._timeout_seconds)
            self._bot = bot
            return bot

    async def _ask(self, request: Awaitable[Result], seconds: float | None = None) -> Result:
        """One request to the Bot API, within our own time; raises SendError."""
        try:
            async with asyncio.timeout(seconds or self._timeout_seconds):
                return await request
        except TimeoutError:
            raise Ambiguous("Telegram did not answer in time.") from None
        except Exception as failed:  # the library's errors, and KeyError or TypeError for an answer of another shape
            raise _refusal(failed) from None  # their words may hold the token

    async def _insist(self, what: str, attempt: Callable[[], Awaitable[Result]]) -> Result:
        """Try until it is done, with growing pauses."""
        tries = 0
        while True:
            try:
                return await attempt()
            except SendError as failed:
                pause = self._pause_after(failed, tries)
                _log.warning("telegram %s: %s Again in %.0f s.", what, failed, pause)
            except Exception as failed:  # the house could not take an update: nothing may be skipped
                pause = self._pause_after(failed, tries)
                _log.error("telegram %s: %s. Again in %.0f s.", what, type(failed).__name__, pause)
            tries += 1
            await asyncio.sleep(pause)

    def _pause_after(self, failed: Exception, tries: int) -> float:
        if isinstance(failed, SlowDown):
            return failed.seconds
        steps = 60 if isinstance(failed, AccountTrouble) else min(2**tries, 30)
        return self._pause_seconds * steps

    async def _acknowledge_or_not(self, press_id: str) -> None:
        try:
            await self.acknowledge(press_id)
        except SendError as failed:  # too old by now, mostly; the press itself is taken
            _log.info("a press was not acknowledged: %s", failed)

    def _in_background(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


_LARGEST_FILE_BYTES = 5 * 1024 * 1024  # a photo as Telegram keeps it is far smaller
_FILE_PATIENCE = 3.0  # times as long as for a text: a flyer takes its time on the municipality's line
_GAP_SECONDS = 120.0  # between two polls that were answered: messages have waited for us meanwhile
_BREATH_SECONDS = 0.2  # a server that does not hold the poll open must not be asked without pause


def _hush() -> None:
    """Keep the libraries from logging addresses with the token in them, and texts; what matters we log ourselves."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("telegram").setLevel(logging.CRITICAL)
    os.environ.setdefault("PTB_TIMEDELTA", "true")  # else each 429 raises a deprecation warning inside the library


def _bot(settings: Settings, timeout_seconds: float) -> tuple[Bot, list[HTTPXRequest]]:
    """The library's bot, and its two wires: one for all calls, one for the long poll."""
    from telegram import Bot
    from telegram.request import HTTPXRequest

    def wire(connections: int) -> HTTPXRequest:
        return HTTPXRequest(
            connection_pool_size=connections,
            read_timeout=timeout_seconds,
            write_timeout=timeout_seconds,
            connect_timeout=timeout_seconds / 2,  # before our own limit, to tell it from a lost answer
            pool_timeout=timeout_seconds / 2,
        )

    calls, poll = wire(32), wire(1)
    api = settings.telegram_api_url
    bot = Bot(settings.telegram_token, f"{api}/bot", f"{api}/file/bot", request=calls, get_updates_request=poll)
    return bot, [calls, poll]
