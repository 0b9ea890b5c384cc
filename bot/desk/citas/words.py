"""How ages, hours and numbers of phones stand on the pages of appointments."""

from __future__ import annotations

from datetime import time

from bot.desk.pages import gettext as _

MONTHS, TODDLER_MONTHS = 12, 36
_SHOWN_DIGITS = 3


def age_words(age_months: int | None) -> str:
    """`34 años`, of a small child `8 meses`; empty where nobody said."""
    if age_months is None:
        return ""
    if age_months < TODDLER_MONTHS and age_months % MONTHS:
        return _("1 mes") if age_months == 1 else _("{count} meses").format(count=age_months)
    years = age_months // MONTHS
    return _("1 año") if years == 1 else _("{count} años").format(count=years)


def hour_words(opens: time | None, closes: time | None) -> str:
    """`08:00–13:00`, `desde 08:00`; empty where nobody said."""
    if opens and closes:
        return f"{opens:%H:%M}–{closes:%H:%M}"
    return _("desde {hour}").format(hour=f"{opens:%H:%M}") if opens else ""


def number_words(address: str, *, is_whole: bool = False) -> str:
    """A mobile number by its last digits, or whole: `984 000 111`; a chat is only called by its name."""
    kind, _colon, number = address.partition(":")
    if kind != "tel":
        return _("Telegram") if kind == "telegram" else ""
    if not is_whole:
        return f"••• ••• {number[-_SHOWN_DIGITS:]}"
    local = number.removeprefix("+51")
    return " ".join(local[at : at + _SHOWN_DIGITS] for at in range(0, len(local), _SHOWN_DIGITS))
