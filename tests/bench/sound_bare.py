"""The least that this machine does in the same moments: processes without a phone in them.

`clock` wakes up every 10 ms, `duplex` has both devices call it back and does nothing, both with the priority that the
phone asks for; `beep` loads the libraries that a phone in Python needs and plays a tone. Each runs until its standard
input ends, and then prints what it noted.
"""

from __future__ import annotations

import asyncio
import json
import select
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bridge.phone.priority import hurry

RATE = 48000
BLOCK = RATE // 100
_BUSY = "import time\nwhile 1:\n t = time.monotonic()\n while time.monotonic() < t + 0.03: pass\n time.sleep(0.07)"


@asynccontextmanager
async def beside(what: str) -> AsyncIterator[list[float]]:
    """Run one of them during this block; what it noted is in the list afterwards."""
    noted: list[float] = []
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, what, stdin=PIPE, stdout=PIPE)
    try:
        yield noted
    finally:
        printed, _ = await process.communicate(b"")
        noted += json.loads(printed)


@asynccontextmanager
async def busy() -> AsyncIterator[None]:
    """A screen that computes 30 ms in every 100, during this block."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _BUSY)
    try:
        yield
    finally:
        process.kill()
        await process.wait()


def clock() -> list[float]:
    """By how many seconds each wake-up was late."""
    hurry(heirs=False)
    late, due = [], time.monotonic()
    while not _over(due - time.monotonic()):
        late.append(time.monotonic() - due)
        due += 0.01
    return late


def duplex() -> list[float]:
    """How many blocks PortAudio says were lost."""
    import sounddevice

    lost = 0

    def called_back(block: Any, frames: int, at: Any, status: Any) -> None:
        nonlocal lost
        lost += bool(status.input_overflow or status.output_underflow)

    def silent(block: Any, *rest: Any) -> None:
        block.fill(0)
        called_back(block, *rest)

    hurry(heirs=True)
    options = {"samplerate": RATE, "blocksize": BLOCK, "channels": 1, "latency": "low"}
    with (
        sounddevice.InputStream(callback=called_back, **options),
        sounddevice.OutputStream(callback=silent, **options),
    ):
        _over(None)
    return [lost]


def beep() -> list[float]:
    """Nothing: it is heard."""
    import msgspec  # noqa: F401
    import numpy as np
    import sounddevice
    import websockets.asyncio.client  # noqa: F401

    tone = 0.5 * np.sin(2 * np.pi * 400 / RATE * np.arange(BLOCK)).astype(np.float32)

    def sounding(block: Any, *rest: Any) -> None:
        block[:] = tone[:, np.newaxis]

    with sounddevice.OutputStream(RATE, BLOCK, channels=1, dtype="float32", latency="low", callback=sounding):
        _over(None)
    return []


def _over(within: float | None) -> bool:
    """Whether standard input ended within so many seconds."""
    return bool(select.select([0], [], [], within if within is None else max(0.0, within))[0])


if __name__ == "__main__":
    print(json.dumps({"clock": clock, "duplex": duplex, "beep": beep}[sys.argv[1]]()))  # noqa: T201
