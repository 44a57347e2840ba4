"""A call's outcome as scripts get it: with turns, and without the audio."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from bridge.audio.codec import decode
from bridge.carrier.outcome import Outcome
from bridge.streams.turns.measure import measure
from bridge.wire.findings import Finding
from bridge.wire.turns import TurnsView


class CheckpointReport(Struct, kw_only=True):
    """One checkpoint that the far end set, and what became of it."""

    name: str
    ended: Literal["played", "cleared"]


class CallReport(Struct, kw_only=True):
    """One call; docs/emulator.md describes the fields."""

    stream_id: str
    call_uuid: str
    seconds: float
    ending: str
    error: str
    """Why there was no stream, as a sentence; empty when there was one."""
    steps: list[str]
    """What the answer's document had done."""
    connected_ms: int | None
    frames_sent: int
    frames_got: int
    audio_got_seconds: float
    first_audio_ms: int | None
    gaps: int
    checkpoints: list[CheckpointReport]
    clears: int
    dtmf: str
    turns: TurnsView | None
    """None: there was no stream."""
    findings: list[Finding]
    closed_by: str
    close_code: int | None
    close_reason: str
    worst_lateness_ms: float
    """The emulator's own: a figure is no better than this."""
    recording: str
    """Path of the stereo WAV file; empty: none was made."""


def measure_turns(outcome: Outcome) -> TurnsView | None:
    """The turns of a call that is over; it takes 5 ms or so for each second of the call."""
    if outcome.started is None:
        return None
    caller, far = (decode(bytes(leg), outcome.format) for leg in (outcome.said, outcome.heard))
    return measure(caller, far, outcome.format.rate)


def report(outcome: Outcome, turns: TurnsView | None, recording: str = "") -> CallReport:
    """What is told of a call that is over."""
    return CallReport(
        stream_id=outcome.stream_id,
        call_uuid=outcome.call_uuid,
        seconds=round(outcome.seconds, 3),
        ending=outcome.ending,
        error=outcome.error,
        steps=outcome.steps,
        connected_ms=outcome.connected_ms,
        frames_sent=outcome.frames_sent,
        frames_got=outcome.frames_got,
        audio_got_seconds=round(outcome.audio_got_seconds, 3),
        first_audio_ms=outcome.first_audio_ms,
        gaps=outcome.gaps,
        checkpoints=[CheckpointReport(name=name, ended="played") for name in outcome.played]
        + [CheckpointReport(name=name, ended="cleared") for name in outcome.dropped],
        clears=outcome.clears,
        dtmf=outcome.digits,
        turns=turns,
        findings=outcome.findings,
        closed_by=outcome.closed_by,
        close_code=outcome.close_code,
        close_reason=outcome.close_reason,
        worst_lateness_ms=round(outcome.worst_lateness * 1000, 1),
        recording=recording,
    )
