"""Which bridge a command is for: chosen by its flags, else the environment, else `offhook.toml`.

Each of these may name an operators' port (a bridge anywhere) or a data folder (the bridge that runs there).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct

from bridge.cli.options import Client
from bridge.cli.tables import table
from bridge.operator.client import Address, LinkError
from bridge.operator.home import TOKEN_FILE, data_folder, local_address, read_toml


class _ClientTable(Struct, forbid_unknown_fields=True):
    """`[client]` in `offhook.toml`."""

    control: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bridge is; `control` and `token` are empty where they are to be found in the data folder."""

    control: str
    token: str
    data: Path

    def address(self) -> Address:
        """Where to connect to. Raises LinkError when no bridge runs in the data folder, or no token is known."""
        if self.control:
            return Address(self.control, self.token or self._token_in_data())
        local = local_address(self.data)
        return Address(local.url, self.token or local.token)

    def _token_in_data(self) -> str:
        try:
            return (self.data / TOKEN_FILE).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise LinkError(
                f"The bridge at {self.control} wants a token: give it with --token or OFFHOOK_TOKEN. It is in the "
                f"file `{TOKEN_FILE}` of that bridge's data folder."
            ) from error


def find_place(client: Client) -> Place:
    """The place that a command's flags, the environment or the settings file name. Raises SettingsError."""
    toml = read_toml(client.config)
    named = table(toml, "client", _ClientTable)
    token = client.token or os.environ.get("OFFHOOK_TOKEN") or named.token
    return Place(_control(client, named), token, data_folder(client.data, toml, client.config))


def _control(client: Client, named: _ClientTable) -> str:
    """A data folder that was named hides an operators' port that was named with less weight."""
    if client.control or client.data:
        return client.control or ""
    if os.environ.get("OFFHOOK_CONTROL") or os.environ.get("OFFHOOK_DATA"):
        return os.environ.get("OFFHOOK_CONTROL", "")
    return named.control
