"""Reading one content file, entry by entry: each value checked, what is wrong noted with its line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

from bot.errors import ContentError
from bot.language import yamlfile
from bot.language.yamlfile import Document
from bot.records.agenda import Amount, Name
from bot.service.content.model import Words

KEY = re.compile(r"[a-z][a-z0-9_]*")
_ODD_IN_QUECHUA = re.compile("[áéíóúüÁÉÍÓÚ’‘ʼ´`]")
_EMPTY = (None, "", "~", "null")


class Entry:
    """One mapping of a content file. A wrong value is noted in `problems` and read as empty."""

    def __init__(self, document: Document, path: tuple[str, ...], parts: dict[str, Any], problems: list[ContentError]):
        self.document, self.path, self.parts, self.problems = document, path, parts, problems
        self._asked: set[str] = set()

    @property
    def key(self) -> str:
        return ".".join(self.path)

    def wrong(self, name: str, sentence: str) -> None:
        self.problems.append(self.document.error((*self.path, name), f"{self.key}: {sentence}"))

    def text(self, name: str, *, required: bool = True, most: int = 200) -> str:
        """One text, empty when it is not given."""
        self._asked.add(name)
        value = self.parts.get(name)
        if value in _EMPTY:
            if required:
                self.wrong(name, f"'{name}' is missing.")
            return ""
        if not isinstance(value, str):
            self.wrong(name, f"'{name}' must be one text.")
            return ""
        if len(value) > most:
            self.wrong(name, f"'{name}' has {len(value)} letters, at most {most} fit.")
        return value

    def quechua(self, name: str, *, required: bool = True, most: int = 200) -> str:
        """Words in Quechua: no accents, straight apostrophes (either would cost a whole SMS)."""
        value = self.text(name, required=required, most=most)
        odd = _ODD_IN_QUECHUA.search(value)
        if odd:
            self.wrong(name, f"Quechua is written without '{odd[0]}': no accents, straight apostrophe.")
        return value

    def name(self, name: str = "name", *, most: int = 80, required: bool = True) -> Name:
        """`{es: …, quz: …}`."""
        inner = self.inner(name, required=required)
        if inner is None:
            return Name()
        read = Name(inner.text("es", most=most), inner.quechua("quz", most=most))
        inner.refuse_others()
        return read

    def words(self, name: str) -> Words:
        """`{es: [...], quz: [...]}`."""
        inner = self.inner(name)
        if inner is None:
            return Words()
        read = Words(inner.texts("es"), inner.texts("quz"))
        inner.refuse_others()
        return read

    def inner(self, name: str, *, required: bool = True) -> Entry | None:
        self._asked.add(name)
        value = self.parts.get(name)
        if isinstance(value, dict):
            return Entry(self.document, (*self.path, name), value, self.problems)
        if required or value is not None:
            self.wrong(name, f"'{name}' must have parts, such as {{es: ..., quz: ...}}.")
        return None

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, empty when it is not given."""
        self._asked.add(name)
        value = self.parts.get(name)
        if value in _EMPTY:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.wrong(name, f"'{name}' must be a list, such as [one, two].")
            return ()
        return tuple(value)

    def number(self, name: str, *, required: bool = True) -> int:
        value = self.text(name, required=required)
        if value and not re.fullmatch(r"-?\d{1,12}", value):
            self.wrong(name, f"'{name}' must be a whole number, not '{value}'.")
            return 0
        return int(value or 0)

    def flag(self, name: str) -> bool:
        value = self.text(name, required=False)
        if value not in ("", "true", "false"):
            self.wrong(name, f"'{name}' must be true or false, not '{value}'.")
        return value == "true"

    def clock(self, name: str) -> time | None:
        """`"08:00"`, None when it is not given."""
        value = self.text(name, required=False)
        if value and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            self.wrong(name, f"'{name}' must be a time such as \"08:00\", not '{value}'.")
            return None
        return time.fromisoformat(value) if value else None

    def days(self, name: str) -> tuple[date, ...]:
        values = self.texts(name)
        try:
            return tuple(date.fromisoformat(value) for value in values)
        except ValueError:
            self.wrong(name, f"'{name}' must hold days such as 2027-12-25.")
            return ()

    def amounts(self, name: str, fund: str) -> tuple[Amount, ...]:
        """`{2007: soles, …}`."""
        inner = self.inner(name)
        if inner is None:
            return ()
        years = [year for year in inner.parts if re.fullmatch(r"20\d\d", year)]
        read = tuple(Amount(int(year), inner.number(year), fund) for year in years)
        inner.refuse_others()
        return read

    def one_of(self, name: str, known: Collection[str], what: str, *, required: bool = True) -> str:
        """A key of another list."""
        value = self.text(name, required=required)
        if value and value not in known:
            self.wrong(name, f"there is no {what} '{value}'.")
        return value

    def some_of(self, name: str, known: Collection[str], what: str) -> tuple[str, ...]:
        values = self.texts(name)
        for value in values:
            if value not in known:
                self.wrong(name, f"there is no {what} '{value}'.")
        return values

    def refuse_others(self) -> None:
        """Note every key that nobody asked for: most often a slip of the pen."""
        for name in sorted(self.parts.keys() - self._asked):
            self.wrong(name, f"'{name}' is not a known part; the parts are {', '.join(sorted(self._asked))}.")


def entries(path: Path, problems: list[ContentError]) -> Iterator[Entry]:
    """Each entry of a file whose top is `key: {…}`."""
    document = _read(path, problems)
    if not isinstance(document.data, dict):
        problems.append(document.error((), "the file must be a list of `key:` entries."))
        return
    for key, parts in document.data.items():
        if not KEY.fullmatch(key):
            problems.append(
                document.error((key,), f"'{key}' must be lower case letters without accents, digits and _.")
            )
        elif not isinstance(parts, dict):
            problems.append(document.error((key,), f"{key} must have parts, one a line."))
        else:
            yield Entry(document, (key,), parts, problems)


def _read(path: Path, problems: list[ContentError]) -> Document:
    """The file as it stands, or an empty one when it cannot be read, with the reason noted."""
    try:
        return yamlfile.read(path)
    except ContentError as error:
        problems.append(error)
    except OSError:
        problems.append(ContentError(str(path), 1, "the file is missing or cannot be read."))
    return Document(str(path), {}, {})
