"""What residents say and what Mesas do with it: nothing is lost, everybody who said it is told, time is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.app import House
from bot.language import codes
from bot.records import cases, outreach, people, staff
from bot.records.cases import GENERAL, Case, Filter
from bot.records.staff import Staff
from bot.records.store import Tx
from bot.service.feedback.answering import ANSWER_LIFE, Answering
from bot.service.feedback.filing import SAME_CASE, Filing, Saying
from bot.service.feedback.overdue import escalate
from bot.settings import Settings
from tests.running import built
from tests.talks import IN_MEMORY, MONDAY, MovingClock

HOURS = {"agropecuaria": 72, "educacion": 72, "salud": 48, "turismo": 96, GENERAL: 72}
"""In how many hours each Mesa has to answer, as flows/content/mesas.yaml says."""


class Desk:
    """The service with its content, some phones, and the Mesas' side of what they say."""

    def __init__(self, house: House, clock: MovingClock) -> None:
        self.house, self.clock, self.phones = house, clock, 0

    def phone(self) -> int:
        self.phones += 1
        with self.house.store.write() as tx:
            return people.create(tx, self.clock.new_id(), f"tel:+5198400{self.phones:04}", MONDAY).id

    def hears(self, person_id: int, text: str = "no hay doctor", *, is_new: bool = False, **said: object) -> Case:
        """She says something that is clearly for salud in Zurite, unless `said` says otherwise."""
        given = {"mesa": "salud", "is_sure": True, "kind": "complaint", "district": "zurite"} | said
        saying = Saying(person_id=person_id, text=text, language="es", medium="sms", **given)  # type: ignore[arg-type]
        with self.house.store.write() as tx:
            return self.filing(tx).hear(saying, is_new=is_new)[0]

    def filing(self, tx: Tx) -> Filing:
        return Filing(tx, self.clock, self.clock.now())

    def answering(self, tx: Tx) -> Answering:
        return Answering(tx, self.clock, self.clock.now(), None)

    def answers(self, case: Case, es: str = "Vamos.", quz: str = "Risaqku.", *, is_last: bool = True) -> int:
        with self.house.store.write() as tx:
            return self.answering(tx).answer(self.now(case), es, quz, is_last=is_last)

    def joins(self, into: Case, *others: Case) -> None:
        with self.house.store.write() as tx:
            self.answering(tx).join(self.now(into), [self.now(other) for other in others])

    def now(self, case: Case) -> Case:
        found = cases.one(self.house.store.read, case.id)
        assert found
        return found

    def words(self, case: Case) -> list[str]:
        entries = cases.entries(self.house.store.read, [case.id])
        return [entry.body for entry in entries if entry.kind == "said"]

    def history(self, case: Case) -> list[str]:
        """What was done about it, in order."""
        return [entry.kind for entry in cases.entries(self.house.store.read, [case.id])]

    def told(self, flow: str = "respuesta") -> list[dict[str, str]]:
        """What each message of that flow that waits to be said begins with."""
        rows = self.house.store.read.all("SELECT given FROM outreach WHERE flow = ? ORDER BY id", flow)
        return [json.loads(row["given"]) for row in rows]

    def heads(self, mesa: str, phone: str | None = "+51984000900") -> Staff:
        """Somebody heads a Mesa from now on."""
        head = Staff(self.clock.new_id(), "Elsa", "mesa", "-", False, MONDAY, phone=phone, mesas=(mesa,))
        with self.house.store.write() as tx:
            assert staff.insert(tx, head)
            known = cases.mesas(tx)
            cases.put_mesas(tx, [replace(m, head_staff_id=head.id) if m.key == mesa else m for m in known])
        return head

    def looks(self) -> None:
        """The clockwork looks for what is overdue."""
        with self.house.store.write() as tx:
            escalate(tx, self.clock, self.clock.now(), 100)

    def passes(self, how_long: timedelta) -> None:
        self.clock.at += how_long


def desk_in(data: Path) -> Desk:
    clock = MovingClock(MONDAY)
    return Desk(built(Settings(data=data, database_url=IN_MEMORY, start=MONDAY), clock), clock)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = desk_in(tmp_path)
    with closing(made.house):
        yield made


# -- what she says


def test_a_case_has_a_code_to_read_aloud_and_the_time_of_its_mesa(desk: Desk) -> None:
    for mesa, hours in HOURS.items():
        case = desk.hears(desk.phone(), mesa=mesa)
        assert codes.is_valid(case.code)
        assert (case.mesa, case.due_at) == (mesa, MONDAY + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("first", "then", "is_same"),
    [
        ({}, {}, True),
        ({}, {"mesa": "none"}, True),
        ({}, {"mesa": "educacion"}, False),
        ({}, {"mesa": "educacion", "is_sure": False}, True),
        ({}, {"district": "anta"}, True),  # her own place, not one that she names
        ({}, {"district": "anta", "names_place": True}, False),
        ({}, {"district": "zurite", "names_place": True}, True),
        ({"district": ""}, {"district": "anta", "names_place": True}, True),
        ({"mesa": "none", "is_sure": False}, {"mesa": "educacion"}, True),
        ({"mesa": "none", "is_sure": False}, {"mesa": "none", "is_sure": False}, True),
        ({"mesa": "none"}, {"mesa": "educacion"}, False),
    ],
)
def test_more_words_within_the_hour_are_of_the_same_case_unless_clearly_of_another(
    desk: Desk, first: dict[str, Any], then: dict[str, Any], *, is_same: bool
) -> None:
    rosa = desk.phone()
    case = desk.hears(rosa, "uno", **first)
    desk.passes(SAME_CASE - timedelta(seconds=1))
    assert (desk.hears(rosa, "dos", **then).id == case.id) is is_same


