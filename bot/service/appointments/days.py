"""A campaign's day as staff write it, at the desk or from a file: what has to be decided first, then who is told."""

from __future__ import annotations

from collections.abc import Mapping

from bot.records import agenda, appointments
from bot.records.agenda import Campaign
from bot.records.store import Tx
from bot.service.appointments.changes import Changes, Shortage, Touched


def to_decide(tx: Tx, changes: Changes, new: Campaign) -> list[Shortage]:
    """Where the day as it is to be leaves people without a place, or takes the specialty away that they wait for."""
    short = changes.shortages(new)
    kept = {*new.specialties, *(each.specialty for each in short)}
    left = [held.specialty for held in appointments.open_of_campaign(tx, new.key) if held.specialty not in kept]
    return short + [Shortage(specialty, left.count(specialty), 0) for specialty in dict.fromkeys(left)]


def put(tx: Tx, changes: Changes, new: Campaign, to_the_list: Mapping[str, int]) -> Touched | list[Shortage]:
    """Write a day, after so many of each specialty went back to the waiting list, and have everybody touched told.

    What has still to be decided, and nothing written, where `to_the_list` does not say exactly what the day needs.
    """
    short = to_decide(tx, changes, new)
    if any(each.places == 0 or to_the_list.get(each.specialty) != each.too_many for each in short):
        return short
    moved = [changes.to_the_list(new.key, each.specialty, each.too_many) for each in short]
    touched = [*moved, changes.put(new)]
    agenda.remove_samples(tx, "campaigns")
    unreachable = {held.id: held for each in touched for held in each.unreachable}
    return Touched(sum(each.told for each in touched), tuple(unreachable.values()))
