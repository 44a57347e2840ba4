"""Stepping into a call from a script: with a recording, or at the phone with microphone and speakers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from bridge.audio.wav import Wav
from bridge.cli.at_phone import at_phone
from bridge.cli.ending import ending
from bridge.cli.mode_words import began
from bridge.cli.options import Client
from bridge.cli.place import find_place
from bridge.cli.report import Report, reporting
from bridge.operator.client import Address, OperatorLink, user_name
from bridge.phone.recording import RecordingError, play, read_recording, stepped_in
from bridge.wire.link.requests import StepIn
from bridge.wire.modes import SteppedIn


def step_in(client: Client, mode: SteppedIn, stream_id: str, wav: Path | None, *, seize: bool, as_json: bool) -> None:
    """Whisper, talk or take over until the recording is over, the stream ends, or Ctrl-C.

    Raises click.ClickException with a sentence.
    """
    with reporting(as_json, stream_id=stream_id) as report:
        if wav is None:
            asyncio.run(at_phone(client, stream_id, mode, report, seize=seize))
            return
        request = StepIn(stream_id=stream_id, mode=mode, seize=seize)
        try:
            recording = read_recording(wav)
            asyncio.run(_with_recording(find_place(client).address(), request, mode, recording, report))
        except RecordingError as error:
            raise click.ClickException(str(error)) from error


async def _with_recording(address: Address, request: StepIn, mode: SteppedIn, recording: Wav, report: Report) -> None:
    stream_id = request.stream_id
    try:
        async with OperatorLink(address, user_name()) as link, stepped_in(link, request) as done:
            stream = done.stream
            assert stream is not None
            stream_id = stream.stream_id
            took_ms = round(done.took_ms, 1) if mode == "takeover" and done.took_ms is not None else None
            report.know(stream_id=stream_id, mode=mode, taken_over_ms=took_ms)
            report.change(began(stream_id, mode, took_ms), on_air=True)

            def progress(sent: float, total: float) -> None:
                report.live(f"{sent:.1f} of {total:.1f} s")

            # The agent of a call that was taken over is to be heard again only when the caller heard all of it.
            seconds = await play(link, stream, recording, progress, wait=mode == "takeover")
    except asyncio.CancelledError:
        report.outcome("stopped", f"{await ending(address, stream_id, mode)}.")
        raise
    text = f"Played {seconds:.1f} s. {await ending(address, stream_id, mode)}."
    report.outcome("done", text, seconds=round(seconds, 1))
