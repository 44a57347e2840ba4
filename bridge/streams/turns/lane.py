"""One speaker's side of the conversation: when they begin and stop, in time, and up to when that is decided."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import inf

from bridge.audio.codec import Samples
from bridge.audio.voice import Voice
from bridge.wire.turns import Speaker

SHORTEST_MS = 60
"""A shorter sound (a click, a tap on the microphone) is no speech."""
_MOST_PENDING = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody begins (`speaking`) or stops to speak, at seconds since the start of the stream."""

    at: float
    speaker: Speaker
    speaking: bool


class Lane:
    """A speaker's voice activity; `offset` is the time of the first sample, in seconds since the stream's start."""

    def __init__(self, speaker: Speaker, rate: int, offset: float = 0.0) -> None:
        self._speaker: Speaker = speaker
        self._rate = rate
        self._voice = Voice(rate)
        self._onset: int | None = None
        self._changes: deque[Change] = deque(maxlen=_MOST_PENDING)
        self._changed_at = -inf
        self.offset = offset

    @property
    def settled(self) -> float:
        """Up to when (seconds since the stream's start) it is decided whether they speak."""
        return self._time(self._voice.settled if self._onset is None else self._onset)

    def feed(self, samples: Samples) -> None:
        """Take the next samples, silence included."""
        for edge in self._voice.feed(samples):
            if edge.speaking:
                self._onset = edge.at
            else:
                self._confirm(edge.at)
                self._end(edge.at)
        self._confirm(self._voice.settled)

    def changes(self, until: float) -> list[Change]:
        """Those before `until` that have not been told yet, in order."""
        told = []
        while self._changes and self._changes[0].at < until:
            told.append(self._changes.popleft())
        return told

    def _confirm(self, until: int) -> None:
        """It is speech if it has lasted until here for long enough."""
        if self._onset is not None and until - self._onset >= SHORTEST_MS * self._rate // 1000:
            self._change(self._onset, speaking=True)
            self._onset = None

    def _end(self, at: int) -> None:
        if self._onset is None:
            self._change(at, speaking=False)
        self._onset = None

    def _change(self, position: int, *, speaking: bool) -> None:
        """Nobody stops before they begin, though it was learned meanwhile that all came earlier."""
        self._changed_at = max(self._changed_at, self._time(position))
        self._changes.append(Change(self._changed_at, self._speaker, speaking))

    def _time(self, position: int) -> float:
        return self.offset + position / self._rate
