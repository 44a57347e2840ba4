from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.audio.codec import decode, encode
from bridge.streams.clock import Moment
from bridge.streams.playback import PlaybackQueue
from bridge.streams.recording.recorder import Recorder, RecordingError
from bridge.wire.events import Event
from bridge.wire.formats import L16_8K, L16_16K, L16_24K, MULAW_8K, AudioFormat
from bridge.wire.link.messages import encode as to_json
from bridge.wire.notes import EVENTS_BYTES, RecordingNotes, read_notes
from bridge.wire.views import StreamView

STARTED = 1000.0
UTC_STARTED = datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)
FORMATS = [MULAW_8K, L16_8K, L16_16K, L16_24K]


def moment(after: float) -> Moment:
    return Moment(STARTED + after, UTC_STARTED + timedelta(seconds=after))


@dataclass
class Kept:
    """A sink that keeps all in memory, and fails when it is told to."""

    name: str = "a-recording"
    sound: bytearray = field(default_factory=bytearray)
    notes: list[RecordingNotes] = field(default_factory=list)
    closed: bool = False
    failure: str = ""

    def write(self, frames: bytes) -> None:
        if self.failure:
            raise RecordingError(self.failure)
        self.sound += frames

    def note(self, notes: RecordingNotes) -> None:
        self.notes.append(read_notes(to_json(notes)))

    def close(self) -> None:
        self.closed = True

    @property
    def legs(self) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        frames = np.frombuffer(self.sound, "<i2").reshape(-1, 2)
        return frames[:, 0], frames[:, 1]


class Call:
    """A stream that is recorded from `STARTED + begins` on; the clock is the test's."""

    def __init__(self, audio_format: AudioFormat = L16_8K, begins: float = 0.0, every: float = 0.1) -> None:
        self.kept = Kept()
        self.view = StreamView(handle=1, stream_id="s-1", call_uuid="c-1", started_at=UTC_STARTED)
        self.queue = PlaybackQueue(audio_format)
        self.format = audio_format
        self.recorder = Recorder(self.view, audio_format, lambda: None, self.kept, moment(begins))
        self.heard_until = STARTED + begins
        self.every = every

    def play(self, samples: NDArray[np.int16], after: float) -> None:
        self.queue.play(payload_of(samples, self.format), STARTED + after)

    def caller(self, samples: NDArray[np.int16], after: float) -> None:
        self.recorder.caller(payload_of(samples, self.format), STARTED + after)

    def hear(self, after: float) -> None:
        """The bridge looks at what was heard."""
        since, self.heard_until = self.heard_until, STARTED + after
        self.recorder.far(self.queue.heard(since, self.heard_until), self.heard_until)

    def end(self, after: float) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        self.hear(after)
        self.recorder.finish(moment(after), "The stream ended.")
        return self.kept.legs


def payload_of(samples: NDArray[np.int16], audio_format: AudioFormat) -> bytes:
    return encode(samples.astype(np.float32) / np.float32(32768), audio_format)


def as_coded(samples: NDArray[np.int16], audio_format: AudioFormat) -> NDArray[np.int16]:
    """The samples after a way through the stream's coding."""
    return (decode(payload_of(samples, audio_format), audio_format) * 32768).astype(np.int16)


def noise(count: int, seed: int = 1) -> NDArray[np.int16]:
    return np.random.default_rng(seed).integers(-20_000, 20_000, count).astype(np.int16)


def at(after: float, audio_format: AudioFormat = L16_8K) -> int:
    return round(after * audio_format.rate)


def speak(call: Call, samples: NDArray[np.int16], first_at: float, lateness: dict[int, float] | None = None) -> None:
    """20 ms of the caller each, spoken from `first_at` on, come as late as `lateness` says by number; ticks between."""
    size = call.format.rate // 50
    frames = [samples[begin : begin + size] for begin in range(0, len(samples), size)]
    last = 0.0
    moments = []
    for number, frame in enumerate(frames):
        last = max(last, first_at + 0.02 * (number + 1) + (lateness or {}).get(number, 0.0))
        moments.append((last, frame))
    tick = round(call.heard_until - STARTED + call.every, 6)
    for when, frame in moments:
        while tick <= when:
            call.hear(tick)
            tick = round(tick + call.every, 6)
        call.caller(frame, when)


