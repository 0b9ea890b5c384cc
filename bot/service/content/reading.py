"""From the files of flows/content/ to `Content`: pure and quick, without a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TypeVar

from bot.errors import ContentError
from bot.language.folding import fold
from bot.records.agenda import Campaign, Comunidad, District, Fair, Fund, Name, Work, rules
from bot.records.cases import CannedAnswer, Mesa, Route
from bot.records.notices import Template
from bot.records.topics import TOPICS
from bot.service.content.entries import Entry, entries
from bot.service.content.model import Content, Emergency, Holiday, Product, SeedCampaign, Specialty, Topic

T = TypeVar("T")

NAME_LENGTH, SHORT_LENGTH, LINE_LENGTH = 60, 30, 40
"""Letters that an answer of two SMS can carry of a name, a programme's short name, a line of a campaign."""

ANSWER_LENGTH = 200
"""Letters of an answer to feedback, which is said after its Mesa and code."""

TEMPLATE_LENGTH = 320
"""Letters of a notice's template, its fields as they are written."""


def load(folder: Path) -> Content:
    """Read and check all files. Raises ContentError for the first thing that is wrong."""
    content, problems = _read(folder)
    if problems:
        raise problems[0]
    return content


def check(folder: Path) -> list[ContentError]:
    """Everything that is wrong, for `bot check`."""
    return _read(folder)[1]


def _read(folder: Path) -> tuple[Content, list[ContentError]]:
    problems: list[ContentError] = []

    def each(file: str, read: Callable[[Entry], T]) -> dict[str, T]:
        found: dict[str, T] = {}
        for entry in entries(folder / file, problems):
            found[entry.key] = read(entry)
            entry.refuse_others()
        return found

    district_keys = [entry.key for entry in entries(folder / "districts.yaml", [])]
    districts = each("districts.yaml", lambda entry: _district(entry, district_keys))
    comunidades = each("comunidades.yaml", lambda entry: _comunidad(entry, district_keys))
    topics = each("topics.yaml", _topic)
    for_works = [topic.key for topic in topics.values() if topic.kind == "work"]
    for_campaigns = [topic.key for topic in topics.values() if topic.kind == "campaign"]
    funds = each("funds.yaml", _fund)
    specialties = each("specialties.yaml", _specialty)
    products = each("products.yaml", _product)
    content = Content(
        districts=districts,
        comunidades=comunidades,
        topics=topics,
        funds=funds,
        programmes=each("programmes.yaml", lambda entry: _programme(entry, list(funds), for_works)),
        works=each("works.yaml", lambda entry: _work(entry, for_works, district_keys)),
        specialties=specialties,
        campaigns=each("campaigns.yaml", lambda e: _campaign(e, for_campaigns, district_keys, specialties)),
        products=products,
        fairs=each("fairs.yaml", lambda entry: _fair(entry, district_keys, list(comunidades), list(products))),
        mesas=each("mesas.yaml", lambda entry: Mesa(entry.key, entry.name(), entry.number("hours"))),
        holidays=each("holidays.yaml", _holiday),
        emergency=each("emergency.yaml", lambda e: Emergency(e.key, e.name(), e.text("number"))),
        kinds=each("kinds.yaml", lambda entry: entry.words("words")),
        answers=each("answers.yaml", _answer),
        routes=each("routes.yaml", lambda entry: _route(entry, list(topics), district_keys)),
        kin=each("kin.yaml", lambda entry: entry.name(most=SHORT_LENGTH)),
        templates=each("templates.yaml", _template),
    )
    _check_together(folder, content, problems)
    return content, problems


def _district(entry: Entry, known: list[str]) -> District:
    return District(
        key=entry.key,
        name=entry.text("name"),
        ubigeo=entry.text("ubigeo"),
        aliases=entry.texts("aliases"),
        neighbours=entry.some_of("neighbours", known, "district"),
    )


def _comunidad(entry: Entry, districts: list[str]) -> Comunidad:
    entry.text("source")
    return Comunidad(
        key=entry.key,
        name=entry.text("name"),
        district=entry.one_of("district", districts, "district"),
        aliases=entry.texts("aliases"),
        is_sample=entry.flag("sample"),
    )


def _topic(entry: Entry) -> Topic:
    kind = entry.one_of("kind", ("work", "campaign"), "kind of topic")
    return Topic(entry.key, entry.name(most=SHORT_LENGTH), kind, entry.words("keywords"))


def _specialty(entry: Entry) -> Specialty:
    sex = entry.one_of("sex", ["f", "m"], "sex (f or m)", required=False)
    oldest = entry.number("age_to_years", required=False) or None
    return Specialty(entry.key, entry.name(most=LINE_LENGTH), entry.words("aliases"), sex, oldest)


def _product(entry: Entry) -> Product:
    return Product(entry.key, entry.name(most=SHORT_LENGTH), entry.words("keywords"))


def _fund(entry: Entry) -> Fund:
    return Fund(entry.key, entry.name(most=SHORT_LENGTH), entry.amounts("income", entry.key))


def _programme(entry: Entry, funds: list[str], topics: list[str]) -> Work:
    return Work(
        key=entry.key,
        name=Name(entry.text("name")),
        topics=_some_topics(entry, topics),
        amounts=entry.amounts("amounts", entry.one_of("fund", funds, "fund")),
        short_name=entry.name("short", most=SHORT_LENGTH),
        source=entry.text("source"),
        is_programme=True,
    )


