import pytest

from bridge.carrier.ear import Ear
from bridge.wire.formats import L16_16K, MULAW_8K

QUIET = b"\xff"


def test_silence_is_heard_where_nothing_was_played():
    ear = Ear(MULAW_8K, 1.0)
    ear.play(b"a" * 400, 1.05)
    assert ear.listen(1.2) == QUIET * 400 + b"a" * 400 + QUIET * 800


def test_what_is_heard_in_frames_is_what_was_played_without_seams():
    ear = Ear(L16_16K, 0.0)
    sent = bytes(range(256)) * 50
    ear.play(sent, 0.0)
    heard = b"".join(ear.listen(frame * 0.02) for frame in range(1, 30))
    assert heard.startswith(sent)
    assert not heard[len(sent) :].strip(b"\0")
    assert len(heard) == 29 * L16_16K.frame_bytes


def test_more_than_the_queue_holds_is_thrown_away():
    ear = Ear(MULAW_8K, 0.0)
    assert ear.play(bytes(8000 * 39), 0.0)
    assert not ear.play(bytes(8000 * 2), 0.0)
    assert ear.play(bytes(8000), 0.0)
    assert ear.play(bytes(8000), 1.0)


def test_checkpoints_are_reached_when_they_are_due_and_dropped_ones_never():
    ear = Ear(MULAW_8K, 0.0)
    ear.play(bytes(800), 0.0)
    ear.checkpoint("played", 0.0)
    ear.play(bytes(800), 0.0)
    ear.checkpoint("dropped", 0.0)
    assert ear.reached(0.09) == []
    assert [mark.name for mark in ear.reached(0.101)] == ["played"]
    ear.clear(0.15)
    assert ear.reached(1.0) == []
    assert [mark.name for mark in ear.played] == ["played"]
    assert [mark.name for mark in ear.dropped] == ["dropped"]


def two_checkpoints_cleared_at_50_ms(at_clear) -> Ear:
    ear = Ear(MULAW_8K, 0.0, at_clear)
    for name in ("first", "second"):
        ear.play(bytes(800), 0.0)
        ear.checkpoint(name, 0.0)
    ear.clear(0.05)
    return ear


def test_checkpoints_of_cleared_audio_may_be_returned_at_once():
    ear = two_checkpoints_cleared_at_50_ms("returned")
    assert [mark.name for mark in ear.reached(0.05)] == ["first", "second"]
    assert not ear.dropped


def test_checkpoints_of_cleared_audio_may_be_returned_when_it_would_have_been_played():
    ear = two_checkpoints_cleared_at_50_ms("late")
    assert [[mark.name for mark in ear.reached(at)] for at in (0.06, 0.101, 0.19, 0.201)] == [
        [],
        ["first"],
        [],
        ["second"],
    ]


def test_what_is_heard_does_not_drift_from_the_clock():
    ear = Ear(MULAW_8K, 0.0)
    heard = bytearray()
    for frame in range(1, 2001):
        ear.play(b"a" * 37, frame * 0.02 - 0.0131)
        heard += ear.listen(frame * 0.02)
        assert len(heard) == pytest.approx(frame * 160, abs=1)
