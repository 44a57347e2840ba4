"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

stream_option = click.option(
    "--stream",
    "stream_id",
    metavar="ID",
    required=True,
    help="The stream: its StreamID, the beginning of it, or its CallUUID.",
)

wav_option = click.option(
    "--wav",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A WAV file in place of the microphone.",
)

seize_option = click.option("--seize", is_flag=True, help="Take the microphone from whoever has it.")

json_option = click.option("--json", "as_json", is_flag=True, help="JSON, for programs.")


def timeout_option(default: float | None, what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--timeout SECONDS`: give up, with exit code 1, when `what` has not happened by then."""
    return click.option(
        "--timeout",
        metavar="SECONDS",
        type=click.FloatRange(min=0, min_open=True),
        default=default,
        help=f"Give up when {what}.  [{'never' if default is None else f'{default:g}'}]",
    )


@dataclass(frozen=True, slots=True)
class Client:
    """Which bridge a command is for, as far as its flags say."""

    control: str | None
    token: str | None
    data: str | None
    config: str | None


def client_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the flags that choose a bridge; the command gets them as `client`."""

    @wraps(command)
    def with_client(
        control: str | None, token: str | None, data: str | None, config: str | None, **others: Any
    ) -> None:
        command(client=Client(control, token, data, config), **others)

    for option in reversed(
        (
            click.option("--control", metavar="URL", help="The bridge's operators' port.  [env OFFHOOK_CONTROL]"),
            click.option("--token", metavar="TOKEN", help="What that bridge wants to be shown.  [env OFFHOOK_TOKEN]"),
            click.option("--data", metavar="DIR", help="Else: data folder of a bridge here.  [env OFFHOOK_DATA]"),
            click.option("--config", metavar="FILE", help="Settings file.  [env OFFHOOK_CONFIG; ./offhook.toml]"),
        )
    ):
        option(with_client)
    return with_client
