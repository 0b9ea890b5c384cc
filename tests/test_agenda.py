"""What residents can ask of the agenda: the plan's money, works, campaigns, fairs, places."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import pytest

from bot.clock import LIMA
from bot.records import agenda
from bot.records.agenda import Amount, Fair, Nearness, Pattern, rules
from bot.records.store import Connection, Store
from bot.service.content import load, seed

FOLDER = Path(__file__).parent.parent / "flows" / "content"
MONDAY = date(2027, 3, 1)


def at(text: str) -> datetime:
    """A moment on the province's wall clock."""
    return datetime.fromisoformat(text).replace(tzinfo=LIMA)


@pytest.fixture
def tx() -> Iterator[Connection]:
    store = Store(":memory:")
    with store.write() as opened:
        seed(opened, load(FOLDER), datetime.combine(MONDAY, time(9), LIMA))
        yield opened
    store.close()


def keys(found: list[agenda.FairDay]) -> list[str]:
    return [day.fair.key for day in found]


# --- the plan's money ------------------------------------------------------------------------------------------------


def test_the_plans_table_adds_up_by_year_and_in_all(tx: Connection) -> None:
    totals = agenda.totals(tx)
    assert totals.by_year == {2007: 6_975_316, 2008: 6_975_316, 2009: 6_975_316, 2010: 6_975_316}
    assert totals.total == 27_901_264
    assert len(totals.by_programme) == 15


@pytest.mark.parametrize(
    ("key", "total"),
    [
        ("agua_desague", 7_001_652),
        ("rentabilidad_agropecuaria", 5_200_000),
        ("fortalecimiento_institucional", 200_000),
        ("economia_local", 1_000_000),
        ("circuitos_turisticos", 2_750_000),
        ("cuencas", 2_500_000),
        ("desarrollo_educativo", 1_672_000),
        ("servicios_salud", 1_200_000),
        ("vivienda_rural", 1_000_000),
        ("sociedad_civil", 200_000),
        ("infraestructura_vial", 3_000_000),
        ("ordenamiento_territorial", 1_000_000),
        ("micro_empresas", 581_903),
        ("forestacion", 395_709),
        ("desarrollo_capacidades", 200_000),
    ],
)
def test_each_programme_adds_up_to_its_line_of_the_plan(tx: Connection, key: str, total: int) -> None:
    assert agenda.totals(tx).by_programme[key] == total


def test_the_funds_disagree_as_the_plan_itself_does(tx: Connection) -> None:
    compared = {each.fund.key: (each.programmes, each.income) for each in agenda.totals(tx).by_fund}
    assert compared == {
        "canon": (17_373_652, 17_173_652),
        "foncomun": (9_927_612, 10_127_612),
        "donaciones": (600_000, 600_000),
    }


def test_water_in_2008_has_one_million_four_hundred_and_something_from_the_canon(tx: Connection) -> None:
    [water] = agenda.find_works(tx, with_samples=False, topic="agua", year=2008)
    assert (water.key, water.amount(2008)) == ("agua_desague", Amount(2008, 1_493_413, "canon"))
    assert next(fund.name.es for fund in agenda.funds(tx) if fund.key == "canon") == "Canon y Sobrecanon"


def test_the_plan_has_sixty_amounts_of_its_programmes_and_none_after_2010(tx: Connection) -> None:
    programmes = [work for work in agenda.find_works(tx, with_samples=False) if work.is_programme]
    assert sum(len(programme.amounts) for programme in programmes) == 60
    assert [programme.key for programme in programmes if programme.amount(2011)] == []


# --- works -----------------------------------------------------------------------------------------------------------


def found_works(tx: Connection, topic: str | None, district: str | None, year: int | None, words: str) -> list[str]:
    found = agenda.find_works(tx, with_samples=False, topic=topic, district=district, year=year, words=words)
    return [work.key for work in found]


