"""`offhook dtmf`: press digits."""

from __future__ import annotations

import click

from bridge.cli.options import Client, client_options, json_option, stream_option, timeout_option


@click.command("dtmf")
@click.argument("digits")
@stream_option
@timeout_option(5.0, "they have not been sent by then")
@json_option
@client_options
def command(digits: str, stream_id: str, timeout: float, as_json: bool, client: Client) -> None:
    """Send DIGITS (0-9 * # A-D) into the call, towards the caller."""
    from bridge.cli.telling import tell_bridge
    from bridge.wire.link.requests import Dtmf

    tell_bridge(client, Dtmf(stream_id=stream_id, digits=digits), timeout, as_json=as_json, digits=digits)
