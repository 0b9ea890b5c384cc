"""Every path by which a message can leave, and that none of them passes the gate of quiet hours but answers."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.clock import LIMA
from bot.conversation.message import Inbound
from bot.records import appointments, messages, notices, outreach
from bot.records.agenda import Campaign, Clinic, Name
from bot.records.appointments import Patient
from bot.records.notices import Notice
from bot.records.outreach import Errand
from bot.service.appointments.booking import Booking
from bot.service.appointments.changes import Changes
from bot.service.notices import steering
from bot.service.outbox import Sender
from tests.test_notices import CAMPAIGN, Province

BOT = Path(__file__).parent.parent / "bot"
NOON, NIGHT, DAWN = (datetime(2027, 3, 11, *hour, tzinfo=LIMA) for hour in ((12, 0), (23, 0), (6, 59)))
HOLIDAY = datetime(2027, 3, 26, 12, 0, tzinfo=LIMA)  # Good Friday

INTO_THE_OUTBOX = {
    "records/messages.py": {"_enqueue"},
    "records/notices/recipients.py": {"feed"},
}
"""The only functions that write a row of the outbox."""

ANSWERS = {
    "service/inbox.py": "what a message is answered with",
    "service/notices/steering.py": "a trial that staff ask for on their own telephone",
}
"""Who enters an answer: it leaves at any hour, because somebody waits for it."""

BEGUN = {
    "service/outreach.py": "a flow opened for somebody: reminders, offers, errands",
    "service/notices/sending.py": "a notice",
}
"""Who begins something: it waits for a decent hour."""


def functions_that(say: Callable[[ast.AST], bool]) -> Iterator[tuple[str, str]]:
    """(file, function) of every function of ours in which `say` holds of some part."""
    for path in sorted(BOT.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and any(map(say, ast.walk(function))):
                yield path.relative_to(BOT).as_posix(), function.name


def calls(*names: str) -> Callable[[ast.AST], bool]:
    """A call of `….name(…)`, by any of these dotted endings."""

    def says(node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and ast.unparse(node.func).endswith(names)

    return says


def writes_outbox(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and "INSERT INTO outbox" in node.value


def test_only_these_functions_write_rows_that_leave() -> None:
    found: dict[str, set[str]] = {}
    for file, function in functions_that(writes_outbox):
        found.setdefault(file, set()).add(function)
    assert found == INTO_THE_OUTBOX


def test_only_one_place_hands_rows_to_a_channel_and_one_claims_them() -> None:
    assert set(functions_that(calls("_channel.send"))) == {("service/outbox.py", "_deliver")}
    assert set(functions_that(calls("messages.claim"))) == {("service/outbox.py", "_claimed")}


def test_every_path_is_an_answer_or_something_begun() -> None:
    assert {file for file, _ in functions_that(calls("messages.enqueue"))} == set(ANSWERS)
    begun = {file for file, _ in functions_that(calls("messages.enqueue_notice", "notices.feed"))}
    assert begun == set(BEGUN)


# ── each of them at night ─────────────────────────────────────────────────────────────────────────────────────────────


def reminder(province: Province, person_id: int) -> None:
    patient = Patient(province.clock.new_id(), person_id, "Luz", age_months=36)
    with province.house.store.write() as tx:
        appointments.add_patient(tx, patient, province.clock.at - timedelta(days=2))
        booking = Booking(tx, province.clock, province.clock.at - timedelta(days=2))
        booking.take(CAMPAIGN, "pediatria", patient.id, "person", or_wait=True)
        while province.house.clockwork.tick(tx, province.clock.at):
            pass


def offer(province: Province, person_id: int) -> None:
    where = ("especialistas", "zurite", "posta")
    one = Campaign("uno", Name("Uno"), *where, date(2027, 3, 20), time(8), time(12), (Clinic("odontologia", 1),))
    with province.house.store.write() as tx:
        Changes(tx, province.clock, province.clock.at, "staff").put(one)
        booking = Booking(tx, province.clock, province.clock.at)
        for name in ("Ana", "Luz"):
            patient = Patient(province.clock.new_id(), person_id, name, age_months=36)
            appointments.add_patient(tx, patient, province.clock.at)
            taken = booking.take("uno", "odontologia", patient.id, "person", or_wait=True).appointment
        first = next(each for each in appointments.open_of_person(tx, person_id, date(2027, 3, 11)) if each != taken)
        booking.cancel(first, "staff")
        while province.house.clockwork.tick(tx, province.clock.at):
            pass


def errand(province: Province, person_id: int) -> None:
    with province.house.store.write() as tx:
        later = province.clock.at + timedelta(days=30)
        new = Errand(province.clock.new_id(), person_id, "gracias", {}, later, is_urgent=False)
        outreach.add(tx, new, province.clock.at)
        while province.house.clockwork.tick(tx, province.clock.at):
            pass


def notice(province: Province, person_id: int) -> None:
    province.launch(about="", text_es="Reunión", text_quz="Huñunakuy", expires_at=HOLIDAY + timedelta(days=9))
    province.look()


PATHS = {"reminder": reminder, "offer": offer, "errand": errand, "notice": notice}


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Province]:
    opened = Province(tmp_path)
    with closing(opened):
        yield opened


def claimed(province: Province, moment: datetime) -> list[int]:
    """What the sender's one gate lets pass at a moment."""
    province.clock.at = moment
    sender: Sender = province.senders[0]
    with province.house.store.write() as tx:
        rows = sender._claimed(tx, 100, 100)
        for row in rows:
            messages.put_back(tx, row.out.id, moment, ambiguous=False, is_counted=False)
    return [row.out.id for row in rows]


@pytest.mark.parametrize("path", PATHS)
def test_what_we_begin_waits_for_a_decent_hour(province: Province, path: str) -> None:
    province.clock.at = NOON
    PATHS[path](province, province.person("zurite"))
    assert len(claimed(province, NOON)) == 1, "the path began nothing: it is not tried"
    assert claimed(province, NIGHT) == []
    assert claimed(province, DAWN + timedelta(days=1)) == []


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_even_begun_at_night(province: Province, path: str) -> None:
    province.clock.at = NIGHT
    PATHS[path](province, province.person("zurite"))
    assert province.house.store.read.all("SELECT id FROM outbox") == []


def test_on_a_holiday_notices_wait_and_what_concerns_one_person_does_not(province: Province) -> None:
    person = province.person("zurite")
    province.clock.at = HOLIDAY - timedelta(days=1, hours=26)
    for path in (errand, notice):
        path(province, person)
    assert len(claimed(province, HOLIDAY)) == 1
    assert len(claimed(province, HOLIDAY + timedelta(days=1))) == 2


def test_an_answer_leaves_at_any_hour(province: Province) -> None:
    person = province.person()
    address = province.address(person)
    province.clock.at = NIGHT
    with province.house.store.write() as tx:
        message = Inbound("twilio", "sms", address, "SM1", "MENU")
        province.house.inbox.take(tx, message)
    assert len(claimed(province, NIGHT)) == 1


def test_a_trial_on_ones_own_telephone_leaves_at_any_hour(province: Province) -> None:
    person = province.person()
    written: Notice = province.draft()
    province.clock.at = NIGHT
    with province.house.store.write() as tx:
        steering.send_trial(
            tx, province.knowledge, province.clock, written, province.address(person), NIGHT, province.tariff.ways
        )
    assert len(claimed(province, NIGHT)) == 1
    assert notices.progress(province.house.store.read, written.id).people == 0
