"""The words of a notice: what may stand in braces, how it is said, and what is true on one day only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time

from bot.language import wording
from bot.language.folding import fold
from bot.records.notices import Notice
from bot.service.notices.events import NOTHING

FLOW = "aviso"
STEPS = {
    "booking": "con_cita",
    "campaign": "con_campana",
    "work": "con_obra",
    "fair": "con_feria",
    NOTHING: "solo",
}
"""The step of the flow that says a notice, by what it offers."""

FIELDS = {
    "fecha": "day",
    "hora": "clock",
    "hasta": "clock",
    "lugar": "",
    "nombre": "",
    "traer": "",
    "costo": "",
    "precio": "soles",
}
"""What may stand in braces in a text, and how it is said."""

RELATIVE = re.compile(
    r"\b(?:hoy|esta (?:noche|tarde)|(?<!\bla )(?<!\bmedia )(?<!\bcada )manana|pasadomanana"
    r"|(?:kunan|paqarin|minchha)(?:lla|puni|pacha|manta|kama|paq|pi|raq|na|pas|taq|qa|mi|si|cha)*)\b"
)
"""Words that are true on one day only, as they are compared; «8 de la mañana» is an hour of any day."""

_FIELD = re.compile(r"\{([^{}]*)\}")
_PRICE = re.compile(r"\d{1,7}(\.\d{1,2})?", re.ASCII)


def filled(notice: Notice, language: str) -> str:
    """A text with its fields said in that language; a field without value is left out."""

    def say(match: re.Match[str]) -> str:
        return shown(notice.fields, match[1].strip(), language)

    return " ".join(_FIELD.sub(say, notice.text(language)).split())


def shown(fields: Mapping[str, str], name: str, language: str) -> str:
    """One field as it is said; empty for one that is unknown, empty or no such day, hour or price."""
    value = fields.get(f"{name}.{language}") or fields.get(name, "")
    if name not in FIELDS or not is_typed(name, value):
        return ""
    return wording.show(value, FIELDS[name], language)


def is_typed(name: str, value: str) -> bool:
    """Whether a value is what the field wants: `2027-03-12`, `08:00`, `25.50`, or any words."""
    try:
        match FIELDS[name]:
            case "day":
                date.fromisoformat(value)
            case "clock":
                time.fromisoformat(value)
            case "soles":
                return bool(_PRICE.fullmatch(value))
    except ValueError:
        return False
    return bool(value)


def names_in(text: str) -> list[str]:
    """The fields that stand in a text, each once."""
    return list(dict.fromkeys(match[1].strip() for match in _FIELD.finditer(text)))


def relative_word(notice: Notice) -> str:
    """A word of either text that is true on one day only, such as «mañana»; empty when there is none."""
    found = RELATIVE.search(fold(f"{notice.text_es} {notice.text_quz}"))
    return found[0] if found else ""
