"""What the documentation says is there: commands, paths, names, links, the talk in the README, and nothing left out."""

from __future__ import annotations

import ast
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import cli, install
from bot.conversation import check
from bot.conversation.flows import KINDS
from bot.install import ROOT
from bot.language.wording import FORMS
from bot.service.actions import ACTIONS
from bot.service.imports import KINDS as IMPORTS
from tests import __main__ as tests_main

DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")))
README_LINES = 130
DECISION_LINES = 25

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _in_backticks(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text)


def _blocks(text: str) -> list[str]:
    """What stands between fences."""
    return re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def _command_of(docstring: str | None) -> str:
    """The command that a module's docstring says it is."""
    found = re.search(r"`(python3 -m [^`\[]+?) ?[`\[]", docstring or "")
    assert found
    return found[1]


def test_the_readme_says_how_to_run_and_how_to_test() -> None:
    commands = re.findall(r"^    (python3 .*)$", _text("README.md"), re.MULTILINE)
    assert commands == [_command_of(install.__doc__), _command_of(tests_main.__doc__)]
    assert "serve" in cli.main.commands


def test_the_readme_is_short_and_its_first_screen_comes_first() -> None:
    lines = _text("README.md").splitlines()
    assert len(lines) <= README_LINES
    first = "\n".join(lines[:40])
    assert all(
        part in first for part in ("python3 -m bot.install serve", "python3 -m tests", "docs/telefono.png", "> ")
    )


def test_the_talks_of_the_readme_are_those_of_the_tests() -> None:
    talks = [file.read_text(encoding="utf-8") for file in (ROOT / "tests" / "conversations").glob("*.quz.txt")]
    quoted = [block for block in _blocks(_text("README.md")) if block.startswith("> ")]
    assert quoted
    assert not [block for block in quoted if not any(f"\n{block}" in f"{talk}\n" for talk in talks)]


def test_the_talk_of_the_authors_guide_is_one_of_the_tests() -> None:
    talks = _text("tests/conversations/ferias.es.txt")
    (quoted,) = (block for block in _blocks(_text("docs/flows.md")) if block.startswith("== "))
    assert quoted.partition("\n> ")[2] in f"{talks}\n"


def _names_of_the_tour() -> Iterator[str]:
    yield from dict.fromkeys(name for name in _in_backticks(_text("docs/tour.md")) if " " not in name)


def test_every_path_of_the_tour_exists() -> None:
    paths = [name for name in _names_of_the_tour() if "/" in name.strip("/") and not re.match(r"[/<]", name)]
    assert paths
    assert not [path for path in paths if not (ROOT / path).exists()]


def test_every_name_of_the_tour_exists() -> None:
    dotted = [name for name in _names_of_the_tour() if re.fullmatch(r"\w+(\.\w+)+", name)]
    assert len(dotted) > 50
    assert not [name for name in dotted if name not in ACTIONS and not _is_a_name(f"bot.{name}")]


def _is_a_name(path: str) -> bool:
    try:
        pkgutil.resolve_name(path)
    except (ImportError, AttributeError):
        return False
    return True


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if not re.match(r"https?:", link)]
    assert not [link for link in local if not _leads_somewhere(page, link)]


def _leads_somewhere(page: Path, link: str) -> bool:
    target, _, heading = link.partition("#")
    file = (page.parent / target) if target else page
    return file.exists() and (not heading or heading in _headings(file))


def _headings(file: Path) -> set[str]:
    """The anchors that a code host makes of headings."""
    titles = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@every_page
def test_no_page_names_a_place_of_one_machine(page: Path) -> None:
    assert not re.findall(r"(?<![\w.])/(?:work|tmp|root|home)\b\S*", page.read_text(encoding="utf-8"))


def _settings() -> set[str]:
    """The environment variables that the settings read: every capitalised word in quotes."""
    tree = ast.parse(_text("bot/settings.py"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {text for text in texts if re.fullmatch(r"[A-Z][A-Z_]{2,}[A-Z]", text)}


def test_every_setting_has_its_line() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", _text("docs/operate.md"), re.MULTILINE)
    assert sorted(rows) == sorted(_settings())


def test_every_command_has_its_line() -> None:
    rows = re.findall(r"^\| `bot (\w+)` \|", _text("docs/operate.md"), re.MULTILINE)
    assert sorted(rows) == sorted(cli.main.commands)


def test_every_option_of_a_command_is_named() -> None:
    said = _text("docs/operate.md")
    options = [option for command in cli.main.commands.values() for each in command.params for option in each.opts]
    assert not [option for option in options if option.startswith("--") and f"`{option}" not in said]


def test_every_kind_of_step_has_its_place() -> None:
    assert sorted(re.findall(r"^\*\*(\w+)\*\* — ", _text("docs/flows.md"), re.MULTILINE)) == sorted(KINDS)


def test_every_action_has_its_row_with_its_outcomes() -> None:
    rows = {
        action: row
        for row in re.findall(r"^\| `\w+\.\w+.*$", _text("docs/flows.md"), re.MULTILINE)
        for action in re.findall(r"`(\w+\.\w+)`", row.split("|")[1])
    }
    assert sorted(rows) == sorted(ACTIONS)
    assert not [
        (action, outcome)
        for action, spec in ACTIONS.items()
        for outcome in spec.outcomes
        if f"`{outcome}`" not in rows[action]
    ]


def test_every_form_phrase_and_system_flow_is_explained() -> None:
    said = _text("docs/flows.md")
    assert not [form for form in FORMS if not re.search(rf"`{{\w+:{form}}}`", said)]
    assert not [name for name in (*check.PHRASES, *check.SYSTEM_FLOWS) if f"`{name}`" not in said]


def test_every_import_has_its_columns() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| `([\w,]+)` \|$", _text("docs/flows.md"), re.MULTILINE))
    assert rows == {kind: ",".join(IMPORTS[kind].columns) for kind in IMPORTS}


def test_decisions_are_numbered_without_gaps_and_short() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    assert [page.name[:5] for page in pages] == [f"{number:04}-" for number in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.name[:4]} ")
        assert len(text.splitlines()) <= DECISION_LINES
        assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
