"""An operator whom the caller hears keeps the caller, whatever becomes of the bot: what it wanted happens after."""

from __future__ import annotations

import asyncio
import json
from base64 import encodebytes
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode

from bridge.operator.client import OperatorLink
from bridge.server import socket as carrier_socket
from bridge.wire.commands import ClearAudio, PlayAudio, checkpoint_command, clear_audio_command, play_audio_command
from bridge.wire.commands import read_command as read
from bridge.wire.formats import MULAW_8K
from bridge.wire.frames import ClearedAudio, Dtmf, cleared_audio_frame, dtmf_frame
from bridge.wire.link.audio import Audio, Leg
from bridge.wire.link.requests import Listen, StepIn, StepOut
from tests.server.bot import Bot, a_bot
from tests.server.rig import TONE, Rig, Watcher, media, running

VOICE, AGENTS = b"\x10" * 160, b"\x20" * 160
TAKE_OVER, HAND_BACK = StepIn(stream_id="s-1", mode="takeover"), StepOut(stream_id="s-1")


class Call:
    """A call with `bot` behind it, an operator, and Plivo, which acknowledges every clear."""

    def __init__(self, rig: Rig, watcher: Watcher, plivo: ClientConnection) -> None:
        self.rig, self.watcher, self.plivo = rig, watcher, plivo

    @property
    def view(self) -> Any:
        return self.watcher.stream("s-1")

    async def heard(self) -> bytes:
        """The next audio that the caller is given."""
        async with asyncio.timeout(5):
            while not isinstance(command := read(await self.plivo.recv()), PlayAudio):
                if isinstance(command, ClearAudio):
                    await self.plivo.send(cleared_audio_frame(ClearedAudio(stream_id="s-1")))
        return command.payload

    async def take_over(self) -> None:
        asked = asyncio.create_task(self.watcher.link.request(TAKE_OVER))
        await self.watcher.until(lambda: self.view.operator)
        await self.hears_the_operator()
        await asked

    async def hears_the_operator(self) -> None:
        await self.watcher.link.send_audio(Audio(Leg.OPERATOR, self.view.handle, 0, VOICE))
        assert await self.heard() == VOICE

    async def hand_back(self) -> None:
        await self.watcher.link.request(HAND_BACK)


class Calls:
    """Makes calls to bridges of their own."""

    def __init__(self, data: Path, stack: AsyncExitStack) -> None:
        self._data, self._stack = data, stack

    async def begin(self, *agents: str, when_lost: str = "hang up", **fields: Any) -> Call:
        route = {"agent": list(agents), "when_lost": when_lost, **fields}
        rig = await self._stack.enter_async_context(running(self._data, route=[route]))
        watcher = await self._stack.enter_async_context(rig.watcher())
        headers = fields.get("header", {})
        plivo = await self._stack.enter_async_context(rig.carrier(extra_headers=headers))
        await watcher.state("s-1", "live")
        return Call(rig, watcher, plivo)

    async def taken_over(self, bot: Bot, *others: str, when_lost: str = "hang up") -> Call:
        call = await self.begin(bot.url, *others, when_lost=when_lost)
        await bot.event("start")
        await call.take_over()
        return call


@pytest.fixture
async def calls(tmp_path: Path) -> AsyncIterator[Calls]:
    async with AsyncExitStack() as stack:
        yield Calls(tmp_path, stack)


@pytest.mark.parametrize("when_lost", ["hang up", "ring"])
async def test_a_bot_that_closes_on_purpose_ends_the_call_when_the_operator_lets_go(
    calls: Calls, bot: Bot, when_lost: str
) -> None:
    call = await calls.taken_over(bot, when_lost=when_lost)
    await bot.sockets[0].close(1000, "nobody speaks")
    await call.watcher.event("The agent closed its socket with 1000")
    await call.hears_the_operator()
    assert (call.view.mode, call.view.operator, call.view.agent.state) == ("takeover", "watcher", "closed")
    await call.hand_back()
    await call.plivo.wait_closed()
    assert (call.plivo.close_code, call.plivo.close_reason) == (1000, "nobody speaks")
    assert (await call.watcher.state("s-1", "ended")).closed_by == "agent"
    assert (await call.watcher.event("takeover ended")).text.startswith("watcher's takeover ended after ")


