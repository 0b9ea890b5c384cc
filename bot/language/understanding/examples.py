"""The examples that authors write, flows/understanding/examples/*.tsv: an intent a file, a labelled message a line."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ContentError

LANGUAGES = ("es", "quz", "mix")
_HEADER = "lang\tslots\ttext"


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled message."""

    intent: str
    language: str
    slots: dict[str, str]
    text: str


def read_examples(folder: Path) -> list[Example]:
    """Every example below `folder`/examples, file by file in alphabetical order."""
    return [example for path in _files(folder) for example in _read(path)]


def fingerprint(folder: Path) -> str:
    """What the trained file remembers of the examples and word lists it was made from."""
    digest = hashlib.sha256()
    for path in (*_files(folder), folder / "words.yaml"):
        digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:16]


def _files(folder: Path) -> list[Path]:
    return sorted((folder / "examples").glob("*.tsv"))


def _read(path: Path) -> list[Example]:
    rows = []
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line == _HEADER:
            continue
        cells = line.split("\t")
        if len(cells) != 3 or cells[0] not in LANGUAGES or not cells[2].strip():
            raise ContentError(_shown(path), number, "an example is: es, quz or mix, a tab, slots, a tab, the message.")
        rows.append(Example(path.stem, cells[0], parse_slots(cells[1]), cells[2]))
    return rows


def parse_slots(cell: str) -> dict[str, str]:
    """`place=anta;topic=agua` → a dictionary."""
    return dict(pair.split("=", 1) for pair in cell.split(";") if "=" in pair)


def _shown(path: Path) -> str:
    return f"flows/understanding/examples/{path.name}"