WORKS = {
    "by topic, programmes first": ("agua", None, None, "", ["agua_desague", "servicios_basicos", "calidad_agua"]),
    "by topic and year": ("agua", None, 2008, "", ["agua_desague"]),
    "the plan ends in 2010": ("agua", None, 2011, "", []),
    "by topic and district, what names it first": (
        *("via", "zurite", None, ""),
        ["huarocondo_zurite", "infraestructura_vial", "trochas_carrozables", "lastrado_caminos"],
    ),
    "by name": (None, None, None, "santa teresa", ["mollepata_santa_teresa"]),
    "by name in a sentence": (None, None, None, "cuando hacen la carretera a pachar", ["huarocondo_pachar"]),
    "by name with a slip": (None, None, None, "choquekirau", ["mollepata_choquequirao", "corredor_turistico"]),
    "by name with a Quechua ending": (None, None, None, "cotabambasman ñan", ["chinchaypujio_cotabambas"]),
    "by name as it sounds": (None, None, None, "kasa de la kultura", ["casa_cultura"]),
    "by a name nobody gave": (None, None, None, "aeropuerto para todos", []),
}


@pytest.mark.parametrize("label", WORKS)
def test_works_are_found(tx: Connection, label: str) -> None:
    topic, district, year, words, expected = WORKS[label]
    assert found_works(tx, topic, district, year, words) == expected


def test_a_district_sees_its_own_works_before_those_for_everybody(tx: Connection) -> None:
    found = agenda.find_works(tx, with_samples=False, district="mollepata")
    own = [work.key for work in found if work.districts]
    assert own == ["mollepata_santa_teresa", "mollepata_choquequirao", "mollepata_machupicchu", "corredor_turistico"]
    assert [work.key for work in found[: len(own)]] == own
    assert not any("huarocondo" in work.districts for work in found)


# --- campaigns -------------------------------------------------------------------------------------------------------


def test_coming_campaigns_stand_in_order_and_the_next_first(tx: Connection) -> None:
    days = [campaign.date for campaign in agenda.coming_campaigns(tx, at("2027-03-01T09:00"), with_samples=True)]
    assert days == sorted(days)
    assert len(days) == 10


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2027-03-10T12:59", "especialistas_huarocondo"),
        ("2027-03-10T13:00", "desparasitacion_zurite"),
        ("2027-03-10T23:59", "desparasitacion_zurite"),
        ("2027-04-22T00:00", None),
    ],
)
def test_a_campaign_is_over_at_its_closing_hour_in_lima(tx: Connection, now: str, first: str | None) -> None:
    found = agenda.coming_campaigns(tx, at(now), with_samples=True)
    assert (found[0].key if found else None) == first


def test_campaigns_are_found_by_district_specialty_and_topic(tx: Connection) -> None:
    now = at("2027-03-01T09:00")
    by_district = agenda.coming_campaigns(tx, now, with_samples=True, district="anta")
    assert [campaign.key for campaign in by_district] == ["vacunacion_anta", "especialistas_anta"]
    by_specialty = agenda.coming_campaigns(tx, now, with_samples=True, specialty="oftalmologia")
    assert by_specialty[0].specialties == ("traumatologia", "oftalmologia")
    by_topic = agenda.coming_campaigns(tx, now, with_samples=True, topic="dental")
    assert [campaign.district for campaign in by_topic] == ["pucyura"]


# --- fairs -----------------------------------------------------------------------------------------------------------


def test_the_next_fairs_stand_by_date(tx: Connection) -> None:
    found = agenda.next_fairs(tx, at("2027-03-01T09:00"), with_samples=True)
    assert [(day.fair.key, day.date.day) for day in found] == [
        ("curamba", 2),
        ("compone", 4),
        ("huancaro", 6),
        ("tambo_real", 6),
        ("anta", 7),
        ("inquilpata", 7),
    ]


NEXT = {
    "before it opens it is today": ("2027-03-07T04:00", date(2027, 3, 7)),
    "while it lasts it is today": ("2027-03-07T14:59", date(2027, 3, 7)),
    "once closed it is next week": ("2027-03-07T15:00", date(2027, 3, 14)),
    "late in Lima, when London has Monday": ("2027-03-06T23:59", date(2027, 3, 7)),
    "after midnight in Lima": ("2027-03-08T00:01", date(2027, 3, 14)),
}


