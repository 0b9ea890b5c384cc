"""A promoter's AVISO: only to her comunidades, with her PIN, what she has seen, three a day; and its files."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.app import House
from bot.channels.telegram import TelegramChannel
from bot.clock import LIMA
from bot.conversation.flows import Part
from bot.conversation.message import Attachment
from bot.conversation.rendering import Renderer, Utterance
from bot.desk.avisos.files import Files
from bot.language import sms as letters
from bot.records import agenda, audit, messages, notices, people, pins, staff
from bot.records.agenda import Campaign, Clinic, Name, Promoter
from bot.records.notices import Audience, Notice, Template
from bot.records.staff import Staff
from bot.service import pins as proofs
from bot.service.notices import by_promoter, steering
from bot.service.notices.by_promoter import LONGEST_LETTERS, MOST_A_DAY
from bot.service.outbox import Attachments, Sender, no_files
from bot.service.pace import Pace, one
from bot.settings import Settings
from tests.fakes import BOT_TOKEN, FakeTelegram
from tests.running import ROSA, built, count, everything, say, serving, sms, take, until
from tests.talks import IN_MEMORY, MONDAY, MovingClock

LUZ, ELSA = "+51984000333", "+51984000444"
HERS = ("compone", "tambo_real")
MEETING = "AVISO Reunión de madres el viernes 5 de marzo, 3 pm"
PEDIATRICIAN = "AVISO Vecinos: el 12 de marzo hay pediatra en Anta. Traigan a sus niños."


class Province:
    """The service without its network: promoters, and people of three comunidades who have written."""

    def __init__(self, data: Path, **more: object) -> None:
        self.clock = MovingClock(MONDAY)
        given = replace(Settings(data=data, database_url=IN_MEMORY, start=MONDAY, limits=False), **more)  # type: ignore[arg-type]
        self.house: House = built(given, self.clock)
        self.knowledge = self.house.library.knowledge(self.house.store.read)
        with self.house.store.write() as tx:
            agenda.remove_samples(tx, "campaigns")
            agenda.put_promoters(tx, [Promoter(LUZ, "Luz", HERS, "es"), Promoter(ELSA, "Elsa", ("compone",), "es")])
        for number, home in enumerate((*HERS, "zurite")):
            self.reader(number, home)

    def reader(self, number: int, home: str, language: str = "es", channel: str = "twilio") -> None:
        address, now = f"tel:+51970000{number:03}", self.clock.now()
        with self.house.store.write() as tx:
            person = people.create(tx, self.clock.new_id(), address, now)
            people.set_language(tx, person.id, language, is_chosen=True)
            people.set_place(tx, person.id, self.knowledge.district_of(home), home)
            wrote = replace(sms("hola", address), channel=channel)
            messages.record(tx, self.clock.new_id(), wrote, person.id, "answered", now)

    def prove(self, phone: str = LUZ, address: str = "") -> str:
        """She has said her PIN today; the PIN."""
        with self.house.store.write() as tx:
            made = proofs.new_pin(tx, self.clock, phone, self.clock.now())
            assert proofs.prove(tx, address or f"tel:{phone}", phone, made, self.clock.now()) == "right"
        return made

    def campaign(self, district: str = "anta", day: int = 12, specialty: str = "pediatria") -> Campaign:
        when = datetime(2027, 3, day, 8, tzinfo=LIMA)
        key, clinics = f"{specialty}_{district}_{day}", (Clinic(specialty, 5),)
        where = ("especialistas", district, f"posta de {district.capitalize()}")
        made = Campaign(key, Name("Campaña de salud"), *where, when.date(), when.time(), clinics=clinics)
        with self.house.store.write() as tx:
            agenda.put_campaigns(tx, [made])
            agenda.raise_version(tx)
        return made

    def say(self, text: str, phone: str = LUZ) -> list[str]:
        self.clock.at += timedelta(seconds=20)
        return say(self.house, text, phone)

    def sent(self) -> list[Notice]:
        """All notices, the oldest first."""
        return notices.latest(self.house.store.read, 1000)[::-1]

    def close(self) -> None:
        self.house.close()


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Province]:
    made = Province(tmp_path)
    with closing(made):
        yield made


# ── to whom ───────────────────────────────────────────────────────────────────────────────────────────────────────────

PLACES = ["compone", "Tambo Real", "zurite", "anta", "limatambo", "todas", "all", "toda la provincia", "*", "", "'; --"]
TYPED = st.sampled_from([*PLACES, *map(str, range(12)), "si", "no", "mas", "atras", "Aviso a Zurite y Anta", MEETING])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TYPED, max_size=7))
def test_it_goes_to_her_comunidades_whatever_is_typed(province: Province, typed: list[str]) -> None:
    province.clock.at += timedelta(days=1)
    province.prove()
    for text in (MEETING, *typed):
        province.say(text)
    for notice in province.sent():
        theirs = notice.audience
        assert set(theirs.comunidades) <= set(HERS)
        assert theirs.comunidades
        assert not theirs.districts


@given(st.lists(st.sampled_from(["compone", "zurite", "anta"]), unique=True), st.text() | st.sampled_from(PLACES))
def test_what_is_picked_is_one_of_hers_or_all_of_them(comunidades: list[str], picked: str) -> None:
    promoter = Promoter(LUZ, "Luz", tuple(comunidades), "es")
    assert set(by_promoter.chosen(promoter, picked)) <= set(comunidades)
    assert by_promoter.chosen(promoter, by_promoter.ALL) == promoter.comunidades


def test_a_comunidad_that_is_taken_from_her_meanwhile_hears_nothing(province: Province) -> None:
    province.prove()
    province.say(MEETING)
    province.say("todas")
    with province.house.store.write() as tx:
        agenda.put_promoters(tx, [Promoter(LUZ, "Luz", ("compone",), "es")])
    assert "Mire otra vez" in " ".join(province.say("1"))
    province.say("1")
    assert [notice.audience.comunidades for notice in province.sent()] == [("compone",)]


def test_a_promoter_of_no_comunidad_tells_nobody(province: Province) -> None:
    with province.house.store.write() as tx:
        agenda.put_promoters(tx, [Promoter(LUZ, "Luz", (), "es")])
    province.prove()
    for text in (MEETING, "1", "si"):
        province.say(text)
    assert province.sent() == []


@pytest.mark.parametrize("text", [MEETING, "aviso: hola", "AVISO compone", "/aviso hola"])
def test_nobody_else_tells_anything(province: Province, text: str) -> None:
    [answer] = province.say(text, ROSA)
    assert ("QUEJA" in answer, "CITA" in answer, "MENU" in answer) == (True, True, True)
    for more in ("1", "si", "1234"):
        province.say(more, ROSA)
    assert province.sent() == []


def test_a_chat_that_never_shared_its_number_is_nobodys(province: Province) -> None:
    province.prove()
    take(province.house, sms(MEETING, "telegram:4711", channel="telegram", medium="telegram"))
    assert province.sent() == []


# ── her PIN ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_her_pin_is_asked_for_the_first_time_each_day(province: Province) -> None:
    pin = province.prove(ELSA)
    assert "PIN" not in province.say(MEETING, ELSA)[0]
    province.say("no", ELSA)
    province.clock.at += timedelta(days=1)
    assert "PIN" in province.say(MEETING, ELSA)[0]
    assert "Personas" in " ".join(province.say(pin, ELSA))


def test_her_pin_stands_in_no_row_and_no_log(province: Province, caplog: pytest.LogCaptureFixture) -> None:
    with province.house.store.write() as tx:
        pin = proofs.new_pin(tx, province.clock, ELSA, province.clock.now())
    province.say(MEETING, ELSA)
    province.say(f"mi pin es {pin}", ELSA)
    assert pins.one(province.house.store.read, ELSA, MONDAY.date())
    assert f"mi pin es {pin}" not in everything(province.house.store)
    assert [line for line in everything(province.house.store).splitlines() if line.endswith(f": {pin}")] == []
    assert pin not in province_session(province, ELSA)
    assert pin not in caplog.text


def province_session(province: Province, phone: str) -> str:
    person = people.load(province.house.store.read, f"tel:{phone}")
    assert person
    assert person.session
    return person.session


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["0000", "1", "si", "todas", "pin", "12", "no se", MEETING]), max_size=6))
def test_without_her_pin_nothing_leaves(province: Province, typed: list[str]) -> None:
    with province.house.store.write() as tx:
        proofs.new_pin(tx, province.clock, ELSA, province.clock.now())
    for text in (MEETING, *typed):
        province.say(text, ELSA)
    assert province.sent() == []


def test_a_proof_that_ended_at_midnight_is_asked_for_again_before_it_leaves(province: Province) -> None:
    pin = province.prove(ELSA)
    province.clock.at = datetime(2027, 3, 1, 23, 59, tzinfo=LIMA)
    province.say(MEETING, ELSA)
    province.clock.at += timedelta(minutes=2)
    assert "PIN" in " ".join(province.say("1", ELSA))
    assert province.sent() == []
    province.say(pin, ELSA)
    province.say("1", ELSA)
    assert len(province.sent()) == 1


# ── how much ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_three_a_day_from_whatever_telephone(province: Province) -> None:
    chat = {"sender": "telegram:4711", "channel": "telegram", "medium": "telegram"}
    with province.house.store.write() as tx:
        agenda.link_promoter(tx, "telegram:4711", ELSA, province.clock.now())
    province.prove(ELSA)
    with province.house.store.write() as tx:
        pins.keep_proof(tx, "telegram:4711", ELSA, MONDAY.date())
    for number in range(MOST_A_DAY + 2):
        if number % 2:
            say(province.house, MEETING, **chat)
            say(province.house, "1", **chat)
        else:
            province.say(MEETING, ELSA)
            province.say("1", ELSA)
    assert len(province.sent()) == MOST_A_DAY
    province.clock.at += timedelta(days=1)
    province.prove(ELSA)
    province.say(MEETING, ELSA)
    province.say("1", ELSA)
    assert len(province.sent()) == MOST_A_DAY + 1


@pytest.mark.parametrize(("count", "is_taken"), [(LONGEST_LETTERS, True), (LONGEST_LETTERS + 1, False)])
def test_so_many_letters(province: Province, count: int, is_taken: bool) -> None:
    province.prove(ELSA)
    text = ("Reunion de madres " * 30)[: count - 1] + "."
    province.say(f"AVISO {text}", ELSA)
    province.say("1", ELSA)
    assert [notice.text_es for notice in province.sent()] == ([text] if is_taken else [])


def test_above_the_ceiling_staff_decide(tmp_path: Path) -> None:
    dear = Province(tmp_path, notice_ceiling_soles=0.0)
    dear.prove(ELSA)
    dear.say(MEETING, ELSA)
    assert "apruebe" in dear.say("1", ELSA)[0]
    [notice] = dear.sent()
    assert notice.state == "awaiting"
    with dear.house.store.write() as tx:
        assert staff.insert(tx, Staff(7, "Ana", "mesa", "-", False, MONDAY))
        assert steering.approve(tx, dear.knowledge, notice, 7, dear.clock.now()) == "scheduled"
    dear.close()


# ── what she has seen ─────────────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 17), st.integers(0, 22))
def test_both_texts_are_shown_before_they_leave_and_in_two_messages(
    province: Province, first: int, second: int
) -> None:
    province.clock.at += timedelta(days=1)
    province.prove(ELSA)
    if not people.load(province.house.store.read, "tel:+51970000900"):
        province.reader(900, "compone", "quz")
    es, quz = "Reunion de madres " * first, "Huñunakuy kan " * second
    shown = province.say(f"AVISO {es}", ELSA)
    assert len(shown) <= 2
    shown = [*province.say("1", ELSA), *province.say(quz or "Huñunakuy", ELSA)]
    assert len(shown) <= 3
    whole = letters.fold(" ".join(" ".join(shown).split()))
    assert letters.fold(es.strip()) in whole
    assert letters.fold((quz.strip() or "Huñunakuy")[:100].rsplit(" ", 1)[0]) in whole
    before = len(province.sent())
    province.say("1", ELSA)
    assert [(n.text_es, n.text_quz) for n in province.sent()[before:]] == [(es.strip(), quz.strip() or "Huñunakuy")]


def test_a_template_that_changes_meanwhile_leaves_as_she_saw_it(province: Province) -> None:
    province.campaign()
    province.reader(900, "compone", "quz")
    province.prove(ELSA)
    kept = Template(
        7, "Pediatra", "campaigns", "Hay pediatra el {fecha}. Traigan a sus niños.", "{fecha} pediatra kanqa."
    )
    with province.house.store.write() as tx:
        notices.keep_template(tx, kept, None, "Ana", MONDAY)
    assert "viernes 12 marzo pediatra kanqa." in " ".join(province.say(PEDIATRICIAN, ELSA))
    with province.house.store.write() as tx:
        notices.keep_template(tx, replace(kept, text_quz="Mana kanqachu."), None, "Ana", MONDAY)
    province.say("1", ELSA)
    province.say("1", ELSA)
    assert [notice.text_quz for notice in province.sent()] == ["viernes 12 marzo pediatra kanqa."]


def test_braces_are_no_fields(province: Province) -> None:
    province.prove(ELSA)
    province.say("AVISO Reunión {fecha} en {lugar}", ELSA)
    province.say("1", ELSA)
    assert [notice.text_es for notice in province.sent()] == ["Reunión (fecha) en (lugar)"]


def test_what_she_writes_for_others_leaves_her_language_alone(province: Province) -> None:
    with province.house.store.write() as tx:
        person = people.create(tx, province.clock.new_id(), f"tel:{ELSA}", MONDAY)
        people.set_language(tx, person.id, "es", is_chosen=False)
    province.reader(900, "compone", "quz")
    province.prove(ELSA)
    for text in (MEETING, "1", "Llaqta masikuna: viernes p'unchaw mamakunapa huñunakuynin kanqa, hamuychik"):
        province.say(text, ELSA)
    after = people.load(province.house.store.read, f"tel:{ELSA}")
    assert after
    assert after.language == "es"


def test_each_launch_is_in_the_audit_without_her_number_or_words(province: Province) -> None:
    province.prove(ELSA)
    province.say(MEETING, ELSA)
    province.say("1", ELSA)
    [entry] = audit.newest(province.house.store.read, action="notice_sent")
    written = json.dumps([entry.actor.name, entry.object, dict(entry.details)], ensure_ascii=False)
    assert (entry.actor.name, entry.object, entry.details["people"]) == ("Elsa", "···444", "1")
    assert ELSA not in written
    assert "Reunión" not in written


# ── what it is about ──────────────────────────────────────────────────────────────────────────────────────────────────

NAMED = {
    "its day and specialty": ("AVISO El 12 de marzo hay pediatra en la posta", "pediatria_anta_12"),
    "the specialty, in her district": ("AVISO Viene pediatra, traigan a sus niños", "pediatria_anta_12"),
    "another district by its name": ("AVISO Hay traumatólogo en Zurite", "traumatologia_zurite_20"),
    "the day of another district": ("AVISO El 20 de marzo hay traumatólogo", "traumatologia_zurite_20"),
    "in Quechua": ("AVISO 12 marzo p'unchaw pediatra hamunqa postaman", "pediatria_anta_12"),
    "the campaign of a day": ("AVISO El 12 de marzo hay campaña de salud, vengan", "pediatria_anta_12"),
    "another day": ("AVISO El 13 de marzo hay pediatra en la posta", ""),
    "far away and without a day": ("AVISO Hay traumatólogo", ""),
    "no doctor that comes": ("AVISO El 12 de marzo hay dentista", ""),
    "the same day, and something else": ("AVISO El 12 de marzo hay faena en el canal", ""),
}


@pytest.mark.parametrize(("text", "key"), NAMED.values(), ids=NAMED)
def test_the_campaign_that_she_names_is_attached(province: Province, text: str, key: str) -> None:
    province.campaign()
    province.campaign("zurite", 20, "traumatologia")
    province.prove(ELSA)
    shown = " ".join(province.say(text, ELSA))
    if "ñawinchan:" in shown:
        shown = " ".join(province.say("llapanpaq kikinta", ELSA))
    province.say("1", ELSA)
    assert [notice.about for notice in province.sent()] == [f"campaign:{key}" if key else ""]
    assert ("\n1 Sacar cita" in shown or "\n1 Citata munani" in shown) == bool(key)


def test_of_two_that_it_may_be_none_is_attached(province: Province) -> None:
    province.campaign()
    province.campaign(day=19)
    province.prove(ELSA)
    province.say("AVISO Viene pediatra, traigan a sus niños", ELSA)
    province.say("1", ELSA)
    assert [notice.about for notice in province.sent()] == [""]


TOPICS = {
    "campaigns": ["Vacunación de niños el viernes", "Wawakunapaq vacuna kanqa", "campaña de salud y feria"],
    "fairs": ["El domingo hay feria de cuyes", "Domingo p'unchaw qhatu kanqa"],
    "works": ["Empieza la obra del reservorio", "Faena en el canal el sábado"],
    "cuts": [
        "Mañana no hay agua de 8 a 12",
        "Corte de luz el jueves",
        "Camino cerrado por derrumbe",
        "La obra corta la carretera: cierran el paso",
        "Paqarin mana unu kanqachu",
        "Ñan wisq'asqa kanqa",
    ],
    "": ["Reunión de madres, traigan agua", "Huñunakuy kanqa postapi"],
}


@pytest.mark.parametrize(("topic", "text"), [(topic, text) for topic, texts in TOPICS.items() for text in texts])
def test_its_topic_is_in_its_words(province: Province, topic: str, text: str) -> None:
    assert province.knowledge.understanding.told_topic(text) == topic


# ── what becomes of it ────────────────────────────────────────────────────────────────────────────────────────────────


def test_staff_are_told_nothing_of_theirs(province: Province) -> None:
    """The report goes to promoters: a notice of the desk has none."""
    theirs = Notice(7, "Aviso", "Ana", text_es="Hola", text_quz="Hola", topic="campaigns")
    with province.house.store.write() as tx:
        notices.add(tx, theirs, province.clock.now())
        steering.launch(tx, province.knowledge, theirs, province.clock.now(), wants_approval=False)
        while province.house.broadcaster.look(tx, province.clock.now()):
            pass
    assert count(province.house.store, "outreach") == 0


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_has_a_message_of_its_own(province: Province) -> None:
    said = [
        Utterance((Part(text="Listo."),), {}),
        Utterance((Part(text="Volante."),), {}, file="volante:7"),
        Utterance((Part(text="Radio."),), {}, file="radio:7"),
        Utterance((Part(text="¿Algo más?"),), {}),
    ]
    catalogue = province.knowledge.conversation.catalogue
    on_telegram = Renderer(catalogue, "es", "telegram").render(said)
    files = [("Listo.", ""), ("Volante.", "volante:7"), ("Radio.", "radio:7"), ("¿Algo más?", "")]
    assert [(bubble.text, bubble.file) for bubble in on_telegram] == files
    [by_sms] = Renderer(catalogue, "es", "sms").render(said)
    assert (by_sms.text, by_sms.file) == ("Listo.\nVolante.\nRadio.\n¿Algo más?", "")


TEXT = "El viernes 12 de marzo hay pediatra en Anta."


async def test_on_telegram_she_gets_flyer_and_radio_text(tmp_path: Path) -> None:
    async with (
        FakeTelegram() as telegram,
        serving(tmp_path, telegram_token=BOT_TOKEN, telegram_api_url=telegram.url, start=MONDAY) as house,
    ):
        with house.store.write() as tx:
            agenda.put_promoters(tx, [Promoter(LUZ, "Luz", ("compone",), "es")])
            agenda.link_promoter(tx, "telegram:4711", LUZ, MONDAY)
            new = Notice(7, "Aviso", "Luz", text_es=TEXT, text_quz=TEXT, topic="campaigns", promoter=LUZ)
            notices.add(tx, replace(new, audience=Audience(comunidades=("compone",))), MONDAY)
            steering.launch(tx, house.library.knowledge(tx), new, house.clock.now(), wants_approval=False)
        await house.inbox.receive(sms("VOLANTE", "telegram:4711", channel="telegram", medium="telegram"))
        await until(lambda: len(telegram.files) == 2)
    (flyer, kind, body), (radio, plain, text) = telegram.files
    assert (flyer, kind, body[:5]) == ("volante.pdf", "application/pdf", b"%PDF-")
    assert (radio, plain) == ("radio.txt", "text/plain")
    assert "doce de marzo" in text.decode()
    assert telegram.sent[-1]["caption"].startswith("Texto de su aviso")


async def _breaks(key: str) -> Attachment | None:
    raise ValueError(key)


@pytest.mark.parametrize("attachments", [no_files, _breaks], ids=["cannot be made", "breaks"])
async def test_what_has_no_file_leaves_as_text(province: Province, attachments: Attachments) -> None:
    house = province.house
    person = people.load(house.store.read, "tel:+51970000000")
    assert person
    to = sms("", "telegram:4711", channel="telegram", medium="telegram")
    draft = messages.Draft("Volante", "Volante", (), "", 0, "volante:999")
    with house.store.write() as tx:
        messages.enqueue(tx, province.clock.new_id(), to, None, person.id, draft, MONDAY, MONDAY + timedelta(hours=1))
    async with FakeTelegram() as telegram:
        made = replace(house.settings, telegram_token=BOT_TOKEN, telegram_api_url=telegram.url)
        channel = TelegramChannel(made)
        sender = Sender(house.commits, province.clock, channel, Pace(1000.0, one), attachments=attachments)
        await channel.start()
        task = asyncio.create_task(sender.run())
        await until(lambda: len(telegram.sent) == 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await channel.close()
    assert (telegram.sent[0]["text"], telegram.files) == ("Volante", [])


async def test_the_file_of_what_is_not_there_is_none(province: Province) -> None:
    house = province.house

    async def nowhere() -> str:
        return ""

    files = Files(house.settings, house.clock, house.store, house.library.knowledge, nowhere)
    assert [await files("volante:999"), await files("radio:999")] == [None, None]
