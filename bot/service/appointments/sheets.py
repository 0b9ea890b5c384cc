"""The list of a clinic as staff read and print it: who comes, who waits and whom no message reaches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from bot.records import appointments
from bot.records.appointments import Appointment
from bot.records.appointments.sheets import Sideline, sidelines
from bot.records.store import Tx
from bot.service.outreach import person_of_promoter

Silence = Literal["", "opted_out", "dead", "no_phone"]
"""Why no message reaches her: she wrote BAJA, her number takes nothing, or there is none; empty when one does."""

IN_THE_LIST = ("booked", "offered", "came", "absent")
"""The states of those who have a place."""

TO_COME = ("booked", "came", "absent")
"""The states of those who are printed and marked."""


@dataclass(frozen=True, slots=True)
class Line:
    """One appointment of a list; `position` is her place in the line of those who wait, from 1, else 0."""

    held: Appointment
    beside: Sideline
    position: int
    silence: Silence

    @property
    def is_to_be_told(self) -> bool:
        """Whether she would have to know of a change of the day, or of its suspension."""
        return self.held.state in appointments.OPEN or self.beside.is_closed_with_the_day


def lines(tx: Tx, campaign: str, specialty: str, is_hers: Callable[[Appointment], bool]) -> list[Line]:
    """Everybody of a clinic whom the reader may see: who has a place by number, who waits in order, then the rest."""
    beside, reached = sidelines(tx, campaign), cache(lambda phone: _is_promoter_reached(tx, phone))
    found, waiting = [], 0
    for held in appointments.of_clinic(tx, campaign, specialty):
        waiting += held.state == "waiting"
        if is_hers(held):
            side = beside[held.id]
            position = waiting if held.state == "waiting" else 0
            found.append(Line(held, side, position, _silence(held, side, reached)))
    return found


def _silence(held: Appointment, side: Sideline, is_promoter_reached: Callable[[str], bool]) -> Silence:
    if held.patient.person_id is None:
        promoter = held.patient.promoter
        return "" if promoter and is_promoter_reached(promoter) else "no_phone"
    if side.is_reachable:
        return ""
    return "opted_out" if side.is_opted_out else "dead"


def _is_promoter_reached(tx: Tx, phone: str) -> bool:
    person_id = person_of_promoter(tx, phone)
    return person_id is not None and appointments.is_reachable(tx, person_id)