async def test_a_bot_that_is_lost_rings_when_the_operator_lets_go(calls: Calls, bot: Bot) -> None:
    call = await calls.taken_over(bot, when_lost="ring")
    await bot.sockets[0].close(4000, "crashed")
    await call.watcher.event("The agent closed its socket with 4000")
    for _ in range(20):
        await call.hears_the_operator()
    assert not call.view.ringing
    await call.hand_back()
    await call.watcher.until(lambda: call.view.ringing)
    assert await call.heard() != VOICE
    assert not [event for event in call.watcher.events if "handed back" in event.text]


async def test_the_next_bot_gets_the_call_when_the_operator_lets_go(calls: Calls, bot: Bot) -> None:
    async with a_bot() as other:
        call = await calls.taken_over(bot, other.url)
        bot.sockets[0].transport.abort()
        await call.watcher.event("The connection to the agent was lost")
        for _ in range(5):
            await call.hears_the_operator()
        assert other.sockets == []
        await call.hand_back()
        assert (await other.event("start"))["start"]["streamId"] == "s-1"
        await call.plivo.send(media(payload=TONE, sequence=2))
        await other.event("media")
        await other.say(play_audio_command(AGENTS, MULAW_8K))
        assert await call.heard() == AGENTS


async def test_who_takes_the_microphone_has_the_caller_too(calls: Calls, bot: Bot) -> None:
    call = await calls.taken_over(bot)
    await bot.sockets[0].close(1000, "")
    await call.watcher.event("The agent closed its socket")
    async with OperatorLink(call.rig.address, "berta") as berta:
        await berta.request(StepIn(stream_id="s-1", mode="talk", seize=True))
        await berta.send_audio(Audio(Leg.OPERATOR, call.view.handle, 0, VOICE))
        assert call.plivo.close_code is None
        assert call.view.state == "live"
    await call.plivo.wait_closed()


async def test_a_bot_that_breaks_the_protocol_leaves_the_caller_to_the_operator(calls: Calls, bot: Bot) -> None:
    call = await calls.taken_over(bot)
    bot.sockets[0].transport.write(b"\x00\x01a")  # the middle of a message that has no beginning
    await call.watcher.event("The agent closed its socket with 1002")
    await call.hears_the_operator()
    await call.hand_back()
    await call.plivo.wait_closed()
    assert call.plivo.close_code == 1002


async def test_a_bot_that_comes_late_to_an_operator_is_held(calls: Calls, bot: Bot) -> None:
    bot.wait_before_answer = asyncio.Event()
    call = await calls.begin(bot.url, header={"team": "blue"})
    async with OperatorLink(call.rig.address, "berta") as berta:
        await berta.request(Listen(stream_id="s-1"))
        await berta.request(TAKE_OVER)
        bot.wait_before_answer.set()
        await bot.event("start")
        await call.watcher.event("took the call")
        await bot.say(play_audio_command(AGENTS, MULAW_8K), checkpoint_command("s-1", "greeted"))
        assert (await bot.event("playedStream"))["name"] == "greeted"
        await berta.send_audio(Audio(Leg.OPERATOR, call.view.handle, 0, VOICE))
        assert await call.heard() == VOICE
        assert (call.view.mode, call.view.listeners) == ("takeover", 1)
    await call.watcher.until(lambda: (call.view.mode, call.view.listeners) == ("agent", 0))
    await bot.say(play_audio_command(AGENTS, MULAW_8K))
    assert await call.heard() == AGENTS


async def test_a_bot_that_refuses_late_leaves_the_caller_to_the_operator(calls: Calls, bot: Bot) -> None:
    bot.wait_before_answer, bot.refuse_with = asyncio.Event(), 503
    call = await calls.begin(bot.url, header={"team": "blue"})
    await call.take_over()
    bot.wait_before_answer.set()
    await call.watcher.event("refused the connection with 503")
    await call.hears_the_operator()
    await call.hand_back()
    await call.plivo.wait_closed()
    assert call.plivo.close_code == 1011


