"""What health promoters do with notices: write one, say their PIN, send it off, hear what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from bot.clock import LIMA
from bot.conversation.engine import Outcome
from bot.language import sms
from bot.language.catalogue import LANGUAGES
from bot.language.folding import fold
from bot.records import agenda, messages, notices, people, pins
from bot.records.agenda import Promoter
from bot.records.notices import Notice
from bot.service import pins as proofs
from bot.service.actions.doing import Doing, Values, day_said, in_both
from bot.service.notices import by_promoter
from bot.service.notices.by_promoter import ALL, LONGEST_LETTERS, MOST_A_DAY, Written
from bot.service.notices.events import event
from bot.service.notices.preview import Preview, preview

BOTH_SHOWN_LETTERS, SECOND_SHOWN_LETTERS = 270, 120
"""Both texts are repeated whole where they fit into one message; else part of the second, which she has just read."""


def compose(doing: Doing, values: Values) -> Outcome:
    """What is still to be known of a notice, or the notice as it would be sent.

    Asked again after each answer, so that all that must be true of whoever sends is true of each step.
    """
    said = _asked(doing, values)
    return replace(said, values={**said.values, **_own_language(doing, values)})


def _asked(doing: Doing, values: Values) -> Outcome:
    promoter = agenda.promoter_of(doing.tx, doing.message.address)
    refused = _refused(doing, promoter)
    if promoter is None or refused:
        return Outcome(refused, {"most": MOST_A_DAY})
    text = by_promoter.text_of(values["text"])
    if not text:
        return Outcome("empty")
    if len(text) > LONGEST_LETTERS:
        return Outcome("long", _lengths(text))
    to = by_promoter.chosen(promoter, values.get("comunidad", ""))
    if not to:
        return Outcome("where", {"comunidades": _choices(doing, promoter)})
    return _composed(doing, values, promoter, text, to)


def prove(doing: Doing, values: Values) -> Outcome:
    """She said her PIN, which is kept nowhere; what follows from it, `compose` says."""
    if doing.inbound_id is not None:
        messages.hide_body(doing.tx, doing.inbound_id)
    promoter = agenda.promoter_of(doing.tx, doing.message.address)
    forgotten: Values = {"pin": ""}
    if promoter is None:
        return Outcome("done", forgotten)
    proof = proofs.prove(doing.tx, doing.message.address, promoter.phone, values["pin"], doing.now)
    return Outcome("wrong" if proof == "wrong" else "done", forgotten)


def send(doing: Doing, values: Values) -> Outcome:
    """Off with the notice that she has seen; `again` when it is not the same any more, or she may send no more."""
    promoter = agenda.promoter_of(doing.tx, doing.message.address)
    if promoter:
        doing.tx.serial(f"notices of {promoter.phone}")  # two telephones of hers are not four notices
    seen = compose(doing, values)
    if promoter is None or seen.name != "ready" or seen.values["seen"] != values["seen"]:
        return Outcome("again", {"way": "", "other": "", "template": ""})
    to = by_promoter.chosen(promoter, values.get("comunidad", ""))
    notice = _draft(doing, promoter, _written(doing, values), to)
    plan = preview(doing.tx, doing.knowledge, notice, doing.tariff, doing.now)
    result = by_promoter.launch(doing.tx, doing.clock, doing.knowledge, notice, plan, doing.now)
    if result == "awaiting":
        return Outcome("awaiting", seen.values)
    has_files = doing.message.medium == "telegram" and bool(notice.about)
    return Outcome("sent" if result == "scheduled" else "again", {**seen.values, "files": "yes" if has_files else ""})


def files(doing: Doing, values: Values) -> Outcome:
    """The flyer and the text for the radio of the last notice that she sent; files come by Telegram only."""
    promoter = agenda.promoter_of(doing.tx, doing.message.address)
    if promoter is None:
        return Outcome("stranger")
    last = notices.last_of(doing.tx, promoter.phone)
    if last is None:
        return Outcome("none")
    if doing.message.medium != "telegram":
        return Outcome("elsewhere")
    return Outcome("found", {"flyer": f"volante:{last.id}", "radio": f"radio:{last.id}"})


def report(doing: Doing, values: Values) -> Outcome:
    """How many a notice of hers reached, or that it was stopped; the carrier's word, as nobody knows better."""
    done = notices.progress(doing.tx, int(values["notice_id"]))
    people_meant = done.people + done.causes("left_out")["too_late"]
    said: Values = {
        "arrived": str(done.by_state["sent"] + done.by_state["delivered"]),
        "people": str(people_meant),
        "late": str(done.too_late) if done.too_late else "",
        "begun": bool(people_meant),
        "fails": values["because"] == "failures",
    }
    return Outcome("stopped" if values["because"] else "done", said)


