"""The folder of recordings: new ones begun, those that are there listed, read and handed out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from bridge.audio.wav_header import HEADER_BYTES, seconds_of
from bridge.server.recording_file import DiskWriter, RecordingFile
from bridge.streams.clock import Moment
from bridge.streams.recording.recorder import Recorder, RecordingError
from bridge.wire.formats import AudioFormat, UnknownFormatError, parse_format
from bridge.wire.link.answers import RecordingPart
from bridge.wire.link.requests import FetchRecording
from bridge.wire.notes import read_notes
from bridge.wire.recordings import NAME, PART_BYTES, RecordingView
from bridge.wire.turns import TurnsView
from bridge.wire.views import StreamView

MOST_LISTED = 1_000


class _Summary(Struct):
    """What a list needs of the notes."""

    began_at: datetime
    stream: StreamView


_read_summary = msgspec.json.Decoder(_Summary).decode


class Recordings:
    """Recordings in a folder, which is made for this user only when the first one begins.

    `views`, `part` and `turns` block for the disk: a loop calls them through `asyncio.to_thread`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer = DiskWriter()
        self._files: dict[str, RecordingFile] = {}

    def begin(
        self, view: StreamView, audio_format: AudioFormat, turns: Callable[[], TurnsView | None], now: Moment
    ) -> Recorder:
        """Record a live stream from now on; the recorder says how it is fed. `turns` is asked for them now and then.

        A disk that cannot be written is told by the recorder (RecordingError), at once by `begun`.
        """
        self._files = {name: file for name, file in self._files.items() if file.being_made}
        name = f"{now.utc:%Y%m%dT%H%M%S}.{now.utc.microsecond // 1000:03}Z-{_short(view.stream_id)}"
        file = RecordingFile(self._folder / name, audio_format.rate, self._writer)
        self._files[name] = file
        return Recorder(view, audio_format, turns, file, now)

    async def begun(self, name: str) -> None:
        """Wait until the files of a recording that was just begun are there. Raises RecordingError."""
        await asyncio.wrap_future(self._files[name].begun)

    async def kept(self, name: str) -> None:
        """Wait until a recording that was ended is whole on the disk. Raises RecordingError when it cannot be."""
        if name in self._files:
            await asyncio.wrap_future(self._files[name].kept)

    def views(self) -> list[RecordingView]:
        """The newest, oldest first."""
        return [self._view(name) for name in self._names()[-MOST_LISTED:]]

    def part(self, request: FetchRecording) -> RecordingPart:
        """A part of a recording's file. Raises RecordingError when there is no such recording."""
        path = self._path(request.name, request.what)
        try:
            with path.open("rb") as file:
                total = file.seek(0, 2)
                file.seek(request.offset)
                data = file.read(min(PART_BYTES, max(0, total - request.offset)))
        except FileNotFoundError as error:
            if path.with_suffix(".wav").exists():
                raise RecordingError(f"{path.name} is missing: there is only the recording's sound.") from error
            raise _unknown(request.name) from error
        except OSError as error:
            raise RecordingError(f"The recording {path.name} cannot be read: {error.strerror}.") from error
        return RecordingPart(id=request.id, name=request.name, offset=request.offset, data=data, total=total)

    def turns(self, stream_id: str) -> TurnsView | None:
        """The turns in the newest recording of a stream, given its whole StreamID; None where none has them."""
        for name in reversed(self._names(f"*-{_short(stream_id)}")):
            try:
                notes = read_notes(self._path(name, "json").read_bytes())
            except (OSError, ValueError):
                continue
            if notes.stream.stream_id == stream_id and notes.turns is not None:
                return notes.turns
        return None

    def close(self) -> None:
        """Write what is left. Blocks; nothing may be recorded afterwards."""
        self._writer.close()

    def _names(self, pattern: str = "*") -> list[str]:
        return sorted(path.stem for path in self._folder.glob(f"{pattern}.wav") if NAME.fullmatch(path.stem))

    def _path(self, name: str, ending: str) -> Path:
        if not NAME.fullmatch(name):
            raise _unknown(name)
        return self._folder / f"{name}.{ending}"

    def _view(self, name: str) -> RecordingView:
        file = self._files.get(name)
        view = RecordingView(name=name, open=file is not None and file.being_made)
        try:
            with self._path(name, "wav").open("rb") as wav:
                view.seconds = seconds_of(wav.read(HEADER_BYTES))
                view.bytes = wav.seek(0, 2)
            summary = _read_summary(self._path(name, "json").read_bytes())
        except (OSError, msgspec.MsgspecError, UnicodeError, RecursionError):
            return view
        stream, view.started_at = summary.stream, summary.began_at
        view.stream_id, view.call_uuid, view.from_, view.to = (
            stream.stream_id,
            stream.call_uuid,
            stream.from_,
            stream.to,
        )
        view.format = _label(stream)
        return view


def _short(stream_id: str) -> str:
    """The beginning of a StreamID as it may stand in a file's name: the carrier chose it."""
    return re.sub("[^A-Za-z0-9-]", "", stream_id)[:8] or "stream"


def _label(stream: StreamView) -> str:
    try:
        return parse_format(stream.content_type, stream.sample_rate).label
    except UnknownFormatError:
        return ""


def _unknown(name: str) -> RecordingError:
    return RecordingError(f"There is no recording {name[:80]}: `offhook recordings` lists them.")
