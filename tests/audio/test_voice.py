"""Voice activity against calls made by rule: where each word begins and ends is known to the sample."""

import numpy as np
import pytest

from bridge.audio.voice import Voice
from bridge.wire.formats import L16_16K, L16_24K, MULAW_8K, AudioFormat
from tests.audio.figures import Words, recorded, synthetic, voice_edges, voice_errors_ms
from tests.audio.synthetic import at_level, babble, sentences, spoken, talk, white


@pytest.mark.parametrize("dbfs", [-40, -25, -10])
@pytest.mark.parametrize("words", [recorded, synthetic])
@pytest.mark.parametrize("audio_format", [MULAW_8K, L16_16K, L16_24K], ids=lambda f: f.label)
def test_edges_are_right_within_20_ms_at_20_db(audio_format: AudioFormat, words: Words, dbfs: float):
    assert max(voice_errors_ms(audio_format, words, white, 20, dbfs)) <= 20
    assert np.quantile(voice_errors_ms(audio_format, words, babble, 20, dbfs), 0.95) <= 20


@pytest.mark.parametrize("dbfs", [-40, -10])
@pytest.mark.parametrize("words", [recorded, synthetic])
@pytest.mark.parametrize("audio_format", [MULAW_8K, L16_16K], ids=lambda f: f.label)
def test_edges_are_right_within_60_ms_at_10_db(audio_format: AudioFormat, words: Words, dbfs: float):
    errors = voice_errors_ms(audio_format, words, white, 10, dbfs)
    assert np.quantile(errors, 0.95) <= 60
    assert np.median(errors) <= 10


@pytest.mark.parametrize("dbfs", [-40, -10])
@pytest.mark.parametrize("words", [recorded, synthetic])
def test_in_the_noise_of_a_room_full_of_people_nine_edges_of_ten_are_right_within_60_ms(words: Words, dbfs: float):
    assert np.quantile(voice_errors_ms(MULAW_8K, words, babble, 10, dbfs), 0.9) <= 60


def test_noise_alone_is_nobody():
    random = np.random.default_rng(7)
    for noise in (white, babble):
        assert voice_edges(at_level(noise(8000, 20, random), -30), 8000) == []


def test_silence_and_clicks_are_nobody():
    samples = np.zeros(80_000, np.float32)
    samples[8000::8000] = 0.9
    assert voice_edges(samples, 8000) == []


def test_louder_noise_is_taken_for_noise_after_two_seconds():
    random = np.random.default_rng(3)
    noise = at_level(white(8000, 10, random), -50)
    noise[40_000:] *= 10
    found = voice_edges(noise, 8000)
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
    assert voice_edges(call, 8000, block) == voice_edges(call, 8000)


@pytest.mark.parametrize("number", range(12))
def test_who_speaks_from_the_first_sample_on_is_noticed_within_a_second(number: int):
    first = voice_edges(sentences(8000)[number], 8000)[0]
    assert first.speaking
    assert first.at < 8000


def test_a_sentence_of_ten_seconds_without_a_pause_is_no_noise():
    random = np.random.default_rng(2)
    call = at_level(white(8000, 14, random), -40)
    call[16_000:96_000] += spoken(8000, 10, random)
    assert [edge.speaking for edge in voice_edges(call, 8000)] == [True, False]


def test_a_weak_syllable_before_a_closed_consonant_belongs_to_the_word():
    call = np.zeros(24_000, np.float32)
    call[8000:8140] = 0.01 * np.sin(np.arange(140))
    call[8800:16_000] = spoken(8000, 0.9, np.random.default_rng(1))
    assert voice_edges(call, 8000)[0].at == pytest.approx(8000, abs=80)


def test_what_is_settled_changes_no_more():
    random = np.random.default_rng(6)
    call, _ = talk(8000, recorded(8000, random)[:5], random)
    noisy, voice, settled = call + at_level(white(8000, len(call) / 8000, random), -32), Voice(8000), 0
    for at in range(0, len(noisy), 800):
        assert all(edge.at >= settled for edge in voice.feed(noisy[at : at + 800]))
        assert voice.settled >= settled
        settled = voice.settled


def test_after_digital_silence_a_voice_is_found_as_after_none():
    word = spoken(8000, 1, np.random.default_rng(1))
    found = [
        voice_edges(np.concatenate((np.zeros(silent), word, np.zeros(8000))), 8000, 800) for silent in (8000, 80_000)
    ]
    first, second = ([edge.at for edge in edges] for edges in found)
    assert [at + 72_000 for at in first] == second
