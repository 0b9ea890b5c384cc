"""What she was told is known, BORRAR leaves neither number nor words, and words do not last: the rows and counts do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from bot.app import House
from bot.conversation.message import Medium
from bot.language import sms as segments
from bot.records import agenda, appointments, cases, directory, messages, outreach, people, pins, privacy
from bot.records.agenda import Campaign, Clinic, Name, Promoter
from bot.records.appointments import Patient
from bot.records.outreach import Errand
from bot.service import privacy as rights
from bot.service.appointments.booking import Booking
from bot.service.appointments.changes import Changes
from bot.service.feedback.answering import Answering
from bot.settings import Settings
from tests.running import JUAN, ROSA, built, count, everything, say, sms, take
from tests.talks import MONDAY, MovingClock

DAY = "zurite_20270312"
WORDS = "la compuerta del canal de riego de Zurite esta rota hace un mes"
REPLY = "La cuadrilla va el jueves."
NAMES = ("Luis Mamani Huaman", "Rosa Quispe")
KEPT = timedelta(days=365)
ELSA = "+51984000333"


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock(MONDAY)


@pytest.fixture
def house(tmp_path: Path, clock: MovingClock) -> Iterator[House]:
    made = built(Settings(data=tmp_path), clock)
    yield made
    made.close()


def person(house: House, number: str = ROSA) -> people.Person:
    found = people.load(house.store.read, f"tel:{number}")
    assert found
    return found


def speak(house: House) -> None:
    """All that Rosa does on one day: asks, says where she is from, registers two people, complains, is answered."""
    say(house, "soy de Zurite, que obras hay", ROSA)
    say(house, "feria de compone", ROSA)
    say(house, WORDS, ROSA)
    rosa = person(house)
    with house.store.write() as tx:
        now = house.clock.now()
        people.set_place(tx, rosa.id, "zurite", None)
        clinic = Clinic("pediatria", 6)
        day = Campaign(
            DAY, Name("Campaña"), "especialistas", "zurite", "posta", date(2027, 3, 12), time(8), clinics=(clinic,)
        )
        Changes(tx, house.clock, now, "test").put(day)
        agenda.remove_samples(tx, "campaigns")
        for name in NAMES:
            patient = Patient(house.clock.new_id(), rosa.id, name, age_months=60, consent="given")
            appointments.add_patient(tx, patient, now)
            Booking(tx, house.clock, now).take(DAY, "pediatria", patient.id, "person")
        (case,) = cases.of_person(tx, rosa.id)
        Answering(tx, house.clock, now, None).answer(case, REPLY, REPLY, is_last=True)
        messages.set_aside(tx, house.clock.new_id(), "telegram", f"odd {ROSA}", "unreadable", now)
    send(house)


def send(house: House) -> None:
    """What waits leaves, what it tells of leaves too, and what was kept long enough goes, as the clockwork and the
    senders do it."""
    with house.store.write() as tx:
        while house.clockwork.tick(tx, house.clock.now()):
            pass
        while house.clockwork.tidy(tx, house.clock.now()):
            pass
        for row in house.store.read.all("SELECT id FROM outbox WHERE state = 'waiting'"):
            messages.sent(tx, row["id"], f"SM{row['id']}", house.clock.now())
            messages.scrub_if_erased(tx, row["id"])


def traces(house: House) -> list[str]:
    """Every value of the database that holds her number, or words of hers or to her."""
    told = ("984000111", "compuerta", "obras hay", "cuadrilla", "Luis Mamani", "Rosa Quispe")
    return [line for line in everything(house.store).splitlines() if any(word in line for word in told)]


# ── what she was told ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_greeting_is_kept_with_its_wording_its_language_and_its_time(house: House, clock: MovingClock) -> None:
    say(house, "zuritepi ima obran kashan", ROSA)
    (told,) = privacy.notices(house.store.read, person(house).id)
    assert (told.language, told.shown_at) == ("quz", clock.now())
    assert told.text.startswith("Chaski: Anta provinciapa willakuynin.")
    assert told.version == rights.version(told.text)
    say(house, "menu", ROSA)
    assert count(house.store, "privacy_notices") == 1


def test_each_wording_is_a_version_of_its_own(house: House) -> None:
    said: list[tuple[str, Medium, str]] = [
        ("que obras hay en zurite", "sms", ROSA),
        ("que obras hay en zurite", "telegram", "telegram:4711"),
        ("zuritepi ima obran kashan", "sms", JUAN),
    ]
    for text, medium, sender in said:
        take(house, sms(text, sender, medium=medium))
    assert count(house.store, "(SELECT DISTINCT version FROM privacy_notices) AS told") == 3


# ── her rights on the phone ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["es", "quz"])
def test_datos_tells_everything_in_two_segments(house: House, language: str) -> None:
    speak(house)
    rosa = person(house)
    with house.store.write() as tx:
        people.set_language(tx, rosa.id, language, is_chosen=True)
    code = cases.of_person(house.store.read, rosa.id)[0].code
    (told,) = say(house, "datos", ROSA)
    assert all(part in told for part in ("Zurite", *NAMES, code, "BORRAR"))
    for number in range(12):
        with house.store.write() as tx:
            patient = Patient(house.clock.new_id(), rosa.id, f"Maximiliana Ccorimanya Huallpa {number}")
            appointments.add_patient(tx, patient, house.clock.now())
    (told,) = say(house, "datos", ROSA)
    assert "Maximiliana Ccorimanya Hua, Maximiliana Ccorimanya Hua +12." in told
    assert segments.count(told).segments <= 2


def test_borrar_leaves_neither_number_nor_words(house: House) -> None:
    speak(house)
    assert traces(house)
    before = {table: count(house.store, table) for table in ("inbound", "cases", "case_entries", "appointments")}
    say(house, "borrar", ROSA)
    say(house, "1", ROSA)
    send(house)
    assert traces(house) == []
    assert {table: count(house.store, table) for table in before} == before | {"inbound": before["inbound"] + 2}
    assert count(house.store, "appointments", "state = 'booked'") == 0
    assert count(house.store, "outreach", "closed_at IS NULL") == 0
    assert count(house.store, "interests") == 0


def test_after_borrar_nobody_writes_to_the_number_until_its_owner_does(house: House, clock: MovingClock) -> None:
    speak(house)
    say(house, "borrar", ROSA)
    say(house, "1", ROSA)
    send(house)
    with house.store.write() as tx:
        new = people.create(tx, house.clock.new_id(), f"tel:{ROSA}", clock.now())  # from a list of the municipality
        add_errand(house, new.id)
    send(house)
    assert count(house.store, "outreach", "outcome = 'unreachable'") == 1
    assert count(house.store, "outbox", "address = ?", f"tel:{ROSA}") == 0
    say(house, "menu", ROSA)
    with house.store.write() as tx:
        add_errand(house, new.id)
    send(house)
    assert count(house.store, "outreach", "outcome = 'said'") == 2  # the answer to her case before, and this one


@pytest.mark.parametrize("forgets", ["BORRAR", "a new owner"])
def test_a_promoters_chat_is_forgotten_and_she_stays_a_promoter(house: House, forgets: str) -> None:
    chat = "telegram:4711"
    take(house, sms("menu", chat, medium="telegram"))
    known = people.load(house.store.read, chat)
    assert known
    with house.store.write() as tx:
        agenda.put_promoters(tx, [Promoter(ELSA, "Elsa", ("compone",), "es")])
        agenda.link_promoter(tx, chat, ELSA, house.clock.now())
        pins.keep_proof(tx, chat, ELSA, MONDAY.date())
    with house.store.write() as tx:
        if forgets == "BORRAR":
            rights.erase(tx, house.clock, house.clock.now(), known.id)
        else:
            rights.pass_on(tx, house.clock.now(), known.id)
    assert (count(house.store, "promoter_addresses"), count(house.store, "promoter_pin_days")) == (0, 0)
    assert [each.name for each in agenda.all_promoters(house.store.read)] == ["Elsa"]


def add_errand(house: House, person_id: int) -> None:
    now = house.clock.now()
    values = {"code": "K7M2P", "mesa": {"es": "Salud", "quz": "Salud"}}
    until = now + timedelta(days=1)
    errand = Errand(house.clock.new_id(), person_id, "vencido", values, until, is_urgent=False)
    outreach.add(house.store.connection, errand, now)


# ── words do not last ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_words_and_names_go_when_their_time_is_over_and_counts_stay(house: House, clock: MovingClock) -> None:
    speak(house)
    say(house, "BAJA no me escriban de la compuerta", ROSA)
    say(house, "BAJA", ROSA)
    send(house)
    tables = ("inbound", "outbox", "cases", "case_entries", "patients", "appointments", "consents", "people")
    before = {table: count(house.store, table) for table in tables}
    clock.at = MONDAY + KEPT - timedelta(hours=1)
    send(house)
    assert [word for word in ("compuerta", "cuadrilla") if word not in "\n".join(traces(house))] == []
    assert count(house.store, "interests") == 2
    clock.at = MONDAY + KEPT + timedelta(hours=1)
    send(house)
    assert count(house.store, "interests") == 0
    left = traces(house)
    assert "\n".join(left).count("Luis Mamani") == 1  # her campaign was eleven days later
    clock.at = MONDAY + KEPT + timedelta(days=13)
    send(house)
    assert traces(house) == [f"addresses: tel:{ROSA}"]
    assert {table: count(house.store, table) for table in tables} == before
    (case,) = cases.of_person(house.store.read, person(house).id)
    assert (case.state, case.district) == ("closed", "zurite")


def test_an_open_case_and_a_coming_campaign_keep_their_words(house: House, clock: MovingClock) -> None:
    speak(house)
    say(house, "otra queja: no hay medicinas en la posta", JUAN)
    clock.at = MONDAY + KEPT + timedelta(days=1)
    with house.store.write() as tx:
        tx.run("UPDATE campaigns SET held_on = ?", (clock.at + timedelta(days=2)).date().isoformat())
    send(house)
    (case,) = cases.of_person(house.store.read, person(house, JUAN).id)
    assert "medicinas" in cases.entries(house.store.read, [case.id])[0].body
    assert count(house.store, "inbound", "body IS NOT NULL") == 0
    assert [each.name for each in directory.patients(house.store.read, person(house).id)] == list(NAMES)


def test_a_long_time_is_caught_up_in_small_steps(house: House, clock: MovingClock) -> None:
    for n in range(7):
        say(house, f"que obras hay {n}", ROSA)
    with house.store.write() as tx:
        tx.run("UPDATE outbox SET state = 'sent'")
    later = MONDAY + KEPT + timedelta(days=1)
    sizes = []
    while True:
        with house.store.write() as tx:
            sizes.append(rights.let_go(tx, later, KEPT, limit=3))
        if not sizes[-1]:
            break
    assert max(sizes) <= 6  # three that came and three that went
    assert count(house.store, "inbound", "body IS NOT NULL") == 0
    assert count(house.store, "outbox", "body <> '' OR address <> ''") == 0


def test_the_time_is_a_setting(tmp_path: Path, clock: MovingClock) -> None:
    house = built(Settings(data=tmp_path / "short", retention_days=30), clock)
    say(house, "que obras hay", ROSA)
    send(house)
    clock.at = MONDAY + timedelta(days=31)
    send(house)
    assert traces(house) == [f"addresses: tel:{ROSA}"]
    house.close()


# ── a number with a new owner ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_number_that_has_a_new_owner_begins_anew(house: House) -> None:
    speak(house)
    juana = person(house)
    say(house, "menu", ROSA)
    with house.store.write() as tx:
        add_errand(house, juana.id)
        rights.pass_on(tx, house.clock.now(), juana.id)
    send(house)
    assert [line for line in traces(house) if "984000111" in line] == [
        line for line in traces(house) if line.startswith("dead_letters")
    ]
    assert count(house.store, "appointments", "state = 'booked'") == 2
    (first, *_) = say(house, "mi cita", ROSA)
    assert "Luis" not in first
    assert person(house).id != juana.id


# ── the same on PostgreSQL ────────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_the_same_on_postgresql(postgres_url: str, tmp_path: Path, clock: MovingClock) -> None:
    house = built(Settings(data=tmp_path, database_url=postgres_url), clock)
    speak(house)
    rosa = person(house)
    tx = house.store.read
    assert directory.by_last_digits(tx, "111") == [rosa.id]
    assert [each.names for each in directory.listed(tx, [rosa.id])] == [NAMES]
    assert len(directory.messages(tx, rosa.id, clock.now() + timedelta(days=1), 50)) > 3
    assert [each.name for each in directory.appointments(tx, rosa.id, 5)] == list(reversed(NAMES))
    clock.at = MONDAY + KEPT + timedelta(days=13)
    send(house)
    assert count(house.store, "inbound", "body IS NOT NULL") == 0
    assert count(house.store, "case_entries", "body <> ''") == 0
    assert count(house.store, "patients", "name <> ''") == 0
    with house.store.write() as writing:
        rights.erase(writing, house.clock, clock.now(), rosa.id)
    assert count(house.store, "addresses") == 0
    house.close()
