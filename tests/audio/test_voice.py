"""Voice activity against calls made by rule: where each word begins and ends is known to the sample."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from bridge.audio.codec import decode, encode
from bridge.audio.voice import Edge, Voice
from bridge.wire.formats import L16_16K, L16_24K, MULAW_8K, AudioFormat
from tests.audio.synthetic import ACTIVE_DBFS, at_level, babble, gated, recorded_words, spoken, talk, white

Noise = Callable[[int, float, np.random.Generator], np.ndarray]
WORDS = 10


def recorded(rate: int, random: np.random.Generator) -> list[np.ndarray]:
    words = recorded_words(rate)
    return [words[number] for number in random.integers(len(words), size=WORDS)]


def synthetic(rate: int, random: np.random.Generator) -> list[np.ndarray]:
    return [gated(spoken(rate, random.uniform(0.3, 1.5), random), rate) for _ in range(WORDS)]


def edges(samples: np.ndarray, rate: int, block: int | None = None) -> list[Edge]:
    voice, block = Voice(rate), block or rate // 100
    return [edge for at in range(0, len(samples), block) for edge in voice.feed(samples[at : at + block])]


def errors_ms(audio_format: AudioFormat, words: Callable, noise: Noise, snr: float, dbfs: float) -> list[float]:
    """How far each reported edge is from the true one; infinite where there are more or fewer than there should be."""
    rate, random = audio_format.rate, np.random.default_rng(int(snr - dbfs))
    call, spans = talk(rate, words(rate, random), random)
    noisy = call + at_level(noise(rate, len(call) / rate, random), ACTIVE_DBFS - snr)
    heard = decode(encode(noisy * 10 ** ((dbfs - ACTIVE_DBFS) / 20), audio_format), audio_format)
    found = [edge.at for edge in edges(heard, rate)]
    truth = list(itertools.chain(*spans))
    if len(found) != len(truth):
        return [float("inf")]
    return [abs(at - true) * 1000 / rate for at, true in zip(found, truth, strict=True)]


@pytest.mark.parametrize("dbfs", [-40, -25, -10])
@pytest.mark.parametrize("words", [recorded, synthetic])
@pytest.mark.parametrize("audio_format", [MULAW_8K, L16_16K, L16_24K], ids=lambda f: f.label)
def test_edges_are_right_within_20_ms_at_20_db(audio_format: AudioFormat, words: Callable, dbfs: float):
    assert max(errors_ms(audio_format, words, white, 20, dbfs)) <= 20
    assert np.quantile(errors_ms(audio_format, words, babble, 20, dbfs), 0.95) <= 20


@pytest.mark.parametrize("dbfs", [-40, -10])
@pytest.mark.parametrize("words", [recorded, synthetic])
@pytest.mark.parametrize("audio_format", [MULAW_8K, L16_16K], ids=lambda f: f.label)
def test_edges_are_right_within_60_ms_at_10_db(audio_format: AudioFormat, words: Callable, dbfs: float):
    errors = errors_ms(audio_format, words, white, 10, dbfs)
    assert np.quantile(errors, 0.95) <= 60
    assert np.median(errors) <= 10


@pytest.mark.parametrize("dbfs", [-40, -10])
@pytest.mark.parametrize("words", [recorded, synthetic])
def test_in_the_noise_of_a_room_full_of_people_nine_edges_of_ten_are_right_within_60_ms(words: Callable, dbfs: float):
    assert np.quantile(errors_ms(MULAW_8K, words, babble, 10, dbfs), 0.9) <= 60


def test_noise_alone_is_nobody():
    random = np.random.default_rng(7)
    for noise in (white, babble):
        assert edges(at_level(noise(8000, 20, random), -30), 8000) == []


def test_silence_and_clicks_are_nobody():
    samples = np.zeros(80_000, np.float32)
    samples[8000::8000] = 0.9
    assert edges(samples, 8000) == []


def test_louder_noise_is_taken_for_noise_after_two_seconds():
    random = np.random.default_rng(3)
    noise = at_level(white(8000, 10, random), -50)
    noise[40_000:] *= 10
    found = edges(noise, 8000)
    assert [edge.speaking for edge in found] == [True, False]
    assert found[0].at == pytest.approx(40_000, abs=160)
    assert found[1].at < 60_000


def test_speaking_is_known_within_60_ms_and_its_end_within_a_quarter_of_a_second():
    samples = np.zeros(24_000, np.float32)
    samples[8000:16_000] = spoken(8000, 1, np.random.default_rng(1))
    voice, known = Voice(8000), []
    for at in range(0, len(samples), 80):
        voice.feed(samples[at : at + 80])
        known.append(voice.speaking)
    assert 100 < known.index(True) <= 106
    assert 219 <= len(known) - known[::-1].index(True) <= 225


@pytest.mark.parametrize("block", [1, 7, 160, 100_000])
def test_how_the_samples_are_cut_makes_no_difference(block: int):
    random = np.random.default_rng(5)
    call, _ = talk(8000, recorded(8000, random)[:3], random)
    assert edges(call, 8000, block) == edges(call, 8000)
