"""Taking an appointment: which clinic, for whom, and the place itself or a place on the waiting list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from bot.conversation.engine import Outcome
from bot.language.folding import fold
from bot.records import agenda, appointments
from bot.records.agenda import Clinic, Promoter
from bot.records.appointments import Patient
from bot.service.actions.appointments import registering
from bot.service.actions.appointments.choices import Choice, choices, one_choice
from bot.service.actions.appointments.said import (
    MONTHS,
    age_values,
    appointment_values,
    called,
    clinic_values,
    doctor,
    split_clinic,
)
from bot.service.actions.doing import Doing, Values
from bot.service.appointments.booking import Booking, Taken

LINE = "cita "
"""How a promoter's line begins that takes an appointment for somebody."""


def find(doing: Doing, values: Values) -> Outcome:
    """The clinics that fit what was said; booked at once where one message says doctor, place and for whom."""
    text = values.get("text", "")
    if doing.knowledge.understanding.wants_move(text):
        return Outcome("move")
    promoter = registering.promoter_of(doing)
    whom = _whom(doing, text, promoter)
    home = (whom or {}).get("comunidad") or (promoter.comunidades[0] if promoter else None)
    found = _open_to(doing, values, home)
    if not found:
        return _none(doing, values)
    is_here = bool(values.get("place")) and found[0].nearness == 0
    if is_here and values.get("specialty"):
        found = [choice for choice in found if choice.nearness == 0]
    if whom and _is_whole(values, whom, found[0].clinic) and (is_here or whom.get("promoter")):
        return _at_once(doing, found[0], whom)
    asked = _asked(doing, values, is_here)
    is_told = values.get("campaign") == found[0].campaign.key  # a notice led her here
    given = {"whom": whom or values.get("whom") or "", "asked": asked}
    is_known = bool(given["whom"]) or not values.get("clinic")  # else she is to see which it is, after a refused one
    if is_told and len(found) == 1:
        return _chosen(doing, found[0], given)
    if values.get("specialty") and (is_here or (len(found) == 1 and not asked and is_known)):
        return _chosen(doing, found[0], given)
    return Outcome("several", {**given, "clinics": [_line(doing, choice) for choice in found]})


def _open_to(doing: Doing, values: Values, home: str | None) -> list[Choice]:
    """What she may choose from: all that fits but the one that she has just refused."""
    return [choice for choice in choices(doing, values, home) if choice.key != values.get("clinic")]


def choose(doing: Doing, values: Values) -> Outcome:
    """The clinic that was chosen from the list."""
    choice = one_choice(doing, values["clinic"])
    return _chosen(doing, choice, {}) if choice else Outcome("gone")


def household(doing: Doing, values: Values) -> Outcome:
    """Whether she has said for whom, or who of her household it may be."""
    whom = values.get("whom")
    if isinstance(whom, dict) and (whom.get("name") or whom.get("kin") or whom.get("age_months") is not None):
        return Outcome("said")
    known = appointments.household(doing.tx, doing.person.id)
    if not known:
        return Outcome("nobody")
    return Outcome("known", {"household": [{"key": str(each.id), "name": each.name} for each in known]})


def check(doing: Doing, values: Values) -> Outcome:
    """Whether whoever was named can come to this clinic; what of her is still missing."""
    named = {name: value for name, value in (values.get("named") or {}).items() if value not in ("", None)}
    whom, clinic = {**_known(doing, values["whom"]), **named}, _clinic(doing, values)
    age = values.get("age") if whom.get("age_months") is None else whom["age_months"]
    said = {"whom": {**whom, "age_months": age}, **_spoken(doing, {**whom, "age_months": age})}
    if not whom.get("name"):
        return Outcome("name_missing", said)
    if age is None:
        return Outcome("age_missing", said)
    if clinic and not clinic.attends(age):
        return Outcome("not_for", {**said, **_limits(clinic), "whom": "", "age": None})
    return Outcome("fits", said)


def book(doing: Doing, values: Values) -> Outcome:
    """The place, for whom it was said; `full` when somebody was quicker."""
    return _ended(doing, _take(doing, values, or_wait=False), values)