@pytest.mark.parametrize("label", NEXT)
def test_the_next_fair_turns_at_the_closing_hour_in_lima(tx: Connection, label: str) -> None:
    now, day = NEXT[label]
    assert agenda.next_fairs(tx, at(now), with_samples=True, fair="anta", limit=1)[0].date == day


def test_one_fair_gives_its_next_days(tx: Connection) -> None:
    found = agenda.next_fairs(tx, at("2027-03-01T09:00"), with_samples=True, fair="inquilpata", limit=3)
    assert [day.date for day in found] == [date(2027, 3, 7), date(2027, 4, 4), date(2027, 5, 2)]


def test_days_without_fair_are_skipped_however_many(tx: Connection) -> None:
    anta = next(fair for fair in agenda.all_fairs(tx, with_samples=True) if fair.key == "anta")
    without = tuple(date(2027, 3, day) for day in (7, 14, 21, 28))
    agenda.put_fairs(tx, [replace(anta, exceptions=without)])
    found = agenda.next_fairs(tx, at("2027-03-07T16:00"), with_samples=True, fair="anta", limit=2)
    assert [day.date for day in found] == [date(2027, 4, 4), date(2027, 4, 11)]
    assert agenda.next_fairs(tx, at("2027-03-01T09:00"), with_samples=True, fair="anta", on_date=without[0]) == []


def test_without_a_closing_hour_the_day_belongs_to_the_fair(tx: Connection) -> None:
    anta = next(fair for fair in agenda.all_fairs(tx, with_samples=True) if fair.key == "anta")
    agenda.put_fairs(tx, [replace(anta, closes=None)])
    found = agenda.next_fairs(tx, at("2027-03-07T23:59"), with_samples=True, fair="anta", limit=1)
    assert found[0].date == date(2027, 3, 7)


def test_fairs_of_a_day(tx: Connection) -> None:
    now = at("2027-03-01T09:00")
    assert keys(agenda.next_fairs(tx, now, with_samples=True, on_date=date(2027, 3, 7))) == ["anta", "inquilpata"]
    assert keys(agenda.next_fairs(tx, now, with_samples=True, on_date=date(2027, 3, 14))) == ["anta"]
    assert keys(agenda.next_fairs(tx, now, with_samples=True, on_date=date(2027, 3, 15))) == []
    assert keys(agenda.next_fairs(tx, now, with_samples=True, on_date=date(2027, 2, 28))) == []


def test_fairs_where_a_product_is_traded(tx: Connection) -> None:
    found = agenda.next_fairs(tx, at("2027-03-01T09:00"), with_samples=True, product="cuy")
    assert keys(found) == ["compone", "huancaro", "tambo_real", "anta"]


NEAR = {
    "same comunidad, same district, neighbours, the rest, Cusco last": (
        ("compone", "anta"),
        ["compone", "anta", "inquilpata", "tambo_real", "curamba", "huancaro"],
    ),
    "the district follows from the comunidad": (
        ("tambo_real", None),
        ["tambo_real", "curamba", "compone", "anta", "inquilpata", "huancaro"],
    ),
    "a district without fair: neighbours first": (
        (None, "limatambo"),
        ["curamba", "compone", "tambo_real", "anta", "inquilpata", "huancaro"],
    ),
    "nowhere: by date, Cusco last": (
        (None, None),
        ["curamba", "compone", "tambo_real", "anta", "inquilpata", "huancaro"],
    ),
}


@pytest.mark.parametrize("label", NEAR)
def test_fairs_stand_by_nearness_and_then_by_date(tx: Connection, label: str) -> None:
    near, expected = NEAR[label]
    assert keys(agenda.next_fairs(tx, at("2027-03-01T09:00"), with_samples=True, near=near)) == expected


