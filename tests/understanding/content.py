"""The lexicon of the shipped content, for tests and measurements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.language import yamlfile
from bot.language.understanding import Entry, Lexicon
from bot.language.understanding.lexicon import Kind

ROOT = Path(__file__).resolve().parents[2]
UNDERSTANDING = ROOT / "flows" / "understanding"
_FILES: dict[Kind, str] = {
    "district": "districts",
    "comunidad": "comunidades",
    "fair": "fairs",
    "topic": "topics",
    "specialty": "specialties",
    "product": "products",
}


def shipped_lexicon() -> Lexicon:
    """Every named entry of flows/content."""
    entries = []
    for kind, file in _FILES.items():
        data = yamlfile.read(ROOT / "flows" / "content" / f"{file}.yaml").data
        for key, about in data.items():
            names = tuple(name for part in ("name", "aliases", "keywords") for name in _texts(about.get(part)))
            entries.append(Entry(kind, key, (key, *names), about.get("kind", "")))
    return Lexicon(entries)


def _texts(value: Any) -> list[str]:
    """Every string of a name, a list of names, or either by language."""
    if not value:
        return []
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value
    return [text for part in parts for text in _texts(part)]
