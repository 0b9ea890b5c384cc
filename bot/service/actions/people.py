"""What flows can do for the person herself: language, place, notices, what is kept of her, and forgetting her."""

from __future__ import annotations

from collections.abc import Iterator

from bot.conversation.engine import Outcome
from bot.records import appointments, cases, people, topics
from bot.service import privacy
from bot.service.actions.doing import Doing, Values

NAMES_SAID, NAME_LENGTH = 2, 26
CODES_SAID, CASES_COUNTED = 3, 100
"""What fits beside the rest into two segments."""


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


def data(doing: Doing, values: Values) -> Outcome:
    """What is held about this number, short enough for one message: the first names and codes, and how many more."""
    home = doing.person.comunidad or doing.person.district
    patients = [patient.name for patient in appointments.household(doing.tx, doing.person.id)]
    codes = [case.code for case in cases.of_person(doing.tx, doing.person.id, limit=CASES_COUNTED)]
    said = {
        "messages": people.count_messages(doing.tx, doing.person.id),
        "place": doing.knowledge.place_name(home) if home else "",
        "names": _first(patients, NAMES_SAID),
        "codes": _first(codes, CODES_SAID),
        "topics": "yes" if topics.are_chosen(doing.tx, doing.person.id) else "",
    }
    return Outcome("found", said)


def _first(said: list[str], most: int) -> str:
    """`Rosa Quispe, Luis Mamani +2`."""
    more = f" +{len(said) - most}" if len(said) > most else ""
    return ", ".join(each[:NAME_LENGTH] for each in said[:most]) + more


def erase(doing: Doing, values: Values) -> Outcome:
    """Forget her and whoever was registered from her phone."""
    privacy.erase(doing.tx, doing.clock, doing.now, doing.person.id)
    doing.person.is_erased = True
    return Outcome("done")
