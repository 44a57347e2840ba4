"""Echo: cancelled where the extra is installed, ducked where it is not."""

import os

import numpy as np
import pytest

from bridge.audio.ducking import DUCKED_DB, Ducking
from bridge.audio.echo import EchoCanceller, why_not
from tests.audio.figures import echo_loss_db, near_loss_db, without_echo
from tests.audio.synthetic import at_level, levels, power, speech, tone, white

needs_canceller = pytest.mark.skipif(
    bool(why_not()) and not os.environ.get("OFFHOOK_REQUIRE_SOUND"), reason="the extra [aec] is not installed"
)


@needs_canceller
@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_echo_is_25_db_weaker_after_1_s_and_30_after_5(rate: int):
    early, late = echo_loss_db(rate)
    assert early >= 25
    assert late >= 30


@needs_canceller
@pytest.mark.parametrize("rate", [16000, 48000])
def test_who_speaks_at_the_same_time_loses_6_db_at_most(rate: int):
    assert near_loss_db(rate) <= 6


@needs_canceller
def test_noise_is_suppressed_as_well_if_wanted():
    noise = at_level(white(16000, 4, np.random.default_rng(2)), -45)
    far = np.zeros(len(noise), np.float32)
    plain = without_echo(EchoCanceller(16000), far, noise, 16000)
    suppressed = without_echo(EchoCanceller(16000, suppress_noise=True), far, noise, 16000)
    assert 10 * np.log10(power(plain[32000:]) / power(suppressed[32000:])) > 8


@needs_canceller
def test_blocks_of_any_length_come_out_whole():
    canceller, samples = EchoCanceller(16000), tone(300, 16000, 1, 0.1)
    heard = [canceller.near(samples[at : at + 137]) for at in range(0, len(samples), 137)]
    assert len(np.concatenate(heard)) == len(samples) // 160 * 160


def test_why_there_is_no_canceller_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bridge.audio.echo._PACKAGE", "no_such_package")
    assert "offhook[aec]" in why_not()
    with pytest.raises(ModuleNotFoundError):
        EchoCanceller(16000)


def test_ducking_turns_the_microphone_down_while_the_far_end_speaks_and_150_ms_longer():
    rate = 8000
    far = np.zeros(3 * rate, np.float32)
    far[rate : 2 * rate] = tone(300, rate, 1, 0.2)
    near = tone(1000, rate, 3, 0.2)
    heard = without_echo(Ducking(rate), far, near, rate)
    change = levels(heard, rate) - levels(near, rate)
    assert np.abs(change[:100]).max() == 0
    assert change[106:214] == pytest.approx(DUCKED_DB, abs=0.1)
    assert change[218:] == pytest.approx(0, abs=0.1)
    assert np.abs(np.diff(heard)).max() < 1.1 * np.abs(np.diff(near)).max()


def test_ducking_stays_between_words():
    rate = 8000
    far = speech(rate, 3, first=0)
    ducking, down = Ducking(rate), []
    for at in range(0, len(far), rate // 100):
        ducking.far(far[at : at + rate // 100])
        down.append(ducking.ducked)
    assert np.mean(down[10:]) > 0.75
