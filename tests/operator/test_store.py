from __future__ import annotations

from datetime import timedelta

from bridge.operator.store import Store
from bridge.wire.link.answers import Changes
from bridge.wire.views import Meter
from tests.operator.fake_bridge import NOW, a_bridge, a_stream, an_event


def test_the_first_changes_replace_everything() -> None:
    store = Store()
    store.apply(Changes(at=NOW, full=True, streams=[a_stream(1), a_stream(2)], bridge=a_bridge()))
    store.apply(Changes(at=NOW, full=True, streams=[a_stream(3)]))
    assert set(store.streams) == {3}
    assert store.bridge == a_bridge()


def test_meters_change_streams_and_touch_them() -> None:
    store = Store()
    store.apply(Changes(at=NOW, streams=[a_stream(1), a_stream(2)]))
    assert store.take_touched() == {1, 2}
    revision = store.revision
    store.apply(Changes(at=NOW, meters=[Meter(2, 50, 40, 1, -20.5, None, 300), Meter(99, 0, 0, 0, None, None, 0)]))
    stream = store.streams[2]
    assert (stream.frames_in, stream.frames_out, stream.gaps) == (50, 40, 1)
    assert (stream.caller_dbfs, stream.agent_dbfs, stream.queued_ms) == (-20.5, None, 300)
    assert store.take_touched() == {2}
    assert store.take_touched() == set()
    assert store.revision == revision


def test_removed_streams_go() -> None:
    store = Store()
    store.apply(Changes(at=NOW, streams=[a_stream(1)]))
    store.apply(Changes(at=NOW, removed=[1, 77]))
    assert not store.streams


def test_time_is_the_bridges() -> None:
    seconds = 10.0
    store = Store(lambda: seconds)
    store.apply(Changes(at=NOW))
    seconds = 12.5
    assert store.now() == NOW + timedelta(seconds=2.5)


def test_a_hole_in_the_events_clears_those_before_it() -> None:
    store = Store()
    store.apply(Changes(at=NOW, events=[an_event(1)]))
    store.apply(Changes(at=NOW, events=[an_event(2)]))
    store.apply(Changes(at=NOW, events=[an_event(50), an_event(51)], missed_events=True))
    assert [event.id for event in store.log.events] == [50, 51]


def test_past_streams_do_not_replace_what_is_known_now() -> None:
    store = Store()
    store.apply(Changes(at=NOW, streams=[a_stream(1, queued_ms=500)]))
    store.add_past([a_stream(1, queued_ms=0), a_stream(2, state="ended")])
    assert store.streams[1].queued_ms == 500
    assert store.count("ended") == 1


def test_a_stream_is_found_by_its_id() -> None:
    store = Store()
    store.apply(Changes(at=NOW, streams=[a_stream(1), a_stream(2)]))
    assert store.by_id(a_stream(2).stream_id) == a_stream(2)
    assert store.by_id("nobody") is None
