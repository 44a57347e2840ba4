"""What waits for an agent that comes late."""

from __future__ import annotations

from bridge.server.late import LateFrames


def test_start_stays_and_the_oldest_media_go() -> None:
    late = LateFrames()
    late.started([b"start"])
    for number in range(3_000):
        late.keep([b"%d" % number])
    frames = late.take()
    assert (frames[0], frames[-1], len(frames)) == (b"start", b"2999", 1_501)


def test_the_largest_frames_fill_no_memory() -> None:
    late = LateFrames()
    late.started([b"start"])
    for _ in range(1_500):
        late.keep([bytes(32_000), bytes(32_000)])
    assert 3_000_000 < sum(map(len, late.take())) < 5_000_000


def test_the_next_agent_gets_start_again_and_no_media_of_the_one_before() -> None:
    late = LateFrames()
    late.keep([b"before"])
    late.started([b"sta", b"rt"])
    late.keep([b"media"])
    assert late.take() == [b"before", b"sta", b"rt", b"media"]
    assert late.take() == [b"before", b"sta", b"rt"]
