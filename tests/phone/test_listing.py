"""`offhook devices` is answered in time and in words, whatever the sound system does."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.phone.listing import sound_devices
from tests.sound_rig import SoundRig


@pytest.fixture
def sounddevice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What stands in for sounddevice."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path / "sounddevice.py"


def test_devices_have_names_kinds_and_numbers(sound_rig: SoundRig):
    listing = sound_devices()
    assert listing.problem == ""
    defaults = [device for device in listing.devices if device.default]
    assert sorted(device.kind for device in defaults) == ["input", "output"]
    for device in listing.devices:
        assert device.name
        assert device.channels > 0
        assert device.rate >= 8000
        assert device.latency_ms >= 0


def test_a_sound_server_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, sound_rig: SoundRig):
    monkeypatch.setenv("PULSE_SERVER", "unix:/nowhere")
    listing = sound_devices()
    assert listing.devices == []
    assert "no sound device" in listing.problem


def test_without_portaudio_it_says_what_to_install(sounddevice: Path):
    sounddevice.write_text("raise OSError('PortAudio library not found')")
    assert "PortAudio is not installed: run `" in sound_devices().problem


def test_a_sound_server_that_hangs_costs_no_more_than_the_timeout(sounddevice: Path):
    sounddevice.write_text("import time; time.sleep(3600)")
    assert "does not answer" in sound_devices(timeout=1).problem


def test_a_sound_system_that_crashes_is_told(sounddevice: Path):
    sounddevice.write_text("import os; os.abort()")
    assert "crashes" in sound_devices().problem
