from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridge.operator.home import SettingsError
from bridge.server.settings import checked, load, routes_of, split_address, stream_document
from bridge.wire.formats import MULAW_8K
from tests.cli.test_play import write_tone


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OFFHOOK_DATA", str(tmp_path / "data"))


def test_a_flag_goes_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "offhook.toml").write_text('listen = "127.0.0.1:1"\npublic_url = "https://file.example"\n')
    assert load({}).listen == "127.0.0.1:1"
    monkeypatch.setenv("OFFHOOK_LISTEN", "127.0.0.1:2")
    assert load({}).listen == "127.0.0.1:2"
    assert load({"listen": "127.0.0.1:3"}).listen == "127.0.0.1:3"
    assert load({}).public_url == "https://file.example"


def test_the_document_is_made_of_the_public_url_and_the_stream_table(tmp_path: Path) -> None:
    (tmp_path / "offhook.toml").write_text(
        'public_url = "https://voice.example/hook/"\n[stream]\ncontent_type = "audio/x-l16;rate=16000"\n'
        'extra_headers = {tenant = "7"}\n'
    )
    settings = load({})
    document = stream_document(settings, settings.public_url)
    assert document.url == "wss://voice.example/hook/stream"
    assert document.status_callback_url == "https://voice.example/hook/status"
    assert (document.content_type, document.extra_headers) == ("audio/x-l16;rate=16000", {"tenant": "7"})
    assert document.bidirectional


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"listen": "8080"}, "An address is HOST:PORT"),
        ({"control": "localhost:99999"}, "An address is HOST:PORT"),
        ({"public_url": "voice.example"}, "must begin with https://"),
        ({"stream": {"colour": "red"}}, "has no 'colour'"),
        ({"stream": {"content_type": "audio/mp3"}}, r"\[stream\] in the settings is wrong"),
        ({"stream": {"audio_track": "both"}}, r"\[stream\] in the settings is wrong"),
        ({"stream": "both"}, "A setting is wrong"),
        ({"route": [{"agent": []}]}, "names no agent"),
        ({"route": [{"agent": ["ws://a", "b"]}]}, "unlike 'b'"),
        ({"ring_sound": "nowhere.wav"}, "nowhere.wav, cannot be read: No such file or directory."),
    ],
)
def test_a_wrong_setting_is_said_in_a_sentence(tmp_path: Path, values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        checked({"data": tmp_path, **values})


def test_a_setting_that_there_is_none_of_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "offhook.toml").write_text('auth_tokn = "secret"\n')
    with pytest.raises(
        SettingsError, match="There is no setting 'auth_tokn'; there are agent, agent_hears, auth_token"
    ):
        load({})


def test_tables_for_terminals_are_no_concern_of_the_bridge(tmp_path: Path) -> None:
    tables = '[phone]\n[sounds]\nF2 = "a.wav"\n[say]\n[client]\n[stream]\n[[route]]\nagent = "ws://a"\n'
    (tmp_path / "offhook.toml").write_text(f"turns = 3\n{tables}")
    assert load({}).turns == 3


def test_a_sound_lies_beside_the_settings_file(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    write_tone(folder / "hold.wav", 0.1)
    (folder / "offhook.toml").write_text('ring_sound = "hold.wav"\n')
    settings = load({}, str(folder / "offhook.toml"))
    assert settings.ring_sound == str(folder / "hold.wav")
    assert len(routes_of(settings).ringing(MULAW_8K)) == 800


def test_an_ipv6_address_has_its_host_in_brackets() -> None:
    assert split_address("[::1]:80") == ("::1", 80)
