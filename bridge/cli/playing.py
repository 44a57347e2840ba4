"""A recording played for a command: with its progress on a terminal, and what went wrong as a sentence."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from bridge.audio.wav import Wav
from bridge.cli.connect import run_on_link
from bridge.cli.options import Client
from bridge.operator.client import OperatorLink
from bridge.phone.recording import Progress, RecordingError, play, stepped_in
from bridge.wire.link import StepIn


def play_on_link(
    client: Client, stream_id: str, recording: Wav, *, name: str, wait: bool, timeout: float | None
) -> None:
    """Play a recording and print how long it was; `name` is what a sentence calls it.

    Raises click.ClickException, also when it is not done within `timeout` seconds.
    """

    async def work(link: OperatorLink) -> None:
        try:
            async with asyncio.timeout(timeout):
                async with stepped_in(link, StepIn(stream_id=stream_id)) as done:
                    assert done.stream is not None
                    with _progress() as progress:
                        seconds = await play(link, done.stream, recording, progress, wait=wait)
        except TimeoutError as error:
            raise click.ClickException(f"{name} was not played to its end within {timeout:g} s.") from error
        except RecordingError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{'Played' if wait else 'Sent'} {seconds:.1f} s.")

    run_on_link(client, work)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A line on standard error that is written over, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda sent, total: None
        return
    try:
        yield lambda sent, total: click.echo(f"\r{sent:.1f} of {total:.1f} s", err=True, nl=False)
    finally:
        click.echo("\r\033[K", err=True, nl=False)
