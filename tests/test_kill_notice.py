"""A notice whose sender is killed again and again; `python -m tests.kill_notice` is the same with a thousand people."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kill_notice import tried


@pytest.mark.parametrize("seed", [6])
async def test_killed_at_random_moments_nobody_is_told_twice_and_nobody_forgotten(tmp_path: Path, seed: int) -> None:
    """A notice for each district, because twenty people are waited for before the others of a notice are told."""
    trial = await tried(tmp_path, people=60, by_telegram=12, kills=6, seed=seed, by_district=True)
    assert trial.wrong() == [], f"seed {seed}: {trial.fates}"
    assert trial.kills == 6
    assert trial.fates["1 accepted, row sent"] >= 40, trial.fates
