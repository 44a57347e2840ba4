"""Recordings on a real disk: valid whenever one looks, also after the process was killed."""

from __future__ import annotations

import asyncio
import io
import resource
import signal
import stat
import sys
import threading
import wave
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from bridge.audio.codec import encode
from bridge.server import recording_file
from bridge.server.recordings import Recordings
from bridge.streams.clock import Moment
from bridge.streams.playback import Piece
from bridge.streams.recording.recorder import Recorder, RecordingError
from bridge.wire.formats import L16_8K
from bridge.wire.link.requests import FetchRecording
from bridge.wire.notes import read_notes
from bridge.wire.turns import Talk, TurnsView
from bridge.wire.views import StreamView

BEGAN = datetime(2026, 3, 14, 12, 0, 0, 123_000, tzinfo=UTC)
NAME = "20260314T120000.123Z-20170ada"
STREAM = "20170ada-f610-433b-8758-c02a2aab3662"
TURNS = TurnsView(at_ms=900, caller=Talk(ms=1, share=1.0), agent=Talk(ms=0, share=0.0), operator=Talk(ms=0, share=0.0))


def a_view(stream_id: str = STREAM) -> StreamView:
    return StreamView(
        handle=1,
        stream_id=stream_id,
        call_uuid="c-1",
        from_="+4930231250",
        to="+14155550100",
        content_type="audio/x-l16",
        sample_rate=8000,
        started_at=BEGAN,
    )


def at(after: float) -> Moment:
    return Moment(after, BEGAN + timedelta(seconds=after))


def begin(recordings: Recordings, stream_id: str = STREAM, after: float = 0.0) -> Recorder:
    return recordings.begin(a_view(stream_id), L16_8K, lambda: TURNS, at(after))


def feed(recorder: Recorder, begins: float, ends: float) -> None:
    """A far end that counts samples, and a caller who counts them backwards."""
    for tick in range(round(begins * 10), round(ends * 10)):
        numbers = np.arange(tick * 800, (tick + 1) * 800) % 30_000 + 1
        payload = encode((numbers / 32768).astype(np.float32), L16_8K)
        recorder.caller(encode((-numbers / 32768).astype(np.float32), L16_8K), (tick + 1) / 10)
        recorder.far([Piece(tick / 10, (tick + 1) / 10, payload, "")], (tick + 1) / 10)


def recorded(recordings: Recordings, seconds: float = 1.0, stream_id: str = STREAM, after: float = 0.0) -> str:
    recorder = begin(recordings, stream_id, after)
    feed(recorder, after, after + seconds)
    recorder.finish(at(after + seconds), "The stream ended.")
    return recorder.name


