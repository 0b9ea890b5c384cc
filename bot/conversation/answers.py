"""Whether a message answers the question that waits, and with what."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

from bot.conversation import matching
from bot.conversation.flows import Choose
from bot.conversation.heard import Heard
from bot.conversation.rendering import MORE_NUMBER
from bot.conversation.session import Session, Values

MORE = -1
MORE_WORDS = {"mas", "otros", "otras", "siguiente", "ver mas", "astawan", "aswan", "wakin"}
TEXT_KEPT = 1000
MONTHS = 12

Names = Callable[[str, Values], Sequence[str]]
"""A msgid with its values, said in every language."""


def number_of(step: Choose, index: int) -> int:
    """The number an option is chosen by: its own, or its place in the list."""
    own = step.options[index].number
    return index + 1 if own is None else own


def choice(step: Choose, heard: Heard, labels: Sequence[Sequence[str]], *, is_word: bool = False) -> int | None:
    """The index of the option that was chosen. `is_word`: the message is a word of some flow, which a mere part of a
    label does not take from it where the question may lapse."""
    if heard.number is not None:
        numbers = [number_of(step, index) for index in range(len(step.options))]
        return numbers.index(heard.number) if heard.number in numbers else None
    words = [option.words.all() for option in step.options]
    found = matching.option(heard.text, labels, words, exactly=is_word and step.lapses)
    if found is not None:
        is_exact = matching.option(heard.text, labels, words, exactly=True) is not None
        return None if step.lapses and not is_exact and _is_a_question(heard) else found
    meant = [i for i, option in enumerate(step.options) if option.means and option.means == heard.reading.intent]
    return meant[0] if len(meant) == 1 and heard.reading.is_sure else None


def _is_a_question(heard: Heard) -> bool:
    """`feria en Compone` says more than the option «Ferias»: it is answered as what it is."""
    return " " in heard.folded and heard.reading.is_sure and bool(heard.reading.named)


def item(
    heard: Heard, session: Session, items: Sequence[Values], label: str, names: Names, *, is_word: bool = False
) -> int | None:
    """The index of the item that was chosen, by number on show or by name anywhere in the list; MORE: the next page.

    `is_word`: the message is a word of some flow: only an item of exactly that name takes it.
    """
    has_more = session.page + session.shown < len(items)
    if (has_more and heard.number == MORE_NUMBER) or matching.without_line_number(heard.folded) in MORE_WORDS:
        return MORE  # after the last page the first comes again
    if heard.number is not None:
        return session.page + heard.number - 1 if 1 <= heard.number <= session.shown else None
    labels = [(*names(label, each), *names("{name}", each)) for each in items]
    found = matching.option(heard.text, labels, [()] * len(items), exactly=is_word)
    return found if found is not None or is_word else _meant(heard, items)


def _meant(heard: Heard, items: Sequence[Values]) -> int | None:
    """The only item of a list when she says yes; or the one that has most of what she names, such as `oculista`."""
    reading = heard.reading
    if len(items) == 1 and reading.intent == "yes" and reading.is_sure:
        return 0
    named = set(reading.named.values())
    shared = [len(named.intersection(each.get("means", ()))) for each in items]
    most = max(shared, default=0)
    return shared.index(most) if most and shared.count(most) == 1 else None


def tag(index: int, chosen: Values) -> str:
    """What the button of an item sends: its index, and a check that the list is still the one it was pressed on."""
    return f"{index}.{zlib.crc32(str(chosen['key']).encode()) & 0xFFFF:04x}"


def pressed_item(data: str, items: Sequence[Values]) -> int | None:
    if data == "more":
        return MORE
    index = data.partition(".")[0]
    if not index.isdecimal() or int(index) >= len(items) or tag(int(index), items[int(index)]) != data:
        return None
    return int(index)


def value(expect: str, heard: Heard) -> str | int | Values | None:
    """The value that a free answer gives, as its step expects it; None when it is no such answer.

    Of `who` a mapping: relation, kin, name, age_months; of `age` the months.
    """
    if expect == "text":
        return heard.text.strip()[:TEXT_KEPT] or None
    if expect == "who":
        return heard.who
    if expect == "age":
        return heard.number * MONTHS if heard.number is not None else (heard.who or {}).get("age_months")
    if expect == "number":
        return str(heard.number) if heard.number is not None else None
    return heard.reading.named.get(expect)
