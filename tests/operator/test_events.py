from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.operator import events
from bridge.operator.events import EventLog, EventView
from tests.operator.fake_bridge import an_event


def ids(view: EventView) -> list[int]:
    return [event.id for event in view.lines]


def test_events_that_are_here_already_are_left_out() -> None:
    log = EventLog()
    log.append([an_event(1), an_event(2)])
    log.append([an_event(2), an_event(3)])
    assert [event.id for event in log.events] == [1, 2, 3]
    assert log.last_id == 3


def test_a_view_takes_in_what_is_new_and_matches() -> None:
    log = EventLog()
    view = EventView(log)
    view.choose(lambda event: event.id % 2 == 0)
    log.append([an_event(number) for number in range(1, 6)])
    assert ids(view) == []
    assert view.update()
    assert ids(view) == [2, 4]
    log.append([an_event(7)])
    assert not view.update()
    log.append([an_event(8)])
    assert view.update()
    assert ids(view) == [2, 4, 8]


def test_older_events_come_before_those_that_are_here() -> None:
    log = EventLog()
    log.append([an_event(5)])
    view = EventView(log)
    log.prepend([an_event(3), an_event(4), an_event(5)])
    assert view.update()
    assert ids(view) == [3, 4, 5]


def test_after_a_hole_the_log_begins_anew() -> None:
    log = EventLog()
    log.append([an_event(1)])
    view = EventView(log)
    log.clear()
    log.append([an_event(50)])
    assert view.update()
    assert ids(view) == [50]


def test_the_number_of_events_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MAX_EVENTS", 100)
    log = EventLog()
    view = EventView(log)
    for number in range(1, 1001):
        log.append([an_event(number)])
    view.update()
    assert len(log.events) <= 100
    assert ids(view) == [event.id for event in log.events]
    assert log.last_id == 1000


def test_the_raw_forms_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MAX_RAW_CHARACTERS", 10_000)
    log = EventLog()
    for number in range(1, 200):
        log.append([an_event(number, raw="x" * 1000)])
        assert sum(len(event.raw) for event in log.events) <= 10_000
    assert log.last_id == 199


@given(st.lists(st.lists(st.integers(1, 30), max_size=5), max_size=12))
def test_a_view_shows_what_the_log_has_whatever_arrives(batches: list[list[int]]) -> None:
    log = EventLog()
    view = EventView(log)
    for batch in batches:
        log.append([an_event(number) for number in sorted(set(batch))])
        view.update()
    assert ids(view) == [event.id for event in log.events]
    assert ids(view) == sorted(set(ids(view)))
