from pathlib import Path

import pytest

from bridge.cli.options import Client
from bridge.cli.place import find_place
from bridge.operator.client import LinkError
from bridge.operator.home import SettingsError
from bridge.server.settings import load

TOML = """
data = "/from/toml"
[client]
control = "ws://toml"
token = "toml-token"
"""


@pytest.fixture(autouse=True)
def _nothing_else_says_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONTROL", "TOKEN", "DATA", "CONFIG"):
        monkeypatch.delenv(f"OFFHOOK_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)


def flags(
    control: str | None = None, token: str | None = None, data: str | None = None, config: str | None = None
) -> Client:
    return Client(control, token, data, config)


def test_a_flag_goes_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "offhook.toml").write_text(TOML)
    place = find_place(flags())
    assert (place.control, place.token, place.data) == ("ws://toml", "toml-token", Path("/from/toml"))
    monkeypatch.setenv("OFFHOOK_CONTROL", "ws://environment")
    monkeypatch.setenv("OFFHOOK_TOKEN", "environment-token")
    monkeypatch.setenv("OFFHOOK_DATA", "/from/environment")
    place = find_place(flags())
    assert (place.control, place.token, place.data) == (
        "ws://environment",
        "environment-token",
        Path("/from/environment"),
    )
    place = find_place(flags("ws://flag", "flag-token", "/from/flag"))
    assert (place.control, place.token, place.data) == ("ws://flag", "flag-token", Path("/from/flag"))


def test_a_data_folder_hides_a_port_that_was_named_with_less_weight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "offhook.toml").write_text(TOML)
    monkeypatch.setenv("OFFHOOK_DATA", "/from/environment")
    assert find_place(flags()).control == ""
    monkeypatch.setenv("OFFHOOK_CONTROL", "ws://environment")
    assert find_place(flags()).control == "ws://environment"
    assert find_place(flags(data="/from/flag")).control == ""


@pytest.mark.parametrize("where", ["flag", "environment", "here", "user"])
def test_the_settings_file_is_found(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = {"here": tmp_path, "user": tmp_path / "config" / "offhook"}
    path = folders.get(where, tmp_path / "elsewhere") / "offhook.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TOML)
    if where == "environment":
        monkeypatch.setenv("OFFHOOK_CONFIG", str(path))
    assert find_place(flags(config=str(path) if where == "flag" else None)).control == "ws://toml"


def test_a_data_folder_lies_beside_the_settings_file_wherever_one_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("elsewhere", "start"):
        (tmp_path / name).mkdir()
    (tmp_path / "elsewhere" / "offhook.toml").write_text('data = "data"\n')
    for folder, config in ((tmp_path / "start", "../elsewhere/offhook.toml"), (tmp_path / "elsewhere", None)):
        monkeypatch.chdir(folder)
        place = find_place(flags(config=config))
        assert place.data.is_absolute()
        assert place.data.resolve() == tmp_path / "elsewhere" / "data"
        assert load({}, config).data == place.data


def test_a_data_folder_of_a_flag_or_the_environment_lies_where_one_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "offhook.toml").write_text('data = "from-file"\n')
    (tmp_path / "start").mkdir()
    monkeypatch.chdir(tmp_path / "start")
    config = str(tmp_path / "offhook.toml")
    assert find_place(flags(data="from-flag", config=config)).data == tmp_path / "start" / "from-flag"
    monkeypatch.setenv("OFFHOOK_DATA", "from-environment")
    assert find_place(flags(config=config)).data == tmp_path / "start" / "from-environment"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("client = 5", r"\[client\] in the settings is wrong"),
        ("[client]\nkontrol = 'x'", r"\[client\] in the settings is wrong.*kontrol"),
        ("[client]\ntoken = 5", r"\[client\] in the settings is wrong"),
        ("nonsense", "is not TOML"),
    ],
)
def test_a_wrong_settings_file_is_told(content: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "offhook.toml").write_text(content)
    with pytest.raises(SettingsError, match=sentence):
        find_place(flags())


def test_a_settings_file_that_was_asked_for_must_be_there() -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        find_place(flags(config="missing.toml"))


def test_the_local_bridge_is_found_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "bridge.json").write_text('{"control": "ws://127.0.0.1:1", "public": "http://127.0.0.1:2", "pid": 3}')
    (tmp_path / "token").write_text("secret\n")
    address = find_place(flags(data=str(tmp_path))).address()
    assert (address.url, address.token) == ("ws://127.0.0.1:1", "secret")
    assert find_place(flags(data=str(tmp_path), token="other")).address().token == "other"


def test_a_port_without_a_token_uses_that_of_the_data_folder(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match="wants a token: give it with --token or OFFHOOK_TOKEN"):
        find_place(flags("ws://a", data=str(tmp_path))).address()
    (tmp_path / "token").write_text("secret\n")
    assert find_place(flags("ws://a", data=str(tmp_path))).address().token == "secret"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"control": 5}', "\xff"])
def test_broken_files_of_a_bridge_are_told(content: str, tmp_path: Path) -> None:
    (tmp_path / "bridge.json").write_text(content, encoding="latin-1")
    (tmp_path / "token").write_text("secret\n")
    with pytest.raises(LinkError, match="cannot be read"):
        find_place(flags(data=str(tmp_path))).address()
