"""Small services written inside a test: flows as YAML, Quechua as pairs, and one person who texts them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from bot.conversation import flows, session
from bot.conversation.engine import Action, Conversation, Outcome, Turn
from bot.conversation.flows import Flows
from bot.conversation.heard import Heard
from bot.conversation.message import Medium
from bot.conversation.session import Values
from bot.language import catalogue
from bot.language.catalogue import Catalogue
from bot.language.folding import fold
from bot.language.understanding import Reading

SYSTEM = """
flow: frases
about: what the service says by itself
steps:
  greeting: {say: "Soy Chaski."}
  not_understood: {say: "No entiendo; responda con el número."}
  not_understood_idle: {say: "No entiendo; escriba MENU."}
  way_out: {say: "Llame al {office_phone}."}
  only_text: {say: "Solo texto."}
  step_gone: {say: "Eso ya cambió."}
  old_button: {say: "Ese botón es viejo."}
  broken: {say: "Disculpe."}
  more: {say: "Más"}
  late: {say: "Su mensaje llegó tarde."}
  aloud_opening: {say: "Escuchen."}
  aloud_again: {say: "Otra vez."}
  aloud_answer: {say: "Escriba al {number}."}
  flyer_sender: {say: "Municipalidad"}
  flyer_day: {say: "Día"}
  flyer_hour: {say: "Hora"}
  flyer_hours: {say: "De {opens} a {closes}"}
  flyer_place: {say: "Lugar"}
  flyer_bring: {say: "Traiga"}
  flyer_cost: {say: "Costo"}
  flyer_write: {say: "Escriba {keyword}"}
  flyer_price: {say: "Precio"}
---
flow: menu
about: the menu
name: Menú
intents: [menu]
words: {es: [menu, /start]}
always: true
fresh: true
steps:
  elegir:
    choose: "¿Qué quiere saber?"
    lapses: true
    options:
      - {label: "Hora", words: {es: [reloj], quz: [hora]}, then: "flow:hora"}
      - {label: "Idioma", words: {es: [lengua], quz: [simi]}, then: "flow:idioma"}
---
flow: hora
about: what time it is
name: La hora
intents: [time]
words: {es: [hora]}
steps:
  decir: {say: "Son las tres."}
---
flow: idioma
about: her language
name: Idioma
intents: [language_switch]
words: {es: [idioma]}
always: true
returns: true
steps:
  preguntar:
    choose: "Simita akllay."
    lapses: true
    options:
      - {label: "Runasimi", words: {es: [quechua], quz: [simi]}, set: {to: quz}, then: poner}
      - {label: "Castellano", words: {es: [español], quz: [castilla]}, set: {to: es}, then: poner}
  poner: {do: people.set_language, outcomes: {greeted: decir, newcomer: "flow:menu"}}
  decir: {say: "En castellano."}
---
flow: atras
about: one question back
words: {es: [atras]}
always: true
steps:
  volver: {back: ""}
---
flow: emergencia
about: an emergency
intents: [emergency]
always: true
fresh: true
greets: false
steps:
  decir: {say: "Llame al 106."}
---
flow: quiso_decir
about: a guess to confirm
steps:
  preguntar: {pick: "¿Quiso decir?", items: guesses, save: chosen, then: abrir}
  abrir: {open: chosen}
---
flow: cual_lugar
about: two places of one name
steps:
  preguntar: {pick: "¿Cuál?", items: place_options, save: place, lapses: false, then: end}
---
flow: foto
about: a photo
steps:
  decir: {say: "Solo podemos leer texto."}
---
flow: promotora
about: who shares her number
steps:
  decir: {say: "Gracias."}
---
flow: retomar
about: whether to go on
steps:
  preguntar:
    choose: "¿Seguimos con: {name}?"
    lapses: true
    options:
      - {label: "Sí", means: "yes", then: end}
      - {label: "No", means: "no", then: "flow:menu"}
"""

CITA = """
flow: cita
about: an appointment
name: Cita
intents: [cita]
words: {es: [cita]}
steps:
  dia:
    choose: "¿Qué día?"
    options:
      - {label: "Lunes", words: {es: [primero], quz: [killachaw]}, set: {dia: lunes}, then: motivo}
      - {label: "Martes", words: {es: [segundo], quz: [atichaw]}, set: {dia: martes}, then: motivo}
  motivo: {ask: "¿Para qué?", expect: text, save: motivo, help: "Con palabras.", then: fin}
  fin: {say: "{dia}: {motivo}."}
"""

CALL = """
  a: {call: lugar, then: b}
  b: {say: "Usted es de {home}; el motivo es {why}."}
---
flow: lugar
about: where she lives
name: Lugar
steps:
  pedir: {ask: "¿De dónde?", expect: text, save: home, then: end}
