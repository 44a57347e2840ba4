"""The playout clock against tables computed by hand, and what must hold whatever is done to it.

The tables are in mu-law at 8 kHz, where 8 bytes are a millisecond.
"""

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.streams.playback import PlaybackQueue, laid_out
from bridge.wire.formats import L16_16K, MULAW_8K, STREAM_FORMATS


def audio(ms: int, fill: bytes = b"a") -> bytes:
    """Mu-law audio of so many milliseconds."""
    return fill * (8 * ms)


def names(marks):
    return [mark.name for mark in marks]


def heard(queue: PlaybackQueue, since: float, until: float) -> bytes:
    return b"".join(piece.payload for piece in queue.heard(since, until))


def test_a_burst_is_laid_end_to_end():
    queue = PlaybackQueue(MULAW_8K)
    pieces = [queue.play(audio(ms), 10.0) for ms in (100, 20, 1000)]
    assert [(piece.start, piece.end) for piece in pieces] == [
        pytest.approx((10.000, 10.100)),
        pytest.approx((10.100, 10.120)),
        pytest.approx((10.120, 11.120)),
    ]
    assert [queue.queued(at) for at in (10.0, 10.5, 11.12, 12.0)] == pytest.approx([1.12, 0.62, 0.0, 0.0])


def test_audio_after_a_pause_starts_when_it_arrives():
    queue = PlaybackQueue(MULAW_8K)
    queue.play(audio(20), 1.0)
    late = queue.play(audio(20), 1.5)
    assert (late.start, late.end) == pytest.approx((1.5, 1.52))
    assert queue.queued(1.5) == pytest.approx(0.02)


def test_checkpoints_are_due_at_the_end_of_what_was_queued_before_them():
    queue = PlaybackQueue(MULAW_8K)
    queue.play(audio(100), 0.0)
    queue.checkpoint("first", 0.0)
    queue.play(audio(200), 0.05)
    queue.checkpoint("second", 0.05)
    assert names(queue.due(0.099)) == []
    assert names(queue.due(0.1001)) == ["first"]
    assert names(queue.due(0.1001)) == []
    assert names(queue.due(0.3001)) == ["second"]


def test_two_checkpoints_at_one_instant_are_returned_in_order():
    queue = PlaybackQueue(MULAW_8K)
    queue.play(audio(100), 0.0)
    queue.checkpoint("a", 0.0)
    queue.checkpoint("b", 0.0)
    assert names(queue.due(0.2)) == ["a", "b"]


def test_a_checkpoint_on_an_empty_queue_is_due_at_once():
    queue = PlaybackQueue(MULAW_8K)
    assert queue.checkpoint("now", 3.0).due == 3.0
    assert names(queue.due(3.0)) == ["now"]


def test_a_checkpoint_after_everything_was_played_is_due_at_once():
    queue = PlaybackQueue(MULAW_8K)
    queue.play(audio(100), 0.0)
    assert queue.checkpoint("late", 5.0).due == 5.0


def test_a_clear_in_the_middle_drops_what_was_not_played_and_its_checkpoints():
    queue = PlaybackQueue(MULAW_8K)
    queue.play(audio(100, b"a"), 0.0)
    queue.checkpoint("played", 0.0)
    queue.play(audio(100, b"b"), 0.0)
    queue.checkpoint("cut", 0.0)
    queue.play(audio(100, b"c"), 0.0)
    queue.checkpoint("never begun", 0.0)
    assert names(queue.clear(0.150)) == ["cut", "never begun"]
    assert queue.queued(0.150) == 0
    assert names(queue.due(0.3)) == ["played"]
    assert heard(queue, 0.0, 1.0) == audio(100, b"a") + audio(50, b"b")


def test_audio_after_a_clear_is_played_at_once():
    queue = PlaybackQueue(MULAW_8K)
    queue.play(audio(10_000), 0.0)
    queue.clear(1.0)
    after = queue.play(audio(20, b"z"), 1.0)
    assert (after.start, after.end) == pytest.approx((1.0, 1.02))
    assert heard(queue, 1.0, 2.0) == audio(20, b"z")


def test_a_clear_on_an_empty_queue_drops_nothing():
    queue = PlaybackQueue(MULAW_8K)
    assert queue.clear(1.0) == []
    queue.play(audio(20), 1.0)
    assert queue.clear(2.0) == []
    assert heard(queue, 1.0, 2.0) == audio(20)


def test_a_mark_that_is_reached_late_moves_what_is_behind_it():
    queue = PlaybackQueue(MULAW_8K)
    queue.play(audio(100, b"a"), 0.0)
    first = queue.checkpoint("first", 0.0)
    queue.play(audio(100, b"b"), 0.0)
    second = queue.checkpoint("second", 0.0)
    queue.reached(first, 0.130)
    assert second.due == pytest.approx(0.230)
    assert queue.queued(0.130) == pytest.approx(0.1)
    assert heard(queue, 0.0, 0.130) == audio(100, b"a")
    assert heard(queue, 0.130, 1.0) == audio(100, b"b")


