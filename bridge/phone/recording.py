"""A recording on its way into a stream: the microphone is taken, frames of 20 ms go out in time, it is let go of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bridge.audio.codec import encode
from bridge.audio.resample import resample
from bridge.audio.wav import Wav, WavError, read_wav
from bridge.operator.ask import ask
from bridge.operator.client import LinkError, OperatorLink
from bridge.wire.formats import FRAME_MS, AudioFormat, UnknownFormatError, parse_format
from bridge.wire.link.answers import Changes, Done
from bridge.wire.link.audio import Audio, Leg
from bridge.wire.link.requests import Checkpoint, StepIn, StepOut
from bridge.wire.views import StreamView

_FRAME_S = FRAME_MS / 1000
_AHEAD_S = 0.1
"""Sent this much before it plays, so that a busy moment of this process is not heard."""
_STEP_SECONDS = 10.0
"""A takeover is answered when Plivo has dropped what it had queued."""
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


@asynccontextmanager
async def stepped_in(link: OperatorLink, request: StepIn) -> AsyncIterator[Done]:
    """Hold the microphone of a stream in this block; what goes wrong in it lets go of it with the link.

    Raises RefusedError (another person has it, the stream takes no audio) and LinkError.
    """
    done = await ask(link, request, _STEP_SECONDS)
    assert isinstance(done, Done)
    yield done
    await ask(link, StepOut(stream_id=request.stream_id))


async def play(link: OperatorLink, stream: StreamView, recording: Wav, progress: Progress, *, wait: bool) -> float:
    """Play a recording into a stream that was stepped into, with `wait` until the caller has heard it.

    Returns its seconds. Cancelling stops it. Raises LinkError, RefusedError, and RecordingError when the stream ends
    or the microphone is taken away before the recording is over.
    """
    lost = asyncio.create_task(_why_it_is_over(link, stream), name="end of a recording")
    try:
        seconds = await _send(link, stream, recording, lost, progress)
        if wait:
            await link.request(Checkpoint(stream_id=stream.stream_id, timeout=_LONGEST_WAIT))
    finally:
        lost.cancel()
        await asyncio.gather(lost, return_exceptions=True)
    return seconds


async def _send(
    link: OperatorLink, stream: StreamView, recording: Wav, lost: asyncio.Task[str], progress: Progress
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
        if lost.done():
            raise RecordingError(f"{lost.result()} after {number * _FRAME_S:.1f} of {total:.1f} s were sent.")
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


async def _why_it_is_over(link: OperatorLink, stream: StreamView) -> str:
    """Returns when the stream has ended or is somebody else's. Raises LinkError."""
    async for push in link.pushes():
        if not isinstance(push, Changes):
            continue
        for view in push.streams:
            if view.handle != stream.handle:
                continue
            if view.state == "ended":
                return "The stream ended"
            if view.operator != stream.operator:
                return f"{view.operator} took the microphone" if view.operator else "The call was handed back"
    raise LinkError("The link to the bridge was lost.")
