"""How kinds, states, spans of time and first words of cases stand on the pages of the inbox."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.desk.pages import gettext as _
from bot.records.cases import Case, Kind, State

KINDS: dict[Kind, str] = {
    "complaint": _("queja"),
    "suggestion": _("sugerencia"),
    "thanks": _("agradecimiento"),
    "need": _("pedido"),
}
STATES: dict[State, str] = {"open": _("abierta"), "answered": _("respondida"), "closed": _("cerrada")}
SERVED = {"asked": _("se le preguntó si le sirvió"), "yes": _("dijo que le sirvió"), "no": _("dijo que no le sirvió")}
LANGUAGES = {"es": _("castellano"), "quz": _("quechua")}
MEDIA = {"sms": _("SMS"), "telegram": _("Telegram")}

CUT_LETTERS = 90


def cut(text: str, letters: int = CUT_LETTERS) -> str:
    """The first words of a text, on one line."""
    line = " ".join(text.split())
    if len(line) <= letters:
        return line
    head = line[:letters]
    return f"{head.rpartition(' ')[0] or head}…"


def span(length: timedelta) -> str:
    """A length of time by its largest unit: `3 días`, `5 horas`, `12 minutos`."""
    minutes = max(int(length.total_seconds() // 60), 1)
    if minutes >= 48 * 60:
        return _("{count} días").format(count=minutes // (24 * 60))
    if minutes >= 60:
        hours = minutes // 60
        return _("1 hora") if hours == 1 else _("{count} horas").format(count=hours)
    return _("1 minuto") if minutes == 1 else _("{count} minutos").format(count=minutes)


def time_left(case: Case, now: datetime) -> str:
    """How a case stands with its time: `vencida hace 2 días`, `quedan 5 horas`; empty once it is answered."""
    if case.state != "open":
        return ""
    if case.due_at <= now:
        return _("vencida hace {span}").format(span=span(now - case.due_at))
    return _("quedan {span}").format(span=span(case.due_at - now))
