"""What is done about echo goes by the setting and the name of the speakers."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.phone.settings import PhoneSettings
from bridge.phone.unecho import Unecho, is_headset
from tests.phone.test_sound import tone


@pytest.mark.parametrize("name", ["USB Headset: Audio", "Anna's AirPods Pro", "Headphones (Realtek)", "headset"])
def test_a_headset_is_known_by_its_name(name: str):
    assert is_headset(name, PhoneSettings())
    assert not is_headset(name, PhoneSettings(headset="off"))


@pytest.mark.parametrize("name", ["default", "Built-in Speakers", "pulse", ""])
def test_speakers_are_no_headset_unless_told_so(name: str):
    assert not is_headset(name, PhoneSettings())
    assert is_headset(name, PhoneSettings(headset="on"))


def test_with_a_headset_nothing_is_done_to_the_voice():
    unecho = Unecho(48000, 48000, "USB headset", PhoneSettings())
    voice = tone(0.01, 48000)
    unecho.far(voice)
    assert unecho.near(voice) is voice
    assert (unecho.how, unecho.headset) == ("off", True)
    assert "With USB headset there is no echo" in unecho.because


def test_without_a_canceller_it_is_ducked_and_says_how_to_have_better(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bridge.audio.echo._PACKAGE", "no_such_package")
    unecho = Unecho(48000, 44100, "speakers", PhoneSettings())
    assert unecho.how == "ducked"
    assert "turned down while the far end speaks" in unecho.because
    assert "offhook[aec]" in unecho.because
    for block in [np.zeros(441, np.float32)] * 50 + [tone(0.01, 44100)] * 30:
        unecho.far(block)
        near = unecho.near(tone(0.01, 48000))
    assert np.abs(near).max() < 0.05
