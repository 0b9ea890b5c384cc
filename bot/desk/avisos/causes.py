"""Why a message of a notice did not arrive, and why a notice stopped, each in one sentence with what to do."""

from __future__ import annotations

from collections.abc import Mapping

from bot.desk.avisos.words import LEFT_OUT
from bot.desk.pages import gettext as _
from bot.desk.pages import moment
from bot.records.notices import Notice, Progress

FAILED = {
    "OptedOut": _("pidieron a su operadora no recibir mensajes nuestros"),
    "BadAddress": _("el número no existe o ya no recibe"),
    "TryLater": _("la operadora no respondió, después de muchos intentos"),
    "SlowDown": _("la operadora pidió ir más despacio"),
    "AccountTrouble": _("la cuenta no podía enviar: saldo o permiso"),
    "ContentRefused": _("la operadora no acepta este texto"),
    "OurFault": _("el pedido a la operadora estaba mal hecho"),
    "": _("la operadora lo tomó y después dijo que no llegó"),
}
"""By the class of the error; without one the provider had taken the message."""

DROPPED = LEFT_OUT | {
    "passed_on": _("su número pasó a otra persona"),
    "restored": _("esperaban en una copia de respaldo que se puso de vuelta"),
}
"""Why a message that was on its way stayed here, or somebody was left out from the start."""

_AFTER_FAILURES = {
    "BadAddress": _(
        "Revise de dónde salieron esos números. Si están bien, siga: a quien falló no se le envía otra vez."
    ),
    "ContentRefused": _(
        "Cancele este aviso y escriba otro con otras palabras, sin enlaces: la operadora no pasa este."
    ),
    "AccountTrouble": _("Ponga saldo en la cuenta, o pida el permiso que falta, y siga."),
    "OurFault": _("No siga: hable con quien mantiene el servicio."),
    "": _("Espere una hora y siga. Si se repite, pregunte a la operadora."),
}
_WAIT = _("Espere unos minutos y siga. Si se repite, hable con quien mantiene el servicio.")

_OF_ITS_EVENT = {
    "event_gone": _("aquello de lo que trata ya no está en la agenda"),
    "event_cancelled": _("aquello de lo que trata se suspendió"),
    "event_moved": _("aquello de lo que trata cambió de día"),
}


def why_stopped(notice: Notice, done: Progress) -> str:
    """Why a notice stopped by itself and what to do about it; empty where it did not."""
    if notice.stopped_because in _OF_ITS_EVENT:
        why = _OF_ITS_EVENT[notice.stopped_because]
        said = _("Se detuvo solo: {why}. Cancélelo, y avise de nuevo con una copia que diga lo de ahora.")
        return said.format(why=why)
    if notice.stopped_because == "restored":
        return _("Se puso de vuelta una copia de respaldo: quizá ya lo recibieron. Cancélelo, o siga si no salió.")
    if notice.stopped_because == "fault":
        return _("Se detuvo por una falla del servicio. Avise a quien lo mantiene; después siga, o cancélelo.")
    if notice.stopped_because != "failures":
        return ""
    causes = done.causes("failed") + done.causes("unknown")
    del causes["OptedOut"]  # which is no failure
    worst = max(causes, key=lambda cause: causes[cause], default="")
    ended = done.people - done.waiting
    said = _("Se detuvo solo: de {ended} mensajes no llegaron {failed}, casi siempre porque {why}. {then}")
    return said.format(
        ended=ended,
        failed=causes.total(),
        why=FAILED.get(worst, _("no se supo si salieron")),
        then=_AFTER_FAILURES.get(worst, _WAIT),
    )


def how_it_ended(notice: Notice, done: Progress) -> str:
    """What became of those whom it did not reach in time; empty where all had their turn."""
    late = done.causes("left_out")["too_late"] + done.causes("dropped")["too_late"]
    if notice.state == "cancelled" and done.waiting:
        return _("Se canceló: a {count} personas ya no se les envió.").format(count=done.waiting)
    if late and notice.expires_at:
        said = _("A {count} personas no se les envió: valía hasta el {moment}. Si todavía sirve, avise con una copia.")
        return said.format(count=late, moment=moment(notice.expires_at))
    return ""


def reasons(done: Progress) -> Mapping[str, int]:
    """Everybody who hears nothing of it without anything having failed, by reason, most first."""
    return dict((done.causes("left_out") + done.causes("dropped")).most_common())
