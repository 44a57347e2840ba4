from pathlib import Path

from tests.cli.conftest import Offhook
from tests.sound_rig import SoundRig


async def test_the_devices_of_a_sound_server_are_listed(offhook: Offhook, sound_rig: SoundRig) -> None:
    result = await offhook("devices", **sound_rig.environment)
    assert (result.code, result.err) == (0, "")
    heading, *rows = result.out.splitlines()
    assert heading.split() == ["KIND", "NAME", "CHANNELS", "RATE", "LATENCY"]
    defaults = [row.split()[1] for row in rows if row.startswith("*")]
    assert sorted(defaults) == ["microphone", "speaker"]


async def test_without_a_sound_device_it_says_what_to_do(offhook: Offhook) -> None:
    result = await offhook("devices", PULSE_SERVER="unix:/nonexistent", ALSA_CONFIG_PATH="/nonexistent")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("Error: ")
    assert result.err.count("\n") == 1


async def test_the_trial_hears_and_plays_and_says_what_is_wrong(offhook: Offhook, sound_rig: SoundRig) -> None:
    result = await offhook("devices", "--test", **sound_rig.environment)
    assert result.code == 1
    assert "Heard silence with default" in result.out
    assert "Played with default" in result.out
    assert "gives silence: switch it on" in result.err


async def test_a_chosen_device_that_is_not_there_is_told(offhook: Offhook, sound_rig: SoundRig, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('[phone]\noutput = "a headset"\n')
    result = await offhook("devices", "--config", str(settings), **sound_rig.environment)
    assert "The output device a headset was chosen and is not there" in result.out
