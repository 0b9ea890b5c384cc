"""The web application: every route in one visible list, and what is true for all of them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.channels.telegram import TelegramChannel
from bot.conversation.message import Inbound
from bot.desk import phone, webhooks
from bot.desk.parts import PARTS, Parts
from bot.errors import BadRequest, Forbidden
from bot.records.store import Unavailable

log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LARGEST_BODY_BYTES = 1024 * 1024


def application(
    parts: Parts,
    telegram: TelegramChannel | None,
    take: Callable[[Inbound], Awaitable[None]],
    set_aside: Callable[[object, str], Awaitable[None]],
) -> web.Application:
    """The routes that this service has: webhooks of the channels that are on, the phone unless it is public."""
    app = web.Application(middlewares=[_errors], client_max_size=LARGEST_BODY_BYTES)
    app.on_response_prepare.append(_add_headers)
    app[PARTS] = parts
    routes: list[web.AbstractRouteDef] = [web.get("/healthz", healthz), web.get("/readyz", readyz)]
    if parts.settings.has_twilio:
        routes += [web.post("/twilio/sms", webhooks.twilio_sms), web.post("/twilio/status", webhooks.twilio_status)]
    if telegram and parts.settings.telegram_webhook_secret:
        routes.append(web.post("/telegram", webhooks.telegram(telegram, take, set_aside)))
    if not parts.settings.is_public:
        routes += [
            web.get("/", phone.to_phone),
            web.get("/telefono", phone.page),
            web.post("/telefono", phone.write),
            web.get("/telefono/charla", phone.talk),
            web.static("/estatico", phone.STATIC),
        ]
    app.add_routes(routes)
    return app


async def healthz(request: web.Request) -> web.Response:
    """Alive."""
    return web.Response(text="ok")


async def readyz(request: web.Request) -> web.Response:
    """Ready: the database answers and is migrated."""
    is_ready = request.app[PARTS].store.is_current()
    return web.Response(text="ok" if is_ready else "no", status=200 if is_ready else 503)


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors that were raised on purpose, as answers; anything else is logged without what was sent."""
    try:
        return await handler(request)
    except Forbidden:
        return web.Response(status=403, text="403")
    except BadRequest:
        return web.Response(status=400, text="400")
    except web.RequestPayloadError:  # a body that is not packed as it says, or breaks off
        response = web.Response(status=400, text="400")
        response.force_close()
        return response
    except Unavailable:
        return web.Response(status=503, text="503", headers={"Retry-After": "5"})
    except web.HTTPException:
        raise
    except Exception:
        log.exception("request failed path=%s", request.path)
        return web.Response(status=500, text="500")


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer, errors included."""
    response.headers.setdefault("Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'none'")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("X-Frame-Options", "DENY")
