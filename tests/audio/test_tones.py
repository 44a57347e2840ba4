"""Tones, heard as a telephone's receiver hears them: by the Goertzel algorithm."""

import numpy as np
import pytest

from bridge.audio.levels import samples_dbfs
from bridge.audio.tones import DTMF_HZ, dtmf, line_closes, line_opens

RATES = [8000, 16000, 24000, 48000]


def goertzel(samples: np.ndarray, rate: int, hz: float) -> float:
    """Amplitude of one frequency."""
    before, last = 0.0, 0.0
    turn = 2 * np.cos(2 * np.pi * hz / rate)
    for sample in samples.tolist():
        before, last = last, sample + turn * last - before
    return 2 / len(samples) * float(np.sqrt(max(0, before**2 + last**2 - turn * before * last)))


def loudest(samples: np.ndarray, rate: int, frequencies: tuple[int, ...]) -> int:
    return max(frequencies, key=lambda hz: goertzel(samples, rate, hz))


@pytest.mark.parametrize("rate", RATES)
def test_every_key_is_heard_as_itself(rate: int):
    for key, (low, high) in DTMF_HZ.items():
        tone = dtmf(key, rate)[: rate // 10]
        assert loudest(tone, rate, (697, 770, 852, 941)) == low
        assert loudest(tone, rate, (1209, 1336, 1477, 1633)) == high
        assert goertzel(tone, rate, low) == pytest.approx(goertzel(tone, rate, high), rel=0.1)


@pytest.mark.parametrize("rate", RATES)
def test_digits_are_100_ms_of_minus_10_dbfs_and_pauses_of_50(rate: int):
    tones = dtmf("15#", rate)
    assert len(tones) == 3 * rate * 150 // 1000
    for start in range(0, len(tones), rate * 150 // 1000):
        assert samples_dbfs(tones[start : start + rate // 10]) == pytest.approx(-10, abs=0.7)
        assert not tones[start + rate // 10 : start + rate * 150 // 1000].any()
    assert np.abs(tones).max() < 0.7


def test_digits_begin_and_end_without_a_click():
    assert np.abs(dtmf("7", 8000)[:4]).max() < 0.02
    assert np.abs(dtmf("7", 8000)[796:]).max() < 0.02


def test_no_digits_are_no_sound_and_no_digits_are_refused():
    assert len(dtmf("", 8000)) == 0
    with pytest.raises(KeyError):
        dtmf("1x", 8000)


@pytest.mark.parametrize("rate", RATES)
def test_the_line_opens_upwards_and_closes_downwards(rate: int):
    note = rate * 60 // 1000
    for tones, notes in ((line_opens(rate), (523, 784)), (line_closes(rate), (784, 523))):
        assert len(tones) == 2 * note
        assert (loudest(tones[:note], rate, notes), loudest(tones[note:], rate, notes)) == notes
        assert samples_dbfs(tones) == pytest.approx(-24, abs=1)
