"""What flows can ask of the fairs: the next, the nearest, those of a day or with a product, and one in detail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot.conversation.engine import Outcome
from bot.records import agenda
from bot.records.agenda import FairDay
from bot.service.actions.doing import WEEKDAYS, Doing, Values, day_said, in_both, keep_interest
from bot.service.knowledge import Knowledge


def find(doing: Doing, values: Values) -> Outcome:
    """The fairs for what was said; `where` when the answer needs her place and we do not know it."""
    near = _near(doing, values)
    if values.get("near") and near is None:
        return Outcome("where")
    if values.get("fair"):
        return show(doing, values)
    product, on_date = values.get("product"), day_said(doing, values)
    days = _next(doing, near=near, product=product, on_date=on_date)
    if days:
        return _answer(doing, days, product, alone=near is not None or on_date is not None)
    if product:
        return Outcome("no_product", {"product": _product(doing.knowledge, product)})
    following = _next(doing, near=near)
    if on_date and following:
        return Outcome("not_that_day", {**_shown(doing, following[0]), "asked": on_date.isoformat()})
    return Outcome("one", _shown(doing, following[0])) if following else Outcome("none")


def show(doing: Doing, values: Values) -> Outcome:
    """One fair: its next day; `day_unknown` for a fair that exists and whose day may not be told."""
    on_date = day_said(doing, values)
    days = _next(doing, fair=values["fair"], on_date=on_date) or _next(doing, fair=values["fair"])
    if days and on_date and days[0].date != on_date:
        said = _shown(doing, days[0])
        return Outcome("not_that_day", {**said, "asked": on_date.isoformat(), "of": said["name"]})
    if days:
        return Outcome("one", _shown(doing, days[0]))
    known = {fair.key: fair.name for fair in doing.knowledge.places.fairs}
    return Outcome("day_unknown", {"name": known.get(values["fair"], "")})


def _next(
    doing: Doing,
    fair: str | None = None,
    near: tuple[str | None, str | None] | None = None,
    product: str | None = None,
    on_date: date | None = None,
) -> list[FairDay]:
    return agenda.next_fairs(
        doing.tx,
        doing.now,
        with_samples=doing.knowledge.with_samples,
        fair=fair,
        near=near,
        product=product,
        on_date=on_date,
    )


def _answer(doing: Doing, days: list[FairDay], product: str | None, *, alone: bool) -> Outcome:
    """The nearest one when nearness or a day was asked and it stands out; else a list."""
    if len(days) == 1 or (alone and not product and days[0].nearness is not None):
        return Outcome("one", _shown(doing, days[0]))
    items = [{"key": day.fair.key, "name": day.fair.name, "date": day.date.isoformat()} for day in days]
    is_sample = any(day.fair.is_sample for day in days)
    name = _product(doing.knowledge, product) if product else ""
    given: Values = {
        "fairs": items,
        "product": name,
        "samples": is_sample and not name,
        "all": not is_sample and not name,
    }
    return Outcome("several", given)


def _near(doing: Doing, values: Values) -> tuple[str | None, str | None] | None:
    """(comunidad, district) of the place said, or of hers when she asks for what is near."""
    place = values.get("place")
    if place:
        district = doing.knowledge.district_of(place)
        return (None if place == district else place, district)
    if values.get("near") and (doing.person.district or doing.person.comunidad):
        return (doing.person.comunidad, doing.person.district)
    return None


def _product(knowledge: Knowledge, key: str) -> Values | str:
    known = knowledge.content.products.get(key)
    return in_both(known.name) if known else key


def _shown(doing: Doing, day: FairDay) -> Values:
    keep_interest(doing, f"fair:{day.fair.key}")
    return detail(doing.knowledge, day)


def detail(knowledge: Knowledge, day: FairDay) -> Values:
    """What is said of a fair on a day."""
    fair = day.fair
    return {
        "name": fair.name,
        "date": day.date.isoformat(),
        "opens": fair.opens.isoformat("minutes") if fair.opens else "",
        "closes": fair.closes.isoformat("minutes") if fair.closes else "",
        "place": fair.place,
        "products": [_product(knowledge, key) for key in fair.products],
        "sample": fair.is_sample,
    }


def found(doing: Doing) -> Iterator[Outcome]:
    """What `find` can lead to with the present content."""
    yield from (Outcome("none"), find(doing, {}))
    for product in doing.knowledge.content.products:
        yield find(doing, {"product": product})
    for day in WEEKDAYS:
        yield find(doing, {"day": day})
    for district in doing.knowledge.places.districts:
        yield find(doing, {"place": district.key})


def shown(doing: Doing) -> Iterator[Outcome]:
    """What `show` says of every fair, on any day of the week."""
    for fair in doing.knowledge.places.fairs:
        yield Outcome("day_unknown", {"name": fair.name})
        for day in ("", *WEEKDAYS):
            yield show(doing, {"fair": fair.key, "day": day})
