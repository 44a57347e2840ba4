"""One measurement: so many calls through one contestant, and what that cost."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np

from tests.bench.relay.contestants import Running
from tests.bench.relay.end import Pace
from tests.bench.relay.frames import FRAME_NS
from tests.bench.relay.load import Load
from tests.bench.relay.meters import Used, resident_kb, used

_SETTLE = 0.3
"""Seconds after which calls that have just begun are idle."""
_CARRIED = 0.98
"""Share of the frames that has to come in time for a contestant to have carried the calls."""
LATE_US = 1000
WAITED = 0.05
"""The load's own lateness (p99), and the share of the time that the contestant waited for its processor, above which
figures tell more of the machine than of the contestant."""


@dataclass(frozen=True, slots=True)
class Point:
    """What a contestant is asked to carry."""

    pace: Pace
    calls: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of it. Latencies are those of frames, one way; None where nothing is between the ends."""

    cpu_us: float | None
    """Processor time of a relayed frame."""
    busy: float | None
    """Share of one processor."""
    p50_us: float
    p99_us: float
    longest_us: float
    carried: bool
    """False when frames fell behind."""
    late_us: float
    """The load's own lateness, p99."""
    waited: float
    """Share of the time that the contestant could have run, and another program had its processor."""
    idle_kb: float | None
    """Memory of one call before its first media, and while it speaks."""
    live_kb: float | None

    @property
    def trusted(self) -> bool:
        """False when the machine had too much else to do."""
        return self.late_us <= LATE_US and self.waited <= WAITED


def measure(running: Running, load: Load, point: Point, seconds: float) -> Seen:
    """Carry the calls. Raises OSError (TimeoutError, too) when they are not taken or not read."""
    before_kb = _memory(running.pid)
    beside = running.beside(point.calls) if running.beside else nullcontext()
    with load.calls(running.port, point.calls), beside:
        time.sleep(_SETTLE)
        idle_kb = _memory(running.pid)
        run = load.begin(point.pace, seconds)
        _sleep_until(run.count_from)
        before = _used(running.pid)
        _sleep_until(run.until)
        spent = _used(running.pid) - before
        live_kb = _memory(running.pid)
        ends = load.result()
    latencies = np.concatenate([end.latencies for end in ends]) / 1000
    lateness = np.concatenate([end.lateness for end in ends]) / 1000
    if not len(latencies):
        raise TimeoutError("no frame came")
    asked = point.calls * len(ends) * seconds * 1e9 / FRAME_NS
    through = running.pid is not None
    return Seen(
        cpu_us=spent.cpu / 1000 / len(latencies) if through else None,
        busy=spent.cpu / 1e9 / seconds if through else None,
        p50_us=float(np.quantile(latencies, 0.5)),
        p99_us=float(np.quantile(latencies, 0.99)),
        longest_us=float(latencies.max()),
        carried=point.pace == "saturated" or len(latencies) >= asked * _CARRIED,
        late_us=float(np.quantile(lateness, 0.99)) if len(lateness) else 0.0,
        waited=spent.waited / 1e9 / seconds,
        idle_kb=(idle_kb - before_kb) / point.calls if through else None,
        live_kb=(live_kb - before_kb) / point.calls if through else None,
    )


def _used(pid: int | None) -> Used:
    return Used(0, 0) if pid is None else used(pid)


def _memory(pid: int | None) -> int:
    return 0 if pid is None else resident_kb(pid)


def _sleep_until(moment_ns: int) -> None:
    time.sleep(max(0.0, (moment_ns - time.monotonic_ns()) / 1e9))
