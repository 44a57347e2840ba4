"""`offhook attach`: the terminal UI on a bridge somewhere else."""

from __future__ import annotations

import sys

import click


@click.command("attach")
@click.argument("url")
@click.option("--token", metavar="TOKEN", help="What the bridge wants to be shown.  [env OFFHOOK_TOKEN]")
@click.option("--data", metavar="DIR", help="Data folder: for the log, and a token.  [env OFFHOOK_DATA]")
@click.option("--config", metavar="FILE", help="Settings file.  [env OFFHOOK_CONFIG; ./offhook.toml]")
def command(url: str, token: str | None, data: str | None, config: str | None) -> None:
    """Show the terminal UI on a bridge somewhere else.

    URL is where that bridge takes operators: ws://HOST:PORT, or wss://… behind a proxy.

    Sound is this machine's: calls are heard and spoken to from here. The bridge keeps running when you leave.
    """
    from bridge.cli.options import Client
    from bridge.cli.terminal import attach

    sys.exit(attach(Client(url, token, data, config)))
