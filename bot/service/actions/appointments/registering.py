"""What health promoters do: being known, registering somebody by one line, their people of a day, and who came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta

from bot.clock import LIMA
from bot.conversation.engine import Outcome
from bot.language import codes
from bot.language.folding import fold
from bot.language.phones import phone as phone_in
from bot.records import agenda, appointments, outreach, people
from bot.records.agenda import Promoter
from bot.records.appointments import Appointment, Patient
from bot.records.outreach import Errand
from bot.service.actions.appointments.said import age_values, appointment_values, called
from bot.service.actions.doing import Doing, Values
from bot.service.secrets import erasure_key

CONSENT_LIFE = timedelta(days=3)
CONSENT_FLOW = "consentir"
ATTENDED = ("booked", "came", "absent")
"""What a promoter is shown of her people, and can mark."""


def promoter_of(doing: Doing) -> Promoter | None:
    """The promoter who writes, if she is one."""
    return agenda.promoter_of(doing.tx, doing.message.address)


def recognise(doing: Doing, values: Values) -> Outcome:
    """Whether a promoter writes; a number that Telegram vouches for links this chat to her."""
    if doing.message.contact:
        agenda.link_promoter(doing.tx, doing.message.address, doing.message.contact, doing.now)
    promoter = promoter_of(doing)
    if promoter is None:
        is_to_be_asked = doing.message.medium == "telegram" and not doing.message.contact
        return Outcome("ask" if is_to_be_asked else "unknown")
    names = [doing.knowledge.place_name(key) for key in promoter.comunidades]
    return Outcome("promoter", {"promoter": promoter.name, "places": names})


def register(doing: Doing, values: Values) -> Outcome:
    """`REG Juana Quispe 34 compone`: somebody is known from now on, with a code; with a number she is asked."""
    promoter = promoter_of(doing)
    if promoter is None:
        return Outcome("not_promoter")
    whom = named(doing, promoter)
    if not whom or not whom["name"] or whom["age_months"] is None:
        return Outcome("unclear")
    patient = patient_of(doing, promoter, whom)
    home = doing.knowledge.place_name(patient.comunidad) if patient.comunidad else ""
    said = {"name": patient.name, "home": home, "code": patient.code, **age_values(patient.age_months)}
    if patient.consent == "refused":
        return Outcome("silent_number", said)
    return Outcome("asked" if patient.consent == "asked" else "done", said)


def named(doing: Doing, promoter: Promoter) -> Values | None:
    """Whom a promoter's line names: one of hers by code, or name, age, comunidad and number."""
    text = doing.message.text
    for patient in appointments.registered_by(doing.tx, promoter.phone):
        if patient.code and patient.code in {codes.clean(word) for word in text.split()}:
            return {**asdict(patient), "relation": "", "patient": str(patient.id), "promoter": promoter.phone}
    found = doing.knowledge.understanding.who(text, line=True)
    if found is None:
        return None
    return {
        **asdict(found),
        "comunidad": _comunidad(doing, promoter),
        "phone": phone_in(text) or "",
        "promoter": promoter.phone,
    }


def patient_of(doing: Doing, promoter: Promoter, whom: Values) -> Patient:
    """The patient of a promoter's line: the same as before where she has registered that name already."""
    theirs = appointments.registered_by(doing.tx, promoter.phone)
    same = [each for each in theirs if str(each.id) == whom.get("patient") or fold(each.name) == fold(whom["name"])]
    if same:
        return same[0]
    person_id, consent = _person(doing, promoter, whom.get("phone") or "")
    new = Patient(
        id=doing.clock.new_id(),
        person_id=person_id,
        name=whom["name"],
        age_months=whom["age_months"],
        comunidad=whom.get("comunidad"),
        promoter=promoter.phone,
        consent=consent,
        code=codes.make(doing.clock.randbelow),
    )
    appointments.add_patient(doing.tx, new, doing.now)
    if consent == "asked" and person_id:
        _ask_consent(doing, promoter, new, person_id)
    return new