def wait(doing: Doing, values: Values) -> Outcome:
    """A place, should one be free by now, or the next one on the waiting list."""
    return _ended(doing, _take(doing, values, or_wait=True), values)


def rename(doing: Doing, values: Values) -> Outcome:
    """The name of somebody whose place is taken already."""
    held = appointments.one(doing.tx, int(values["appointment"]))
    whom: Values = values["whom"]
    if held is None or held.state not in appointments.OPEN or not whom.get("name"):
        return Outcome("gone")
    appointments.rename_patient(doing.tx, held.patient.id, whom["name"], whom.get("age_months"), doing.now)
    return Outcome("done", {"name": whom["name"]})


# ── for whom ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _whom(doing: Doing, text: str, promoter: Promoter | None) -> Values | None:
    """Who is named in a free request; a promoter's `CITA …` is a line of its own."""
    if promoter and fold(text).startswith(LINE):
        return registering.named(doing, promoter)
    found = doing.knowledge.understanding.who(text)
    return asdict(found) if found else None


def _known(doing: Doing, whom: Any) -> Values:
    """Whoever was chosen from the household, or named anew."""
    if isinstance(whom, dict):
        return whom
    found = appointments.patient(doing.tx, int(whom)) if str(whom).isdecimal() else None
    if found is None:
        return {}
    return {"patient": str(found.id), "name": found.name, "kin": found.kin, "age_months": found.age_months}


def _patient(doing: Doing, whom: Values) -> int:
    """The patient's id; somebody of this phone with the same name is the same."""
    if whom.get("patient"):
        return int(whom["patient"])
    promoter = registering.promoter_of(doing)
    if promoter and whom.get("promoter") == promoter.phone:
        return registering.patient_of(doing, promoter, whom).id
    name = whom.get("name", "")
    known = appointments.household(doing.tx, doing.person.id)
    same = next((each for each in known if name and fold(each.name) == fold(name)), None)
    if same:
        return same.id
    new_id, age, home = doing.clock.new_id(), whom.get("age_months"), doing.person.comunidad
    new = Patient(new_id, doing.person.id, name, whom.get("kin", ""), age, home)
    appointments.add_patient(doing.tx, new, doing.now)
    return new_id


# ── the place ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _is_whole(values: Values, whom: Values, clinic: Clinic) -> bool:
    """One message that says doctor, place and for whom, and the age where it may be the wrong one; a promoter's line
    has the name, and needs no place."""
    if not values.get("specialty"):
        return False
    has_limits = clinic.age_from_years is not None or clinic.age_to_years is not None
    if whom["age_months"] is None and has_limits and whom["relation"] != "child":
        return False
    if whom.get("promoter"):
        return bool(whom["name"])
    return bool(values.get("place")) and bool(whom["name"] or whom["kin"] or whom["relation"] == "self")


def _at_once(doing: Doing, choice: Choice, whom: Values) -> Outcome:
    """A place in one message; where that cannot be, the question that is still open."""
    said = {**clinic_values(doing, choice.campaign, choice.clinic), "whom": whom, **_spoken(doing, whom)}
    age = whom["age_months"]
    if age is not None and not choice.clinic.attends(age):
        return Outcome("not_for", {**said, **_limits(choice.clinic), "whom": ""})
    patient, by = _patient(doing, whom), _by(whom)
    booking = Booking(doing.tx, doing.clock, doing.now)
    taken = booking.take(choice.campaign.key, choice.clinic.specialty, patient, by)
    if taken.result == "full":
        return Outcome("full", {**said, "whom": {**whom, "patient": str(patient)}})
    if taken.result == "booked" and not whom["name"] and taken.appointment:
        return Outcome("unnamed", appointment_values(doing, taken.appointment))
    return _ended(doing, taken, said)


def _by(whom: Values) -> str:
    return f"promoter:{whom['promoter']}" if whom.get("promoter") else "person"


def _limits(clinic: Clinic) -> Values:
    """The years that a clinic is for, as they are said."""
    return {"age_from": str(clinic.age_from_years or ""), "age_to": str(clinic.age_to_years or "")}


