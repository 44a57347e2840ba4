"""The two sockets of a call, as its stream uses them."""

from __future__ import annotations

from typing import Protocol


class Line(Protocol):
    """The carrier's socket."""

    @property
    def open(self) -> bool:
        """False once either side has begun to close."""

    def send(self, text: str) -> bool:
        """Send a frame; False when the carrier reads too slowly and it was dropped."""

    def close(self, code: int, reason: str) -> None:
        """Close the socket."""


class AgentLine(Protocol):
    """The agent's socket."""

    @property
    def open(self) -> bool:
        """False once either side has begun to close."""

    def send(self, text: str) -> None:
        """Send a frame of the bridge's own, if anybody is there."""
