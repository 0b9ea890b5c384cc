"""Answers to what we began: reminders, offers of a freed place, days that staff changed, a promoter's registration."""

from __future__ import annotations

from collections.abc import Iterator

from bot.clock import LIMA
from bot.conversation.engine import Outcome
from bot.records import agenda, appointments
from bot.records.appointments import Appointment
from bot.service.actions.appointments.keeping import NOTHING, examples, held_of, theirs
from bot.service.actions.appointments.said import appointment_values
from bot.service.actions.doing import Doing, Values
from bot.service.appointments.booking import Booking


def reminded(doing: Doing, values: Values) -> Outcome:
    """What this reminder is about, as it stands now: one person, or several of one phone; `over` when nothing is."""
    held = _meant(doing, values) or _next_day(doing)
    if not held:
        return Outcome("over", NOTHING)
    today = doing.now.astimezone(LIMA).date()
    ahead = (held[0].held_on - today).days
    when = {"today": ahead == 0, "tomorrow": ahead == 1, "later": ahead > 1}
    given: Values = {**when, "ids": [each.id for each in held], "people": [appointment_values(doing, e) for e in held]}
    given["many"] = len(held) > 1
    first = {**appointment_values(doing, held[0]), **given}
    if all(each.confirmed_at for each in held) and when["today"]:
        return Outcome("confirmed", first)
    return Outcome("one" if len(held) == 1 else "several", first)


def coming(doing: Doing, values: Values) -> Outcome:
    """All of them will come."""
    held = _meant(doing, values)
    done = [appointments.confirm(doing.tx, each.id, doing.now) for each in held]
    return Outcome("done" if any(done) else "gone")


def not_coming(doing: Doing, values: Values) -> Outcome:
    """The one is cancelled; of several it must be said which."""
    held = _meant(doing, values)
    if not held:
        return Outcome("gone")
    if len(held) > 1:
        people = [{**appointment_values(doing, each), "key": str(each.id)} for each in held]
        return Outcome("which", {"appointments": people})
    Booking(doing.tx, doing.clock, doing.now).cancel(held[0], "person")
    return Outcome("done")


def offered(doing: Doing, values: Values) -> Outcome:
    """The place that is held for her; `gone` once it has passed on."""
    held = held_of(doing, values) or next((each for each in theirs(doing) if each.state == "offered"), None)
    if held is None or held.state != "offered":
        return Outcome("gone")
    return Outcome("one", appointment_values(doing, held))


def accept(doing: Doing, values: Values) -> Outcome:
    """She takes the place that was held for her."""
    held = held_of(doing, values)
    if held and Booking(doing.tx, doing.clock, doing.now).accept(held):
        now = appointments.one(doing.tx, held.id)
        return Outcome("booked", appointment_values(doing, now or held))
    return Outcome("gone")


def changed(doing: Doing, values: Values) -> Outcome:
    """The appointments of this phone that staff have changed, cancelled or put back on the list, as they are now.

    `nothing`: they concern her no more, and she need not hear of it; `over`: an old button, of which nobody knows more.
    """
    found = [appointments.one(doing.tx, int(each)) for each in values.get("ids") or ()]
    held = [each for each in found if each and _concerns_her(doing, each)]
    if not held:
        return Outcome("nothing" if found else "over", NOTHING)
    first = held[0]
    people = [appointment_values(doing, each) for each in held]
    patient = first.patient
    whom = {"patient": str(patient.id), "name": patient.name, "kin": patient.kin, "age_months": patient.age_months}
    given: Values = {"people": people, "specialty": first.specialty, "whom": whom}
    return Outcome("one" if len(held) == 1 else "several", {**people[0], **given})


def _concerns_her(doing: Doing, held: Appointment) -> bool:
    """Not what she gave up herself before she could be told."""
    campaign = agenda.one_campaign(doing.tx, held.campaign)
    return held.state in appointments.OPEN or (campaign is not None and campaign.is_cancelled)


def passed(doing: Doing, values: Values) -> Outcome:
    """A place that she let pass: she waits on, or has left the list; `over` when she has got it again meanwhile."""
    held = appointments.one(doing.tx, int(values["appointment"]))
    if held is None or held.state not in ("waiting", "lapsed"):
        return Outcome("over", NOTHING)
    return Outcome(held.state, appointment_values(doing, held))


def registered(doing: Doing, values: Values) -> Outcome:
    """Whom a promoter has registered with this number, while nobody has said whether that is right."""
    asked = [each for each in appointments.household(doing.tx, doing.person.id) if each.consent == "asked"]
    wanted = [each for each in asked if str(each.id) == values.get("patient")] or asked
    promoter = agenda.promoter_named(doing.tx, wanted[0].promoter) if wanted and wanted[0].promoter else ""
    if not promoter:
        return Outcome("over", {"patient": ""})
    return Outcome("one", {"patient": str(wanted[0].id), "name": wanted[0].name, "promoter": promoter})


def consent(doing: Doing, values: Values) -> Outcome:
    """She was registered by a promoter, and agrees, or (`answer` no) is forgotten and her places are given up."""
    patient = appointments.patient(doing.tx, int(values["patient"]))
    if patient is None or patient.person_id != doing.person.id:
        return Outcome("gone")
    if values.get("answer") == "yes":
        appointments.set_consent(doing.tx, patient.id, "given")
        return Outcome("given")
    booking = Booking(doing.tx, doing.clock, doing.now)
    for held in theirs(doing):
        if held.patient.id == patient.id:
            booking.cancel(held, "person")
    appointments.set_consent(doing.tx, patient.id, "refused")
    appointments.erase_patient(doing.tx, patient.id, doing.now)
    return Outcome("refused")


def _meant(doing: Doing, values: Values) -> list[Appointment]:
    ids = set(values.get("ids") or ())
    return [each for each in theirs(doing) if each.id in ids and each.state == "booked"]


def _next_day(doing: Doing) -> list[Appointment]:
    """The booked ones of the next day on which this phone has any: what an old button was about."""
    booked = [each for each in theirs(doing) if each.state == "booked"]
    return [each for each in booked if each.held_on == booked[0].held_on]


def reminders(doing: Doing) -> Iterator[Outcome]:
    """Reminders with long names, for one and for four."""
    for each in examples(doing):
        for when in ({"today": True, "tomorrow": False}, {"today": False, "tomorrow": True}):
            yield Outcome("one", {**each, **when, "people": [each]})
            yield Outcome("confirmed", {**each, **when, "people": [each]})
            yield Outcome("several", {**each, **when, "people": [each] * 3})
            yield Outcome("confirmed", {**each, **when, "people": [each] * 3, "many": True})


def registrations(doing: Doing) -> Iterator[Outcome]:
    """A long name registered by one with a long name."""
    for each in examples(doing):
        yield Outcome("one", {"patient": "0", "name": each["name"], "promoter": "Encarnación Huamanñahui"})
    yield Outcome("over")


def offers(doing: Doing) -> Iterator[Outcome]:
    for each in examples(doing):
        yield from (Outcome(name, each) for name in ("one", "booked", "waiting", "lapsed"))