def _work(entry: Entry, topics: list[str], districts: list[str]) -> Work:
    return Work(
        key=entry.key,
        name=Name(entry.text("name", most=NAME_LENGTH), entry.quechua("name_quz", most=NAME_LENGTH)),
        topics=_some_topics(entry, topics),
        districts=entry.some_of("districts", districts, "district"),
        source=entry.text("source"),
    )


def _some_topics(entry: Entry, known: list[str]) -> tuple[str, ...]:
    topics = entry.some_of("topics", known, "topic of works")
    if not topics:
        entry.wrong("topics", "'topics' must name at least one topic, or nobody finds it.")
    return topics


def _campaign(
    entry: Entry, topics: list[str], districts: list[str], specialties: Mapping[str, Specialty]
) -> SeedCampaign:
    places = entry.number("places_per_specialty", required=False) or None
    attending = entry.some_of("specialties", list(specialties), "specialty")
    row = Campaign(
        key=entry.key,
        name=entry.name(most=NAME_LENGTH),
        topic=entry.one_of("topic", topics, "topic of campaigns"),
        district=entry.one_of("district", districts, "district"),
        place=entry.text("place", most=NAME_LENGTH),
        date=date.min,
        opens=entry.clock("opens"),
        closes=entry.clock("closes"),
        clinics=tuple(specialties[key].clinic(places) for key in attending),
        bring=entry.name("bring", most=LINE_LENGTH, required=False),
        cost=entry.name("cost", most=LINE_LENGTH, required=False),
        note=entry.text("note", required=False),
        source=entry.text("source"),
        is_sample=entry.flag("sample"),
    )
    if not row.is_sample:
        entry.wrong("sample", "a campaign with a day counted from the first start is a sample: write `sample: true`.")
    _check_hours(entry, row)
    return SeedCampaign(entry.number("in_days"), row)


def _fair(entry: Entry, districts: list[str], comunidades: list[str], products: list[str]) -> Fair:
    row = Fair(
        key=entry.key,
        name=entry.text("name", most=SHORT_LENGTH),
        rule=_rule(entry),
        aliases=entry.texts("aliases"),
        district=entry.one_of("district", districts, "district", required=False) or None,
        comunidad=entry.one_of("comunidad", comunidades, "comunidad", required=False) or None,
        place=entry.text("place", most=NAME_LENGTH),
        opens=entry.clock("opens"),
        closes=entry.clock("closes"),
        products=entry.some_of("products", products, "product"),
        note=entry.text("note", required=False),
        exceptions=entry.days("exceptions"),
        source=entry.text("source"),
        is_sample=entry.flag("sample"),
    )
    _check_hours(entry, row)
    return row


def _rule(entry: Entry) -> str:
    given = entry.text("weekdays_or_rule")
    try:
        return rules.parse(given) if given else ""
    except ValueError as error:
        entry.wrong("weekdays_or_rule", f"{error}.")
        return ""


def _check_hours(entry: Entry, row: Campaign | Fair) -> None:
    if row.opens and row.closes and row.closes <= row.opens:
        entry.wrong("closes", f"it closes at {row.closes:%H:%M}, which is not after {row.opens:%H:%M}.")


def _answer(entry: Entry) -> CannedAnswer:
    mesa = entry.text("mesa", required=False)
    return CannedAnswer(entry.key, mesa, entry.text("es", most=ANSWER_LENGTH), entry.quechua("quz", most=ANSWER_LENGTH))


def _route(entry: Entry, topics: list[str], districts: list[str]) -> Route:
    topic = entry.one_of("topic", topics, "topic", required=False)
    district = entry.one_of("district", districts, "district", required=False)
    return Route(topic, district, entry.text("mesa"))


def _template(entry: Entry) -> Template:
    """Its id is that of no row yet."""
    topic = entry.one_of("topic", TOPICS, "topic of notices", required=False)
    texts = entry.text("es", most=TEMPLATE_LENGTH), entry.quechua("quz", most=TEMPLATE_LENGTH)
    return Template(0, entry.text("name", most=NAME_LENGTH), topic, *texts)


def _holiday(entry: Entry) -> Holiday:
    name, day = entry.text("name"), entry.text("day", required=False)
    if not day:
        return Holiday(entry.key, name, easter=entry.number("easter"))
    try:
        fixed = date.fromisoformat(f"2000-{day}")
    except ValueError:
        entry.wrong("day", f"'day' must be month-day such as \"07-28\", not '{day}'.")
        return Holiday(entry.key, name)
    return Holiday(entry.key, name, (fixed.month, fixed.day))


def _check_together(folder: Path, content: Content, problems: list[ContentError]) -> None:
    """What one entry alone cannot show: two places of one name, a border known on one side only, a work twice."""

    def wrong(file: str, key: str, sentence: str) -> None:
        at = next((entry for entry in entries(folder / file, []) if entry.key == key), None)
        if at:
            problems.append(at.document.error(at.path, f"{key}: {sentence}"))

    meant: dict[str, str] = {}
    for file, places in (("districts.yaml", content.districts), ("comunidades.yaml", content.comunidades)):
        for place in places.values():
            for alias in {fold(text) for text in (place.name, place.key.replace("_", " "), *place.aliases)}:
                if meant.setdefault(alias, place.key) != place.key:
                    wrong(file, place.key, f"'{alias}' is a name of {meant[alias]} already.")
    for district in content.districts.values():
        for other in district.neighbours:
            if other in content.districts and district.key not in content.districts[other].neighbours:
                wrong(
                    "districts.yaml", other, f"{district.key} names it as a neighbour, so it must name {district.key}."
                )
    for key in content.programmes.keys() & content.works.keys():
        wrong("works.yaml", key, "a programme has this key already.")
