"""A leg's recent audio: references to payloads, decoded only when somebody looks at the level."""

from __future__ import annotations

from collections.abc import Sequence
from operator import sub

from bridge.wire.formats import AudioFormat

WINDOW_FRAMES = 5
"""A level is that of the last frames, 100 ms of ordinary media."""
_STALE_AFTER = 0.3
"""Seconds without media after which there is nothing to hear."""
GAP_AFTER = 0.1
"""Seconds without media that count as a gap."""


class Leg:
    """The last payloads of one track."""

    def __init__(self, audio_format: AudioFormat, now: float) -> None:
        self.format = audio_format
        self._bytes = 0
        self._recent: list[bytes] = []
        self._last_at = now

    def add(self, times: Sequence[float], newest: Sequence[bytes]) -> int:
        """Payloads came at these monotonic seconds, of which the newest are kept; returns the gaps before them.

        The others were as long as the first of those.
        """
        gaps = sum(map(GAP_AFTER.__le__, map(sub, times, (self._last_at, *times))))
        self._last_at = times[-1]
        self._recent += newest
        del self._recent[:-WINDOW_FRAMES]
        self._bytes += sum(map(len, newest)) + (len(times) - len(newest)) * len(newest[0])
        return gaps

    @property
    def position(self) -> int:
        """Samples received."""
        return self._bytes // self.format.sample_bytes

    def silent_for(self, now: float) -> float:
        """Seconds since the last media, or since the leg began."""
        return now - self._last_at

    def lately(self, now: float) -> bytes:
        """The audio that came last; nothing when it did not come lately."""
        return b"" if self.silent_for(now) > _STALE_AFTER else b"".join(self._recent)
