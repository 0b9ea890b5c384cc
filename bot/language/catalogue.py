"""How it sounds: the sentence of a flow in the reader's language, with its values filled in."""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.language import wording

LANGUAGES = ("es", "quz")
PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+))?\}")


class Catalogue:
    """The sentences in every language; Spanish is the msgid and needs a translation only where the wording differs."""

    def __init__(self, translations: Mapping[str, gettext.NullTranslations]) -> None:
        self._translations = translations
        self._pieces = lru_cache(maxsize=4_000)(self._parted)

    def text(self, msgid: str, language: str) -> str:
        """The sentence with its placeholders still in it; the Spanish one where no translation stands."""
        found = self._translations.get(language)
        return found.gettext(msgid) if found and msgid else msgid

    def say(self, msgid: str, language: str, values: Mapping[str, Any]) -> str:
        """The finished sentence. A value that is missing leaves an empty place, never a raw `{name}`."""
        return "".join(
            [
                piece if isinstance(piece, str) else wording.show(values.get(piece[0]), piece[1], language)
                for piece in self._pieces(msgid, language)
            ]
        )

    def _parted(self, msgid: str, language: str) -> tuple[str | tuple[str, str], ...]:
        """The sentence as what stands in it and the (name, form) of what is filled in, by turns."""
        pieces = PLACEHOLDER.split(self.text(msgid, language))
        filled = [(name, form or "") for name, form in zip(pieces[1::3], pieces[2::3], strict=True)]
        return tuple(piece for pair in zip_longest(pieces[::3], filled) for piece in pair if piece)


def placeholders(text: str) -> list[str]:
    """The placeholders of a sentence as written, sorted: `{place}`, `{date:day}`."""
    return sorted(match[0] for match in PLACEHOLDER.finditer(text))


def has_words(text: str) -> bool:
    """Whether there is something to translate: letters outside the placeholders."""
    return any(character.isalpha() for character in PLACEHOLDER.sub("", text))


def load(folder: Path) -> Catalogue:
    """Compile every `<language>/LC_MESSAGES/messages.po` below `folder` in memory; fuzzy entries are left out."""
    return Catalogue({language: _compile(read(folder, language)) for language in LANGUAGES})


def read(folder: Path, language: str) -> Catalog:
    """The catalogue file of one language; an empty one where there is none."""
    file = folder / language / "LC_MESSAGES" / "messages.po"
    if not file.exists():
        return Catalog()
    with file.open("rb") as po:
        return read_po(po)


def _compile(catalog: Catalog) -> gettext.GNUTranslations:
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
