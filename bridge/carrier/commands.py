"""What the far end sends: checked, counted and carried out as Plivo would."""

from __future__ import annotations

import time

from bridge.carrier.ear import Ear
from bridge.carrier.outcome import Outcome
from bridge.streams.check.findings import Findings
from bridge.wire.commands import ClearAudio, Command, PlayAudio, SendDtmf, SetCheckpoint, read_command
from bridge.wire.fields import FrameError
from bridge.wire.findings import Finding
from bridge.wire.formats import AudioFormat

_DIGITS_KEPT = 1000


class Commands:
    """Commands of one stream; what they ask for is done by the ear, or waits here for the next beat."""

    def __init__(self, audio_format: AudioFormat, *, bidirectional: bool, ear: Ear, outcome: Outcome) -> None:
        self._format = audio_format
        self._bidirectional = bidirectional
        self._ear = ear
        self._outcome = outcome
        self._started = time.monotonic()
        self.findings = Findings(audio_format, bidirectional=bidirectional, started=self._started)
        self.clears_to_acknowledge = 0
        self.overflows_to_tell = 0

    def take(self, message: str | bytes) -> None:
        """Take a frame of the far end's. It never raises: what is wrong with it is found."""
        now = time.monotonic()
        self._outcome.frames_got += 1
        if isinstance(message, bytes):
            self._tell(self.findings.binary(now))
            return
        self._tell(self.findings.command(message, now))
        try:
            command = read_command(message)
        except FrameError:
            return
        if self._bidirectional:
            self._carry_out(command, now)

    def _tell(self, new: list[Finding]) -> None:
        if new:
            self._outcome.findings = self.findings.found

    def _carry_out(self, command: Command, now: float) -> None:
        match command:
            case PlayAudio(payload=payload):
                self._play(payload, now)
            case SetCheckpoint(name=name):
                self._ear.checkpoint(name, now)
            case ClearAudio():
                self._ear.clear(now)
                self.clears_to_acknowledge += 1
                self._outcome.clears += 1
            case SendDtmf(digits=digits):
                self._outcome.digits = (self._outcome.digits + digits)[:_DIGITS_KEPT]

    def _play(self, payload: bytes, now: float) -> None:
        """Queue the payload as it is: in another format than the stream's, the caller hears noise."""
        self._outcome.audio_got_seconds += self._format.seconds(len(payload))
        if self._outcome.first_audio_ms is None and payload:
            self._outcome.first_audio_ms = round((now - self._started) * 1000)
        if not self._ear.play(payload, now):
            self.overflows_to_tell += 1
