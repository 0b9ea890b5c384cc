"""A notice for where no phone reaches: what is read aloud on the radio and in the assembly."""

from __future__ import annotations

import re

from bot.language.spoken import spoken
from bot.language.voice import phone
from bot.service.knowledge import Knowledge, Values

LONGEST_TWICE = 320
"""Letters of a notice that is read twice whole; of a longer one, the sentences that say when, how much or how many."""

_SENTENCE_ENDS = re.compile(r"(?<=\w{3}[.!?])\s+|\n+")


def aloud(
    knowledge: Knowledge, notice_text: str, language: str, *, place: str, number: str, promoter_name: str = ""
) -> str:
    """The whole text to read, paragraphs parted by an empty line: greeting, notice, the notice again, how to answer.

    `place` is the comunidad or district as it is written, empty for the whole province; `number` is whom to write to
    (`+51984000111`, `51234`). In Quechua the number is said in Spanish too, as many dictate it.
    """
    values: Values = {
        "place": spoken(place, language),
        "promoter": spoken(promoter_name, language),
        "number": phone(number, language),
        "number_in_spanish": "" if language == "es" else phone(number, "es"),
    }
    again = _again(notice_text)
    paragraphs = [knowledge.phrase("aloud_opening", language, values=values), spoken(notice_text, language)]
    if again:
        paragraphs.append(f"{knowledge.phrase('aloud_again', language, values=values)} {spoken(again, language)}")
    return "\n\n".join([*paragraphs, knowledge.phrase("aloud_answer", language, values=values)])


def _again(text: str) -> str:
    """What is said a second time."""
    if len(text) <= LONGEST_TWICE:
        return text
    return " ".join(sentence for sentence in _SENTENCE_ENDS.split(text) if re.search(r"\d", sentence))
