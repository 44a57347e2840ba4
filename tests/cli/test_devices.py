import json
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
    for_programs = await offhook("devices", "--json", "--config", str(settings), **sound_rig.environment)
    assert "The output device a headset was chosen and is not there" in for_programs.err
    assert not any(device["chosen"] for device in json.loads(for_programs.out))


async def test_programs_are_told_which_devices_there_are_and_which_are_chosen(
    offhook: Offhook, sound_rig: SoundRig, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('[phone]\noutput = "headset"\n')
    result = await offhook("devices", "--json", "--config", str(settings), **sound_rig.environment)
    assert (result.code, result.err) == (0, "")
    devices = json.loads(result.out)
    assert {device["kind"] for device in devices if device["default"]} == {"input", "output"}
    assert [(device["kind"], device["name"]) for device in devices if device["chosen"]] == [("output", "headset")]
    assert set(devices[0]) == {"name", "kind", "default", "chosen", "channels", "rate", "latency_ms"}


async def test_programs_are_told_what_came_of_the_trial(offhook: Offhook, sound_rig: SoundRig) -> None:
    result = await offhook("devices", "--test", "--json", **sound_rig.environment)
    assert result.code == 1
    assert result.err.startswith("Speak now")
    told = json.loads(result.out)
    assert (told["outcome"], told["text"]) == ("failed", " ".join(told["problems"]))
    assert (told["input"], told["output"], told["heard_dbfs"]) == ("default", "default", None)