"""

QUECHUA = {"En castellano.": "Runasimipi.", "Sí": "Ari", "No": "Mana", "¿Qué quiere saber?": "¿Imata munanki?"}

MENU = "¿Qué quiere saber?\n1 Hora 2 Idioma"
DAY = "¿Qué día?\n1 Lunes 2 Martes"
"""How two questions of these flows are asked."""

Does = Mapping[str, Callable[[Values], Outcome]]


def reading(
    text: str, intent: str = "", confidence: float = 0.9, slots: Mapping[str, str] | None = None, **rest: Any
) -> Reading:
    """What a message means, as a test says it; what it names is what its intent uses."""
    said = dict(slots or {})
    return Reading(text, "es", True, intent, confidence if intent else 0.0, said, **{"named": said, **rest})


GUESS = {"hora y cita": reading("hora y cita", "", others=("time", "cita"), slots={"day": "lunes"})}


def flow(steps: str) -> str:
    """A flow `uno` that the word `prueba` opens."""
    return f"flow: uno\nabout: x\nname: Uno\nintents: [uno]\nwords: {{es: [prueba]}}\nsteps:\n{steps}"


def write(folder: Path, text: str) -> Path:
    """Write flows, parted by `---`, one file each as an author would."""
    folder.mkdir(exist_ok=True)
    for number, flow in enumerate(text.split("\n---\n")):
        name = next((line[5:].strip() for line in flow.splitlines() if line.startswith("flow:")), str(number))
        (folder / f"{name}.yaml").write_text(flow.lstrip("\n"), encoding="utf-8")
    return folder


def book(folder: Path, text: str) -> Flows:
    """The flows of `text` beside those that every service has."""
    write(folder, SYSTEM)
    return flows.load(write(folder, text) if text else folder)


def speech(folder: Path, quechua: Mapping[str, str]) -> Catalogue:
    """A catalogue with these Quechua sentences, read from a real file."""
    catalog = Catalog(locale=None)
    for msgid, translated in quechua.items():
        catalog.add(msgid, translated)
    file = folder / "quz" / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as po:
        write_po(po, catalog)
    return catalogue.load(folder)


class Who(TypedDict):
    """Who writes, as a message says it."""

    medium: Medium
    language: str
    is_new: bool


@dataclass
class Rosa:
    """Somebody who texts; her session is stored as text between two messages, as the service stores it."""

    conversation: Conversation
    does: Does = field(default_factory=dict)
    means: Mapping[str, Reading] = field(default_factory=dict)
    language: str = "es"
    medium: Medium = "sms"
    is_new: bool = False
    state: str = ""
    asked_for: list[Action] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)
    turn: Turn | None = None

    def texts(self, text: str, *, late: bool = False) -> list[str]:
        """She writes; what she is answered, a message each."""
        return self._hears(Heard(text, self._read, is_late=late, **self._who()))

    def presses(self, label: str) -> list[str]:
        """She presses the button with this label, or sends this data."""
        return self._hears(Heard("", self._read, kind="press", press=self.buttons.get(label, label), **self._who()))

    def sends_photo(self) -> list[str]:
        return self._hears(Heard("", self._read, kind="other", **self._who()))

    @property
    def waits(self) -> bool:
        """Whether a question waits for her."""
        return bool(session.load(self.state).frames)

    @property
    def walked(self) -> tuple[str, ...]:
        return self.turn.walked if self.turn else ()

    @property
    def offered(self) -> list[str]:
        """The labels of the buttons under the last message."""
        return [option.label for bubble in (self.turn.bubbles if self.turn else ()) for option in bubble.options]

    def _who(self) -> Who:
        return Who(medium=self.medium, language=self.language, is_new=self.is_new)

    def _read(self, text: str) -> Reading:
        plain = {"si": "yes", "ari": "yes", "no": "no", "mana": "no"}.get(fold(text), "")
        return self.means.get(text) or reading(text, plain)

    def _hears(self, heard: Heard) -> list[str]:
        talk = self.conversation.turn(session.load(self.state), heard)
        try:
            action = next(talk)
            while True:
                self.asked_for.append(action)
                action = talk.send(self.does[action.name](action.values))
        except StopIteration as end:
            self.turn = turn = end.value
        self.state = turn.session.dump()
        assert session.load(self.state).dump() == self.state
        self.language, self.is_new = turn.language, self.is_new and not turn.greeted
        self.buttons.update({option.label: option.data for bubble in turn.bubbles for option in bubble.options})
        return [bubble.text for bubble in turn.bubbles]


def set_language(values: Values) -> Outcome:
    """What the service does when she has chosen her language."""
    return Outcome("greeted", {"language": values["to"], "to": ""})


def rosa(folder: Path, text: str = "", does: Does | None = None, quechua: Mapping[str, str] | None = None) -> Rosa:
    """A person before these flows and those that every service has."""
    words = speech(folder / "locales", {**QUECHUA, **(quechua or {})})
    conversation = Conversation(book(folder / "flows", text), words, {"office_phone": "084-1"})
    return Rosa(conversation, {"people.set_language": set_language, **(does or {})})


def always(name: str, **values: object) -> Callable[[Values], Outcome]:
    """An action that ends like this whatever it is asked."""
    return lambda _: Outcome(name, values)


def items(*names: str) -> Sequence[Values]:
    """A list as an action finds it."""
    return [{"key": fold(name).replace(" ", "_"), "name": name} for name in names]
