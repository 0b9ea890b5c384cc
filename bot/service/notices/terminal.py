"""A notice at the terminal: written from the words of a command, shown in lines, and how far it is in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import LIMA, Clock
from bot.errors import Refusal
from bot.language.catalogue import LANGUAGES
from bot.records import audit, notices
from bot.records.audit import Actor, Entry
from bot.records.notices import Audience, Notice, Progress
from bot.records.store import Tx
from bot.service import scopes
from bot.service.knowledge import Knowledge
from bot.service.notices import steering, timing
from bot.service.notices.checks import MOST_SEGMENTS, Problem
from bot.service.notices.events import event
from bot.service.notices.preview import Preview, Tariff, preview
from bot.service.notices.words import FIELDS, names_in

TERMINAL = Actor(None, "bot notice")
"""Whoever has a shell on the server."""

_TOPIC_OF = {"campaign": "campaigns", "fair": "fairs", "work": "works"}
_BAR = 24
_WORDS = {
    "missing_es": "The Spanish text is missing (--es).",
    "missing_quz": "The Quechua text is missing (--quz).",
    "unknown_field": "There is no field {{{detail}}}; the fields are {fields}.",
    "missing_field": "{{{detail}}} has no value (--field {detail}=…).",
    "bad_field": "The value of {{{detail}}} is none: a day is written 2027-03-12, an hour 08:00, a price 25.50.",
    "too_long": "It is longer than {most} segments in one of the languages ({detail}).",
    "no_name": "It has no name (--name).",
    "event_gone": "What it is about is not in the agenda.",
    "event_over": "What it is about has begun already, or begins before it ends.",
    "event_cancelled": "What it is about is cancelled.",
    "event_moved": "What it is about was moved to another day.",
    "ends_before_it_begins": "It would end before it begins (--until).",
    "past": "Its end has passed already (--until).",
    "relative_day": "«{detail}» is true on one day only, and it would be sent on another.",
    "nobody": "Nobody would hear it.",
}


@dataclass(frozen=True, slots=True)
class Order:
    """A notice as a command gives it; `about` is `campaign:KEY`, `work:KEY`, `fair:KEY` or empty."""

    name: str
    text_es: str
    text_quz: str
    about: str = ""
    topic: str = ""
    fields: Mapping[str, str] | None = None
    districts: tuple[str, ...] = ()
    comunidades: tuple[str, ...] = ()
    starts_at: datetime | None = None
    expires_at: datetime | None = None


def written(tx: Tx, knowledge: Knowledge, clock: Clock, order: Order) -> Notice:
    """The draft that an order asks for, not kept yet. Raises Refusal for what there is not."""
    found = event(tx, knowledge, order.about, clock.now())
    if order.about and found is None:
        raise Refusal(f"There is no {order.about} in the agenda; write campaign:KEY, work:KEY or fair:KEY.")
    draft = Notice(
        clock.new_id(),
        order.name,
        TERMINAL.name,
        about=order.about,
        topic=order.topic or _TOPIC_OF.get(order.about.partition(":")[0], ""),
        text_es=order.text_es,
        text_quz=order.text_quz,
        fields={**(found.fields if found else {}), **(order.fields or {})},
        audience=Audience(
            districts=scopes.keys(knowledge, "district", order.districts),
            comunidades=scopes.keys(knowledge, "comunidad", order.comunidades),
        ),
        starts_at=order.starts_at,
        expires_at=order.expires_at,
    )
    return replace(draft, fields={name: value for name, value in draft.fields.items() if _is_used(draft, name)})


def _is_used(draft: Notice, field: str) -> bool:
    return field.partition(".")[0] in names_in(f"{draft.text_es} {draft.text_quz}")


def planned(tx: Tx, knowledge: Knowledge, notice: Notice, tariff: Tariff, now: datetime) -> Preview:
    """What would be sent, with the end that its event and its words settle."""
    return preview(tx, knowledge, steering.written(tx, knowledge, notice, now), tariff, now)


def keep(tx: Tx, clock: Clock, notice: Notice) -> None:
    """The draft, written down."""
    notices.add(tx, notice, clock.now())
    note(tx, clock, "notice_written", notice)


def launch(tx: Tx, knowledge: Knowledge, clock: Clock, notice: Notice, plan: Preview) -> str:
    """Send a kept draft off; the sentence that says what became of it."""
    done = steering.launch(tx, knowledge, notice, clock.now(), wants_approval=plan.wants_approval)
    if done not in ("scheduled", "awaiting"):
        raise Refusal("It was not sent: it was changed meanwhile.")
    figures = {"people": str(plan.people), "segments": str(plan.segments), "soles": f"{plan.soles:.2f}"}
    note(tx, clock, "notice_sent" if done == "scheduled" else "notice_submitted", notice, figures)
    if done == "awaiting":
        return f"It costs more than S/ {plan.ceiling:.2f}: somebody else has to approve it at the desk."
    return f"It leaves {_moment(plan.leaves_at)}; `bot notice watch {notice.id}` shows how far it is."


def lead(tx: Tx, clock: Clock, notice: Notice, verb: str) -> bool:
    """Pause, resume or cancel; False when its state does not allow it."""
    acts = {"pause": steering.pause, "resume": steering.resume, "cancel": steering.cancel}
    is_done: bool = acts[verb](tx, notice, clock.now())
    if is_done:
        note(tx, clock, f"notice_{verb}{'led' if verb == 'cancel' else 'd'}", notice)
    return is_done


def note(tx: Tx, clock: Clock, action: str, notice: Notice, figures: Mapping[str, str] | None = None) -> None:
    details = {"notice": str(notice.id), **(figures or {})}
    audit.write(tx, Entry(clock.new_id(), clock.now(), TERMINAL, action, notice.name, details))


def named(tx: Tx, notice_id: int) -> Notice:
    """The notice of that number. Raises Refusal."""
    found = notices.one(tx, notice_id)
    if found is None:
        raise Refusal(f"There is no notice {notice_id}; `bot notice list` shows them.")
    return found


# ── in lines ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def row(notice: Notice) -> str:
    """One line of a list: number, state, when, name."""
    state = notice.state + (f" ({notice.stopped_because})" if notice.stopped_because else "")
    return "\t".join((str(notice.id), state, _moment(notice.starts_at), notice.author, notice.name))


def about(knowledge: Knowledge, notice: Notice, plan: Preview) -> list[str]:
    """What it says, to whom, and until when."""
    texts = {plan.drafts[language, "sms"].body: language for language in LANGUAGES}
    said = [f"{language:9} {text!r}" for text, language in texts.items() if text]
    return [
        f"name      {notice.name} ({notice.state}, by {notice.author})",
        *([f"about     {notice.about}"] if notice.about else []),
        *([f"topic     {notice.topic}"] if notice.topic else []),
        *said,
        f"to        {_audience(knowledge, notice.audience)}",
        f"leaves    {_moment(plan.leaves_at if notice.begun_at is None else notice.begun_at)}",
        f"true      until {_moment(notice.expires_at or plan.expires_at)}",
    ]


def _audience(knowledge: Knowledge, audience: Audience) -> str:
    where = [knowledge.place_name(key) for key in (*audience.districts, *audience.comunidades)]
    narrowed = {
        "who read": " and ".join(audience.languages),
        "with a place at" if audience.holds != "waiting" else "waiting for": audience.campaign,
        "who asked about": audience.asked_about,
        "who chose": "its topic" if audience.is_chosen else "",
    }
    who = [f"{how} {what}" for how, what in narrowed.items() if what]
    return ", ".join([" and ".join(where) or "everybody", *who])


def cost(plan: Preview) -> list[str]:
    """People, segments and soles by language and channel, who hears nothing and why, and the sum."""
    lines = [f"  {'':4} {'':10} {'people':>7} {'segments':>9} {'S/':>10}"]
    lines += [
        f"  {each.language:4} {each.channel:10} {each.people:7} {each.segments:9} {each.soles:10.2f}"
        for each in plan.lines
    ]
    lines.append(f"  {'all':4} {'':10} {plan.people:7} {plan.segments:9} {plan.soles:10.2f}")
    if plan.left_out:
        lines.append(f"left out  {_counted(plan.left_out)}")
    if plan.is_late:
        lines.append(f"late      it would take until {_moment(plan.ends_at)}, and is not true any more by then")
    return lines


def problem(found: Problem) -> str:
    """Why it cannot be sent, as a sentence."""
    words = _WORDS.get(found.code, "It cannot be sent: {code} {detail}.")
    return words.format(code=found.code, detail=found.detail, fields=", ".join(FIELDS), most=MOST_SEGMENTS)


def spent(notice: Notice, done: Progress, tariff: Tariff) -> list[str]:
    """What became of its messages, with the causes, and what that cost."""
    lines = []
    for state in sorted(done.by_state):
        causes = {cause or "–": n for cause, n in done.causes(state).items()}
        because = f"  ({_counted(causes)})" if set(causes) != {"–"} else ""
        lines.append(f"  {_said(notice, state):10} {done.by_state[state]:7}{because}")
    return [*lines, f"spent     {done.segments} segments, S/ {tariff.spent(done):.2f}"]


def _said(notice: Notice, state: str) -> str:
    """Who still waits for a cancelled one waits for nothing."""
    return "not sent" if state == "waiting" and notice.state == "cancelled" else state


def bar(tx: Tx, knowledge: Knowledge, notice: Notice, done: Progress, tariff: Tariff, now: datetime) -> str:
    """How far it is, in one line. «Delivered» is the carrier's word."""
    is_over = notice.state in ("done", "cancelled")
    share = 1 - done.waiting / done.people if done.people and not is_over else float(is_over)
    full = int(share * _BAR)
    failed = done.by_state["failed"]
    why = f" ({_counted(_causes(done))})" if failed else ""
    parts = [
        f"[{'#' * full}{'-' * (_BAR - full)}] {share:4.0%} of {done.people}",
        f"{_said(notice, 'waiting')} {done.waiting}, sent {done.by_state['sent']}"
        f", delivered {done.by_state['delivered']}",
        f"failed {failed}{why}, unknown {done.by_state['unknown']}, too late {done.too_late}",
        notice.state + (f": {notice.stopped_because}" if notice.stopped_because else ""),
    ]
    if notice.state in ("freezing", "sending") and done.waiting:
        parts.append(f"ends {_moment(_end(tx, knowledge, notice, done, tariff, now))}")
    return " · ".join(parts)


def _causes(done: Progress) -> Mapping[str, int]:
    return {cause or "carrier": n for cause, n in done.causes("failed").items()}


def _end(tx: Tx, knowledge: Knowledge, notice: Notice, done: Progress, tariff: Tariff, now: datetime) -> datetime:
    """When the last has left, at the sender's pace; the clock stands still in quiet hours."""
    waiting = (part for part in done.parts if part.state in ("waiting", "sending") and part.channel != "telegram")
    units = sum(part.segments for part in waiting)
    if notice.is_urgent:
        return now + timedelta(seconds=units / tariff.segments_per_second)
    return timing.ends_at(tx, knowledge, now, units, tariff.segments_per_second)


def _counted(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in _most_first(found))


def _most_first(found: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    return sorted(found.items(), key=lambda each: (-each[1], each[0]))


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(LIMA):%Y-%m-%d %H:%M}" if moment else "-"