def _take(doing: Doing, values: Values, *, or_wait: bool) -> Taken:
    campaign, specialty = split_clinic(values["clinic"])
    choice = one_choice(doing, values["clinic"])
    if choice is None:
        return Taken("closed")
    patient, by = _patient(doing, values["whom"]), _by(values["whom"])
    return Booking(doing.tx, doing.clock, doing.now).take(campaign, specialty, patient, by, or_wait=or_wait)


def _ended(doing: Doing, taken: Taken, said: Values) -> Outcome:
    if taken.appointment is None:
        return Outcome("gone" if taken.result == "closed" else taken.result, said)
    return Outcome(taken.result, appointment_values(doing, taken.appointment))


def _chosen(doing: Doing, choice: Choice, given: Values) -> Outcome:
    said = {**given, **clinic_values(doing, choice.campaign, choice.clinic)}
    return Outcome("full" if choice.is_full else "one", said)


def _clinic(doing: Doing, values: Values) -> Clinic | None:
    campaign, specialty = split_clinic(values["clinic"])
    found = agenda.one_campaign(doing.tx, campaign)
    return found.clinic(specialty) if found else None


def _line(doing: Doing, choice: Choice) -> Values:
    said = clinic_values(doing, choice.campaign, choice.clinic)
    kept = ("doctor", "held_on", "district")
    means = [choice.clinic.specialty, choice.campaign.district]
    given = {"key": choice.key, "means": means, "name": said["district"], "full": choice.is_full}
    return {**given, **{name: said[name] for name in kept}}


def _none(doing: Doing, values: Values) -> Outcome:
    if values.get("specialty") and _open_to(doing, {**values, "specialty": ""}, None):
        return Outcome("none_of", {"doctor": doctor(doing, values["specialty"]), "specialty": ""})
    return Outcome("none")


def _asked(doing: Doing, values: Values, is_here: bool) -> str:
    """The place that was asked for and where nobody comes to."""
    return "" if is_here or not values.get("place") else doing.knowledge.place_name(values["place"])


def _spoken(doing: Doing, whom: Values) -> Values:
    name = called(doing, whom.get("name", ""), whom.get("kin", ""))
    return {"name": name, **age_values(whom.get("age_months"))}


def found(doing: Doing) -> Iterator[Outcome]:
    """What `find` can lead to with the present content."""
    yield from (find(doing, {}), Outcome("none"))
    for specialty in doing.knowledge.content.specialties:
        yield find(doing, {"specialty": specialty})
        yield Outcome("none_of", {"doctor": doctor(doing, specialty)})
    for choice in choices(doing, {}):
        said = clinic_values(doing, choice.campaign, choice.clinic)
        yield Outcome("full", said)
        yield Outcome("not_for", {**said, "age_from": "", "age_to": "17"})
        yield Outcome("unnamed", {**said, **EXAMPLE, "name": "mamá"})


def chosen(doing: Doing) -> Iterator[Outcome]:
    """What follows the choice of a clinic."""
    for choice in choices(doing, {}):
        yield _chosen(doing, choice, {})


def checked(doing: Doing) -> Iterator[Outcome]:
    """What can be said of somebody with a long name."""
    for said in _said(doing):
        yield from (Outcome("fits", said), Outcome("name_missing", said), Outcome("age_missing", said))
        yield Outcome("not_for", {**said, "age_from": "", "age_to": "17"})


def ended(doing: Doing) -> Iterator[Outcome]:
    """How taking a place ends."""
    for said in _said(doing):
        yield from (Outcome(result, said) for result in ("booked", "waiting", "full", "already"))


EXAMPLE: Values = {
    "name": "María Encarnación Ccahuana Huamán",
    **age_values(34 * MONTHS),
    "code": "K7M4X",
    "hour": "08:00",
    "position": "12",
    "until": "15:30",
    "until_on": "2027-09-23",
    "until_later": True,
    "whom": {"name": "María Encarnación Ccahuana Huamán", "kin": "", "age_months": 34 * MONTHS},
    "household": [{"key": str(n), "name": f"María Encarnación Ccahuana H. {n}"} for n in range(8)],
    "state": "booked",
    "appointment": "0",
}
"""Somebody with a long name, as `bot check` speaks of her."""


def _said(doing: Doing) -> Iterator[Values]:
    for choice in choices(doing, {}):
        yield {**clinic_values(doing, choice.campaign, choice.clinic), **EXAMPLE}
