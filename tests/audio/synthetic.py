"""Sounds and calls made by rule, so that the right answer is known: seeds in, samples out."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from bridge.audio.resample import resample
from bridge.audio.wav import read_wav

SPEECH = Path(__file__).parents[2] / "bridge" / "carrier" / "speech"
ACTIVE_DBFS = -20.0
"""Level of every speech below while there is some."""


def tone(hz: float, rate: int, seconds: float, amplitude: float = 0.5) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def power(samples: np.ndarray) -> float:
    return float(np.mean(np.square(samples, dtype=np.float64)))


def at_level(samples: np.ndarray, dbfs: float) -> np.ndarray:
    return (samples * np.sqrt(10 ** (dbfs / 10) / power(samples))).astype(np.float32)


def levels(samples: np.ndarray, rate: int, step_ms: int = 10) -> np.ndarray:
    """Of each step, in dBFS."""
    step = rate * step_ms // 1000
    steps = np.square(samples[: len(samples) // step * step].reshape(-1, step), dtype=np.float64).mean(axis=1)
    return 10 * np.log10(steps + 1e-12)


@cache
def sentences(rate: int) -> list[np.ndarray]:
    """The demo's recorded sentences, each -20 dBFS while spoken."""
    found = []
    for path in sorted(SPEECH.glob("*.wav")):
        wav = read_wav(path.read_bytes())
        samples = resample(wav.samples, wav.rate, rate)
        spoken = levels(samples, rate) > -40
        active = 10 * np.log10(np.mean(10 ** (levels(samples, rate)[spoken] / 10)))
        found.append((samples * 10 ** ((ACTIVE_DBFS - active) / 20)).astype(np.float32))
    return found


@cache
def recorded_words(rate: int) -> list[np.ndarray]:
    return [word for sentence in sentences(rate) for word in loud_parts(sentence, rate)]


def loud_parts(sentence: np.ndarray, rate: int) -> list[np.ndarray]:
    """Parts that begin and end loud, with no gap inside that is long enough to be an end."""
    step = rate // 100
    loud = np.flatnonzero(levels(sentence, rate) > ACTIVE_DBFS - 6)
    parts = np.split(loud, np.flatnonzero(np.diff(loud) > 11) + 1)
    return [gated(sentence[part[0] * step : (part[-1] + 1) * step], rate) for part in parts if len(part) > 15]


def gated(samples: np.ndarray, rate: int, ramp_ms: int = 2) -> np.ndarray:
    ramp = np.linspace(0, 1, rate * ramp_ms // 1000)
    gated = samples.copy()
    gated[: len(ramp)] *= ramp
    gated[-len(ramp) :] *= ramp[::-1]
    return gated


def spoken(rate: int, seconds: float, random: np.random.Generator) -> np.ndarray:
    """Speech without a pause: voiced syllables of gliding pitch and two formants, with hissed consonants between."""
    made: list[np.ndarray] = []
    while sum(map(len, made)) < seconds * rate:
        made += [_vowel(rate, random.uniform(0.1, 0.25), random), _hiss(rate, random.uniform(0.03, 0.08), random)]
    return at_level(np.concatenate(made)[: int(seconds * rate)], ACTIVE_DBFS)


def _vowel(rate: int, seconds: float, random: np.random.Generator) -> np.ndarray:
    at = np.arange(int(seconds * rate)) / rate
    pitch = random.uniform(90, 230) * (1 + random.uniform(-0.3, 0.3) * at)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    formants = random.uniform(300, 800), random.uniform(900, 2500)
    wave = np.zeros(len(at))
    for harmonic in range(1, int(3500 / 300) * 3):
        hz = harmonic * pitch[0]
        if hz < 3500:
            strength = sum(1 / (1 + ((hz - formant) / 120) ** 2) for formant in formants) + 0.02
            wave += strength * np.sin(harmonic * phase)
    envelope = 0.35 + 0.65 * np.sin(np.pi * np.linspace(0.2, 0.9, len(at)))
    return 0.1 * wave * envelope


def _hiss(rate: int, seconds: float, random: np.random.Generator) -> np.ndarray:
    return 0.03 * np.diff(random.standard_normal(int(seconds * rate) + 1))


def white(rate: int, seconds: float, random: np.random.Generator) -> np.ndarray:
    return random.standard_normal(round(rate * seconds)).astype(np.float32)


def babble(rate: int, seconds: float, random: np.random.Generator, talkers: int = 12) -> np.ndarray:
    """A room full of people: so many talkers at once, each going through the sentences from somewhere."""
    said = np.concatenate(sentences(rate))
    mixed = np.zeros(round(rate * seconds))
    for _ in range(talkers):
        mixed += np.resize(np.roll(said, int(random.integers(len(said)))), len(mixed)) * random.uniform(0.5, 1)
    return mixed.astype(np.float32)


def talk(rate: int, words: list[np.ndarray], random: np.random.Generator) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """The words with pauses between them, and where each begins and ends."""
    parts, spans, at = [], [], 0
    for word in words:
        pause = int(rate * random.uniform(0.4, 1.2))
        spans.append((at + pause, at + pause + len(word)))
        parts += [np.zeros(pause, np.float32), word]
        at = spans[-1][1]
    return np.concatenate((*parts, np.zeros(rate, np.float32))), spans


def speech(rate: int, seconds: float, first: int) -> np.ndarray:
    """The recorded sentences, from one of them on."""
    said = sentences(rate)
    return np.resize(np.concatenate(said[first:] + said[:first]), round(rate * seconds))


def room(rate: int, random: np.random.Generator) -> np.ndarray:
    """The way from loudspeaker to microphone: 60 ms, then a decay of 20 ms; 10 dB weaker than the loudspeaker."""
    decay = np.arange(rate // 10)
    reflections = random.standard_normal(len(decay)) * np.exp(-decay / rate / 0.02)
    path = np.concatenate((np.zeros(rate * 60 // 1000), reflections))
    return 10 ** (-10 / 20) * path / np.sqrt(np.sum(path**2))


def echo_of(far: np.ndarray, rate: int) -> np.ndarray:
    """What the microphone hears of the loudspeaker."""
    random = np.random.default_rng(1)
    noise = at_level(white(rate, len(far) / rate, random), -80)
    return (np.convolve(far, room(rate, random))[: len(far)] + noise).astype(np.float32)
