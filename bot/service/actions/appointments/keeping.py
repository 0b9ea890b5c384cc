"""Appointments that somebody has: finding the one she means, confirming, moving and cancelling it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.clock import LIMA
from bot.conversation.engine import Outcome
from bot.language import codes
from bot.records import agenda, appointments
from bot.records.appointments import Appointment
from bot.service.actions.appointments.choices import Choice, choices
from bot.service.actions.appointments.said import appointment_values, clinic_values
from bot.service.actions.appointments.taking import EXAMPLE
from bot.service.actions.doing import Doing, Values
from bot.service.appointments.booking import Booking

NOTHING: Values = {"appointment": "", "state": ""}


def mine(doing: Doing, values: Values) -> Outcome:
    """The appointments of this phone that are not over: by code, by what was said of them, or all."""
    held = theirs(doing)
    typed = str(values.get("code") or "")
    if typed:
        return _by_code(doing, held, typed)
    if not held:
        return Outcome("none", NOTHING)
    fitting = [each for each in held if values.get("specialty") in (None, "", each.specialty)] or held
    if len(fitting) == 1:
        return Outcome("one", appointment_values(doing, fitting[0]))
    return Outcome("several", {**NOTHING, "appointments": [_line(doing, each) for each in fitting]})


def show(doing: Doing, values: Values) -> Outcome:
    """The one that was chosen from the list, or the one whose code was nearly said, as it stands now."""
    held = held_of(doing, {"appointment": values.get("appointment") or values.get("nearly")})
    return Outcome("one", appointment_values(doing, held)) if held else Outcome("gone", NOTHING)


def confirm(doing: Doing, values: Values) -> Outcome:
    """She will come."""
    held = held_of(doing, values)
    if held and appointments.confirm(doing.tx, held.id, doing.now):
        return Outcome("done", appointment_values(doing, held))
    return Outcome("gone")


def cancel(doing: Doing, values: Values) -> Outcome:
    """The place, or the wait for one, is given up."""
    held = held_of(doing, values)
    if held and Booking(doing.tx, doing.clock, doing.now).cancel(held, "person"):
        return Outcome("done")
    return Outcome("gone")


def other_days(doing: Doing, values: Values) -> Outcome:
    """The other days of the same specialty."""
    held = held_of(doing, values)
    if held is None:
        return Outcome("gone")
    others = [each for each in choices(doing, {"specialty": held.specialty}) if each.campaign.key != held.campaign]
    wanted = [choice for choice in others if not choice.is_full]
    if not wanted:
        return Outcome("none")
    if len(wanted) == 1:
        return Outcome("one", {"to": wanted[0].key, **_to(doing, wanted[0])})
    return Outcome("several", {"days": [_day(doing, each) for each in wanted]})


def chosen_day(doing: Doing, values: Values) -> Outcome:
    """The other day that was picked, with its place, to be confirmed."""
    choice = next((each for each in choices(doing, {}) if each.key == values["to"]), None)
    return Outcome("one", _to(doing, choice)) if choice else Outcome("gone")


def move(doing: Doing, values: Values) -> Outcome:
    """The same appointment on another day."""
    held = held_of(doing, values)
    if held is None:
        return Outcome("gone")
    taken = Booking(doing.tx, doing.clock, doing.now).move(held, str(values["to"]).partition(":")[0])
    if taken.result == "booked" and taken.appointment:
        return Outcome("moved", appointment_values(doing, taken.appointment))
    return Outcome("full" if taken.result == "full" else "gone")


def theirs(doing: Doing) -> list[Appointment]:
    """What is hers to see and change: this phone's, and for a promoter her people's."""
    today = doing.now.astimezone(LIMA).date()
    own = appointments.open_of_person(doing.tx, doing.person.id, today)
    promoter = agenda.promoter_of(doing.tx, doing.message.address)
    if promoter is None:
        return own
    theirs = appointments.open_of_promoter(doing.tx, promoter.phone, promoter.comunidades, today)
    return list({each.id: each for each in (*own, *theirs)}.values())


def held_of(doing: Doing, values: Values) -> Appointment | None:
    """The appointment that a flow speaks of, while it is hers."""
    wanted = str(values.get("appointment") or "")
    return next((each for each in theirs(doing) if str(each.id) == wanted), None)


def _by_code(doing: Doing, held: list[Appointment], typed: str) -> Outcome:
    """The appointment of that code; the nearest of hers when it was mistyped."""
    by_code = {each.code: each for each in held}
    said = codes.clean(typed)
    if said in by_code:
        return Outcome("one", appointment_values(doing, by_code[said]))
    nearest = codes.nearest(typed, by_code)
    given = {**NOTHING, "typed": said, "any": "yes" if held else ""}
    if nearest:
        nearly = {"nearly": str(by_code[nearest].id)}
        return Outcome("near", {**appointment_values(doing, by_code[nearest]), **given, **nearly})
    return Outcome("unknown", given)


def _line(doing: Doing, held: Appointment) -> Values:
    said = appointment_values(doing, held)
    return {"means": [held.specialty], **{name: said[name] for name in ("key", "name", "doctor", "held_on")}}


def _day(doing: Doing, choice: Choice) -> Values:
    return {"key": choice.key, "name": "", "means": [choice.campaign.district], **_to(doing, choice)}


def _to(doing: Doing, choice: Choice) -> Values:
    """Another day beside the one she has: its own names, so that the old ones stay."""
    said = clinic_values(doing, choice.campaign, choice.clinic)
    return {f"to_{name}": said[name] for name in ("held_on", "hour", "place", "district")}


def listed(doing: Doing) -> Iterator[Outcome]:
    """What `mine` says of appointments with long names."""
    some = list(examples(doing))
    yield Outcome("several", {"appointments": [{**each, "key": str(n)} for n, each in enumerate(some)]})
    for each in some:
        yield from (Outcome("one", each), Outcome("near", {**each, "typed": "K7M4Y"}))
    yield from (Outcome("none", NOTHING), Outcome("unknown", {"typed": "K7M4Y", "any": "yes"}), Outcome("unknown"))


def shown(doing: Doing) -> Iterator[Outcome]:
    """What is said of one appointment in each of its states."""
    for each in examples(doing):
        yield from (Outcome(result, {**each, "state": state}) for result, state in (("one", "booked"), ("done", "")))


def days(doing: Doing) -> Iterator[Outcome]:
    """The other days, and the one that was chosen."""
    found = choices(doing, {})
    yield Outcome("several", {"days": [_day(doing, each) for each in found]})
    for each in examples(doing):
        for choice in found[:3]:
            yield Outcome("one", {**each, **_to(doing, choice)})


def moved(doing: Doing) -> Iterator[Outcome]:
    for each in examples(doing):
        yield from (Outcome("moved", each), Outcome("full", each))


def examples(doing: Doing) -> Iterator[Values]:
    """An appointment at each clinic, of somebody with a long name."""
    for choice in choices(doing, {}):
        yield {**clinic_values(doing, choice.campaign, choice.clinic), **EXAMPLE}
