"""Real-time priority for the threads that carry sound, as far as the system grants it.

Beside busy programs an ordinary thread waits some milliseconds for its turn. Linux gives priority to those whom its
administrator lets have it (`rtprio`); whoever is refused goes on without.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

_PRIORITY = 5
"""What sound servers take: above all that is ordinary, below what keeps the machine going."""
_MOST_AT_A_TIME_US = 200_000
"""Processor time without a pause after which a thread is no longer trusted with it, and the priority goes."""
_LONGEST_US = 1_000_000
"""The same, after which the process is ended: it does not even listen."""


def hurry(*, heirs: bool) -> None:
    """Ask for priority for the calling thread; with `heirs` what it starts from now on has it, too."""
    if sys.platform != "linux":
        return
    import resource

    policy = os.SCHED_RR if heirs else os.SCHED_RR | os.SCHED_RESET_ON_FORK
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_RTTIME, (_MOST_AT_A_TIME_US, _LONGEST_US))
        os.sched_setscheduler(0, policy, os.sched_param(_PRIORITY))


def calm_down_when_told() -> None:
    """Give the priority of all threads back when the system says that one of them took too long."""
    if sys.platform == "linux":
        signal.signal(signal.SIGXCPU, lambda *_: _calm_down())


def _calm_down() -> None:
    if sys.platform == "linux":
        for thread in map(int, os.listdir("/proc/self/task")):
            with suppress(OSError):
                os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))
