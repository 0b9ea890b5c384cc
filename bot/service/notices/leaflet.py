"""The words that every flyer carries, in both languages at once, out of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, fields

from bot.language.catalogue import LANGUAGES
from bot.records.agenda import Name
from bot.service.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Words:
    """Who speaks, what each fact is called, how to answer and what that costs; each is a phrase `flyer_…` of flows/."""

    sender: Name
    day: Name
    hour: Name
    place: Name
    bring: Name
    cost: Name
    write: Name
    price: Name


def words(knowledge: Knowledge, keyword: str) -> Words:
    """`keyword` is what people shall write to the number: CITA, or MENU where a notice asks for nothing."""
    names = [field.name for field in fields(Words)]
    return Words(**{name: _both(knowledge, f"flyer_{name}", keyword) for name in names})


def _both(knowledge: Knowledge, phrase: str, keyword: str) -> Name:
    es, quz = (knowledge.phrase(phrase, language, values={"keyword": keyword}) for language in LANGUAGES)
    return Name(es, quz)
