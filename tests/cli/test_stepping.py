"""The commands that step into a call, on a real bridge with a bot behind it, with the test as Plivo."""

from __future__ import annotations

import asyncio
import json
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection

from bridge.cli.ending import ending
from bridge.operator.client import OperatorLink
from bridge.wire.commands import ClearAudio, Command, PlayAudio, SetCheckpoint, play_audio_command, read_command
from bridge.wire.formats import MULAW_8K
from bridge.wire.frames import ClearedAudio, PlayedStream, cleared_audio_frame, played_stream_frame
from bridge.wire.link.requests import StepIn
from tests.cli.conftest import Offhook, Result
from tests.cli.test_play import write_tone
from tests.server.bot import Bot, a_bot
from tests.server.rig import TONE, Rig, Watcher, bridge_process, media, running
from tests.sound_rig import SoundRig

STREAM = "20170ada-f610-433b-8758-c02a2aab3662"


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with a_bot() as bot:
        yield bot


@pytest.fixture
async def rig(tmp_path: Path, bot: Bot) -> AsyncIterator[Rig]:
    async with running(tmp_path / "data", agent=bot.url) as rig:
        yield rig


@pytest.fixture
async def watcher(rig: Rig) -> AsyncIterator[Watcher]:
    async with rig.watcher() as watcher:
        yield watcher


@pytest.fixture
async def plivo(rig: Rig, watcher: Watcher, bot: Bot) -> AsyncIterator[ClientConnection]:
    """The socket of a stream that is live, with the bot."""
    async with rig.carrier(STREAM) as socket:
        await watcher.state(STREAM, "live")
        await bot.connected()
        yield socket


async def command(plivo: ClientConnection) -> Command:
    return read_command(await asyncio.wait_for(plivo.recv(), 5))


def payload(command: Command) -> bytes:
    assert isinstance(command, PlayAudio)
    return command.payload


async def acknowledge_the_clear(plivo: ClientConnection) -> None:
    assert await command(plivo) == ClearAudio(stream_id=STREAM)
    await plivo.send(cleared_audio_frame(ClearedAudio(stream_id=STREAM)))


async def line(process: Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 10)).decode()


async def test_a_takeover_with_a_file_is_told_heard_and_handed_back(
    offhook: Offhook, plivo: ClientConnection, bot: Bot, watcher: Watcher
) -> None:
    write_tone(offhook.folder / "tone.wav", 0.1)
    process = await offhook.start("takeover", "--stream", STREAM[:8], "--wav", "tone.wav")
    await acknowledge_the_clear(plivo)
    told = await line(process)
    assert told.startswith(f"Stream {STREAM} taken over in ")
    assert told.endswith(" ms.\n")
    await bot.say(play_audio_command(bytes(160), MULAW_8K))
    for _ in range(5):
        assert payload(await command(plivo)) != bytes(160), "the agent is not heard"
    checkpoint = await command(plivo)
    assert isinstance(checkpoint, SetCheckpoint)
    assert process.returncode is None
    await plivo.send(played_stream_frame(PlayedStream(stream_id=STREAM, name=checkpoint.name)))
    out, err = await asyncio.wait_for(process.communicate(), 10)
    assert (process.returncode, out, err) == (0, b"Played 0.1 s. Handed back.\n", b"")
    await watcher.until(lambda: watcher.stream(STREAM).mode == "agent")
    await bot.say(play_audio_command(TONE, MULAW_8K))
    assert payload(await command(plivo)) == TONE


async def test_a_whisper_with_a_file_reaches_the_agent_and_not_the_caller(
    offhook: Offhook, plivo: ClientConnection, bot: Bot
) -> None:
    write_tone(offhook.folder / "tone.wav", 0.2)
    whispering = asyncio.create_task(offhook("whisper", "--stream", STREAM, "--wav", "tone.wav", "--json"))
    silence = media(STREAM, b"\xff" * 160)
    while not whispering.done():
        await plivo.send(silence)
        await asyncio.wait({whispering}, timeout=0.02)
    begun, outcome = map(json.loads, whispering.result().out.splitlines())
    assert (begun["stream_id"], begun["mode"], begun["on_air"]) == (STREAM, "whisper", True)
    assert (outcome["outcome"], outcome["seconds"]) == ("done", 0.2)
    assert len({frame["media"]["payload"] for frame in bot.events("media")}) > 3, "the tone is in the caller's silence"
    await bot.say(play_audio_command(TONE, MULAW_8K))
    assert payload(await command(plivo)) == TONE, "the first that the caller hears"


