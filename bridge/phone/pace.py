"""The even pace of the operator's voice: a frame every 20 ms on an absolute clock, however a device calls back.

The clock is set back while frames come late for it, and forward, much slower, while they don't. So it is as much
behind the device as the device is uneven, and follows it where its own clock is faster or slower.
"""

from __future__ import annotations

from bridge.wire.formats import FRAME_MS

_FRAME = FRAME_MS / 1000
_LATER = 0.001
"""Step in seconds for each frame that was late."""
_EASE = 0.02
"""Step for each that was not, as a share of what it waited: a few in a hundred stay late."""
_CATCH_UP = 0.002
"""Step in seconds for each frame after which more wait."""
_PAUSE = 2 * _FRAME
"""What is later than this comes after a pause: the clock starts anew."""


class Pace:
    """When the next frame is due. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._due = 0.0

    def wait(self, now: float, waiting: int) -> float:
        """For how many seconds the next frame has to wait; `waiting` more are there after it."""
        if now - self._due > _PAUSE:
            self._due = now
        wait = self._due - now
        sooner = _CATCH_UP if waiting else _EASE * wait
        self._due += _FRAME + (_LATER if wait < 0 else -sooner)
        return max(wait, 0.0)
