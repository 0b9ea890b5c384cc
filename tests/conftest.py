"""What every test has: transcripts as tests of their own, and no connection that leaves this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from bot.conversation import transcripts
from tests import talks
from tests.databases import databases

settings.register_profile("unhurried", deadline=None)  # how fast anything is, the benches measure
settings.load_profile("unhurried")

WALKED: dict[str, set[str]] = {}
"""Every step and option that transcripts went through, by language of the file."""

PLAYED: set[tuple[Path, int]] = set()
"""The talks that were played, by file and line: each is played once a session."""

REAL: dict[Path, dict[int, list[str]]] = {}
"""With --rewrite: what was really answered, by file and line."""


def pytest_sessionfinish() -> None:
    for path, real in REAL.items():
        path.write_text(transcripts.rewritten(path.read_text(encoding="utf-8"), real), encoding="utf-8")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite", action="store_true", help="put the real replies into the transcripts")
    known = ("sqlite", "postgresql")
    parser.addoption("--database", choices=known, default=known[0], help="what the transcripts are played on")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix == ".txt" and file_path.parent.name == "conversations":
        return TalkFile.from_parent(parent, path=file_path)
    return None


def play(path: Path, script: transcripts.Script, database_url: str = talks.IN_MEMORY) -> dict[int, list[str]]:
    """Play a talk and keep what it went through; the real reply lines by the line of each beat."""
    PLAYED.add((path, script.line))
    language = path.stem.rpartition(".")[2]
    return talks.play(script, path.parent, WALKED.setdefault(language, set()), database_url)


class TalkFile(pytest.File):
    """A file of talks."""

    def collect(self) -> Iterator[pytest.Item]:
        for script in transcripts.read(self.path.read_text(encoding="utf-8")):
            yield TalkItem.from_parent(self, name=script.title, script=script)


class TalkItem(pytest.Item):
    """One talk: every reply word for word and in order."""

    def __init__(self, *, script: transcripts.Script, **rest: Any) -> None:
        super().__init__(**rest)
        self.script = script

    def runtest(self) -> None:
        real = self._play()
        if self.config.getoption("rewrite"):
            REAL.setdefault(self.path, {}).update(real)
            return
        for beat in self.script.beats:
            if beat.line in real and beat.replies != real[beat.line]:
                raise talks.Differs(
                    f"{self.path.name}:{beat.line}: {beat.mark} {beat.text}\n{talks.difference(beat, real[beat.line])}"
                )

    def _play(self) -> dict[int, list[str]]:
        if self.config.getoption("database") == "sqlite":
            return play(self.path, self.script)
        with databases(self.config).fresh() as url:
            return play(self.path, self.script, url)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, talks.Differs):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.script.line - 1, self.script.title


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a PostgreSQL database that has our tables and nothing else."""
    with databases(request.config).fresh() as url:
        yield url


@pytest.fixture(autouse=True)
def no_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that would leave this machine fails the test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(
            ("127.", "::1", "localhost")
        ):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