async def test_a_stream_that_somebody_holds_is_refused_and_can_be_seized(
    offhook: Offhook, rig: Rig, plivo: ClientConnection, watcher: Watcher
) -> None:
    write_tone(offhook.folder / "tone.wav", 0.1)
    talk = ["talk", "--stream", STREAM, "--wav", "tone.wav"]
    async with OperatorLink(rig.address, "anna") as anna:
        await anna.request(StepIn(stream_id=STREAM, mode="talk"))
        refused = await offhook(*talk, "--json")
        assert refused.code == 1
        assert json.loads(refused.out)["outcome"] == "failed"
        assert json.loads(refused.out)["stream_id"] == STREAM
        assert "anna has the microphone" in json.loads(refused.out)["text"]
        assert refused.err == f"Error: {json.loads(refused.out)['text']}\n"
        assert (await offhook(*talk, "--seize")).code == 0
    await watcher.event("took the microphone")


async def test_handback_ends_ones_own_step_and_with_seize_anybodys(
    offhook: Offhook, rig: Rig, plivo: ClientConnection, watcher: Watcher
) -> None:
    async with OperatorLink(rig.address, "anna") as anna:
        await anna.request(StepIn(stream_id=STREAM, mode="talk"))
        (stream,) = json.loads((await offhook("streams", "--json")).out)
        assert (stream["mode"], stream["operator"], stream["agent"]["state"]) == ("talk", "anna", "open")
        assert (await offhook("streams")).out.splitlines()[1].split()[7:9] == ["talk", "anna"]
        refused = await offhook("handback", "--stream", STREAM)
        assert (refused.code, "anna has the microphone" in refused.err) == (1, True)
        handed_back = await offhook("handback", "--stream", STREAM, "--seize")
        assert handed_back == Result(0, f"The agent has the call of stream {STREAM}.\n", "")
    await watcher.until(lambda: watcher.stream(STREAM).operator == "")


async def test_who_is_thrown_out_while_playing_is_told(offhook: Offhook, plivo: ClientConnection, rig: Rig) -> None:
    write_tone(offhook.folder / "tone.wav", 10)
    playing = asyncio.create_task(offhook("talk", "--stream", STREAM, "--wav", "tone.wav"))
    assert isinstance(await command(plivo), PlayAudio)
    async with OperatorLink(rig.address, "anna") as anna:
        await anna.request(StepIn(stream_id=STREAM, mode="whisper", seize=True))
        result = await playing
    assert result.code == 1
    assert result.err.startswith("Error: anna took the microphone after ")


async def test_ctrl_c_stops_a_file_and_hands_back(offhook: Offhook, plivo: ClientConnection, watcher: Watcher) -> None:
    write_tone(offhook.folder / "tone.wav", 10)
    process = await offhook.start("takeover", "--stream", STREAM, "--wav", "tone.wav", "--json")
    await acknowledge_the_clear(plivo)
    assert isinstance(await command(plivo), PlayAudio)
    process.send_signal(signal.SIGINT)
    out, _ = await asyncio.wait_for(process.communicate(), 10)
    outcome = json.loads(out.splitlines()[-1])
    assert (process.returncode, outcome["outcome"], outcome["text"]) == (130, "stopped", "Handed back.")
    assert (outcome["stream_id"], outcome["mode"]) == (STREAM, "takeover")
    await watcher.until(lambda: watcher.stream(STREAM).mode == "agent")


async def test_a_caller_who_waited_and_was_taken_over_is_handed_back_to_nobody(
    offhook: Offhook, tmp_path: Path
) -> None:
    write_tone(offhook.folder / "tone.wav", 10)
    settings = {"agent": "ws://127.0.0.1:9/ws", "when_lost": "ring"}
    async with running(tmp_path / "data", **settings) as rig, rig.watcher() as watcher, rig.carrier(STREAM) as plivo:
        await watcher.until(lambda: (view := watcher.stream(STREAM)) and view.ringing)
        process = await offhook.start("takeover", "--stream", STREAM[:8], "--wav", "tone.wav")
        while not isinstance(await command(plivo), ClearAudio):
            pass
        await plivo.send(cleared_audio_frame(ClearedAudio(stream_id=STREAM)))
        assert "taken over" in await line(process)
        process.send_signal(signal.SIGINT)
        out, _ = await asyncio.wait_for(process.communicate(), 10)
        assert out == b"The takeover is over: nobody talks to the caller.\n"
        await watcher.until(lambda: watcher.stream(STREAM).ringing)


