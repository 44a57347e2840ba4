from pathlib import Path

import pytest

from bridge.cli.terminal import Tables
from bridge.operator.home import SettingsError
from bridge.phone.settings import PhoneSettings
from tests.cli.conftest import Offhook
from tests.cli.test_terminal import on_screen

TOML = """
[phone]
input = "Headset"
profile = "smooth"
caller_volume_db = -3
[sounds]
F2 = "hello.wav"
music = "~/music.wav"
bell = "/usr/share/bell.wav"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "offhook.toml"


def test_the_terminal_ui_is_told_of_the_phone_and_the_sounds(config: Path) -> None:
    config.write_text(TOML)
    tables = Tables.read(str(config))
    assert tables.phone == PhoneSettings(input="Headset", profile="smooth", caller_volume_db=-3)
    assert tables.sounds == {
        "F2": config.parent / "hello.wav",
        "music": Path.home() / "music.wav",
        "bell": Path("/usr/share/bell.wav"),
    }


def test_without_tables_everything_is_as_it_comes(config: Path) -> None:
    config.touch()
    assert Tables.read(str(config)) == Tables(PhoneSettings(), {})


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("phone = 5", r"\[phone\] in the settings is wrong"),
        ("[phone]\nmicrophone = 'x'", r"\[phone\] in the settings is wrong.*microphone"),
        ("[phone]\ncaller_volume_db = 20", r"\[phone\] in the settings is wrong.*12.*caller_volume_db"),
        ("[phone]\nprofile = 'fast'", r"\[phone\] in the settings is wrong.*'fast'.*profile"),
        ("[sounds]\nF2 = 5", r"\[sounds\] in the settings is wrong"),
        ("sounds = 'hello.wav'", r"\[sounds\] in the settings is wrong"),
    ],
)
def test_a_wrong_table_is_told(config: Path, toml: str, sentence: str) -> None:
    config.write_text(toml)
    with pytest.raises(SettingsError, match=sentence):
        Tables.read(str(config))


async def test_it_is_told_before_a_bridge_is_started(offhook: Offhook) -> None:
    (offhook.folder / "offhook.toml").write_text("[phone]\nprofile = 'fast'")
    async with on_screen(offhook) as screen:
        await screen.shows(b"Error: [phone] in the settings is wrong: ")
        assert await screen.left() == 1
    assert not (offhook.folder / "data").exists()
