"""The live figures of `make bench-sound`: the phone's process, a real PortAudio and a sound server without hardware.

Beside some of them stands what a process without a phone in it got in the same moments: less is not to be had here.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.sound_parts import clear, round_trip, wake_up
from tests.bench.sound_phone import both_ways, device_lost, spoken_way, start
from tests.sound_rig import SoundRig, missing

Measure = Callable[[SoundRig, Path, float], AsyncIterator[Figure]]
FIGURES: tuple[Measure, ...] = (start, both_ways, wake_up, spoken_way, round_trip, clear, device_lost)


def why_not() -> str:
    """Why nothing here can be measured; empty if it can."""
    return f"Live figures are not measured: no sound server here ({missing()})." if missing() else ""


def live(seconds: float) -> Iterator[Figure]:
    """All of them, if there can be any; the phone runs both ways for so many seconds."""
    for measure in () if why_not() else FIGURES:
        with tempfile.TemporaryDirectory(prefix="rig") as folder, _environment(folder):
            rig = SoundRig(Path(folder))
            rig.start()
            os.environ.update(rig.environment)
            try:
                yield from asyncio.run(_listed(measure(rig, Path(folder), seconds)))
            finally:
                rig.stop()


async def _listed(figures: AsyncIterator[Figure]) -> list[Figure]:
    return [figure async for figure in figures]


@contextmanager
def _environment(folder: str) -> Iterator[None]:
    """Nothing of the user's own is used or changed, and what was compiled once stays so, as where it is installed."""
    before = dict(os.environ)
    os.environ["XDG_STATE_HOME"] = folder
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    yield
    os.environ.clear()
    os.environ.update(before)
