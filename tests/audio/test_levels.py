"""Meters tell the truth, and cost next to nothing."""

from timeit import repeat as time_repeated

import numpy as np
import pytest

from bridge.audio.codec import decode, encode
from bridge.audio.levels import Meter, payload_dbfs, payloads_dbfs, samples_dbfs
from bridge.wire.formats import L16_8K, L16_16K, L16_24K, MULAW_8K, AudioFormat

FORMATS = [MULAW_8K, L16_8K, L16_16K, L16_24K]


def tone(amplitude: float, audio_format: AudioFormat) -> np.ndarray:
    at = np.arange(audio_format.rate // 10) / audio_format.rate
    return (amplitude * np.sin(2 * np.pi * 440 * at)).astype(np.float32)


@pytest.mark.parametrize("audio_format", FORMATS, ids=lambda f: f.label)
@pytest.mark.parametrize("dbfs", [-4.0, -20.0, -40.0])
def test_a_sine_reads_as_its_root_mean_square(audio_format: AudioFormat, dbfs: float):
    samples = tone(10 ** (dbfs / 20) * 2**0.5, audio_format)
    assert payload_dbfs(encode(samples, audio_format), audio_format) == pytest.approx(dbfs, abs=0.2)


@pytest.mark.parametrize("audio_format", FORMATS, ids=lambda f: f.label)
def test_a_payload_and_its_samples_read_the_same(audio_format: AudioFormat):
    payload = encode(tone(0.1, audio_format), audio_format)
    assert payload_dbfs(payload, audio_format) == pytest.approx(samples_dbfs(decode(payload, audio_format)), abs=0.01)


@pytest.mark.parametrize("audio_format", FORMATS, ids=lambda f: f.label)
def test_silence_and_nothing_have_no_level(audio_format: AudioFormat):
    assert payload_dbfs(audio_format.silence * 160, audio_format) is None
    assert payload_dbfs(b"", audio_format) is None
    assert samples_dbfs(np.zeros(0, np.float32)) is None


@pytest.mark.parametrize("audio_format", FORMATS, ids=lambda f: f.label)
def test_several_payloads_read_as_each_of_them(audio_format: AudioFormat):
    loud, quiet = (encode(tone(amplitude, audio_format), audio_format) for amplitude in (0.5, 0.01))
    for payloads in ([loud], [b""], [b"", loud, b"", quiet + b"\0", audio_format.silence * 160, loud[:320], b"", b""]):
        together = payloads_dbfs(payloads, audio_format)
        for level, payload in zip(together, payloads, strict=True):
            expected = payload_dbfs(payload, audio_format)
            assert level == (expected and pytest.approx(expected, abs=0.01))


def test_half_a_sample_does_not_matter():
    assert payload_dbfs(b"\x00\x40\x7f", L16_8K) == payload_dbfs(b"\x00\x40", L16_8K)


def test_full_scale_is_zero():
    assert payload_dbfs(b"\x00\x80" * 80, L16_16K) == pytest.approx(0.0)


@pytest.mark.parametrize("audio_format", FORMATS, ids=lambda f: f.label)
def test_both_legs_of_500_streams_at_10_hz_cost_a_fraction_of_a_core(audio_format: AudioFormat):
    payload = encode(tone(0.1, audio_format), audio_format)
    best = min(time_repeated(lambda: payload_dbfs(payload, audio_format), number=200, repeat=5)) / 200
    assert best * 2 * 500 * 10 < 0.5


def test_a_meter_reads_all_that_passed_since_it_was_last_read():
    meter, samples = Meter(), tone(0.5, L16_8K)
    meter.add(samples)
    meter.add(samples * 0)
    assert meter.read() == pytest.approx(samples_dbfs(np.concatenate((samples, samples * 0))))
    assert meter.read() is None
