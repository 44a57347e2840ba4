"""Fixtures for tests of every folder."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes tells of the other programs on these processors, too.
settings.register_profile("shared processors", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared processors")

pytest_plugins = ["tests.sound_rig"]


@pytest.fixture(autouse=True)
def own_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is remembered goes from one test to another, or to this machine's user."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests share their processors with others: what fails by that is run again, twice at most.

    Those that hear or keep time may fail in any way by it, all others only by waiting in vain. The former never share
    processors with each other: where tests run side by side, one process has them all.
    """
    for item in items:
        if "sound_server" in getattr(item, "fixturenames", ()) or item.get_closest_marker("realtime"):
            item.add_marker(pytest.mark.flaky(reruns=2))
            item.add_marker(pytest.mark.xdist_group("realtime"))
        else:
            item.add_marker(pytest.mark.flaky(reruns=2, only_rerun=["TimeoutError", "not in 5 s"]))
