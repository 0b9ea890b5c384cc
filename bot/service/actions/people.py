"""What flows can do for the person herself: language, place, notices, what is kept of her, and forgetting her."""

from __future__ import annotations

from collections.abc import Iterator

from bot.clock import LIMA
from bot.conversation.engine import Outcome
from bot.records import appointments, messages, outreach, people
from bot.service.actions.doing import Doing, Values
from bot.service.appointments.booking import Booking
from bot.service.secrets import erasure_key


def set_language(doing: Doing, values: Values) -> Outcome:
    """`to` is es or quz; `newcomer` when this was her first choice."""
    was_new = doing.person.language is None
    people.set_language(doing.tx, doing.person.id, values["to"], is_chosen=True)
    doing.person.language = values["to"]
    return Outcome("newcomer" if was_new else "greeted", {"language": values["to"], "to": ""})


def place(doing: Doing, values: Values) -> Outcome:
    """Whether we know where she is from."""
    return Outcome("known" if doing.person.district or doing.person.comunidad else "unknown")


def set_place(doing: Doing, values: Values) -> Outcome:
    """`place` is the key of a district or comunidad."""
    home = values["place"]
    district = doing.knowledge.district_of(home)
    comunidad = None if home == district else home
    people.set_place(doing.tx, doing.person.id, district, comunidad)
    doing.person.district, doing.person.comunidad = district, comunidad
    return Outcome("done")


def place_options(doing: Doing, values: Values) -> Outcome:
    """The places that one name could be, to choose from."""
    name = doing.knowledge.place_name
    found = [{"key": key, "name": name(key), "district": _in_district(doing, key)} for key in values["place_options"]]
    return Outcome("several", {"places": found})


def _in_district(doing: Doing, key: str) -> str:
    district = doing.knowledge.district_of(key)
    return doing.knowledge.place_name(district) if district and district != key else ""


def place_examples(doing: Doing) -> Iterator[Outcome]:
    """Two long names, as `bot check` says them."""
    yield place_options(doing, {"place_options": ["tambo_real", "chinchaypujio"]})


def opt_out(doing: Doing, values: Values) -> Outcome:
    people.opt_out(doing.tx, doing.clock.new_id(), doing.person.id, doing.message.text[:100], doing.now)
    messages.drop_waiting(doing.tx, doing.person.id, doing.now)
    outreach.drop_of_person(doing.tx, doing.person.id, doing.now)
    return Outcome("done")


def opt_in(doing: Doing, values: Values) -> Outcome:
    people.opt_in(doing.tx, doing.clock.new_id(), doing.person.id, doing.message.text[:100], doing.now)
    return Outcome("done")


def data(doing: Doing, values: Values) -> Outcome:
    """What is held about this number."""
    home = doing.person.comunidad or doing.person.district
    name = doing.knowledge.place_name(home) if home else ""
    return Outcome("found", {"messages": people.count_messages(doing.tx, doing.person.id), "place": name})


def erase(doing: Doing, values: Values) -> Outcome:
    """Forget her and whoever was registered from her phone; the places that they held go to others."""
    booking, today = Booking(doing.tx, doing.clock, doing.now), doing.now.astimezone(LIMA).date()
    for held in appointments.open_of_person(doing.tx, doing.person.id, today):
        booking.cancel(held, "person")
    for patient_id in appointments.patients_of(doing.tx, doing.person.id):
        appointments.erase_patient(doing.tx, patient_id, doing.now)
    outreach.drop_of_person(doing.tx, doing.person.id, doing.now)
    people.erase(doing.tx, doing.person.id, erasure_key(doing.tx), doing.now)
    doing.person.is_erased = True
    return Outcome("done")
