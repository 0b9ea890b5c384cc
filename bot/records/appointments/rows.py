"""The nouns of appointments as they are stored: who comes, to which clinic, and how far that has got."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from bot.clock import LIMA, from_text
from bot.records.store import Row

State = Literal["waiting", "offered", "booked", "cancelled", "lapsed", "came", "absent"]
"""waiting, offered: on the list · lapsed: left it without an answer · came, absent: after the day."""

OPEN = ("waiting", "offered", "booked")


@dataclass(frozen=True, slots=True)
class Patient:
    """Whom an appointment is for. `person_id` is the phone she is reached by, None where she has none.

    `kin` is how we speak of her while she has no name («hija»). `age_months` is her age on the day `aged_on`.
    `promoter` is the phone of the health promoter who registered her, `code` what her receipt says, and `consent`
    what she answered when she was asked.
    """

    id: int
    person_id: int | None
    name: str
    kin: str = ""
    age_months: int | None = None
    comunidad: str | None = None
    promoter: str | None = None
    consent: str = ""
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Appointment:
    """One person at one clinic. `held_on` and `starts` are Lima's; `starts` None: no hour was said, or none is held.

    `opens` is when the clinic begins, whoever comes.
    """

    id: int
    campaign: str
    specialty: str
    patient: Patient
    code: str
    state: State
    held_on: date
    starts: time | None
    opens: time | None
    offers: int
    hold_until: datetime | None
    confirmed_at: str | None
    booked_at: str | None

    @property
    def begins(self) -> datetime:
        """The moment it begins; the end of the day where no hour is known."""
        hour = self.starts or self.opens or time(23, 59)
        return datetime.combine(self.held_on, hour, LIMA)


def appointment(row: Row) -> Appointment:
    """From a row of `lists.COLUMNS`."""
    patient = Patient(
        row["patient_id"],
        row["person_id"],
        row["name"],
        row["kin"],
        row["age_months"],
        row["comunidad"],
        row["promoter"],
        row["consent"],
    )
    return Appointment(
        id=row["id"],
        campaign=row["campaign"],
        specialty=row["specialty"],
        patient=patient,
        code=row["code"],
        state=row["state"],
        held_on=date.fromisoformat(row["held_on"]),
        starts=time.fromisoformat(row["starts"]) if row["starts"] else None,
        opens=time.fromisoformat(row["opens"]) if row["opens"] else None,
        offers=row["offers"],
        hold_until=from_text(row["hold_until"]) if row["hold_until"] else None,
        confirmed_at=row["confirmed_at"],
        booked_at=row["booked_at"],
    )