async def test_a_takeover_whose_stream_is_gone_is_over(rig: Rig) -> None:
    assert await ending(rig.address, STREAM, "takeover") == "The takeover is over"


async def test_without_an_agent_there_is_nothing_to_take_over(offhook: Offhook, tmp_path: Path) -> None:
    write_tone(offhook.folder / "tone.wav", 0.1)
    async with running(tmp_path / "data") as rig, rig.watcher() as watcher, rig.carrier(STREAM):
        await watcher.state(STREAM, "live")
        result = await offhook("takeover", "--stream", STREAM, "--wav", "tone.wav")
    assert (result.code, "has no agent behind it" in result.err) == (1, True)


async def test_a_takeover_at_the_phone_is_handed_back_by_ctrl_c(
    sound_rig: SoundRig, offhook: Offhook, plivo: ClientConnection, watcher: Watcher
) -> None:
    process = await offhook.start("takeover", "--stream", STREAM, "--json", **sound_rig.environment)
    assert json.loads(await line(process))["mode"] is None
    await acknowledge_the_clear(plivo)
    taken_over = json.loads(await line(process))
    assert (taken_over["mode"], taken_over["on_air"]) == ("takeover", True)
    assert taken_over["taken_over_ms"] > 0
    assert isinstance(await command(plivo), PlayAudio)
    process.send_signal(signal.SIGINT)
    out, _ = await asyncio.wait_for(process.communicate(), 10)
    outcome = json.loads(out)
    assert (process.returncode, outcome["outcome"], outcome["text"]) == (0, "done", "Handed back.")
    await watcher.until(lambda: (v := watcher.stream(STREAM)) and (v.mode, v.listeners) == ("agent", 0))


async def test_listening_ends_with_the_stream(
    sound_rig: SoundRig, offhook: Offhook, plivo: ClientConnection, watcher: Watcher
) -> None:
    process = await offhook.start("listen", "--stream", STREAM, **sound_rig.environment)
    told = await offhook.start("listen", "--stream", STREAM[:8], "--json", **sound_rig.environment)
    assert await line(process) == f"Listening to stream {STREAM}.\n"
    assert json.loads(await line(told))["stream_id"] == STREAM
    await plivo.close()
    out, err = await asyncio.wait_for(process.communicate(), 10)
    assert (process.returncode, out, err) == (0, b"The stream ended.\n", b"")
    out, _ = await asyncio.wait_for(told.communicate(), 10)
    assert (json.loads(out)["outcome"], json.loads(out)["stream_id"]) == ("done", STREAM)


async def test_listening_fails_with_the_bridge(sound_rig: SoundRig, offhook: Offhook, tmp_path: Path) -> None:
    async with bridge_process(tmp_path / "data") as (bridge, rig), rig.watcher() as watcher, rig.carrier(STREAM):
        await watcher.state(STREAM, "live")
        process = await offhook.start("listen", "--stream", STREAM[:8], "--json", **sound_rig.environment)
        assert json.loads(await line(process))["stream_id"] == STREAM
        bridge.kill()
        out, _ = await asyncio.wait_for(process.communicate(), 10)
    outcome = json.loads(out)
    assert (process.returncode, outcome["outcome"], outcome["stream_id"]) == (1, "failed", STREAM)
    assert outcome["text"] == "The link to the bridge was lost."


@pytest.mark.parametrize("command", ["listen", "whisper", "talk", "takeover"])
async def test_a_stream_without_a_name_is_refused_at_once(offhook: Offhook, rig: Rig, command: str) -> None:
    result = await offhook(command, "--stream", "", "--json")
    assert (result.code, json.loads(result.out)["outcome"]) == (1, "failed")
    assert result.err == "Error: No stream without a name is known here: `offhook streams --all` lists them.\n"


async def test_without_sound_nobody_is_taken_over(offhook: Offhook, plivo: ClientConnection, watcher: Watcher) -> None:
    result = await offhook("takeover", "--stream", STREAM, PULSE_SERVER="unix:/nowhere")
    assert result.code == 1
    assert result.err.startswith("Error: ")
    assert watcher.stream(STREAM).mode == "agent"
