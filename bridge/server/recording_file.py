"""The two files of a recording that is being made: `NAME.wav` and `NAME.json`, complete at every moment.

A thread writes them, so that no disk can hold up a call. The sound is on disk before the header says that it is
there, and the notes are replaced whole: whenever the process is killed, both can be read.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

from bridge.audio.wav_header import MOST_DATA_BYTES, wav_header
from bridge.streams.recording.recorder import RecordingError
from bridge.wire.link.messages import encode
from bridge.wire.notes import RecordingNotes

QUEUED = 1_000
"""Pieces of sound that may wait for the disk: five seconds of a hundred recordings."""

_CHANNELS = 2

Job = Callable[[], None]


class DiskWriter:
    """One thread that does the jobs it is given, in order. Jobs raise nothing."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="recordings writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many jobs have not begun."""
        return self._jobs.qsize()

    def do(self, job: Job) -> None:
        """Do this when those before it are done."""
        self._jobs.put(job)

    def close(self) -> None:
        """Do what is left, and end. Blocks."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


class RecordingFile:
    """Keeps one recording (a `Sink`): `path` is where, without the ending; `rate` is the sound's in Hz.

    After the disk has failed, or could not keep up, every call raises RecordingError with the same sentence.
    """

    def __init__(self, path: Path, rate: int, writer: DiskWriter) -> None:
        self.name = path.name
        self.begun = _future()
        """Done when both files are there; RecordingError when they cannot be made."""
        self.kept = _future()
        """Done when all is on disk and the files are closed; RecordingError when it is not all."""
        self._wav_path, self._notes_path = (path.with_name(f"{path.name}.{ending}") for ending in ("wav", "json"))
        self._rate = rate
        self._writer = writer
        self._wav: IO[bytes] | None = None
        self._data_bytes = 0
        self._failure = ""
        self._do(self._open)

    @property
    def being_made(self) -> bool:
        """False when it is over, for whatever reason."""
        return not self.kept.done() and not self._failure

    def write(self, frames: bytes) -> None:
        """Add sound. Raises RecordingError."""
        if self._data_bytes + len(frames) > MOST_DATA_BYTES:
            self._fail("The recording was stopped: it is as long as a WAV file can be.")
        self._check()
        self._data_bytes += len(frames)
        self._do(partial(self._append, frames, self._data_bytes))

    def note(self, notes: RecordingNotes) -> None:
        """Replace the notes. Raises RecordingError."""
        self._check()
        self._do(partial(self._replace_notes, encode(notes)))

    def close(self) -> None:
        """It is complete."""
        self._writer.do(self._close)

    def _check(self) -> None:
        if not self._failure and self._writer.waiting >= QUEUED:
            self._fail("The disk is too slow: the recording was stopped.")
        if self._failure:
            raise RecordingError(self._failure)

    def _fail(self, sentence: str) -> None:
        self._failure = sentence
        self._writer.do(self._close)

    # In the writer's thread

    def _do(self, job: Job) -> None:
        self._writer.do(partial(self._attempt, job))

    def _attempt(self, job: Job) -> None:
        if self._failure:
            return
        try:
            job()
        except OSError as error:
            self._failure = f"{self._wav_path.parent} cannot be written: {error.strerror}. The recording was stopped."
            self._close()

    def _open(self) -> None:
        self._wav_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._wav = open(self._wav_path, "xb", opener=_for_this_user)  # noqa: SIM115 - closed by _close
        self._append(b"", 0)

    def _append(self, frames: bytes, data_bytes: int) -> None:
        assert self._wav is not None
        self._wav.seek(0, os.SEEK_END)
        self._wav.write(frames)
        self._wav.flush()
        self._wav.seek(0)
        self._wav.write(wav_header(self._rate, _CHANNELS, data_bytes))
        self._wav.flush()

    def _replace_notes(self, content: bytes) -> None:
        new = self._notes_path.with_suffix(".json.new")
        with open(new, "wb", opener=_for_this_user) as file:
            file.write(content)
        new.replace(self._notes_path)
        if not self.begun.done():
            self.begun.set_result(None)

    def _close(self) -> None:
        if self._wav is not None:
            with suppress(OSError):
                self._wav.close()
        for future in (self.begun, self.kept):
            if future.done():
                continue
            if self._failure:
                future.set_exception(RecordingError(self._failure))
            else:
                future.set_result(None)


def _future() -> Future[None]:
    """One that a waiter cannot take back."""
    future: Future[None] = Future()
    future.set_running_or_notify_cancel()
    return future


def _for_this_user(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
