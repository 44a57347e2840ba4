"""Bounds far above what `bench_load` measures: they catch a change that draws or sorts everything at each tick."""

from __future__ import annotations

import pytest

from tests.tui.bench_load import key_to_screen, percentile, share_of_a_core, tick_ms

pytestmark = pytest.mark.realtime

ROWS = 500


async def test_500_streams_at_10_hz_leave_most_of_the_core_alone() -> None:
    assert await share_of_a_core(ROWS, 3.0) < 0.4


async def test_a_key_is_answered_at_once_under_that_load() -> None:
    assert percentile(await key_to_screen(ROWS, 30), 95) < 150


def test_taking_in_a_change_takes_a_fraction_of_a_tick() -> None:
    assert tick_ms(ROWS) < 25
