"""One inbound message, one turn, one transaction: recorded, understood, answered, or none of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock, from_text
from bot.conversation import session as sessions
from bot.conversation.engine import Action, Turn
from bot.conversation.flows import word_key
from bot.conversation.heard import Heard
from bot.conversation.message import Inbound
from bot.conversation.rendering import Bubble
from bot.language.understanding import Reading
from bot.records import messages, people
from bot.records.people import Person
from bot.records.recovery import LATE
from bot.records.store import Connection, Unavailable
from bot.service import late, privacy
from bot.service.actions import Doing, perform
from bot.service.commits import Commits
from bot.service.dressing import dress
from bot.service.knowledge import Knowledge, KnowledgeOf
from bot.service.limits import UNANSWERED_IN_A_ROW, Limits
from bot.service.notices import answers
from bot.service.notices.preview import Tariff
from bot.service.turns import Watch, drive

log = logging.getLogger(__name__)

REPLY_LIFE = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one delivery: the row it made (0 when it was a repeated one) and the channel that has replies."""

    inbound_id: int
    state: str


class _Repeated(Exception):
    """This delivery was already taken in."""


class Inbox:
    """Where every message enters, whatever way it came."""

    def __init__(
        self,
        commits: Commits,
        clock: Clock,
        knowledge: KnowledgeOf,
        limits: Limits,
        session_life: timedelta,
        wake: Callable[[str], None],
        watch: Watch,
        tariff: Tariff,
    ) -> None:
        self._commits, self._clock, self._knowledge, self._limits = commits, clock, knowledge, limits
        self._session_life, self._wake, self._watch, self._tariff = session_life, wake, watch, tariff

    async def receive(self, message: Inbound) -> Taken:
        """Take in one message; when this returns it is durable with its replies. Raises Unavailable."""
        taken = await self._commits.run(lambda tx: self.take(tx, message))
        self._wake(message.channel)
        return taken

    def take(self, tx: Connection, message: Inbound) -> Taken:
        """The whole turn over an open transaction. A turn that breaks is undone, recorded and apologised for."""
        now = message.at or self._clock.now()
        inbound_id = self._clock.new_id()
        tx.serial(message.address)
        try:
            with tx.savepoint():
                return Taken(inbound_id, self._turn(tx, inbound_id, message, now))
        except _Repeated:
            return Taken(0, "repeated")
        except Unavailable:
            raise
        except Exception:
            log.exception("turn failed message=%s", inbound_id)
        return Taken(inbound_id, self._apologise(tx, inbound_id, message, now))

    def _turn(self, tx: Connection, inbound_id: int, message: Inbound, now: datetime) -> str:
        person = people.load(tx, message.address)
        person = person or people.create(tx, self._clock.new_id(), message.address, now)
        said_at = now - late.age(message)
        if not messages.record(tx, inbound_id, message, person.id, "silent", said_at):
            raise _Repeated
        if self._is_to_stay_silent(tx, person, message, now):
            return "silent"
        knowledge = self._knowledge(tx)
        heard = self._heard(person, message, knowledge, now, said_at)
        if heard.language != (person.language or ""):
            people.set_language(tx, person.id, heard.language, is_chosen=False)
        if late.is_too_late(tx, inbound_id, person.id, message, said_at, now) and not late.is_obeyed(
            heard, knowledge.conversation.flows
        ):
            return self._excuse(tx, inbound_id, person, message, heard.language, said_at, now)
        doing = Doing(tx, person, message, now, self._clock, knowledge, inbound_id, self._tariff)
        session = sessions.load(person.session)
        if not person.is_new:
            answers.take_up(doing, session, heard, self._watch)
        turn = drive(knowledge.conversation.turn(session, heard), doing)
        self._watch(turn)
        makes_sense = turn.understood and heard.kind != "other" and turn.opened != _beside_the_point(knowledge)
        if person.unanswered_in_a_row >= UNANSWERED_IN_A_ROW and not makes_sense:
            return "silent"  # two machines may be talking to each other: only sense ends the silence
        in_a_row = 0 if makes_sense else person.unanswered_in_a_row + 1
        if in_a_row != person.unanswered_in_a_row:
            people.set_unanswered(tx, person.id, in_a_row)
        self._keep(tx, inbound_id, person, message, turn, now)
        state = "answered" if turn.understood else "not_understood"
        log.info("turn message=%s person=%s flow=%s %s", inbound_id, person.id, turn.opened or "-", state)
        return state

    def _is_to_stay_silent(self, tx: Connection, person: Person, message: Inbound, now: datetime) -> bool:
        """What is recorded and never answered: machines, stops that the provider has answered itself, floods."""
        if message.kind == "blocked":
            people.mark_unusable(tx, message.address, "blocked", now)
            return True
        if person.is_unusable:
            people.mark_usable(tx, message.address)
        if message.opt_out_type == "STOP":
            privacy.stop(tx, self._clock, now, person.id, message.text[:100])
        elif message.opt_out_type == "START":
            privacy.start(tx, self._clock, now, person.id, message.text[:100])
        if message.opt_out_type or not message.answerable:
            return True
        if self._limits.may_answer(message.address, "" if message.press else message.text, now):
            return False
        self._obey_stop(Doing(tx, person, message, now, self._clock, self._knowledge(tx)))
        return True

    @staticmethod
    def _obey_stop(doing: Doing) -> None:
        """Who wrote too much to be answered may still say BAJA."""
        flows, said = doing.knowledge.conversation.flows, word_key(doing.message.text)
        first, _, rest = said.partition(" ")
        opened = flows.by_word.get(said) or (flows.by_prefix.get(first) if rest else None)
        if opened and "opt_out" in opened.intents:
            perform(doing, Action("topics.stop", {}))

    def _excuse(
        self,
        tx: Connection,
        inbound_id: int,
        person: Person,
        message: Inbound,
        language: str,
        said_at: datetime,
        now: datetime,
    ) -> str:
        """It was read too late: she is told so, and what waits for her goes on waiting."""
        state = "answered" if late.is_to_be_told(tx, person.id, said_at, now) else "silent"
        if state == "answered":
            words = self._knowledge(tx).phrase("late", language or "es", message.medium)
            self._enqueue(tx, inbound_id, person, message, Bubble(words))
        messages.conclude(tx, inbound_id, state, language, LATE, "")
        log.info("turn message=%s person=%s late %s", inbound_id, person.id, state)
        return state

    def _heard(self, person: Person, message: Inbound, knowledge: Knowledge, now: datetime, said_at: datetime) -> Heard:
        """`said_at` is the day on which she said «tomorrow»."""
        last = from_text(person.session_changed_at) if person.session_changed_at else now
        heard = Heard(
            message.text,
            lambda text: knowledge.read(text, person.language, said_at),
            who=knowledge.who,
            kind=message.kind,
            press=message.press,
            medium=message.medium,
            is_new=not person.is_greeted,
            is_late=bool(person.session) and now - last > self._session_life,
        )
        heard.language = self._language(person, heard, knowledge)
        return heard

    @staticmethod
    def _language(person: Person, heard: Heard, knowledge: Knowledge) -> str:
        """The language she chose; else the one she clearly writes in; else the last one; empty when nobody can tell.

        A word such as MENU or DATOS, or a line such as `REG Juana Quispe 34`, says nothing of her language once we have
        one.
        """
        stored = person.language or ""
        if person.language_is_chosen or heard.kind != "text" or heard.number is not None:
            return stored
        reading: Reading = heard.reading
        if not reading.language_is_clear or (not reading.is_sure and (stored or (heard.who or {}).get("name"))):
            return stored  # a surname says nothing of the language
        spoken = "es" if reading.language == "es" else "quz"
        is_other = bool(stored) and spoken != stored
        return stored if is_other and _is_command(heard, knowledge) else spoken

    def _keep(
        self, tx: Connection, inbound_id: int, person: Person, message: Inbound, turn: Turn, now: datetime
    ) -> None:
        for bubble in turn.bubbles:
            self._enqueue(tx, inbound_id, person, message, bubble)
        if turn.greeted:
            privacy.greeted(tx, self._knowledge(tx), person.id, turn.language, message.medium, now)
        state = "" if person.is_erased else turn.session.dump()
        if state or person.session:
            people.save_session(tx, person.id, state, now)
        outcome = "answered" if turn.understood else "not_understood"
        top = turn.session.top
        waits_at = f"{top.flow}.{top.step}" if top else ""
        messages.conclude(tx, inbound_id, outcome, turn.language, turn.opened, waits_at)

    def _apologise(self, tx: Connection, inbound_id: int, message: Inbound, now: datetime) -> str:
        """The message is kept whatever happens; the apology too, unless that breaks as well or nobody reads it."""
        person = people.load(tx, message.address) or people.create(tx, self._clock.new_id(), message.address, now)
        messages.record(tx, inbound_id, message, person.id, "failed", now)
        people.save_session(tx, person.id, "", now)
        people.set_unanswered(tx, person.id, person.unanswered_in_a_row + 1)
        if not message.answerable or person.unanswered_in_a_row >= UNANSWERED_IN_A_ROW:
            return "failed"
        try:
            with tx.savepoint():
                bubble = self._knowledge(tx).apology(person.language or "es", message.medium)
                self._enqueue(tx, inbound_id, person, message, bubble)
        except Unavailable:
            raise
        except Exception:
            log.exception("no apology message=%s", inbound_id)
        return "failed"

    def _enqueue(self, tx: Connection, inbound_id: int, person: Person, message: Inbound, bubble: Bubble) -> None:
        draft, now = dress(bubble, message.medium), self._clock.now()
        self._limits.remember(draft.body)
        messages.enqueue(tx, self._clock.new_id(), message, inbound_id, person.id, draft, now, now + REPLY_LIFE)


def _is_command(heard: Heard, knowledge: Knowledge) -> bool:
    """A word that opens a flow, or a line that begins with one and names somebody: the same in both languages."""
    flows, first = knowledge.conversation.flows, heard.folded.partition(" ")[0]
    if heard.folded in flows.by_word or first in flows.by_prefix:
        return True
    return first in flows.by_word and bool((heard.who or {}).get("name"))


def _beside_the_point(knowledge: Knowledge) -> str:
    """The flow that says that we know nothing of this: a machine that writes sentences gets there every time."""
    return knowledge.conversation.flows.by_intent.get("out_of_scope", "")
