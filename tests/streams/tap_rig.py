"""A tap between two sockets that keep what they were sent, on a clock that the test turns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from bridge.audio.codec import decode, encode
from bridge.streams.audience import Audience
from bridge.streams.check.findings import Findings
from bridge.streams.clock import Moment
from bridge.streams.ledger import Ledger
from bridge.streams.tap import Tap
from bridge.wire.commands import PlayAudio, read_command
from bridge.wire.formats import MULAW_8K
from bridge.wire.frames import Media, media_frame, read_frame
from bridge.wire.link.audio import Audio


def at(seconds: float) -> Moment:
    return Moment(100 + seconds, datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))


def sound(level: float, milliseconds: int = 20) -> bytes:
    return encode(np.full(milliseconds * 8, level, np.float32), MULAW_8K)


def level_of(payload: bytes) -> float:
    """The middle of a payload, as it must be after silence that leads in."""
    return round(float(np.median(decode(payload[-160:], MULAW_8K))) * 20) / 20


class Line:
    """Either side's socket: what was sent on it, read."""

    def __init__(self, read) -> None:
        self.open = True
        self.sent = []
        self._read = read

    def send(self, text: str) -> bool:
        self.sent.append(self._read(text))
        return True

    def take(self) -> list:
        sent, self.sent = self.sent, []
        return sent


class Rig:
    def __init__(self, *, agent_hears_caller: bool = False) -> None:
        self.carrier, self.agent = Line(read_command), Line(read_frame)
        self.ledger = Ledger(MULAW_8K)
        self.audience = Audience(1)
        self.heard: list[Audio] = []
        self.findings = Findings(MULAW_8K, bidirectional=True, started=100.0)
        sides = (self.carrier, self.agent)
        self.tap = Tap("s-1", self.ledger, self.audience, *sides, self.findings, agent_hears_caller=agent_hears_caller)
        self.now = 0.0

    def agent_says(self, *commands, has_passed: bool = False) -> list[bool]:
        return [self.tap.command(command, at(self.now), has_passed=has_passed) for command in commands]

    def step(self, mode, operator: str = "anna"):
        clear = self.tap.step(mode, operator if mode != "agent" else "", at(self.now))
        self.tap.hold("anna")
        return clear

    def run(self, seconds: float, voice: float | None = None) -> None:
        """Time passes in ticks of 20 ms, an operator speaking at a level the while."""
        for _ in range(round(seconds * 50)):
            self.now += 0.02
            if voice is not None:
                self.tap.speak("anna", sound(voice), at(self.now))
            self.tap.tick(at(self.now))

    def to_agent(self, level: float) -> float | bool:
        """The level at which the agent is given a piece of the caller at this level; True: untouched."""
        frame = media_frame(Media(stream_id="s-1", payload=sound(level), timestamp="1", sequence=1, chunk=1))
        verdict = self.tap.for_agent(read_frame(frame), frame.encode())
        return level_of(read_frame(verdict).payload) if isinstance(verdict, str) else verdict


def played(line: Line) -> list[float]:
    return [level_of(command.payload) for command in line.take() if isinstance(command, PlayAudio)]


SPEECH = PlayAudio(payload=sound(0.25, 1000))
