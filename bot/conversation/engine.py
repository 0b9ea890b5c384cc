"""One turn of a conversation: what was heard, walked through the flows until a step waits. No I/O, clock or chance.

The service drives it: `turn` yields each Action that a flow asks for and is sent back its Outcome; it ends in a Turn.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

from bot.conversation import answers
from bot.conversation.flows import (
    DID_YOU_MEAN,
    LANGUAGE,
    MENU,
    PHOTO,
    PROMOTER,
    RESUME,
    WHICH_PLACE,
    Ask,
    Back,
    Branch,
    Call,
    Choose,
    Do,
    Flow,
    Flows,
    Open,
    Pick,
    Say,
    Step,
    parts,
)
from bot.conversation.heard import Heard
from bot.conversation.moves import Moves
from bot.conversation.rendering import Bubble, Renderer
from bot.conversation.session import Frame, Session, Values
from bot.conversation.speech import Speech, items_of
from bot.errors import ChaskiError
from bot.language.catalogue import LANGUAGES, Catalogue

STEPS_PER_TURN = 50
MISSES_UNTIL_WAY_OUT = 3
WORDS_OF_A_NAME = 2


class EndlessFlow(ChaskiError):
    """A flow went round without ever waiting for the person."""


@dataclass(frozen=True, slots=True)
class Action:
    """What a flow asks the service to do, with the values it may use."""

    name: str
    values: Values


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an action ended: one of its named outcomes, and the values that the flow goes on with."""

    name: str
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turn:
    """The end of a turn: the session to keep and the messages to send; `opened` is the flow that an intent opened.

    `walked` names every step gone through: `flow.step`, with `.2` for the option taken or `:one` for an outcome.
    """

    session: Session
    bubbles: list[Bubble]
    language: str
    understood: bool
    opened: str
    greeted: bool
    walked: tuple[str, ...]


Talk = Generator[Action, Outcome, Turn]


class Conversation:
    """All flows with their words: the pure middle of the house."""

    def __init__(self, flows: Flows, catalogue: Catalogue, constants: Values) -> None:
        """`constants` are values every sentence may use, such as the office's telephone."""
        self.flows, self.catalogue, self.constants = flows, catalogue, constants

    def turn(self, session: Session, heard: Heard) -> Talk:
        """One message in, the next messages out. `session` is changed in place and handed back."""
        return _Turn(self, session, heard).run()

    def walk(self, session: Session, heard: Heard) -> Talk:
        """Go on from where the session stands, without hearing anything first."""
        return _Turn(self, session, heard).run(hears=False)