def _person(doing: Doing, promoter: Promoter, phone: str) -> tuple[int | None, str]:
    """Whoever has the number, and whether she is to be asked; one that was erased or opted out is not written to."""
    address = f"tel:{phone}"
    if not phone or phone == promoter.phone:
        return None, ""
    if people.was_erased(doing.tx, address, erasure_key(doing.tx)):
        return None, "refused"
    doing.tx.serial(address)
    person = people.load(doing.tx, address)
    if person and person.opted_out_at:
        return None, "refused"
    if person is None:
        person = people.create(doing.tx, doing.clock.new_id(), address, doing.now)
        people.set_language(doing.tx, person.id, promoter.language, is_chosen=False)
    return person.id, "asked"


def _ask_consent(doing: Doing, promoter: Promoter, patient: Patient, person_id: int) -> None:
    errand = Errand(
        id=doing.clock.new_id(),
        person_id=person_id,
        flow=CONSENT_FLOW,
        values={"patient": str(patient.id), "name": patient.name, "promoter": promoter.name},
        expires_at=doing.now + CONSENT_LIFE,
        is_urgent=False,
    )
    outreach.add(doing.tx, errand, doing.now)


def day(doing: Doing, values: Values) -> Outcome:
    """Her people at the next campaign at which she has any; on the day itself those who are still to be marked."""
    promoter = promoter_of(doing)
    if promoter is None:
        return Outcome("not_promoter")
    today = doing.now.astimezone(LIMA).date()
    coming = appointments.open_of_promoter(doing.tx, promoter.phone, promoter.comunidades, today)
    booked = [each for each in coming if each.state == "booked"]
    if not booked:
        return Outcome("marked" if values.get("is_marking") or _has_marked(doing, promoter, today) else "none")
    first = booked[0]
    theirs = appointments.day_of_promoter(doing.tx, promoter.phone, promoter.comunidades, first.campaign)
    left = [each for each in theirs if each.state == "booked"]
    said = {**appointment_values(doing, first), "people": [_line(doing, each) for each in left]}
    if first.held_on != today:
        return Outcome("marked" if values.get("is_marking") else "before", said)
    return Outcome("today", {**said, "is_marking": "yes", "left": str(len(left))})


def _has_marked(doing: Doing, promoter: Promoter, today: date) -> bool:
    """Whether she has had people at a campaign of today."""
    campaigns = [each.key for each in agenda.all_campaigns(doing.tx) if each.date == today]
    return any(appointments.day_of_promoter(doing.tx, promoter.phone, promoter.comunidades, key) for key in campaigns)


def show(doing: Doing, values: Values) -> Outcome:
    """One of her people, chosen from the list."""
    held = _of_hers(doing, values)
    if held is None:
        return Outcome("gone")
    is_today = held.held_on == doing.now.astimezone(LIMA).date()
    return Outcome("today" if is_today else "before", appointment_values(doing, held))


def mark(doing: Doing, values: Values) -> Outcome:
    """She came (`attended` came) or did not (absent)."""
    held, promoter = _of_hers(doing, values), promoter_of(doing)
    if held is None or promoter is None:
        return Outcome("gone")
    by = f"promoter:{promoter.phone}"
    appointments.mark_attendance(doing.tx, held.id, values["attended"], by, doing.now)
    return Outcome("done", {"name": called(doing, held.patient.name, held.patient.kin)})


def _of_hers(doing: Doing, values: Values) -> Appointment | None:
    promoter, held = promoter_of(doing), appointments.one(doing.tx, int(values["appointment"]))
    if promoter is None or held is None or held.state not in ATTENDED:
        return None
    is_hers = held.patient.promoter == promoter.phone or held.patient.comunidad in promoter.comunidades
    return held if is_hers else None


def _comunidad(doing: Doing, promoter: Promoter) -> str | None:
    """The comunidad that the line names, or her own where she has one only."""
    place = doing.knowledge.read(doing.message.text, doing.person.language, doing.now).named.get("place")
    if place and place != doing.knowledge.district_of(place):
        return place
    return promoter.comunidades[0] if len(promoter.comunidades) == 1 else None


def _line(doing: Doing, held: Appointment) -> Values:
    said = appointment_values(doing, held)
    return {name: said[name] for name in ("key", "name", "doctor", "hour", "code")}


def registered(doing: Doing) -> Iterator[Outcome]:
    """A long name in a comunidad with a long name."""
    for comunidad in doing.knowledge.places.comunidades:
        said = {"name": "María Encarnación Ccahuana Huamán", "home": comunidad.name, "code": "K7M4X", "years": "34"}
        yield from (Outcome("done", said), Outcome("asked", said), Outcome("silent_number", said))
