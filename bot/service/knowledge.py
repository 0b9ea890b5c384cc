"""What a turn may know besides the person: the flows, their words, the names of things, how to read a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.clock import LIMA
from bot.conversation import flows
from bot.conversation.engine import Conversation
from bot.conversation.flows import PHRASES, Choice, Choose, Say, parts
from bot.conversation.message import Medium
from bot.conversation.rendering import Bubble, Renderer
from bot.language import catalogue
from bot.language.catalogue import LANGUAGES
from bot.language.folding import andean, fold
from bot.language.understanding import Reading, Understanding
from bot.language.understanding.lexicon import Entry, Lexicon
from bot.records import agenda
from bot.records.cases import Kind
from bot.records.store import Tx
from bot.service import content
from bot.service.content import Content

Values = dict[str, Any]

KINDS_BY_WORD: tuple[Kind, ...] = ("thanks", "suggestion", "need", "complaint")
"""The first kind whose word is said counts."""

ANONYMOUS = "anonim"
"""How the word begins in both languages: anónimo, anonimamente, anonimopi."""

READERS_KEPT = 3

TOPICS_CHOSEN = ("avisos", "elegir")
"""The step at which she chooses which notices she hears of."""


@dataclass(frozen=True)
class Knowledge:
    """Read-only; made anew when the agenda's rows change."""

    conversation: Conversation
    understanding: Understanding
    content: Content
    places: agenda.Places
    with_samples: bool
    version: int

    def read(self, text: str, language: str | None, now: datetime) -> Reading:
        return self.understanding.read(text, language, now.astimezone(LIMA).date())

    def who(self, text: str) -> Values | None:
        """Whom an answer to «for whom?» names, as a flow keeps it."""
        found = self.understanding.who(text, answer=True)
        return asdict(found) if found else None

    def topic_name(self, topic: str) -> Values:
        """What a topic of notices is called within a sentence: its option in the flow where topics are chosen."""
        labels = {option.set["topic"]: option.label for option in _topic_options(self.conversation)}
        names = {language: self.conversation.catalogue.text(labels[topic], language) for language in LANGUAGES}
        return {language: name[:1].lower() + name[1:] for language, name in names.items()}

    @cached_property
    def kind_words(self) -> list[tuple[Kind, frozenset[str]]]:
        """The words that tell each kind of feedback, as they are compared."""
        said = {kind: words.es + words.quz for kind, words in self.content.kinds.items()}
        return [(kind, frozenset(andean(fold(word)) for word in said.get(kind, ()))) for kind in KINDS_BY_WORD]

    def says_anonymous(self, text: str) -> bool:
        """Whether she asks that nobody sees who she is."""
        return any(word.startswith(ANONYMOUS) for word in fold(text).split())

    def phrase(self, name: str, language: str, medium: Medium = "telegram", values: Values | None = None) -> str:
        """What the service says by itself, out of the flow of phrases; unfolded, as Telegram shows it."""
        conversation = self.conversation
        step = conversation.flows.step(PHRASES, name)
        said = parts(step.say) if isinstance(step, Say) else ()
        known = {**conversation.constants, "sms": medium == "sms", **(values or {})}
        return Renderer(conversation.catalogue, language, medium).sentences(said, known)

    def apology(self, language: str, medium: Medium) -> Bubble:
        """What is said when a turn broke."""
        return Bubble(self.phrase("broken", language, medium))

    def place_name(self, key: str) -> str:
        """A district or comunidad as it is written; the key when there is none."""
        names = {comunidad.key: comunidad.name for comunidad in self.places.comunidades}
        names |= {district.key: district.name for district in self.places.districts}
        return names.get(key, key)

    def district_of(self, key: str | None) -> str | None:
        """The district that a place is or lies in; of a sample comunidad only where samples may be told."""
        if any(district.key == key for district in self.places.districts):
            return key
        told = (c for c in self.places.comunidades if c.key == key and (self.with_samples or not c.is_sample))
        return next((comunidad.district for comunidad in told), None)


@dataclass(frozen=True)
class Files:
    """Where the municipality's words stand."""

    flows: Path
    locales: Path


def files() -> Files:
    """The project's own folders; in an installed package those that were shipped with it."""
    root = Path(__file__).parent.parent
    base = root.parent if (root.parent / "flows").is_dir() else root / "_shipped"
    return Files(base / "flows", base / "locales")


def conversation(where: Files, loaded: Content, office_phone: str) -> Conversation:
    """The flows with their catalogues. Raises ContentError."""
    numbers = [{"number": each.number, "name": _both(each.name)} for each in loaded.emergency.values()]
    constants: Values = {"office_phone": office_phone, "emergency_numbers": numbers}
    return Conversation(flows.load(where.flows), catalogue.load(where.locales), constants)


def lexicon(loaded: Content, places: agenda.Places | None = None) -> Lexicon:
    """Every name a message can mean: places and fairs from the rows, when given, the closed lists from content."""
    districts = places.districts if places else loaded.districts.values()
    comunidades = places.comunidades if places else loaded.comunidades.values()
    fairs = places.fairs if places else loaded.fairs.values()
    entries = [Entry("district", each.key, (each.name, *each.aliases)) for each in districts]
    entries += [Entry("comunidad", each.key, (each.name, *each.aliases)) for each in comunidades]
    entries += [Entry("fair", each.key, (each.name, *each.aliases)) for each in fairs]
    for topic in loaded.topics.values():
        entries.append(Entry("topic", topic.key, _spellings(topic.name, topic.keywords), topic.kind))
    for specialty in loaded.specialties.values():
        entries.append(Entry("specialty", specialty.key, _spellings(specialty.name, specialty.aliases)))
    for product in loaded.products.values():
        entries.append(Entry("product", product.key, _spellings(product.name, product.keywords)))
    return Lexicon(entries)


def _spellings(name: agenda.Name, words: content.Words) -> tuple[str, ...]:
    return (name.es, *([name.quz] if name.quz else []), *words.es, *words.quz)


def reader(where: Files, lexicon: Lexicon) -> Understanding:
    return Understanding.load(where.flows / "understanding", lexicon)


class Library:
    """Keeps the Knowledge of now, and makes it anew after an import, which may come from another process."""

    def __init__(self, where: Files, *, with_samples: bool, office_phone: str) -> None:
        self._where, self._with_samples = where, with_samples
        self.content = content.load(where.flows / "content")
        self._conversation = conversation(where, self.content, office_phone)
        self._knowledge: Knowledge | None = None
        self._readers: dict[agenda.Places, Understanding] = {}

    def knowledge(self, tx: Tx) -> Knowledge:
        version = agenda.agenda_version(tx)
        if self._knowledge is None or self._knowledge.version != version:
            places = agenda.all_places(tx)
            self._knowledge = Knowledge(
                self._conversation,
                self._reader(places),
                self.content,
                places,
                self._with_samples,
                version,
            )
        return self._knowledge

    def _reader(self, places: agenda.Places) -> Understanding:
        """Reading depends on names only: most changes of the agenda leave it as it was."""
        if places not in self._readers:
            while len(self._readers) >= READERS_KEPT:
                self._readers.pop(next(iter(self._readers)))
            self._readers[places] = reader(self._where, lexicon(self.content, places))
        return self._readers[places]


def _topic_options(conversation: Conversation) -> tuple[Choice, ...]:
    step = conversation.flows.step(*TOPICS_CHOSEN)
    return step.options if isinstance(step, Choose) else ()


def _both(name: agenda.Name) -> Values:
    return {"es": name.es, "quz": name.of("quz")}


KnowledgeOf = Callable[[Tx], Knowledge]
