"""Where offhook lives on this machine: its data folder, its settings file, and the bridge that runs here.

The bridge writes `bridge.json` into the data folder when it is ready and removes it at its end; `token` beside it
is what operators must show. Precedence everywhere: the command's flag, the environment, `offhook.toml`.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import platformdirs
from msgspec import Struct

from bridge.operator.client import Address, LinkError

BRIDGE_FILE = "bridge.json"
TOKEN_FILE = "token"  # noqa: S105 - a file's name
READ_TOKEN_FILE = "token.read-only"  # noqa: S105


class SettingsError(Exception):
    """A settings file that cannot be used; the message is a sentence for the user."""


class RunningBridge(Struct, kw_only=True):
    """What `bridge.json` says of the bridge that runs on this machine."""

    control: str
    """Where it takes operators: `ws://127.0.0.1:PORT`."""
    public: str
    """Where it takes the carrier: `http://HOST:PORT`."""
    pid: int


def data_folder(given: str | Path | None, settings: dict[str, Any], config: str | Path | None) -> Path:
    """The folder of the journal, the token and the log: `given` (a flag), `OFFHOOK_DATA`, `data` of the settings (of
    the file `config`, or of the usual places), or this user's folder for application data. It need not exist.
    """
    if chosen := given or os.environ.get("OFFHOOK_DATA"):
        return Path(chosen).expanduser().absolute()
    if named := settings.get("data"):
        return beside_toml(named, config).absolute()
    return platformdirs.user_data_path("offhook")


def find_toml(given: str | Path | None = None) -> Path | None:
    """The settings file: `given` (a flag), `OFFHOOK_CONFIG`, `./offhook.toml`, the user's own; None where none is."""
    if asked_for := given or os.environ.get("OFFHOOK_CONFIG"):
        return Path(asked_for).expanduser()
    places = (Path("offhook.toml"), platformdirs.user_config_path("offhook") / "offhook.toml")
    return next((place for place in places if place.is_file()), None)


def beside_toml(path: str, given: str | Path | None = None) -> Path:
    """A path that the settings file (`find_toml`) names: relative to its folder, `~` is the user's home."""
    return (find_toml(given) or Path()).parent / Path(path).expanduser()


def read_toml(given: str | Path | None = None) -> dict[str, Any]:
    """What the settings file (`find_toml`) says; {} where none is.

    Raises SettingsError when the file that was asked for is not there, or a file is not TOML.
    """
    path = find_toml(given)
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise SettingsError(f"The settings file {path} is not TOML: {error}.") from error


def local_address(data: Path) -> Address:
    """Where the bridge of this data folder takes operators, with its token.

    Raises LinkError when none runs there. A bridge that was killed leaves its file: the connection will tell.
    """
    try:
        running = msgspec.json.decode((data / BRIDGE_FILE).read_bytes(), type=RunningBridge)
        token = (data / TOKEN_FILE).read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise LinkError(
            "No bridge runs here: start one with `offhook bridge`, or `offhook` for the terminal UI."
        ) from error
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise LinkError(f"The bridge's files in {data} cannot be read: {error}.") from error
    return Address(running.control, token)
