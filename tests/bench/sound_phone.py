"""Live figures of the whole phone: its process, linked to a bridge that has one stream."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from bridge.phone.settings import PhoneSettings
from bridge.wire.formats import MULAW_8K
from tests.bench.figure import Figure
from tests.bench.sound_bare import beside, busy
from tests.phone.conftest import AS_IT_IS, TestHandset, running_handset
from tests.phone.fake_bridge import FakeBridge, fake_bridge
from tests.phone.test_call import delay
from tests.phone.test_sound import gaps_ms, tone
from tests.sound_rig import RATE, Recording, SoundRig

_STARTS = 5


@asynccontextmanager
async def phone(folder: Path, settings: PhoneSettings = AS_IT_IS) -> AsyncIterator[tuple[FakeBridge, TestHandset]]:
    async with fake_bridge(MULAW_8K) as bridge, running_handset(bridge, folder / "log", settings) as handset:
        yield bridge, handset


async def listening(handset: TestHandset) -> None:
    await handset.listen("stream-1", True)
    await handset.until(lambda state: state.output_device and state.input_device and state.listening)


async def start(rig: SoundRig, folder: Path, seconds: float) -> AsyncIterator[Figure]:
    """From the wish to listen until sound is there, from nothing, and once the phone runs."""
    began = [await _started(rig, folder) for _ in range(1 + _STARTS)][1:]  # The first time it is compiled.
    yield Figure(f"start to first audio, nothing running, median of {_STARTS}", "ms", "500", *np.median(began, axis=0))
    async with phone(folder) as (bridge, handset), rig.recording() as recording, _caller(bridge):
        await handset.start()
        await handset.until(lambda state: state.output_device and state.input_device)
        yield Figure("start to first audio, the phone running", "ms", "", await _until_heard(handset, recording))


async def _started(rig: SoundRig, folder: Path) -> tuple[float, float]:
    """A phone, and a process that loads the same libraries and plays a tone."""
    async with phone(folder, PhoneSettings()) as (bridge, handset), rig.recording() as recording, _caller(bridge):
        ours = await _until_heard(handset, recording)
    async with rig.recording() as recording:
        await _silence(recording)
        began = time.monotonic()
        async with beside("beep"):
            return ours, await _first_sound(recording, began)


@asynccontextmanager
async def _caller(bridge: FakeBridge) -> AsyncIterator[None]:
    playing = asyncio.create_task(bridge.play(tone(20, 8000)))
    try:
        yield
    finally:
        playing.cancel()


async def _until_heard(handset: TestHandset, recording: Recording) -> float:
    await _silence(recording)
    began = time.monotonic()
    await handset.listen("stream-1", True)
    return await _first_sound(recording, began)


async def _first_sound(recording: Recording, began: float) -> float:
    """After how many milliseconds there is any."""
    async with asyncio.timeout(10):
        while np.abs(await recording.next(0.01)).max() < 0.1:
            pass
    return (time.monotonic() - began) * 1000


async def _silence(recording: Recording) -> None:
    await recording.discard()
    async with asyncio.timeout(5):
        while np.abs(await recording.next(0.05)).max() > 0.001:
            pass


async def both_ways(rig: SoundRig, folder: Path, seconds: float) -> AsyncIterator[Figure]:
    """The phone hears and speaks, beside a busy process and a duplex that does nothing."""
    async with beside("duplex") as bare, busy(), phone(folder) as (bridge, handset), rig.speak(tone(seconds + 5, RATE)):
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
    yield Figure(f"blocks lost in {seconds:.0f} s both ways, busy", "", "0", lost, bare[0])
    yield Figure("gaps in what is heard meanwhile", "ms", "0", gaps_ms(heard, RATE))
    off = came - np.arange(len(came)) * 0.02
    yield Figure("frames at the bridge off their 20 ms, p99, busy", "ms", "", _spread(off) * 1000)


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