def test_a_mark_that_is_reached_early_brings_forward_what_is_behind_it():
    queue = PlaybackQueue(MULAW_8K)
    queue.play(audio(100, b"a"), 0.0)
    queue.checkpoint("before", 0.0)
    queue.play(audio(100, b"b"), 0.0)
    first = queue.checkpoint("first", 0.0)
    queue.play(audio(100, b"c"), 0.0)
    second = queue.checkpoint("second", 0.0)
    queue.reached(first, 0.060)
    assert names(queue.due(0.060)) == ["before"]
    assert second.due == pytest.approx(0.160)
    assert queue.queued(0.060) == pytest.approx(0.1)
    assert heard(queue, 0.0, 0.060) == audio(60, b"a"), "what was not played by then is not heard at all"
    assert heard(queue, 0.060, 1.0) == audio(100, b"c")


def test_audio_that_came_while_the_mark_was_late_waits_only_for_the_mark():
    queue = PlaybackQueue(MULAW_8K)
    queue.play(audio(100), 0.0)
    mark = queue.checkpoint("mark", 0.0)
    queue.play(audio(100, b"b"), 0.150)
    queue.reached(mark, 0.160)
    assert queue.queued(0.160) == pytest.approx(0.1)
    assert heard(queue, 0.160, 1.0) == audio(100, b"b")


def test_checkpoints_between_pieces_keep_their_place_when_the_clock_is_put_right():
    queue = PlaybackQueue(MULAW_8K)
    queue.play(audio(100), 0.0)
    first = queue.checkpoint("first", 0.0)
    twin = queue.checkpoint("twin", 0.0)
    queue.play(audio(100), 0.120)
    idle = queue.checkpoint("idle", 0.300)
    queue.play(audio(100), 0.310)
    last = queue.checkpoint("last", 0.310)
    queue.reached(first, 0.320)
    assert [mark.due for mark in (twin, idle, last)] == pytest.approx([0.320, 0.420, 0.520])


def test_a_mark_reached_after_it_was_due_by_our_clock_still_puts_it_right():
    queue = PlaybackQueue(MULAW_8K)
    queue.play(audio(100), 0.0)
    mark = queue.checkpoint("mark", 0.0)
    queue.play(audio(100), 0.0)
    assert queue.due(0.110) == [mark]
    queue.reached(mark, 0.140)
    assert queue.queued(0.140) == pytest.approx(0.1)


def test_a_mark_that_was_dropped_corrects_nothing():
    queue = PlaybackQueue(MULAW_8K)
    queue.play(audio(1000), 0.0)
    mark = queue.checkpoint("mark", 0.0)
    queue.clear(0.5)
    queue.play(audio(100), 0.5)
    queue.reached(mark, 0.55)
    assert queue.queued(0.55) == pytest.approx(0.05)


def test_heard_in_windows_is_the_audio_once_without_seams():
    queue = PlaybackQueue(L16_16K)
    sent = bytes(range(256)) * 25  # 200 ms
    queue.play(sent, 0.0, "bot")
    edges = [0.0, 0.0133, 0.02, 0.1, 0.10003, 0.3]
    windows = [queue.heard(since, until) for since, until in pairwise(edges)]
    assert b"".join(piece.payload for window in windows for piece in window) == sent
    assert {piece.source for window in windows for piece in window} == {"bot"}
    assert all(len(piece.payload) % 2 == 0 for window in windows for piece in window)


def test_heard_leaves_out_silence_and_says_when_each_piece_began():
    queue = PlaybackQueue(MULAW_8K)
    queue.play(audio(20, b"a"), 0.0, "bot")
    queue.play(audio(20, b"b"), 0.1, "operator")
    pieces = queue.heard(0.01, 0.11)
    assert [(piece.start, piece.end, piece.payload, piece.source) for piece in pieces] == [
        (pytest.approx(0.01), pytest.approx(0.02), audio(10, b"a"), "bot"),
        (pytest.approx(0.1), pytest.approx(0.11), audio(10, b"b"), "operator"),
    ]


def test_what_was_played_long_ago_is_forgotten():
    queue = PlaybackQueue(MULAW_8K)
    queue.play(audio(100), 0.0)
    queue.due(10.0)
    assert queue.heard(0.0, 10.0) == []


def test_a_runaway_sender_is_reckoned_with_but_not_kept():
    queue = PlaybackQueue(MULAW_8K)
    minute = audio(60_000)
    pieces = [queue.play(minute, 0.0) for _ in range(5)]
    assert queue.queued(0.0) == pytest.approx(300)
    assert [bool(piece.payload) for piece in pieces] == [True, True, False, False, False]


