"""The finished messages of a notice, said by its flow: one for each language and dress, shared by all its people."""

from __future__ import annotations

import json
from datetime import datetime
from typing import NoReturn

from bot.conversation.heard import Heard
from bot.conversation.message import Medium
from bot.conversation.session import Frame, Session
from bot.language import sms
from bot.language.catalogue import LANGUAGES
from bot.records import notices
from bot.records.messages import Draft
from bot.records.notices import Notice
from bot.records.store import Tx
from bot.service.dressing import dress
from bot.service.knowledge import Knowledge
from bot.service.notices.events import NOTHING, event
from bot.service.notices.words import FLOW, STEPS, filled

MEDIA: tuple[Medium, ...] = ("sms", "telegram")


def draft_of(tx: Tx, knowledge: Knowledge, notice: Notice, language: str, medium: Medium, now: datetime) -> Draft:
    """The message as it leaves: the text, and below it what `1` is for."""
    found = event(tx, knowledge, notice.about, now)
    said = {each: filled(notice, each) for each in LANGUAGES}
    frame = Frame(FLOW, STEPS[found.offer if found else NOTHING], {"notice": said})
    talk = knowledge.conversation.walk(Session([frame]), Heard("", _unheard, language=language, medium=medium))
    try:
        next(talk)
    except StopIteration as end:
        drafts = [dress(bubble, medium) for bubble in end.value.bubbles]
        return drafts[0] if drafts else Draft("", "", (), "", 0)
    raise RuntimeError("the flow does something before it is said")


def _unheard(text: str) -> NoReturn:
    raise RuntimeError("nobody has said anything that could be read")


def render(tx: Tx, knowledge: Knowledge, notice: Notice, now: datetime) -> None:
    """Write down the finished message in each language and medium: all that its people share. Its buttons say whose
    they are, because they stay under it when other notices have come."""
    for language in LANGUAGES:
        for medium in MEDIA:
            draft = draft_of(tx, knowledge, notice, language, medium, now)
            buttons = [[option.label, f"{option.data}.{notice.id}"] for option in draft.options]
            options = json.dumps(buttons, ensure_ascii=False)
            notices.put_text(tx, notice.id, language, medium, draft, options)


def forced_by(text: str) -> tuple[str, ...]:
    """The signs of a text that make each segment carry only 70 letters, after folding."""
    return sms.count(sms.fold(text)).forced_by
