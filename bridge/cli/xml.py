"""`offhook xml`: the document that `/answer` returns, to look at or to put on a server of your own."""

from __future__ import annotations

from typing import Any

import click


@click.command("xml", short_help="Print the <Stream> document that /answer returns.")
@click.option("--public-url", metavar="URL", help="How Plivo reaches the bridge: your tunnel's https:// URL.")
@click.option("--bidirectional/--one-way", default=None, help="Whether audio may be sent back.  [bidirectional]")
@click.option("--audio-track", metavar="TRACK", help="inbound, outbound or both; two-way streams have inbound only.")
@click.option("--content-type", metavar="TYPE", help="audio/x-mulaw;rate=8000, audio/x-l16;rate=8000, 16000 or 24000.")
@click.option("--stream-timeout", metavar="SECONDS", type=int, help="Plivo stops the stream then.  [86400]")
@click.option("--keep-call-alive/--no-keep-call-alive", default=None, help="Whether later elements wait.  [they do]")
@click.option("--extra-header", "headers", metavar="NAME=VALUE", multiple=True, help="May be repeated.")
@click.option("--status-callback-url", metavar="URL", help="[PUBLIC-URL/status]")
@click.option("--status-callback-method", metavar="METHOD", help="GET or POST.  [POST]")
@click.option("--config", metavar="FILE", help="Settings file.  [env OFFHOOK_CONFIG; ./offhook.toml]")
def command(public_url: str | None, headers: tuple[str, ...], config: str | None, **attributes: Any) -> None:
    """Print the <Stream> document that /answer returns.

    It is made of the settings, changed by flags and checked against Plivo's limits. Warnings, of what Plivo may not
    take, go to standard error.
    """
    from msgspec.structs import replace

    from bridge.operator.home import SettingsError
    from bridge.server.settings import load, stream_document
    from bridge.wire.document import document_warnings, write_document

    given = {name: value for name, value in attributes.items() if value is not None}
    if headers:
        given["extra_headers"] = dict(_header(header) for header in headers)
    try:
        settings = load({"public_url": public_url} if public_url else {}, config)
        settings = replace(settings, stream={**settings.stream, **given})
        element = stream_document(settings, settings.public_url or f"http://{settings.listen}")
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    if not settings.public_url:
        click.echo("Plivo cannot reach this address: say how it reaches the bridge with --public-url.", err=True)
    for warning in document_warnings(element):
        click.echo(warning, err=True)
    click.echo(write_document(element))


def _header(given: str) -> tuple[str, str]:
    name, _, value = given.partition("=")
    return name, value
