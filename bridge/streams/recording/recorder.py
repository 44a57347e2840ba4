"""A stream on its way into a recording: both legs as the caller heard and was heard, aligned to the sample.

Sample 0 is the moment at which the recording began. The caller's leg lies where it was spoken, reckoned from its
arrival (`arrivals`), the far end's where the playout clock has it; where there is nothing, there is silence. What is
written is a second old: by then it is known what media is late and what is missing. No files here: `Sink` is
whoever keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from bridge.audio.codec import decode
from bridge.streams.clock import Moment
from bridge.streams.playback import Piece
from bridge.streams.recording.channel import Channel
from bridge.streams.recording.media_leg import MediaLeg
from bridge.wire.events import Event
from bridge.wire.formats import AudioFormat
from bridge.wire.link.messages import encode as to_json
from bridge.wire.notes import EVENTS_BYTES, RecordingNotes
from bridge.wire.turns import TurnsView
from bridge.wire.views import StreamView

_HOLD = 1.0
"""Seconds for which a sample may still find its place: the patience that `arrivals` has, and two calls of `far`."""
_WRITE = 0.5
"""Seconds of sound that are written at once."""
_NOTES_EVERY = 5.0
"""Seconds of sound between two writings of the notes."""
_FULL_SCALE = np.float32(32768)


class RecordingError(Exception):
    """A recording that cannot be made, or not any longer; the message is a sentence for the user."""


class Sink(Protocol):
    """Keeps a recording. Its methods do not block; they raise RecordingError when it cannot be kept any longer."""

    name: str

    def write(self, frames: bytes) -> None:
        """Add sound: 16-bit little-endian samples, caller and far end in turn."""

    def note(self, notes: RecordingNotes) -> None:
        """Keep these notes in place of the last ones, as they are now: what they are made of changes."""

    def close(self) -> None:
        """That was all."""


class Recorder:
    """Records one stream, from its making until `finish`.

    Whoever owns the stream gives it every payload of the caller (`caller`), a few times a second what the caller
    heard (`far`, from `PlaybackQueue.heard`; that drives the writing), and the stream's events. When the sink gives
    up, `far` or `finish` raises RecordingError: the recording is over then, and the stream goes on.
    """

    def __init__(
        self,
        view: StreamView,
        audio_format: AudioFormat,
        turns: Callable[[], TurnsView | None],
        sink: Sink,
        now: Moment,
    ) -> None:
        self._view = view
        self._format = audio_format
        self._turns = turns
        self._sink = sink
        self._began = now
        self._left, self._right = Channel(), Channel()
        self._caller = MediaLeg(self._left, audio_format, now.mono)
        self._outbound: MediaLeg | None = None
        self._written = 0
        self._noted = 0
        self._events: list[Event] = []
        self._events_bytes = 0
        self._left_out = 0
        self._note("")

    @property
    def name(self) -> str:
        """The recording's name."""
        return self._sink.name

    def caller(self, payload: bytes, at: float) -> None:
        """Take the next media of the caller, in the stream's format, which came `at` (monotonic seconds)."""
        self._caller.take(payload, at)

    def outbound(self, payload: bytes, at: float) -> None:
        """Take the next media of the far end, where a one-way stream has it as a track of its own."""
        if self._outbound is None:
            self._outbound = MediaLeg(self._right, self._format, self._began.mono)
        self._outbound.take(payload, at)

    def far(self, pieces: list[Piece], until: float) -> None:
        """Take what the caller heard since the last call up to `until`, in order. Raises RecordingError."""
        for start, payload in _joined(pieces, self._format):
            self._right.put(self._place(start), decode(payload, self._format), slip=1)
        self._hear(until)
        self._write(until - _HOLD, at_least=_WRITE)

    def event(self, event: Event) -> None:
        """Take something that happened on the stream."""
        self._events_bytes += len(to_json(event))
        if self._events_bytes > EVENTS_BYTES:
            self._left_out += 1
        else:
            self._events.append(event)

    def finish(self, now: Moment, why: str) -> None:
        """End it, for this reason (a sentence). Raises RecordingError when the end could not be written."""
        self._hear(now.mono + _HOLD)
        self._write(now.mono)
        self._note(why)
        self._sink.close()

    def _place(self, at: float) -> int:
        return round((at - self._began.mono) * self._format.rate)

    def _hear(self, until: float) -> None:
        self._caller.hear(until)
        if self._outbound is not None:
            self._outbound.hear(until)

    def _write(self, until: float, at_least: float = 0.0) -> None:
        rate, end = self._format.rate, self._place(until)
        count = end - self._written
        if count < max(1, at_least * rate):
            return
        frames = np.stack([channel.take(count) for channel in (self._left, self._right)], axis=1)
        self._sink.write((frames * _FULL_SCALE).astype("<i2").tobytes())
        self._written = end
        if end - self._noted >= _NOTES_EVERY * rate:
            self._note("")

    def _note(self, ended: str) -> None:
        started = self._view.started_at or self._began.utc
        self._noted = self._written
        self._sink.note(
            RecordingNotes(
                name=self.name,
                began_at=self._began.utc,
                offset_ms=round((self._began.utc - started).total_seconds() * 1000),
                seconds=self._written / self._format.rate,
                sample_rate=self._format.rate,
                ended=ended,
                stream=self._view,
                events=self._events,
                events_left_out=self._left_out,
                turns=self._turns(),
            )
        )


def _joined(pieces: list[Piece], audio_format: AudioFormat) -> Iterator[tuple[float, bytes]]:
    """Start and payload of each stretch of pieces that follow one another."""
    start, payloads, end = 0.0, bytearray(), 0.0
    for piece in pieces:
        if abs(piece.start - end) * audio_format.rate > 1:
            if payloads:
                yield start, bytes(payloads)
            start, payloads = piece.start, bytearray()
        payloads += piece.payload
        end = piece.end
    if payloads:
        yield start, bytes(payloads)