# ── what must be true of her ──────────────────────────────────────────────────────────────────────────────────────────


def _refused(doing: Doing, promoter: Promoter | None) -> str:
    """Why she may not send now; empty when she may."""
    if promoter is None:
        return "stranger"
    if not promoter.comunidades:
        return "placeless"
    today = doing.now.astimezone(LIMA).date()
    if not proofs.is_proven(doing.tx, doing.message.address, promoter.phone, today):
        hers = pins.one(doing.tx, promoter.phone, today)
        return "unset" if hers is None else "locked" if hers.is_locked else "pin"
    launched = by_promoter.launched_today(doing.tx, promoter.phone, doing.now)
    return "enough" if launched >= MOST_A_DAY else ""


def _choices(doing: Doing, promoter: Promoter) -> list[Values]:
    """All of hers first, then each."""
    names = [{"key": key, "name": doing.knowledge.place_name(key)} for key in promoter.comunidades]
    everywhere = {language: doing.knowledge.phrase("all_comunidades", language) for language in LANGUAGES}
    return [{"key": ALL, "name": everywhere}, *names]


# ── what she wrote ────────────────────────────────────────────────────────────────────────────────────────────────────


def _composed(doing: Doing, values: Values, promoter: Promoter, text: str, to: tuple[str, ...]) -> Outcome:
    written = _written(doing, values)
    if len(written.other) > LONGEST_LETTERS:
        return Outcome("long_other", _lengths(written.other))
    notice = _draft(doing, promoter, written, to)
    plan = preview(doing.tx, doing.knowledge, notice, doing.tariff, doing.now)
    fault = _fault(doing, notice, plan)
    if fault:
        return fault
    asked = None if values.get("way") else _other_language(doing, written, notice, plan)
    if asked:
        return asked
    return Outcome("ready", {**_shown(doing, written, notice, plan), "seen": _mark(notice)})


def _written(doing: Doing, values: Values) -> Written:
    text = by_promoter.text_of(values["text"])
    reading = doing.knowledge.read(text, doing.person.language, doing.now)
    other = {"template": values.get("template"), "write": values.get("other")}.get(values.get("way", ""))
    return Written(text, "es" if reading.language == "es" else "quz", by_promoter.as_written(other or ""))


def _draft(doing: Doing, promoter: Promoter, written: Written, to: tuple[str, ...]) -> Notice:
    reading = doing.knowledge.read(written.text, written.language, doing.now)
    day = day_said(doing, dict(reading.named))
    return by_promoter.draft(doing.tx, doing.knowledge, promoter, written, to, day, doing.now)


def _own_language(doing: Doing, values: Values) -> Values:
    """The language that she is answered in stays: what she writes for others says nothing of it."""
    language = doing.person.language
    if not language or doing.message.text.strip() != values.get("other"):
        return {}
    people.set_language(doing.tx, doing.person.id, language, is_chosen=doing.person.language_is_chosen)
    return {"language": language}


def _lengths(text: str) -> Values:
    return {"letters": str(len(text)), "most": str(LONGEST_LETTERS)}


def _fault(doing: Doing, notice: Notice, plan: Preview) -> Outcome | None:
    """Why it cannot be sent as it is; None when it can."""
    found = {problem.code: problem.detail for problem in plan.problems}
    if "too_long" in found:
        signs = sms.count(sms.fold(notice.text(found["too_long"]))).forced_by
        return Outcome("signs", {"signs": " ".join(signs)})
    if "relative_day" in found:
        return Outcome("dated", {"word": _as_said(f"{notice.text_es} {notice.text_quz}", found["relative_day"])})
    if "nobody" in found:
        return Outcome("nobody", {"places": _places(doing, notice)})
    return Outcome("late") if found or plan.is_late else None