async def test_a_clear_of_which_plivo_has_the_beginning_is_acknowledged_once(calls: Calls, bot: Bot) -> None:
    call = await calls.begin(bot.url)
    await bot.event("start")
    go_on, text = asyncio.Event(), clear_audio_command("s-1")

    async def in_pieces() -> AsyncIterator[str]:
        yield text[:10]
        await go_on.wait()
        yield text[10:]

    saying = asyncio.create_task(bot.sockets[0].send(in_pieces()))
    pieces = call.plivo.recv_streaming()
    first = await anext(pieces)
    asked = asyncio.create_task(call.watcher.link.request(TAKE_OVER))
    await call.watcher.until(lambda: call.view.mode == "takeover")
    go_on.set()
    rest = [piece async for piece in pieces]
    await saying
    assert read("".join([first, *rest])) == ClearAudio(stream_id="s-1")
    await call.plivo.send(cleared_audio_frame(ClearedAudio(stream_id="s-1")))
    await call.hears_the_operator()  # behind the clear of the takeover, which is acknowledged, too
    await asked
    await call.plivo.send(media(sequence=9))
    await bot.event("media")
    assert len(bot.events("clearedAudio")) == 1
    assert call.view.problems == {}


async def test_a_bot_that_breaks_off_in_a_message_that_was_held_back_leaves_the_caller(calls: Calls, bot: Bot) -> None:
    call = await calls.taken_over(bot)
    bot.sockets[0].transport.write(Frame(Opcode.TEXT, b'{"event"', fin=False).serialize(mask=False))
    await (await bot.sockets[0].ping())
    bot.sockets[0].transport.abort()
    await call.watcher.event("The connection to the agent was lost")
    await call.hears_the_operator()


async def flood(call: Call) -> None:
    """More of the caller than a bot that does not read, and the kernel for it, take."""
    async with asyncio.timeout(10):
        for number in range(2, 402):
            await call.plivo.send(media(payload=bytes(48_000), sequence=number))


async def test_a_bot_that_does_not_read_any_more_keeps_nobody_from_hearing_the_caller(calls: Calls, bot: Bot) -> None:
    call = await calls.taken_over(bot)
    bot.sockets[0].transport.pause_reading()
    await flood(call)
    await call.plivo.send(dtmf_frame(Dtmf(stream_id="s-1", digit="7"), "1"))
    await call.watcher.until(lambda: call.view.dtmf_in == "7")
    bot.sockets[0].transport.resume_reading()


async def test_who_takes_over_from_a_bot_that_does_not_read_any_more_hears_the_caller(calls: Calls, bot: Bot) -> None:
    call = await calls.begin(bot.url)
    await bot.event("start")
    bot.sockets[0].transport.pause_reading()
    flooding = asyncio.create_task(flood(call))
    await call.watcher.until(lambda: call.view.health_text.startswith("No media for"))
    await call.take_over()
    await flooding
    await call.plivo.send(dtmf_frame(Dtmf(stream_id="s-1", digit="7"), "1"))
    await call.watcher.until(lambda: call.view.dtmf_in == "7")
    bot.sockets[0].transport.resume_reading()


async def test_a_bot_that_does_not_read_for_long_is_lost(
    calls: Calls, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier_socket, "_GIVE_UP_AFTER", 1.0)
    async with a_bot() as other:
        call = await calls.begin(bot.url, other.url)
        await bot.event("start")
        bot.sockets[0].transport.pause_reading()
        flooding = asyncio.create_task(flood(call))
        await call.watcher.event("has read nothing for 1 s")
        await other.event("start")
        await flooding
        assert call.view.state == "live"


async def test_audio_that_cannot_be_read_is_held_back_as_well(calls: Calls, bot: Bot) -> None:
    call = await calls.taken_over(bot)
    in_lines = {"event": "playAudio", "media": {"payload": encodebytes(AGENTS * 2).decode()}}
    await bot.say(json.dumps(in_lines), '{"event":"strange"}')
    assert json.loads(await call.plivo.recv())["event"] == "strange"
    await call.hand_back()
    await bot.say(json.dumps(in_lines))
    assert json.loads(await call.plivo.recv()) == in_lines
