"""Live figures of the phone's parts on a real PortAudio: from callback to callback, to the network, to silence."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from bridge.audio.codec import Samples, encode
from bridge.phone.device import Block, InputDevice, OutputDevice, reinitialise
from bridge.phone.microphone import Microphone
from bridge.phone.sound import Sound
from bridge.phone.speaker import Speaker
from bridge.wire.formats import MULAW_8K
from bridge.wire.link.audio import Audio, Leg
from tests.bench.figure import Figure
from tests.bench.sound_bare import beside, busy
from tests.phone.fake_bridge import until
from tests.phone.test_sound import tone
from tests.sound_rig import RATE, SoundRig

_FRAMES_PER_SECOND = 50
_CLEARS = 20


class _NotedOutput(OutputDevice):
    clicked_at = 0.0

    def _exchange(self, block: Block) -> None:
        super()._exchange(block)
        if not self.clicked_at and np.abs(block).max() > 0.1:
            self.clicked_at = time.monotonic()


class _NotedInput(InputDevice):
    heard_at = 0.0

    def _exchange(self, block: Block) -> None:
        if not self.heard_at and np.abs(block).max() > 0.05:
            self.heard_at = time.monotonic()


async def round_trip(rig: SoundRig, folder: Path, seconds: float) -> AsyncIterator[Figure]:
    """From the block in the output's callback that has a click to the block in the input's that hears it."""
    os.environ["PULSE_SOURCE"] = "spk.monitor"
    reinitialise()
    took = []
    for _ in range(5):
        out, heard = _NotedOutput("", lambda: None), _NotedInput("", lambda: None)
        out.start()
        heard.start()
        out.ring.write(np.repeat(tone(0.02, RATE), out.channels))
        await until(lambda heard=heard: heard.heard_at)
        took.append(heard.heard_at - out.clicked_at)
        out.close()
        heard.close()
    yield Figure("speaker to microphone and back, callback to callback", "ms", "40", float(np.median(took)) * 1000)


async def wake_up(rig: SoundRig, folder: Path, seconds: float) -> AsyncIterator[Figure]:
    """From the callback that completes a frame until it is there to be sent; and what a process of its own, which
    does nothing but wake up each 10 ms, is late meanwhile. All beside a busy process.
    """
    measuring = [sys.executable, "-m", "tests.bench.sound_wake_up", str(int(seconds * _FRAMES_PER_SECOND))]
    async with busy(), beside("clock") as late:
        process = await asyncio.create_subprocess_exec(*measuring, stdout=PIPE)
        took = json.loads((await process.communicate())[0])
    for share, goal in ((0.5, ""), (0.99, "2")):
        both = [float(np.quantile(each, share)) * 1000 for each in (took, late)]
        yield Figure(f"callback to network, busy, p{share * 100:.0f}", "ms", goal, *both)


class _Witness(Microphone):
    """Keeps what was played."""

    def __init__(self) -> None:
        super().__init__()
        self._played: list[Samples] = []

    def far(self, played: Samples) -> None:
        self._played.append(played)

    def all(self) -> Samples:
        """What was played since this was last asked for."""
        played, self._played = self._played, []
        return np.concatenate(played)


async def clear(rig: SoundRig, folder: Path, seconds: float) -> AsyncIterator[Figure]:
    """From the clear until a device is given nothing but silence, and how steep the way there is."""
    reinitialise()
    speaker, witness = Speaker(), _Witness()
    sound = Sound(speaker, witness, lambda _: None, lambda: None, ThreadPoolExecutor(1))
    running = asyncio.create_task(sound.run())
    await until(lambda: sound.input and sound.output)
    speaker.use_stream(MULAW_8K)
    cleared = [await _cleared(speaker, sound.output, witness) for _ in range(_CLEARS)]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    took, steepness = np.max(cleared, axis=0)
    yield Figure(f"sound after a clear, before the device's own delay, worst of {_CLEARS}", "ms", "10", took)
    yield Figure("steepest step of a tone that is cleared", "x", "1.05", steepness)


async def _cleared(speaker: Speaker, output: OutputDevice, witness: _Witness) -> tuple[float, float]:
    """For how many ms there is sound after the clear, and how steep it gets beside what it was before."""
    words = encode(tone(0.3, 8000), MULAW_8K)
    for at in range(0, len(words), 160):
        speaker.hear(Audio(Leg.AGENT, 1, at, words[at : at + 160]))
        await asyncio.sleep(0.02)
    speaker.hear(Audio(Leg.AGENT, 1, 0, b""))
    witness.far(output.played.read())  # What the device has by now is under way.
    before = witness.all()
    await asyncio.sleep(0.1)
    after = np.concatenate((before[-1:], witness.all()))
    steepest_before, steepest_after = (np.abs(np.diff(sound)).max() for sound in (before, after))
    return np.flatnonzero(np.abs(after) > 1e-3).max() / RATE * 1000, steepest_after / steepest_before
