"""What comes back to a notice: it stands in her conversation from her next message on, and her answer is counted."""

from __future__ import annotations

from datetime import timedelta
from typing import NoReturn

from bot.conversation.heard import Heard
from bot.conversation.moves import Moves
from bot.conversation.session import DEPTH, Frame, Session
from bot.records import notices
from bot.service.actions import Doing
from bot.service.notices import echo
from bot.service.notices.words import FLOW
from bot.service.turns import Watch, drive

ANSWERABLE = timedelta(days=14)
"""How long after it `1` still opens what a notice offered."""

_GREATEST_ID = 2**63 - 1


def take_up(doing: Doing, session: Session, heard: Heard, watch: Watch) -> None:
    """Before her message is heard: put the question of the last notice on top of what waits, as if asked just now.

    Done here and not when it was sent, so that telling 60,000 people touches no conversation. A notice that asks
    nothing touches none at all.
    """
    last = echo.count(doing.tx, doing.person.id, "wrote", doing.now)
    is_open = last is not None and not last.is_raised and doing.now - last.sent_at <= ANSWERABLE
    told = _of_button(doing, heard) or (last if is_open else None)
    if told is None:
        return
    notices.set_raised(doing.tx, told, doing.person.id)
    question = _asked(doing, told.notice_id, heard.language, watch)
    top = session.top
    if question is None:
        return
    if top and _is_for_what_waits(heard):
        session.frames = [question, *session.frames][-DEPTH:]
        return
    flows, moves = doing.knowledge.conversation.flows, Moves(doing.knowledge.conversation.flows, session)
    if top and getattr(flows.step(top.flow, top.step), "lapses", False):
        moves.leave(moves.root(top))  # a menu that she looked at before is not shown to her again
    moves.push(question)


def _of_button(doing: Doing, heard: Heard) -> notices.Heard | None:
    """The notice whose own button she pressed, however many came after it; the button is then like any other."""
    press, _, notice_id = heard.press.rpartition(".")
    is_ours = press.startswith(f"{FLOW}.") and press.count(".") == 2 and notice_id.isdecimal()
    if not is_ours or int(notice_id) > _GREATEST_ID:
        return None
    heard.press = press
    return notices.last_heard(doing.tx, doing.person.id, notice_id=int(notice_id))


def _asked(doing: Doing, notice_id: int, language: str, watch: Watch) -> Frame | None:
    """The question of a notice as it stands once it was said; None when it asks nothing (any more)."""
    conversation = doing.knowledge.conversation
    alone = Session([Frame(FLOW, conversation.flows.first(FLOW), {"notice_id": notice_id})])
    silent = Heard("", _unheard, medium=doing.message.medium, language=language)
    turn = drive(conversation.walk(alone, silent), doing)
    watch(turn)
    return turn.session.top


def _is_for_what_waits(heard: Heard) -> bool:
    """Whether she answers the question that waited before: a notice offers nothing but `1` and a button of its own."""
    if heard.kind == "press":
        return not heard.press.startswith(f"{FLOW}.")
    return heard.number is not None and heard.number != 1


def _unheard(text: str) -> NoReturn:
    raise RuntimeError("nobody has said anything that could be read")
