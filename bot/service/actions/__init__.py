"""The verbs that a flow may `do`, in one visible table."""

from __future__ import annotations

from bot.conversation.engine import Action, Outcome
from bot.service.actions import campaigns, fairs, feedback, notices, noticing, people, topics, works
from bot.service.actions.appointments import keeping, registering, reminding, taking
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
    "appointments.find": ActionSpec(
        taking.find,
        ("booked", "unnamed", "one", "several", "full", "already", "not_for", "gone", "none", "none_of", "move"),
        taking.found,
    ),
    "appointments.choose": ActionSpec(taking.choose, ("one", "full", "gone"), taking.chosen),
    "appointments.household": ActionSpec(taking.household, ("said", "known", "nobody"), taking.ended),
    "appointments.check": ActionSpec(taking.check, ("fits", "name_missing", "age_missing", "not_for"), taking.checked),
    "appointments.book": ActionSpec(taking.book, ("booked", "full", "already", "gone"), taking.ended),
    "appointments.wait": ActionSpec(taking.wait, ("booked", "waiting", "already", "gone"), taking.ended),
    "appointments.rename": ActionSpec(taking.rename, ("done", "gone")),
    "appointments.mine": ActionSpec(keeping.mine, ("one", "several", "near", "unknown", "none"), keeping.listed),
    "appointments.show": ActionSpec(keeping.show, ("one", "gone"), keeping.shown),
    "appointments.confirm": ActionSpec(keeping.confirm, ("done", "gone"), keeping.shown),
    "appointments.cancel": ActionSpec(keeping.cancel, ("done", "gone")),
    "appointments.other_days": ActionSpec(keeping.other_days, ("one", "several", "none", "gone"), keeping.days),
    "appointments.chosen_day": ActionSpec(keeping.chosen_day, ("one", "gone"), keeping.days),
    "appointments.move": ActionSpec(keeping.move, ("moved", "full", "gone"), keeping.moved),
    "appointments.reminded": ActionSpec(
        reminding.reminded, ("one", "several", "confirmed", "over"), reminding.reminders
    ),
    "appointments.coming": ActionSpec(reminding.coming, ("done", "gone")),
    "appointments.not_coming": ActionSpec(reminding.not_coming, ("done", "which", "gone")),
    "appointments.offered": ActionSpec(reminding.offered, ("one", "gone"), reminding.offers),
    "appointments.accept": ActionSpec(reminding.accept, ("booked", "gone"), reminding.offers),
    "appointments.changed": ActionSpec(reminding.changed, ("one", "several", "over", "nothing"), reminding.reminders),
    "appointments.passed": ActionSpec(reminding.passed, ("waiting", "lapsed", "over"), reminding.offers),
    "appointments.registered": ActionSpec(reminding.registered, ("one", "over"), reminding.registrations),
    "appointments.consent": ActionSpec(reminding.consent, ("given", "refused", "gone")),
    "feedback.hear": ActionSpec(feedback.hear, ("filed", "filed_nowhere", "added", "which", "empty"), feedback.heard),
    "feedback.choose_mesa": ActionSpec(feedback.choose_mesa, ("filed", "filed_nowhere"), feedback.filed),
    "feedback.set_place": ActionSpec(feedback.set_place, ("done",), feedback.done),
    "feedback.hide": ActionSpec(feedback.hide, ("done", "none"), feedback.done),
    "feedback.add": ActionSpec(feedback.add, ("done",), feedback.done),
    "feedback.photo": ActionSpec(feedback.photo, ("added", "none"), feedback.added),
    "feedback.status": ActionSpec(
        feedback.status, ("open", "answered", "closed", "several", "near", "unknown", "none"), feedback.stands
    ),
    "feedback.show": ActionSpec(feedback.show, ("open", "answered", "closed"), feedback.stood),
    "feedback.answer": ActionSpec(feedback.answer, ("more", "last", "gone"), feedback.answered),
    "feedback.served": ActionSpec(feedback.served, ("thanks", "reopened", "gone"), feedback.done),
    "notices.heard": ActionSpec(
        notices.heard, ("booking", "campaign", "work", "fair", "bare", "gone"), notices.hearings
    ),
    "notices.take": ActionSpec(notices.take, ("booking", "campaign", "work", "fair", "gone")),
    "promoters.recognise": ActionSpec(registering.recognise, ("promoter", "ask", "unknown")),
    "promoters.register": ActionSpec(
        registering.register,
        ("done", "asked", "silent_number", "unclear", "not_promoter"),
        registering.registered,
    ),
    "promoters.day": ActionSpec(registering.day, ("today", "before", "marked", "none", "not_promoter")),
    "promoters.show": ActionSpec(registering.show, ("today", "before", "gone")),
    "promoters.mark": ActionSpec(registering.mark, ("done", "gone")),
    "promoters.compose": ActionSpec(
        noticing.compose,
        (
            *("stranger", "placeless", "unset", "locked", "pin", "enough"),
            *("empty", "long", "where", "long_other", "signs", "dated", "nobody", "late"),
            *("template", "translate", "ready"),
        ),
        noticing.composed,
    ),
    "promoters.prove": ActionSpec(noticing.prove, ("done", "wrong")),
    "promoters.send": ActionSpec(noticing.send, ("sent", "awaiting", "again"), noticing.sent),
    "promoters.files": ActionSpec(noticing.files, ("found", "elsewhere", "none", "stranger")),
    "promoters.report": ActionSpec(noticing.report, ("done", "stopped")),
    "people.set_language": ActionSpec(people.set_language, ("greeted", "newcomer")),
    "people.place": ActionSpec(people.place, ("known", "unknown")),
    "people.place_options": ActionSpec(people.place_options, ("several",), people.place_examples),
    "people.set_place": ActionSpec(people.set_place, ("done",)),
    "people.data": ActionSpec(people.data, ("found",)),
    "people.erase": ActionSpec(people.erase, ("done",)),
    "topics.heard": ActionSpec(topics.heard, ("hears", "stopped"), topics.some_heard),
    "topics.switch": ActionSpec(topics.switch, ("on", "off"), topics.switched),
    "topics.stop": ActionSpec(topics.stop, ("all", "some", "neither"), topics.several),
    "topics.start": ActionSpec(topics.start, ("all", "some", "unclear", "neither"), topics.several),
    "topics.cancels": ActionSpec(topics.cancels, ("either", "appointment", "notices")),
    "topics.says_yes": ActionSpec(topics.says_yes, ("start", "nothing")),
}


def perform(doing: Doing, action: Action) -> Outcome:
    """Do what a flow asks, inside the turn's transaction."""
    return ACTIONS[action.name].perform(doing, action.values)
