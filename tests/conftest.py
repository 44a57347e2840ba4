"""Fixtures for tests of every folder."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.sound_rig"]


@pytest.fixture(autouse=True)
def own_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is remembered goes from one test to another, or to this machine's user."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
