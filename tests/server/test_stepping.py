"""Operators step into a call that a bot has: over real sockets, with a caller that plays what it gets."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection

from bridge.operator.client import Address, OperatorLink, RefusedError
from bridge.wire.commands import ClearAudio, Command, PlayAudio, checkpoint_command, play_audio_command, read_command
from bridge.wire.formats import MULAW_8K
from bridge.wire.frames import ClearedAudio, PlayedStream, cleared_audio_frame, played_stream_frame
from bridge.wire.link.audio import Audio, Leg
from bridge.wire.link.requests import Checkpoint, Clear, Listen, StepIn, StepOut
from tests.server.bot import Bot
from tests.server.rig import TONE, Rig, Watcher, media, running

VOICE, AGENTS = b"\x10" * 160, b"\x20" * 160


@pytest.fixture
async def rig(tapped: Rig) -> Rig:
    return tapped


@pytest.fixture
async def caller(rig: Rig, bot: Bot, watcher: Watcher) -> AsyncIterator[ClientConnection]:
    async with rig.carrier() as socket:
        await bot.event("start")
        await watcher.until(lambda: (view := watcher.stream("s-1")) and view.mode == "agent")
        yield socket


async def command(socket: ClientConnection) -> Command:
    async with asyncio.timeout(5):
        return read_command(await socket.recv())


async def taken_over(watcher: Watcher, caller: ClientConnection, **how: bool) -> float:
    """Take over while the caller acknowledges the clear; milliseconds that it took."""
    asked = asyncio.create_task(watcher.link.request(StepIn(stream_id="s-1", mode="takeover", **how)))
    while not isinstance(await command(caller), ClearAudio):
        pass
    await caller.send(cleared_audio_frame(ClearedAudio(stream_id="s-1", sequence=2)))
    return (await asked).took_ms


async def test_take_over_and_hand_back(rig: Rig, bot: Bot, watcher: Watcher, caller: ClientConnection) -> None:
    await bot.say(play_audio_command(AGENTS * 100, MULAW_8K), checkpoint_command("s-1", "greeted"))
    assert 0 < await taken_over(watcher, caller) < 1000
    view = await watcher.until(lambda: (v := watcher.stream("s-1")) and v.mode == "takeover" and v)
    assert view.operator == "watcher"

    await bot.say(play_audio_command(AGENTS, MULAW_8K))
    for _ in range(5):
        await watcher.link.send_audio(Audio(Leg.OPERATOR, view.handle, 0, VOICE))
    assert [(await command(caller)).payload for _ in range(5)] == [VOICE] * 5
    await caller.send(media(payload=TONE, sequence=3))
    silenced = await bot.event("media")
    assert _audio(silenced) == b"\xff" * 160

    await watcher.link.request(StepOut(stream_id="s-1"))
    await bot.say(play_audio_command(AGENTS, MULAW_8K))
    assert (await command(caller)).payload == AGENTS
    heard = media(payload=TONE, sequence=4)
    await caller.send(heard)
    await bot.event("media", 2)
    assert bot.frames[-1] == heard or bot.frames[-2] == heard
    assert (await bot.event("playedStream"))["name"] == "greeted"
    assert not bot.events("clearedAudio")
    text = (await watcher.event("handed back")).text
    assert text.startswith("watcher has handed back to the agent after ")


async def test_the_next_operator_sees_who_has_it_and_may_take_it(
    rig: Rig, watcher: Watcher, caller: ClientConnection
) -> None:
    await taken_over(watcher, caller)
    async with OperatorLink(rig.address, "berta") as berta:
        with pytest.raises(RefusedError, match="watcher has the microphone"):
            await berta.request(StepIn(stream_id="s-1", mode="talk"))
        with pytest.raises(RefusedError, match="watcher has the microphone"):
            await berta.request(StepOut(stream_id="s-1"))
        await berta.request(StepIn(stream_id="s-1", mode="whisper", seize=True))
        await watcher.event("berta took the microphone")
        view = await watcher.until(lambda: (v := watcher.stream("s-1")) and v.operator == "berta" and v)
        assert view.mode == "whisper"
        await watcher.link.request(StepOut(stream_id="s-1", seize=True))
        await watcher.until(lambda: watcher.stream("s-1").mode == "agent")


async def test_a_link_that_is_lost_hands_the_call_back(rig: Rig, watcher: Watcher, caller: ClientConnection) -> None:
    async with OperatorLink(rig.address, "berta") as berta:
        await berta.request(StepIn(stream_id="s-1", mode="talk"))
        await watcher.until(lambda: watcher.stream("s-1").mode == "talk")
    await watcher.until(lambda: watcher.stream("s-1").mode == "agent")


async def test_a_script_of_the_same_person_plays_into_the_takeover_and_leaves_it(
    rig: Rig, watcher: Watcher, caller: ClientConnection
) -> None:
    await taken_over(watcher, caller)
    handle = watcher.stream("s-1").handle
    async with OperatorLink(rig.address, "watcher") as script:
        assert (await script.request(StepIn(stream_id="s-1"))).stream.mode == "takeover"
        for _ in range(5):
            await script.send_audio(Audio(Leg.OPERATOR, handle, 0, VOICE))
        assert isinstance(await command(caller), PlayAudio)
        left = await script.request(StepOut(stream_id="s-1"))
        assert left.stream.mode == "takeover"
    async with OperatorLink(rig.address, "watcher") as script:
        await script.request(StepOut(stream_id="s-1"))
        await watcher.until(lambda: watcher.stream("s-1").mode == "agent")


async def test_an_operators_clear_leaves_no_checkpoint_of_the_bot_unanswered(
    bot: Bot, watcher: Watcher, caller: ClientConnection
) -> None:
    await bot.say(play_audio_command(AGENTS * 10, MULAW_8K), checkpoint_command("s-1", "a"))
    await watcher.until(lambda: (v := watcher.stream("s-1")) and v.checkpoints)
    asked = asyncio.create_task(watcher.link.request(Clear(stream_id="s-1")))
    while not isinstance(await command(caller), ClearAudio):
        pass
    await caller.send(cleared_audio_frame(ClearedAudio(stream_id="s-1", sequence=2)))
    await asked
    assert (await bot.event("playedStream"))["name"] == "a"
    assert not bot.events("clearedAudio")


async def test_who_whispers_is_heard_by_the_bot_alone(bot: Bot, watcher: Watcher, caller: ClientConnection) -> None:
    await watcher.link.request(StepIn(stream_id="s-1", mode="whisper"))
    handle = watcher.stream("s-1").handle
    for _ in range(5):
        await watcher.link.send_audio(Audio(Leg.OPERATOR, handle, 0, VOICE))
    quiet = media(payload=b"\xff" * 160)
    sent = 0
    while not any(b != 0xFF for frame in bot.events("media") for b in _audio(frame)):
        await caller.send(quiet)
        sent += 1
        await bot.event("media", sent)
        assert sent < 100
    await bot.say(play_audio_command(AGENTS, MULAW_8K))
    assert (await command(caller)).payload == AGENTS


def _audio(frame: dict) -> bytes:
    return base64.b64decode(frame["media"]["payload"])


async def test_who_only_listens_changes_nothing(bot: Bot, watcher: Watcher, caller: ClientConnection) -> None:
    await watcher.link.request(Listen(stream_id="s-1"))
    frames = [media(payload=TONE, sequence=n) for n in range(2, 20)]
    for frame in frames:
        await caller.send(frame)
    await bot.event("media", len(frames))
    assert bot.frames[1:] == frames
    await watcher.until(lambda: sum(len(a.payload) for a in watcher.audio if a.leg is Leg.CALLER) == 18 * 160)


async def test_whispering_needs_an_agent(tmp_path: Path) -> None:
    async with running(tmp_path) as rig, rig.watcher() as watcher, rig.carrier():
        await watcher.state("s-1", "live")
        for mode in ("whisper", "takeover"):
            with pytest.raises(RefusedError, match="no agent behind it"):
                await watcher.link.request(StepIn(stream_id="s-1", mode=mode))


async def test_a_read_only_token_lets_listen_and_nothing_else(rig: Rig, caller: ClientConnection) -> None:
    token = (rig.data / "token.read-only").read_text().strip()
    async with OperatorLink(Address(rig.ready.control, token), "guest") as guest:
        await guest.request(Listen(stream_id="s-1"))
        for request in (StepIn(stream_id="s-1"), Clear(stream_id="s-1"), StepOut(stream_id="s-1", seize=True)):
            with pytest.raises(RefusedError, match="read-only"):
                await guest.request(request)


async def test_of_a_read_only_bridge_nobody_may_more_than_listen(tmp_path: Path) -> None:
    async with running(tmp_path, read_only=True) as rig, rig.watcher() as watcher, rig.carrier():
        await watcher.state("s-1", "live")
        with pytest.raises(RefusedError, match="read-only"):
            await watcher.link.request(StepIn(stream_id="s-1"))
        await watcher.link.request(Listen(stream_id="s-1"))


async def test_what_operators_wait_for_is_not_told_to_the_bot(
    bot: Bot, watcher: Watcher, caller: ClientConnection
) -> None:
    asked = asyncio.create_task(watcher.link.request(Checkpoint(stream_id="s-1", name="mine")))
    assert json.loads(await caller.recv())["name"] == "mine"
    await caller.send(played_stream_frame(PlayedStream(stream_id="s-1", sequence=2, name="mine")))
    await asked
    await caller.send(media(sequence=3))
    await bot.event("media")
    assert not bot.events("playedStream")
