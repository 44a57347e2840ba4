"""`offhook record`: keep what is said on a stream."""

from __future__ import annotations

import click

from bridge.cli.options import Client, client_options, json_option, stream_option


@click.command("record", short_help="Record both legs of a stream, or stop.")
@stream_option
@click.option("--stop", is_flag=True, help="End the recording that is being made.")
@json_option
@client_options
def command(stream_id: str, stop: bool, as_json: bool, client: Client) -> None:
    """Record a stream, both legs, from now on until it ends or `--stop`.

    The bridge keeps the recording on its machine: a stereo WAV file, caller left, far end right, and a JSON file
    with the stream's events, checkpoints and turns. `offhook recordings` lists and fetches them.
    """
    from bridge.cli.telling import tell_bridge
    from bridge.operator.ask import PATIENCE
    from bridge.wire.link.requests import Record

    tell_bridge(client, Record(stream_id=stream_id, on=not stop), PATIENCE, as_json=as_json)
