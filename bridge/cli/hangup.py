"""`offhook hangup`: end a stream."""

from __future__ import annotations

import click

from bridge.cli.options import Client, client_options, json_option, stream_option, timeout_option


@click.command("hangup")
@stream_option
@timeout_option(10.0, "it has not ended by then")
@json_option
@client_options
def command(stream_id: str, timeout: float, as_json: bool, client: Client) -> None:
    """End a stream by closing its socket.

    That also ends the call, unless the answer's document goes on after a stream that keeps its call alive.
    """
    from bridge.cli.telling import tell_bridge
    from bridge.wire.link.requests import Hangup

    tell_bridge(client, Hangup(stream_id=stream_id), timeout, as_json=as_json)