def test_nearness_is_told(tx: Connection) -> None:
    found = agenda.next_fairs(tx, at("2027-03-01T09:00"), with_samples=True, near=("compone", "anta"))
    assert [day.nearness for day in found] == [
        Nearness.SAME_COMUNIDAD,
        Nearness.SAME_DISTRICT,
        Nearness.SAME_DISTRICT,
        Nearness.NEIGHBOUR,
        Nearness.PROVINCE,
        Nearness.OUTSIDE,
    ]


# --- a public service ------------------------------------------------------------------------------------------------


def test_a_public_service_answers_from_no_sample(tx: Connection) -> None:
    now = at("2027-03-01T09:00")
    assert agenda.coming_campaigns(tx, now, with_samples=False) == []
    assert agenda.next_fairs(tx, now, with_samples=False) == []
    assert agenda.next_fairs(tx, now, with_samples=False, near=("compone", None)) == []


def test_a_public_service_still_says_which_fairs_the_plan_names(tx: Connection) -> None:
    told = {fair.key: fair for fair in agenda.all_fairs(tx, with_samples=False)}
    assert len(told) == 6
    assert told["compone"] == Fair(
        "compone", "Compone", "", told["compone"].aliases, source="plan, cap. II, 13", is_sample=True
    )


def test_a_public_service_answers_from_real_rows(tx: Connection) -> None:
    real = Fair("zurite", "Zurite", rules.parse("miércoles"), district="zurite", closes=time(13))
    agenda.put_fairs(tx, [real])
    near = agenda.next_fairs(tx, at("2027-03-01T09:00"), with_samples=False, near=("tambo_real", None))
    # The district of Tambo Real is a sample too: it must not decide what is near.
    assert [(day.fair.key, day.nearness) for day in near] == [("zurite", Nearness.PROVINCE)]


# --- places, rules ---------------------------------------------------------------------------------------------------


def test_places_hold_every_name_a_message_can_mean(tx: Connection) -> None:
    places = agenda.all_places(tx)
    assert [district.key for district in places.districts][:2] == ["anta", "ancahuasi"]
    assert "chinchaypucyo" in next(d for d in places.districts if d.key == "chinchaypujio").aliases
    assert {comunidad.key for comunidad in places.comunidades} >= {"izcuchaca", "tambo_real"}
    assert {fair.key for fair in places.fairs} >= {"huancaro", "anta"}


RULES = {
    "domingo": "FREQ=WEEKLY;BYDAY=SU",
    "Domingos": "FREQ=WEEKLY;BYDAY=SU",
    "todos los sábados": "FREQ=WEEKLY;BYDAY=SA",
    "viernes;martes": "FREQ=WEEKLY;BYDAY=TU,FR",
    "sábado y domingo": "FREQ=WEEKLY;BYDAY=SA,SU",
    "diario": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU",
    "primer domingo del mes": "FREQ=MONTHLY;BYDAY=1SU",
    "1er y 3er domingo de cada mes": "FREQ=MONTHLY;BYDAY=1SU,3SU",
    "último jueves del mes": "FREQ=MONTHLY;BYDAY=-1TH",
    "RRULE:FREQ=MONTHLY;BYMONTHDAY=15": "FREQ=MONTHLY;BYMONTHDAY=15",
    "freq=weekly;interval=1;byday=su": "FREQ=WEEKLY;BYDAY=SU",
    "DTSTART:20270103 RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SU": "DTSTART=20270103;FREQ=WEEKLY;INTERVAL=2;BYDAY=SU",
    "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1": "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1",
    "FREQ=WEEKLY;BYDAY=SU;UNTIL=20301231T000000Z": "FREQ=WEEKLY;UNTIL=20301231;BYDAY=SU",
}


@pytest.mark.parametrize("text", RULES)
def test_a_rule_is_read_as_staff_write_it(text: str) -> None:
    assert rules.parse(text) == RULES[text]
    assert rules.parse(RULES[text]) == RULES[text]


