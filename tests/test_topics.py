"""Whoever wrote hears of every topic until she says BAJA; only ALTA opens again; a slip of the thumb is neither."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app import House
from bot.clock import LIMA, to_text
from bot.conversation import session as sessions
from bot.conversation.flows import word_key
from bot.language import sms as lengths
from bot.language.catalogue import LANGUAGES
from bot.language.folding import andean
from bot.records import appointments, messages, people, topics
from bot.records.agenda import Campaign, Clinic, Name
from bot.records.appointments import Patient
from bot.records.store import Connection
from bot.records.topics import TOPICS
from bot.service import privacy
from bot.service.appointments.booking import Booking
from bot.service.appointments.changes import Changes
from bot.service.knowledge import Knowledge
from bot.settings import Settings
from tests import running
from tests.running import ROSA, built, say, sms
from tests.talks import MONDAY, MovingClock

ALL = dict.fromkeys(TOPICS, True)
PHONES = count(1)


@pytest.fixture(scope="module")
def clock() -> MovingClock:
    return MovingClock(MONDAY)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, clock: MovingClock) -> Iterator[House]:
    made = built(Settings(data=tmp_path_factory.mktemp("topics"), limits=False), clock)
    yield made
    made.close()


@pytest.fixture
def phone(house: House) -> str:
    return newcomer(house)


def newcomer(house: House, language: str = "es") -> str:
    """A number that has written in `language`."""
    number = f"+5198{next(PHONES):07}"
    say(house, "CASTELLANO" if language == "es" else "RUNASIMI", number)
    return number


def person(house: House, number: str) -> people.Person:
    found = people.load(house.store.read, f"tel:{number}")
    assert found
    return found


def choices(house: House, number: str) -> dict[str, bool]:
    return topics.choices(house.store.read, person(house, number).id)


def refused(house: House, number: str) -> set[str]:
    return {topic for topic, is_wanted in choices(house, number).items() if not is_wanted}


def knowledge(house: House) -> Knowledge:
    return house.library.knowledge(house.store.read)


# ── which topics are meant ────────────────────────────────────────────────────────────────────────────────────────────

NAMED = {
    "fairs": "BAJA FERIAS|baja feria|Baja: ferias.|baja a las ferias|no quiero avisos de ferias"
    "|ya no me avisen de la feria|baja feriamanta|baja feriakunamanta|baja qhatumanta|ama feriamanta willawaychu"
    "|feriakunamanta amaña willawaychu",
    "works": "BAJA OBRAS|baja obras de agua|no quiero mensajes de obras|baja obramanta"
    "|amaña obrakunamanta willawaychischu",
    "campaigns": "BAJA CAMPAÑAS|baja salud|baja campaña de salud|baja campañamanta|amaña campañamanta willawaychu",
    "cuts": "BAJA CORTES|baja agua|baja cortes de agua|baja caminos|baja carretera|baja unumanta|baja ñanmanta"
    "|baja unu wisq'akuymanta",
}


@pytest.mark.parametrize(
    ("topic", "said"), [(topic, said) for topic, each in NAMED.items() for said in each.split("|")]
)
def test_a_stop_that_names_one_topic_stops_that_one(house: House, phone: str, topic: str, said: str) -> None:
    say(house, said, phone)
    assert choices(house, phone) == ALL | {topic: False}
    assert person(house, phone).opted_out_at is None


def test_two_topics_are_two(house: House, phone: str) -> None:
    say(house, "baja ferias y obras", phone)
    assert refused(house, phone) == {"fairs", "works"}


UNSURE = (
    "BAJA|baja por favor|BAJA todo|baja todas las ferias y obras|BAJA menos ferias|BAJA xyz|baja señorita ya no quiero"
    "|no quiero avisos, solo de ferias|baja llapanmanta|bajata munani|no quiero volver a recibir mensajes|BAJA 2"
    "|ya no me manden mensajes que hay baja tension"
)


@pytest.mark.parametrize("said", UNSURE.split("|"))
def test_a_stop_that_is_not_clear_stops_everything(house: House, phone: str, said: str) -> None:
    say(house, said, phone)
    assert person(house, phone).opted_out_at
    assert choices(house, phone) == ALL


ADJECTIVES = (
    "baja presion de agua en compone|baja tension de luz|baja el rio muy fuerte|baja un huayco por la quebrada"
    "|alta tension, cayo un poste|alta temperatura tiene la leche"
)


@pytest.mark.parametrize("said", ADJECTIVES.split("|"))
def test_how_something_is_says_nothing_of_notices(house: House, phone: str, said: str) -> None:
    before = running.count(house.store, "cases")
    say(house, said, phone)
    assert (person(house, phone).opted_out_at, choices(house, phone)) == (None, ALL)
    assert running.count(house.store, "cases") == before + 1  # nothing that she tells is lost


# ── only ALTA opens again ─────────────────────────────────────────────────────────────────────────────────────────────

STOPS = ["BAJA", "stop", "amaña", "QUIT", "BAJA FERIAS", "baja obrakunamanta", "no quiero avisos de campañas"]
OPENS = {
    "ALTA": TOPICS,
    "unstop": TOPICS,
    "altata munani": TOPICS,
    "ALTA FERIAS": ("fairs",),
    "alta obrakunamanta": ("works",),
}
OTHERS = [
    *(
        "hola",
        "si",
        "ari",
        "ya",
        "ok",
        "feria en compone",
        "menu",
        "avisos",
        "gracias",
        "datos",
        "quiero recibir avisos",
    ),
    *(
        "willakuykunata chaskiyta munani",
        "avisenme de las ferias",
        "alta ferias menos obras",
        "ALTO",
        "halta",
        "1 feria",
    ),
    *("suscribirme otra vez", "willaway", "para", "cancelar", "2007", "ayuda", "zurite", "alta tension en zurite"),
]


@settings(max_examples=40)
@given(st.lists(st.sampled_from([*STOPS, *OPENS, *OTHERS]), max_size=9))
def test_only_alta_opens_again(house: House, said: list[str]) -> None:
    phone = newcomer(house)
    for text in said:
        was_out, was_refused = person(house, phone).opted_out_at, refused(house, phone)
        say(house, text, phone)
        opened = set(OPENS.get(text, ()))
        if was_out and not person(house, phone).opted_out_at:
            assert opened
            assert {topic for topic, hears in choices(house, phone).items() if hears} <= opened
        assert was_refused - refused(house, phone) <= opened


@settings(max_examples=25)
@given(st.lists(st.sampled_from(OTHERS), max_size=6))
def test_who_never_said_it_hears_of_everything(house: House, said: list[str]) -> None:
    phone = newcomer(house)
    for text in (each for each in said if each != "ALTO"):
        say(house, text, phone)
    assert (person(house, phone).opted_out_at, choices(house, phone)) == (None, ALL)


def test_alta_after_baja_opens_every_topic(house: House, phone: str) -> None:
    for text in ("BAJA FERIAS", "BAJA", "ALTA"):
        say(house, text, phone)
    assert (person(house, phone).opted_out_at, choices(house, phone)) == (None, ALL)


def test_alta_to_one_topic_after_baja_to_all_opens_that_one_alone(house: House, phone: str) -> None:
    say(house, "BAJA", phone)
    say(house, "ALTA OBRAS", phone)
    assert person(house, phone).opted_out_at is None
    assert choices(house, phone) == dict.fromkeys(TOPICS, False) | {"works": True}


def test_what_was_asked_for_by_name_stays_asked_for(house: House, phone: str) -> None:
    for text in ("ALTA FERIAS", "BAJA OBRAS", "ALTA"):
        say(house, text, phone)
    assert choices(house, phone) == ALL
    assert running.count(house.store, "topic_choices", "person_id = ? AND is_wanted = 1", person(house, phone).id) == 1


# ── stop words are whole words, at any moment ─────────────────────────────────────────────────────────────────────────

ENGLISH_STOPS = "STOP STOPALL UNSUBSCRIBE END QUIT CANCEL REVOKE OPTOUT".split()
ENGLISH_STARTS = "START YES UNSTOP".split()


@pytest.mark.parametrize("word", ENGLISH_STOPS)
def test_the_providers_words_stop(house: House, phone: str, word: str) -> None:
    say(house, word.capitalize(), phone)
    assert person(house, phone).opted_out_at


@pytest.mark.parametrize("word", ENGLISH_STARTS)
def test_the_providers_words_start(house: House, phone: str, word: str) -> None:
    say(house, "STOP", phone)
    say(house, word.lower(), phone)
    assert person(house, phone).opted_out_at is None


@pytest.mark.parametrize("word", ["HELP", "info"])
def test_the_providers_words_help(house: House, phone: str, word: str) -> None:
    (told,) = say(house, word, phone)
    assert "BAJA" in told


QUESTIONS = {
    "a menu": ("menu",),
    "free words for a Mesa": ("queja",),
    "for whom": ("cita pediatra", "1"),
    "yes or no": ("borrar",),
    "which topics": ("avisos", "zurite"),
    "a place": ("avisos",),
    "a language": ("idioma",),
}
WORDS = [
    "STOP",
    "baja",
    "BAJA FERIAS",
    "amaña willawaychu",
    "no quiero avisos",
    "REVOKE",
    "alto",
    "manaña willakuyta munanichu",
]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("asked", QUESTIONS.values(), ids=QUESTIONS)
def test_a_stop_word_is_obeyed_before_any_question(house: House, phone: str, asked: tuple[str, ...], word: str) -> None:
    for text in asked:
        say(house, text, phone)
    assert len(say(house, word, phone)) == 1
    assert bool(person(house, phone).opted_out_at) == (word != "BAJA FERIAS")
    assert sessions.load(person(house, phone).session).frames == []
    assert running.count(house.store, "cases", "person_id = ?", person(house, phone).id) == 0


COMPLAINTS = [
    "ya no me avisan cuando hay campaña, no me manden mensajes falsos",
    "no quiero mensajes del profesor en la noche",
]


@pytest.mark.parametrize("said", COMPLAINTS)
def test_asked_for_her_complaint_she_may_speak_of_messages(house: House, phone: str, said: str) -> None:
    say(house, "queja", phone)
    say(house, said, phone)
    assert person(house, phone).opted_out_at is None
    assert running.count(house.store, "cases", "person_id = ?", person(house, phone).id) == 1


@pytest.mark.parametrize(
    ("said", "is_out", "without"), [("BAJA", True, set()), ("amaña", True, set()), ("baja ferias", False, {"fairs"})]
)
def test_who_wrote_too_much_to_be_answered_is_obeyed(
    tmp_path: Path, said: str, is_out: bool, without: set[str]
) -> None:
    strict = built(Settings(data=tmp_path), MovingClock(MONDAY))
    while say(strict, "menu"):
        pass
    assert say(strict, said) == []
    assert (bool(person(strict, ROSA).opted_out_at), refused(strict, ROSA)) == (is_out, without)
    strict.close()


LETTERS = "abehiklnopqrstuyz"


def slips(word: str) -> set[str]:
    """Everything that one wrong, missing, further or swapped letter makes of a word, but another way to spell it."""
    cut = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    made = {head + tail[1:] for head, tail in cut if tail}
    made |= {head + letter + tail[1:] for head, tail in cut if tail for letter in LETTERS}
    made |= {head + letter + tail for head, tail in cut for letter in LETTERS}
    made |= {head + tail[1] + tail[0] + tail[2:] for head, tail in cut if len(tail) > 1}
    return {slip for slip in made if slip and spelling(slip) != spelling(word)}


def spelling(word: str) -> str:
    return andean(word_key(word))


@pytest.mark.parametrize("word", ["baja", "stop", "alto", "basta", "end", "quit", "cancel", "amaña", "alta", "start"])
def test_no_slip_of_the_thumb_stops_or_starts(house: House, word: str) -> None:
    known = knowledge(house)
    book = known.conversation.flows
    binding = {spelling(each): name for name in ("baja", "alta", "cancel") for each in book.flows[name].words.all()}
    for slip in slips(word):
        if spelling(slip) in binding:
            continue  # it is another of these words
        flow, reading = book.by_word.get(word_key(slip)), known.read(slip, "es", MONDAY)
        assert flow is None or flow.flow not in ("baja", "alta", "cancel"), slip
        assert not (reading.is_sure and reading.intent == "opt_out"), slip


@pytest.mark.parametrize("said", ["para", "paran", "paramushan", "paraqa", "Para."])
def test_rain_is_no_stop(house: House, phone: str, said: str) -> None:
    say(house, said, phone)
    assert person(house, phone).opted_out_at is None


@pytest.mark.parametrize("said", ["ama hina kaspa willakuyta apachimuway", "ama hina kaspa willaway feriamanta"])
def test_please_is_no_do_not(house: House, said: str) -> None:
    phone = newcomer(house, "quz")
    say(house, said, phone)
    assert (person(house, phone).opted_out_at, choices(house, phone)) == (None, ALL)


# ── CANCEL and the provider's own answer, with an appointment ─────────────────────────────────────────────────────────


def book(house: House, number: str) -> int:
    """An appointment for her child; its id."""
    key, now = f"zurite_{number}", house.clock.now()
    day = now.astimezone(LIMA).date() + timedelta(days=9)
    campaign = Campaign(
        key, Name("Campaña"), "especialistas", "zurite", "posta", day, time(8), clinics=(Clinic("pediatria", 1),)
    )
    with house.store.write() as tx:
        Changes(tx, house.clock, now, "test").put(campaign)
        patient = Patient(house.clock.new_id(), person(house, number).id, "Luz Mamani", age_months=48)
        appointments.add_patient(tx, patient, now)
        taken = Booking(tx, house.clock, now).take(key, "pediatria", patient.id, "person").appointment
    assert taken
    return taken.id


def is_booked(house: House, appointment_id: int) -> bool:
    held = appointments.one(house.store.read, appointment_id)
    return held is not None and held.state == "booked"


def test_cancel_with_an_appointment_does_nothing_before_it_is_clear(house: House, phone: str) -> None:
    held = book(house, phone)
    (asked,) = say(house, "CANCEL", phone)
    assert asked.startswith("¿Qué cancelamos?")
    assert (is_booked(house, held), person(house, phone).opted_out_at) == (True, None)
    say(house, "2", phone)
    assert is_booked(house, held)
    assert person(house, phone).opted_out_at


@pytest.mark.parametrize("word", ["cancelar", "cancelay"])
def test_our_own_word_for_it_is_about_the_appointment(house: House, phone: str, word: str) -> None:
    held = book(house, phone)
    (asked,) = say(house, word, phone)
    assert "Luz Mamani" in asked
    say(house, "1", phone)
    assert not is_booked(house, held)
    assert person(house, phone).opted_out_at is None


@pytest.mark.parametrize(
    ("said", "kind", "is_out"),
    [
        ("STOP", "STOP", True),
        ("Stop", "STOP", True),
        ("CANCEL", "STOP", True),
        ("START", "START", False),
        ("HELP", "HELP", None),
    ],
)
@pytest.mark.parametrize("was_out", [True, False])
def test_what_the_provider_has_answered_is_written_down_in_silence(
    house: House, phone: str, said: str, kind: str, is_out: bool | None, was_out: bool
) -> None:
    held = book(house, phone)
    say(house, "BAJA FERIAS", phone)
    if was_out:
        say(house, "BAJA", phone)
    consents = running.count(house.store, "consents", "person_id = ?", person(house, phone).id)
    assert say(house, said, phone, opt_out_type=kind) == []
    now = person(house, phone)
    assert bool(now.opted_out_at) == (was_out if is_out is None else is_out)
    assert is_booked(house, held)
    assert running.count(house.store, "consents", "person_id = ?", now.id) == consents + (kind != "HELP")
    assert refused(house, phone) == (set() if kind == "START" else {"fairs"})
    assert running.count(house.store, "inbound", "person_id = ? AND state = 'silent'", now.id) == 1


# ── what waits, what is kept ──────────────────────────────────────────────────────────────────────────────────────────


def put_notice(tx: Connection, house: House, number: str, topic: str) -> int:
    """A notice of a topic that waits for her in the outbox."""
    notice_id, row_id, now = house.clock.new_id(), house.clock.new_id(), house.clock.now()
    tx.run(
        "INSERT INTO notices (id, name, topic, state, author, created_at) VALUES (?, 'x', ?, 'sending', 'test', ?)",
        *(notice_id, topic, to_text(now)),
    )
    draft, known = messages.Draft("Aviso", "Aviso", (), "GSM-7", 1), person(house, number)
    until = now + timedelta(hours=1)
    messages.enqueue_notice(tx, row_id, sms(sender=number), known.id, draft, now, until, is_urgent=False)
    tx.run("UPDATE outbox SET notice_id = ? WHERE id = ?", notice_id, row_id)
    return row_id


def states(house: House, rows: list[int]) -> list[str]:
    found = [house.store.read.one("SELECT state FROM outbox WHERE id = ?", row) for row in rows]
    return [row["state"] for row in found if row]


def test_what_waits_of_a_stopped_topic_stays_here(house: House, phone: str) -> None:
    neighbour = newcomer(house)
    with house.store.write() as tx:
        rows = [put_notice(tx, house, phone, "fairs"), put_notice(tx, house, phone, "works")]
        rows.append(put_notice(tx, house, neighbour, "fairs"))
    say(house, "BAJA FERIAS", phone)
    assert states(house, rows) == ["dropped", "waiting", "waiting"]
    say(house, "BAJA", phone)
    assert states(house, rows) == ["dropped", "dropped", "waiting"]


def test_borrar_forgets_what_she_chose(house: House, phone: str) -> None:
    say(house, "BAJA FERIAS", phone)
    rosa = person(house, phone)
    say(house, "borrar", phone)
    say(house, "1", phone)
    assert running.count(house.store, "topic_choices", "person_id = ?", rosa.id) == 0


def test_her_words_are_let_go_and_her_choice_stays(house: House, phone: str, clock: MovingClock) -> None:
    say(house, "baja ferias, soy Rosalinda", phone)
    rosa = person(house, phone)
    kept = ("topic_choices", "person_id = ? AND said_by LIKE '%Rosalinda%'", rosa.id)
    with house.store.write() as tx:
        privacy.let_go(tx, clock.now() + timedelta(days=364), timedelta(days=365))
        assert running.count(house.store, *kept) == 1
    with house.store.write() as tx:
        while privacy.let_go(tx, clock.now() + timedelta(days=366), timedelta(days=365)):
            pass
    assert running.count(house.store, *kept) == 0
    assert refused(house, phone) == {"fairs"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_topics_are_told_in_two_segments(house: House, language: str) -> None:
    phone = newcomer(house, language)
    for text in (
        "BAJA FERIAS OBRAS SALUD CORTES",
        "avisos",
        "chinchaypujio",
        "ALTA FERIAS OBRAS SALUD CORTES",
        "datos",
    ):
        (told,) = say(house, text, phone)
        assert lengths.count(told).segments <= 2, told
    assert "AVISOS" in told


def test_every_topic_has_a_name_in_both_languages(house: House) -> None:
    names = [knowledge(house).topic_name(topic) for topic in TOPICS]
    assert all(set(name) == set(LANGUAGES) and name["es"] != name["quz"] for name in names)
    assert all(name["es"][0].islower() for name in names)


def test_it_is_the_same_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    there = built(Settings(data=tmp_path, database_url=postgres_url), MovingClock(MONDAY))
    for text in ("CASTELLANO", "BAJA FERIAS", "BAJA", "ALTA OBRAS", "BAJA OBRAS", "ALTA"):
        say(there, text)
    assert choices(there, ROSA) == ALL
    say(there, "BAJA CORTES")
    with there.store.write() as tx:
        assert topics.let_go(tx, MONDAY + timedelta(days=1), 10) == 1
    assert refused(there, ROSA) == {"cuts"}
    there.close()
