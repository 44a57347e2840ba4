"""`offhook call` as scripts use it, towards real sockets."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from bridge.carrier.bot import talking_bot
from bridge.wire.commands import play_audio_command
from bridge.wire.formats import L16_16K
from bridge.wire.notes import read_notes
from tests.cli.conftest import Offhook
from tests.cli.test_play import write_tone
from tests.server.bot import Bot, a_bot
from tests.server.rig import running

TOLD = {
    *("stream_id", "call_uuid", "seconds", "frames_sent", "frames_got", "audio_got_seconds", "first_audio_ms"),
    *("checkpoints", "clears", "dtmf", "turns", "findings", "closed_by", "close_code", "recording"),
}


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with a_bot() as bot:
        yield bot


@pytest.fixture
async def talker() -> AsyncIterator[str]:
    async with talking_bot() as url:
        yield url


@pytest.mark.realtime
async def test_a_file_speaks_until_the_bot_is_silent_and_what_became_of_it_is_told_and_kept(
    offhook: Offhook, talker: str
) -> None:
    write_tone(offhook.folder / "tone.wav", 0.5)
    result = await offhook("call", talker, "--wav", "tone.wav", "--json", "--record", "kept.wav")
    told = json.loads(result.out)
    assert (result.code, result.err) == (0, "")
    assert set(told) >= TOLD
    assert (told["ending"], told["closed_by"], told["findings"]) == ("caller", "carrier", [])
    assert 5.5 < told["seconds"] < 10, "five seconds after the bot's last word"
    assert told["frames_sent"] == pytest.approx(told["seconds"] * 50, abs=15)
    assert told["turns"]["greeting_ms"] < 1000
    assert told["recording"] == "kept.wav"
    notes = read_notes((offhook.folder / "kept.json").read_bytes())
    assert (notes.stream.stream_id, notes.seconds) == (told["stream_id"], pytest.approx(told["seconds"], abs=0.2))


async def test_a_finding_fails_the_call_by_its_level(offhook: Offhook) -> None:
    async def play_noise(socket: ServerConnection) -> None:
        await socket.send(play_audio_command(bytes(640), L16_16K))
        async for _ in socket:
            pass

    async with serve(play_noise, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        call = ["call", f"ws://{host}:{port}", "--for", "300ms"]
        plain, never, as_json = await asyncio.gather(
            offhook(*call), offhook(*call, "--fail-on", "never"), offhook(*call, "--json", "--fail-on", "info")
        )
    assert (plain.code, never.code, as_json.code) == (1, 0, 1)
    assert "error: play-other-format at 0." in plain.out
    assert [finding["code"] for finding in json.loads(as_json.out)["findings"]] == ["play-other-format"]


async def test_ctrl_c_hangs_up_and_the_outcome_is_still_told(offhook: Offhook, bot: Bot) -> None:
    process = await offhook.start("call", bot.url, "--for", "1m", "--json")
    await bot.event("media", 5)
    process.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(process.communicate(), 10)
    told = json.loads(out)
    assert (process.returncode, err, told["ending"], told["closed_by"]) == (0, b"", "caller", "carrier")
    await bot.until(lambda: bot.closes == [(1000, "")])


async def test_ctrl_c_gives_up_a_call_that_nobody_answers(offhook: Offhook) -> None:
    rung = asyncio.Event()

    async def let_ring(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        rung.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(let_ring, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        process = await offhook.start("call", f"ws://{host}:{port}", "--for", "1m")
        await asyncio.wait_for(rung.wait(), 15)
        process.send_signal(signal.SIGINT)
        out, _ = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 1
    assert b"The caller hung up before there was a stream." in out


async def test_an_answer_url_is_asked_as_plivo_does_signed_and_with_callbacks(offhook: Offhook, tmp_path: Path) -> None:
    token = {"auth_token": "of-plivo"}
    async with running(tmp_path / "bridge", **token) as rig, rig.watcher() as watcher:
        answer = f"{rig.ready.public}/answer"
        parties = ["--from", "+12025550111", "--to", "+12025550122", "--header", "Tier=gold"]
        parties += ["--hangup-url", f"{rig.ready.public}/hangup"]
        signed, unsigned = await asyncio.gather(
            offhook("call", answer, *parties, "--for", "300ms", "--json", PLIVO_AUTH_TOKEN="of-plivo"),
            offhook("call", answer, "--for", "1s", "--json"),
        )
        told = json.loads(signed.out)
        assert (signed.code, signed.err) == (0, "")
        assert told["steps"][0].startswith("Stream: ")
        view = await watcher.state(told["stream_id"], "ended")
        assert (view.from_, view.to, view.callbacks["StartStream"]) == ("+12025550111", "+12025550122", 1)
        await watcher.until(lambda: any(event.event == "hangup" for event in watcher.events))
        assert (unsigned.code, json.loads(unsigned.out)["ending"]) == (1, "no answer")


async def test_many_calls_end_in_a_table_with_this_machines_own_lateness(offhook: Offhook, talker: str) -> None:
    many = ["call", talker, "--calls", "4", "--ramp", "20/s", "--for", "1s"]
    table, as_json = await asyncio.gather(offhook(*many), offhook(*many, "--json"))
    assert (table.code, table.err) == (0, "")
    assert table.out.startswith("4 calls, none failed.\n")
    assert [line.split()[:2] for line in table.out.splitlines()[3:5]] == [["set-up", "4"], ["first", "audio"]]
    assert "This machine was itself late p99 " in table.out
    told = json.loads(as_json.out)
    assert (told["calls"], told["set_up"]["values"]["count"], told["findings"]) == (4, 4, [])


async def test_calls_that_fail_are_counted_by_their_reason(offhook: Offhook) -> None:
    result = await offhook("call", "ws://127.0.0.1:1", "--calls", "2", "--ramp", "100/s", "--for", "1s")
    assert result.code == 1
    assert "2 calls, 2 failed." in result.out
    assert "2 times: The stream's socket ws://127.0.0.1:1 could not be opened" in result.out


async def test_a_call_that_cannot_be_kept_is_still_told(offhook: Offhook, bot: Bot) -> None:
    (offhook.folder / "file").touch()
    result = await offhook("call", bot.url, "--for", "100ms", "--record", "file/kept.wav")
    assert result.code == 1
    assert result.out.startswith("The call lasted 0.1 s")
    assert result.err == "Error: The call cannot be kept in file/kept.wav: File exists.\n"


async def test_the_stream_is_as_it_was_asked_for(offhook: Offhook, bot: Bot) -> None:
    stream = ["--content-type", L16_16K.content_type, "--header", "tier=gold"]
    plivo = ["--profile", "strings", "--set", "frames.extra_headers=json", "--trouble", "lossy", "--set", "lost=1"]
    assert (await offhook("call", bot.url, "--for", "200ms", *stream, *plivo)).code == 0
    start = bot.events("start")[0]
    assert start["sequenceNumber"] == "1"
    assert start["start"]["mediaFormat"] == {"encoding": L16_16K.encoding, "sampleRate": L16_16K.rate}
    assert json.loads(start["extra_headers"]) == {"tier": "gold"}
    assert bot.events("media") == []


async def test_what_a_bot_says_does_not_steer_the_terminal(offhook: Offhook) -> None:
    async def close_with_colours(socket: ServerConnection) -> None:
        await socket.close(4000, "\x1b[31mred")

    async with serve(close_with_colours, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        result = await offhook("call", f"ws://{host}:{port}", "--for", "1s")
    assert result.code == 1
    assert "the bot closed the socket (4000 \N{REPLACEMENT CHARACTER}[31mred)." in result.out
    assert "error: closed-with-error at 0." in result.out
