"""A conversation written as a talk: read, compared word for word with what is really said, and written anew.

== Rosa asks for the next fair
given language quz
> ima punchaw componipi feria
< Compone feria: …
| a further line of the same message
+ a button of it (Telegram)
* the button that she presses
wait 2 days
then language quz
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

SAYS, PRESSES, REPLY, MORE, BUTTON = ">", "*", "<", "|", "+"


@dataclass(slots=True)
class Beat:
    """One line of the script that makes something happen, and the reply lines that stand below it."""

    line: int
    mark: str  # > * or the first word: given, wait, then
    text: str
    replies: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Script:
    """One talk: its title and its beats in order; `lines` is everything as written, for writing it anew."""

    title: str
    line: int
    beats: list[Beat] = field(default_factory=list)


class NotAScript(ValueError):
    """A line that is none of a transcript's kinds."""


def read(text: str) -> list[Script]:
    """All talks of a file. Raises NotAScript naming the line."""
    scripts: list[Script] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("== "):
            scripts.append(Script(line[3:].strip(), number))
        elif line.strip() and not line.startswith("#"):
            if not scripts:
                raise NotAScript(f"line {number}: a talk begins with `== title`")
            _add(scripts[-1], number, line)
    return scripts


def _add(script: Script, number: int, line: str) -> None:
    mark, _, rest = line.partition(" ")
    if mark in (REPLY, MORE, BUTTON):
        if not script.beats:
            raise NotAScript(f"line {number}: a reply to nothing")
        script.beats[-1].replies.append(line.rstrip())
    elif mark in (SAYS, PRESSES, "given", "wait", "then"):
        script.beats.append(Beat(number, mark, rest))
    else:
        raise NotAScript(f"line {number}: {line[:40]!r} is no line of a talk")


def printed(text: str, buttons: tuple[str, ...] = ()) -> list[str]:
    """A message as reply lines."""
    lines = text.split("\n")
    return [f"{REPLY} {lines[0]}".rstrip(), *(f"{MORE} {line}".rstrip() for line in lines[1:])] + [
        f"{BUTTON} {label}" for label in buttons
    ]


def rewritten(text: str, real: dict[int, list[str]]) -> str:
    """The file with the real replies in place; `real` maps the line of a beat to its reply lines."""
    return "\n".join(_rewritten_lines(text, real))


def _rewritten_lines(text: str, real: dict[int, list[str]]) -> Iterator[str]:
    replacing = False
    for number, line in enumerate(text.split("\n"), start=1):
        if replacing and line.split(" ")[0] in (REPLY, MORE, BUTTON):
            continue
        replacing = number in real
        yield line
        if replacing:
            yield from real[number]
