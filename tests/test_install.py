"""The locks are whole and name no place, and .venv is remade when and only when it must be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import install

LOCKS = ("requirements.lock", "tests/requirements.lock")


def _packages(lock: str) -> dict[str, str]:
    """What a lock pins: each package's line, and that line with its hashes."""
    text = (install.ROOT / lock).read_text()
    return {name: install._pinned(name, lock) for name in re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE)}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_by_hash(lock: str) -> None:
    packages = _packages(lock)
    assert {"aiohttp", "hatchling", "uv"} <= set(packages)
    assert not [name for name, pinned in packages.items() if "--hash=sha256:" not in pinned]


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address_and_no_path_stands_in_a_lock(lock: str) -> None:
    text = (install.ROOT / lock).read_text()
    assert not re.findall(r"https?:|file:|index-url|find-links|@ |(?<=[\s=])/\S+", text)


def test_the_tests_run_on_what_is_shipped() -> None:
    tested = _packages("tests/requirements.lock")
    assert not [name for name, pinned in _packages("requirements.lock").items() if tested.get(name) != pinned]


def test_the_lock_holds_every_dependency() -> None:
    project = (install.ROOT / "pyproject.toml").read_text()
    wanted = re.search(r"^dependencies = \[(.*?)^\]", project, re.MULTILINE | re.DOTALL)
    assert wanted
    assert set(re.findall(r'^ *"([a-z0-9-]+)', wanted[1], re.MULTILINE)) <= set(_packages("requirements.lock"))


def test_a_stamp_counts_only_for_its_lock_and_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp = tmp_path / "installed"
    monkeypatch.setattr(install, "_STAMP", stamp)
    assert not install._is_installed(install.LOCK)
    stamp.write_text(f"{install._place()}\n{install._digest(install.LOCK)}")
    assert install._is_installed(install.LOCK)
    assert not install._is_installed("tests/requirements.lock")
    stamp.write_text(f"elsewhere\n{install._digest(install.LOCK)}")
    assert not install._is_installed(install.LOCK)


def test_an_old_python_is_refused_in_one_sentence() -> None:
    with pytest.raises(SystemExit, match=r"^Chaski needs Python 3\.11 or newer and this is 3\.9\.2: .+\.$"):
        install._refuse_old_python((3, 9, 2))
    install._refuse_old_python((3, 11, 0))
