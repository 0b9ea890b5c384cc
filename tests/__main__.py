"""Everything a change must pass, in one command: `python3 -m tests [--fix] [--fast] [arguments of pytest]`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bot.install import PYTHON, ROOT, VENV, install
from tests.servers import chromium

LOCK = "tests/requirements.lock"
_OWN_OPTIONS = {"--fix", "--fast"}


def main(argv: Sequence[str]) -> int:
    install(LOCK)
    if Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(PYTHON, [str(PYTHON), "-m", "tests", *argv])
    is_fast, is_fixing = "--fast" in argv, "--fix" in argv
    has_browser = not is_fast and _ensure_chromium()
    pytest = [argument for argument in argv if argument not in _OWN_OPTIONS]
    if not has_browser:
        pytest = ["-m", "not browser", *pytest]  # first, so that a -m of the caller's own wins
    failed = [name for name, command in _steps(is_fixing, pytest) if not _passes(name, command)]
    if not has_browser and not is_fast and os.environ.get("CI") == "true":
        failed.append("a browser")
    print(f"\nNot passed: {', '.join(failed)}" if failed else "\nEverything passed")
    return 1 if failed else 0


def _steps(is_fixing: bool, pytest: Sequence[str]) -> list[tuple[str, list[str]]]:
    """All of them, in order; tests come last, so that their own summary is what one sees."""
    python = [str(PYTHON), "-m"]
    return [
        ("format", [*python, "ruff", "format", *([] if is_fixing else ["--check"])]),
        ("lint", [*python, "ruff", "check", *(["--fix"] if is_fixing else [])]),
        ("types", [*python, "mypy", "--strict", "bot", "tests"]),
        ("imports", [str(VENV / "bin" / "lint-imports"), "--no-logo"]),
        ("content", [*python, "bot", "check"]),
        ("tests", [*python, "pytest", *pytest]),
    ]


def _passes(name: str, command: Sequence[str]) -> bool:
    print(f"== {name}", flush=True)
    begun = time.monotonic()
    is_passed = subprocess.run(command, cwd=ROOT).returncode == 0
    print(f"== {name}: {'passed' if is_passed else 'FAILED'} in {time.monotonic() - begun:.1f} s", flush=True)
    return is_passed


def _ensure_chromium() -> bool:
    """True when browser tests can run: with the machine's browser, the system's package or Playwright's download."""
    if chromium():
        return True
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _fetch(["apt-get", "update", "--quiet"])
        _fetch(["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", "chromium"])
    if not chromium():
        _fetch([str(PYTHON), "-m", "playwright", "install", "chromium"])
    if chromium():
        return True
    print("No Chromium could be had here: the tests in a browser are left out.", flush=True)
    return False


def _fetch(command: Sequence[str]) -> None:
    print(f"Fetching a browser: {' '.join(command)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
