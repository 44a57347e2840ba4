import pytest

from bridge.carrier.lateness import Lateness


def test_quantiles_are_told_by_their_upper_edge_and_the_worst_exactly():
    lateness = Lateness()
    for number in range(98):
        lateness.count(number, 0.0004)
    lateness.count(98, 0.0042)
    lateness.count(99, 0.0301)
    view = lateness.view
    assert (view.beats, view.late_beats) == (100, 1)
    assert (view.p50_ms, view.p99_ms, view.worst_ms) == (1, 5, pytest.approx(30.1))


def test_nothing_counted_is_not_late():
    assert Lateness().view.worst_ms == 0


@pytest.mark.parametrize(
    ("since", "until", "late"), [(0.0, 4.9, False), (4.0, 5.0, True), (5.9, 5.95, True), (6.0, 9.0, False)]
)
def test_a_time_is_late_when_a_beat_of_its_seconds_was(since, until, late):
    lateness = Lateness()
    lateness.count(1.5, 0.0099)
    lateness.count(5.5, 0.0101)
    assert lateness.was_late(since, until) is late
