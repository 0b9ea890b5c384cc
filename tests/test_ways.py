"""Several SMS channels at once: one person, one preferred way for her, and a notice by the cheapest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.desk.avisos import handouts
from bot.desk.avisos.handouts import SIMULATED_NUMBER
from bot.records import messages, notices
from bot.records.notices import Audience
from bot.service.notices.preview import Tariff
from bot.service.ways import Ways
from bot.settings import Settings
from tests.databases import databases
from tests.fakes import FROM, GATEWAY, SID, TOKEN
from tests.running import ROSA, count, sms, take
from tests.test_avisos_desk import MONDAY, campaign, neighbours, text_of, written
from tests.test_desk import desk
from tests.test_notices import Province, at, on_both

TWILIO = {"twilio_account_sid": SID, "twilio_auth_token": TOKEN, "twilio_from": FROM}
PHONE = {"gateway_url": "http://phone", **GATEWAY}


def settings(*channels: dict[str, str], **more: float) -> Settings:
    given = {name: value for channel in channels for name, value in channel.items()}
    return replace(Settings(), **given, **more)  # type: ignore[arg-type]  # texts and prices


@pytest.mark.parametrize(
    ("on", "sms", "cheapest", "after_twilio", "after_gateway"),
    [
        ((), "simulator", "", "twilio", "gateway"),
        ((TWILIO,), "twilio", "twilio", "twilio", "twilio"),
        ((PHONE,), "gateway", "gateway", "gateway", "gateway"),
        ((TWILIO, PHONE), "twilio", "gateway", "twilio", "gateway"),
    ],
    ids=["none is on", "twilio", "a phone", "both"],
)
def test_she_is_written_to_by_her_last_way_while_it_is_on(
    on: tuple[dict[str, str], ...], sms: str, cheapest: str, after_twilio: str, after_gateway: str
) -> None:
    ways = Ways.of(settings(*on))
    assert (ways.sms, ways.cheapest, ways.is_choice) == (sms, cheapest, len(on) == 2)
    assert (ways.to("twilio", "sms"), ways.to("gateway", "sms")) == (after_twilio, after_gateway)
    assert (ways.to("", "sms"), ways.to("", "telegram")) == (sms, "telegram")
    assert (ways.to("telegram", "telegram"), ways.to("simulator", "sms")) == ("telegram", "simulator")


def test_the_cheapest_is_so_by_its_price() -> None:
    both = settings(TWILIO, PHONE, sms_price_soles=0.05, gateway_price_soles=0.1)
    assert Ways.of(both).instead(by_cheapest=True) == (("gateway", "twilio"),)
    assert Ways.of(both).instead() == ()
    assert Ways.of(settings()).instead(by_cheapest=True) == ()


@pytest.fixture
def province(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Province]:
    """Both SMS channels are on, the phone at a fifth of Twilio's price; on PostgreSQL where a test asks for both."""
    with ExitStack() as opened:
        more: dict[str, object] = {**TWILIO, **PHONE, "sms_price_soles": 0.25, "gateway_price_soles": 0.05}
        if getattr(request, "param", "sqlite") == "postgresql":
            more["database_url"] = opened.enter_context(databases(request.config).fresh())
        made = Province(tmp_path, **more)
        opened.callback(made.house.close)
        yield made


def test_one_person_by_two_channels_is_one_person(province: Province) -> None:
    take(province.house, sms("MENU", ROSA, channel="twilio"))
    province.clock.at += timedelta(minutes=1)
    taken = take(province.house, sms("MENU", ROSA, channel="gateway"))
    assert count(province.house.store, "people") == 1
    answers = messages.replies_to(province.house.store.read, taken.inbound_id)
    assert {row["channel"] for row in answers} == {"gateway"}
    person = province.house.store.read.one("SELECT id FROM people")
    assert person
    way = messages.way_to(province.house.store.read, person["id"])
    assert way == messages.Way(f"tel:{ROSA}", "gateway", "sms")


def test_a_notice_takes_everybodys_own_way(province: Province) -> None:
    province.people(3)
    province.people(2, channel="gateway")
    province.person(channel="telegram")
    seen = province.preview(province.draft())
    assert {line.channel: line.people for line in seen.lines} == {"twilio": 3, "gateway": 2, "telegram": 1}
    each = seen.lines[-1].segments_each
    assert seen.soles == each * (3 * Decimal("0.25") + 2 * Decimal("0.05"))


