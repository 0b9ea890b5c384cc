"""For whom an appointment is, out of one message: relation, name and age."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.language import codes
from bot.language.folding import andean, fold
from bot.language.phones import MOBILE
from bot.language.understanding import ages, dates, kin, names
from bot.language.understanding.gazetteer import Found
from bot.language.understanding.message import Message
from bot.language.understanding.names import Names

_MOST_WORDS = 10
_PIECE = re.compile(r"\d+|[^\W\d_]+(?:['’‘ʼ´`ʻ′-][^\W\d_]+)*['’]?|[^\w\s]")
_HOUR = re.compile(
    r"\b\d{1,2}(?:[:.]\d\d)? ?(?:[ap]\.? ?m\b\.?|h\b|hs\b|hrs?\b|horas?\b)|\b\d{1,2}:\d\d\b", re.IGNORECASE
)
_DATE = re.compile(r"\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b|\b20\d\d-\d\d?-\d\d?\b")
_WORD = re.compile(r"\b\w{5}\b")
_COMMANDS = frozenset("reg registrar registra registro cita citas anotar apuntar inscribir sacar".split())
_QUIET = frozenset(
    """para pa es sea seria la el lo un una los las con su sus mi mis de del d se llama yama llamado llamada llamo me
    nombre nombres apellido apellidos sutin sutinqa sutinmi sutiymi sutiyqa sutiy sutiyuq sutiyoq sutinri que q
    tiene tengo tien y ya a al edad anos cita citata soy yo ella esta ahora por favor porfa senor senora
    senorita sr sra srta don dona dna menor mayor ultimo ultima joven doctor doctora nina nino bebe wawa
    paciente en kan kani ari si ok huk juk uk nuqa noqa nuqapaq noqapaq qa chay chaypaq paypaq pay dni numero
    celular cel telefono watayuq killayuq cumplidos""".split()
)
"""What stands around a name without being one."""
_NEVER = frozenset(
    """no ni nada nadie mana manan manam ama como cuando donde cual quien quienes porque quiero quiera necesito puedo
    puede puedes hay tampoco tambien todavia aun manaraq munani munayku qoway kanchu pitaq pipaq imata hoy manana ayer
    hola gracias buenos buenas dias tardes noches menu atras ninguno otro otra cualquiera mismo misma aqui alla aca hora
    si no sobre pero espere espera momento claro listo bueno despues luego
    lloqsiy lluqsiy lloqsisaq lluqsisaq kutiy kutiriy qallariy saqiy saqey saqisaq saqesaq ripusaq kutikama suyay
    suyasaq yanapay qhipaman qepaman paqarin kunan kunanqa promotora promotor""".split()
)
"""No name has these, and what has one of them without saying an age or a relation is no answer."""
_INSIDE_NAME = frozenset("de del la las los y da do san santa".split())
_WITH = frozenset(("con", "dr", "dra", "licenciada", "obstetra"))
_LAST_OF_MENU = 3
_AROUND_PERSON = frozenset(
    "para pa es sea la el mi su de del se llama que tiene soy yo y a anos ano anitos meses mes edad nombre"
    " sutin sutinmi watayuq watayoq killayuq killayoq huk otra otro warmi qhari hatun".split()
)
_CALLED = frozenset(
    map(andean, "llama yama llamado llamada llamo nombre sutin sutinmi sutinqa sutiymi sutiyqa".split())
)
_HAVING_NAME = frozenset(map(andean, "sutiyuq sutiyoq sutichasqa".split()))
_AFTER_ME = frozenset("con en el la los las por y de para misma mismo nomas esta este señorita cita citata".split())
_ASKING = re.compile(
    r"(?:a )?(?:que|q|k) (?:hora|dia|fecha|cosa)|(?:cuando|donde|cuanto|como|cual|quien|por que|para que|porque"
    r"|haykaq|haykap|hayka|jaykaq|may|imayna|imata|ima|pitaq|mayqin)\b"
)


@dataclass(frozen=True, slots=True)
class Who:
    """A person as a message speaks of her; "" and None where it does not say.

    `relation` is self, child, other or "". `kin` is the Spanish noun for one without a name: hija, mamá, esposo.
    `name` is as it should be shown, at most 40 letters. `age_months` is 0 to 1440; years come as twelve months each.
    """

    relation: str
    kin: str
    name: str
    age_months: int | None


@dataclass(frozen=True, slots=True)
class _Run:
    """Words `start` to `stop` that may be a name."""

    start: int
    stop: int


class _Reader:
    """One message taken apart for its person: relatives, age, and the runs of words that may be her name."""

    def __init__(self, message: Message, lore: Names, *, answer: bool, line: bool) -> None:
        self.lore, self.asked = lore, answer or line
        self.said: list[str] = _PIECE.findall(_without_figures(message.text))
        self.words = [fold(piece).replace(" ", "") for piece in self.said]
        self.taken = self._named_things(message)
        self.kin = kin.find(self.words, alone=self._first(answer=answer, line=line))
        self.me = self._me(answer=answer)
        self.taken.update(at for at, word in enumerate(self.words) if kin.is_me(word))
        self.taken.update(at for found in self.kin for at in range(found.start, found.stop))
        self.line, self.denies = line, any(word.startswith("mana") for word in self.words)
        self.age = ages.said(self.words)
        self.runs = self._runs()
        if self.age is None and self.asked:
            self.age = self._bare_age()
        if self.age:
            self.taken.update(range(self.age.start, self.age.stop))
            self.runs = self._runs()

    def _first(self, *, answer: bool, line: bool) -> int | None:
        """Where a noun alone tells who she is: at the beginning of an answer, or of what follows a command."""
        if line:
            said = (at for at, word in enumerate(self.words) if not (word in _COMMANDS or at in self.taken))
            return next(said, None)
        return 0 if answer else None

    def _me(self, *, answer: bool) -> bool:
        """Whether she speaks of herself: «para mi» is hers only when no noun follows (`para mi rodilla`)."""
        after = kin.for_me(self.words)
        if after is not None:
            word = self.words[after] if after < len(self.words) else ""
            free = not word.isalpha() or word in _AFTER_ME or self.lore.has(word) or self.words[after - 1] != "mi"
            if free or answer or dates.is_date_word(word):
                return True
        first = kin.is_first_person(self.words)
        return first or ("tengo" in self.words and ages.said(self.words) is not None)

    def _named_things(self, message: Message) -> set[int]:
        """The words that name a place or a specialty, by their order in the message."""
        hits = [hit for hit in (*message.places, *message.specialties) if not self._is_a_name_too(message, hit)]
        named = {at for hit in hits for at in range(hit.start, hit.stop)}
        taken, after = set(), 0
        for at, word in enumerate(self.words):
            for place in range(after, min(after + 4, len(message.words))):
                if message.words[place] == word:
                    after = place + 1
                    if place in named:
                        taken.add(at)
                    break
        return taken

    def _is_a_name_too(self, message: Message, hit: Found) -> bool:
        """Ñahui is a surname, though it sounds like the eye."""
        return hit.stop - hit.start == 1 and self.lore.has(message.words[hit.start])

    def _is_name(self, at: int) -> bool:
        """Whether a word may be part of a name: letters that are no thing, no function word and no word of requests."""
        word = self.words[at]
        if at in self.taken or len(word) < 2 or not word.isalpha() or word in _NEVER:
            return False
        if (self.line and at == 0 and word in _COMMANDS) or (word.endswith("chu") and self.denies):
            return False
        if dates.is_date_word(word):
            return self.lore.has(word) and self._beside_name(at)
        if word in _QUIET:
            return self.lore.has(word) and self._beside_name(at) and word not in names.PARTICLES
        is_surname = self.asked and at > 0 and self.lore.has(self.words[at - 1]) and self.lore.sounds_like_one(word)
        return is_surname or self.lore.has(names.bare(word)) or not self._is_common(word)

    def _is_common(self, word: str) -> bool:
        return self.lore.is_common(word) or self.lore.is_common(names.bare(word))

    def _beside_name(self, at: int) -> bool:
        """`domingo condori`, `julio` at the end of nothing: a day or month is a name before a surname, or asked for."""
        after = self.words[at + 1] if at + 1 < len(self.words) else ""
        before = self.words[at - 1] if at else ""
        if not self.asked or before in ("el", "este", "para", "de"):
            return False
        return after in self.lore.surnames or before in self.lore.given

    def _runs(self) -> list[_Run]:
        """The longest stretches of words that may be names, with the particles between them."""
        runs: list[_Run] = []
        at = 0
        while at < len(self.words):
            stop = self._run_end(at)
            if stop > at:
                runs.append(_Run(at, stop))
            at = max(stop, at + 1)
        return runs

    def _run_end(self, at: int) -> int:
        stop = at
        while stop < len(self.words):
            ahead = stop
            if stop > at:
                while ahead < len(self.words) and ahead - stop < 3 and self._joins(ahead):
                    ahead += 1
            if ahead >= len(self.words) or not self._is_name(ahead):
                break
            stop = ahead + 1
            if names.GLUED_FOR.search(self.words[ahead]) and not self.lore.has(self.words[ahead]):
                break
        return stop

    def _joins(self, at: int) -> bool:
        """A particle inside a name; a comma or an initial inside one that was asked for."""
        word = self.words[at]
        is_sign = self.said[at] in ".," or (len(word) == 1 and word.isalpha())
        return at not in self.taken and (word in _INSIDE_NAME or (self.asked and is_sign))

    def _bare_age(self) -> ages.Age | None:
        """Years as a mere number: after a name, at the end, or before a name where no menu is answered."""
        for run in self.runs:
            at = run.stop
            while at < len(self.words) and (self.said[at] in ",.-:;" or self.words[at] in ("de", "tiene", "edad")):
                at += 1
            if at < len(self.words) and (found := ages.bare(self.words, at)):
                return found
        for at in range(len(self.words)):
            found = ages.bare(self.words, at)
            if found and found.stop == len(self.words) and (self.runs or self.kin or self.me):
                return found
        return self._age_first()

    def _age_first(self) -> ages.Age | None:
        """`34 Juana Quispe`, `edad 34 nombre Juana`; a small number first is the number of a menu."""
        at = 1 if self.words[:1] == ["edad"] else 0
        found = ages.bare(self.words, at) if not self.line and at < len(self.words) else None
        return found if found and (at or found.months > _LAST_OF_MENU * 12) and self.runs else None

    def name(self) -> str:
        """The name as it should be shown; "" when none is clear enough."""
        run = self._called() or (self._asked_for() if self.asked else self._offered())
        return names.shown([self.said[at] for at in range(run.start, run.stop)]) if run else ""

    def _called(self) -> _Run | None:
        """The run after «se llama» or before «sutiyuq»; the writer's own name only when no relative is named."""
        for run in self.runs:
            before = self.words[max(0, run.start - 2) : run.start]
            after = self.words[run.stop : run.stop + 1]
            is_own = bool(self.kin) and kin.is_first_person(self.words[max(0, run.start - 3) : run.start])
            called = any(andean(word) in _CALLED for word in before) or any(andean(w) in _HAVING_NAME for w in after)
            if called and not is_own:
                return run
        return None

    def _asked_for(self) -> _Run | None:
        """The run beside the age, or the one with most known names, or the longest."""
        runs = [run for run in self.runs if run.stop - run.start <= _MOST_WORDS]
        return max(runs, key=self._fitness) if runs else None

    def _fitness(self, run: _Run) -> tuple[bool, int, int]:
        beside = self.age is not None and self.age.start - 3 <= run.stop <= self.age.start
        known = sum(self.lore.has(self.words[at]) for at in range(run.start, run.stop))
        return beside, known, run.stop - run.start

    def _offered(self) -> _Run | None:
        """In a request: what follows «para» or a relation and looks like a name, or a given name with a surname."""
        for run in self.runs:
            words = [names.bare(word) for word in self.words[run.start : run.stop]]
            known = [self.lore.has(word) for word in words]
            if run.stop - run.start <= _MOST_WORDS and self._is_offered(run, words, known):
                return run
        return None

    def _is_offered(self, run: _Run, words: Sequence[str], known: Sequence[bool]) -> bool:
        if self._is_doctor(run):
            return False
        if words[0] in self.lore.given and (sum(known) > 1 or any(found.start == run.stop for found in self.kin)):
            return not (self.kin and kin.is_first_person(self.words[max(0, run.start - 3) : run.start]))
        if not self._follows_person(run) and not names.GLUED_FOR.search(self.words[run.stop - 1]):
            return False
        written = self.said[run.start : run.stop]
        is_capital = (
            all(word[0].isupper() or fold(word) in names.PARTICLES for word in written) and not self._all_capitals()
        )
        before_age = self.age is not None and run.stop <= self.age.start <= run.stop + 2
        return bool(known[0] or is_capital or before_age)

    def _is_doctor(self, run: _Run) -> bool:
        """`con el doctor Quispe`: who attends, not who is attended."""
        return any(word in _WITH or word.startswith("doctor") for word in self.words[max(0, run.start - 3) : run.start])

    def _follows_person(self, run: _Run) -> bool:
        start = run.start
        while start and (
            self.said[start - 1] == "," or self.words[start - 1] in ("que", "es", "senora", "senor", "don")
        ):
            start -= 1
        return start > 0 and (self.words[start - 1] in ("para", "pa") or any(found.stop == start for found in self.kin))

    def _all_capitals(self) -> bool:
        """Whether capitals say nothing, as every word of the message has one."""
        return sum(word[:1].islower() for word in self.said if word.isalpha()) < 2

    def are_several(self) -> bool:
        """Whether she asks for more than one: `para mi y mi esposo`."""
        first = self.kin[0].start if self.kin else 0
        me = kin.for_me(self.words)
        others = [found for found in self.kin if found.start and self.words[found.start - 1] == "y"]
        return any(found.start > first or (me is not None and me < found.start) for found in others)

    def words_beside(self) -> int:
        """How many words are neither of a person nor around one."""
        covered = {at for run in self.runs for at in range(run.start, run.stop)} | self.taken
        return sum(
            at not in covered and word.isalpha() and word not in _QUIET and len(word) > 1
            for at, word in enumerate(self.words)
        )


