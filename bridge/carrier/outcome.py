"""What became of an emulated call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from bridge.wire.findings import Finding
from bridge.wire.formats import MULAW_8K, AudioFormat


class Ending(StrEnum):
    """Who or what ended the stream, or why there was none."""

    CALLER = "caller"
    FAR_END = "far end"
    TIMEOUT = "stream timeout"
    DROP = "drop"
    TOO_SLOW = "far end too slow"
    """It did not read, until Plivo's buffer was full."""
    NO_ANSWER = "no answer"
    """The answer URL gave nothing usable."""
    BAD_DOCUMENT = "bad document"
    """It gave a document that Plivo would not take."""
    NO_STREAM = "no stream"
    """Its document came to its end without a `<Stream>`."""
    NO_SOCKET = "no socket"
    """The stream's socket could not be opened."""


@dataclass(slots=True)
class Outcome:
    """Filled while the call goes on, complete when it is over."""

    stream_id: str = ""
    call_uuid: str = ""
    ending: Ending = Ending.CALLER
    close_code: int | None = None
    """The far end's, when it closed the socket."""
    close_reason: str = ""
    steps: list[str] = field(default_factory=list)
    """What the answer's document had done, as sentences, and what was skipped of it."""
    error: str = ""
    """Why there was no stream, as a sentence."""
    seconds: float = 0.0
    """From ringing to the end."""
    started: float | None = None
    """When `start` was sent, in monotonic seconds; None: it was not."""
    started_at: datetime | None = None
    """The same in UTC."""
    connected_ms: int | None = None
    """From ringing to the open socket; None: there was none."""
    format: AudioFormat = MULAW_8K
    """The stream's."""
    frames_sent: int = 0
    """Media."""
    frames_got: int = 0
    """Commands."""
    audio_got_seconds: float = 0.0
    first_audio_ms: int | None = None
    """From `start` to the first audio from the far end; None: there was none."""
    gaps: int = 0
    """Times that the far end's audio ran out and went on within half a second: the caller hears a break in a word."""
    worst_lateness: float = 0.0
    """Seconds by which the latest frame left late."""
    said: bytearray = field(default_factory=bytearray)
    """The caller's leg in the stream's format, beside `heard` to the sample; of a long call the beginning."""
    heard: bytearray = field(default_factory=bytearray)
    """All that the caller heard, silence included."""
    played: list[str] = field(default_factory=list)
    """Names of the checkpoints that were played."""
    dropped: list[str] = field(default_factory=list)
    """Names of the checkpoints that a clear dropped."""
    clears: int = 0
    digits: str = ""
    """What the far end pressed."""
    pressed: list[tuple[float, str]] = field(default_factory=list)
    """What the caller pressed, and when, in seconds since `start`."""
    findings: list[Finding] = field(default_factory=list)
    second_socket: str = ""
    """What became of a second socket that claimed to be this stream, as a sentence."""

    @property
    def closed_by(self) -> Literal["carrier", "agent", ""]:
        """Who ended the stream: Plivo (for the caller, or at a limit) or the bot; empty when there was none."""
        if self.ending in (Ending.NO_ANSWER, Ending.BAD_DOCUMENT, Ending.NO_STREAM, Ending.NO_SOCKET):
            return ""
        return "agent" if self.ending is Ending.FAR_END else "carrier"
