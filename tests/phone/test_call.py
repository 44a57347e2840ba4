"""A whole call: a carrier, a real bridge, the phone's process and a real PortAudio, with speech both ways."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import numpy as np

from bridge.audio.codec import decode, encode
from bridge.audio.resample import resample
from bridge.audio.wav import read_wav
from bridge.wire.commands import PlayAudio, read_command
from bridge.wire.formats import MULAW_8K
from tests.phone.conftest import TestHandset, running_handset
from tests.server.rig import media, running
from tests.sound_rig import RATE, SoundRig

SPEECH = Path("bridge/carrier/speech/emma-2.wav")
SECONDS = 3


def spoken(rate: int) -> np.ndarray:
    wav = read_wav(SPEECH.read_bytes())
    return resample(wav.samples, wav.rate, rate)[: SECONDS * rate]


def frames(samples: np.ndarray) -> list[bytes]:
    payload = encode(samples, MULAW_8K)
    return [payload[at : at + 160] for at in range(0, len(payload) - 159, 160)]


async def speak(carrier, said: list[bytes]) -> None:
    began = time.monotonic()
    for number, payload in enumerate(said):
        await asyncio.sleep(began + number * 0.02 - time.monotonic())
        await carrier.send(media(payload=payload))


def delay(heard: np.ndarray, said: np.ndarray) -> int:
    """Samples after which `said` is best found in `heard`."""
    size = len(heard) + len(said)
    found = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)
    return int(np.argmax(found[: len(heard)]))


def likeness_db(heard: np.ndarray, said: np.ndarray, rate: int) -> np.ndarray:
    """Signal to noise of each spoken 100 ms, where it fits best: periods of the pitch may have come or gone."""
    most, size = rate // 50, rate // 10
    heard = np.pad(heard, most)
    words = [(at, said[at : at + size]) for at in range(0, len(said) - size, size)]
    return np.array([_fit_db(heard[at : at + size + 2 * most], word) for at, word in words if np.mean(word**2) > 1e-4])


def _fit_db(around: np.ndarray, word: np.ndarray) -> float:
    energies = np.convolve(around**2, np.ones(len(word)), "valid") + 1e-9
    likeness = (np.correlate(around, word, "valid") ** 2 / energies).max() / np.sum(word**2)
    return float(-10 * np.log10(max(1 - likeness, 1e-9)))


async def in_hand(handset: TestHandset) -> None:
    await handset.listen("s-1", True)
    await handset.until(lambda state: state.output_device and state.input_device and state.listening)


async def test_the_callers_words_come_out_of_the_speaker(sound_rig: SoundRig, tmp_path: Path):
    said = frames(spoken(8000))
    async with (
        running(tmp_path / "data") as rig,
        rig.carrier() as carrier,
        running_handset(rig, tmp_path / "log") as handset,
        sound_rig.recording() as recording,
    ):
        await in_hand(handset)
        await recording.discard()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(speak(carrier, said))
            heard = await recording.next(SECONDS + 0.5)
    reference = resample(decode(b"".join(said), MULAW_8K), 8000, RATE)
    late = delay(heard, reference)
    assert 20 < late * 1000 / RATE < 200
    likeness = likeness_db(heard[late:], reference, RATE)
    assert np.median(likeness) > 20
    assert np.quantile(likeness, 0.1) > 3
    assert likeness.min() > 1, "no word is missing"


async def test_the_operators_words_reach_the_carrier(sound_rig: SoundRig, tmp_path: Path):
    heard = bytearray()
    async with (
        running(tmp_path / "data") as rig,
        rig.carrier() as carrier,
        running_handset(rig, tmp_path / "log") as handset,
    ):
        await in_hand(handset)
        await handset.step("talk")
        await handset.until(lambda state: state.on_air)
        async with sound_rig.speak(spoken(RATE)), asyncio.timeout(SECONDS + 5):
            while len(heard) < (SECONDS + 1) * 8000:
                command = read_command(await carrier.recv())
                if isinstance(command, PlayAudio):
                    heard += command.payload
    said, at_carrier = spoken(8000), decode(bytes(heard), MULAW_8K)
    late = delay(at_carrier, said)
    likeness = likeness_db(at_carrier[late:], said, 8000)
    assert np.median(likeness) > 15
    assert np.quantile(likeness, 0.1) > 3
    assert likeness.min() > 1, "no word is missing"
