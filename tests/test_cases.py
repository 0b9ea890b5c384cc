"""Cases as rows: who answers for what, codes, lists, and what is left after somebody is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import Clock
from bot.records import cases, people, privacy, staff
from bot.records.agenda import Name
from bot.records.cases import GENERAL, CannedAnswer, Case, CaseEntry, Filter, Mesa, Route
from bot.records.staff import Staff
from bot.records.store import Store, Tx
from tests.talks import MONDAY

CLOCK = Clock()
MESAS = [
    Mesa("agropecuaria", Name("Agropecuaria"), 72),
    Mesa("educacion", Name("Educación"), 72),
    Mesa("salud", Name("Salud"), 48),
    Mesa("turismo", Name("Turismo"), 96),
    Mesa(GENERAL, Name("Municipalidad"), 24),
]
KEYS = [mesa.key for mesa in MESAS]
ROUTES = [
    Route("riego", "", "agropecuaria"),
    Route("riego", "zurite", GENERAL),
    Route("", "limatambo", "turismo"),
    Route("", "", GENERAL),
]


@pytest.fixture
def tx() -> Iterator[Tx]:
    store = Store(":memory:")
    with store.write() as writing:
        cases.put_mesas(writing, MESAS)
        yield writing
    store.close()


def case(tx: Tx, code: str = "K7M4XR", person_id: int = 0, **other: object) -> Case:
    """A case of somebody, kept with her words «no hay doctor»."""
    if not person_id:
        person_id = people.create(tx, CLOCK.new_id(), f"tel:+5198400{CLOCK.new_id() % 10_000:04}", MONDAY).id
    empty: dict[str, object] = dict.fromkeys(Case.__slots__, "")
    moments = dict.fromkeys(("answered_at", "closed_at", "escalated_at", "joined_to", "assigned_to"))
    given: dict[str, object] = {"mesa": "salud", "kind": "complaint", "district": "zurite", "language": "es"}
    given |= {"medium": "sms", "is_anonymous": False, "is_sure": True, "state": "open", "reopened": 0}
    given |= {"created_at": MONDAY, "said_at": MONDAY, "due_at": MONDAY + timedelta(hours=48)}
    given |= {"id": CLOCK.new_id(), "code": code, "person_id": person_id}
    new = Case(**{**empty, **moments, **given, **other})  # type: ignore[arg-type] # a table of defaults
    assert cases.add_case(tx, new)
    say(tx, new, "no hay doctor")
    return new


def say(tx: Tx, about: Case, words: str, at: datetime = MONDAY) -> None:
    cases.add_entry(tx, CaseEntry(CLOCK.new_id(), about.id, "said", words, "", "es", None, None, "", at))


def now_of(tx: Tx, kept: Case) -> Case:
    found = cases.one(tx, kept.id)
    assert found
    return found


# -- who answers


@pytest.mark.parametrize(
    ("understood", "topic", "district", "answers"),
    [
        ("salud", "", "zurite", "salud"),
        ("salud", "", "", "salud"),
        ("salud", "riego", "anta", "agropecuaria"),  # a topic that staff have routed is stronger than the words
        ("salud", "riego", "zurite", GENERAL),  # and its route in her district is stronger than the general one
        ("agropecuaria", "riego", "zurite", GENERAL),
        ("salud", "agua", "zurite", "salud"),  # nobody has routed this topic
        ("none", "riego", "", "agropecuaria"),
        ("none", "", "limatambo", "turismo"),  # the fallback of a district
        ("salud", "", "limatambo", "salud"),  # is for what nobody understood
        ("none", "", "zurite", GENERAL),
        ("none", "", "", GENERAL),
        ("none", "agua", "limatambo", "turismo"),
        ("cultura", "", "zurite", GENERAL),  # a Mesa that there is not
        (GENERAL, "", "limatambo", "turismo"),
    ],
)
def test_a_case_goes_to_whoever_answers_for_its_topic_in_its_district(
    tx: Tx, understood: str, topic: str, district: str, answers: str
) -> None:
    for route in ROUTES:
        cases.put_route(tx, route)
    assert cases.responsible(tx, understood, topic, district) == answers


def test_without_any_route_what_nobody_understood_goes_to_the_general_desk(tx: Tx) -> None:
    assert cases.responsible(tx, "none", "riego", "zurite") == GENERAL
    assert cases.responsible(tx, "salud", "riego", "zurite") == "salud"


def test_a_route_is_changed_and_taken_away(tx: Tx) -> None:
    cases.put_route(tx, Route("riego", "zurite", "salud"))
    cases.put_route(tx, Route("riego", "zurite", "turismo"))
    assert cases.routes(tx) == [Route("riego", "zurite", "turismo")]
    cases.remove_route(tx, "riego", "zurite")
    assert cases.routes(tx) == []


def test_mesas_stand_in_their_order_and_keep_who_heads_them(tx: Tx) -> None:
    head = Staff(CLOCK.new_id(), "Elsa", "mesa", "-", False, MONDAY)
    assert staff.insert(tx, head)
    changed = [replace(MESAS[0], hours_to_answer=24, head_staff_id=head.id), *MESAS[1:]]
    cases.put_mesas(tx, changed)
    assert cases.mesas(tx) == changed
    assert cases.mesa(tx, "cultura") is None


# -- cases


def test_a_code_names_one_case(tx: Tx) -> None:
    first = case(tx, "K7M4XR")
    assert not cases.add_case(tx, replace(first, id=first.id + 1))
    assert cases.by_code(tx, "K7M4XR") == first
    assert cases.by_code(tx, "A0A0A0") is None


def test_the_case_that_she_spoke_of_last_comes_first(tx: Tx) -> None:
    old = case(tx, "K7M4XR")
    new = case(tx, "A7M4XR", old.person_id, said_at=MONDAY + timedelta(hours=1))
    case(tx, "C7M4XR")
    assert [each.code for each in cases.of_person(tx, old.person_id)] == [new.code, old.code]
    cases.said_more(tx, old.id, MONDAY + timedelta(hours=2))
    assert [each.code for each in cases.of_person(tx, old.person_id)] == [old.code, new.code]


def test_an_answer_opens_closes_and_opens_again(tx: Tx) -> None:
    kept, later = case(tx), MONDAY + timedelta(hours=3)
    cases.set_answered(tx, [kept.id], MONDAY)
    cases.set_answered(tx, [kept.id], later)
    assert (now_of(tx, kept).state, now_of(tx, kept).answered_at) == ("answered", MONDAY)
    assert cases.set_closed(tx, kept.id, "asked", later)
    assert not cases.set_closed(tx, kept.id, "", later)
    cases.set_answered(tx, [kept.id], later)
    assert (now_of(tx, kept).state, now_of(tx, kept).served) == ("closed", "asked")
    assert cases.set_served(tx, kept.id, "no")
    assert not cases.set_served(tx, kept.id, "yes")
    cases.set_reopened(tx, kept.id, later + timedelta(hours=48))
    again = now_of(tx, kept)
    assert (again.state, again.reopened, again.closed_at) == ("open", 1, None)
    assert again.due_at == later + timedelta(hours=48)


def test_what_joins_a_case_brings_along_what_had_joined_it(tx: Tx) -> None:
    first, second, third = case(tx, "K7M4XR"), case(tx, "A7M4XR"), case(tx, "C7M4XR")
    cases.join(tx, [third.id], second.id)
    cases.join(tx, [second.id, first.id], first.id)
    assert [each.code for each in cases.joined_with(tx, first.id)] == ["K7M4XR", "A7M4XR", "C7M4XR"]
    assert now_of(tx, first).joined_to is None
    assert [each.code for each in cases.inbox(tx, Filter())[0]] == ["K7M4XR"]
    cases.part(tx, third.id)
    assert cases.joined_counts(tx, [first.id, third.id]) == {first.id: 1}


def test_what_is_overdue_is_claimed_once(tx: Tx) -> None:
    late, answered = case(tx, "K7M4XR"), case(tx, "A7M4XR")
    joined = case(tx, "C7M4XR")
    cases.set_answered(tx, [answered.id], MONDAY)
    cases.join(tx, [joined.id], late.id)
    assert cases.overdue(tx, late.due_at - timedelta(seconds=1), 10) == []
    assert [each.code for each in cases.overdue(tx, late.due_at, 10)] == ["K7M4XR"]
    assert cases.claim_escalation(tx, late.id, late.due_at)
    assert not cases.claim_escalation(tx, late.id, late.due_at)
    assert cases.overdue(tx, late.due_at, 10) == []
    cases.set_mesa(tx, late.id, "turismo", late.due_at + timedelta(hours=96))  # another Mesa has its own time
    assert [each.code for each in cases.overdue(tx, late.due_at + timedelta(hours=96), 10)] == ["K7M4XR"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(), {"K7M4XR", "A7M4XR"}),
        (Filter(mesas=["salud"]), {"K7M4XR"}),
        (Filter(mesas=[]), set()),
        (Filter(districts=["anta"]), {"A7M4XR"}),
        (Filter(state="open"), {"K7M4XR", "A7M4XR"}),
        (Filter(state="closed"), set()),
        (Filter(kind="thanks"), {"A7M4XR"}),
        (Filter(unsure=True), {"A7M4XR"}),
        (Filter(words="DOCTOR"), {"K7M4XR", "A7M4XR"}),
        (Filter(words="k7-m4xr"), {"K7M4XR"}),
        (Filter(words="100%"), set()),
        (Filter(words="n_ hay"), set()),
        (Filter(overdue_at=MONDAY + timedelta(hours=49)), {"K7M4XR"}),
        (Filter(from_day=MONDAY.date(), to_day=MONDAY.date()), {"K7M4XR", "A7M4XR"}),
        (Filter(from_day=MONDAY.date() + timedelta(days=1)), set()),
        (Filter(to_day=MONDAY.date() - timedelta(days=1)), set()),
    ],
)
def test_the_inbox_shows_what_is_asked_for(tx: Tx, wanted: Filter, found: set[str]) -> None:
    case(tx, "K7M4XR")
    due_at = MONDAY + timedelta(hours=72)
    case(tx, "A7M4XR", mesa="educacion", district="anta", kind="thanks", is_sure=False, due_at=due_at)
    listed, count = cases.inbox(tx, wanted)
    assert {each.code for each in listed} == found
    assert count == cases.count(tx, wanted) == len(cases.every(tx, wanted)) == len(found)


def test_cases_that_may_be_the_same_problem(tx: Tx) -> None:
    one = case(tx, "K7M4XR", topic="salud")
    case(tx, "A7M4XR")
    case(tx, "C7M4XR", topic="salud")
    case(tx, "F7M4XR", district="anta")
    case(tx, "H7M4XR", created_at=MONDAY - timedelta(days=90))
    since = MONDAY - timedelta(days=30)
    assert [each.code for each in cases.alike(tx, one, since)] == ["C7M4XR", "A7M4XR"]


def test_first_words_and_entries_stand_in_order(tx: Tx) -> None:
    one = case(tx)
    say(tx, one, "ni enfermera")
    assert cases.first_words(tx, [one.id]) == {one.id: "no hay doctor"}
    assert [entry.body for entry in cases.entries(tx, [one.id])] == ["no hay doctor", "ni enfermera"]
    assert cases.first_words(tx, []) == {}
    assert cases.entries(tx, []) == []


def test_forgetting_somebody_leaves_that_something_was_said_and_nothing_of_what(tx: Tx) -> None:
    hers, other = case(tx, "K7M4XR"), case(tx, "A7M4XR")
    cases.erase_bodies(tx, hers.person_id)
    assert [entry.body for entry in cases.entries(tx, [hers.id, other.id])] == ["", "no hay doctor"]
    assert cases.count(tx, Filter()) == 2


def test_only_what_was_closed_long_ago_loses_its_words(tx: Tx) -> None:
    old, new, unfinished = case(tx, "K7M4XR"), case(tx, "A7M4XR"), case(tx, "C7M4XR")
    cases.set_closed(tx, old.id, "", MONDAY)
    cases.set_closed(tx, new.id, "", MONDAY + timedelta(days=2))
    assert privacy.erase_case_words(tx, MONDAY + timedelta(days=1), 10) == 1
    assert privacy.erase_case_words(tx, MONDAY + timedelta(days=1), 10) == 0
    kept = cases.entries(tx, [old.id, new.id, unfinished.id])
    assert {entry.case_id: entry.body for entry in kept} == {
        old.id: "",
        new.id: "no hay doctor",
        unfinished.id: "no hay doctor",
    }


def test_canned_answers_are_those_of_a_mesa_and_those_of_all(tx: Tx) -> None:
    for key, mesa in (("recibido", ""), ("canal", "agropecuaria"), ("posta", "salud")):
        cases.put_canned_answer(tx, CannedAnswer(key, mesa, "Vamos.", "Risaqku."), MONDAY)
    assert [each.key for each in cases.canned_answers(tx, "salud")] == ["recibido", "posta"]
    assert len(cases.canned_answers(tx)) == 3
    cases.put_canned_answer(tx, CannedAnswer("posta", "salud", "Ya fuimos.", ""), MONDAY)
    assert cases.canned_answers(tx, "salud")[1].es == "Ya fuimos."
    cases.remove_canned_answer(tx, "posta")
    assert [each.key for each in cases.canned_answers(tx, "salud")] == ["recibido"]


@given(
    routes=st.lists(
        st.builds(
            Route,
            topic=st.sampled_from(["", "riego", "agua"]),
            district=st.sampled_from(["", "zurite"]),
            mesa=st.sampled_from(KEYS),
        ),
        max_size=6,
    ),
    understood=st.sampled_from([*KEYS, "none", "cultura", ""]),
    topic=st.sampled_from(["", "riego", "agua", "luz"]),
    district=st.sampled_from(["", "zurite", "anta"]),
)
def test_somebody_always_answers(routes: list[Route], understood: str, topic: str, district: str) -> None:
    store = Store(":memory:")
    with store.write() as tx:
        cases.put_mesas(tx, MESAS)
        for route in routes:
            cases.put_route(tx, route)
        assert cases.responsible(tx, understood, topic, district) in KEYS
    store.close()
