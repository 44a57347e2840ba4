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
    assert heard == ear.heard
    assert heard.startswith(sent)
    assert not heard[len(sent) :].strip(b"\0")
    assert len(heard) == 29 * L16_16K.frame_bytes


def test_more_than_the_queue_holds_is_thrown_away():
    ear = Ear(MULAW_8K, 0.0)
    assert ear.play(bytes(8000 * 39), 0.0)
    assert not ear.play(bytes(8000 * 2), 0.0)
    assert ear.play(bytes(8000), 0.0)
    assert ear.play(bytes(8000), 1.0)


@pytest.mark.parametrize(
    ("seconds_queued", "degraded"),
    [([11], [False]), ([13, 1], [True, False]), ([13, 12, 12], [True, True, True]), ([37], [True])],
)
def test_each_mark_of_fullness_is_told_once(seconds_queued, degraded):
    ear = Ear(MULAW_8K, 0.0)
    told = []
    for seconds in seconds_queued:
        ear.play(bytes(8000 * seconds), 0.0)
        told.append(ear.newly_degraded(0.0))
    assert told == degraded


def test_a_mark_of_fullness_is_told_again_when_the_queue_had_emptied():
    ear = Ear(MULAW_8K, 0.0)
    ear.play(bytes(8000 * 13), 0.0)
    assert [ear.newly_degraded(at) for at in (0.0, 12.0)] == [True, False]
    ear.play(bytes(8000 * 13), 12.0)
    assert ear.newly_degraded(12.0)


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
