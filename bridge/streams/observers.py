"""Those who follow a live stream's sound, both legs as they are heard: the measuring of turns, and a recorder.

They are fed in batches, and cost nothing while there is none.
"""

from __future__ import annotations

from bridge.streams.playback import Piece, PlaybackQueue
from bridge.streams.recorder import Recorder
from bridge.streams.turns import Turns
from bridge.wire.formats import AudioFormat

_PAUSE = 0.06
"""Seconds between two payloads that are not told as one sound: something may be missing there."""


class Observers:
    """Gives each what was heard since the last time. Times are monotonic seconds."""

    def __init__(self, audio_format: AudioFormat, now: float) -> None:
        self.turns: Turns | None = None
        self.recorder: Recorder | None = None
        self._format = audio_format
        self._heard_until = now
        self._caller = bytearray()
        self._caller_at = now
        self._outbound: list[Piece] = []

    @property
    def any(self) -> bool:
        """Whether anybody follows."""
        return self.turns is not None or self.recorder is not None

    def begin(self, now: float) -> None:
        """Somebody follows from now on."""
        if not self.any:
            self._heard_until = now

    def caller(self, payload: bytes, at: float) -> None:
        """Media of the caller came."""
        if self.recorder is not None:
            self.recorder.caller(payload, at)
        if self.turns is not None:
            if at - self._caller_at > _PAUSE:
                self._tell_turns(self.turns)
            self._caller += payload
            self._caller_at = at

    def outbound(self, payload: bytes, at: float) -> None:
        """Media of the far end came: a one-way stream has it as a track, and no queue."""
        if self.recorder is not None:
            self.recorder.outbound(payload, at)
        if self.turns is not None:
            self._outbound.append(Piece(at - self._format.seconds(len(payload)), at, payload, ""))

    def hear(self, queue: PlaybackQueue, now: float) -> None:
        """Tell what was heard up to now. Raises RecordingError when the recording cannot go on."""
        if not self.any:
            return
        pieces = queue.heard(self._heard_until, now)
        self._heard_until = now
        if self.turns is not None:
            self._tell_turns(self.turns)
            self.turns.far([*self._outbound, *pieces], now)
            self._outbound.clear()
        if self.recorder is not None:
            self.recorder.far(pieces, now)

    def _tell_turns(self, turns: Turns) -> None:
        if self._caller:
            turns.caller(bytes(self._caller), self._caller_at)
            self._caller.clear()
