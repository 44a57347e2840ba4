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
