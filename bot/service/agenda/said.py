"""What residents will read of a work or a fair, in both languages, before it is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.conversation.engine import Outcome
from bot.conversation.flows import Do
from bot.records import agenda
from bot.records.agenda import Fair, FairDay, Fund, Work
from bot.service.actions import fairs, works
from bot.service.feedback import said
from bot.service.feedback.said import Said
from bot.service.knowledge import Knowledge

LANGUAGES = ("es", "quz")
DAYS_SHOWN = 5


def of_work(knowledge: Knowledge, funds: Sequence[Fund], work: Work) -> dict[str, Said]:
    """The longest answer about a work in each language, whichever of its years is asked for."""
    years = (0, *(amount.year for amount in work.amounts))
    return _longest(knowledge, "obras", [works.detail(knowledge, funds, work, year) for year in years])


def of_fair(knowledge: Knowledge, fair: Fair, now: datetime) -> dict[str, Said]:
    """The longest answer about a fair's next days in each language."""
    days = agenda.coming_days(fair, now, DAYS_SHOWN)
    outcomes = [Outcome("one", fairs.detail(knowledge, FairDay(fair, day))) for day in days]
    return _longest(knowledge, "ferias", outcomes or [Outcome("day_unknown", {"name": fair.name})])


def _longest(knowledge: Knowledge, flow: str, outcomes: Iterable[Outcome]) -> dict[str, Said]:
    """Each outcome is said by the step that the flow goes to with it."""
    show = knowledge.conversation.flows.step(flow, "mostrar")
    if not isinstance(show, Do):
        raise TypeError(f"the step mostrar of {flow} does nothing")
    steps = [(show.outcomes[outcome.name], outcome.values) for outcome in outcomes]
    return {
        language: max(
            (said.step(knowledge, flow, name, values, language) for name, values in steps),
            key=lambda one: (one.segments, len(one.text)),
        )
        for language in LANGUAGES
    }
