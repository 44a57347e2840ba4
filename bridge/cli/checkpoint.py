"""`offhook checkpoint`: wait until everything queued has been played."""

from __future__ import annotations

import click

from bridge.cli.options import Client, client_options, json_option, stream_option, timeout_option


@click.command("checkpoint")
@click.argument("name")
@stream_option
@timeout_option(60.0, "it has not been played by then")
@json_option
@client_options
def command(name: str, stream_id: str, timeout: float, as_json: bool, client: Client) -> None:
    """Set the checkpoint NAME and wait until it was played.

    It is set behind the audio that Plivo has queued; when it was played (`playedStream`), the caller has heard
    everything before it. A checkpoint that is cleared before fails.
    """
    from bridge.cli.telling import tell_bridge
    from bridge.operator.ask import PATIENCE
    from bridge.wire.link.requests import Checkpoint

    request = Checkpoint(stream_id=stream_id, name=name, timeout=timeout)
    tell_bridge(client, request, timeout + PATIENCE, as_json=as_json, name=name)