def test_after_the_hour_or_when_she_asks_for_it_it_is_another_case(desk: Desk) -> None:
    rosa = desk.phone()
    first = desk.hears(rosa)
    asked = desk.hears(rosa, is_new=True)
    desk.passes(SAME_CASE)
    later = desk.hears(rosa)
    assert len({first.id, asked.id, later.id}) == 3


def test_the_hour_begins_anew_with_each_word(desk: Desk) -> None:
    rosa = desk.phone()
    first = desk.hears(rosa, "uno")
    for text in ("dos", "tres"):
        desk.passes(timedelta(minutes=50))
        desk.hears(rosa, text)
    assert desk.words(first) == ["uno", "dos", "tres"]


def test_an_answered_case_takes_no_more_words(desk: Desk) -> None:
    rosa = desk.phone()
    first = desk.hears(rosa)
    desk.answers(first, is_last=False)
    assert desk.hears(rosa).id != first.id


def test_more_words_tell_the_mesa_the_place_and_that_nobody_is_to_see_her(desk: Desk) -> None:
    rosa = desk.phone()
    unclear = desk.hears(rosa, mesa="none", is_sure=False, district="")
    desk.passes(timedelta(minutes=5))
    clear = desk.hears(rosa, mesa="turismo", district="anta", names_place=True, is_anonymous=True)
    assert clear.id == unclear.id
    assert (clear.mesa, clear.district, clear.is_sure, clear.is_anonymous) == ("turismo", "anta", True, True)
    assert clear.due_at == desk.clock.now() + timedelta(hours=HOURS["turismo"])


def test_two_phones_never_share_a_case(desk: Desk) -> None:
    assert desk.hears(desk.phone()).id != desk.hears(desk.phone()).id


@given(
    said=st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(0, 90),
            st.sampled_from([*HOURS, "none"]),
            st.booleans(),
            st.booleans(),
            st.sampled_from(["", "zurite", "anta"]),
        ),
        max_size=12,
    )
)
@hypothesis_settings(max_examples=30)
def test_whatever_is_said_is_in_exactly_one_case_of_hers(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[int, int, str, bool, bool, str]]
) -> None:
    desk = desk_in(tmp_path_factory.mktemp("feedback"))
    with closing(desk.house):
        phones = [desk.phone() for _ in range(3)]
        for number, (phone, minutes, mesa, is_sure, is_new, district) in enumerate(said):
            desk.passes(timedelta(minutes=minutes))
            desk.hears(phones[phone], f"{phone}:{number}", is_new=is_new, mesa=mesa, is_sure=is_sure, district=district)
        kept = cases.every(desk.house.store.read, Filter())
        words = [(case.person_id, text) for case in kept for text in desk.words(case)]
        assert sorted(text for _, text in words) == sorted(f"{each[0]}:{n}" for n, each in enumerate(said))
        assert all(phones[int(text[0])] == person_id for person_id, text in words)
        assert len({case.code for case in kept}) == len(kept)
        assert all(timedelta(0) < case.due_at - case.created_at for case in kept)


# -- what a Mesa does


def test_an_answer_reaches_everybody_who_said_it_once(desk: Desk) -> None:
    rosa, luis = desk.phone(), desk.phone()
    first, again, other = desk.hears(rosa), desk.hears(rosa, is_new=True), desk.hears(luis)
    desk.joins(first, again, other)
    assert desk.answers(first) == 2
    assert {int(each["case"]) for each in desk.told()} == {first.id, other.id}
    assert {desk.now(each).state for each in (first, again, other)} == {"closed"}
    assert [desk.now(each).served for each in (first, again, other)] == ["asked", "", "asked"]


def test_an_answer_that_is_not_the_last_leaves_the_case_answered(desk: Desk) -> None:
    case = desk.hears(desk.phone())
    desk.answers(case, is_last=False)
    assert (desk.now(case).state, desk.now(case).served) == ("answered", "")
    assert desk.history(case) == ["said", "answer"]


def test_an_answer_nobody_could_be_told_for_a_week_is_given_up(desk: Desk) -> None:
    desk.answers(desk.hears(desk.phone()))
    errand = outreach.waiting(desk.house.store.read, 10, urgent_only=False)[0]
    assert errand.expires_at == MONDAY + ANSWER_LIFE


