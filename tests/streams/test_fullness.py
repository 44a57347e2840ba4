import pytest

from bridge.streams.check.fullness import Fullness


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        ([11], [None]),
        ([13, 14], [0.3, None]),
        ([13, 25, 37], [0.3, 0.6, 0.9]),
        ([37, 25], [0.9, None]),
        ([13, 1, 13], [0.3, None, 0.3]),
    ],
)
def test_each_mark_is_told_once_on_the_way_up(seconds, told):
    fullness = Fullness()
    assert [fullness.risen_to(queued) for queued in seconds] == told


def test_the_marks_are_shares_of_what_is_held():
    assert [Fullness(1.0).risen_to(queued) for queued in (0.29, 0.3, 2.0)] == [None, 0.3, 0.9]