def frames_of(content: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
        frames = file.readframes(file.getnframes())
        assert len(frames) == 4 * file.getnframes()
    return np.frombuffer(frames, "<i2").reshape(-1, 2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recordings"


@pytest.fixture
def recordings(folder: Path) -> Iterator[Recordings]:
    recordings = Recordings(folder)
    yield recordings
    recordings.close()


@contextmanager
def busy_disk(recordings: Recordings) -> Iterator[None]:
    """In this block the writer is held up by something else."""
    free = threading.Event()
    recordings._writer.do(lambda: free.wait(20) and None)
    try:
        yield
    finally:
        free.set()


def test_a_recording_is_a_stereo_file_and_notes_beside_it(folder: Path) -> None:
    recordings = Recordings(folder)
    assert recorded(recordings, 2.0) == NAME
    recordings.close()
    frames = frames_of((folder / f"{NAME}.wav").read_bytes())
    expected = np.arange(16_000) % 30_000 + 1
    assert np.array_equal(frames[:, 0], -expected)
    assert np.array_equal(frames[:, 1], expected)
    notes = read_notes((folder / f"{NAME}.json").read_bytes())
    assert (notes.name, notes.seconds, notes.sample_rate, notes.ended) == (NAME, 2.0, 8000, "The stream ended.")
    assert (notes.stream.stream_id, notes.turns) == (STREAM, TURNS)
    assert sorted(path.name for path in folder.iterdir()) == [f"{NAME}.json", f"{NAME}.wav"]


def test_files_are_this_users_alone(folder: Path) -> None:
    recordings = Recordings(folder)
    assert not folder.exists()
    recorded(recordings)
    recordings.close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


async def test_a_file_is_valid_whenever_somebody_reads_it(recordings: Recordings, folder: Path) -> None:
    recorder = begin(recordings)
    await recordings.begun(recorder.name)
    lengths = []
    for second in range(12):
        feed(recorder, second, second + 1)
        frames = frames_of((folder / f"{NAME}.wav").read_bytes())
        assert np.array_equal(frames[:, 1], np.arange(len(frames)) % 30_000 + 1)
        lengths.append(len(frames))
        read_notes((folder / f"{NAME}.json").read_bytes())
    assert lengths == sorted(lengths)


KILLED = """
import sys, time
from pathlib import Path
sys.path[:0] = {path!r}
from tests.server.test_recordings import Recordings, begin, feed
recordings = Recordings(Path({folder!r}))
recorder = begin(recordings)
for second in range(10_000):
    feed(recorder, second, second + 1)
    while recordings._writer.waiting > 5:
        time.sleep(0.001)
    print(second, flush=True)
"""


async def test_what_was_written_before_kill_9_can_be_heard(folder: Path) -> None:
    root = str(Path(__file__).parents[2])
    script = KILLED.format(path=[root], folder=str(folder))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=PIPE, cwd=root)
    assert process.stdout is not None
    try:
        while int(await asyncio.wait_for(process.stdout.readline(), 20)) < 40:
            pass
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
    frames = frames_of((folder / f"{NAME}.wav").read_bytes())
    assert len(frames) >= 8000 * 37
    assert np.array_equal(frames[:, 1], np.arange(len(frames)) % 30_000 + 1)
    notes = read_notes((folder / f"{NAME}.json").read_bytes())
    assert (notes.stream.stream_id, notes.ended) == (STREAM, "")
    assert notes.seconds >= 20
    after = Recordings(folder)
    (view,) = after.views()
    assert (view.name, view.open, view.seconds) == (NAME, False, len(frames) / 8000)
    after.close()


async def test_a_full_disk_ends_the_recording_and_leaves_what_fitted(folder: Path) -> None:
    recordings = Recordings(folder)
    recorder = begin(recordings)
    await recordings.begun(recorder.name)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(RecordingError, match=r"cannot be written: .*The recording was stopped"):
            feed(recorder, 0, 1_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with pytest.raises(RecordingError, match="cannot be written"):
        recorder.finish(at(1_000), "The stream ended.")
    recordings.close()
    frames = frames_of((folder / f"{NAME}.wav").read_bytes())
    assert 16_000 <= len(frames) <= 25_000
    assert np.array_equal(frames[:, 1], np.arange(len(frames)) + 1)


def test_a_disk_that_cannot_keep_up_ends_the_recording_and_blocks_nobody(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_file, "QUEUED", 10)
    recordings = Recordings(folder)
    with busy_disk(recordings):
        recorder = begin(recordings)
        with pytest.raises(RecordingError, match="The disk is too slow"):
            feed(recorder, 0, 100)
    recordings.close()


async def test_a_folder_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("not a folder")
    recordings = Recordings(tmp_path / "recordings")
    recorder = begin(recordings)
    with pytest.raises(RecordingError, match="cannot be written: File exists"):
        await recordings.begun(recorder.name)
    recordings.close()


def test_a_recording_ends_before_its_file_is_too_long_for_a_wav(
    recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_file, "MOST_DATA_BYTES", 80_000)
    recorder = begin(recordings)
    with pytest.raises(RecordingError, match="as long as a WAV file can be"):
        feed(recorder, 0, 4)


async def test_recordings_are_listed_oldest_first_with_what_is_known(recordings: Recordings, folder: Path) -> None:
    assert recordings.views() == []
    recorded(recordings, 1.0, stream_id="older-123", after=0)
    open_one = begin(recordings, after=10)
    await recordings.begun(open_one.name)
    first, second = recordings.views()
    assert (first.name, first.open) == ("20260314T120000.123Z-older-12", False)
    assert (first.seconds, first.bytes, first.format) == (1.0, 32_044, "L16 8k")
    assert (first.stream_id, first.call_uuid, first.from_) == ("older-123", "c-1", "+4930231250")
    assert first.started_at == BEGAN
    assert (second.stream_id, second.open, second.seconds) == (STREAM, True, 0.0)


async def test_a_recording_that_was_ended_is_whole_when_it_is_said_to_be(recordings: Recordings, folder: Path) -> None:
    with busy_disk(recordings):
        recorder = begin(recordings)
        feed(recorder, 0, 2)
        recorder.finish(at(2), "The stream ended.")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(recordings.kept(NAME), 0.01)
        assert recordings.views() == []
    await recordings.kept(NAME)
    (view,) = recordings.views()
    assert (view.open, view.seconds) == (False, 2.0)
    assert read_notes((folder / f"{NAME}.json").read_bytes()).ended == "The stream ended."


def test_what_lies_in_the_folder_by_accident_does_no_harm(recordings: Recordings, folder: Path) -> None:
    folder.mkdir()
    (folder / "holiday.wav").write_bytes(b"RIFF")
    (folder / f"{NAME}.wav").write_bytes(b"RIFF")
    (folder / f"{NAME}.json").write_text("[")
    (view,) = recordings.views()
    assert (view.name, view.bytes, view.seconds, view.stream_id) == (NAME, 4, 0.0, "")
    assert recordings.turns(STREAM) is None


@pytest.mark.parametrize("stream_id", ["../../etc/passwd", "/etc", "\x00\n", "", "ü" * 40, "a" * 10_000])
def test_a_stream_id_of_a_strangers_choosing_stays_in_the_folder(folder: Path, stream_id: str) -> None:
    recordings = Recordings(folder)
    name = recorded(recordings, stream_id=stream_id)
    recordings.close()
    assert {path.name for path in folder.iterdir()} == {f"{name}.wav", f"{name}.json"}
    assert [view.name for view in Recordings(folder).views()] == [name]


def test_a_file_comes_in_parts(recordings: Recordings, folder: Path) -> None:
    folder.mkdir()
    content = np.random.default_rng(1).bytes(2_500_000)
    (folder / f"{NAME}.wav").write_bytes(content)
    got, sizes = b"", []
    while len(got) < len(content):
        part = recordings.part(FetchRecording(name=NAME, offset=len(got)))
        assert (part.offset, part.total) == (len(got), len(content))
        got += part.data
        sizes.append(len(part.data))
    assert got == content
    assert sizes == [1_048_576, 1_048_576, 402_848]
    assert recordings.part(FetchRecording(name=NAME, offset=9_999_999)).data == b""


@pytest.mark.parametrize(
    "name", ["../journal", f"../recordings/{NAME}", "", NAME + "/", f"{NAME}\n", "*", "/etc/passwd"]
)
def test_no_name_leads_out_of_the_folder(recordings: Recordings, folder: Path, name: str) -> None:
    recorded(recordings)
    (folder.parent / "journal.wav").write_text("secret")
    with pytest.raises(RecordingError, match="There is no recording"):
        recordings.part(FetchRecording(name=name))


def test_a_recording_that_is_gone_is_a_sentence(recordings: Recordings) -> None:
    with pytest.raises(RecordingError, match=f"There is no recording {NAME}: `offhook recordings` lists them"):
        recordings.part(FetchRecording(name=NAME, what="json"))


def test_a_recording_that_lost_its_notes_is_not_said_to_be_gone(recordings: Recordings, folder: Path) -> None:
    recorded(recordings)
    recordings.close()
    (folder / f"{NAME}.json").unlink()
    with pytest.raises(RecordingError, match=f"{NAME}.json is missing: there is only the recording's sound"):
        recordings.part(FetchRecording(name=NAME, what="json"))


def test_turns_of_a_stream_are_found_by_its_whole_id(folder: Path) -> None:
    recordings = Recordings(folder)
    recorded(recordings)
    recorded(recordings, stream_id=f"{STREAM[:8]}-another", after=5)
    recordings.close()
    assert recordings.turns(STREAM) == TURNS
    assert recordings.turns(STREAM[:8]) is None
    assert recordings.turns("unknown") is None