def _as_said(text: str, folded: str) -> str:
    """The words of the text that were compared as `folded`."""
    words, size = re.findall(r"\w+", text), len(folded.split())
    said = (" ".join(words[at : at + size]) for at in range(len(words)))
    return next((each for each in said if fold(each) == folded), folded)


def _other_language(doing: Doing, written: Written, notice: Notice, plan: Preview) -> Outcome | None:
    """What those shall read who read the other language; None where there is nobody."""
    readers = sum(line.people for line in plan.lines if line.language == written.into)
    if not readers:
        return None
    template = by_promoter.suggested(notices.templates(doing.tx), written, notice)
    said: Values = {"readers": str(readers), "into_quz": written.into == "quz", "template": template}
    return Outcome("template" if template else "translate", said)


# ── what she is shown ─────────────────────────────────────────────────────────────────────────────────────────────────


def _shown(doing: Doing, written: Written, notice: Notice, plan: Preview) -> Values:
    """The notice as it will be read, and what sending it means."""
    first, second = (plan.drafts[language, "sms"].unfolded for language in (written.language, written.into))
    if not written.other:
        second = ""
    elif len(first) + len(second) > BOTH_SHOWN_LETTERS and len(second) > SECOND_SHOWN_LETTERS:
        second = f"{second[:SECOND_SHOWN_LETTERS].rsplit(' ', 1)[0]}..."
    found = event(doing.tx, doing.knowledge, notice.about, doing.now) if notice.about else None
    left = sum(plan.left_out.values())
    return {
        "shown": first,
        "in_quz": second if written.into == "quz" else "",
        "in_es": second if written.into == "es" else "",
        "about": in_both(found.name) if found else "",
        "held_on": found.held_on.isoformat() if found and found.held_on else "",
        "people": str(plan.people),
        "segments": str(plan.segments) if plan.segments else "",
        "left": str(left) if left else "",
        "places": _places(doing, notice),
        **_leaves(doing.now, plan.leaves_at),
    }


def _leaves(now: datetime, leaves_at: datetime) -> Values:
    here = leaves_at.astimezone(LIMA)
    days = (here.date() - now.astimezone(LIMA).date()).days
    return {
        "at_once": leaves_at <= now,
        "today": leaves_at > now and days == 0,
        "tomorrow": days == 1,
        "leaves_on": here.date().isoformat() if days > 1 else "",
        "leaves_at": here.time().isoformat("minutes"),
    }


def _places(doing: Doing, notice: Notice) -> list[str]:
    return [doing.knowledge.place_name(key) for key in notice.audience.comunidades]


def _mark(notice: Notice) -> str:
    """By what is known whether a notice is still the one that she was shown; until when it is true moves by itself."""
    return sha256(repr(replace(notice, expires_at=None)).encode()).hexdigest()[:16]


# ── examples ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def composed(doing: Doing) -> Iterator[Outcome]:
    """Most of what can be, in a comunidad with a long name."""
    place = max((each.name for each in doing.knowledge.places.comunidades), key=len)
    text = "Vecinos de Compone: el viernes 12 de marzo, 8 am, habrá pediatra en la posta de salud. Traiga su DNI."
    shown: Values = {"shown": f"{text}\n1 Sacar cita", "about": "Campaña de salud", "held_on": "2027-03-12"}
    figures: Values = {"people": "134", "segments": "268", "left": "21", "places": [place], "leaves_at": "07:00"}
    for more in ({"in_quz": text, "tomorrow": "yes"}, {"in_es": text[:SECOND_SHOWN_LETTERS], "at_once": "yes"}):
        yield Outcome("ready", {**shown, **figures, **more})
    for into in ("yes", ""):
        yield Outcome("template", {"template": text, "into_quz": into, "readers": "134"})
        yield Outcome("translate", {"into_quz": into, "readers": "134"})
    for name in ("nobody", "long", "long_other", "enough", "locked", "unset", "placeless", "stranger"):
        yield Outcome(name, {"places": [place], "letters": "1450", "most": "320"})


def sent(doing: Doing) -> Iterator[Outcome]:
    for name in ("sent", "awaiting"):
        yield Outcome(name, {"people": "134", "leaves_on": "2027-03-12", "leaves_at": "07:00"})
