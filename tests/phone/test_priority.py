"""Priority where it is granted, and no harm where it is not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.phone.conftest import TestHandset
from tests.phone.test_handset import phone_pid
from tests.phone.test_sound import listening
from tests.sound_rig import SoundRig

HURRIED = "import os, time; from bridge.phone.priority import *; calm_down_when_told(); hurry(heirs=False); "
"""A program's beginning; it has priority for a few tenths of a second at most."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="priorities are Linux's")


def answer(program: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=10, check=True
    ).stdout


def best() -> int:
    """The policy that programs are granted here."""
    asked = "import os; os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))"
    refused = subprocess.run([sys.executable, "-c", asked], capture_output=True).returncode
    return os.SCHED_OTHER if refused else os.SCHED_RR


def policies(pid: int) -> list[int]:
    """The policy of each of a process's threads, the one that began first."""
    threads = sorted(int(thread) for thread in os.listdir(f"/proc/{pid}/task"))
    return [os.sched_getscheduler(thread) & ~os.SCHED_RESET_ON_FORK for thread in threads]


def test_it_is_had_where_it_is_granted() -> None:
    had = answer(HURRIED + "print(os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK)")
    assert int(had) == best()


def test_who_is_refused_goes_on_without() -> None:
    nobody = "import os, resource; resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0)); os.getuid() or os.setuid(65534)"
    program = f"from bridge.phone.priority import hurry; {nobody}; hurry(heirs=True); print(os.sched_getscheduler(0))"
    assert int(answer(program)) == os.SCHED_OTHER


def test_a_thread_that_computes_without_a_pause_loses_it_and_goes_on() -> None:
    spin = HURRIED + "end = time.monotonic() + 0.5\nwhile time.monotonic() < end: pass\nprint(os.sched_getscheduler(0))"
    assert int(answer(spin)) == os.SCHED_OTHER


async def test_all_threads_of_the_phone_have_it(sound_rig: SoundRig, handset: TestHandset) -> None:
    """One that has not may be kept waiting by any program while it has the interpreter, and the others with it."""
    await listening(handset)
    await handset.until(lambda state: state.input_device)
    # The loop, those that read commands and write reports, the one that asks PortAudio, and the two that it calls back.
    assert len(policies(phone_pid(handset))) >= 6
    assert set(policies(phone_pid(handset))) == {best()}
