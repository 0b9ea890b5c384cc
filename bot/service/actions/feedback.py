"""What flows can do about feedback: take a complaint to its Mesa, add to it, tell its state, pass on the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from bot.clock import from_text
from bot.conversation.engine import Outcome
from bot.language import codes
from bot.language.folding import andean, fold
from bot.records import cases, people
from bot.records.cases import GENERAL, Case, CaseEntry, Kind
from bot.service.actions.doing import Doing, Values, in_both
from bot.service.feedback.filing import Filing, Saying

JUST_SHOWN = timedelta(minutes=15)
"""For so long what she says is about the work or campaign that she was shown."""

WORDS_OF_A_PLACE = 3
"""«en tambo real» is a mere place; more words than these say something."""

_HAS_WORDS = re.compile(r"[^\W\d_]")


def hear(doing: Doing, values: Values) -> Outcome:
    """What she said, kept at once: `filed`, `added` to the case of this hour, or `which` when the Mesa is not clear."""
    text = str(values.get("said") or values.get("text") or "").strip()
    if not _HAS_WORDS.search(text) or fold(text) in doing.knowledge.conversation.flows.by_word:
        return Outcome("empty")
    filing = Filing(doing.tx, doing.clock, doing.now)
    case, how = filing.hear(_saying(doing, text), is_new=bool(values.get("said")))
    said = case_values(doing, case)
    if not case.is_sure:
        return Outcome("which", {**said, "mesas": _mesas(doing)})
    if how == "added":
        return Outcome("added", said)
    return Outcome("filed" if case.district or case.comunidad else "filed_nowhere", said)


def choose_mesa(doing: Doing, values: Values) -> Outcome:
    """The Mesa that she chose, for the case that is kept already."""
    case = Filing(doing.tx, doing.clock, doing.now).choose_mesa(_hers(doing, values), values["chosen_mesa"])
    return Outcome("filed" if case.district or case.comunidad else "filed_nowhere", case_values(doing, case))


def set_place(doing: Doing, values: Values) -> Outcome:
    """Where it is, said afterwards; it is her own place too when we knew none. What else she says with it is kept."""
    case, home = _hers(doing, values), values["place"]
    district = doing.knowledge.district_of(home) or ""
    comunidad = "" if home == district else home
    cases.set_place(doing.tx, case.id, district, comunidad)
    if len(fold(doing.message.text).split()) > WORDS_OF_A_PLACE:
        language = doing.person.language or "es"
        Filing(doing.tx, doing.clock, doing.now).add(case, doing.message.text, language, doing.inbound_id)
    if not doing.person.district:
        people.set_place(doing.tx, doing.person.id, district or None, comunidad or None)
    return Outcome("done", case_values(doing, case))


def hide(doing: Doing, values: Values) -> Outcome:
    """The Mesa is not to see who said what she said last."""
    case = next(iter(cases.of_person(doing.tx, doing.person.id, limit=1)), None)
    if case is None:
        return Outcome("none")
    cases.set_anonymous(doing.tx, case.id)
    return Outcome("done", case_values(doing, case))


def add(doing: Doing, values: Values) -> Outcome:
    """More words for a case, such as why the answer did not help."""
    case, language = _hers(doing, values), doing.person.language or "es"
    Filing(doing.tx, doing.clock, doing.now).add(case, str(values["said"]), language, doing.inbound_id)
    return Outcome("done", case_values(doing, case))


def photo(doing: Doing, values: Values) -> Outcome:
    """A photo for the case of this hour; `none` when there is none to keep it with."""
    filing = Filing(doing.tx, doing.clock, doing.now)
    case = filing.recent(doing.person.id)
    if case is None or not doing.message.file_id:
        return Outcome("none")
    text, language = doing.message.text, doing.person.language or "es"
    filing.add(case, text, language, doing.inbound_id, kind="photo", file_id=doing.message.file_id)
    return Outcome("added", case_values(doing, case))


def status(doing: Doing, values: Values) -> Outcome:
    """The state of the case of a code, or of her last ones."""
    mine = cases.of_person(doing.tx, doing.person.id)
    typed = str(values.get("code") or "")
    if typed:
        return _by_code(doing, mine, typed)
    if not mine:
        return Outcome("none")
    unsettled = [case for case in mine if case.state != "closed"] or mine[:1]
    if len(unsettled) == 1:
        return _stands(doing, unsettled[0])
    items = [{"key": str(case.id), "name": case.code, **case_values(doing, case)} for case in unsettled]
    return Outcome("several", {"cases": items})


def show(doing: Doing, values: Values) -> Outcome:
    """The one that was chosen from the list."""
    return _stands(doing, _hers(doing, values))


def answer(doing: Doing, values: Values) -> Outcome:
    """What a Mesa has answered, in her language: `last` when she is to say whether it helped.

    The button of an old answer brings no values: then it is the last one of which she has not said so.
    """
    case, said = _told(doing, values) if values.get("entry") else _asked(doing)
    if case is None or said is None:
        return Outcome("gone")
    given = {**case_values(doing, case), "answer": _in_hers(doing, said)}
    return Outcome("last" if case.served == "asked" else "more", given)


def served(doing: Doing, values: Values) -> Outcome:
    """Whether it helped; «no» opens the case again."""
    case = _hers(doing, values)
    if not cases.set_served(doing.tx, case.id, values["helped"]):
        return Outcome("gone")
    if values["helped"] == "no":
        Filing(doing.tx, doing.clock, doing.now).reopen(case)
        return Outcome("reopened", case_values(doing, case))
    return Outcome("thanks", case_values(doing, case))


# ── values ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def case_values(doing: Doing, case: Case) -> Values:
    """A case as sentences speak of it: code, mesa, when it was said, where it is about, and what she may expect."""
    found = cases.mesa(doing.tx, case.mesa)
    place = case.comunidad or case.district
    return {
        "case": str(case.id),
        "code": case.code,
        "mesa": in_both(found.name) if found else case.mesa,
        "is_general": case.mesa == GENERAL,
        "is_anonymous": case.is_anonymous,
        "is_opted_out": doing.person.opted_out_at is not None,
        "said_on": case.created_at.isoformat(),
        "where": doing.knowledge.place_name(place) if place else "",
    }


def _saying(doing: Doing, text: str) -> Saying:
    reading = doing.knowledge.read(text, doing.person.language, doing.now)
    named = reading.named.get("place")
    place = named or doing.person.comunidad or doing.person.district
    district = doing.knowledge.district_of(place) or ""
    return Saying(
        person_id=doing.person.id,
        text=text,
        language=doing.person.language or ("es" if reading.language == "es" else "quz"),
        medium=doing.message.medium,
        mesa=reading.mesa,
        is_sure=reading.mesa_is_sure,
        kind=_kind(doing, text),
        topic=reading.named.get("topic", ""),
        district=district,
        comunidad=place if place and place != district else "",
        names_place=bool(named),
        about=_about(doing),
        is_anonymous=doing.knowledge.says_anonymous(text),
        inbound_id=doing.inbound_id,
        file_id=doing.message.file_id,
    )


def _kind(doing: Doing, text: str) -> Kind:
    """By the first of the content's words that is in it; a complaint where none is."""
    words = {andean(word) for word in fold(text).split()}
    for kind, keys in doing.knowledge.kind_words:
        if words & keys:
            return kind
    return "complaint"


