"""What was said beside the intent: the slots that belong to it, with the keys of content."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.language.understanding import dates
from bot.language.understanding.gazetteer import Found
from bot.language.understanding.message import CODE, YEAR, Message

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
_GENERIC = frozenset("doctor duktur mediku hampik medicina midisina".split())
_MESAS = {"salud": "salud", "educacion": "educacion", "turismo": "turismo", "agropecuaria": "agropecuaria"}
_MESA_WORDS = {**_MESAS, "agro": "agropecuaria", "agropecuario": "agropecuaria", "escuela": "educacion"}
_MESA_WORDS |= {"colegio": "educacion", "posta": "salud"}
_TONGUE = re.compile(r"(quechua|kechua|kichwa|qheswa|qeswa|qhichwa|qichwa|runasimi|simi)|(castellan|espan|misti)")
_REFUSED = {"no", "mana", "manan", "manam", "ni"}
_VERBS = re.compile(r"^(?:entiend|hablo|se$|sabe|comprend|quiero|leo|leer)|chu$")
_HOURS = {"las", "hora", "horas", "ora"}
_SPANS = re.compile(r"^(?:dia|semana|mes|ano|hora|minuto|sol|vec|hijo|nino|persona|cita|wata|killa|simana|punchaw|punchay|am$|pm$|de$)")
_NEAR = re.compile(
    r"\b(?:cerca(?:no|na|nos|nas)?|mi (?:distrito|comunidad|pueblo|zona|barrio|sector|anexo)|(?:por )?(?:aqui|aca)"
    r"|donde vivo|nuestr[oa] (?:distrito|comunidad|pueblo)|qaylla\w*|kaylla(?:pi|man)\w*"
    r"|(?:llaqta|ayllu|comunidad|distrito)(?:y|yku|nchis|nchik|niy|niyku)(?:pi|man|paq|manta)\w*|kay(?:pi|man) ?\w*)\b"
)
_THIS_YEAR = re.compile(r"\b(?:este ano|ano actual|presente ano|(?:kunan|kay) wata\w*)\b")


@dataclass(slots=True)
class Said:
    """The slots of a message and what of them cannot stand as said."""

    slots: dict[str, str] = field(default_factory=dict)
    place_options: tuple[str, ...] = ()
    date_problem: dates.Problem | None = None


def slots(message: Message, intent: str, today: date) -> Said:
    """The slots of a message whose intent is known; `mesa` only where it is named."""
    said = Said()
    wanted = BELONGS.get(intent, ())
    if "place" in wanted:
        _place(message, said)
    if "fair" in wanted:
        _first(said, "fair", (entry.key for hit in message.places for entry in hit.entries if entry.kind == "fair"))
    if "product" in wanted:
        _first(said, "product", (hit.entries[0].key for hit in message.products))
    if "topic" in wanted or "specialty" in wanted:
        _subject(message, intent, said)
    if "day" in wanted:
        _time(message, said, today)
    if "year" in wanted:
        _first(said, "year", _years(message.words))
    if "code" in wanted:
        _first(said, "code", _codes(message))
    if "mesa" in wanted and (mesa := named_mesa(message, alone=intent == "feedback_status")):
        said.slots["mesa"] = mesa
    if "to" in wanted and (tongue := _tongue(message.words)):
        said.slots["to"] = tongue
    return said


def near(message: Message) -> bool:
    """Whether the place is said without a name: `cerca de mi`, `llaqtaypi`."""
    return bool(_NEAR.search(" ".join(message.words)))


def this_year(message: Message) -> bool:
    """Whether the year is said without a number: `este año`, `kunan wata`."""
    return bool(_THIS_YEAR.search(" ".join(message.words)))


def _first(said: Said, name: str, values: object) -> None:
    for value in values:  # type: ignore[attr-defined]
        said.slots.setdefault(name, value)
        return
