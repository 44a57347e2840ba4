"""A recording played for a command."""

from __future__ import annotations

import asyncio

import click

from bridge.audio.wav import Wav
from bridge.cli.connect import run_on_link
from bridge.cli.options import Client
from bridge.cli.report import Report
from bridge.operator.client import OperatorLink
from bridge.phone.recording import RecordingError, play, stepped_in
from bridge.wire.link.requests import StepIn


def play_on_link(
    client: Client, stream_id: str, recording: Wav, report: Report, *, name: str, wait: bool, timeout: float | None
) -> None:
    """Play a recording and report how long it was; `name` is what a sentence calls it.

    Raises click.ClickException, also when it is not done within `timeout` seconds.
    """

    def progress(sent: float, total: float) -> None:
        report.live(f"{sent:.1f} of {total:.1f} s")

    async def work(link: OperatorLink) -> None:
        try:
            async with asyncio.timeout(timeout), stepped_in(link, StepIn(stream_id=stream_id)) as done:
                assert done.stream is not None
                report.know(stream_id=done.stream.stream_id)
                seconds = await play(link, done.stream, recording, progress, wait=wait)
        except TimeoutError as error:
            raise click.ClickException(f"{name} was not played to its end within {timeout:g} s.") from error
        except RecordingError as error:
            raise click.ClickException(str(error)) from error
        report.outcome("done", f"{'Played' if wait else 'Sent'} {seconds:.1f} s.", seconds=round(seconds, 1))

    run_on_link(client, work)
