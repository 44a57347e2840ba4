"""What passes without being read before is counted as if it had been, and stops passing when somebody steps in."""

from __future__ import annotations

import asyncio
import json

import pytest

from bridge.streams.check.findings import Findings
from bridge.wire.commands import checkpoint_command, play_audio_command
from bridge.wire.formats import MULAW_8K
from bridge.wire.frames import Dtmf, PlayedStream, dtmf_frame, played_stream_frame
from bridge.wire.link.requests import Listen, StepIn, StepOut
from tests.server.bot import Bot
from tests.server.rig import TONE, Rig, Watcher, media

STRANGE = '{"event":"hello"}'
PLAY = play_audio_command(TONE, MULAW_8K)


@pytest.fixture
async def rig(tapped: Rig) -> Rig:
    return tapped


async def test_pieces_that_are_skipped_are_counted(rig: Rig, bot: Bot, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        for number in range(2, 302):
            await socket.send(media(sequence=number, chunk=number))
        await bot.until(lambda: len(bot.frames) == 301)
        await bot.say(*[PLAY] * 100)
        assert [await socket.recv() for _ in range(100)] == [PLAY] * 100
        view = await watcher.until(lambda: (v := watcher.stream("s-1")) and v.frames_in == 300 and v)
        await watcher.until(lambda: watcher.stream("s-1").queued_ms > 1000)
        assert view.gaps == 0


async def test_each_piece_that_is_missing_is_a_gap(rig: Rig, bot: Bot, watcher: Watcher) -> None:
    numbers = [n for n in range(2, 202) if n not in (50, 51, 120)]
    async with rig.carrier() as socket:
        for number in numbers:
            await socket.send(media(sequence=number, chunk=number))
        await socket.send(dtmf_frame(Dtmf(stream_id="s-1", digit="7", sequence=202), "1"))
        await bot.until(lambda: len(bot.frames) == len(numbers) + 2)
        view = await watcher.until(lambda: (v := watcher.stream("s-1")) and v.dtmf_in == "7" and v)
        assert (view.frames_in, view.gaps) == (len(numbers), 2)


async def test_what_is_not_audio_is_read_in_the_order_in_which_it_passed(rig: Rig, bot: Bot, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        await bot.event("start")
        for turn in range(30):
            name = f"p-{turn}"
            await bot.say(PLAY, checkpoint_command("s-1", name))
            assert await socket.recv() == PLAY
            assert json.loads(await socket.recv())["name"] == name
            await socket.send(played_stream_frame(PlayedStream(stream_id="s-1", sequence=2 + turn, name=name)))
            await bot.event("playedStream", turn + 1)
        await watcher.event("Checkpoint p-29 was played")
        view = watcher.stream("s-1")
        assert not view.problems
        assert all(checkpoint.played_at for checkpoint in view.checkpoints)


async def test_the_next_frame_after_a_takeover_is_not_passed(rig: Rig, bot: Bot, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        view = await watcher.state("s-1", "live")
        await bot.event("start")
        for turn in range(1, 4):
            for _ in range(4):
                await bot.say(PLAY)
                assert await socket.recv() == PLAY  # so each came alone, as usual
            stepping = asyncio.create_task(watcher.link.request(StepIn(stream_id="s-1", mode="takeover")))
            assert json.loads(await socket.recv())["event"] == "clearAudio"
            await socket.send(json.dumps({"event": "clearedAudio", "streamId": "s-1", "sequenceNumber": turn + 1}))
            await stepping
            await bot.say(PLAY)
            await watcher.until(lambda played=5 * turn: watcher.streams[view.handle].frames_out == played)
            await bot.say(STRANGE)
            assert await socket.recv() == STRANGE
            await watcher.link.request(StepOut(stream_id="s-1"))


async def test_a_listener_hears_each_piece_at_once_and_nobody_pays_when_he_is_gone(
    rig: Rig, bot: Bot, watcher: Watcher
) -> None:
    async with rig.carrier() as socket:
        view = await watcher.state("s-1", "live")
        await bot.event("start")
        await socket.send(media(sequence=2, chunk=2))
        await bot.event("media")
        await watcher.link.request(Listen(stream_id="s-1", on=True))
        for number in range(3, 8):
            await socket.send(media(sequence=number, chunk=number))
            await watcher.until(lambda heard=number - 2: len(watcher.audio) == heard)
        await watcher.link.request(Listen(stream_id="s-1", on=False))
        await socket.send(media(sequence=8, chunk=8))
        await bot.event("media", 7)
        await watcher.until(lambda: watcher.streams[view.handle].frames_in == 7)
        assert len(watcher.audio) == 5


async def test_what_goes_wrong_with_a_call_ends_neither_it_nor_the_bridge(
    rig: Rig, bot: Bot, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Findings, "plays", fail)
    async with rig.carrier() as socket:
        await bot.event("start")
        for _ in range(2):
            await bot.say(*[PLAY] * 3)
            assert [await socket.recv() for _ in range(3)] == [PLAY] * 3
        event = await watcher.event("Something went wrong in the bridge")
        assert (event.stream_id, event.level) == ("s-1", "error")
        assert (await rig.get("/answer", CallUUID="c-2"))[0] == 200


async def test_a_piece_without_audio_harms_nobody(rig: Rig, bot: Bot, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        await bot.event("start")
        said = [PLAY, play_audio_command(b"", MULAW_8K), PLAY]
        await bot.say(*said)
        assert [await socket.recv() for _ in said] == said
        await watcher.until(lambda: (v := watcher.stream("s-1")) and v.frames_out == 3)
        assert watcher.stream("s-1").findings == []