@on_both
def test_a_notice_by_the_cheapest_way_costs_less_and_reaches_the_same(province: Province) -> None:
    province.people(3)
    province.people(2, channel="gateway")
    province.person(channel="telegram")
    province.person(channel="simulator")
    province.person(wrote=False)
    seen = province.preview(province.draft(audience=Audience(by_cheapest=True)))
    assert {line.channel: line.people for line in seen.lines} == {"gateway": 5, "telegram": 1, "simulator": 1}
    assert seen.left_out == {"no_consent": 1}
    launched = province.launch(audience=Audience(by_cheapest=True))
    province.look()
    done = notices.progress(province.house.store.read, launched.id)
    assert {part.channel for part in done.parts if part.state == "waiting"} == {"gateway", "telegram", "simulator"}
    assert count(province.house.store, "outbox", "channel = 'twilio' AND notice_id IS NOT NULL") == 0


def test_whoever_wrote_to_a_channel_that_is_off_hears_by_the_other(tmp_path: Path) -> None:
    province = Province(tmp_path, **TWILIO)
    somebody = province.person(channel="gateway")
    seen = province.preview(province.draft())
    assert [(line.channel, line.people) for line in seen.lines] == [("twilio", 1)]
    province.books(somebody)
    province.clock.at = at(11, 17)
    with province.house.store.write() as tx:
        while province.house.clockwork.tick(tx, province.clock.at):
            pass
    assert count(province.house.store, "outbox", "channel = 'twilio'") == count(province.house.store, "outbox") > 0
    province.house.close()


def test_channels_send_side_by_side_each_at_its_own_pace() -> None:
    tariff = Tariff.of(settings(TWILIO, PHONE, twilio_segments_per_second=1.0, gateway_segments_per_second=0.2))
    assert tariff.takes([("twilio", 60), ("telegram", 900)]) == timedelta(minutes=1)
    assert tariff.takes([("twilio", 60), ("gateway", 60), ("gateway", 60)]) == timedelta(minutes=10)
    assert tariff.takes([]) == timedelta()


def test_the_price_that_is_shown_is_that_of_the_way_that_is_on() -> None:
    prices = {"sms_price_soles": 0.25, "gateway_price_soles": 0.1}
    assert Tariff.of(settings(PHONE, **prices)).sms_price == Decimal("0.1")
    assert Tariff.of(settings(TWILIO, PHONE, **prices)).sms_price == Decimal("0.25")
    assert Tariff.of(settings(**prices)).sms_price == Decimal("0.25")


async def test_staff_choose_the_cheapest_where_there_is_a_choice(tmp_path: Path) -> None:
    async with desk(tmp_path, start=MONDAY, **TWILIO, **PHONE) as browser:
        campaign(browser.house)
        await browser.log_in("Ana")
        neighbours(browser.house, 3, channel="twilio")
        assert 'name="barato"' in await text_of(browser, "/avisos/nuevo")
        dear = await text_of(browser, f"/avisos/{(await written(browser)).id}/vista")
        assert "Castellano, SMS<" in dear
        cheap = await written(browser, barato="1")
        assert cheap.audience.by_cheapest
        page = await text_of(browser, f"/avisos/{cheap.id}/vista")
        assert "Castellano, SMS del celular de la oficina<" in page
        assert "Por el SMS que menos cuesta" in page
        form = await text_of(browser, f"/avisos/{cheap.id}/editar")
        assert re.search(r'name="barato"[^>]*checked', form)


async def test_where_there_is_one_way_nobody_is_asked(tmp_path: Path) -> None:
    async with desk(tmp_path, start=MONDAY, **PHONE) as browser:
        campaign(browser.house)
        await browser.log_in("Ana")
        page = await text_of(browser, "/avisos/nuevo")
        assert 'name="barato"' not in page
        assert "Cada SMS cuesta S/ 0.10" in page


@pytest.mark.parametrize(
    ("given", "number"),
    [
        (settings(TWILIO, PHONE, {"gateway_from": "+51984000998"}), FROM),
        (settings(TWILIO, PHONE, {"gateway_from": "+51984000998", "twilio_from": "MUNIANTA"}), "+51984000998"),
        (settings(PHONE, {"gateway_from": "+51984000998"}), "+51984000998"),
        (settings(PHONE), ""),
        (settings(), SIMULATED_NUMBER),
    ],
    ids=["both", "letters", "a phone", "a phone nobody knows the number of", "none"],
)
def test_a_flyer_names_a_number_that_takes_answers(given: Settings, number: str) -> None:
    assert handouts.number(given) == number
