"""A recording on its way into a stream: taken hold of, sent in frames of 20 ms at the pace they play, let go of."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from bridge.audio.codec import encode
from bridge.audio.resample import resample
from bridge.audio.wav import Wav
from bridge.cli.connect import ask
from bridge.operator.client import LinkError, OperatorLink
from bridge.wire.formats import FRAME_MS, AudioFormat, parse_format
from bridge.wire.link import Audio, Changes, Checkpoint, Done, Leg, StreamView, Talk

_LONGEST_WAIT = 3600.0
"""Seconds; `--timeout` is what a user waits."""
_PROGRESS_EVERY = 10
"""Frames between two figures of the progress: five a second."""


async def play(link: OperatorLink, stream_id: str, recording: Wav, *, wait: bool) -> None:
    """Play a recording to the caller of a stream; with `wait`, until the caller has heard it.

    Raises RefusedError (somebody talks, the stream takes no audio), LinkError, and click.ClickException when the
    stream ends before the recording does.
    """
    taken = await ask(link, Talk(stream_id=stream_id))
    assert isinstance(taken, Done)
    assert taken.stream is not None
    end = asyncio.create_task(_stream_end(link, taken.stream.handle), name="end of the stream")
    try:
        seconds = await _send(link, taken.stream, recording, end)
        if wait:
            await link.request(Checkpoint(stream_id=stream_id, timeout=_LONGEST_WAIT))
        await ask(link, Talk(stream_id=stream_id, on=False))
    finally:
        end.cancel()
        await asyncio.gather(end, return_exceptions=True)
    click.echo(f"{'Played' if wait else 'Sent'} {seconds:.1f} s.")


async def _send(link: OperatorLink, stream: StreamView, recording: Wav, end: asyncio.Task[None]) -> float:
    """Send at the pace of an absolute clock, so that delays do not add up; returns the recording's seconds."""
    audio_format = parse_format(stream.content_type, stream.sample_rate)
    frames = list(_frames(recording, audio_format))
    total = len(frames) * FRAME_MS / 1000
    loop = asyncio.get_running_loop()
    start = loop.time()
    with _progress() as show:
        for number, payload in enumerate(frames):
            await asyncio.sleep(start + number * FRAME_MS / 1000 - loop.time())
            if end.done():
                end.result()
                raise click.ClickException(
                    f"The stream ended after {number * FRAME_MS / 1000:.1f} of {total:.1f} s were sent."
                )
            position = number * audio_format.rate * FRAME_MS // 1000
            await link.send_audio(Audio(Leg.OPERATOR, stream.handle, position, payload))
            if number % _PROGRESS_EVERY == 0:
                show(f"{number * FRAME_MS / 1000:.1f} of {total:.1f} s")
    return total


def _frames(recording: Wav, audio_format: AudioFormat) -> Iterator[bytes]:
    """The recording in the stream's format; the last frame is filled up with silence."""
    audio = encode(resample(recording.samples, recording.rate, audio_format.rate), audio_format)
    size = audio_format.frame_bytes
    audio += audio_format.silence * (-len(audio) % size // audio_format.sample_bytes)
    return (audio[at : at + size] for at in range(0, len(audio), size))


async def _stream_end(link: OperatorLink, handle: int) -> None:
    """Returns when the stream has ended, as the bridge tells those who hold its microphone. Raises LinkError."""
    async for push in link.pushes():
        if isinstance(push, Changes) and any(v.handle == handle and v.state == "ended" for v in push.streams):
            return
    raise LinkError("The link to the bridge was lost.")


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A line on standard error that is written over, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    try:
        yield lambda text: click.echo(f"\r{text}", err=True, nl=False)
    finally:
        click.echo("\r\033[K", err=True, nl=False)
