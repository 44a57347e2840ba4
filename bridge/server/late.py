"""What waits for an agent that comes late, or after another: `start`, and the media since."""

from __future__ import annotations

_MOST_MESSAGES = 1_500
"""Half a minute of media, and what is older is lost."""
_MOST_BYTES = 4 * 1024 * 1024
"""The same in the largest format, with room to spare."""


class LateFrames:
    """The frames of a caller whose agent is not there yet."""

    def __init__(self) -> None:
        self._start: list[bytes] = []
        """The frames up to `start`."""
        self._since: list[list[bytes]] = []
        """Those of each message since."""
        self._bytes = 0

    def started(self, frames: list[bytes]) -> None:
        """`start` came, in these frames: every agent is to get it."""
        self._start = [*self._take_since(), *frames]

    def keep(self, frames: list[bytes]) -> None:
        """A message came, in these frames."""
        self._since.append(frames)
        self._bytes += sum(map(len, frames))
        while len(self._since) > _MOST_MESSAGES or self._bytes > _MOST_BYTES:
            self._bytes -= sum(map(len, self._since.pop(0)))

    def take(self) -> list[bytes]:
        """All frames for an agent that has come."""
        return [*self._start, *self._take_since()]

    def forget(self) -> None:
        """No agent will come."""
        self._take_since()

    def _take_since(self) -> list[bytes]:
        frames = [frame for message in self._since for frame in message]
        self._since.clear()
        self._bytes = 0
        return frames
