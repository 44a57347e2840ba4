"""`offhook listen`: hear a stream."""

from __future__ import annotations

import click

from bridge.cli.options import Client, client_options, json_option, stream_option


@click.command("listen", short_help="Hear both legs of a stream.")
@stream_option
@json_option
@client_options
def command(stream_id: str, as_json: bool, client: Client) -> None:
    """Hear both legs of a stream through the speakers, until Ctrl-C or its end.

    On stereo speakers the caller is on the left, the far end on the right.
    """
    import asyncio

    from bridge.cli.at_phone import at_phone
    from bridge.cli.report import reporting

    with reporting(as_json, stream_id=stream_id) as report:
        asyncio.run(at_phone(client, stream_id, None, report))
