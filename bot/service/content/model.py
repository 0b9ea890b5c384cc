"""The nouns of flows/content/: what the municipality writes by hand, checked and ready to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dateutil.easter import easter

from bot.records.agenda import Campaign, Clinic, Comunidad, District, Fair, Fund, Name, Work
from bot.records.cases import CannedAnswer, Mesa, Route
from bot.records.notices import Template


@dataclass(frozen=True, slots=True)
class Words:
    """What people write for one thing, in each language."""

    es: tuple[str, ...] = ()
    quz: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """What a work or a campaign is about; `kind` is `work` or `campaign`."""

    key: str
    name: Name
    kind: str
    keywords: Words


@dataclass(frozen=True, slots=True)
class Specialty:
    """Who attends at a campaign; `sex` (`f`, `m` or empty) and the oldest years are whom it is usually for."""

    key: str
    name: Name
    aliases: Words
    sex: str = ""
    age_to_years: int | None = None

    def clinic(self, places: int | None) -> Clinic:
        """A clinic of this specialty as it usually is."""
        return Clinic(self.key, places, sex=self.sex, age_to_years=self.age_to_years)


@dataclass(frozen=True, slots=True)
class Product:
    """What is traded at a fair."""

    key: str
    name: Name
    keywords: Words


@dataclass(frozen=True, slots=True)
class Emergency:
    """A number to call, and whose it is."""

    key: str
    name: Name
    number: str


@dataclass(frozen=True, slots=True)
class Holiday:
    """A national holiday: on a fixed (month, day), or `easter` days from Easter Sunday."""

    key: str
    name: str
    month_day: tuple[int, int] | None = None
    easter: int = 0

    def on(self, year: int) -> date:
        return date(year, *self.month_day) if self.month_day else easter(year) + timedelta(days=self.easter)


@dataclass(frozen=True, slots=True)
class SeedCampaign:
    """A sample campaign, `in_days` after the first start; the date of `row` means nothing until then."""

    in_days: int
    row: Campaign

    def from_day(self, today: date) -> Campaign:
        return replace(self.row, date=today + timedelta(days=self.in_days))


@dataclass(frozen=True, slots=True)
class Content:
    """Everything in flows/content/, by key and in the order of the files.

    The short closed lists (topics, specialties, products, holidays, emergency, kin, kinds of feedback) are always read
    from here; the rest is only the seed of a first start, and the database is the truth afterwards.
    """

    districts: Mapping[str, District]
    comunidades: Mapping[str, Comunidad]
    topics: Mapping[str, Topic]
    funds: Mapping[str, Fund]
    programmes: Mapping[str, Work]
    works: Mapping[str, Work]
    specialties: Mapping[str, Specialty]
    campaigns: Mapping[str, SeedCampaign]
    products: Mapping[str, Product]
    fairs: Mapping[str, Fair]
    mesas: Mapping[str, Mesa]
    holidays: Mapping[str, Holiday]
    emergency: Mapping[str, Emergency]
    kinds: Mapping[str, Words]
    answers: Mapping[str, CannedAnswer]
    routes: Mapping[str, Route]
    kin: Mapping[str, Name]
    templates: Mapping[str, Template]

    def holiday_on(self, day: date) -> str | None:
        """The name of the national holiday on that day."""
        return next((holiday.name for holiday in self.holidays.values() if holiday.on(day.year) == day), None)
