"""How loud the legs of a stream were over time: what waveforms are drawn from."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from math import floor

from bridge.wire.link.answers import CHANGES_HZ
from bridge.wire.link.audio import Leg
from bridge.wire.views import Meter

STEP_S = 1 / CHANGES_HZ
"""Seconds between two meters of a live stream."""
MAX_STEPS = 30 * 60 * CHANGES_HZ
"""Steps kept of a live stream, which are 72 KB; beyond it the oldest tenth goes."""
SILENT_DBFS = -100.0
"""The level of silence, which has none."""

_UNKNOWN, _SILENT, _QUIETEST = 0, 1, 2
_FULL_SCALE = 255
_LATE = 1.5
"""Steps by which a meter may come late or early before the time between counts as unknown, or twice told."""
_RECORD = 4
_pack = struct.Struct("4B").pack
"""Bytes a step: the levels of both legs and the frames of both. One append, as 500 streams tell it at 10 Hz."""
_LEGS = (Leg.CALLER, Leg.AGENT)


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels of one leg, one byte (`level_byte`) for each `step` seconds, from `began` (POSIX seconds) on."""

    began: float
    step: float
    steps: bytes

    @property
    def seconds(self) -> float:
        """How long they go."""
        return len(self.steps) * self.step

    def columns(self, start: float, width: float, count: int) -> list[float | None]:
        """The loudest level, dBFS, in each of `count` columns of `width` seconds from `start` (POSIX seconds) on.

        None where nothing is known, SILENT_DBFS in silence.
        """
        # The small part is there because a column that begins with a step must not take in the step before.
        first, each = (start - self.began) / self.step + 1e-6, width / self.step
        return [self._loudest(first + each * column, first + each * (column + 1)) for column in range(count)]

    def _loudest(self, low: float, high: float) -> float | None:
        first, end = floor(low), max(floor(low) + 1, floor(high))
        loudest = max(self.steps[max(0, first) : max(0, end)], default=_UNKNOWN)
        if loudest <= _SILENT:
            return SILENT_DBFS if loudest else None
        return (loudest - _FULL_SCALE) / 2


def level_byte(dbfs: float | None) -> int:
    """A level as `Levels` holds it, to half a dB; None is silence."""
    if dbfs is None:
        return _SILENT
    code = _FULL_SCALE + int(2 * dbfs)
    return code if _QUIETEST <= code <= _FULL_SCALE else _QUIETEST if code < _QUIETEST else _FULL_SCALE


class History:
    """What the meters of one live stream told since this terminal has seen it, `at` (POSIX seconds) being the first."""

    def __init__(self, at: float, first: Meter) -> None:
        self._in, self._out = first.frames_in, first.frames_out
        self._begin(at)

    def add(self, at: float, meter: Meter) -> None:
        """Take a meter that was read at `at` (POSIX seconds)."""
        missed = (at - self._end) / STEP_S - 1
        if missed < -_LATE:
            return
        if missed > _LATE:
            self._skip(at, round(missed))
        frames_in, self._in = meter.frames_in - self._in, meter.frames_in
        frames_out, self._out = meter.frames_out - self._out, meter.frames_out
        if not (0 <= frames_in < 256 and 0 <= frames_out < 256):
            frames_in, frames_out = max(0, min(frames_in, 255)), max(0, min(frames_out, 255))
        caller, agent = level_byte(meter.caller_dbfs), level_byte(meter.agent_dbfs)
        self._records += _pack(caller, agent, frames_in, frames_out)
        self._end += STEP_S
        if len(self._records) > MAX_STEPS * _RECORD:
            del self._records[: MAX_STEPS // 10 * _RECORD]

    def levels(self, leg: Leg) -> Levels:
        """The levels of a leg until now."""
        return Levels(self._began, STEP_S, bytes(self._records[_LEGS.index(leg) :: _RECORD]))

    def frames(self, leg: Leg, start: float, end: float) -> int:
        """How many frames this leg had between two times (POSIX seconds), to a step; 0 where nothing is known."""
        first, last = (max(0, round((at - self._began) / STEP_S)) for at in (start, end))
        return sum(self._records[first * _RECORD : last * _RECORD][2 + _LEGS.index(leg) :: _RECORD])

    @property
    def _began(self) -> float:
        return self._end - len(self._records) // _RECORD * STEP_S

    def _begin(self, at: float) -> None:
        self._end = at - STEP_S
        self._records = bytearray()

    def _skip(self, at: float, steps: int) -> None:
        """Nothing is known of so many steps; when those are too many to keep, of all before."""
        if steps > MAX_STEPS:
            self._begin(at)
        else:
            self._records += bytes(steps * _RECORD)
            self._end += steps * STEP_S