def read(
    message: Message, lore: Names, *, answer: bool = False, line: bool = False, is_clear: bool = False
) -> Who | None:
    """The person of a request; with `answer` of the answer to «¿para quién?», with `line` of a promoter's command.

    `is_clear` says that the message means something of its own (`cuándo hay feria`): then it is no answer.
    None when nothing is said of a person.
    """
    if answer and (message.asks or _ASKING.match(" ".join(message.words))):
        return None
    reader = _Reader(message, lore, answer=answer, line=line)
    if reader.are_several():
        return None
    relation, noun = _relation(reader)
    name = reader.name()
    if answer and _is_other_matter(reader, name, is_clear=is_clear):
        return None
    age = reader.age if reader.asked or relation or name else None
    if not (relation or name or age):
        return None
    return Who(relation, noun, name, age.months if age else None)


def is_bare(words: Sequence[str], lore: Names) -> bool:
    """Whether folded words only name a person: a name, an age, a relation; such a message asks nothing by itself."""
    named = False
    for word in words:
        if lore.has(word) or kin.is_relative(word):
            named = True
        elif not (word in _AROUND_PERSON or word.isdigit()):
            return False
    return named


def _is_other_matter(reader: _Reader, name: str, *, is_clear: bool) -> bool:
    """Whether so much is said beside a person that the message is no answer."""
    other = reader.words_beside()
    if not other or is_clear:
        return bool(other)
    is_of_person = reader.kin or reader.me or reader.age
    return not is_of_person and other >= max(1, len(name.split()))


def _relation(reader: _Reader) -> tuple[str, str]:
    """Relation and noun: whom she names with «for» before whom she mentions, a relative before herself."""
    found = sorted(reader.kin, key=lambda one: not one.for_her)
    if found:
        return found[0].relation, found[0].kin
    return ("self", "") if reader.me else ("", "")


def _without_figures(text: str) -> str:
    """The text without what has figures but is no age: phone numbers, hours, dates and codes."""
    for pattern in (MOBILE, _HOUR, _DATE):
        text = pattern.sub(" | ", text)
    return _WORD.sub(lambda match: " | " if codes.looks_like(codes.clean(match[0])) else match[0], text)
