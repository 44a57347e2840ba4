"""The commands on recordings, towards a bridge that has real ones."""

from __future__ import annotations

import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.server.recordings import Recordings
from bridge.streams.recording.recorder import RecordingError
from bridge.wire.link import answers
from bridge.wire.link.requests import ClientMessage, FetchRecording, ListRecordings, ListTurns
from bridge.wire.notes import read_notes
from bridge.wire.turns import Figure, Talk, Turn, TurnsView
from tests.cli.conftest import Offhook, Result
from tests.operator.fake_bridge import TOKEN, FakeBridge
from tests.server.rig import Rig
from tests.server.test_recordings import NAME, STREAM, begin, frames_of, recorded

TURNS = TurnsView(
    at_ms=9000,
    greeting_ms=412,
    response=Figure(count=1, last_ms=830, median_ms=830, p95_ms=None, worst_ms=830),
    caller=Talk(ms=2000, share=0.4),
    agent=Talk(ms=3000, share=0.6),
    operator=Talk(ms=0, share=0.0),
    turns=[
        Turn(speaker="caller", start_ms=3000, end_ms=5000, barge_in=True, stop_ms=210),
        Turn(speaker="agent", start_ms=5830, response_ms=830),
    ],
)


class BridgeWithRecordings(FakeBridge):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.recordings = Recordings(folder)

    def _usual(self, message: ClientMessage) -> answers.Answer:
        match message:
            case ListRecordings():
                return answers.Recordings(id=0, recordings=self.recordings.views())
            case FetchRecording():
                try:
                    return self.recordings.part(message)
                except RecordingError as error:
                    return answers.Failed(id=0, error=str(error))
            case ListTurns():
                return answers.TurnsAnswer(id=0, turns=TURNS)
            case _:
                return super()._usual(message)


@pytest.fixture
async def bridge(tmp_path: Path, offhook: Offhook) -> AsyncIterator[BridgeWithRecordings]:
    bridge = BridgeWithRecordings(tmp_path / "recordings")
    await bridge.open()
    offhook.environment |= {"OFFHOOK_CONTROL": bridge.address.url, "OFFHOOK_TOKEN": TOKEN}
    yield bridge
    await bridge.close()
    bridge.recordings.close()


@pytest.fixture
async def recording(bridge: BridgeWithRecordings) -> str:
    """The name of one that is complete."""
    name = recorded(bridge.recordings, 2.0)
    later = begin(bridge.recordings, after=60)
    await bridge.recordings.begun(later.name)
    return name


async def test_a_script_records_a_stream_and_has_all_of_it_when_it_has_stopped(offhook: Offhook, rig: Rig) -> None:
    async with rig.watcher() as watcher, rig.carrier(STREAM):
        await watcher.state(STREAM, "live")
        begun = await offhook("record", "--stream", STREAM[:8])
        assert (begun.code, begun.err) == (0, "")
        again = await offhook("record", "--stream", STREAM)
        assert (again.code, again.out) == (1, "")
        assert "is being recorded already" in again.err
        stopped = await offhook("record", "--stream", STREAM, "--stop")
        name = stopped.out.split()[-1].rstrip(".")
        fetched = await offhook("recordings", name)
        assert fetched == Result(0, f"{name}.wav\n{name}.json\n", "")
        assert len(frames_of((offhook.folder / f"{name}.wav").read_bytes())) > 0
        notes = read_notes((offhook.folder / f"{name}.json").read_bytes())
        assert notes.ended.endswith("ended the recording.")


async def test_recordings_are_a_table_for_people(offhook: Offhook, recording: str) -> None:
    heading, first, second = (await offhook("recordings")).out.splitlines()
    assert heading.split() == ["RECORDING", "STREAM", "FROM", "TO", "STARTED", "LENGTH", "FORMAT", "SIZE"]
    assert first.startswith(f"{NAME}  {STREAM}  +4930231250  +14155550100  2026-03-14 ")
    assert first.endswith("0:02  L16 8k     0.1 MB")
    assert second.endswith("0:00  L16 8k     0.0 MB  recording")


async def test_recordings_are_an_array_for_programs(offhook: Offhook, recording: str) -> None:
    first, second = json.loads((await offhook("recordings", "--json")).out)
    assert (first["name"], first["stream_id"], first["from"], first["seconds"]) == (NAME, STREAM, "+4930231250", 2.0)
    assert (first["bytes"], first["open"], second["open"]) == (64_044, False, True)


async def test_no_recordings_are_an_empty_array_or_a_sentence(offhook: Offhook, bridge: BridgeWithRecordings) -> None:
    assert json.loads((await offhook("recordings", "--json")).out) == []
    assert "offhook record --stream ID" in (await offhook("recordings")).err


async def test_a_recording_is_fetched_for_this_user_alone(offhook: Offhook, recording: str) -> None:
    (offhook.folder / "here").mkdir()
    result = await offhook("recordings", recording, "--to", "here")
    assert result == Result(0, f"here/{NAME}.wav\nhere/{NAME}.json\n", "")
    files = {path.name: path for path in (offhook.folder / "here").iterdir()}
    assert len(frames_of(files[f"{NAME}.wav"].read_bytes())) == 16_000
    assert json.loads(files[f"{NAME}.json"].read_text())["stream"]["call_uuid"] == "c-1"
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}


async def test_what_was_fetched_is_told_to_programs(offhook: Offhook, recording: str) -> None:
    told = json.loads((await offhook("recordings", recording, "--json")).out)
    assert (told["outcome"], told["recording"]) == ("done", NAME)
    assert told["files"] == [f"{NAME}.wav", f"{NAME}.json"]
    again = await offhook("recordings", recording, "--json")
    assert (again.code, json.loads(again.out)["outcome"]) == (1, "failed")


async def test_a_file_that_is_there_is_not_overwritten(offhook: Offhook, recording: str) -> None:
    (offhook.folder / f"{NAME}.wav").write_text("mine")
    result = await offhook("recordings", recording)
    assert result == Result(1, "", f"Error: {NAME}.wav is there already: it was left as it is.\n")
    assert (offhook.folder / f"{NAME}.wav").read_text() == "mine"


async def test_a_recording_that_is_not_there_leaves_no_file(offhook: Offhook, bridge: BridgeWithRecordings) -> None:
    result = await offhook("recordings", "nothing")
    assert (result.code, result.out) == (1, "")
    assert result.err == "Error: There is no recording nothing: `offhook recordings` lists them.\n"
    assert not list(offhook.folder.glob("nothing*"))


async def test_turns_are_an_object_for_programs(offhook: Offhook, bridge: BridgeWithRecordings) -> None:
    told = json.loads((await offhook("turns", "--stream", STREAM, "--json")).out)
    assert (told["version"], told["greeting_ms"], told["talk_over_ms"]) == (1, 412, None)
    assert told["turns"][1]["response_ms"] == 830


async def test_turns_are_lines_for_people(offhook: Offhook, bridge: BridgeWithRecordings) -> None:
    assert (await offhook("turns", "--stream", STREAM)).out.splitlines() == [
        "AT         WHO     LENGTH     RESPONSE",
        "   3.00 s  caller     2.00 s          -  barge-in, agent silent after 0.21 s",
        "   5.83 s  agent           -     0.83 s",
        "",
        "greeting:      0.41 s",
        "response:      0.83 s",
        "barge-in stop: -",
        "talk-over:     -",
        "dead air:      none",
        "talk share:    caller 40%, agent 60%",
    ]
