"""What a process has used, read from outside, without a tool."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Used:
    """So far, in ns: time on a processor (all threads), and time that the main thread was kept waiting for one."""

    cpu: int
    waited: int

    def __add__(self, other: Used) -> Used:
        return Used(self.cpu + other.cpu, self.waited + other.waited)

    def __sub__(self, earlier: Used) -> Used:
        return Used(self.cpu - earlier.cpu, self.waited - earlier.waited)


NOTHING = Used(0, 0)


def used(pid: int) -> Used:
    """Of a running process of this user's, on Linux."""
    clock = (~pid << 3) | 2  # what clock_getcpuclockid(3) returns for a process
    return Used(time.clock_gettime_ns(clock), int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]))


def resident_kb(pid: int) -> int:
    """Memory that a process has in RAM."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def processors() -> tuple[set[int], set[int]]:
    """Those for the load, and the one for what is measured; the same where there is but one."""
    allowed = os.sched_getaffinity(0)
    own = {max(allowed)}
    return allowed - own or own, own


@contextmanager
def on(which: set[int]) -> Iterator[None]:
    """Processes that are started in this block run on these processors."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, which)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def in_turn(pids: Iterable[int]) -> Iterator[None]:
    """In this block these share the processor for what is measured, and each works until it has nothing left."""
    before = {pid: os.sched_getaffinity(pid) for pid in pids}
    try:
        for pid in before:
            os.sched_setaffinity(pid, processors()[1])
            os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0))  # does not interrupt when it wakes up
        yield
    finally:
        for pid, allowed in before.items():
            os.sched_setaffinity(pid, allowed)
            os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))
