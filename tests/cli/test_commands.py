"""The commands on a real bridge, with the test as Plivo."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from bridge.operator.client import OperatorLink
from bridge.wire.commands import ClearAudio, Command, PlayAudio, SendDtmf, SetCheckpoint, read_command
from bridge.wire.frames import ClearedAudio, PlayedStream, cleared_audio_frame, played_stream_frame
from bridge.wire.link.audio import Audio, Leg
from bridge.wire.link.requests import Shutdown, StepIn
from tests.cli.conftest import Offhook, Result
from tests.server.rig import Rig

STREAM = "20170ada-f610-433b-8758-c02a2aab3662"


@pytest.fixture
async def plivo(rig: Rig) -> AsyncIterator[ClientConnection]:
    """The socket of a stream that is live."""
    async with rig.watcher() as watcher, rig.carrier(STREAM, "call-1", extra_headers={"a": "b"}) as socket:
        await watcher.state(STREAM, "live")
        yield socket


async def command(plivo: ClientConnection) -> Command:
    return read_command(await asyncio.wait_for(plivo.recv(), 5))


def begun(offhook: Offhook, *arguments: str) -> asyncio.Task[Result]:
    return asyncio.create_task(offhook(*arguments), name=f"offhook {arguments}")


async def test_streams_are_a_table_for_people(offhook: Offhook, plivo: ClientConnection) -> None:
    heading, row = (await offhook("streams")).out.splitlines()
    assert heading.split()[:4] == ["STATE", "STREAM", "FROM", "TO"]
    assert row.startswith(f"live   {STREAM}  ")
    assert heading.index("FORMAT") == row.index("mu-law 8k")


async def test_streams_are_an_array_for_programs(offhook: Offhook, plivo: ClientConnection) -> None:
    (stream,) = json.loads((await offhook("streams", "--json")).out)
    assert (stream["stream_id"], stream["call_uuid"], stream["state"]) == (STREAM, "call-1", "live")
    assert (stream["content_type"], stream["sample_rate"]) == ("audio/x-mulaw;rate=8000", 8000)
    assert (stream["extra_headers"], stream["ended_at"]) == ({"a": "b"}, None)


async def test_no_streams_are_an_empty_array_or_a_sentence(offhook: Offhook, rig: Rig) -> None:
    assert json.loads((await offhook("streams", "--json")).out) == []
    assert await offhook("streams") == Result(0, "", "No stream is on the line.\n")


async def test_ended_streams_are_listed_on_demand(offhook: Offhook, rig: Rig, plivo: ClientConnection) -> None:
    await plivo.close()
    async with rig.watcher() as watcher:
        await watcher.state(STREAM, "ended")
    assert json.loads((await offhook("streams", "--json")).out) == []
    assert [stream["stream_id"] for stream in json.loads((await offhook("streams", "--all", "--json")).out)] == [STREAM]


async def test_clear_returns_when_plivo_acknowledged(offhook: Offhook, plivo: ClientConnection) -> None:
    clear = begun(offhook, "clear", "--stream", STREAM[:8])
    assert await command(plivo) == ClearAudio(stream_id=STREAM)
    assert not clear.done()
    await plivo.send(cleared_audio_frame(ClearedAudio(stream_id=STREAM)))
    result = await clear
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Cleared: Plivo acknowledged after ")


async def test_a_clear_that_is_not_acknowledged_fails(offhook: Offhook, plivo: ClientConnection) -> None:
    result = await offhook("clear", "--stream", STREAM, "--timeout", "0.2")
    assert result == Result(1, "", "Error: Plivo did not acknowledge the clear within 0.2 s.\n")


async def test_checkpoint_returns_when_it_was_played(offhook: Offhook, plivo: ClientConnection) -> None:
    checkpoint = begun(offhook, "checkpoint", "menu", "--stream", STREAM)
    assert await command(plivo) == SetCheckpoint(name="menu", stream_id=STREAM)
    assert not checkpoint.done()
    await plivo.send(played_stream_frame(PlayedStream(stream_id=STREAM, name="menu")))
    result = await checkpoint
    assert result.code == 0
    assert result.out.startswith("Checkpoint menu was played after ")


async def test_a_checkpoint_that_is_cleared_fails(offhook: Offhook, rig: Rig, plivo: ClientConnection) -> None:
    async with OperatorLink(rig.address) as link:
        talk = await link.request(StepIn(stream_id=STREAM))
        await link.send_audio(Audio(Leg.OPERATOR, talk.stream.handle, 0, bytes(40_000)))
        assert isinstance(await command(plivo), PlayAudio)
        checkpoint = begun(offhook, "checkpoint", "menu", "--stream", STREAM)
        assert await command(plivo) == SetCheckpoint(name="menu", stream_id=STREAM)
        clear = begun(offhook, "clear", "--stream", STREAM)
        assert await command(plivo) == ClearAudio(stream_id=STREAM)
        await plivo.send(cleared_audio_frame(ClearedAudio(stream_id=STREAM)))
        assert (await clear).code == 0
        assert await checkpoint == Result(1, "", "Error: Checkpoint menu was cleared before it was played.\n")


async def test_a_checkpoint_that_is_not_played_in_time_fails(offhook: Offhook, plivo: ClientConnection) -> None:
    result = await offhook("checkpoint", "menu", "--stream", STREAM, "--timeout", "0.2")
    assert result == Result(1, "", "Error: Checkpoint menu was not played within 0.2 s.\n")


async def test_dtmf_is_sent(offhook: Offhook, plivo: ClientConnection) -> None:
    assert await offhook("dtmf", "12a#", "--stream", STREAM) == Result(0, "Sent DTMF 12A#.\n", "")
    assert await command(plivo) == SendDtmf(digits="12A#")
    result = await offhook("dtmf", "12x", "--stream", STREAM)
    assert result == Result(1, "", "Error: DTMF digits are 0-9 * # A-D, not X.\n")


async def test_hangup_closes_the_socket(offhook: Offhook, plivo: ClientConnection) -> None:
    result = await offhook("hangup", "--stream", STREAM)
    assert (result.code, result.out) == (0, f"Stream {STREAM} ended.\n")
    await asyncio.wait_for(plivo.wait_closed(), 5)
    again = await offhook("hangup", "--stream", STREAM)
    assert again.code == 1
    assert f"Stream {STREAM} has ended" in again.err


async def test_a_stream_that_nobody_knows_is_told(offhook: Offhook, rig: Rig) -> None:
    for arguments in (("clear",), ("checkpoint", "a"), ("dtmf", "1"), ("hangup",), ("events",)):
        result = await offhook(*arguments, "--stream", "nobody")
        assert (result.code, result.out) == (1, "")
        assert "No stream nobody is known here" in result.err


async def test_no_name_at_all_is_told(offhook: Offhook, rig: Rig) -> None:
    result = await offhook("clear", "--stream", "")
    assert (result.code, "No stream without a name is known here" in result.err) == (1, True)


# Outcomes for programs


async def outcome(asked: asyncio.Task[Result]) -> dict[str, Any]:
    result = await asked
    assert (result.code, result.err) == (0, "")
    told: dict[str, Any] = json.loads(result.out)
    assert (told.pop("outcome"), told.pop("stream_id")) == ("done", STREAM)
    return told


async def test_what_plivo_acknowledged_is_told_to_programs_with_its_time(
    offhook: Offhook, plivo: ClientConnection
) -> None:
    clear = begun(offhook, "clear", "--stream", STREAM[:8], "--json")
    await command(plivo)
    await plivo.send(cleared_audio_frame(ClearedAudio(stream_id=STREAM)))
    told = await outcome(clear)
    assert (told["text"].startswith("Cleared: "), told["took_ms"] > 0) == (True, True)
    checkpoint = begun(offhook, "checkpoint", "menu", "--stream", "call-1", "--json")
    await command(plivo)
    await plivo.send(played_stream_frame(PlayedStream(stream_id=STREAM, name="menu")))
    told = await outcome(checkpoint)
    assert (told["name"], told["took_ms"] > 0) == ("menu", True)


async def test_what_was_done_at_once_is_told_to_programs(offhook: Offhook, plivo: ClientConnection) -> None:
    named = ("--stream", STREAM[:8], "--json")
    assert await outcome(begun(offhook, "dtmf", "12a", *named)) == {"text": "Sent DTMF 12A.", "digits": "12a"}
    name = (await outcome(begun(offhook, "record", *named)))["recording"]
    told = await outcome(begun(offhook, "record", "--stop", *named))
    assert told == {"text": f"Recorded as {name}.", "recording": name}
    assert await outcome(begun(offhook, "hangup", *named)) == {"text": f"Stream {STREAM} ended."}


@pytest.mark.parametrize("arguments", [("clear",), ("checkpoint", "a"), ("dtmf", "1"), ("hangup",), ("record",)])
async def test_what_cannot_be_done_is_told_to_programs_too(
    offhook: Offhook, rig: Rig, arguments: tuple[str, ...]
) -> None:
    result = await offhook(*arguments, "--stream", "nobody", "--json")
    told = json.loads(result.out)
    assert (result.code, told["outcome"], told["stream_id"]) == (1, "failed", "nobody")
    assert result.err == f"Error: {told['text']}\n"


async def test_ctrl_c_is_told_to_programs(offhook: Offhook, plivo: ClientConnection) -> None:
    process = await offhook.start("checkpoint", "menu", "--stream", STREAM, "--json")
    await command(plivo)
    process.send_signal(signal.SIGINT)
    out, _ = await asyncio.wait_for(process.communicate(), 5)
    told = json.loads(out)
    assert (process.returncode, told["outcome"], told["stream_id"]) == (130, "stopped", STREAM)


async def test_a_wrong_token_is_told(offhook: Offhook, rig: Rig) -> None:
    result = await offhook("streams", OFFHOOK_TOKEN="wrong")
    assert result == Result(1, "", f"Error: The bridge at {rig.ready.control} does not accept this token.\n")


async def test_a_bridge_elsewhere_is_reached_by_its_address_and_token(
    offhook: Offhook, rig: Rig, plivo: ClientConnection
) -> None:
    elsewhere = {"OFFHOOK_DATA": str(offhook.folder / "empty")}
    by_flag = await offhook("streams", "--control", rig.ready.control, "--token", rig.token, **elsewhere)
    by_environment = await offhook("streams", OFFHOOK_CONTROL=rig.ready.control, OFFHOOK_TOKEN=rig.token, **elsewhere)
    assert STREAM in by_flag.out
    assert STREAM in by_environment.out


# Events


def numbers(lines: list[str]) -> list[int]:
    return [json.loads(line)["id"] for line in lines]


async def test_events_are_one_a_line_oldest_first(offhook: Offhook, plivo: ClientConnection) -> None:
    for_people = (await offhook("events", "--stream", STREAM)).out.splitlines()
    for_programs = (await offhook("events", "--stream", STREAM, "--json")).out.splitlines()
    assert len(for_people) == len(for_programs) > 0
    assert all(f"  {STREAM[:8]}  " in line for line in for_people)
    first = json.loads(for_programs[0])
    assert {"id", "at", "source", "event", "stream_id", "call_uuid", "text", "data"} <= first.keys()
    assert first["text"] in for_people[0]
    everything = numbers((await offhook("events", "--json")).out.splitlines())
    assert everything == sorted(set(everything))
    assert set(numbers(for_programs)) < set(everything)


async def test_all_of_a_long_journal_is_listed(offhook: Offhook, rig: Rig) -> None:
    async with rig.watcher() as watcher:
        for number in range(450):
            await rig.post("/status", Event="StartStream", CallUUID="c", StreamID=STREAM, Timestamp=str(number))
        last = await watcher.until(lambda: len(watcher.events) > 450 and watcher.events[-1])
    listed = numbers((await offhook("events", "--json")).out.splitlines())
    assert listed == list(range(1, len(listed) + 1))
    assert len(listed) >= last.id


async def test_new_events_follow_those_of_the_journal(offhook: Offhook, rig: Rig, plivo: ClientConnection) -> None:
    following = await offhook.start("events", "--stream", STREAM, "--follow", "--json")
    assert following.stdout is not None

    async def event() -> tuple[int, str]:
        assert following.stdout is not None
        fields = json.loads(await asyncio.wait_for(following.stdout.readline(), 5))
        assert fields["stream_id"] == STREAM
        return fields["id"], fields["event"]

    seen = [await event()]
    while seen[-1][1] != "start":
        seen.append(await event())
    await rig.post("/status", Event="StartStream", CallUUID="call-1", StreamID="another", Timestamp="1")
    await rig.post("/status", Event="PlayedStream", CallUUID="call-1", StreamID=STREAM, Timestamp="1", Name="x")
    while seen[-1][1] != "PlayedStream":
        seen.append(await event())
    ids = [number for number, _ in seen]
    assert ids == sorted(set(ids))
    following.send_signal(signal.SIGINT)
    _, err = await asyncio.wait_for(following.communicate(), 5)
    assert following.returncode == 130
    assert err.strip() == b""


async def test_following_ends_with_the_bridge(offhook: Offhook, rig: Rig) -> None:
    following = await offhook.start("events", "--follow")
    assert following.stdout is not None
    await asyncio.wait_for(following.stdout.readline(), 5)
    async with OperatorLink(rig.address) as link:
        await link.request(Shutdown())
    _, err = await asyncio.wait_for(following.communicate(), 10)
    assert (following.returncode, err.decode()) == (1, "Error: The link to the bridge was lost.\n")


async def test_a_reader_that_has_enough_is_left_quietly(offhook: Offhook, rig: Rig) -> None:
    for number in range(300):
        await rig.post("/status", Event="StartStream", CallUUID="c", StreamID=STREAM, Timestamp=str(number))
    process = await asyncio.create_subprocess_shell(
        f"{sys.executable} -m bridge events --json | head -n 1",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=offhook.environment,
    )
    out, err = await asyncio.wait_for(process.communicate(), 10)
    assert (out.count(b"\n"), err) == (1, b"")


async def test_what_callers_choose_cannot_control_the_terminal(offhook: Offhook, rig: Rig) -> None:
    await rig.post("/status", Event="\x1b[2J", CallUUID="c", StreamID="\x1b]0;x\x07", From="\x1b[31m", Timestamp="1")
    for command in ("events", "streams"):
        out = (await offhook(command)).out
        assert "[31m" in out or "[2J" in out
        assert "\x1b" not in out
