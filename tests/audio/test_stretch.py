"""Surgery by periods: what is taken out or put in is not heard at the joints."""

import numpy as np
import pytest

from bridge.audio.conceal import Concealment
from bridge.audio.stretch import Stretch, lengthened, shortened
from tests.audio.synthetic import tone

RATES = [8000, 16000, 24000]


def voice(hz: float, rate: int, seconds: float = 0.1) -> np.ndarray:
    return sum(tone(hz * harmonic, rate, seconds, 0.3 / harmonic) for harmonic in range(1, 6))


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hz", [80, 110, 220, 350])
def test_the_period_of_a_voice_is_found_ahead_and_behind(rate: int, hz: int):
    sound, stretch = voice(hz, rate), Stretch(rate)
    past, coming = sound[: rate // 20], sound[rate // 20 :]
    for period, likeness in (stretch.period_ahead(coming, rate), stretch.period_behind(past, coming)):
        cycles = period * hz / rate
        assert cycles == pytest.approx(round(cycles), abs=0.6 * hz / rate)
        assert likeness > 0.95


@pytest.mark.parametrize("rate", RATES)
def test_a_period_less_or_more_leaves_the_voice_as_it_was(rate: int):
    sound, stretch = voice(200, rate, 0.2), Stretch(rate)
    past, coming = sound[: rate // 20], sound[rate // 20 :]
    period, _ = stretch.period_ahead(coming, rate)
    steepest = np.abs(np.diff(sound)).max()
    less = np.concatenate((past, shortened(coming, period, period)))
    more = np.concatenate((past, lengthened(past, coming, period, period)))
    assert (len(less), len(more)) == (len(sound) - period, len(sound) + period)
    for changed in (less, more):
        assert np.abs(np.diff(changed)).max() < 1.02 * steepest
        assert np.abs(changed - np.resize(sound, len(changed))).max() < 0.02


def test_noise_has_no_period_and_too_little_sound_has_none_either():
    noise = np.random.default_rng(1).standard_normal(800).astype(np.float32)
    assert Stretch(8000).period_ahead(noise, 800)[1] < 0.6
    assert Stretch(8000).period_ahead(noise[:30], 800) == (0, 0)
    assert Stretch(8000).period_ahead(noise, 10) == (0, 0)
    assert Stretch(8000).period_behind(noise, noise[:0]) == (0, 0)


def test_quiet_is_quiet_beside_what_was_loud():
    stretch = Stretch(8000)
    sound = np.concatenate((tone(300, 8000, 0.02, 0.006), tone(300, 8000, 0.02, 0.1)))
    assert stretch.quiet(sound) == 0
    stretch.follow(tone(300, 8000, 0.02, 0.5))
    assert stretch.quiet(sound) == 160
    assert stretch.quiet(np.zeros(800, np.float32)) == 800


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hz", [100, 237, 400])
def test_concealment_goes_on_without_a_jump_and_ends_in_silence(rate: int, hz: int):
    past = voice(hz, rate, 0.0451)
    concealment = Concealment(past, rate, Stretch(rate))
    heard = np.concatenate((past, *(concealment.next(rate // 100) for _ in range(10))))
    steepest = np.abs(np.diff(past)).max()
    assert np.abs(np.diff(heard)).max() < 1.2 * steepest
    assert np.abs(heard[len(past) :][: rate // 100]).max() > 0.9 * np.abs(past).max()
    assert np.abs(heard).max() < 1.02 * np.abs(past).max()
    assert not heard[len(past) + rate * 80 // 1000 :].any()
