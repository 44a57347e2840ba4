"""`offhook recordings`: what was recorded, and getting it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from bridge.cli.options import Client, client_options, json_option

if TYPE_CHECKING:
    from bridge.operator.client import OperatorLink
    from bridge.wire.recordings import RecordingView, What

_HEADINGS = ("RECORDING", "STREAM", "FROM", "TO", "STARTED", "LENGTH", "FORMAT", "SIZE", "")
_FILES: tuple[What, ...] = ("wav", "json")


@click.command("recordings", short_help="List the recordings, or fetch one.")
@click.argument("name", required=False)
@click.option(
    "--to",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=".",
    help="Where NAME's files are put.  [the current folder]",
)
@json_option
@client_options
def command(name: str | None, folder: Path, as_json: bool, client: Client) -> None:
    """List the recordings on a bridge, oldest first; with NAME, fetch that one's files: NAME.wav and NAME.json.

    Files that are there already are not overwritten. With --json, the list is an array of objects, and what
    was fetched an outcome.
    """
    from bridge.cli.connect import run_on_link
    from bridge.cli.report import reporting

    if name is None:
        run_on_link(client, lambda link: _list(link, as_json))
        return
    paths = {what: folder / f"{name}.{what}" for what in _FILES}
    with reporting(as_json, recording=name) as report:
        run_on_link(client, lambda link: _fetch(link, name, paths))
        if as_json:
            report.outcome("done", f"Fetched {name}.", files=[str(path) for path in paths.values()])
        else:
            click.echo("\n".join(map(str, paths.values())))


async def _list(link: OperatorLink, as_json: bool) -> None:
    from bridge.cli.output import table
    from bridge.operator.recordings import recordings
    from bridge.wire.link.messages import encode

    views = await recordings(link)
    if as_json:
        click.echo(encode(views))
    elif views:
        click.echo("\n".join(table(_HEADINGS, [_row(view) for view in views])))
    else:
        click.echo("Nothing was recorded yet: `offhook record --stream ID` records a stream.", err=True)


def _row(view: RecordingView) -> tuple[str, ...]:
    seconds = round(view.seconds)
    return (
        view.name,
        view.stream_id or "-",
        view.from_ or "-",
        view.to or "-",
        f"{view.started_at.astimezone():%Y-%m-%d %H:%M:%S}" if view.started_at else "-",
        f"{seconds // 60:>3}:{seconds % 60:02}",
        view.format or "-",
        f"{view.bytes / 1e6:>6.1f} MB",
        "recording" if view.open else "",
    )


async def _fetch(link: OperatorLink, name: str, paths: dict[What, Path]) -> None:
    from bridge.operator.recordings import parts

    for what, path in paths.items():
        with _new_file(path) as file:
            async for part in parts(link, name, what):
                file.write(part.data)


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file for this user only, which is not left behind half full."""
    try:
        file = open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600))  # noqa: SIM115 - closed below
    except FileExistsError as error:
        raise click.ClickException(f"{path} is there already: it was left as it is.") from error
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from error
    try:
        with file:
            yield file
    except BaseException:
        path.unlink()
        raise
