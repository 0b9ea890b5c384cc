"""The web application: every route in one visible list, and what is true for all of them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.channels.telegram import TelegramChannel
from bot.conversation.message import Inbound
from bot.desk import exports, guard, home, live, log, login, panorama, personas, phone, team, today, webhooks
from bot.desk.agenda import bringing, past, promoters, rows
from bot.desk.avisos import lists as notices
from bot.desk.avisos import previewing, printing, progress, sending_off, templates, writing
from bot.desk.avisos.scope import APPROVERS, WRITERS
from bot.desk.bandeja import canned, doing, mesas
from bot.desk.bandeja import case as case_page
from bot.desk.bandeja import lists as inbox
from bot.desk.bandeja.scope import READERS
from bot.desk.citas import days, editing, lists, silence
from bot.desk.citas.scope import HEALTH, PEOPLES
from bot.desk.guard import ADMIN, EVERYBODY, PUBLIC, Route
from bot.desk.pages import STATIC
from bot.desk.parts import PARTS, Parts
from bot.errors import BadRequest, Forbidden
from bot.records import backups
from bot.records.store import Unavailable
from bot.service.accounts import Accounts

logger = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LARGEST_BODY_BYTES = 1024 * 1024
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

DESK: tuple[Route, ...] = (
    Route("GET", "/entrar", login.show, PUBLIC),
    Route("POST", "/entrar", login.log_in, PUBLIC),
    Route("POST", "/salir", login.log_out, EVERYBODY),
    Route("GET", "/clave", login.show_password, EVERYBODY),
    Route("POST", "/clave", login.change_password, EVERYBODY),
    Route("GET", "/", home.show, EVERYBODY),
    Route("GET", "/vivo", live.listen, today.READERS),
    Route("GET", "/revisar", today.show_review, ADMIN),
    Route("POST", "/revisar", today.mark_seen, ADMIN),
    Route("GET", "/llamar", today.show_calls, HEALTH),
    Route("GET", "/salida", today.show_outgoing, ADMIN),
    Route("GET", "/personas", personas.show, ADMIN),
    Route("GET", "/personas/{id}", personas.show_one, ADMIN),
    Route("POST", "/personas/{id}/numero", personas.show_number, ADMIN),
    Route("POST", "/personas/{id}/cambiar", personas.change, ADMIN),
    Route("POST", "/personas/{id}/baja", personas.stop, ADMIN),
    Route("POST", "/personas/{id}/desligar", personas.unlink, ADMIN),
    Route("GET", "/personas/{id}/borrar", personas.ask_to_erase, ADMIN),
    Route("POST", "/personas/{id}/borrar", personas.erase, ADMIN),
    Route("GET", "/panorama", panorama.show, panorama.FIGURES),
    Route("GET", "/panorama/imprimir", panorama.show_published, panorama.FIGURES),
    Route("GET", "/exportar/publicado", exports.months, panorama.FIGURES),
    Route("GET", "/exportar/reportes", exports.feedback, HEALTH),
    Route("GET", "/exportar/citas", exports.appointments, HEALTH),
    Route("GET", "/exportar/obras", exports.works, HEALTH),
    Route("GET", "/equipo", team.show, ADMIN),
    Route("POST", "/equipo", team.add, ADMIN),
    Route("POST", "/equipo/{id}/desactivar", team.disable, ADMIN),
    Route("POST", "/equipo/{id}/clave", team.reset, ADMIN),
    Route("GET", "/registro", log.show, ADMIN),
    Route("GET", "/citas", days.show, PEOPLES),
    Route("GET", "/citas/nueva", editing.show_new, ADMIN),
    Route("POST", "/citas/nueva", editing.add, ADMIN),
    Route("GET", "/citas/silencio", silence.show, ADMIN),
    Route("POST", "/citas/silencio", silence.add, ADMIN),
    Route("POST", "/citas/silencio/{day}/quitar", silence.remove, ADMIN),
    Route("GET", "/citas/{campaign}", days.show_one, PEOPLES),
    Route("GET", "/citas/{campaign}/editar", editing.show, ADMIN),
    Route("POST", "/citas/{campaign}/editar", editing.change, ADMIN),
    Route("GET", "/citas/{campaign}/suspender", days.ask_to_suspend, ADMIN),
    Route("POST", "/citas/{campaign}/suspender", days.suspend, ADMIN),
    Route("POST", "/citas/{campaign}/reabrir", days.reopen, ADMIN),
    Route("GET", "/citas/{campaign}/{specialty}.pdf", lists.print_out, PEOPLES),
    Route("GET", "/citas/{campaign}/{specialty}", lists.show, PEOPLES),
    Route("POST", "/citas/{campaign}/{specialty}/asistencia", lists.attend, PEOPLES),
    Route("POST", "/citas/{campaign}/{specialty}/anotar", lists.register, HEALTH),
    Route("GET", "/citas/{campaign}/{specialty}/{id}", lists.show_person, HEALTH),
    Route("POST", "/citas/{campaign}/{specialty}/{id}/cancelar", lists.cancel, HEALTH),
    Route("GET", "/agenda", rows.show_all, EVERYBODY),
    Route("GET", "/agenda/importar", bringing.show, ADMIN),
    Route("POST", "/agenda/importar", bringing.check, ADMIN, most_file_bytes=bringing.MOST_BYTES),
    Route("POST", "/agenda/importar/aplicar", bringing.apply, ADMIN),
    Route("GET", "/agenda/importar/{file}", bringing.template, ADMIN),
    Route("GET", "/agenda/obras", rows.show, EVERYBODY),
    Route("GET", "/agenda/obras/nueva", rows.show_new, ADMIN),
    Route("POST", "/agenda/obras/nueva", rows.put, ADMIN),
    Route("GET", "/agenda/obras/{key}", rows.show_one, ADMIN),
    Route("POST", "/agenda/obras/{key}", rows.put, ADMIN),
    Route("POST", "/agenda/obras/{key}/quitar", rows.remove, ADMIN),
    Route("GET", "/agenda/obras/{key}/historia", past.show, HEALTH),
    Route("POST", "/agenda/obras/{key}/historia/{id}/deshacer", past.undo, ADMIN),
    Route("GET", "/agenda/ferias", rows.show, EVERYBODY),
    Route("GET", "/agenda/ferias/nueva", rows.show_new, ADMIN),
    Route("POST", "/agenda/ferias/nueva", rows.put, ADMIN),
    Route("GET", "/agenda/ferias/{key}", rows.show_one, ADMIN),
    Route("POST", "/agenda/ferias/{key}", rows.put, ADMIN),
    Route("POST", "/agenda/ferias/{key}/quitar", rows.remove, ADMIN),
    Route("GET", "/agenda/ferias/{key}/historia", past.show, HEALTH),
    Route("POST", "/agenda/ferias/{key}/historia/{id}/deshacer", past.undo, ADMIN),
    Route("GET", "/agenda/promotoras", promoters.show, HEALTH),
    Route("GET", "/agenda/promotoras/nueva", promoters.show_new, ADMIN),
    Route("POST", "/agenda/promotoras/nueva", promoters.put, ADMIN),
    Route("GET", "/agenda/promotoras/{key}", promoters.show_one, ADMIN),
    Route("POST", "/agenda/promotoras/{key}", promoters.put, ADMIN),
    Route("GET", "/agenda/promotoras/{key}/quitar", promoters.ask_to_remove, ADMIN),
    Route("POST", "/agenda/promotoras/{key}/quitar", promoters.remove, ADMIN),
    Route("POST", "/agenda/promotoras/{key}/pin", promoters.give_pin, ADMIN),
    Route("GET", "/bandeja", inbox.show, READERS),
    Route("GET", "/bandeja/respuestas", canned.show, READERS),
    Route("POST", "/bandeja/respuestas", canned.put, READERS),
    Route("POST", "/bandeja/respuestas/{id}/quitar", canned.remove, READERS),
    Route("GET", "/bandeja/mesas", mesas.show, ADMIN),
    Route("POST", "/bandeja/mesas", mesas.change, ADMIN),
    Route("POST", "/bandeja/mesas/rutas", mesas.add_route, ADMIN),
    Route("POST", "/bandeja/mesas/rutas/quitar", mesas.remove_route, ADMIN),
    Route("POST", "/bandeja/mesas/resto", mesas.change_fallbacks, ADMIN),
    Route("GET", "/bandeja/{id}", case_page.show, READERS),
    Route("GET", "/bandeja/foto/{id}", case_page.photo, READERS),
    Route("POST", "/bandeja/{id}/vista", case_page.look, READERS),
    Route("POST", "/bandeja/{id}/responder", doing.answer, READERS),
    Route("POST", "/bandeja/{id}/nota", doing.note, READERS),
    Route("POST", "/bandeja/{id}/asignar", doing.assign, READERS),
    Route("POST", "/bandeja/{id}/mover", doing.move, READERS),
    Route("POST", "/bandeja/{id}/unir", doing.join, READERS),
    Route("POST", "/bandeja/{id}/cerrar", doing.close, READERS),
    Route("POST", "/bandeja/{id}/abrir", doing.reopen, READERS),
    Route("GET", "/avisos", notices.show, EVERYBODY),
    Route("GET", "/avisos/plantillas", templates.show, WRITERS),
    Route("POST", "/avisos/plantillas", templates.add, APPROVERS),
    Route("GET", "/avisos/plantillas/{id}", templates.show_one, WRITERS),
    Route("POST", "/avisos/plantillas/{id}", templates.change, APPROVERS),
    Route("POST", "/avisos/plantillas/{id}/retirar", templates.retire, APPROVERS),
    Route("POST", "/avisos/plantillas/{id}/volver", templates.restore, APPROVERS),
    Route("GET", "/avisos/nuevo", writing.show_new, WRITERS),
    Route("POST", "/avisos/nuevo", writing.add, WRITERS),
    Route("POST", "/avisos/contar", writing.count, WRITERS),
    Route("GET", "/avisos/{id}", progress.show, EVERYBODY),
    Route("GET", "/avisos/{id}/cifras", progress.show_figures, EVERYBODY),
    Route("GET", "/avisos/{id}/volante", printing.show_flyer, EVERYBODY),
    Route("GET", "/avisos/{id}/volante.pdf", printing.show_paper, EVERYBODY),
    Route("GET", "/avisos/{id}/radio", printing.show_radio, EVERYBODY),
    Route("GET", "/avisos/{id}/radio.txt", printing.show_radio_file, EVERYBODY),
    Route("GET", "/avisos/{id}/editar", writing.show, WRITERS),
    Route("POST", "/avisos/{id}/editar", writing.change, WRITERS),
    Route("POST", "/avisos/{id}/borrar", writing.drop, WRITERS),
    Route("GET", "/avisos/{id}/vista", previewing.show, WRITERS),
    Route("POST", "/avisos/{id}/enviar", sending_off.launch, WRITERS),
    Route("POST", "/avisos/{id}/aprobar", sending_off.approve, APPROVERS),
    Route("POST", "/avisos/{id}/devolver", sending_off.take_back, WRITERS),
    Route("POST", "/avisos/{id}/pausar", sending_off.pause, WRITERS),
    Route("POST", "/avisos/{id}/seguir", sending_off.resume, WRITERS),
    Route("POST", "/avisos/{id}/cancelar", sending_off.cancel, WRITERS),
    Route("POST", "/avisos/{id}/prueba", sending_off.try_out, WRITERS),
)
"""Every page and form of the desk with the roles that may use it."""


def application(
    parts: Parts,
    telegram: TelegramChannel | None,
    take: Callable[[Inbound], Awaitable[None]],
    set_aside: Callable[[object, str], Awaitable[None]],
) -> web.Application:
    """The routes that this service has: the desk, webhooks of the channels that are on, the phone unless public."""
    app = web.Application(middlewares=[_errors], client_max_size=LARGEST_BODY_BYTES)
    app.on_response_prepare.append(_add_headers)
    app[PARTS] = parts
    app[guard.ACCOUNTS] = Accounts(parts.store, parts.commits, parts.clock)
    app[guard.TABLE] = DESK
    app[live.BOARD] = board = live.Board(parts)
    app.on_shutdown.append(lambda _: board.close())
    if telegram:
        app[case_page.TELEGRAM] = telegram
    routes: list[web.AbstractRouteDef] = [
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
        web.static("/estatico", STATIC),
        *guard.table(DESK),
    ]
    if parts.settings.has_twilio:
        routes += [web.post("/twilio/sms", webhooks.twilio_sms), web.post("/twilio/status", webhooks.twilio_status)]
    if parts.settings.has_gateway:
        routes.append(web.post("/gateway", webhooks.gateway))
    if telegram and parts.settings.telegram_webhook_secret:
        routes.append(web.post("/telegram", webhooks.telegram(telegram, take, set_aside)))
    if not parts.settings.is_public:
        routes += [
            web.get("/telefono", phone.page),
            web.post("/telefono", phone.write),
            web.get("/telefono/charla", phone.talk),
        ]
    app.add_routes(routes)
    return app


async def healthz(request: web.Request) -> web.Response:
    """Alive."""
    return web.Response(text="ok")


async def readyz(request: web.Request) -> web.Response:
    """Ready: the database answers and is migrated. A restored backup takes messages in, and says that none leaves."""
    store = request.app[PARTS].store
    if not store.is_current():
        return web.Response(text="no", status=503)
    return web.Response(text="ok, but nothing is sent until `bot release`" if backups.held(store.read) else "ok")


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
        response = await guard.problem(request, 400)
        response.force_close()
        return response
    except guard.DeskError as error:
        return await guard.problem(request, error.status, error.kind)
    except Unavailable:
        response = await guard.problem(request, 503)
        response.headers["Retry-After"] = "5"
        return response
    except web.HTTPException as error:
        if error.status not in (404, 405):
            raise
        return await guard.problem(request, error.status, allow=error.headers.get("Allow", ""))
    except Exception:
        logger.exception("request failed path=%s", request.path)
        return await guard.problem(request, 500)


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer, errors included."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("X-Frame-Options", "DENY")
    if request.app[PARTS].settings.is_public:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
