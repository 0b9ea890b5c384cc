"""What flows can ask of the works: find by topic, place, year or name, and show one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.clock import LIMA
from bot.conversation.engine import Outcome
from bot.language.folding import fold
from bot.records import agenda, people
from bot.records.agenda import Fund, Work
from bot.service.actions.doing import Doing, Values, in_both, keep_interest
from bot.service.knowledge import Knowledge

PLAN_YEARS = range(2007, 2011)
TOTAL_WORDS = {"total", "suma", "cuanto suma", "fondos", "fondo", "presupuesto"}


def find(doing: Doing, values: Values) -> Outcome:
    """Works for what was said: one, several to choose from, or the topics when nothing was said."""
    if values.get("work"):
        return show(doing, values)
    year = doing.now.astimezone(LIMA).year if values.get("this_year") else int(values.get("year") or 0)
    if year and not _has_year(doing, year):
        years = [{"key": str(each), "name": str(each)} for each in PLAN_YEARS]
        return Outcome("outside", {"year": str(year), "years": years, "this_year": ""})
    totals = _totals(doing, values)
    if totals:
        return totals
    topic, district = values.get("topic") or "", doing.knowledge.district_of(values.get("place")) or ""
    asked: Values = {
        "with_samples": doing.knowledge.with_samples,
        "topic": topic,
        "district": district,
        "year": year or None,
    }
    fitting = agenda.find_works(doing.tx, **asked)
    found = [work for work in fitting if district in work.districts] or fitting
    named = agenda.find_works(doing.tx, **asked, words=_telling(values))
    found = [work for work in named if work in found] or found
    if not found:
        return Outcome("none")
    if len(found) == 1:
        return _shown(doing, found[0], year)
    if not (topic or district or year) and len(found) > 12:
        return _topics(doing)
    place = doing.knowledge.place_name(values["place"]) if values.get("place") else ""
    works = [{"key": work.key, "name": in_both(work.short)} for work in found]
    from_plan = all(work.is_from_plan for work in found)
    given: Values = {
        "works": works,
        "place": place,
        "year": str(year or ""),
        "plan_here": from_plan and bool(place),
        "plan_anywhere": from_plan and not place,
        "imported": not from_plan,
    }
    return Outcome("several", given)


def show(doing: Doing, values: Values) -> Outcome:
    """The work that was chosen from the list."""
    found = agenda.find_works(doing.tx, with_samples=doing.knowledge.with_samples)
    chosen = next(work for work in found if work.key == values["work"])
    return _shown(doing, chosen, int(values.get("year") or 0))


def _has_year(doing: Doing, year: int) -> bool:
    return bool(agenda.find_works(doing.tx, with_samples=doing.knowledge.with_samples, year=year))


def _telling(values: Values) -> str:
    """The words of the message that may name a work; those of every question are left out."""
    return " ".join(word for word in fold(str(values.get("text") or "")).split() if word not in COMMON_WORDS)


COMMON_WORDS = {
    *"obra obras obrakuna construccion mejoramiento cuando donde hacer hacen haran estan esta este plan".split(),
    *"provincia distrito comunidad comunidades para sobre quiero saber informacion imaynan hayqaq haykaq kanqa".split(),
}


def _totals(doing: Doing, values: Values) -> Outcome | None:
    """The plan's totals, when a fund or the sum was asked: the two figures of a fund that disagree are both said."""
    said_words = set(fold(str(values.get("text") or "")).split())
    funds = {fund.key for fund in agenda.funds(doing.tx) if fold(fund.name.es).split()[0] in said_words}
    if not funds and not (said_words & TOTAL_WORDS and not values.get("topic") and not values.get("year")):
        return None
    totals = agenda.totals(doing.tx)
    asked = [each for each in totals.by_fund if each.fund.key in funds]
    said = [{"fund": in_both(each.fund.name), "programmes": each.programmes, "income": each.income} for each in asked]
    differing = [each for each in said if each["programmes"] != each["income"]]
    agreeing = [each for each in said if each["programmes"] == each["income"]]
    whole = "" if asked else totals.total
    return Outcome("totals", {"total": whole, "differing": differing, "agreeing": agreeing})


def _topics(doing: Doing) -> Outcome:
    used = {topic for work in agenda.find_works(doing.tx, with_samples=False) for topic in work.topics}
    topics = [
        {"key": topic.key, "name": in_both(topic.name)}
        for topic in doing.knowledge.content.topics.values()
        if topic.kind == "work" and topic.key in used
    ]
    return Outcome("topics", {"topics": topics, "text": ""})


def _shown(doing: Doing, work: Work, year: int) -> Outcome:
    people.set_shown(doing.tx, doing.person.id, f"work:{work.key}", doing.now)
    keep_interest(doing, f"work:{work.key}")
    return detail(doing.knowledge, agenda.funds(doing.tx), work, year)


def detail(knowledge: Knowledge, funds: Sequence[Fund], work: Work, year: int) -> Outcome:
    """What is said of one work; of a year when one was asked for, else 0."""
    amount = work.amount(year) if year else None
    of_fund = next((each.fund for each in work.amounts if each.fund), None)
    fund: Values | str = next((in_both(each.name) for each in funds if each.key == of_fund), "")
    if work.is_programme and amount:
        return Outcome("amount", {"name": in_both(work.short), "year": year, "soles": amount.soles, "fund": fund})
    if work.is_programme:
        amounts = [{"year": each.year, "soles": each.soles} for each in work.amounts]
        given: Values = {"name": in_both(work.short), "amounts": amounts, "total": work.total, "fund": fund}
        return Outcome("programme", given)
    amount = amount or (work.amounts[0] if work.amounts else None)
    given = {
        "name": in_both(work.name),
        "places": [knowledge.place_name(key) for key in work.districts],
        "from_plan": work.is_from_plan,
        "state": work.state,
        "soles": amount.soles if amount else "",
        "year": amount.year if amount else "",
        "no_date": work.is_from_plan and not work.amounts,
    }
    return Outcome("work", given)


def found(doing: Doing) -> Iterator[Outcome]:
    """What `find` can lead to with the present content."""
    yield from (Outcome("none"), find(doing, {}), find(doing, {"text": "total"}), find(doing, {"this_year": "yes"}))
    for fund in agenda.funds(doing.tx):
        yield find(doing, {"text": fund.name.es})
    for year in PLAN_YEARS:
        yield find(doing, {"year": str(year)})
    for topic in doing.knowledge.content.topics:
        yield find(doing, {"topic": topic})
    for district in doing.knowledge.places.districts:
        yield find(doing, {"place": district.key})


def shown(doing: Doing) -> Iterator[Outcome]:
    """What `show` says of every work and year."""
    for work in agenda.find_works(doing.tx, with_samples=True):
        for year in ("", *map(str, PLAN_YEARS)):
            yield show(doing, {"work": work.key, "year": year})
