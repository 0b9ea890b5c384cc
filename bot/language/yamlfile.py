"""Reading the YAML that authors write: every value a string, every key once, every place with its line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

from bot.errors import ContentError

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """What a file says: `data` of dict, list and str; `lines` gives the line of each path into it."""

    file: str
    data: Any
    lines: dict[Path_, int]

    def line(self, path: Path_) -> int:
        """The line of `path`, or of the nearest place above it that stands in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def error(self, path: Path_, sentence: str) -> ContentError:
        return ContentError(self.file, self.line(path), sentence)


def read(path: Path) -> Document:
    """Read one file. Raises ContentError for bad YAML or encoding, a doubled key or a key that is no word."""
    written = path.read_bytes()
    try:
        return parse(written.decode("utf-8"), _shown(path))
    except UnicodeDecodeError as error:
        line = written.count(b"\n", 0, error.start) + 1
        raise ContentError(_shown(path), line, "not UTF-8: save the file with that encoding.") from None


def _shown(path: Path) -> str:
    """The path as a person would type it from the project's folder."""
    parts = path.parts
    return "/".join(parts[parts.index("flows") :]) if "flows" in parts else path.name


def parse(text: str, file: str) -> Document:
    try:
        root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ContentError(file, mark.line + 1 if mark else 1, f"not YAML: {error.problem}.") from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ContentError(file, line, f"not YAML: {error.reason}.") from None
    lines: dict[Path_, int] = {}
    data = _convert(root, (), lines, file) if root is not None else {}
    return Document(file, data, lines)


def _convert(node: yaml.Node, path: Path_, lines: dict[Path_, int], file: str) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(path, line)
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_convert(child, (*path, index), lines, file) for index, child in enumerate(node.value)]
    result: dict[str, Any] = {}
    for key, child in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise ContentError(file, key.start_mark.line + 1, "a key must be a word.")
        name = str(key.value)
        if name in result:
            raise ContentError(file, key.start_mark.line + 1, f"the key {name!r} stands twice.")
        lines[(*path, name)] = key.start_mark.line + 1
        result[name] = _convert(child, (*path, name), lines, file)
    return result