@pytest.mark.parametrize("audio_format", FORMATS, ids=[f.label for f in FORMATS])
def test_both_legs_lie_where_they_were_heard_to_the_sample(audio_format: AudioFormat) -> None:
    call = Call(audio_format)
    said, answered = noise(audio_format.rate * 2), noise(audio_format.rate, seed=2)
    call.play(answered, 0.7)
    speak(call, said, 0.3)
    caller, far = call.end(3.0)
    assert len(caller) == len(far) == at(3.0, audio_format)
    first = at(0.3, audio_format)
    assert np.array_equal(caller[first : first + len(said)], as_coded(said, audio_format))
    assert not caller[:first].any()
    assert not caller[first + len(said) :].any()
    first = at(0.7, audio_format)
    assert np.array_equal(far[first : first + len(answered)], as_coded(answered, audio_format))
    assert not far[:first].any()
    assert not far[first + len(answered) :].any()


def test_a_far_end_that_is_asked_for_in_odd_moments_has_no_seams() -> None:
    call = Call()
    answered = noise(8000)
    call.play(answered, 0.10003)
    for tick in (0.099, 0.2007, 0.30011, 0.41, 0.49999, 0.61234, 0.7, 0.8001, 0.95555, 1.09, 1.2):
        call.hear(tick)
    _, far = call.end(1.3)
    first = int(np.flatnonzero(far)[0])
    assert first == at(0.10003)
    assert np.array_equal(far[first : first + 8000], answered)


def test_a_clear_cuts_the_far_end_where_the_caller_stopped_hearing_it() -> None:
    call = Call()
    answered = noise(16_000)
    call.play(answered, 0.0)
    call.hear(0.5)
    call.queue.clear(STARTED + 0.6)
    _, far = call.end(1.0)
    assert np.array_equal(far[: at(0.6)], answered[: at(0.6)])
    assert not far[at(0.6) :].any()


@pytest.mark.parametrize("every", [0.1, 0.3])
def test_a_burst_after_a_stall_is_put_where_it_was_spoken(every: float) -> None:
    call = Call(every=every)
    said = noise(16_000)
    speak(call, said, 0.0, lateness={number: 0.2 - 0.02 * (number - 30) for number in range(30, 40)})
    caller, _ = call.end(2.2)
    assert np.array_equal(caller[:16_000], said)


@pytest.mark.parametrize("every", [0.1, 0.3])
def test_what_is_missing_is_silence_and_what_follows_keeps_its_place(every: float) -> None:
    call = Call(every=every)
    before, after = noise(8000), noise(8000, seed=2)
    speak(call, before, 0.0)
    speak(call, after, 2.5)
    caller, _ = call.end(4.0)
    assert np.array_equal(caller[:8000], before)
    assert not caller[8000 : at(2.5)].any()
    assert np.array_equal(caller[at(2.5) : at(3.5)], after)


@pytest.mark.parametrize("missing", [0.12, 0.2, 0.28, 0.7])
def test_a_gap_between_two_looks_is_where_it_was(missing: float) -> None:
    call = Call(every=0.3)
    before, after = noise(8800), noise(8000, seed=2)
    speak(call, before, 0.0)
    speak(call, after, 1.1 + missing)
    caller, _ = call.end(4.0)
    assert np.array_equal(caller[:8800], before)
    assert not caller[8800 : at(1.1 + missing)].any()
    assert np.array_equal(caller[at(1.1 + missing) :][:8000], after)


def test_half_a_sample_shifts_nothing() -> None:
    call = Call()
    said = noise(1600)
    for number in range(10):
        payload = payload_of(said[number * 160 : (number + 1) * 160], L16_8K) + b"x"
        call.recorder.caller(payload, STARTED + 0.02 * (number + 1))
    caller, _ = call.end(1.0)
    assert np.array_equal(caller[:1600], said)


def test_jitter_puts_no_seams_into_the_callers_leg() -> None:
    call = Call()
    said = noise(80_000)
    jitter = np.random.default_rng(3).uniform(0, 0.03, 500)
    speak(call, said, 0.0, lateness=dict(enumerate(jitter)))
    caller, _ = call.end(10.5)
    first = int(np.flatnonzero(caller)[0])
    assert first <= at(0.03)
    matched = caller[first : first + len(said)]
    shift = next(s for s in range(400) if said[s] == matched[0] and np.array_equal(said[s : s + 50], matched[:50]))
    assert np.count_nonzero(matched[: len(said) - shift] != said[shift:]) <= 160