def _about(doing: Doing) -> str:
    """What she was shown a moment ago."""
    shown, at = people.shown(doing.tx, doing.person.id)
    return shown if shown and doing.now - from_text(at) < JUST_SHOWN else ""


def _hers(doing: Doing, values: Values) -> Case:
    """The case that her conversation is about."""
    case = cases.one(doing.tx, int(values["case"]))
    if case is None or case.person_id != doing.person.id:
        raise LookupError("a conversation is about somebody else's case")
    return case


def _mesas(doing: Doing) -> list[Values]:
    return [{"key": each.key, "name": in_both(each.name)} for each in cases.mesas(doing.tx)]


def _by_code(doing: Doing, mine: list[Case], typed: str) -> Outcome:
    by_code = {case.code: case for case in mine}
    said = codes.clean(typed)
    if said in by_code:
        return _stands(doing, by_code[said])
    nearest = codes.nearest(typed, by_code)
    if nearest:
        return Outcome("near", {**case_values(doing, by_code[nearest]), "typed": said})
    return Outcome("unknown", {"typed": said})


def _stands(doing: Doing, case: Case) -> Outcome:
    """How far a case is: still with its Mesa, or what was answered."""
    given = case_values(doing, case)
    said = _last_answer(doing, case)
    if said:
        return Outcome("answered", {**given, "answer": _in_hers(doing, said)})
    return Outcome("closed" if case.state == "closed" else "open", given)


