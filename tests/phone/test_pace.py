"""The operator's frames leave evenly, however they come, and without a delay that grows."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.phone.pace import Pace


def departures(arrivals: np.ndarray) -> np.ndarray:
    """When frames leave that come at these times (s)."""
    pace, left = Pace(), []
    now = 0.0
    for number, at in enumerate(arrivals):
        now = max(now, at)
        waiting = int(np.searchsorted(arrivals, now, "right")) - number - 1
        now += pace.wait(now, waiting)
        left.append(now)
    return np.array(left)


def test_frames_that_come_unevenly_leave_evenly_and_soon():
    even = 100 + np.arange(2000) * 0.02
    arrivals = np.sort(even + np.random.default_rng(1).uniform(0, 0.008, 2000))
    left = departures(arrivals)
    assert np.quantile(np.abs(np.diff(left[200:]) - 0.02), 0.9) < 0.0005
    assert (left - even)[200:].max() < 0.010


@pytest.mark.parametrize("device_ppm", [-300, 300])
def test_a_device_whose_clock_differs_is_followed(device_ppm: float):
    arrivals = 100 + np.arange(15_000) * 0.02 * (1 - device_ppm / 1e6)
    assert (departures(arrivals) - arrivals).max() < 0.003


def test_after_a_stall_the_delay_is_made_up():
    arrivals = 100 + np.arange(500) * 0.02
    arrivals[200:208] = arrivals[208]
    late = departures(arrivals) - arrivals
    assert late[208] > 0.1
    assert late[400] < 0.005