def test_half_a_sample_is_left_out():
    queue = PlaybackQueue(L16_16K)
    queue.play(b"\x01\x02\x03", 0.0)
    assert heard(queue, 0.0, 1.0) == b"\x01\x02"
    assert queue.queued(0.0) == 1 / 16000


def steps(*kinds):
    """Things done to a queue, each so many ms after the one before, with the number it needs (ms, or which mark)."""
    return st.lists(st.tuples(st.integers(0, 150), st.sampled_from(kinds), st.integers(0, 300)), max_size=40)


@given(steps("play", "checkpoint", "clear", "due", "reached"))
def test_whatever_is_done_the_queue_is_never_negative_and_marks_keep_their_order(done):
    queue = PlaybackQueue(MULAW_8K)
    now, set_marks, open_marks, returned = 0.0, [], [], []
    for wait, kind, value in done:
        now += wait / 1000
        match kind:
            case "play":
                queue.play(audio(value), now)
            case "checkpoint":
                set_marks.append(queue.checkpoint(str(len(set_marks)), now))
                open_marks.append(set_marks[-1])
            case "clear":
                dropped = queue.clear(now)
                open_marks = [mark for mark in open_marks if mark not in dropped]
            case "due":
                returned += queue.due(now)
            case "reached" if open_marks:
                which = value % len(open_marks)
                queue.reached(open_marks[which], now)
                del open_marks[: which + 1]
        assert queue.queued(now) >= 0
        pieces = list(queue.heard(-1.0, now + 1000))
        assert all(a.end <= b.start + 1e-9 for a, b in pairwise(pieces))
        assert all(len(piece.payload) == pytest.approx((piece.end - piece.start) * 8000, abs=1) for piece in pieces)
    returned += queue.due(now + 1000)
    numbers = [int(mark.name) for mark in returned]
    assert numbers == sorted(set(numbers))
    assert not any(mark.dropped for mark in returned)


@given(steps("play", "clear"), st.sampled_from(STREAM_FORMATS))
def test_what_was_received_is_either_played_or_dropped_or_queued(done, audio_format):
    queue = PlaybackQueue(audio_format)
    now = received = dropped = played = 0.0
    for wait, kind, value in done:
        then, now = now, now + wait / 1000
        played += sum(piece.end - piece.start for piece in queue.heard(then, now))
        if kind == "play":
            samples = audio_format.rate * value // 1000
            queue.play(bytes(samples * audio_format.sample_bytes), now)
            received += samples / audio_format.rate
        else:
            dropped += queue.queued(now)
            queue.clear(now)
        assert played + dropped + queue.queued(now) == pytest.approx(received, abs=1e-3)


def test_a_sender_that_never_stops_fills_no_memory():
    queue = PlaybackQueue(MULAW_8K)
    for _ in range(10_000):
        queue.play(audio(20), 0.0)
    mark = queue.checkpoint("far away", 0.0)
    assert queue.queued(0.0) == pytest.approx(200)
    assert mark.due == pytest.approx(200)
    assert len(queue._pieces) <= 120 / 0.02 + 2
    assert sum(len(piece.payload) for piece in queue.heard(0, 300)) <= 120.02 * 8000


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 50)), min_size=1, max_size=20),
    st.integers(0, 100),
    st.sampled_from(STREAM_FORMATS),
)
def test_a_run_is_played_as_its_payloads_one_by_one(pieces, queued_ms, audio_format):
    together, each = PlaybackQueue(audio_format), PlaybackQueue(audio_format)
    for queue in (together, each):
        queue.play(audio_format.silence * (audio_format.rate * queued_ms // 1000), 0.0)
    # L16 with half a sample at the end of some.
    payloads = [bytes([number + 1]) * (size * audio_format.rate // 1000) for number, (size, _) in enumerate(pieces)]
    times = list(accumulate(wait / 1000 for _, wait in pieces))
    together.play_run(payloads, times, "bot")
    for payload, at in zip(payloads, times, strict=True):
        each.play(payload, at, "bot")
    assert together.queued(times[-1]) == pytest.approx(each.queued(times[-1]), abs=1e-9)
    laid = [laid_out(queue.heard(0, 9), 0, 0, 9 * audio_format.rate, audio_format) for queue in (together, each)]
    assert laid[0] == laid[1]


def test_what_of_a_run_follows_without_a_pause_is_one_piece():
    queue = PlaybackQueue(MULAW_8K)
    queue.play_run([audio(20, b"a"), audio(20, b"b"), audio(20, b"c")], [1.0, 1.01, 1.1])
    assert [(piece.start, piece.payload) for piece in queue.heard(0, 2)] == [
        (1.0, audio(20, b"a") + audio(20, b"b")),
        (1.1, audio(20, b"c")),
    ]