def _told(doing: Doing, values: Values) -> tuple[Case | None, CaseEntry | None]:
    return _hers(doing, values), cases.one_entry(doing.tx, int(values["entry"]))


def _asked(doing: Doing) -> tuple[Case | None, CaseEntry | None]:
    """The last case of which she was asked whether the answer helped, and that answer."""
    mine = cases.of_person(doing.tx, doing.person.id)
    case = next((each for each in mine if each.served == "asked"), None)
    return case, _last_answer(doing, case) if case else None


def _last_answer(doing: Doing, case: Case) -> CaseEntry | None:
    """What was answered since the case was opened, or opened again; to the case that it was joined to, too."""
    about = {case.id, *([case.joined_to] if case.joined_to else [])}
    told = [each for each in cases.entries(doing.tx, about) if each.kind in ("answer", "reopened")]
    last = told[-1] if told else None
    return last if last and last.kind == "answer" and last.body + last.other_body else None


def _in_hers(doing: Doing, said: CaseEntry) -> str:
    """An answer in her language, or in the other where it was not written in hers."""
    hers, other = (said.other_body, said.body) if doing.person.language == "quz" else (said.body, said.other_body)
    return hers or other


def _examples(doing: Doing, *outcomes: str) -> Iterator[Outcome]:
    """A case at each Mesa, from the comunidad with the longest name."""
    longest = max((each.name for each in doing.knowledge.places.comunidades), key=len, default="")
    for mesa in cases.mesas(doing.tx):
        said: Values = {"code": "K7M4XR", "mesa": in_both(mesa.name), "said_on": "2027-09-22", "where": longest}
        is_general = mesa.key == GENERAL
        said |= {"is_general": is_general, "is_anonymous": is_general, "is_opted_out": is_general, "answer": ANSWER}
        said |= {"typed": "K7M4YR", "mesas": _mesas(doing)}
        for name in outcomes:
            yield Outcome(name, {**said, "cases": [{**said, "key": str(n)} for n in range(4)]})


ANSWER = "Esta semana iremos a ver el canal con el ingeniero. Avise al presidente de la comunidad. Gracias por avisar."
"""An answer as long as the desk lets one be that is said with «¿le sirvió?»."""


def heard(doing: Doing) -> Iterator[Outcome]:
    return _examples(doing, "filed", "filed_nowhere", "added", "which", "empty")


def filed(doing: Doing) -> Iterator[Outcome]:
    return _examples(doing, "filed", "filed_nowhere")


def added(doing: Doing) -> Iterator[Outcome]:
    return _examples(doing, "added", "none")


def stands(doing: Doing) -> Iterator[Outcome]:
    return _examples(doing, "open", "answered", "closed", "several", "near", "unknown", "none")


def stood(doing: Doing) -> Iterator[Outcome]:
    return _examples(doing, "open", "answered", "closed")


def answered(doing: Doing) -> Iterator[Outcome]:
    return _examples(doing, "more", "last")


def done(doing: Doing) -> Iterator[Outcome]:
    return _examples(doing, "done", "thanks", "reopened")
