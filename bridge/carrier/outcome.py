"""What became of an emulated call."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum


class Ending(StrEnum):
    """Who or what ended the stream, or why there was none."""

    CALLER = "caller"
    FAR_END = "far end"
    TIMEOUT = "stream timeout"
    DROP = "drop"
    NO_ANSWER = "no answer"
    """The answer URL gave nothing usable."""
    BAD_DOCUMENT = "bad document"
    """It gave a document without a `<Stream>` that Plivo would take."""
    NO_SOCKET = "no socket"
    """The stream's socket could not be opened."""


@dataclass(slots=True)
class Outcome:
    """Filled while the call goes on, complete when it is over."""

    ending: Ending = Ending.CALLER
    close_code: int | None = None
    """The far end's, when it closed the socket."""
    close_reason: str = ""
    error: str = ""
    """Why there was no stream, as a sentence."""
    seconds: float = 0.0
    """From ringing to the end."""
    frames_sent: int = 0
    worst_lateness: float = 0.0
    """Seconds by which the latest frame left late."""
    heard: bytes = b""
    """All that the caller heard, silence included, in the stream's format."""
    played: list[str] = field(default_factory=list)
    """Names of the checkpoints that were played."""
    dropped: list[str] = field(default_factory=list)
    """Names of the checkpoints that a clear dropped."""
    clears: int = 0
    digits: str = ""
    """What the far end pressed."""
    problems: deque[str] = field(default_factory=lambda: deque(maxlen=1000))
    """Sentences on commands that Plivo could not have carried out."""
