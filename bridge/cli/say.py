"""`offhook say`: text to speech."""

from __future__ import annotations

import click

from bridge.cli.options import Client, client_options, json_option, stream_option, timeout_option


@click.command("say")
@click.argument("text")
@stream_option
@click.option("--voice", metavar="VOICE", help="A voice of the speech command.  [`voice` of [say]; en]")
@click.option("--wait", is_flag=True, help="Return when the caller has heard it all, not when it has been sent.")
@timeout_option(None, "it is not done by then")
@json_option
@client_options
def command(
    text: str, stream_id: str, voice: str | None, wait: bool, timeout: float | None, as_json: bool, client: Client
) -> None:
    """Speak TEXT to the caller.

    It is spoken by espeak-ng, or by the command that [say] in offhook.toml names, and then played like a file: paced,
    stoppable with Ctrl-C, and with the stream's microphone, which one operator at a time may have.
    """
    from bridge.cli.playing import play_on_link
    from bridge.cli.report import reporting
    from bridge.cli.speech import speak
    from bridge.operator.home import read_toml

    with reporting(as_json, stream_id=stream_id) as report:
        recording = speak(text, voice, read_toml(client.config))
        play_on_link(client, stream_id, recording, report, name="The text", wait=wait, timeout=timeout)
