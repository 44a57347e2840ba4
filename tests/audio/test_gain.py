"""The microphone's gain, its limiter and its noise gate."""

from collections.abc import Callable

import numpy as np
import pytest

from bridge.audio.gain import AutomaticGain, limited
from bridge.audio.noise import NoiseGate
from bridge.audio.voice import Voice
from tests.audio.synthetic import ACTIVE_DBFS, at_level, levels, sentences, tone, white

RATE = 16000


def spoken_at(dbfs: float, noise_dbfs: float = -80) -> np.ndarray:
    samples = np.concatenate(sentences(RATE)[:8]) * 10 ** ((dbfs - ACTIVE_DBFS) / 20)
    random = np.random.default_rng(2)
    return (samples + at_level(white(RATE, len(samples) / RATE, random), noise_dbfs)[: len(samples)]).astype(np.float32)


class Stage:
    """A gain or a gate, with the voice that it goes by."""

    def __init__(self, kind: Callable[[Voice], AutomaticGain | NoiseGate]) -> None:
        self._voice = Voice(RATE)
        self.stage = kind(self._voice)

    def process(self, samples: np.ndarray) -> np.ndarray:
        self._voice.feed(samples)
        return self.stage.process(samples)


def automatic_gain(voice: Voice) -> AutomaticGain:
    return AutomaticGain(RATE, voice)


def through(stage: Stage, samples: np.ndarray) -> np.ndarray:
    block = RATE // 100
    return np.concatenate([stage.process(samples[at : at + block]) for at in range(0, len(samples), block)])


def active_dbfs(samples: np.ndarray) -> float:
    by_step = levels(samples, RATE)
    return float(10 * np.log10(np.mean(10 ** (by_step[by_step > by_step.max() - 25] / 10))))


@pytest.mark.parametrize("dbfs", [-33, -28, -20, -10])
def test_every_voice_comes_to_minus_20_dbfs(dbfs: float):
    heard = through(Stage(automatic_gain), spoken_at(dbfs))
    assert active_dbfs(heard[len(heard) // 2 :]) == pytest.approx(-20, abs=2.5)


def test_a_whisper_is_raised_by_15_db_at_most():
    gain = Stage(automatic_gain)
    through(gain, spoken_at(-42))
    assert gain.stage.gain_db == pytest.approx(15, abs=0.5)


def test_silence_and_noise_are_never_amplified():
    for samples in (np.zeros(RATE * 5, np.float32), at_level(white(RATE, 5, np.random.default_rng(1)), -40)):
        assert np.array_equal(through(Stage(automatic_gain), samples), samples)


def test_a_voice_is_not_raised_where_that_would_raise_the_noise_beyond_minus_45_dbfs():
    gain = Stage(automatic_gain)
    through(gain, spoken_at(-32, noise_dbfs=-53))
    assert 6 < gain.stage.gain_db < 9


def test_the_gain_moves_slowly_and_without_steps():
    samples = spoken_at(-35)
    gain, gains = Stage(automatic_gain), []
    for at in range(0, len(samples), RATE // 100):
        gain.process(samples[at : at + RATE // 100])
        gains.append(gain.stage.gain_db)
    assert np.abs(np.diff(gains)).max() <= 0.0601
    assert max(gains) > 10


def test_a_shout_after_a_whisper_is_pressed_together_and_not_cut_off():
    gain = Stage(automatic_gain)
    through(gain, spoken_at(-40))
    shout = through(gain, tone(200, RATE, 1, 0.99))
    assert np.abs(shout).max() < 1
    spectrum = np.abs(np.fft.rfft(shout[RATE // 10 : RATE // 10 + RATE // 2]))
    assert 20 * np.log10(spectrum[300] / spectrum[100]) < -25


def test_the_limiter_leaves_alone_what_is_not_too_loud():
    quiet = tone(200, RATE, 0.1, 0.8)
    assert limited(quiet) is quiet
    ramp = np.linspace(-4, 4, 1001, dtype=np.float32)
    assert (np.diff(limited(ramp)) >= 0).all()
    assert np.abs(limited(ramp)).max() <= 0.98
    assert len(limited(ramp[:0])) == 0


def test_the_gate_quietens_noise_and_leaves_words_as_they_are():
    random = np.random.default_rng(3)
    word = sentences(RATE)[0]
    pause = np.zeros(RATE * 2, np.float32)
    clean = np.concatenate((pause, word, pause))
    samples = (clean + at_level(white(RATE, len(clean) / RATE, random), -55)).astype(np.float32)
    heard = through(Stage(NoiseGate), samples)
    change = levels(heard, RATE) - levels(samples, RATE)
    loud = levels(clean, RATE) > -38
    assert np.median(change[50:195]) < -10
    assert np.abs(change[loud]).max() < 2.5
    assert np.median(np.abs(change[loud])) < 0.1