class _Turn:
    def __init__(self, house: Conversation, session: Session, heard: Heard) -> None:
        self.flows, self.catalogue = house.flows, house.catalogue
        self.speech = Speech(house.flows, house.constants, heard.medium)
        self.session, self.heard = session, heard
        self.moves = Moves(house.flows, session)
        self.language = heard.language
        self.understood = True
        self.opened = ""
        self.walked: list[str] = []
        self.below = [(frame, frame.step) for frame in session.frames[:-1]]

    def run(self, *, hears: bool = True) -> Talk:
        if not hears or self._hear():
            yield from self._walk()
        if self.understood:
            self.session.misses = 0
        if not self.session.frames:
            self.moves.forget_past()
        greeted = self._is_to_be_greeted()
        if greeted:
            self.speech.greet()
        renderer = Renderer(self.catalogue, self.language or LANGUAGES[0], self.heard.medium)
        bubbles = renderer.render(self.speech.said)
        self.session.shown = renderer.shown
        return Turn(self.session, bubbles, self.language, self.understood, self.opened, greeted, tuple(self.walked))

    def _is_to_be_greeted(self) -> bool:
        """Somebody new, unless she is still asked for her language, or what she wants cannot wait for a greeting."""
        top, flow = self.session.top, self.flows.flows.get(self.opened)
        return self.heard.is_new and not (top and top.flow == LANGUAGE) and (flow is None or flow.greets)

    # -- hearing: where the message leads; true when there is something to walk

    def _hear(self) -> bool:
        heard, top = self.heard, self.session.top
        if heard.kind == "photo":
            return self._open(self.flows.flows[PHOTO])
        if heard.kind == "other":
            self.speech.phrase("only_text")
            return True
        if heard.kind == "press":
            return self._pressed()
        if heard.kind == "contact":
            return self._open(self.flows.flows[PROMOTER])
        if top and self.flows.step(top.flow, top.step) is None:
            return self._step_is_gone()
        flow = self.flows.by_word.get(heard.folded) or self._prefixed()
        if flow and (flow.always or flow.prefixes):
            return self._open(flow)
        if heard.is_late and top and not self.flows.flows[self.moves.root(top).flow].keeps:
            return self._take_up_late(flow)
        return self._answered() or self._asked(flow)

    def _prefixed(self) -> Flow | None:
        first, _, rest = self.heard.folded.partition(" ")
        return self.flows.by_prefix.get(first) if rest else None

    def _step_is_gone(self) -> bool:
        self.speech.phrase("step_gone")
        self.session.frames.clear()
        return self._open(self.flows.flows[MENU])

    def _take_up_late(self, flow: Flow | None) -> bool:
        """Her question is old: a clear new one is answered, anything else is asked whether to go on."""
        if flow or self._intent_flow():
            self.session.frames.clear()
            return self._asked(flow)
        while top := self.session.top:
            root = self.moves.root(top)
            waiting = self.flows.flows.get(root.flow)
            if waiting and waiting.name:
                self.moves.push(Frame(RESUME, self.flows.first(RESUME), {"name": self._in_both(waiting.name)}))
                return True
            self.moves.leave(root)  # «did you mean?» and «shall we go on?» have no name: nobody goes on with them
        return self._asked(None)

    def _answered(self) -> bool:
        """Whether the message answers the waiting step; then the step's answer is taken and we stand at the next.

        Below a list that may lapse, words may still answer the question that was put aside for it.
        """
        if self.heard.number is None and self._cannot_wait():
            return False
        frames = list(self.session.frames)
        while (top := self.session.top) and (step := self.flows.step(top.flow, top.step)):
            if self._answers(top, step):
                return True
            if self.heard.number is not None or not getattr(step, "lapses", False):
                break
            self.moves.leave(self.moves.root(top))
        self.session.frames = frames
        return False

    def _answers(self, top: Frame, step: Step) -> bool:
        is_word = self.heard.folded in self.flows.by_word
        match step:
            case Choose():
                return self._chosen(step, answers.choice(step, self.heard, self._labels(step, top), is_word=is_word))
            case Pick():
                items = items_of(top, step)
                is_word = is_word and step.lapses
                index = answers.item(self.heard, self.session, items, step.item, self._names, is_word=is_word)
                return self._picked(top, step, index) or self._freely(top, step)
            case Ask():
                if step.expect == "text" and step.lapses and is_word:
                    return False  # FERIAS or MI CITA is no complaint
                if step.expect == "place" and self.heard.reading.place_options:
                    return self._take(top, {}, step.then) and self._ask_which_place()
                value = answers.value(step.expect, self.heard)
                return value is not None and self._take(top, {step.save: value}, step.then)
        return False

    def _chosen(self, step: Choose, index: int | None) -> bool:
        if index is None or self.session.top is None:
            return False
        option = step.options[index]
        self.walked.append(f"{self.session.top.flow}.{self.session.top.step}.{index}")
        return self._take(self.session.top, dict(option.set), option.then)

    def _picked(self, top: Frame, step: Pick, index: int | None) -> bool:
        if index is None:
            return False
        if index == answers.MORE:
            self.session.page += self.session.shown
            return True
        return self._take(top, {step.save: items_of(top, step)[index]["key"]}, step.then)

    def _freely(self, top: Frame, step: Pick) -> bool:
        """An answer in her own words beside the list."""
        value = answers.value(step.free, self.heard) if step.free else None
        return value is not None and self._take(top, {step.save: value}, step.then)

    def _take(self, top: Frame, values: Values, then: str) -> bool:
        self.session.remember()
        top.values.update(values)
        self.moves.go(then)
        return True

    def _pressed(self) -> bool:
        """A button: of the question that waits, or of the menu, which is always at hand; else the question again."""
        flow, name, rest = ([*self.heard.press.split(".", 2), "", ""])[:3]
        step, top = self.flows.step(flow, name), self.session.top
        is_waiting = top is not None and (top.flow, top.step) == (flow, name)
        if isinstance(step, Choose) and self.flows.flows[flow].fresh and not is_waiting:
            self.session.frames, is_waiting = [Frame(flow, name)], True
        if step and self.flows.flows[flow].keeps and not is_waiting:
            return self._open(self.flows.flows[flow])  # days later its first step finds again what it is about
        if is_waiting and isinstance(step, Choose) and rest.isdecimal() and int(rest) < len(step.options):
            return self._chosen(step, int(rest))
        if top and is_waiting and isinstance(step, Pick):
            self._picked(top, step, answers.pressed_item(rest, items_of(top, step)))
        elif not self.session.frames:
            self.speech.phrase("old_button")
        return bool(self.session.frames)

    def _asked(self, flow: Flow | None) -> bool:
        """Whatever is no answer: a word or an intent that opens a flow, a guess to confirm, or not understood."""
        flow = flow or self._intent_flow()
        if flow:
            return self._open(flow)
        named = self._named_flows()
        if len(named) == 1:
            return self._open(named[0])
        if not self.language and not self.session.frames and not named:
            return self._open(self.flows.flows[LANGUAGE])
        guesses = self._guesses(named)
        if guesses:
            self.moves.push(
                Frame(DID_YOU_MEAN, self.flows.first(DID_YOU_MEAN), {**self.heard.values(), "guesses": guesses})
            )
            return True
        return self._missed()

    def _intent_flow(self) -> Flow | None:
        reading = self.heard.reading
        name = self.flows.by_intent.get(reading.intent) if reading.is_sure else None
        return self.flows.flows[name] if name else None

    def _cannot_wait(self) -> bool:
        """An emergency; and a stop, save where she is asked for her own words, which may tell of messages."""
        top, reading = self.session.top, self.heard.reading
        if not reading.is_sure or reading.intent not in ("emergency", "opt_out"):
            return False
        step = self.flows.step(top.flow, top.step) if top else None
        return reading.intent == "emergency" or not (isinstance(step, Ask) and step.expect == "text")

    def _named_flows(self) -> list[Flow]:
        """The flows that tell of what was merely named: `pediatra`, `agua`, `Limatambo`."""
        if len(self.heard.folded.split()) > WORDS_OF_A_NAME:
            return []
        named = set(self.heard.reading.named)
        return [flow for flow in self.flows.flows.values() if named & set(flow.names)]

    def _guesses(self, named: list[Flow]) -> list[Values]:
        """The flows that she may have meant, when two or three are near; asked once, not in a row."""
        if self.session.misses or any(frame.flow == DID_YOU_MEAN for frame in self.session.frames):
            return []
        likely = [self.flows.by_intent[i] for i in self.heard.reading.others if i in self.flows.by_intent]
        names = dict.fromkeys([flow.flow for flow in named] or likely)
        found = [self.flows.flows[name] for name in names if self.flows.flows[name].name]
        return [{"key": flow.flow, "name": self._in_both(flow.name)} for flow in found] if len(found) > 1 else []

    def _missed(self) -> bool:
        self.understood = False
        self.session.misses += 1
        top = self.session.top
        if self.session.misses >= MISSES_UNTIL_WAY_OUT:
            self.session.misses = 0
            self.session.frames.clear()
            self.speech.phrase("way_out")
            return False
        step = self.flows.step(top.flow, top.step) if top else None
        if isinstance(step, Ask) and step.help:
            self.speech.utter(parts(step.help), top.values if top else {})
        else:
            self.speech.phrase("not_understood" if top else "not_understood_idle")
        return top is not None

    # -- moving between frames

    def _open(self, flow: Flow) -> bool:
        """Open a flow with what the message says; what waited is put aside, or left when it may lapse.

        Somebody new whose language nobody can tell is asked for it before she is shown the menu.
        """
        if flow.flow == MENU and not self.language:
            flow = self.flows.flows[LANGUAGE]
        self.opened = flow.flow
        top = self.session.top
        if top:
            self.session.remember()
            step = self.flows.step(top.flow, top.step)
            root = self.moves.root(top)
            if flow.fresh:
                self.session.frames.clear()
            elif root.flow in (flow.flow, DID_YOU_MEAN, RESUME):
                self.moves.leave(root)
            elif self.flows.flows[root.flow].keeps:
                self.below.append((top, top.step))
            elif getattr(step, "lapses", False) and not flow.returns:
                self.moves.leave(root)
        self.moves.push(Frame(flow.flow, flow.first, self.heard.values()))
        if self.heard.reading.place_options and not flow.always:  # MENU, BAJA, an emergency need no place
            self._ask_which_place()
        return True

    def _ask_which_place(self) -> bool:
        """Two places have the name she said: the flow goes on when she has said which."""
        options = list(self.heard.reading.place_options)
        self.moves.push(Frame(WHICH_PLACE, self.flows.first(WHICH_PLACE), {"place_options": options}, called=True))
        return True

    # -- walking the steps

    def _walk(self) -> Generator[Action, Outcome, None]:
        for _ in range(STEPS_PER_TURN):
            top = self.session.top
            if top is None:
                return
            step = self.flows.step(top.flow, top.step)
            self.walked.append(f"{top.flow}.{top.step}")
            if step is None:
                self._step_is_gone()
            elif isinstance(step, Ask | Choose | Pick):
                if not self._is_kept_in_silence(top):
                    self.speech.ask(self.session, top, step)
                return
            elif isinstance(step, Do):
                yield from self._do(top, step)
            else:
                self._pass(top, step)
        raise EndlessFlow(f"{self.opened or 'a flow'} walked {STEPS_PER_TURN} steps without waiting")

    def _is_kept_in_silence(self, top: Frame) -> bool:
        """A question that may be answered days later is not asked again each time something else was talked of."""
        opened = self.flows.flows.get(self.opened)
        if opened and opened.returns:
            return False  # in the other language
        below = next((step for frame, step in self.below if frame is top), None)
        return below == top.step and self.flows.flows[self.moves.root(top).flow].keeps

    def _do(self, top: Frame, step: Do) -> Generator[Action, Outcome, None]:
        outcome = yield Action(step.do, {**top.values, **step.values})
        top.values.update(outcome.values)
        self.language = outcome.values.get("language", self.language)
        self.walked.append(f"{top.flow}.{top.step}:{outcome.name}")
        self.moves.go(step.outcomes[outcome.name])

    def _pass(self, top: Frame, step: Step) -> None:
        match step:
            case Say():
                self.speech.utter(parts(step.say), top.values, str(top.values.get(step.file or "") or ""))
                self.moves.go(step.then)
            case Branch():
                self.moves.go(step.cases.get(str(top.values.get(step.branch) or ""), step.otherwise))
            case Call():
                top.step = step.then
                self.moves.push(Frame(step.call, self.flows.first(step.call), dict(top.values), called=True))
            case Back():
                self.speech.utter(parts(step.back), top.values)
                self.moves.back()
            case Open():
                flow = self.flows.flows.get(str(top.values.get(step.open)))
                if flow:
                    self.moves.jump(top, flow)
                else:
                    self._step_is_gone()

    # -- names

    def _labels(self, step: Choose, top: Frame) -> list[tuple[str, ...]]:
        return [self._names(option.label, top.values) for option in step.options]

    def _names(self, msgid: str, values: Values) -> tuple[str, ...]:
        return tuple(self.catalogue.say(msgid, language, values) for language in LANGUAGES)

    def _in_both(self, msgid: str) -> Values:
        return {language: self.catalogue.text(msgid, language) for language in LANGUAGES}
