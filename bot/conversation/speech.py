"""What a turn says: sentences, questions with what can be answered, and the service's own phrases, in order."""

from __future__ import annotations

from bot.conversation import answers
from bot.conversation.flows import PHRASES, Ask, Choose, Flows, Part, Pick, Say, parts
from bot.conversation.message import CONTACT, Medium
from bot.conversation.rendering import MORE_NUMBER, Offer, Utterance
from bot.conversation.session import Frame, Session, Values


def items_of(frame: Frame, step: Pick) -> list[Values]:
    """The list that a pick step offers, as an action left it in the frame's values."""
    return list(frame.values.get(step.items) or [])


class Speech:
    """Collects what is said; `constants` are values that every sentence may use, and `sms` where each message costs."""

    def __init__(self, flows: Flows, constants: Values, medium: Medium) -> None:
        self._flows, self._constants = flows, {**constants, "sms": medium == "sms"}
        self.said: list[Utterance] = []

    def utter(self, sentences: tuple[Part, ...], values: Values, file: str = "") -> None:
        self.said.append(Utterance(sentences, {**self._constants, **values}, file=file))

    def phrase(self, name: str) -> None:
        """One of the service's own sentences."""
        self.utter(self._phrase(name), {})

    def greet(self) -> None:
        """The first words to somebody new, before anything else."""
        self.said.insert(0, Utterance(self._phrase("greeting"), self._constants))

    def ask(self, session: Session, top: Frame, step: Ask | Choose | Pick) -> None:
        """The question, and what can be answered."""
        values = {**self._constants, **top.values}
        match step:
            case Ask():
                button = (Offer(1, step.button, values, CONTACT),) if step.button else ()
                self.said.append(Utterance(parts(step.ask), values, button))
            case Choose():
                offers = tuple(
                    Offer(answers.number_of(step, i), option.label, values, f"{top.flow}.{top.step}.{i}")
                    for i, option in enumerate(step.options)
                )
                self.said.append(Utterance(parts(step.choose), values, offers))
            case Pick():
                self._offer_page(session, top, step, values)

    def _offer_page(self, session: Session, top: Frame, step: Pick, values: Values) -> None:
        items, button = items_of(top, step), f"{top.flow}.{top.step}"
        session.page = session.page if session.page < len(items) else 0
        offers = tuple(
            Offer(number, step.item, {**values, **item}, f"{button}.{answers.tag(session.page + number - 1, item)}")
            for number, item in enumerate(items[session.page :], start=1)
        )
        more = Offer(MORE_NUMBER, self._phrase("more")[0].text, {}, f"{button}.more")
        self.said.append(Utterance(parts(step.pick), values, offers, more))

    def _phrase(self, name: str) -> tuple[Part, ...]:
        step = self._flows.step(PHRASES, name)
        return parts(step.say) if isinstance(step, Say) else ()
