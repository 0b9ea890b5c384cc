"""What every action has at hand, and how it is registered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from bot.clock import LIMA, Clock
from bot.conversation.engine import Outcome
from bot.conversation.message import Inbound
from bot.records import interests
from bot.records.agenda import Name
from bot.records.people import Person
from bot.records.store import Tx
from bot.service.knowledge import Knowledge
from bot.service.notices.preview import Tariff
from bot.settings import Settings

Values = dict[str, Any]

USUAL = Tariff.of(Settings())
"""What a notice costs where nobody has set anything."""

WEEKDAYS = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")


@dataclass(frozen=True, slots=True)
class Doing:
    """The turn's open transaction and whom it is for; `inbound_id` is the row of her message, None where we begin."""

    tx: Tx
    person: Person
    message: Inbound
    now: datetime
    clock: Clock
    knowledge: Knowledge
    inbound_id: int | None = None
    tariff: Tariff = USUAL


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One verb that a flow may `do`, and the outcomes that a flow must provide for.

    `examples` gives the outcomes that the present content can lead to, so that `bot check` can say them all.
    """

    perform: Callable[[Doing, Values], Outcome]
    outcomes: tuple[str, ...]
    examples: Callable[[Doing], Iterable[Outcome]] | None = None


def keep_interest(doing: Doing, about: str) -> None:
    """She is shown it because she asked; what we begin ourselves says nothing of what she wants to know."""
    if doing.inbound_id is not None:
        interests.keep(doing.tx, doing.person.id, about, doing.now)


def in_both(name: Name) -> Values:
    """A name as a value that is said in the reader's language."""
    return {"es": name.es, "quz": name.of("quz")}


def day_said(doing: Doing, values: Values) -> date | None:
    """The day that was asked for: a date, today, tomorrow, or the next such weekday (today counts)."""
    if values.get("date"):
        return date.fromisoformat(values["date"])
    today, day = doing.now.astimezone(LIMA).date(), values.get("day")
    if day in ("hoy", "manana"):
        return today + timedelta(days=day == "manana")
    if day in WEEKDAYS:
        return today + timedelta(days=(WEEKDAYS.index(day) - today.weekday()) % 7)
    return None
