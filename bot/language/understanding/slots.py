"""What was said beside the intent: the slots that belong to it, with the keys of content."""

from __future__ import annotations

import re
from datetime import date

from bot.language.understanding.message import Message

DAYS = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
_DAY = {**{day: day for day in DAYS}, "hoy": "hoy", "manana": "manana", "paqarin": "manana", "pacarin": "manana"}
BELONGS: dict[str, tuple[str, ...]] = {
    "works_info": ("place", "topic", "year"),
    "campaign_info": ("place", "topic", "specialty", "day", "date"),
    "appointment_book": ("place", "specialty", "day", "date"),
    "appointment_cancel": ("place", "specialty", "day", "date", "code"),
    "appointment_status": ("place", "specialty", "day", "date", "code"),
    "fair_info": ("fair", "product", "day", "date"),
    "feedback": ("mesa", "place"),
    "feedback_status": ("mesa", "code"),
    "emergency": ("place",),
    "language_switch": ("to",),
}


def slots(message: Message, intent: str, today: date) -> dict[str, str]:
    """The slots of a message whose intent is known."""
    found: dict[str, str] = {}
    wanted = BELONGS.get(intent, ())
    for hit in message.places:
        kinds = {entry.kind: entry.key for entry in hit.entries}
        if "fair" in wanted and "fair" in kinds:
            found.setdefault("fair", kinds["fair"])
        place = kinds.get("comunidad") or kinds.get("district")
        if "place" in wanted and place:
            found.setdefault("place", place)
    for name, hits in (("topic", message.topics), ("specialty", message.specialties), ("product", message.products)):
        if name in wanted and hits:
            found[name] = hits[0].entries[0].key
    if "day" in wanted:
        for word in message.words:
            if word in _DAY:
                found["day"] = _DAY[word]
    if "year" in wanted:
        for word in message.words:
            if re.fullmatch(r"20\d\d", word):
                found["year"] = word
    if "code" in wanted:
        for word in message.words:
            if re.fullmatch(r"(?=[a-z0-9]*\d)[a-z0-9]{2,8}", word):
                found["code"] = word.upper()
    return found
