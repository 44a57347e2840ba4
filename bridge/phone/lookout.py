"""Looks out for devices that are wanted and not there, in a process of its own.

PortAudio sees new devices only when it begins anew, for which all that runs must be closed. Here nothing runs, so
what is still heard and said elsewhere is not disturbed. A device that is listed may yet be dead: it has to run.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress

import msgspec

from bridge.phone.device import InputDevice, Kind, OutputDevice, SoundError, reinitialise

Wanted = tuple[Kind, str]
"""A device by its kind and name; an empty name is the default one."""

_LOOK_SECONDS = 0.9
_AFTER_CRASH_SECONDS = 10.0


async def until_back(wanted: list[Wanted]) -> None:
    """Return once one of these devices can be used."""
    while await _look_out(wanted):  # noqa: ASYNC110
        await asyncio.sleep(_AFTER_CRASH_SECONDS)


async def _look_out(wanted: list[Wanted]) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, msgspec.json.encode(wanted).decode(), stdin=PIPE, stdout=DEVNULL
    )
    try:
        return await process.wait()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _usable(kind: Kind, name: str) -> bool:
    try:
        device = (OutputDevice if kind == "output" else InputDevice)(name, lambda: None)
    except SoundError:
        return False
    try:
        device.start()
    except SoundError:
        return False
    finally:
        device.close()
    return True


def _main() -> None:
    wanted = msgspec.json.decode(sys.argv[1], type=list[Wanted])
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    while not any(_usable(kind, name) for kind, name in wanted):
        time.sleep(_LOOK_SECONDS)
        with suppress(SoundError):
            reinitialise()


def _end_with_standard_input() -> None:
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    _main()
