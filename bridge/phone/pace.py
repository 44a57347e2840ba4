"""The even pace of the operator's voice: a frame every 20 ms on an absolute clock, however a device calls back."""

from __future__ import annotations

import asyncio

from bridge.wire.formats import FRAME_MS

_FRAME = FRAME_MS / 1000
_HURRY = 0.95
"""Shorter steps while frames wait: a device's clock may be faster than the computer's."""
_LATEST = _FRAME
"""Who is later than this has paused, and starts anew."""


class Pace:
    """When the next frame is due."""

    def __init__(self) -> None:
        self._due = 0.0

    async def wait(self, waiting: int) -> None:
        """Wait until the next frame may go; `waiting` more are there after it."""
        now = asyncio.get_running_loop().time()
        if self._due > now:
            await asyncio.sleep(self._due - now)
        self._due = max(self._due, now - _LATEST) + (_FRAME * _HURRY if waiting else _FRAME)
