"""A recording on its way into a stream: the microphone is taken, frames of 20 ms go out in time, it is let go of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from bridge.audio.codec import encode
from bridge.audio.resample import resample
from bridge.audio.wav import Wav, WavError, read_wav
from bridge.operator.ask import ask
from bridge.operator.client import LinkError, OperatorLink
from bridge.wire.formats import FRAME_MS, AudioFormat, UnknownFormatError, parse_format
from bridge.wire.link import Audio, Changes, Checkpoint, Done, Leg, StepIn, StepOut, StreamView

_FRAME_S = FRAME_MS / 1000
_AHEAD_S = 0.1
"""Sent this much before it plays, so that a busy moment of this process is not heard."""
_LONGEST_WAIT = 3600.0
"""Seconds for which a checkpoint may wait."""
_PROGRESS_EVERY = 10
"""Frames between two reports of the progress: five a second."""

Progress = Callable[[float, float], None]
"""Told how many seconds were sent, of how many."""


class RecordingError(Exception):
    """A recording that cannot be played, or not to its end; the message is a sentence for the user."""


def read_recording(path: Path) -> Wav:
    """Read a WAV file. Raises RecordingError with a sentence that names it."""
    try:
        return read_wav(path.read_bytes())
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror}.") from error
    except WavError as error:
        raise RecordingError(f"{path}: {error}") from error


async def play(link: OperatorLink, stream_id: str, recording: Wav, progress: Progress, *, wait: bool = False) -> float:
    """Play a recording to the caller of a stream, with `wait` until the caller has heard it; returns its seconds.

    Cancelling stops it; the microphone is free again when the link is closed. Raises RefusedError (somebody talks,
    the stream takes no audio), LinkError, and RecordingError when the stream ends before the recording does.
    """
    taken = await ask(link, StepIn(stream_id=stream_id))
    assert isinstance(taken, Done)
    assert taken.stream is not None
    end = asyncio.create_task(_stream_end(link, taken.stream.handle), name="end of the stream")
    try:
        seconds = await _send(link, taken.stream, recording, end, progress)
        if wait:
            await link.request(Checkpoint(stream_id=stream_id, timeout=_LONGEST_WAIT))
        await ask(link, StepOut(stream_id=stream_id))
    finally:
        end.cancel()
        await asyncio.gather(end, return_exceptions=True)
    return seconds


async def _send(
    link: OperatorLink, stream: StreamView, recording: Wav, end: asyncio.Task[None], progress: Progress
) -> float:
    """Send at the pace of an absolute clock, so that delays do not add up; returns the recording's seconds."""
    try:
        audio_format = parse_format(stream.content_type, stream.sample_rate)
    except UnknownFormatError as error:
        raise RecordingError(f"Nothing can be played to this stream: {error}") from error
    frames = await asyncio.to_thread(_frames, recording, audio_format)
    total = len(frames) * _FRAME_S
    loop = asyncio.get_running_loop()
    start = loop.time() - _AHEAD_S
    for number, payload in enumerate(frames):
        await asyncio.sleep(start + number * _FRAME_S - loop.time())
        if end.done():
            end.result()
            raise RecordingError(f"The stream ended after {number * _FRAME_S:.1f} of {total:.1f} s were sent.")
        position = number * audio_format.rate * FRAME_MS // 1000
        await link.send_audio(Audio(Leg.OPERATOR, stream.handle, position, payload))
        if number % _PROGRESS_EVERY == 0:
            progress(number * _FRAME_S, total)
    return total


def _frames(recording: Wav, audio_format: AudioFormat) -> list[bytes]:
    """The recording in the stream's format; the last frame is filled up with silence."""
    audio = encode(resample(recording.samples, recording.rate, audio_format.rate), audio_format)
    size = audio_format.frame_bytes
    audio += audio_format.silence * (-len(audio) % size // audio_format.sample_bytes)
    return [audio[at : at + size] for at in range(0, len(audio), size)]


async def _stream_end(link: OperatorLink, handle: int) -> None:
    """Returns when the stream has ended, as the bridge tells those who hold its microphone. Raises LinkError."""
    async for push in link.pushes():
        if isinstance(push, Changes) and any(v.handle == handle and v.state == "ended" for v in push.streams):
            return
    raise LinkError("The link to the bridge was lost.")
