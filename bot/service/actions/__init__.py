"""The verbs that a flow may `do`, in one visible table."""

from __future__ import annotations

from bot.conversation.engine import Action, Outcome
from bot.service.actions import campaigns, fairs, people, works
from bot.service.actions.doing import ActionSpec, Doing

__all__ = ["ACTIONS", "ActionSpec", "Doing", "perform"]

ACTIONS: dict[str, ActionSpec] = {
    "works.find": ActionSpec(
        works.find, ("amount", "programme", "work", "several", "topics", "totals", "outside", "none"), works.found
    ),
    "works.show": ActionSpec(works.show, ("amount", "programme", "work"), works.shown),
    "campaigns.find": ActionSpec(campaigns.find, ("one", "several", "elsewhere", "where", "none"), campaigns.found),
    "campaigns.show": ActionSpec(campaigns.show, ("one", "none"), campaigns.shown),
    "fairs.find": ActionSpec(
        fairs.find, ("one", "several", "where", "not_that_day", "no_product", "day_unknown", "none"), fairs.found
    ),
    "fairs.show": ActionSpec(fairs.show, ("one", "not_that_day", "day_unknown"), fairs.shown),
    "people.set_language": ActionSpec(people.set_language, ("greeted", "newcomer")),
    "people.place": ActionSpec(people.place, ("known", "unknown")),
    "people.place_options": ActionSpec(people.place_options, ("several",), people.place_examples),
    "people.set_place": ActionSpec(people.set_place, ("done",)),
    "people.opt_out": ActionSpec(people.opt_out, ("done",)),
    "people.opt_in": ActionSpec(people.opt_in, ("done",)),
    "people.data": ActionSpec(people.data, ("found",)),
    "people.erase": ActionSpec(people.erase, ("done",)),
}


def perform(doing: Doing, action: Action) -> Outcome:
    """Do what a flow asks, inside the turn's transaction."""
    return ACTIONS[action.name].perform(doing, action.values)
