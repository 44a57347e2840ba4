"""What the caller hears of a bidirectional stream: Plivo's playback queue, played on its clock and kept."""

from __future__ import annotations

from collections import deque
from math import inf

from bridge.carrier.profile import AtClear
from bridge.streams.check.fullness import CAPACITY
from bridge.streams.playback import Mark, PlaybackQueue
from bridge.wire.formats import AudioFormat

_KEPT_MARKS = 10_000
_LEAST_GAP, _MOST_GAP = 0.02, 0.5
"""Seconds without audio that are a gap in speech: less is not heard, and after more something new is said."""


class Ear:
    """The caller's end of the playback queue. Times are monotonic seconds."""

    def __init__(self, audio_format: AudioFormat, started: float, at_clear: AtClear = "dropped") -> None:
        self._format = audio_format
        self._queue = PlaybackQueue(audio_format)
        self._started = self._heard_until = started
        self._heard_bytes = 0
        self._at_clear = at_clear
        self._plays_until = -inf
        self.gaps = 0
        """Times that audio ran out and went on soon after: a break in a word."""
        self._to_return: deque[Mark] = deque(maxlen=_KEPT_MARKS)
        self.played: deque[Mark] = deque(maxlen=_KEPT_MARKS)
        self.dropped: deque[Mark] = deque(maxlen=_KEPT_MARKS)

    def play(self, payload: bytes, now: float) -> bool:
        """Queue audio; False when the queue is full and the audio was thrown away."""
        if self._queue.queued(now) + self._format.seconds(len(payload)) > CAPACITY:
            return False
        piece = self._queue.play(payload, now)
        self.gaps += _LEAST_GAP <= piece.start - self._plays_until < _MOST_GAP
        self._plays_until = piece.end
        return True

    def checkpoint(self, name: str, now: float) -> None:
        """Mark the end of what is queued."""
        self._queue.checkpoint(name, now)

    def clear(self, now: float) -> None:
        """Drop what is queued; the checkpoints in it are dropped, too, or returned, by `at_clear`."""
        taken = self._queue.clear(now)
        self._plays_until = -inf
        if self._at_clear == "dropped":
            self.dropped += taken
            return
        if self._at_clear == "returned":
            for mark in taken:
                mark.due = now
        self._to_return += taken

    def listen(self, until: float) -> bytes:
        """What was heard since the last call, with silence where nothing was played."""
        heard = bytearray()
        ends = self._heard_until
        for piece in self._queue.heard(self._heard_until, until):
            heard += self._silence(piece.start, len(heard)) + piece.payload
            ends = piece.end
        if ends < until:
            heard += self._silence(until, len(heard))
        self._heard_until = until
        self._heard_bytes += len(heard)
        return bytes(heard)

    def reached(self, now: float) -> list[Mark]:
        """The checkpoints that are to be answered by now, each returned once."""
        marks = self._queue.due(now)
        while self._to_return and self._to_return[0].due <= now:
            marks.append(self._to_return.popleft())
        self.played += marks
        return marks

    def queued(self, now: float) -> float:
        """Seconds still to be heard."""
        return self._queue.queued(now)

    def _silence(self, until: float, heard: int) -> bytes:
        """Silence up to a time, behind so many bytes of this call: reckoned from the start, so that nothing drifts."""
        position = (self._heard_bytes + heard) // self._format.sample_bytes
        return self._format.silence * (round((until - self._started) * self._format.rate) - position)
