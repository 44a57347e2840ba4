"""The figures of sound that tests assert and `make bench-sound` prints: how each is measured, once."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from bridge.audio.codec import decode, encode
from bridge.audio.ducking import Ducking
from bridge.audio.echo import EchoCanceller
from bridge.audio.voice import Edge, Voice
from bridge.wire.formats import AudioFormat
from tests.audio.synthetic import ACTIVE_DBFS, at_level, echo_of, gated, power, recorded_words, speech, spoken, talk

WORDS = 10

Noise = Callable[[int, float, np.random.Generator], np.ndarray]
Words = Callable[[int, np.random.Generator], list[np.ndarray]]
Process = Callable[[np.ndarray], np.ndarray]


def recorded(rate: int, random: np.random.Generator) -> list[np.ndarray]:
    words = recorded_words(rate)
    return [words[number] for number in random.integers(len(words), size=WORDS)]


def synthetic(rate: int, random: np.random.Generator) -> list[np.ndarray]:
    return [gated(spoken(rate, random.uniform(0.3, 1.5), random), rate) for _ in range(WORDS)]


def voice_edges(samples: np.ndarray, rate: int, block: int | None = None) -> list[Edge]:
    voice, block = Voice(rate), block or rate // 100
    return [edge for at in range(0, len(samples), block) for edge in voice.feed(samples[at : at + block])]


def voice_errors_ms(audio_format: AudioFormat, words: Words, noise: Noise, snr: float, dbfs: float) -> list[float]:
    """How far each reported edge is from the true one; infinite where there are more or fewer than there should be."""
    rate, random = audio_format.rate, np.random.default_rng(int(snr - dbfs))
    call, spans = talk(rate, words(rate, random), random)
    noisy = call + at_level(noise(rate, len(call) / rate, random), ACTIVE_DBFS - snr)
    heard = decode(encode(noisy * 10 ** ((dbfs - ACTIVE_DBFS) / 20), audio_format), audio_format)
    found = [edge.at for edge in voice_edges(heard, rate)]
    truth = list(itertools.chain(*spans))
    if len(found) != len(truth):
        return [float("inf")]
    return [abs(at - true) * 1000 / rate for at, true in zip(found, truth, strict=True)]


def spectrum(samples: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies and amplitudes in dB."""
    window = np.blackman(len(samples))
    amplitude = np.abs(np.fft.rfft(samples * window)) * 2 / window.sum()
    return np.fft.rfftfreq(len(samples), 1 / rate), 20 * np.log10(amplitude + 1e-9)


def in_blocks(process: Process, samples: np.ndarray, block: int) -> list[np.ndarray]:
    return [process(samples[at : at + block]) for at in range(0, len(samples), block)]


def without_echo(stage: EchoCanceller | Ducking, far: np.ndarray, near: np.ndarray, rate: int) -> np.ndarray:
    """What is left of the microphone's sound, 10 ms at a time."""
    block, heard = rate // 100, []
    for at in range(0, len(far), block):
        stage.far(far[at : at + block])
        heard.append(stage.near(near[at : at + block]))
    return np.concatenate(heard)


def echo_loss_db(rate: int) -> tuple[float, float]:
    """By how much the echo of speech is weaker, 1 to 3 s and 5 to 9 s after the beginning."""
    far = speech(rate, 9, first=0)
    echo = echo_of(far, rate)
    heard = without_echo(EchoCanceller(rate), far, echo, rate)
    parts = (slice(int(start * rate), int(end * rate)) for start, end in ((1, 3), (5, 8.9)))
    early, late = (10 * np.log10(power(echo[part]) / power(heard[part])) for part in parts)
    return early, late


def near_loss_db(rate: int) -> float:
    """By how much who speaks at the same time as the far end is weaker: what of the output goes with their voice."""
    far, near = speech(rate, 12, first=0), speech(rate, 12, first=5)
    near[: 5 * rate] = 0
    heard = without_echo(EchoCanceller(rate), far, echo_of(far, rate) + near, rate)
    part = slice(6 * rate, 11 * rate)
    alike = np.fft.irfft(np.fft.rfft(heard[part]) * np.conj(np.fft.rfft(near[part])))
    kept = np.abs(alike).max() / np.sum(np.square(near[part], dtype=np.float64))
    return float(-20 * np.log10(kept))