def test_a_caller_whose_clock_runs_fast_stays_beside_the_far_end() -> None:
    call = Call()
    size = 160
    drift = 1.0005
    for number in range(6000):
        when = (number + 1) * 0.02 / drift
        click = number % 50 == 49
        frame = np.zeros(size, np.int16)
        frame[-1] = 20_000 if click else 0
        call.caller(frame, when)
        if number % 5 == 4:
            call.hear(when)
    caller, _ = call.end(6000 * 0.02 / drift + 0.5)
    clicks = np.flatnonzero(caller) / 8000
    expected = np.arange(1, len(clicks) + 1) / drift
    assert len(clicks) >= 118
    assert np.abs(clicks - expected).max() < 0.025


def test_an_outbound_track_lies_beside_the_inbound_one_whatever_the_network_did_to_it() -> None:
    call = Call()
    said, answered = noise(40_000), noise(40_000, seed=2)
    late = {number: 0.3 - 0.02 * (number - 100) for number in range(100, 115)}
    moments = [0.02 * (number + 1) for number in range(250)]
    for number, when in enumerate(moments):
        if number % 10 == 9:
            call.hear(when)
        frame = slice(number * 160, (number + 1) * 160)
        call.caller(said[frame], when)
        call.recorder.outbound(payload_of(answered[frame], L16_8K), STARTED + when + late.get(number, 0.0))
    caller, far = call.end(6.0)
    assert np.array_equal(caller[:40_000], said)
    assert np.array_equal(far[:40_000], answered)


def test_a_recording_that_begins_in_the_middle_has_its_own_origin() -> None:
    call = Call(begins=10.0)
    said, answered = noise(8000), noise(8000, seed=2)
    call.play(answered, 9.5)
    speak(call, said, 10.2)
    caller, far = call.end(11.5)
    assert np.array_equal(caller[at(0.2) : at(1.2)], said)
    assert np.array_equal(far[: at(0.5)], answered[at(0.5) :])
    notes = call.kept.notes[-1]
    assert (notes.offset_ms, notes.began_at) == (10_000, UTC_STARTED + timedelta(seconds=10))
    assert notes.seconds == 1.5


def test_sound_is_written_in_time_and_never_more_than_was_heard() -> None:
    call = Call()
    call.play(noise(80_000), 0.0)
    for tick in range(1, 50):
        call.hear(tick / 10)
        written = len(call.kept.sound) / 4 / 8000
        assert tick / 10 - 1.55 <= written <= tick / 10


def test_notes_are_there_from_the_beginning_and_tell_the_end() -> None:
    call = Call()
    (first,) = call.kept.notes
    assert (first.stream.stream_id, first.stream.call_uuid, first.seconds, first.ended) == ("s-1", "c-1", 0, "")
    happened = Event(id=7, at=UTC_STARTED, source="carrier", event="dtmf", text="The caller pressed 1.")
    call.recorder.event(happened)
    call.view.dtmf_in = "1"
    for tick in range(1, 120):
        call.hear(tick / 10)
    assert call.kept.notes[1].events == [happened]
    assert call.kept.notes[1].seconds >= 5
    call.end(12.0)
    last = call.kept.notes[-1]
    assert (last.seconds, last.ended, last.stream.dtmf_in) == (12.0, "The stream ended.", "1")
    assert call.kept.closed


def test_a_flood_of_events_fills_no_memory() -> None:
    call = Call()
    for number in range(200):
        event = Event(id=number, at=UTC_STARTED, source="carrier", event="odd", raw="x" * 16_000)
        call.recorder.event(event)
    call.end(1.0)
    last = call.kept.notes[-1]
    assert len(last.events) + last.events_left_out == 200
    assert sum(len(to_json(event)) for event in last.events) <= EVENTS_BYTES
    assert last.events[0].id == 0


def test_a_sink_that_gives_up_is_heard_of_by_whoever_drives_the_recorder() -> None:
    call = Call()
    call.hear(1.4)
    call.kept.failure = "The disk is full."
    with pytest.raises(RecordingError, match="The disk is full"):
        call.hear(2.5)


def test_notes_of_a_newer_version_or_of_something_else_are_refused() -> None:
    call = Call()
    call.end(1.0)
    notes = call.kept.notes[-1]
    notes.version += 1
    with pytest.raises(ValueError, match="newer offhook"):
        read_notes(to_json(notes))
    with pytest.raises(ValueError, match="not a recording's"):
        read_notes(msgspec.json.encode([1]))
