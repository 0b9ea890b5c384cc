"""How a value is said in a language: days, hours, soles, names. Our own short forms, because locale data carries
invisible spaces that double an SMS and Quechua month names that sources contradict."""

from __future__ import annotations

from datetime import date, time
from typing import Any

WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS = "enero febrero marzo abril mayo junio julio agosto setiembre octubre noviembre diciembre".split()
WITHOUT_ACCENTS = str.maketrans("áéíóúÁÉÍÓÚ", "aeiouAEIOU")


def show(value: Any, form: str, language: str) -> str:
    """One value as text. `form` is what stands after the colon of a placeholder: day, clock, soles, weekday."""
    if value is None or value == "":
        return ""
    if form in FORMS:
        return FORMS[form](value, language)
    if isinstance(value, dict):
        return str(value.get(language) or value.get("es") or "")
    if isinstance(value, list):
        return ", ".join(show(item, form, language) for item in value)
    return str(value)


def day(value: Any, language: str) -> str:
    """`2027-03-12` → `viernes 12 de marzo`, in Quechua `viernes 12 marzo` (no accents)."""
    moment = date.fromisoformat(str(value)[:10])
    weekday, month = WEEKDAYS[moment.weekday()], MONTHS[moment.month - 1]
    if language == "quz":
        return f"{weekday} {moment.day} {month}".translate(WITHOUT_ACCENTS)
    return f"{weekday} {moment.day} de {month}"


def short_day(value: Any, language: str) -> str:
    """`2027-03-12` → `vie 12 mar`: for lists, where each character counts."""
    moment = date.fromisoformat(str(value)[:10])
    text = f"{WEEKDAYS[moment.weekday()][:3]} {moment.day} {MONTHS[moment.month - 1][:3]}"
    return text.translate(WITHOUT_ACCENTS) if language == "quz" else text


def weekday(value: Any, language: str) -> str:
    """0 is Monday."""
    name = WEEKDAYS[int(value)]
    return name.translate(WITHOUT_ACCENTS) if language == "quz" else name


def clock(value: Any, language: str) -> str:
    """`13:30` → `1:30 pm`; in Quechua the bare clock `1:30`, because an ending follows it (`1:30kama`)."""
    moment = time.fromisoformat(str(value))
    hour = moment.hour % 12 or 12
    if language == "quz":
        return f"{hour}:{moment.minute:02}"
    minutes = f":{moment.minute:02}" if moment.minute else ""
    return f"{hour}{minutes} {'am' if moment.hour < 12 else 'pm'}"


def soles(value: Any, language: str) -> str:
    """1493413 → `S/ 1,493,413`."""
    amount = float(value)
    return f"S/ {amount:,.0f}" if amount == int(amount) else f"S/ {amount:,.2f}"


def capital(value: Any, language: str) -> str:
    """Begins with a capital letter, for a name that opens a sentence."""
    text = show(value, "", language)
    return text[:1].upper() + text[1:]


FORMS = {"capital": capital, "day": day, "short_day": short_day, "weekday": weekday, "clock": clock, "soles": soles}
