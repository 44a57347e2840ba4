from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.operator.store import Store
from bridge.operator.view import SORTS, View, age_seconds
from bridge.wire.link.answers import Changes
from bridge.wire.views import Meter, StreamView
from tests.operator.fake_bridge import NOW, a_busy_stream, a_stream


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> Store:
    return Store(clock)


def tell(store: Store, *streams: StreamView, **changes: Any) -> None:
    store.apply(Changes(at=NOW, streams=list(streams), **changes))


def handles(view: View) -> list[int]:
    return [stream.handle for stream in view.rows]


def test_the_newest_stream_is_on_top(store: Store) -> None:
    tell(store, a_stream(30), a_stream(10), a_stream(20))
    view = View(store)
    view.update()
    assert handles(view) == [10, 20, 30]


def test_a_caller_who_waits_is_on_top_whatever_the_order(store: Store) -> None:
    tell(store, a_stream(10), a_stream(20, ringing=True), a_stream(30))
    view = View(store)
    for view.reverse, order in ((False, [20, 10, 30]), (True, [20, 30, 10])):
        view.update()
        assert handles(view) == order
    assert store.ringing == {20}


def test_update_says_whether_the_rows_moved(store: Store) -> None:
    tell(store, a_stream(1))
    view = View(store)
    assert view.update()
    assert not view.update()
    tell(store, a_stream(1, queued_ms=20))
    assert not view.update()


def test_the_focus_follows_its_stream(store: Store) -> None:
    tell(store, a_stream(10), a_stream(20))
    view = View(store)
    view.update()
    view.focus(1)
    tell(store, a_stream(5), a_stream(15))
    view.update()
    assert handles(view) == [5, 10, 15, 20]
    assert view.focused is not None
    assert view.focused.handle == 20
    assert view.index == 3


def test_when_its_stream_goes_the_focus_stays_near(store: Store) -> None:
    tell(store, a_stream(10), a_stream(20), a_stream(30))
    view = View(store)
    view.update()
    view.focus(2)
    tell(store, removed=[30])
    view.update()
    assert view.focused is not None
    assert view.focused.handle == 20
    tell(store, removed=[10, 20])
    view.update()
    assert view.focused is None
    assert view.index == 0


def test_ended_streams_go_after_a_while_and_come_back_on_demand(store: Store, clock: Clock) -> None:
    tell(store, a_stream(1), a_stream(2, state="ended", ended_at=NOW))
    view = View(store)
    view.update()
    assert handles(view) == [1, 2]
    clock.seconds = 31
    view.update()
    assert handles(view) == [1]
    view.show_ended = True
    view.update()
    assert handles(view) == [1, 2]


def test_a_filter_narrows_the_rows(store: Store) -> None:
    tell(store, a_stream(1), a_stream(2, from_="+447700900123"))
    view = View(store)
    view.filter_by("from:+44")
    view.update()
    assert handles(view) == [2]
    view.filter_by("")
    view.update()
    assert handles(view) == [1, 2]


def test_a_pause_freezes_the_picture_but_not_the_capture(store: Store, clock: Clock) -> None:
    tell(store, a_stream(1, queued_ms=100))
    view = View(store)
    view.update()
    view.pause(True)
    clock.seconds = 5
    tell(store, a_stream(2), meters=[Meter(1, 10, 0, 0, None, None, 900)])
    view.update()
    assert handles(view) == [1]
    assert view.rows[0].queued_ms == 100
    assert view.now() == NOW
    view.pause(False)
    view.update()
    assert handles(view) == [1, 2]
    assert view.rows[0].queued_ms == 900


def test_a_filter_works_on_the_frozen_picture_and_back(store: Store) -> None:
    tell(store, a_stream(1), a_stream(2, from_="+447700900123"))
    view = View(store)
    view.pause(True)
    view.filter_by("from:+44")
    view.update()
    view.filter_by("")
    view.update()
    assert handles(view) == [1, 2]


@pytest.mark.parametrize("name", SORTS)
def test_every_order_takes_streams_of_which_nothing_is_known(store: Store, name: str) -> None:
    tell(store, StreamView(handle=1), a_busy_stream(2), StreamView(handle=3, state="ended", ended_at=NOW))
    view = View(store)
    view.sort = name
    view.update()
    assert sorted(handles(view)) == [1, 2, 3]
    forward = handles(view)
    view.reverse = True
    view.update()
    assert handles(view) == forward[::-1]


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("caller", a_stream(9, caller_dbfs=-5.0)),
        ("queued", a_stream(9, queued_ms=900)),
        ("health", a_stream(9, health="error")),
        ("from", a_stream(9, from_="+1")),
    ],
)
def test_the_loudest_fullest_and_worst_are_on_top(store: Store, sort: str, first: StreamView) -> None:
    tell(store, a_stream(1, caller_dbfs=-40.0, queued_ms=20, health="warning"), first, a_stream(2))
    view = View(store)
    view.sort = sort
    view.update()
    assert view.rows[0].handle == first.handle


def test_the_sort_goes_round_the_columns(store: Store) -> None:
    view = View(store)
    names = [view.sort]
    for _ in SORTS:
        view.sort_by(1)
        names.append(view.sort)
    assert set(names) == set(SORTS)
    assert names[0] == names[-1]
    view.sort_by(-1)
    assert view.sort == names[-2]


def test_an_age_counts_from_the_start_to_the_end() -> None:
    started = NOW - timedelta(seconds=100)
    assert age_seconds(a_stream(1, started_at=started), NOW) == 100
    assert age_seconds(a_stream(1, started_at=started, ended_at=started + timedelta(seconds=7)), NOW) == 7
    assert age_seconds(StreamView(handle=1), NOW) == 0


@given(st.lists(st.tuples(st.sampled_from(["come", "go", "focus"]), st.integers(0, 9)), max_size=40))
def test_the_focus_is_on_a_row_whatever_comes_and_goes(steps: list[tuple[str, int]]) -> None:
    store = Store(Clock())
    view = View(store)
    for step, number in steps:
        focused = view.focused
        if step == "come":
            tell(store, a_stream(number))
        elif step == "go":
            tell(store, removed=[number])
        else:
            view.focus(number)
            focused = view.focused
        view.update()
        assert (view.focused is None) == (not view.rows)
        if focused is not None and focused.handle in store.streams:
            assert view.focused is not None
            assert view.focused.handle == focused.handle
