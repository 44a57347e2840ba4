"""What a caller hears who is kept while there is no agent: a sound, over and over."""

from __future__ import annotations

from collections.abc import Callable

from bridge.streams.clock import Moment
from bridge.wire.formats import AudioFormat

SOURCE = "ringing"
"""Whose audio it is, in the ledger."""
_AHEAD_MS = 300
_PIECE_MS = 200


class Ringing:
    """Keeps a little of `sound` (in the stream's format, not empty) in Plivo's queue; `play` sends it there."""

    def __init__(self, sound: bytes, audio_format: AudioFormat, play: Callable[[bytes, Moment, str], None]) -> None:
        self._sound = sound
        self._piece = audio_format.frame_bytes * _PIECE_MS // 20
        self._play = play
        self._at = 0

    def tick(self, queued_ms: int, now: Moment) -> None:
        """Send the next piece, if so little is queued that it is time."""
        if queued_ms < _AHEAD_MS:
            piece = self._sound[self._at : self._at + self._piece]
            self._at = (self._at + len(piece)) % len(self._sound)
            self._play(piece, now, SOURCE)
