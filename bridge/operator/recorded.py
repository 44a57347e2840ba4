"""A recording as its timeline shows it."""

from __future__ import annotations

from bridge.operator.timeline import Timeline
from bridge.wire.notes import RecordingNotes


def timeline_of(notes: RecordingNotes) -> Timeline:
    """What happened, in seconds of the sound; what began before the sound did has negative ones."""
    timeline = Timeline(notes.began_at, turns_from=-notes.offset_ms / 1000)
    timeline.take_ledger(notes.stream.checkpoints, notes.stream.clears)
    timeline.take_events(notes.events)
    if notes.turns is not None:
        timeline.take_turns(notes.turns)
    return timeline
