"""One measurement: so many calls through one contestant, and what that cost."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np

from tests.bench.relay.contestants import Running
from tests.bench.relay.end import Point
from tests.bench.relay.frames import FRAME_NS
from tests.bench.relay.load import Load
from tests.bench.relay.meters import NOTHING, Used, in_turn, resident_kb, used

_SETTLE = 0.3
"""Seconds after which calls that have just begun are idle."""
_CARRIED = 0.98
"""Share of the frames that has to come in time for a contestant to have carried the calls."""
LATE_US = 1000
DISTURBED = 0.1
"""The load's own lateness (p99), and the share of the time that other programs took, above which figures tell more of
the machine than of the contestant."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of it. Latencies are those of frames, one way; None where nothing is between the ends."""

    cpu_us: float | None
    """Processor time of a relayed frame."""
    p50_us: float
    p99_us: float
    longest_us: float
    carried: bool
    """False when frames fell behind."""
    late_us: float
    """The load's own lateness, p99."""
    disturbed: float
    """Share of the time that other programs had the contestant's processor while it could have run."""
    idle_kb: float | None
    """Memory of one call before its first media, and while it speaks."""
    live_kb: float | None

    @property
    def trusted(self) -> bool:
        """False when the machine had too much else to do."""
        return self.late_us <= LATE_US and self.disturbed <= DISTURBED


def measure(running: Running, load: Load, point: Point, seconds: float) -> Seen:
    """Carry the calls. Raises OSError (TimeoutError, too) when they are not taken or not read.

    At real time the contestant has its processor to itself. Saturated it shares it with the load, all working in turn:
    so it always finds all calls' frames waiting, however fast it is, and no frame's cost is that of waking up.
    """
    pids = load.pids if running.pid is None else (*load.pids, running.pid)
    before_kb = _memory(running.pid)
    with (
        load.calls(running.port, point.calls),
        running.beside(point.calls) if running.beside else nullcontext(),
        in_turn(pids) if point.pace == "saturated" else nullcontext(),
    ):
        time.sleep(_SETTLE)
        idle_kb = _memory(running.pid)
        run = load.begin(point.pace, seconds)
        _sleep_until(run.count_from)
        before, all_before = _used(running.pid), sum(map(used, pids), NOTHING)
        _sleep_until(run.until)
        spent, all_spent = _used(running.pid) - before, sum(map(used, pids), NOTHING) - all_before
        live_kb = _memory(running.pid)
        ends = load.result()
    latencies = np.concatenate([end.latencies for end in ends]) / 1000
    lateness = np.concatenate([end.lateness for end in ends]) / 1000
    if not len(latencies):
        raise TimeoutError("no frame came")
    asked = point.calls * len(ends) * seconds * 1e9 / FRAME_NS
    others = seconds * 1e9 - all_spent.cpu if point.pace == "saturated" else spent.waited
    through = running.pid is not None
    return Seen(
        cpu_us=spent.cpu / 1000 / len(latencies) if through else None,
        p50_us=float(np.quantile(latencies, 0.5)),
        p99_us=float(np.quantile(latencies, 0.99)),
        longest_us=float(latencies.max()),
        carried=point.pace == "saturated" or len(latencies) >= asked * _CARRIED,
        late_us=float(np.quantile(lateness, 0.99)) if len(lateness) else 0.0,
        disturbed=others / 1e9 / seconds,
        idle_kb=(idle_kb - before_kb) / point.calls if through else None,
        live_kb=(live_kb - before_kb) / point.calls if through else None,
    )


def _used(pid: int | None) -> Used:
    return NOTHING if pid is None else used(pid)


def _memory(pid: int | None) -> int:
    return 0 if pid is None else resident_kb(pid)


def _sleep_until(moment_ns: int) -> None:
    time.sleep(max(0.0, (moment_ns - time.monotonic_ns()) / 1e9))
