"""Those who follow a live stream's sound, both legs as they are heard: the measuring of turns, and a recorder.

They are fed in batches, and cost nothing while there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from bridge.streams.clock import Moment
from bridge.streams.playback import Piece
from bridge.streams.recording.recorder import Recorder, RecordingError
from bridge.streams.row import StreamError
from bridge.streams.turns.measure import Turns
from bridge.wire.events import Event
from bridge.wire.formats import AudioFormat
from bridge.wire.turns import TurnsView

_PAUSE = 0.06
"""Seconds between two payloads that are not told as one sound: something may be missing there."""

if TYPE_CHECKING:
    from bridge.streams.stream import Stream


class Observers:
    """Gives each what was heard since the last time."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._turns: Turns | None = None
        self._recorder: Recorder | None = None
        self._format: AudioFormat
        self._heard_until = 0.0
        self._caller = bytearray()
        self._caller_at = 0.0
        self._outbound: list[Piece] = []
        self._report_at_end = b""

    def start(self, audio_format: AudioFormat, now: Moment) -> None:
        """The stream is live."""
        self._format = audio_format
        self._heard_until = self._caller_at = now.mono

    @property
    def active(self) -> bool:
        """Whether anybody follows."""
        return self._turns is not None or self._recorder is not None

    # Turns

    def measure_turns(self, now: Moment) -> None:
        """Measure turns from now on, which must be the stream's start."""
        self._turns = Turns(self._format, now.mono)

    @property
    def report(self) -> TurnsView | None:
        """The turns up to now, or of the whole stream when it has ended; None where they are not measured."""
        if self._report_at_end:
            return msgspec.json.decode(self._report_at_end, type=TurnsView)
        return self._turns.report() if self._turns is not None else None

    def note_take_over(self, on: bool, now: Moment) -> None:
        """An operator took the call from the agent, or handed it back: its turns are not the agent's."""
        if self._turns is not None:
            self._turns.take_over(on, now.mono)

    # Recording

    def record(self, recorder: Recorder, now: Moment, by: str) -> None:
        """Let a recorder follow the stream from now on."""
        self._stream.observe(now)
        if self._turns is None:
            self._heard_until = now.mono
        self._recorder = recorder
        self._stream.view.recording = recorder.name
        data = {"operator": by, "on": True}
        self._stream.event(now, "operator", "record", f"{by} records this stream.", data=data)

    def stop_recording(self, now: Moment, by: str) -> None:
        """End the recording. Raises StreamError when there is none."""
        if self._recorder is None:
            raise StreamError(f"{self._stream.label} is not being recorded.")
        self._stream.observe(now)
        data = {"operator": by, "on": False}
        self._stream.event(now, "operator", "record", f"{by} ended the recording.", data=data)
        self._finish_recording(now, f"{by} ended the recording.")

    # What they are told

    def caller(self, payload: bytes, at: float) -> None:
        """Media of the caller came, `at` monotonic seconds."""
        if self._recorder is not None:
            self._recorder.caller(payload, at)
        if self._turns is not None:
            if at - self._caller_at > _PAUSE:
                self._tell_turns(self._turns)
            self._caller += self._format.whole(payload)
            self._caller_at = at

    def outbound(self, payload: bytes, at: float) -> None:
        """Media of the far end came: a one-way stream has it as a track, and no queue."""
        if self._recorder is not None:
            self._recorder.outbound(payload, at)
        if self._turns is not None:
            self._outbound.append(Piece(at - self._format.seconds(len(payload)), at, payload, ""))

    def event(self, event: Event) -> None:
        """Something happened on the stream."""
        if self._recorder is not None:
            self._recorder.event(event)

    def hear(self, now: Moment) -> None:
        """Tell what was heard up to now."""
        ledger = self._stream.ledger
        if ledger is None or not self.active:
            return
        pieces = ledger.queue.heard(self._heard_until, now.mono)
        self._heard_until = now.mono
        if self._turns is not None:
            self._tell_turns(self._turns)
            self._turns.far([*self._outbound, *pieces], now.mono)
            self._outbound.clear()
        if self._recorder is not None:
            try:
                self._recorder.far(pieces, now.mono)
            except RecordingError as error:
                self._recorder = None
                self._recording_over(now, str(error))

    def finish(self, now: Moment, why: str) -> None:
        """The stream is over, for this reason (a sentence)."""
        if self._turns is not None:
            self._turns.finish(now.mono)
            # As text, since the rows of thousands of streams that ended are kept.
            self._report_at_end = msgspec.json.encode(self._turns.report())
            self._turns = None
        self._finish_recording(now, why)

    # Inside

    def _tell_turns(self, turns: Turns) -> None:
        if self._caller:
            turns.caller(bytes(self._caller), self._caller_at)
            self._caller.clear()

    def _finish_recording(self, now: Moment, why: str) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        problem = ""
        try:
            recorder.finish(now, why)
        except RecordingError as error:
            problem = str(error)
        self._recording_over(now, problem)

    def _recording_over(self, now: Moment, problem: str) -> None:
        self._stream.view.recording = ""
        self._stream.changed()
        if problem:
            self._stream.event(now, "bridge", "record", problem, level="error")