WRONG_RULES = {
    "": "no day is given; write 'domingo'",
    "domigo": "'domigo' is not a day of the week; write 'domingo'",
    "primer domingo de enero": "'enero' is not a day of the week",
    "primero": "'primero' is not a day of the week",
    "FREQ=DAILY": "FREQ must be WEEKLY, MONTHLY or YEARLY",
    "FREQ=WEEKLY": "a weekly rule needs BYDAY",
    "FREQ=MONTHLY": "a monthly or yearly rule needs BYDAY or BYMONTHDAY",
    "FREQ=YEARLY;BYDAY=SU": "a yearly rule needs BYMONTH",
    "FREQ=WEEKLY;BYDAY=SU;INTERVAL=2": "INTERVAL needs the first day too",
    "FREQ=WEEKLY;BYDAY=XX": "this rule cannot be read:",
    "FREQ=WEEKLY;BYHOUR=3;BYDAY=SU": "BYHOUR is not understood in a rule",
    "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30": "this rule never falls on any day",
    "=;=": "this rule cannot be read; write",
    "DTSTART:20270103": "'dtstart' is not a day of the week; write",
    "DTSTART=20279999;FREQ=WEEKLY;BYDAY=SU": "this rule cannot be read:",
}


@pytest.mark.parametrize("text", WRONG_RULES)
def test_a_rule_that_cannot_be_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  the sentence is compared below
        rules.parse(text)
    assert str(raised.value).startswith(WRONG_RULES[text])


def test_every_second_week_counts_from_its_first_day() -> None:
    rule = rules.parse("DTSTART=20270103;FREQ=WEEKLY;INTERVAL=2;BYDAY=SU")
    assert rules.upcoming(rule, date(2027, 1, 4), 2) == (date(2027, 1, 17), date(2027, 1, 31))
    assert rules.upcoming(rule, date(2026, 1, 1), 1) == (date(2027, 1, 3),)


def test_a_rule_that_has_ended_gives_no_day() -> None:
    assert rules.upcoming("FREQ=WEEKLY;UNTIL=20270107;BYDAY=SU", date(2027, 1, 4), 3) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("domingo", Pattern(("domingo",))),
        ("martes;viernes", Pattern(("martes", "viernes"))),
        ("primer y tercer domingo del mes", Pattern(("domingo",), (1, 3))),
        ("último jueves del mes", Pattern(("jueves",), (-1,))),
        ("FREQ=MONTHLY;BYDAY=1SU,2SA", None),
        ("FREQ=MONTHLY;BYMONTHDAY=15", None),
        ("DTSTART=20270103;FREQ=WEEKLY;INTERVAL=2;BYDAY=SU", None),
    ],
)
def test_a_rule_can_be_said_in_words_when_it_is_simple(text: str, said: Pattern | None) -> None:
    assert agenda.pattern(rules.parse(text)) == said


def test_what_was_read_before_a_change_is_read_anew(tx: Connection) -> None:
    now = at("2027-03-01T09:00")
    first = agenda.coming_campaigns(tx, now, with_samples=True)[0]
    agenda.set_cancelled(tx, first.key, "2027-03-01T12:00:00.000000+00:00")
    assert first.key not in [campaign.key for campaign in agenda.coming_campaigns(tx, now, with_samples=True)]


def test_a_change_that_was_undone_is_never_read_again() -> None:
    store = Store(":memory:")
    with store.write() as tx:
        seed(tx, load(FOLDER), at("2027-03-01T09:00"))
    fair = agenda.all_fairs(store.read, with_samples=True)[0]
    with contextlib.suppress(KeyError), store.write() as tx:
        agenda.put_fairs(tx, [replace(fair, name="Otra")])
        assert "Otra" in [one.name for one in agenda.all_fairs(tx, with_samples=True)]
        raise KeyError
    with store.write() as tx:
        agenda.put_fairs(tx, [replace(fair, place="Plaza nueva")])
    found = {one.key: one for one in agenda.all_fairs(store.read, with_samples=True)}[fair.key]
    assert (found.name, found.place) == (fair.name, "Plaza nueva")
    store.close()
