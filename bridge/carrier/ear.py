"""What the caller hears of a bidirectional stream: Plivo's playback queue, played on its clock and kept."""

from __future__ import annotations

from collections import deque

from bridge.streams.fullness import CAPACITY, Fullness
from bridge.streams.playback import Mark, PlaybackQueue
from bridge.wire.formats import AudioFormat

_KEPT_SECONDS = 600.0
_KEPT_MARKS = 10_000


class Ear:
    """The caller's end of the playback queue. Times are monotonic seconds."""

    def __init__(self, audio_format: AudioFormat, started: float) -> None:
        self._format = audio_format
        self._queue = PlaybackQueue(audio_format)
        self._heard_until = started
        self._fullness = Fullness()
        self.heard = bytearray()
        """All that was heard since `started`, silence included; of a long call the first ten minutes."""
        self.played: deque[Mark] = deque(maxlen=_KEPT_MARKS)
        self.dropped: deque[Mark] = deque(maxlen=_KEPT_MARKS)

    def play(self, payload: bytes, now: float) -> bool:
        """Queue audio; False when the queue is full and the audio was thrown away."""
        if self._queue.queued(now) + self._format.seconds(len(payload)) > CAPACITY:
            return False
        self._queue.play(payload, now)
        return True

    def checkpoint(self, name: str, now: float) -> None:
        """Mark the end of what is queued."""
        self._queue.checkpoint(name, now)

    def clear(self, now: float) -> None:
        """Drop what is queued, and the checkpoints in it."""
        self.dropped += self._queue.clear(now)

    def listen(self, until: float) -> bytes:
        """What was heard since the last call, with silence where nothing was played."""
        heard, at = bytearray(), self._heard_until
        for piece in self._queue.heard(at, until):
            heard += self._silence(piece.start - at) + piece.payload
            at = piece.end
        heard += self._silence(until - at)
        self._heard_until = until
        if self._format.seconds(len(self.heard)) < _KEPT_SECONDS:
            self.heard += heard
        return bytes(heard)

    def reached(self, now: float) -> list[Mark]:
        """The checkpoints up to which everything has been played by now, each returned once."""
        marks = self._queue.due(now)
        self.played += marks
        return marks

    def newly_degraded(self, now: float) -> bool:
        """True when the queue has become fuller than the next of Plivo's marks since the last call."""
        return self._fullness.risen_to(self._queue.queued(now)) is not None

    def _silence(self, seconds: float) -> bytes:
        return self._format.silence * round(seconds * self._format.rate)
