"""The nouns of the agenda as they are stored: districts, comunidades, funds, works, campaigns, fairs, promoters."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time

SHORT_LENGTH = 60
"""Letters of a work's name that one line of an SMS can carry."""

PLAN_SOURCES = ("plan, cap.", "cuadro del plan")
"""How the source of a fact begins that the plan of August 2006 states."""


@dataclass(frozen=True, slots=True)
class Name:
    """One thing in both languages; `quz` may be empty, and then the Spanish is shown."""

    es: str = ""
    quz: str = ""

    def of(self, language: str) -> str:
        """The words for `language` (`es` or `quz`)."""
        return (self.quz or self.es) if language == "quz" else self.es


@dataclass(frozen=True, slots=True)
class District:
    """One of the nine; `ubigeo` is the INEI code, `neighbours` are keys of districts."""

    key: str
    name: str
    ubigeo: str
    aliases: tuple[str, ...] = ()
    neighbours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comunidad:
    """A comunidad campesina or barrio; of a sample row the district is ours, to be confirmed."""

    key: str
    name: str
    district: str
    aliases: tuple[str, ...] = ()
    is_sample: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """Whole soles in one year; `fund` is a key of funds, None when nobody said."""

    year: int
    soles: int
    fund: str | None = None


@dataclass(frozen=True, slots=True)
class Fund:
    """A source of money, with the plan's own income table: what should come in, not what programmes spend."""

    key: str
    name: Name
    incomes: tuple[Amount, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """A work, or one of the plan's programmes.

    `topics` and `districts` are keys, no district meaning the whole province; `state` is as imported, or empty.
    """

    key: str
    name: Name
    topics: tuple[str, ...]
    districts: tuple[str, ...] = ()
    amounts: tuple[Amount, ...] = ()
    short_name: Name = field(default_factory=Name)
    state: str = ""
    source: str = ""
    is_programme: bool = False
    is_sample: bool = False

    @property
    def short(self) -> Name:
        """A name that fits one line: the one given, or the full name cut at a word."""
        return Name(self.short_name.es or _cut(self.name.es), self.short_name.quz or _cut(self.name.quz))

    @property
    def is_from_plan(self) -> bool:
        """True for what the plan 2007-2010 proposes; False for what staff imported as their own."""
        return self.source.startswith(PLAN_SOURCES)

    def amount(self, year: int) -> Amount | None:
        return next((amount for amount in self.amounts if amount.year == year), None)

    @property
    def total(self) -> int:
        """Soles of all years."""
        return sum(amount.soles for amount in self.amounts)


@dataclass(frozen=True, slots=True)
class Clinic:
    """What one specialist does on a campaign's day.

    `places` None: no appointments, whoever comes is attended in order. With `per_hour` each place has an hour, else
    they are for the whole day. Hours None: the campaign's own. `sex` is `f`, `m` or empty for both.
    """

    specialty: str
    places: int | None = None
    per_hour: int | None = None
    opens: time | None = None
    closes: time | None = None
    sex: str = ""
    age_from_years: int | None = None
    age_to_years: int | None = None

    def attends(self, age_months: int) -> bool:
        """Whether somebody of that age is seen here; the oldest year counts whole."""
        years = age_months // 12
        return (self.age_from_years or 0) <= years and (self.age_to_years is None or years <= self.age_to_years)


@dataclass(frozen=True, slots=True)
class Campaign:
    """One day of a health campaign. Hours are Lima's."""

    key: str
    name: Name
    topic: str
    district: str
    place: str
    date: date
    opens: time | None = None
    closes: time | None = None
    clinics: tuple[Clinic, ...] = ()
    bring: Name = field(default_factory=Name)
    cost: Name = field(default_factory=Name)
    note: str = ""
    source: str = ""
    is_sample: bool = False
    is_cancelled: bool = False

    @property
    def specialties(self) -> tuple[str, ...]:
        return tuple(clinic.specialty for clinic in self.clinics)

    def clinic(self, specialty: str) -> Clinic | None:
        return next((clinic for clinic in self.clinics if clinic.specialty == specialty), None)

    def opening(self, clinic: Clinic) -> time | None:
        """When a clinic of this day begins; None when nobody said."""
        return clinic.opens or self.opens

    def closing(self, clinic: Clinic) -> time | None:
        return clinic.closes or self.closes


@dataclass(frozen=True, slots=True)
class Fair:
    """A fair that comes back. `rule` is a recurrence as `rules.parse` gives it, empty when no day may be told.

    `district` None: outside the province. `exceptions` are days without fair. Of a sample row only `name`, `aliases`
    and `source` are facts.
    """

    key: str
    name: str
    rule: str
    aliases: tuple[str, ...] = ()
    district: str | None = None
    comunidad: str | None = None
    place: str = ""
    opens: time | None = None
    closes: time | None = None
    products: tuple[str, ...] = ()
    note: str = ""
    exceptions: tuple[date, ...] = ()
    source: str = ""
    is_sample: bool = False


@dataclass(frozen=True, slots=True)
class Promoter:
    """A health promoter; `phone` is E.164, `language` is `es` or `quz`."""

    phone: str
    name: str
    comunidades: tuple[str, ...]
    language: str


def _cut(text: str) -> str:
    if len(text) <= SHORT_LENGTH:
        return text
    return text[: SHORT_LENGTH - 2].rsplit(" ", 1)[0].rstrip(" ,-(") + "..."
