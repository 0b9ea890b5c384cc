"""How appointments and clinics are said: the values that sentences of flows use."""

from __future__ import annotations

from datetime import time

from bot.clock import LIMA
from bot.language.folding import fold
from bot.records import agenda, appointments
from bot.records.agenda import Campaign, Clinic
from bot.records.appointments import Appointment, Patient
from bot.service.actions.campaigns import HINT
from bot.service.actions.doing import Doing, Values, in_both

MONTHS = 12
TODDLER_MONTHS = 36
HERSELF = "usted"
"""The key of kin.yaml for whoever writes."""


def clinic_values(doing: Doing, campaign: Campaign, clinic: Clinic) -> Values:
    """Who attends, when and where, what to bring and what it costs."""
    opens = campaign.opening(clinic)
    return {
        "clinic": f"{campaign.key}:{clinic.specialty}",
        "doctor": doctor(doing, clinic.specialty),
        "held_on": campaign.date.isoformat(),
        "hour": _hour(opens),
        "place": campaign.place,
        "district": doing.knowledge.place_name(campaign.district),
        "bring": in_both(campaign.bring) if campaign.bring.es else "",
        "cost": in_both(campaign.cost) if campaign.cost.es else "",
        "women": clinic.sex == "f",
        "sample": campaign.is_sample,
    }


def appointment_values(doing: Doing, held: Appointment) -> Values:
    """An appointment as it stands: whose, what, when, where, its code; `position` for who waits."""
    campaign = agenda.one_campaign(doing.tx, held.campaign)
    clinic = campaign.clinic(held.specialty) if campaign else None
    about = clinic_values(doing, campaign, clinic) if campaign and clinic else {}
    hour = held.starts or held.opens
    return {
        **about,
        "appointment": str(held.id),
        "key": str(held.id),
        "doctor": doctor(doing, held.specialty),
        "held_on": held.held_on.isoformat(),
        "hour": _hour(hour),
        "code": held.code,
        "state": held.state,
        "confirmed": held.confirmed_at is not None,
        **_until(doing, held),
        "position": str(appointments.position(doing.tx, held.id)) if held.state == "waiting" else "",
        **patient_values(doing, held.patient),
    }


def _until(doing: Doing, held: Appointment) -> Values:
    """Until when an offer is hers: the hour, and whether that is today."""
    if held.hold_until is None:
        return {"until": "", "until_today": False, "until_later": False}
    end, today = held.hold_until.astimezone(LIMA), doing.now.astimezone(LIMA).date()
    is_today = end.date() == today
    hour, day = f"{end:%H:%M}", end.date().isoformat()
    return {"until": hour, "until_on": day, "until_today": is_today, "until_later": not is_today}


def patient_values(doing: Doing, patient: Patient) -> Values:
    """Whose it is: `name`, or while she has none how we speak of her; her age in `years` or `months`."""
    return {"name": called(doing, patient.name, patient.kin), **age_values(patient.age_months)}


def called(doing: Doing, name: str, kin: str) -> Values | str:
    """A name, or «su hija» in both languages while nobody has said one."""
    known = doing.knowledge.content.kin.get(fold(kin) or HERSELF)
    return name or (in_both(known) if known else kin)


def age_values(age_months: int | None) -> Values:
    """`years`, or `months` of a small child."""
    is_small = age_months is not None and age_months < TODDLER_MONTHS and age_months % MONTHS != 0
    return {
        "years": str(age_months // MONTHS) if age_months is not None and not is_small else "",
        "months": str(age_months) if is_small else "",
    }


def doctor(doing: Doing, specialty: str) -> Values:
    """A specialty's name, short."""
    known = doing.knowledge.content.specialties.get(specialty)
    name = in_both(known.name) if known else {"es": specialty, "quz": specialty}
    return {language: HINT.sub("", text) for language, text in name.items()}


def split_clinic(key: str) -> tuple[str, str]:
    """(campaign, specialty) of a clinic's key."""
    campaign, _, specialty = key.partition(":")
    return campaign, specialty


def _hour(moment: time | None) -> str:
    return moment.isoformat("minutes") if moment else ""
