"""The five kinds of file: their columns, what each cell must be, and what a row keeps of the one it replaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any, Generic, TypeVar

from bot.language.folding import fold
from bot.records import agenda
from bot.records.agenda import Amount, Campaign, Clinic, Comunidad, Fair, Name, Promoter, Work, rules
from bot.records.store import Tx
from bot.service.imports import cells
from bot.service.imports.known import Known
from bot.service.imports.tables import Cell, Row, RowError

R = TypeVar("R")
T = TypeVar("T")


class Reader:
    """The cells of one row; what cannot be read is noted and given as None."""

    def __init__(self, row: Row, known: Known, errors: list[RowError]) -> None:
        self.row, self.known, self.errors = row, known, errors

    def take(self, column: str, parse: Callable[[Cell], T]) -> T | None:
        try:
            return parse(self.row.cells[column])
        except ValueError as error:
            self.wrong(column, str(error))
            return None

    def text(self, column: str) -> str:
        return self.take(column, cells.text) or ""

    def one(self, column: str, known: Mapping[str, str], what: str) -> str | None:
        """A key of another list, None for an empty cell."""
        value = self.text(column)
        return self._key(column, value, known, what) if value else None

    def some(self, column: str, known: Mapping[str, str], what: str) -> tuple[str, ...]:
        """Keys of another list, each once."""
        found = [self._key(column, value, known, what) for value in self.take(column, cells.items) or ()]
        return tuple(dict.fromkeys(key for key in found if key))

    def _key(self, column: str, value: str, known: Mapping[str, str], what: str) -> str | None:
        try:
            return cells.one_of(value, known, what)
        except ValueError as error:
            self.wrong(column, str(error))
            return None

    def wrong(self, column: str, sentence: str) -> None:
        self.errors.append(RowError(self.row.number, column, f"{sentence}."))


@dataclass(frozen=True, slots=True)
class Kind(Generic[R]):
    """How one kind of file becomes rows.

    `read` makes a row of the file into a record, `key` is what it replaces by, `join` puts a further row of the same
    key into the first (or says why not), `keep` carries over from the stored record what the file cannot say.
    """

    columns: tuple[str, ...]
    key_column: str
    read: Callable[[Reader], R]
    key: Callable[[R], str]
    stored: Callable[[Tx], Sequence[R]]
    keep: Callable[[R, R], R]
    join: Callable[[R, R], R | str] = lambda first, second: "this key stands in an earlier row already"


def _read_work(row: Reader) -> Work:
    year, soles = row.take("year", cells.year), row.take("amount", cells.soles)
    fund = row.one("fund", row.known.funds, "fund")
    if (year is None) != (soles is None) and not row.errors:
        row.wrong("year" if year is None else "amount", "is empty; year and amount belong together")
    topics = row.some("topic", row.known.work_topics, "topic of works")
    if not topics and not row.text("topic"):
        row.wrong("topic", "is empty")
    return Work(
        key=row.take("key", cells.key) or "",
        name=Name(row.take("name", cells.required) or "", row.text("name_quz")),
        topics=topics,
        districts=row.some("district", row.known.districts, "district"),
        amounts=(Amount(year, soles, fund),) if year is not None and soles is not None else (),
        state=row.text("state"),
        source=row.text("source"),
    )


def _join_work(first: Work, second: Work) -> Work | str:
    if replace(first, amounts=()) != replace(second, amounts=()):
        return "an earlier row has this key with another name, topic, district, state or source"
    years = {amount.year for amount in first.amounts}
    if not second.amounts or not first.amounts or second.amounts[0].year in years:
        return "an earlier row has this key and year already"
    return replace(first, amounts=tuple(sorted(first.amounts + second.amounts, key=lambda amount: amount.year)))


def _keep_work(new: Work, old: Work) -> Work:
    """Years that the file does not name stay; short names stay as long as the full name does."""
    amounts = {amount.year: amount for amount in (*old.amounts, *new.amounts)}
    short = Name(
        old.short_name.es if new.name.es == old.name.es else "",
        old.short_name.quz if new.name.quz == old.name.quz else "",
    )
    kept = tuple(amounts[year] for year in sorted(amounts))
    return replace(new, amounts=kept, short_name=short, is_programme=old.is_programme)


def _read_campaign(row: Reader) -> Campaign:
    district = row.one("district", row.known.districts, "district")
    if not district and not row.text("district"):
        row.wrong("district", "is empty")
    both = {**row.known.campaign_topics, **row.known.specialties}
    named = row.some("specialties", both, "specialty")
    specialties = tuple(key for key in named if key in row.known.specialties.values())
    name = row.take("name", cells.required) or ""
    opens, closes = _hours(row)
    places = row.take("places_per_specialty", lambda cell: cells.count(cell, 1_000))
    return Campaign(
        key=row.take("key", cells.key) or "",
        name=Name(name),
        topic=_topic(named, specialties, name, row.known),
        district=district or "",
        place=row.text("place"),
        date=row.take("date", cells.day) or date.min,
        opens=opens,
        closes=closes,
        clinics=tuple(row.known.usual[specialty].clinic(places) for specialty in specialties),
        bring=Name(row.text("bring")),
        cost=Name(row.text("cost")),
        note=row.text("note"),
    )


def _topic(named: tuple[str, ...], specialties: tuple[str, ...], name: str, known: Known) -> str:
    """What the campaign is about: as its list says, or its name, or who comes."""
    said = [key for key in named if key not in specialties]
    said += [known.campaign_topics[word] for word in fold(name).split() if word in known.campaign_topics]
    if said:
        return said[0]
    return "dental" if specialties == ("odontologia",) else "especialistas"


def _keep_campaign(new: Campaign, old: Campaign) -> Campaign:
    """The Quechua of what did not change stays, and whom each clinic is for: the file has no columns for them."""
    pairs = {part: (getattr(new, part), getattr(old, part)) for part in ("name", "bring", "cost")}
    kept = {part: was if was.es == now.es else now for part, (now, was) in pairs.items()}
    clinics = [_keep_clinic(clinic, old.clinic(clinic.specialty)) for clinic in new.clinics]
    return replace(new, clinics=tuple(clinics), is_cancelled=old.is_cancelled, **kept)


def _keep_clinic(new: Clinic, old: Clinic | None) -> Clinic:
    return replace(old, places=new.places) if old else new


def _read_fair(row: Reader) -> Fair:
    opens, closes = _hours(row)
    key, place = row.take("key", cells.key) or "", row.text("place")
    return Fair(
        key=key,
        name=row.take("name", cells.required) or "",
        rule=row.take("weekdays_or_rule", lambda cell: rules.parse(cells.text(cell))) or "",
        district=row.one("district", row.known.districts, "district (leave it empty outside the province)"),
        comunidad=row.known.comunidades.get(fold(key)) or row.known.comunidades.get(fold(place)),
        place=place,
        opens=opens,
        closes=closes,
        products=row.some("products", row.known.products, "product"),
        note=row.text("note"),
    )


def _keep_fair(new: Fair, old: Fair) -> Fair:
    comunidad = new.comunidad or (old.comunidad if new.district == old.district else None)
    return replace(new, aliases=old.aliases, comunidad=comunidad, exceptions=old.exceptions, source=old.source)


def _hours(row: Reader) -> tuple[time | None, time | None]:
    opens, closes = row.take("opens", cells.clock), row.take("closes", cells.clock)
    if opens and closes and closes <= opens:
        row.wrong("closes", f"{closes:%H:%M} is not after {opens:%H:%M}")
    return opens, closes


def _read_comunidad(row: Reader) -> Comunidad:
    key = row.take("key", cells.key) or ""
    district = row.one("district", row.known.districts, "district")
    if not district and not row.text("district"):
        row.wrong("district", "is empty")
    if key in row.known.districts.values():
        row.wrong("key", f"'{key}' is the key of a district; write {key}_comunidad or the like")
    return Comunidad(
        key, row.take("name", cells.required) or "", district or "", row.take("aliases", cells.items) or ()
    )


def _read_promoter(row: Reader) -> Promoter:
    comunidades = row.some("comunidades", row.known.comunidades, "comunidad")
    if not comunidades and not row.text("comunidades"):
        row.wrong("comunidades", "is empty")
    return Promoter(
        phone=row.take("phone", cells.mobile) or "",
        name=row.take("name", cells.required) or "",
        comunidades=comunidades,
        language=row.take("language", cells.language) or "es",
    )


def _keep_nothing(new: R, old: R) -> R:
    return new


KINDS: dict[str, Kind[Any]] = {
    "works": Kind(
        columns=("key", "name", "name_quz", "topic", "district", "year", "amount", "fund", "state", "source"),
        key_column="key",
        read=_read_work,
        key=lambda work: work.key,
        stored=lambda tx: agenda.find_works(tx, with_samples=True),
        keep=_keep_work,
        join=_join_work,
    ),
    "fairs": Kind(
        columns=("key", "name", "district", "place", "weekdays_or_rule", "opens", "closes", "products", "note"),
        key_column="key",
        read=_read_fair,
        key=lambda fair: fair.key,
        stored=lambda tx: agenda.all_fairs(tx, with_samples=True),
        keep=_keep_fair,
    ),
    "campaigns": Kind(
        columns=(
            *("key", "name", "district", "place", "date", "opens", "closes"),
            *("specialties", "places_per_specialty", "bring", "cost", "note"),
        ),
        key_column="key",
        read=_read_campaign,
        key=lambda campaign: campaign.key,
        stored=agenda.all_campaigns,
        keep=_keep_campaign,
    ),
    "comunidades": Kind(
        columns=("key", "name", "district", "aliases"),
        key_column="key",
        read=_read_comunidad,
        key=lambda comunidad: comunidad.key,
        stored=agenda.comunidades,
        keep=_keep_nothing,
    ),
    "promoters": Kind(
        columns=("name", "phone", "comunidades", "language"),
        key_column="phone",
        read=_read_promoter,
        key=lambda promoter: promoter.phone,
        stored=agenda.all_promoters,
        keep=_keep_nothing,
    ),
}
