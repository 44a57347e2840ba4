"""`offhook play`: say something from a file."""

from __future__ import annotations

from pathlib import Path

import click

from bridge.cli.options import Client, client_options, json_option, stream_option, timeout_option


@click.command("play")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@stream_option
@click.option("--wait", is_flag=True, help="Return when the caller has heard it all, not when it has been sent.")
@timeout_option(None, "it is not done by then")
@json_option
@client_options
def command(file: Path, stream_id: str, wait: bool, timeout: float | None, as_json: bool, client: Client) -> None:
    """Play FILE, a WAV file of any rate, to the caller.

    It is converted to the stream's format and sent at the pace it plays, so that it can be stopped: Ctrl-C. Like
    somebody who talks, it needs the stream's microphone, which one operator at a time may have.
    """
    from bridge.cli.playing import play_on_link
    from bridge.cli.report import reporting
    from bridge.phone.recording import RecordingError, read_recording

    with reporting(as_json, stream_id=stream_id) as report:
        try:
            recording = read_recording(file)
        except RecordingError as error:
            raise click.ClickException(str(error)) from error
        play_on_link(client, stream_id, recording, report, name=str(file), wait=wait, timeout=timeout)
