"""`offhook talk`: speak to the caller."""

from __future__ import annotations

from pathlib import Path

import click

from bridge.cli.options import Client, client_options, json_option, seize_option, stream_option, wav_option


@click.command("talk", short_help="Speak to a stream's caller, beside the agent.")
@stream_option
@wav_option
@seize_option
@json_option
@client_options
def command(stream_id: str, wav: Path | None, seize: bool, as_json: bool, client: Client) -> None:
    """Speak to the stream's caller, beside the agent if there is one.

    With the microphone, listening to both, until Ctrl-C; with --wav until the file is over.
    """
    from bridge.cli.stepping import step_in

    step_in(client, "talk", stream_id, wav, seize=seize, as_json=as_json)
