"""`offhook takeover`: speak to the caller in place of the agent."""

from __future__ import annotations

from pathlib import Path

import click

from bridge.cli.options import Client, client_options, json_option, seize_option, stream_option, wav_option


@click.command("takeover", short_help="Speak to a stream's caller in place of the agent.")
@stream_option
@wav_option
@seize_option
@json_option
@client_options
def command(stream_id: str, wav: Path | None, seize: bool, as_json: bool, client: Client) -> None:
    """Speak to the stream's caller in place of the agent, and hand back at the end.

    With the microphone until Ctrl-C; with --wav until the caller has heard the file. The agent notices nothing: what
    it says meanwhile is played to nobody, in the same time.
    """
    from bridge.cli.stepping import step_in

    step_in(client, "takeover", stream_id, wav, seize=seize, as_json=as_json)
