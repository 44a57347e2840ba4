"""A call kept as a recording, in the form that the bridge's recordings have, so that it can be heard and replayed."""

from __future__ import annotations

import wave
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from bridge.audio.codec import decode
from bridge.carrier.outcome import Outcome
from bridge.carrier.plan import Parties
from bridge.wire.events import Event
from bridge.wire.fields import dump
from bridge.wire.link.messages import encode
from bridge.wire.notes import RecordingNotes
from bridge.wire.turns import TurnsView
from bridge.wire.views import StreamView

_FULL_SCALE = np.float32(32768)


def keep(outcome: Outcome, parties: Parties, turns: TurnsView | None, folder: Path) -> Path:
    """Write a call's WAV file (stereo, caller left) and its notes; returns the WAV file's path. Raises OSError."""
    assert outcome.started_at is not None
    began = outcome.started_at
    name = f"{began:%Y%m%dT%H%M%S}.{began.microsecond // 1000:03}Z-{outcome.stream_id[:8]}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{name}.wav"
    legs = [decode(bytes(leg), outcome.format) for leg in (outcome.said, outcome.heard)]
    samples = min(map(len, legs))
    frames = np.stack([leg[:samples] for leg in legs], axis=1) * _FULL_SCALE
    with _private(path).open("wb") as file, wave.open(file) as recording:
        recording.setnchannels(2)
        recording.setsampwidth(2)
        recording.setframerate(outcome.format.rate)
        recording.writeframes(frames.astype("<i2").tobytes())
    notes = RecordingNotes(
        name=name,
        began_at=began,
        offset_ms=0,
        seconds=samples / outcome.format.rate,
        sample_rate=outcome.format.rate,
        ended=f"The call was over: {outcome.ending}.",
        stream=_view(outcome, parties),
        events=_events(outcome, began),
        turns=turns,
    )
    _private(path.with_suffix(".json")).write_bytes(encode(notes))
    return path


def _private(path: Path) -> Path:
    """A file that is the user's alone from its beginning."""
    path.touch(mode=0o600)
    return path


def _view(outcome: Outcome, parties: Parties) -> StreamView:
    return StreamView(
        handle=0,
        stream_id=outcome.stream_id,
        call_uuid=outcome.call_uuid,
        from_=parties.from_,
        to=parties.to,
        direction=parties.direction,
        state="ended",
        started_at=outcome.started_at,
        content_type=outcome.format.content_type,
        sample_rate=outcome.format.rate,
        frames_in=outcome.frames_sent,
        frames_out=outcome.frames_got,
        dtmf_in="".join(digit for _, digit in outcome.pressed),
        dtmf_out=outcome.digits,
        closed_by=outcome.closed_by,
        close_code=outcome.close_code,
        close_reason=outcome.close_reason,
    )


def _events(outcome: Outcome, began: datetime) -> list[Event]:
    pressed = [
        Event(
            id=0,
            at=began + timedelta(seconds=after),
            source="carrier",
            event="dtmf",
            text=f"The caller pressed {digit}.",
            raw=dump(event="dtmf", dtmf={"digit": digit}),
        )
        for after, digit in outcome.pressed
    ]
    found = [
        Event(
            id=0,
            at=began + timedelta(milliseconds=finding.first_at),
            source="agent",
            event=finding.code,
            level=finding.level,
            text=finding.text,
        )
        for finding in outcome.findings
    ]
    return sorted(pressed + found, key=lambda event: event.at)
