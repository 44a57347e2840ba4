"""The phone as the screen holds it: starts the phone's process, tells it what to do, shows its state."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bridge.operator.client import Address
from bridge.phone.pipe import PhoneState


class Handset:
    """One phone. Nothing here raises for trouble with sound: that is a sentence in `state.problem`.

    `on_state` is called in the event loop with every new state, some ten times a second while sound flows.
    """

    def __init__(self, address: Address, log_path: Path, on_state: Callable[[PhoneState], None]) -> None:
        self._address = address
        self._log_path = log_path
        self._on_state = on_state
        self.state = PhoneState()

    async def start(self) -> None:
        """Start the phone's process, if none runs; listening, talking and choosing do so by themselves."""

    async def listen(self, stream_id: str, on: bool) -> None:
        """Hear a stream through the speakers, or stop."""

    async def talk(self, on: bool) -> None:
        """Let the caller of the stream that is heard hear the microphone, or stop."""

    async def choose(self, input_name: str | None, output_name: str | None) -> None:
        """Use these devices, None being the system's default."""

    async def stop(self) -> None:
        """End the phone's process, and talking and listening with it."""
