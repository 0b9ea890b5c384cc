"""What is said, as messages: sentences in her language, options as lines or buttons, lists in pages, within budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.conversation.flows import Part
from bot.conversation.message import Medium, Option
from bot.language import sms
from bot.language.catalogue import Catalogue

SEGMENTS_PER_MESSAGE = 2
MESSAGES_PER_TURN = 2
ITEMS_PER_PAGE = 6
MORE_NUMBER = 7
ROW_LENGTH = 24


@dataclass(frozen=True, slots=True)
class Offer:
    """One option of a question: the number it is chosen by, its label as msgid and values, and its button's data."""

    number: int
    label: str
    values: dict[str, Any]
    data: str


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing to say: sentences with the values they were said with, and the options below them.

    With `pages`, the offers are a list of which only as many are shown as fit; `more` is the label of the rest.
    `file` names a file that goes with it.
    """

    parts: tuple[Part, ...]
    values: dict[str, Any]
    offers: tuple[Offer, ...] = ()
    more: Offer | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One finished message in full spelling; `options` become buttons where the medium has them, `file` goes with it
    where the medium carries files."""

    text: str
    options: tuple[Option, ...] = ()
    file: str = ""


class Renderer:
    """Turns utterances into messages for one language and medium."""

    def __init__(self, catalogue: Catalogue, language: str, medium: Medium) -> None:
        self._catalogue, self._language, self._medium = catalogue, language, medium
        self.shown = 0  # how many items of the last list were shown

    def render(self, utterances: Sequence[Utterance]) -> list[Bubble]:
        """At most MESSAGES_PER_TURN messages, joined where they fit into one; each file is one more of its own."""
        bubbles = [self._bubble(utterance) for utterance in utterances]
        return self._join([bubble for bubble in bubbles if bubble.text])

    def sentences(self, parts: Sequence[Part], values: dict[str, Any]) -> str:
        said: list[str] = []
        for part in parts:
            if (part.when and not values.get(part.when)) or (part.unless and values.get(part.unless)):
                continue
            items: list[dict[str, Any]] = list(values.get(part.each) or ()) if part.each else [{}]
            for item in items:
                said.append(self._say(part.text, {**values, **item}))
        return " ".join(text for text in said if text)

    def _say(self, msgid: str, values: dict[str, Any]) -> str:
        return self._catalogue.say(msgid, self._language, values).strip()

    def _bubble(self, utterance: Utterance) -> Bubble:
        text = self.sentences(utterance.parts, utterance.values)
        if utterance.file and self._medium == "telegram":
            return Bubble(text, file=utterance.file)
        if utterance.more is None:
            return self._with_offers(text, utterance.offers)
        return self._page(text, utterance.offers, utterance.more)

    def _page(self, text: str, offers: Sequence[Offer], more: Offer) -> Bubble:
        """As many items as fit into one message, the way to the rest below them."""
        bubble = Bubble(text)
        for size in range(min(ITEMS_PER_PAGE, len(offers)), 0, -1):
            chosen = [*offers[:size], *([more] if size < len(offers) else [])]
            bubble = self._with_offers(text, chosen)
            self.shown = size
            if self.fits(bubble.text):
                break
        return bubble

    def _with_offers(self, text: str, offers: Sequence[Offer]) -> Bubble:
        labels = [(offer, self._say(offer.label, offer.values)) for offer in offers]
        if self._medium == "telegram":
            return Bubble(text, tuple(Option(label, offer.data) for offer, label in labels))
        lines = [f"{offer.number} {label}" for offer, label in labels]
        row = len(lines) <= 3 and sum(map(len, lines)) <= ROW_LENGTH
        return Bubble("\n".join(filter(None, [text, (" " if row else "\n").join(lines)])))

    def fits(self, text: str) -> bool:
        return self._medium != "sms" or sms.count(sms.fold(text)).segments <= SEGMENTS_PER_MESSAGE

    def _join(self, bubbles: list[Bubble]) -> list[Bubble]:
        joined: list[Bubble] = []
        for bubble in bubbles:
            both = "\n".join((joined[-1].text, bubble.text)) if joined else ""
            if bubble.file or (joined and joined[-1].file):
                joined.append(bubble)
            elif joined and not joined[-1].options and (self.fits(both) or len(joined) == MESSAGES_PER_TURN):
                joined[-1] = Bubble(both, bubble.options)
            else:
                joined.append(bubble)
        return joined
