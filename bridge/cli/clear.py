"""`offhook clear`: drop what Plivo has queued."""

from __future__ import annotations

import click

from bridge.cli.options import Client, client_options, json_option, stream_option, timeout_option


@click.command("clear")
@stream_option
@timeout_option(5.0, "Plivo has not acknowledged by then")
@json_option
@client_options
def command(stream_id: str, timeout: float, as_json: bool, client: Client) -> None:
    """Drop the audio that Plivo has queued for the caller.

    Returns when Plivo acknowledged it (`clearedAudio`). Checkpoints that were waiting are dropped, too.
    """
    from bridge.cli.telling import tell_bridge
    from bridge.operator.ask import PATIENCE
    from bridge.wire.link.requests import Clear

    tell_bridge(client, Clear(stream_id=stream_id, timeout=timeout), timeout + PATIENCE, as_json=as_json)
