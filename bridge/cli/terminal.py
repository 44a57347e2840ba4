"""`offhook` alone: the terminal UI on this machine's bridge, which is started when none runs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from bridge.cli.background import start
from bridge.cli.connect import check_link, told
from bridge.cli.options import Client
from bridge.cli.place import Place, find_place
from bridge.cli.tables import table
from bridge.operator.client import Address, LinkError
from bridge.operator.home import beside_toml, read_toml
from bridge.phone.settings import PhoneSettings, phone_settings


def open_terminal(data: str | None, config: str | None, *, agent: str | None, keep: bool) -> int:
    """Show this machine's bridge (or the one that the environment or the settings name) until the user leaves.

    `agent` is the voice bot of a bridge that is started. Returns the exit code. Raises click.ClickException with a
    sentence.
    """
    require_terminal()
    with told():
        place = find_place(Client(control=None, token=None, data=data, config=config))
        tables = Tables.read(config)
        running = _running(place)
        if running and agent:
            raise click.ClickException(
                "A bridge runs already, which goes by its own settings: end it, or leave --agent."
            )
        return show(running or _started(place, config, agent), place.data, tables, keep=keep)


def attach(client: Client) -> int:
    """Show the bridge that these flags name until the user leaves, and leave it running.

    Returns and raises as `open_terminal` does.
    """
    require_terminal()
    with told():
        place = find_place(client)
        return show(place.address(), place.data, Tables.read(client.config), keep=True)


def require_terminal() -> None:
    """Raises click.ClickException when the terminal UI could not be seen or typed at."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.ClickException("The terminal UI needs a terminal. For scripts there are commands: offhook --help.")


@dataclass(frozen=True, slots=True)
class Tables:
    """What `offhook.toml` says to the terminal UI."""

    phone: PhoneSettings
    sounds: Mapping[str, Path]

    @classmethod
    def read(cls, config: str | None) -> Tables:
        """The tables of a settings file (`config`, or the usual places). Raises SettingsError.

        Paths of sounds are relative to the file that they are written in.
        """
        toml = read_toml(config)
        sounds = table(toml, "sounds", dict[str, str])
        return cls(phone_settings(toml), {name: beside_toml(path, config) for name, path in sounds.items()})


def show(address: Address, data: Path, tables: Tables, *, keep: bool = False) -> int:
    """Run the terminal UI, which logs into the data folder; returns its exit code. Raises LinkError."""
    from tui.app import run

    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return run(address, keep=keep, log_path=data / "terminal.log", phone=tables.phone, sounds=tables.sounds)


def _running(place: Place) -> Address | None:
    """The bridge that is there, None when it is this machine's and there is none."""
    if place.control:
        return place.address()
    try:
        address = place.address()
        asyncio.run(check_link(address))
    except LinkError:
        return None  # a bridge that was killed may have left its address behind
    return address


def _started(place: Place, config: str | None, agent: str | None) -> Address:
    arguments = ["bridge", "--started-by-offhook", "--json", "--data", str(place.data)]
    arguments += ["--config", config] if config else []
    arguments += ["--agent", agent] if agent else []
    start(arguments, place.data / "bridge.log", stdin=subprocess.DEVNULL)
    return place.address()
