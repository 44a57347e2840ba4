"""The live figures of `make bench-sound`: the phone's process, a real PortAudio and a sound server without hardware."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from bridge.audio.codec import Samples
from bridge.phone.device import Block, InputDevice, OutputDevice, reinitialise
from bridge.phone.microphone import Microphone
from bridge.phone.sound import Sound
from bridge.phone.speaker import Speaker
from bridge.wire.formats import MULAW_8K
from bridge.wire.link import Audio, Leg
from tests.bench.figure import Figure
from tests.phone.conftest import TestHandset, running_handset
from tests.phone.fake_bridge import FakeBridge, fake_bridge, until
from tests.phone.test_call import delay
from tests.phone.test_sound import gaps_ms, tone
from tests.sound_rig import RATE, Recording, SoundRig, missing

Measure = Callable[[SoundRig, Path, float], AsyncIterator[Figure]]

BUSY = "import time\nwhile 1:\n t = time.monotonic()\n while time.monotonic() < t + 0.03: pass\n time.sleep(0.07)"
"""A screen that computes 30 ms in every 100."""


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
    """Nothing of the user's own is used or changed."""
    before = dict(os.environ)
    os.environ["XDG_STATE_HOME"] = folder
    yield
    os.environ.clear()
    os.environ.update(before)


@asynccontextmanager
async def phone(folder: Path) -> AsyncIterator[tuple[FakeBridge, TestHandset]]:
    async with fake_bridge(MULAW_8K) as bridge, running_handset(bridge, folder / "log") as handset:
        yield bridge, handset


async def listening(handset: TestHandset) -> None:
    await handset.listen("stream-1", True)
    await handset.until(lambda state: state.output_device and state.input_device and state.listening)


async def start(rig: SoundRig, folder: Path, seconds: float) -> AsyncIterator[Figure]:
    """From the wish to listen until sound is there, from nothing, and once the phone runs."""
    async with phone(folder) as (bridge, handset), rig.recording() as recording:
        playing = asyncio.create_task(bridge.play(tone(20, 8000)))
        yield Figure("start to first audio, nothing running", "ms", "500", await _until_heard(handset, recording))
        await handset.stop()
        await handset.start()
        await handset.until(lambda state: state.output_device and state.input_device)
        yield Figure("start to first audio, the phone running", "ms", "", await _until_heard(handset, recording))
        playing.cancel()


async def _until_heard(handset: TestHandset, recording: Recording) -> float:
    await asyncio.wait_for(_silence(recording), 5)
    began = time.monotonic()
    await handset.listen("stream-1", True)
    while np.abs(await recording.next(0.01)).max() < 0.1:
        pass
    return (time.monotonic() - began) * 1000


async def _silence(recording: Recording) -> None:
    await recording.discard()
    while np.abs(await recording.next(0.05)).max() > 0.001:
        pass


async def both_ways(rig: SoundRig, folder: Path, seconds: float) -> AsyncIterator[Figure]:
    """The phone hears and speaks, beside a busy process."""
    async with _busy(), phone(folder) as (bridge, handset), rig.speak(tone(seconds + 5, RATE)):
        await listening(handset)
        await handset.step("talk")
        await handset.until(lambda state: state.on_air)
        bridge.voice.clear()
        async with rig.recording() as recording, asyncio.TaskGroup() as tasks:
            tasks.create_task(bridge.play(tone(seconds + 1, 8000)))
            await recording.next(0.5)
            heard = await recording.next(seconds)
        lost = handset.state.underruns
        came = np.array([at for at, _ in bridge.voice[50:]])
    yield Figure(f"blocks lost in {seconds:.0f} s both ways, busy", "", "0", lost)
    yield Figure("gaps in what is heard meanwhile", "ms", "0", gaps_ms(heard, RATE))
    off = came - np.arange(len(came)) * 0.02
    yield Figure("frames at the bridge off their 20 ms, p99, busy", "ms", "", _spread(off) * 1000)


@asynccontextmanager
async def _busy() -> AsyncIterator[None]:
    busy = await asyncio.create_subprocess_exec(sys.executable, "-c", BUSY)
    try:
        yield
    finally:
        busy.kill()
        await busy.wait()


def _spread(off: np.ndarray) -> float:
    """How much later than usual (in the second around it) one in a hundred is."""
    usual = np.convolve(np.pad(off, 25, "edge"), np.ones(51) / 51, "valid")
    return float(np.quantile(np.abs(off - usual), 0.99))


