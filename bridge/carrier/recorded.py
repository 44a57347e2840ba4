"""The caller of a recording, to call another bot with: what they said, and when they pressed what."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

from bridge.audio.codec import Samples, decode
from bridge.wire.fields import FrameError
from bridge.wire.formats import L16_8K
from bridge.wire.frames import Dtmf, read_frame
from bridge.wire.notes import RecordingNotes, read_notes


class RecordedError(Exception):
    """A recording that cannot be called with; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True, eq=False)
class RecordedCaller:
    """One caller. Times are seconds since the recording's first sample."""

    samples: Samples
    rate: int
    digits: tuple[tuple[float, str], ...]
    notes: RecordingNotes | None
    """None: there is no JSON file beside the recording."""

    @property
    def seconds(self) -> float:
        """How long the recording is."""
        return len(self.samples) / self.rate


def read_recorded(path: Path) -> RecordedCaller:
    """Read a WAV file whose left channel is a caller, and its notes. Raises RecordedError."""
    try:
        with wave.open(str(path)) as file:
            if file.getsampwidth() != 2:
                raise RecordedError(f"{path} has {8 * file.getsampwidth()} bits a sample; recordings have 16.")
            channels, rate = file.getnchannels(), file.getframerate()
            samples = decode(file.readframes(file.getnframes()), L16_8K)[::channels]
        notes_path = path.with_suffix(".json")
        notes = read_notes(notes_path.read_bytes()) if notes_path.is_file() else None
    except (OSError, EOFError, wave.Error, ValueError) as error:
        raise RecordedError(f"{path} is no recording: {str(error).rstrip('.') or 'it ends too soon'}.") from error
    return RecordedCaller(samples, rate, _digits(notes), notes)


def _digits(notes: RecordingNotes | None) -> tuple[tuple[float, str], ...]:
    if notes is None:
        return ()
    events = [event for event in notes.events if (event.source, event.event) == ("carrier", "dtmf")]
    pressed = [((event.at - notes.began_at).total_seconds(), _digit(event.raw)) for event in events]
    return tuple(sorted((max(0.0, at), digit) for at, digit in pressed if digit))


def _digit(raw: str) -> str:
    try:
        frame = read_frame(raw)
    except FrameError:
        return ""
    return frame.digit if isinstance(frame, Dtmf) else ""
