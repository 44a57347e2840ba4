"""A leg's recent audio: references to payloads, decoded only when somebody looks at the level."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise

from bridge.audio.levels import payload_dbfs
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
        self._recent: deque[bytes] = deque(maxlen=WINDOW_FRAMES)
        self._last_at = now

    def add(self, payload: bytes, now: float) -> bool:
        """Take a payload that came at `now` (monotonic seconds); False when it came after a gap."""
        in_time = now - self._last_at < GAP_AFTER
        self._last_at = now
        self._recent.append(payload)
        self._bytes += len(payload)
        return in_time

    def skip(self, times: Sequence[float], payload_bytes: int) -> int:
        """Payloads of so many bytes each came at these monotonic seconds, and are not kept; returns the gaps."""
        gaps = sum(after - before >= GAP_AFTER for before, after in pairwise((self._last_at, *times)))
        self._last_at = times[-1]
        self._bytes += payload_bytes * len(times)
        return gaps

    @property
    def position(self) -> int:
        """Samples received."""
        return self._bytes // self.format.sample_bytes

    def silent_for(self, now: float) -> float:
        """Seconds since the last media, or since the leg began."""
        return now - self._last_at

    def dbfs(self, now: float) -> float | None:
        """Level of what came last, in dBFS; None for silence or when nothing came lately."""
        if not self._recent or self.silent_for(now) > _STALE_AFTER:
            return None
        return payload_dbfs(b"".join(self._recent), self.format)