async def spoken_way(rig: SoundRig, folder: Path, seconds: float) -> AsyncIterator[Figure]:
    """From the bridge to the speaker's monitor, which the rig itself hears 20 ms late."""
    click = np.zeros(16000, np.float32)
    click[8000:8400] = tone(0.05, 8000, 1000)
    async with phone(folder) as (bridge, handset), rig.recording() as recording:
        await listening(handset)
        await recording.discard()
        heard, _ = await asyncio.gather(recording.next(2.5), bridge.play(click))
    late = delay(heard, np.repeat(click, RATE // 8000)) / RATE * 1000
    yield Figure("bridge to speaker's monitor (the rig's own 20 ms in it)", "ms", "", late)


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
    """From the callback that completes a frame until the frame is there to be sent, beside a busy process."""
    reinitialise()
    took: list[float] = []
    microphone = Microphone()
    sound = Sound(
        Speaker(), microphone, lambda _: took.append(time.monotonic() - called_at(sound)), lambda: None, asker()
    )
    async with _busy():
        running = asyncio.create_task(sound.run())
        await until(lambda: sound.input and sound.output)
        microphone.open(MULAW_8K)
        gc.collect()
        gc.freeze()  # As the phone does.
        await until(lambda: len(took) > seconds * 50, seconds + 10)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    for share, goal in ((0.5, ""), (0.99, "2")):
        yield Figure(
            f"callback to network, busy, p{share * 100:.0f}", "ms", goal, float(np.quantile(took, share)) * 1000
        )


def called_at(sound: Sound) -> float:
    return sound.input._called_at if sound.input else 0.0


def asker() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1)


class _Witness(Microphone):
    """Keeps what was played, with the time."""

    def __init__(self) -> None:
        super().__init__()
        self.played: list[tuple[float, Samples]] = []

    def far(self, played: Samples) -> None:
        self.played.append((time.monotonic(), played))


async def clear(rig: SoundRig, folder: Path, seconds: float) -> AsyncIterator[Figure]:
    """From the clear until a device is given nothing but silence."""
    reinitialise()
    speaker, witness = Speaker(), _Witness()
    sound = Sound(speaker, witness, lambda _: None, lambda: None, asker())
    running = asyncio.create_task(sound.run())
    await until(lambda: sound.input and sound.output)
    speaker.use_stream(MULAW_8K)
    took = []
    for _ in range(10):
        for number in range(30):
            speaker.hear(Audio(Leg.AGENT, 1, number * 160, bytes([0x90, 0x10] * 80)))
            await asyncio.sleep(0.02)
        witness.far(sound.output.played.read())
        cleared_at = time.monotonic()
        speaker.hear(Audio(Leg.AGENT, 1, 0, b""))
        await asyncio.sleep(0.1)
        after = np.concatenate([played for at, played in witness.played if at > cleared_at])
        took.append(np.flatnonzero(np.abs(after) > 1e-3).max(initial=-1) + 1)
        witness.played.clear()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    yield Figure("sound after a clear, before the device's own delay, worst of 10", "ms", "10", max(took) / RATE * 1000)


async def device_lost(rig: SoundRig, folder: Path, seconds: float) -> AsyncIterator[Figure]:
    """A headset stands still, and runs again."""
    rig.plug_in()
    async with phone(folder) as (_, handset):
        await handset.change(replace(handset.settings, output="headset"))
        await listening(handset)
        began = time.monotonic()
        rig.pactl("suspend-sink", "headset", "1")
        await handset.until(lambda state: state.problem or state.output_device != "headset")
        yield Figure("device lost: noticed", "ms", "600", (time.monotonic() - began) * 1000)
        await handset.until(lambda state: state.output_device == "default")
        yield Figure("device lost: another one stands in", "ms", "", (time.monotonic() - began) * 1000)
        began = time.monotonic()
        rig.pactl("suspend-sink", "headset", "0")
        await handset.until(lambda state: state.output_device == "headset" and state.input_device)
        yield Figure("device back: used again", "ms", "2000", (time.monotonic() - began) * 1000)
        assert handset.state.listening


FIGURES: tuple[Measure, ...] = (start, both_ways, wake_up, spoken_way, round_trip, clear, device_lost)
