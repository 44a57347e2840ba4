"""Media that come in a run, of which the newest alone are read."""

from __future__ import annotations

import pytest

from bridge.streams.events import EventLog
from bridge.streams.stream import Stream
from bridge.streams.switchboard import Switchboard
from bridge.wire.frames import Media, UsualMedia, media_frame, usual_media
from tests.streams.test_switchboard import at, live


@pytest.fixture
def stream() -> Stream:
    stream = live(Switchboard(EventLog(0, lambda _: None), 0))
    stream.take_media(media(stream, 2), at(0.02).mono)
    return stream


def media(stream: Stream, number: int, track: str = "inbound") -> UsualMedia:
    frame = Media(stream_id=stream.view.stream_id, sequence=number, timestamp="1", payload=bytes(160), track=track)
    usual = usual_media(media_frame(frame).encode())
    assert usual is not None
    return usual


TIMES = [at(number * 0.02).mono for number in range(2, 12)]


def test_of_a_run_the_newest_is_enough(stream: Stream) -> None:
    assert stream.take_run(TIMES, [media(stream, 12)])
    assert (stream.view.frames_in, stream.view.gaps) == (11, 0)


def test_a_run_with_a_hole_in_it_is_not_taken(stream: Stream) -> None:
    assert not stream.take_run(TIMES, [media(stream, 13)])
    assert stream.view.frames_in == 1


def test_with_two_tracks_the_newest_does_not_tell_whose_the_others_are(stream: Stream) -> None:
    stream.take_media(media(stream, 3, "outbound"), at(0.03).mono)
    assert not stream.take_run(TIMES, [media(stream, 13)])
    assert stream.view.frames_in == 2
