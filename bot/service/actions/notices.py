"""What flows can do with a notice that was heard: say again what it offers, and open it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.conversation.engine import Outcome
from bot.language.catalogue import LANGUAGES
from bot.records import notices
from bot.service.actions.doing import Doing, Values
from bot.service.notices.events import NOTHING, Event, event
from bot.service.notices.words import filled


def heard(doing: Doing, values: Values) -> Outcome:
    """The notice that just reached her, as it reads; asked for again later, the last one that offers something.

    `gone` when that event is over: but to one that just reached her she may still answer, and is told so then.
    """
    notice = notices.one(doing.tx, int(values.get("notice_id") or _last_offer(doing)))
    if notice is None:
        return Outcome("gone")
    found = event(doing.tx, doing.knowledge, notice.about, doing.now)
    if notice.about and (found is None or not (values.get("notice_id") or _is_open(found, doing))):
        return Outcome("gone")
    said = {language: filled(notice, language) for language in LANGUAGES}
    return Outcome(found.offer if found else NOTHING, {"notice": said, "notice_id": notice.id})


def take(doing: Doing, values: Values) -> Outcome:
    """She answered `1`: what the notice offers, as the flow that it leads to begins; counted on the notice's page."""
    notice = notices.one(doing.tx, int(values.get("notice_id") or 0))
    found = event(doing.tx, doing.knowledge, notice.about, doing.now) if notice else None
    told = notices.last_heard(doing.tx, doing.person.id, notice_id=notice.id) if notice else None
    if told:
        notices.set_answer(doing.tx, told, doing.person.id, "took", doing.now)
    if found is None or not _is_open(found, doing):
        return Outcome("gone")
    kind, _, key = found.about.partition(":")
    return Outcome(found.offer, {kind: key, "notice": "", "notice_id": "", "text": ""})


def _last_offer(doing: Doing) -> int:
    told = notices.last_heard(doing.tx, doing.person.id, offering=True)
    return told.notice_id if told else 0


def _is_open(found: Event, doing: Doing) -> bool:
    return not found.is_cancelled and not found.is_over(doing.now)


def hearings(doing: Doing) -> Iterator[Outcome]:
    """A notice as long as most are."""
    text = "Vecinos de Compone: el viernes 12 de marzo, 8 am, habrá pediatra en la posta de salud. Traiga su DNI."
    for offer in ("booking", "campaign", "work", "fair", NOTHING):
        yield Outcome(offer, {"notice": text})
