"""The JSON file beside a recording's WAV file: whose call it is, what happened on it, and its turns."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from bridge.wire.events import Event
from bridge.wire.turns import TurnsView
from bridge.wire.views import StreamView

NOTES_VERSION = 1

EVENTS_BYTES = 2_000_000
"""Of events in one file: a carrier that makes trouble must fill neither disk nor memory."""


class RecordingNotes(Struct, kw_only=True):
    """What is known of a recording. Times of day are UTC; `docs/recordings.md` describes the file for others."""

    version: int = NOTES_VERSION
    name: str
    """Of both files, without their endings."""
    began_at: datetime
    """When the first sample was heard: event `e` belongs at `e.at - began_at` of the sound."""
    offset_ms: int
    """From the stream's start to the first sample; positions of `turns` count from the stream's start."""
    seconds: float
    """Length of the sound when this was written."""
    sample_rate: int
    ended: str = ""
    """Why the recording ended, as a sentence; empty while it is being made, or when the bridge was killed."""
    stream: StreamView
    """The stream as it was when this was written: ids, format, headers, its newest checkpoints and clears."""
    events: list[Event] = []
    """What happened on the stream since the recording began, at most `EVENTS_BYTES` as JSON."""
    events_left_out: int = 0
    """How many there were beyond."""
    turns: TurnsView | None = None
    """Of the whole stream up to here; None where turns were not measured."""


_decoder: msgspec.json.Decoder[RecordingNotes] = msgspec.json.Decoder(RecordingNotes)


def read_notes(content: bytes) -> RecordingNotes:
    """Read the content of a recording's JSON file. Raises ValueError with a sentence for what is none."""
    try:
        notes = _decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise ValueError(f"This is not a recording's JSON file: {error}") from error
    if notes.version > NOTES_VERSION:
        raise ValueError("This recording was made by a newer offhook: update this one.")
    return notes
