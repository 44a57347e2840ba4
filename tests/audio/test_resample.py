"""The streaming resampler: the right pitch, the right amount, a small delay, no images."""

import numpy as np
import pytest

from bridge.audio.resample import Resampler, resample
from tests.audio.figures import in_blocks, spectrum
from tests.audio.synthetic import tone

STREAM_RATES = [8000, 16000, 24000]
DEVICE_RATES = [44100, 48000]
BOTH_WAYS = [(a, b) for a in STREAM_RATES for b in DEVICE_RATES] + [(b, a) for a in STREAM_RATES for b in DEVICE_RATES]


@pytest.mark.parametrize(("rate_in", "rate_out"), BOTH_WAYS)
@pytest.mark.parametrize("hz", [300, 1000, 3000])
def test_a_tone_keeps_its_pitch_and_loudness_and_brings_no_other(rate_in: int, rate_out: int, hz: int):
    out = np.concatenate(in_blocks(Resampler(rate_in, rate_out).process, tone(hz, rate_in, 1.2), rate_in // 100))
    frequencies, decibels = spectrum(out[rate_out // 10 : rate_out // 10 + rate_out], rate_out)
    peak = int(np.argmax(decibels))
    assert frequencies[peak] == pytest.approx(hz, abs=1)
    assert decibels[peak] == pytest.approx(-6.02, abs=0.5)
    assert decibels[np.abs(frequencies - hz) > 20].max() < -66


@pytest.mark.parametrize(("rate_in", "rate_out"), BOTH_WAYS)
def test_blocks_come_out_as_evenly_as_they_go_in_and_at_most_3_ms_late(rate_in: int, rate_out: int):
    blocks = in_blocks(Resampler(rate_in, rate_out).process, tone(440, rate_in, 2), rate_in // 100)
    assert max(abs(len(block) - rate_out / 100) for block in blocks[2:]) <= 1
    assert 2 * rate_out - sum(len(block) for block in blocks) <= 0.003 * rate_out


def test_equal_rates_pass_through_untouched():
    samples = tone(440, 16000, 0.1)
    assert Resampler(16000, 16000).process(samples) is samples


def test_a_whole_recording_keeps_its_length():
    assert len(resample(tone(440, 22050, 1), 22050, 8000)) == pytest.approx(8000, abs=2)
    assert len(resample(np.zeros(0, np.float32), 44100, 8000)) == 0


@pytest.mark.parametrize(("rate_in", "rate_out"), BOTH_WAYS)
def test_the_telephones_band_stays_flat_to_its_edge(rate_in: int, rate_out: int):
    for hz in (100, 1700, 3400):
        out = np.concatenate(in_blocks(Resampler(rate_in, rate_out).process, tone(hz, rate_in, 1.2), rate_in // 100))
        _, decibels = spectrum(out[rate_out // 10 : rate_out // 10 + rate_out], rate_out)
        assert decibels.max() == pytest.approx(-6.02, abs=0.5)


@pytest.mark.parametrize(("rate_in", "rate_out"), [(8000, 48000), (44100, 8000), (22051, 8000)])
def test_how_the_samples_are_cut_makes_no_difference(rate_in: int, rate_out: int):
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, rate_in // 2).astype(np.float32)
    whole = resample(samples, rate_in, rate_out)
    resampler = Resampler(rate_in, rate_out)
    cut = [resampler.process(samples[at : at + 37]) for at in range(0, len(samples), 37)]
    pieces = np.concatenate((*cut, resampler.process(samples[:0], last=True)))
    assert len(pieces) == len(whole)
    assert np.abs(pieces - whole).max() < 1e-5


def test_a_sound_stays_where_it_was():
    click = np.zeros(8000, np.float32)
    click[4000] = 1
    assert np.argmax(resample(click, 8000, 48000)) == 24_000
