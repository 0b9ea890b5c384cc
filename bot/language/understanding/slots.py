"""What was said beside the intent: the slots that belong to it, with the keys of content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.language import codes
from bot.language.understanding import dates
from bot.language.understanding.gazetteer import Found
from bot.language.understanding.message import CODE, YEAR, Message

BELONGS: dict[str, tuple[str, ...]] = {
    "works_info": ("place", "topic", "year"),
    "campaign_info": ("place", "topic", "specialty", "day", "date"),
    "appointment_book": ("place", "specialty", "day", "date"),
    "appointment_cancel": ("place", "specialty", "day", "date", "code"),
    "appointment_status": ("place", "specialty", "day", "date", "code"),
    "fair_info": ("fair", "place", "product", "day", "date"),
    "feedback": ("mesa", "place"),
    "feedback_status": ("mesa", "code"),
    "emergency": ("place",),
    "language_switch": ("to",),
}
_MESAS = {"salud": "salud", "educacion": "educacion", "turismo": "turismo", "agropecuaria": "agropecuaria"}
_MESA_WORDS = {**_MESAS, "agro": "agropecuaria", "agropecuario": "agropecuaria", "escuela": "educacion"}
_MESA_WORDS |= {"colegio": "educacion", "posta": "salud"}
_TONGUE = re.compile(r"(quechua|kechua|kichwa|qheswa|qeswa|qhichwa|qichwa|runasimi|simi)|(castellan|espan|misti)")
_TONGUE_OF_SIMI = {"runa", "qheswa", "qeswa", "qhichwa", "qichwa"}
_REFUSED = {"no", "mana", "manan", "manam", "ni"}
_VERBS = re.compile(r"^(?:entiend|hablo|se$|sabe|comprend|quiero|leo|leer)|chu$")
_DENTIST = ("dentist", "odontolog", "doctor", "hampiq", "jampiq")
_AROUND = frozenset("en de del el la los las para por a y dia mes este kay killa killapi punchay punchaw".split())
_AROUND_CODE = frozenset("mi el es codigo code numero cita citay codigoy numeroy yupay".split())
_HOURS = {"las", "hora", "horas", "ora"}
_SPANS = re.compile(
    r"^(?:dia|semana|mes|ano|hora|minuto|sol|vec|hijo|nino|persona|citas$|wata|killa|simana|punchaw|punchay|am$|pm$|de$)"
)
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


def named(message: Message, today: date) -> Said:
    """Everything that a message names, whatever it means: what an answer to a waiting question is looked up in."""
    said = Said()
    _place(message, said)
    _first(said, "fair", (entry.key for hit in message.places for entry in hit.entries if entry.kind == "fair"))
    _first(said, "product", _keys(message.products, ""))
    _first(said, "year", _years(message.words))
    _time(message, said, today)
    _subject(message, "", said)
    return said


def slots(message: Message, intent: str, everything: Said) -> Said:
    """The slots of a message whose intent is known, out of what it names; `mesa` only where it is named."""
    wanted = BELONGS.get(intent, ())
    said = Said({name: everything.slots[name] for name in wanted if name in everything.slots})
    if "place" in wanted:
        said.place_options = everything.place_options
    if "fair" in said.slots:  # `la feria de Compone` names the fair, not where it is
        said.slots.pop("place", "")
    if "date" in wanted:
        said.date_problem = everything.date_problem
    if "topic" in wanted or "specialty" in wanted:
        said.slots.pop("topic", "")
        said.slots.pop("specialty", "")
        _subject(message, intent, said)
    if "code" in wanted:
        _first(said, "code", _codes(message))
    if "mesa" in wanted and (mesa := _named_mesa(message, alone=intent == "feedback_status")):
        said.slots["mesa"] = mesa
    if "to" in wanted and (tongue := _tongue(message.words)):
        said.slots["to"] = tongue
    return said


def possible(message: Message, intents: Sequence[str], everything: Said) -> dict[str, str]:
    """What was named that belongs to one of the intents a person may yet choose; all of it when she only named it."""
    wanted = {name for intent in intents for name in BELONGS.get(intent, ())}
    bare = is_bare(message)
    return {name: value for name, value in everything.slots.items() if bare or name in wanted}


def is_bare(message: Message) -> bool:
    """Whether a message only names something or gives a number: an answer, that asks nothing by itself."""
    hits = (*message.places, *message.topics, *message.specialties, *message.products)
    covered = {at for hit in hits for at in range(hit.start, hit.stop)}
    return all(
        at in covered or word in _AROUND or dates.is_date_word(word) or bool(CODE.fullmatch(word))
        for at, word in enumerate(message.words)
    )


def bare_code(message: Message) -> str:
    """The code that we gave, when a message is nothing else: `k7 m4x`, `mi codigo es K7M4X`."""
    rest = [word for word in message.words if word not in _AROUND_CODE]
    code = next(_codes(message), "")
    return code if len(rest) == 1 and codes.looks_like(code) else ""


def near(message: Message) -> bool:
    """Whether the place is said without a name: `cerca de mi`, `llaqtaypi`."""
    return bool(_NEAR.search(" ".join(message.words)))


def this_year(message: Message) -> bool:
    """Whether the year is said without a number: `este año`, `kunan wata`."""
    return bool(_THIS_YEAR.search(" ".join(message.words)))


def _first(said: Said, name: str, values: Iterable[str]) -> None:
    for value in values:
        said.slots[name] = value
        return


def _place(message: Message, said: Said) -> None:
    """The first place named; a name of two places is a choice to offer, but a district comes before its namesake."""
    for hit in message.places:
        districts = [entry.key for entry in hit.entries if entry.kind == "district"]
        keys = list(dict.fromkeys(districts or [entry.key for entry in hit.entries if entry.kind == "comunidad"]))
        if len(keys) == 1:
            said.slots["place"] = keys[0]
        elif keys:
            said.place_options = tuple(keys)
        if keys:
            return


def _subject(message: Message, intent: str, said: Said) -> None:
    """Topic and specialty: works have topics, appointments have specialties, campaigns have either."""
    if intent in ("works_info", ""):
        _first(said, "topic", _keys(message.topics, "work"))
    if intent == "works_info":
        return
    specialty = next(iter(_keys(message.specialties, "")), "")
    topic = next((key for key in _keys(message.topics, "campaign") if key != "especialistas"), "")
    if intent in ("campaign_info", "") and topic and (not specialty or topic != "dental" or _says_dental(message)):
        said.slots.setdefault("topic", topic)
    elif specialty:
        said.slots["specialty"] = specialty


def _says_dental(message: Message) -> bool:
    """A dental campaign is a topic; a dentist who comes is a specialty."""
    return not any(word.startswith(_DENTIST) for word in message.words)


def _keys(hits: Sequence[Found], group: str) -> list[str]:
    """The keys of a group, first the one that content lists first: `semilla de papa` is papa."""
    found = [entry for hit in hits for entry in hit.entries if entry.group == group]
    return [entry.key for entry in sorted(found, key=lambda entry: entry.place)]


def _time(message: Message, said: Said, today: date) -> None:
    found = dates.when(message.text, message.words, today)
    if found.day:
        said.slots["day"] = found.day
    if found.date:
        said.slots["date"] = found.date.isoformat()
    said.date_problem = found.problem


def _years(words: Sequence[str]) -> Iterator[str]:
    """`2008`, `2008pi`, `2 mil 8`, `dos mil ocho`, `iskay waranqa pusaqniyuq`."""
    for at, word in enumerate(words):
        if match := YEAR.fullmatch(word):
            yield match[1]
        if word in ("mil", "waranqa") and at and words[at - 1] in ("2", "dos", "iskay", "ishkay"):
            number, _ = dates.day_number(["chunka", words[at + 1]], 0) if at + 1 < len(words) else (0, 0)
            plain, _ = dates.day_number(words, at + 1) if at + 1 < len(words) else (0, 0)
            rest = plain or (number - 10 if number > 10 else 0)
            if 0 < rest < 100:
                yield str(2000 + rest)


def _codes(message: Message) -> Iterator[str]:
    """Tokens that look like the code of a case; hours, dates, spans and years of a date are none."""
    words = message.words
    for at, word in enumerate(words):
        match = CODE.fullmatch(word)
        if not match:
            continue
        before, after = words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""
        if word.isdigit() and (before in _HOURS or _SPANS.match(after) or any(map(dates.is_month, (before, after)))):
            continue
        if word.isdigit() and re.search(rf"{word}\s?[/:]|[/:]\s?{word}", message.text):
            continue
        meant = codes.clean(match[1])
        yield meant if codes.looks_like(meant) else match[1].upper()


def _named_mesa(message: Message, *, alone: bool) -> str:
    """The mesa that is named: `mesa de salud`, `turismo mesaman`; with `alone` its word is enough."""
    for at, word in enumerate(message.words):
        for form, mesa in (_MESA_WORDS if alone else _MESAS).items():
            around = message.words[max(0, at - 3) : at + 3]
            if word.startswith(form) and (alone or any(other.startswith("mesa") for other in around)):
                return mesa
    return ""


def _tongue(words: Sequence[str]) -> str:
    """The language asked for: a tongue that is refused (`no entiendo quechua`) asks for the other."""
    asked: list[str] = []
    refused: list[str] = []
    for at, word in enumerate(words):
        match = _TONGUE.match(word)
        if not match or (match[1] == "simi" and (at == 0 or words[at - 1] not in _TONGUE_OF_SIMI)):
            continue
        tongue = "quz" if match[1] else "es"
        (refused if _is_refused(words, at) else asked).append(tongue)
    if asked:
        return asked[-1]
    return {"quz": "es", "es": "quz"}[refused[0]] if refused else ""


def _is_refused(words: Sequence[str], at: int) -> bool:
    """`no entiendo X`, `X-ta mana yachanichu`."""
    before, after = words[max(0, at - 3) : at], words[at + 1 : at + 4]
    if any(word in _REFUSED for word in before) and "nomas" not in words[at + 1 : at + 2]:
        gap = before[max(i for i, word in enumerate(before) if word in _REFUSED) + 1 :]
        return not gap or any(_VERBS.search(word) for word in gap)
    return words[at].endswith("ta") and bool(after) and after[0] in _REFUSED
