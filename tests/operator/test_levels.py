from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.operator.levels import MAX_STEPS, SILENT_DBFS, History, Levels, level_byte
from bridge.operator.store import Store
from bridge.wire.link.answers import Changes
from bridge.wire.link.audio import Leg
from bridge.wire.views import Meter
from tests.operator.fake_bridge import NOW, a_stream

T = 1000.0


def meter(caller: float | None = None, agent: float | None = None, frames_in: int = 0, frames_out: int = 0) -> Meter:
    return Meter(1, frames_in, frames_out, 0, caller, agent, 0)


def history(*callers: float | None) -> History:
    made = History(T + 0.1, meter())
    for step, dbfs in enumerate(callers, 1):
        made.add(T + step / 10, meter(dbfs))
    return made


def test_a_column_is_as_loud_as_the_loudest_step_in_it() -> None:
    levels = history(-30, -20, None, -40, None, None).levels(Leg.CALLER)
    assert levels.columns(T, 0.2, 4) == [-20, -40, SILENT_DBFS, None]


def test_columns_narrower_than_a_step_share_it() -> None:
    levels = history(-30, -20).levels(Leg.CALLER)
    assert levels.columns(T, 0.05, 4) == [-30, -30, -20, -20]


def test_before_the_first_step_and_after_the_last_nothing_is_known() -> None:
    levels = history(-30).levels(Leg.CALLER)
    assert levels.columns(T - 0.2, 0.1, 4) == [None, None, -30, None]
    assert levels.seconds == pytest.approx(0.1)


@pytest.mark.parametrize("dbfs", [-89.5, -60.0, -0.5, 0.0])
def test_a_level_is_kept_to_half_a_decibel(dbfs: float) -> None:
    assert Levels(0, 1, bytes([level_byte(dbfs)])).columns(0, 1, 1) == [dbfs]


def test_levels_beyond_the_scale_are_at_its_ends() -> None:
    assert Levels(0, 1, bytes([level_byte(3)])).columns(0, 1, 1) == [0]
    assert level_byte(-500) > level_byte(None)


def test_a_pause_of_the_link_is_not_known_and_moves_nothing() -> None:
    made = history(-30, -20)
    made.add(T + 1.0, meter(-10))
    assert made.levels(Leg.CALLER).columns(T, 0.1, 10) == [-30, -20, *[None] * 7, -10]


def test_a_meter_that_comes_twice_counts_once() -> None:
    made = history(-30, -20, -10)
    made.add(T + 0.1, meter(-1))
    assert made.levels(Leg.CALLER).columns(T, 0.1, 4) == [-30, -20, -10, None]


def test_a_jitter_of_less_than_a_step_leaves_no_hole() -> None:
    made = History(T + 0.1, meter())
    for step in range(1, 21):
        made.add(T + step / 10 + (0.04 if step % 2 else -0.04), meter(-30))
    assert made.levels(Leg.CALLER).columns(T, 0.1, 20) == [-30] * 20


def test_frames_are_counted_between_two_times_on_each_leg() -> None:
    made = History(T + 0.1, meter())
    for step in range(1, 11):
        made.add(T + step / 10, meter(frames_in=step * 5, frames_out=step * 2))
    assert made.frames(Leg.CALLER, T, T + 1) == 50
    assert made.frames(Leg.AGENT, T + 0.5, T + 1) == 10
    assert made.frames(Leg.CALLER, T - 50, T - 40) == 0


def test_the_oldest_is_forgotten_and_what_is_kept_stays_where_it_was() -> None:
    made = History(T + 0.1, meter())
    for step in range(1, MAX_STEPS + 2):
        made.add(T + step / 10, meter(-50 if step < MAX_STEPS else -10))
    levels = made.levels(Leg.CALLER)
    assert len(levels.steps) == MAX_STEPS + 1 - MAX_STEPS // 10
    assert levels.columns(T + (MAX_STEPS - 2) / 10, 0.1, 4) == [-50, -10, -10, None]


def test_a_clock_that_leaps_begins_anew() -> None:
    made = history(-30)
    made.add(T + 1e9, meter(-20))
    levels = made.levels(Leg.CALLER)
    assert len(levels.steps) == 1
    assert levels.columns(T + 1e9 - 0.1, 0.1, 1) == [-20]


def test_the_store_keeps_the_levels_of_every_stream_that_is_live() -> None:
    store = Store()
    store.apply(Changes(at=NOW, full=True, streams=[a_stream(1), a_stream(2)]))
    store.apply(Changes(at=NOW, meters=[meter(-30, -20), Meter(9, 0, 0, 0, -1, -1, 0)]))
    at = (NOW - timedelta(seconds=0.1)).timestamp()
    assert store.histories[1].levels(Leg.AGENT).columns(at, 0.1, 1) == [-20]
    assert set(store.histories) == {1}
    store.apply(Changes(at=NOW, removed=[1]))
    assert not store.histories


def test_after_a_lost_link_levels_stay_with_their_stream() -> None:
    store = Store()
    store.apply(Changes(at=NOW, full=True, streams=[a_stream(1), a_stream(2)]))
    store.apply(Changes(at=NOW, meters=[meter(-30), Meter(2, 0, 0, 0, -1, -1, 0)]))
    store.apply(Changes(at=NOW, full=True, streams=[a_stream(1), a_stream(2, stream_id="another")]))
    assert set(store.histories) == {1}
