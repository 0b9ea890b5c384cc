"""What providers post to us: verified and read by the channel, taken in by the inbox, answered briefly."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.channels import gateway as sms_gateway
from bot.channels import telegram as telegram_channel
from bot.channels import twilio
from bot.channels.telegram import TelegramChannel
from bot.clock import Clock
from bot.conversation.message import Inbound, Receipt
from bot.desk.parts import PARTS
from bot.errors import BadRequest
from bot.records.store import Unavailable
from bot.service.outbox import take_receipt

log = logging.getLogger(__name__)

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


async def twilio_sms(request: web.Request) -> web.Response:
    """One SMS. 200 once the turn is committed; the replies leave through the API."""
    parts = request.app[PARTS]
    message = twilio.parse(parts.settings, request.raw_path, request.headers, await request.read())
    await parts.inbox.receive(message)
    return web.Response(text=EMPTY_TWIML, content_type="text/xml")


async def twilio_status(request: web.Request) -> web.Response:
    """One delivery receipt. Always 200 when signed: there is nothing the provider could do better."""
    parts = request.app[PARTS]
    receipt = twilio.parse_status(parts.settings, request.raw_path, request.headers, await request.read())
    if receipt:
        now = parts.clock.now()
        try:
            await parts.commits.run(lambda tx: take_receipt(tx, parts.clock, receipt, twilio.classify, now))
        except Unavailable:  # a receipt is no proof, and its loss no harm
            log.warning("a receipt was lost: the database is unavailable")
    return web.Response(text=EMPTY_TWIML, content_type="text/xml")


async def gateway(request: web.Request) -> web.Response:
    """One event of the phone with the SIM: a text, 200 once the turn is committed, or what became of a message."""
    parts = request.app[PARTS]
    told = sms_gateway.parse(parts.settings, request.headers, await request.read(), Clock().now())
    match told:
        case Inbound():
            await parts.inbox.receive(told)
        case Receipt():
            now = parts.clock.now()
            await parts.commits.run(lambda tx: take_receipt(tx, parts.clock, told, sms_gateway.classify, now))
    return web.Response(text="ok")


def telegram(
    channel: TelegramChannel,
    take: Callable[[Inbound], Awaitable[None]],
    set_aside: Callable[[object, str], Awaitable[None]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """One update from Telegram, when it posts instead of being polled."""

    async def handle(request: web.Request) -> web.Response:
        telegram_channel.check_secret(request.app[PARTS].settings, request.headers)
        try:
            raw = json.loads(await request.read())
        except (ValueError, RecursionError):
            raise BadRequest("not JSON") from None
        if not isinstance(raw, dict):
            raise BadRequest("no update")
        await channel.hand_over(raw, take, set_aside)
        return web.Response(text="ok")

    return handle
