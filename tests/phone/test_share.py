"""The share of the last ten seconds."""

from __future__ import annotations

from bridge.phone.share import Share


def test_only_the_last_ten_seconds_count():
    share = Share()
    assert share.percent(0, 100.0) == 0
    assert share.percent(50, 101.0) == 0.5
    for second in range(2, 12):
        share.percent(50, 100.0 + second)
    assert share.percent(50, 112.0) == 0


def test_a_counter_that_begins_anew_is_another_stream():
    share = Share()
    share.percent(400, 100.0)
    assert share.percent(0, 101.0) == 0
    assert share.percent(10, 102.0) == 0.1