def test_what_did_not_help_is_open_again_by_itself(desk: Desk) -> None:
    first, other = desk.hears(desk.phone()), desk.hears(desk.phone())
    desk.joins(first, other)
    desk.answers(first)
    desk.passes(timedelta(days=1))
    with desk.house.store.write() as tx:
        desk.filing(tx).reopen(desk.now(other))
    again = desk.now(other)
    assert (again.state, again.joined_to, again.reopened) == ("open", None, 1)
    assert again.due_at == desk.clock.now() + timedelta(hours=HOURS["salud"])
    assert desk.now(first).state == "closed"


def test_another_mesa_has_its_own_time_for_all_the_reports(desk: Desk) -> None:
    first, other = desk.hears(desk.phone()), desk.hears(desk.phone())
    desk.joins(first, other)
    desk.passes(timedelta(hours=10))
    with desk.house.store.write() as tx:
        desk.answering(tx).move(desk.now(first), "turismo", "es de los hoteles")
    moved = [desk.now(each) for each in (first, other)]
    assert {(each.mesa, each.due_at) for each in moved} == {("turismo", desk.clock.now() + timedelta(hours=96))}


def test_joining_keeps_the_earliest_time_of_those_who_wait(desk: Desk) -> None:
    early = desk.hears(desk.phone())
    desk.passes(timedelta(hours=5))
    late = desk.hears(desk.phone())
    desk.joins(late, early)
    assert desk.now(late).due_at == early.due_at


def test_a_case_is_closed_without_a_word_to_her_and_opened_again(desk: Desk) -> None:
    case = desk.hears(desk.phone())
    with desk.house.store.write() as tx:
        desk.answering(tx).close(case, "repetido")
    assert (desk.now(case).state, desk.now(case).served, desk.told()) == ("closed", "", [])
    with desk.house.store.write() as tx:
        desk.answering(tx).reopen(desk.now(case))
    assert (desk.now(case).state, desk.now(case).reopened) == ("open", 1)
    assert desk.history(case) == ["said", "closed", "reopened"]


def test_notes_and_who_sees_to_it_are_kept_and_not_told(desk: Desk) -> None:
    case, elsa = desk.hears(desk.phone()), desk.heads("salud")
    with desk.house.store.write() as tx:
        desk.answering(tx).note(case, "llamar a la posta")
        desk.answering(tx).assign(case, elsa.id, elsa.name)
    assert desk.now(case).assigned_to == elsa.id
    assert desk.history(case) == ["said", "note", "assigned"]
    assert desk.told() == []


# -- a Mesa's time


def test_whoever_heads_the_mesa_is_told_once_of_what_is_overdue(desk: Desk) -> None:
    desk.heads("salud")
    case = desk.hears(desk.phone())
    desk.passes(timedelta(hours=48) - timedelta(seconds=1))
    desk.looks()
    assert desk.told("vencido") == []
    desk.passes(timedelta(seconds=1))
    desk.looks()
    desk.looks()
    assert [each["code"] for each in desk.told("vencido")] == [case.code]


def test_of_joined_reports_one_is_overdue(desk: Desk) -> None:
    desk.heads("salud")
    first, other = desk.hears(desk.phone()), desk.hears(desk.phone())
    desk.joins(first, other)
    desk.passes(timedelta(hours=49))
    desk.looks()
    assert [each["code"] for each in desk.told("vencido")] == [first.code]


@pytest.mark.parametrize("is_answered", [True, False])
def test_an_answer_in_time_is_told_to_nobody_and_a_reopened_case_is(desk: Desk, *, is_answered: bool) -> None:
    desk.heads("salud")
    case = desk.hears(desk.phone())
    desk.answers(case)
    if not is_answered:
        with desk.house.store.write() as tx:
            desk.filing(tx).reopen(desk.now(case))
    desk.passes(timedelta(hours=49))
    desk.looks()
    assert len(desk.told("vencido")) == (0 if is_answered else 1)


@pytest.mark.parametrize("why_silent", ["nobody heads it", "no telephone", "left"])
def test_without_a_head_who_can_be_told_a_case_is_claimed_all_the_same(desk: Desk, why_silent: str) -> None:
    if why_silent != "nobody heads it":
        head = desk.heads("salud", phone=None if why_silent == "no telephone" else "+51984000900")
        with desk.house.store.write() as tx:
            if why_silent == "left":
                staff.disable(tx, head.id, MONDAY)
    case = desk.hears(desk.phone())
    desk.passes(timedelta(hours=49))
    desk.looks()
    assert desk.told("vencido") == []
    assert desk.now(case).escalated_at == desk.clock.now()


def test_a_head_who_is_a_resident_too_is_written_to_on_the_same_phone(desk: Desk) -> None:
    rosa = desk.phone()
    desk.heads("salud", phone="+51984000001")
    desk.hears(desk.phone())
    desk.passes(timedelta(hours=49))
    desk.looks()
    assert [each.person_id for each in outreach.waiting(desk.house.store.read, 10, urgent_only=False)] == [rosa]
