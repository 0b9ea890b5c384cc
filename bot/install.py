"""From a clean clone to a running service with Python and pip alone: `python3 -m bot.install serve`."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = "requirements.lock"

_UV = VENV / "bin" / "uv"
_STAMP = VENV / "installed"
_PIP = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
_TAIL_LINES = 12  # of a failed step: where tools say what was wrong
_EDITABLE = ["--no-deps", "--no-build-isolation", "--editable", "."]


def main(argv: Sequence[str]) -> None:
    install()
    if argv:
        bot = str(VENV / "bin" / "bot")
        os.execv(bot, [bot, *argv])


def install(extra_lock: str | None = None) -> None:
    """Bring .venv in line with requirements.lock, or with a lock that contains it; nothing to do costs milliseconds."""
    _refuse_old_python(tuple(sys.version_info[:3]))
    if _is_installed(extra_lock or LOCK):
        return
    with (ROOT / "pyproject.toml").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # two commands started together must not write into .venv together
        if not _is_installed(extra_lock or LOCK):
            _install(extra_lock or LOCK)


def _install(lock: str) -> None:
    print(f"Setting up {VENV} (only when something changed)", file=sys.stderr)
    _make_venv()
    _STAMP.unlink(missing_ok=True)
    if not _install_with_uv(lock):
        _must(_step("packages, with pip", [*_PIP, "--require-hashes", "--requirement", lock]))
        _must(_step("Chaski itself", [*_PIP, *_EDITABLE]))
    _STAMP.write_text("\n".join([_place(), *{_digest(LOCK), _digest(lock)}]))


def _refuse_old_python(version: tuple[int, ...]) -> None:
    if version >= (3, 11):
        return
    newer = next(filter(shutil.which, ("python3.13", "python3.12", "python3.11")), None)
    hint = f"try the same with {newer}." if newer else "please install a newer one."
    sys.exit(f"Chaski needs Python 3.11 or newer and this is {'.'.join(map(str, version))}: {hint}")


def _is_installed(lock: str) -> bool:
    stamped = _STAMP.read_text().splitlines() if _STAMP.exists() else []
    return PYTHON.exists() and {_place(), _digest(lock)} <= set(stamped)


def _place() -> str:
    """Where .venv stands and on which Python: its scripts name both, so a change of either needs a new one."""
    return f"{VENV} on {PYTHON.resolve()}"


def _digest(lock: str) -> str:
    parts = [(ROOT / name).read_bytes() for name in ("pyproject.toml", LOCK, lock)]
    return f"{lock} {hashlib.sha256(b''.join(parts)).hexdigest()}"


def _make_venv() -> None:
    is_moved = _STAMP.exists() and _place() not in _STAMP.read_text().splitlines()
    if PYTHON.exists() and not is_moved:
        return
    if not _step("virtual environment", [sys.executable, "-m", "venv", "--clear", str(VENV)]):
        sys.exit("This Python cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv")


def _install_with_uv(lock: str) -> bool:
    """True when uv did it, four times as fast as pip; a machine that uv does not suit falls back to pip."""
    if not _UV.exists() and not _step(
        "uv", [*_PIP, "--require-hashes", "--requirement", "/dev/stdin"], _pinned("uv", lock)
    ):
        return False
    uv = [str(_UV), "pip", "install", "--quiet", "--python", str(PYTHON), "--compile-bytecode"]
    return _step("packages", [*uv, "--require-hashes", "--requirement", lock]) and _step(
        "Chaski itself", [*uv, *_EDITABLE]
    )


def _pinned(package: str, lock: str) -> str:
    """One package with its hashes, as the lock has it."""
    found = re.search(rf"^{package}==(?:.*\\\n)*.*", (ROOT / lock).read_text(), re.MULTILINE)
    return found.group() if found else ""


def _step(name: str, command: Sequence[str], stdin: str = "") -> bool:
    print(f"  {name} ... ", end="", file=sys.stderr, flush=True)
    begun = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(f"{'done' if done.returncode == 0 else 'failed'} in {time.monotonic() - begun:.1f} s", file=sys.stderr)
    if done.returncode:
        print(*done.stdout.strip().splitlines()[-_TAIL_LINES:], sep="\n", file=sys.stderr)
    return done.returncode == 0


def _must(is_done: bool) -> None:
    if not is_done:
        sys.exit("Chaski could not be installed; the lines above say why. Is there a way to the package registry?")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
