"""What the screen of an own call shows, and what it can have done: the call itself is made elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bridge.phone.pipe import PhoneState
from bridge.wire.findings import Finding
from bridge.wire.turns import TurnsView


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """A call as it is now. Levels are dBFS, None where nothing is heard."""

    target: str
    over: bool = False
    """There is nothing more to see."""
    seconds: float | None = None
    """Since the stream's start; None: there is none yet."""
    said_dbfs: float | None = None
    heard_dbfs: float | None = None
    steps: Sequence[str] = ()
    """What the answer's document has had done so far."""
    frames_sent: int = 0
    frames_got: int = 0
    audio_got_seconds: float = 0.0
    clears: int = 0
    pressed: str = ""
    digits: str = ""
    """What the bot pressed."""
    turns: TurnsView | None = None
    findings: Sequence[Finding] = ()
    recording: bool = False
    """The call will be kept."""
    phone: PhoneState = field(default_factory=PhoneState)


class OwnCall(Protocol):
    """A call whose caller is the person at this terminal."""

    @property
    def view(self) -> CallView:
        """The call as it is now."""

    def begin(self) -> None:
        """Ring."""

    def hang_up(self) -> None:
        """End the call."""

    def press(self, digit: str) -> None:
        """Press a digit."""

    async def mute(self) -> None:
        """Close the microphone, or open it again."""

    def record(self) -> None:
        """Have the call kept, or not."""
