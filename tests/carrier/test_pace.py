import time

import pytest

from bridge.carrier.lateness import Lateness
from bridge.carrier.pace import Pace


def stall(seconds: float) -> None:
    """Keep the loop from doing anything."""
    time.sleep(seconds)


async def test_beats_are_due_at_equal_distances_whatever_happens_between_them():
    pace = Pace(0.01, Lateness())
    due = []
    for beat in range(10):
        due.append(await pace.beat())
        if beat == 3:
            stall(0.035)
    assert [at - pace.started for at in due] == pytest.approx([0.01 * beat for beat in range(10)])


async def test_no_beat_comes_before_it_is_due():
    pace = Pace(0.005, Lateness())
    for _ in range(10):
        due = await pace.beat()
        assert time.monotonic() >= due


async def test_after_a_stall_the_missed_beats_come_at_once_and_no_more():
    pace = Pace(0.1, Lateness())
    await pace.beat()
    stall(0.35)
    for _ in range(3):
        await pace.beat()
    assert time.monotonic() - pace.started < 0.4, "beats 1 to 3 were due already"
    await pace.beat()
    assert time.monotonic() - pace.started >= 0.4


async def test_lateness_is_measured():
    pace = Pace(0.01, Lateness())
    await pace.beat()
    stall(0.06)
    await pace.beat()
    await pace.beat()
    assert 0.05 <= pace.worst_lateness < 0.2
