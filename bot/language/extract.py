"""Babel's way into the flow files: every sentence with its line, and its flow and step as a note to the translator."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

from bot.language import yamlfile
from bot.language.catalogue import has_words
from bot.language.yamlfile import Document, Path_

TEXT_KEYS = ("name", "about", "say", "ask", "help", "button", "choose", "pick", "back", "label", "item", "text")
Message = tuple[int, str, str, list[str]]


def extract_flow(
    fileobj: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, str]
) -> Iterator[Message]:
    """Babel's extractor interface: (line, function, msgid, notes) of each sentence."""
    name = getattr(fileobj, "name", "flow.yaml")
    document = yamlfile.parse(fileobj.read().decode("utf-8"), name)
    flow = document.data.get("flow", "")
    if document.data.get("name"):
        yield document.line(("name",)), "", document.data["name"], [f"{flow}: nombre de la conversación"]
    if document.data.get("command") and not document.data.get("name"):
        yield document.line(("about",)), "", document.data["about"], [f"{flow}: menú de Telegram"]
    for step, body in document.data.get("steps", {}).items():
        yield from _texts(document, ("steps", step), body, f"{flow}.{step}")


def _texts(document: Document, path: Path_, body: Any, where: str) -> Iterator[Message]:
    if isinstance(body, list):
        for index, each in enumerate(body):
            yield from _texts(document, (*path, index), each, where)
    if not isinstance(body, dict):
        return
    for key, value in body.items():
        if key in TEXT_KEYS and isinstance(value, str) and has_words(value):
            yield document.line((*path, key)), "", value, [where]
        elif key in TEXT_KEYS and isinstance(value, list):
            for index, each in enumerate(value):
                if isinstance(each, str) and has_words(each):
                    yield document.line((*path, key, index)), "", each, [where]
                yield from _texts(document, (*path, key, index), each, where)
        elif isinstance(value, list):
            yield from _texts(document, (*path, key), value, where)
