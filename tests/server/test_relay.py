"""A bot behind the bridge sees the call as without it, and Plivo sees the bot as without it."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode

from bridge.server import agent
from bridge.wire.commands import checkpoint_command, clear_audio_command, play_audio_command
from bridge.wire.formats import MULAW_8K
from bridge.wire.frames import (
    ClearedAudio,
    Dtmf,
    PlayedStream,
    Start,
    cleared_audio_frame,
    dtmf_frame,
    played_stream_frame,
    start_frame,
)
from bridge.wire.link.requests import StepIn
from tests.server.bot import Bot, a_bot
from tests.server.rig import TONE, Rig, Watcher, media, running


@pytest.fixture
async def rig(tapped: Rig) -> Rig:
    return tapped


STRANGE = '{"event":"muteStream",  "streamId":"s-1","x":[1,2.50,"\\u00e9"]}'


async def test_frames_pass_unchanged_and_in_order_both_ways(rig: Rig, bot: Bot, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        sent = [media(sequence=n, payload=TONE) for n in range(2, 60)]
        sent[20:20] = [STRANGE, dtmf_frame(Dtmf(stream_id="s-1", digit="5"), "1"), "no JSON at all"]
        for frame in sent:
            await socket.send(frame)
        await bot.until(lambda: len(bot.frames) == len(sent) + 1)
        assert bot.frames[1:] == sent
        said = [play_audio_command(TONE, MULAW_8K), STRANGE, checkpoint_command("s-1", "a"), "nor this"]
        await bot.say(*said)
        assert [await socket.recv() for _ in said] == said
        view = await watcher.until(lambda: (v := watcher.stream("s-1")) and v.checkpoints and v)
        assert (view.mode, view.agent.url, view.agent.state) == ("agent", bot.url, "open")
        assert view.dtmf_in == "5"


async def test_frames_that_come_with_the_request_reach_the_bot_once(rig: Rig, bot: Bot) -> None:
    start = start_frame(Start(stream_id="s-1", call_id="c-1", account_id="MA", tracks=["inbound"], sequence=1))
    sent = [start, *(media(sequence=n, payload=TONE) for n in range(2, 10))]
    request = (
        b"GET /stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    port = int(rig.ready.public.rpartition(":")[2])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    for frame in (request, *(Frame(Opcode.TEXT, text.encode()).serialize(mask=True) for text in sent)):
        writer.write(frame)
    await bot.until(lambda: len(bot.frames) >= len(sent))
    writer.write(Frame(Opcode.TEXT, STRANGE.encode()).serialize(mask=True))
    await bot.until(lambda: STRANGE in bot.frames)
    assert bot.frames == [*sent, STRANGE]
    writer.close()


async def test_headers_and_query_reach_the_bot(rig: Rig, bot: Bot) -> None:
    headers = {"X-Plivo-Signature-V3": "c2lnbmVk", "X-Plivo-Signature-V3-Nonce": "12", "User-Agent": "plivo/1"}
    async with rig.socket("/stream?campaign=7&x=%20y", additional_headers=headers, user_agent_header=None):
        await bot.connected()
    request = bot.requests[0]
    assert request.path == "/ws?campaign=7&x=%20y"
    assert {name: request.headers[name] for name in headers} == headers


async def test_fragmented_messages_pass(rig: Rig, bot: Bot) -> None:
    async with rig.carrier() as socket:
        frame = media()
        await socket.send([frame[:20], frame[20:40], frame[40:]])
        await bot.event("media")
        assert bot.frames[-1] == frame
        command = play_audio_command(TONE * 40, MULAW_8K)
        await bot.sockets[0].send([command[:100], command[100:]])
        assert await socket.recv() == command


@pytest.mark.parametrize(("code", "reason"), [(1000, "bye"), (1001, ""), (4321, "bot's own")])
async def test_the_bots_close_reaches_plivo(rig: Rig, bot: Bot, watcher: Watcher, code: int, reason: str) -> None:
    async with rig.carrier() as socket:
        await watcher.state("s-1", "live")
        await bot.connected()
        await bot.sockets[0].close(code, reason)
        await socket.wait_closed()
        assert (socket.close_code, socket.close_reason) == (code, reason)
    ended = await watcher.state("s-1", "ended")
    assert (ended.closed_by, ended.close_code, ended.agent.close_code) == ("agent", code, code)


async def test_plivos_close_reaches_the_bot(rig: Rig, bot: Bot, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        await bot.event("start")
        await socket.close(4000, "hung up")
    await bot.until(lambda: bot.closes)
    assert bot.closes == [(4000, "hung up")]
    assert (await watcher.state("s-1", "ended")).closed_by == "carrier"


async def test_a_connection_that_breaks_breaks_for_the_bot(rig: Rig, bot: Bot) -> None:
    async with rig.carrier() as socket:
        await bot.event("start")
        socket.transport.abort()
        await bot.until(lambda: bot.closes)
        assert bot.closes[0][0] == 1006


async def test_a_bot_that_refuses_is_a_refusal_to_plivo(rig: Rig, bot: Bot, watcher: Watcher) -> None:
    bot.refuse_with = 403
    with pytest.raises(InvalidStatus) as refused:
        async with rig.socket():
            pass
    assert refused.value.response.status_code == 403
    await watcher.event(f"refused with 403: the agent {bot.url} refused the connection with 403.")


async def test_a_bot_that_is_not_there_is_a_502_to_plivo(tmp_path: Path) -> None:
    async with running(tmp_path, agent="ws://127.0.0.1:9/ws") as rig:
        with pytest.raises(InvalidStatus) as refused:
            async with rig.socket():
                pass
        assert refused.value.response.status_code == 502


async def test_what_is_trusted_is_read_once_and_holds_up_no_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_by, read = [], ssl.create_default_context

    def reading() -> ssl.SSLContext:
        read_by.append(threading.current_thread())
        return read()

    agent._tls.cache_clear()
    monkeypatch.setattr(ssl, "create_default_context", reading)
    async with running(tmp_path, agent="wss://127.0.0.1:9/ws") as rig:
        for _ in range(2):
            with pytest.raises(InvalidStatus):
                async with rig.socket():
                    pass
    assert len(read_by) == 1
    assert read_by[0] is not threading.main_thread()


async def test_a_bot_that_comes_late_gets_start_and_the_media_since(tmp_path: Path, bot: Bot) -> None:
    bot.wait_before_answer = asyncio.Event()
    route = {"to": "", "header": {"team": "blue"}, "agent": bot.url}
    headers = {"team": "blue"}
    async with (
        running(tmp_path, route=[route]) as rig,
        rig.watcher() as watcher,
        rig.carrier(extra_headers=headers) as socket,
    ):
        sent = [media(sequence=n) for n in range(2, 12)]
        for frame in sent:
            await socket.send(frame)
        await watcher.until(lambda: (view := watcher.stream("s-1")) and view.frames_in == 10)
        assert watcher.stream("s-1").agent.state == "connecting"
        bot.wait_before_answer.set()
        await bot.event("media", 10)
        assert json.loads(bot.frames[0])["event"] == "start"
        assert bot.frames[1:] == sent


async def test_a_bot_that_does_not_come_at_all_is_lost(
    tmp_path: Path, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent, "_ANSWERS_WITHIN", 0.2)
    bot.wait_before_answer = asyncio.Event()
    routes = [{"header": {"team": "blue"}, "agent": bot.url}]
    async with running(tmp_path, route=routes) as rig, rig.watcher() as watcher:
        async with rig.carrier(extra_headers={"team": "blue"}) as socket:
            await socket.wait_closed()
        await watcher.event(f"The agent {bot.url} did not answer within 0.2 s.")
        bot.wait_before_answer.set()


async def test_a_bot_that_was_reached_has_more_time_to_answer(
    tmp_path: Path, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent, "_REACHED_WITHIN", 0.2)
    bot.wait_before_answer = asyncio.Event()
    async with running(tmp_path, agent=bot.url) as rig:
        asyncio.get_running_loop().call_later(0.5, bot.wait_before_answer.set)
        async with rig.carrier():
            await bot.event("start")
    assert agent._ANSWERS_WITHIN == 30, "seconds, for which media are kept"


async def test_a_bot_that_refuses_after_start_is_a_close_and_bad_health(tmp_path: Path, bot: Bot) -> None:
    bot.refuse_with = 403
    routes = [{"header": {"team": "blue"}, "agent": bot.url}]
    async with running(tmp_path, route=routes) as rig, rig.watcher() as watcher:
        async with rig.carrier(extra_headers={"team": "blue"}) as socket:
            await socket.wait_closed()
            assert (socket.close_code, socket.close_reason) == (1011, "the agent is gone")
        ended = await watcher.state("s-1", "ended")
        assert ended.health == "error"
        assert ended.health_text == f"The agent {bot.url} is lost (refused the connection with 403)."


async def test_calls_go_to_the_bot_of_the_first_route_that_fits(tmp_path: Path, bot: Bot) -> None:
    async with a_bot() as other:
        routes = [
            {"header": {"team": "red*"}, "agent": other.url},
            {"to": "+49*", "agent": other.url},
            {"path": "/stream/sales", "agent": other.url},
            {"agent": bot.url},
        ]
        async with running(tmp_path, route=routes) as rig:
            await rig.post("/answer", CallUUID="c-2", From="+1", To="+4930", Event="StartApp")
            async with rig.carrier("s-1", "c-1", extra_headers={"team": "red-1"}), rig.carrier("s-2", "c-2"):
                await other.connected(2)
            async with rig.socket("/stream/sales") as socket:
                await socket.send(start_frame(Start(stream_id="s-3", call_id="c-3", sequence=1)))
                await other.connected(3)
            async with rig.carrier("s-4", "c-4"):
                await bot.connected()


async def test_the_next_agent_of_a_route_takes_over_when_one_dies(tmp_path: Path, bot: Bot) -> None:
    async with a_bot() as first:
        routes = [{"agent": ["ws://127.0.0.1:9/", first.url, bot.url]}]
        async with running(tmp_path, route=routes) as rig, rig.watcher() as watcher, rig.carrier() as socket:
            await first.event("start")
            await socket.send(media(sequence=2))
            await first.event("media")
            first.sockets[0].transport.abort()
            assert (await bot.event("start"))["start"]["streamId"] == "s-1"
            await socket.send(media(sequence=3))
            await bot.event("media")
            view = await watcher.until(
                lambda: (v := watcher.stream("s-1")) and v.agent.url == bot.url and v.agent.state == "open" and v
            )
            assert view.agent.tried == ["ws://127.0.0.1:9/", first.url]
            assert (view.health, view.health_text) == (
                "warning",
                f"The agent {first.url} was lost: {bot.url} is the next.",
            )


async def test_a_caller_whose_bot_is_gone_is_kept_ringing_until_an_operator_is_there(tmp_path: Path) -> None:
    settings = {"agent": "ws://127.0.0.1:9/ws", "when_lost": "ring"}
    async with running(tmp_path, **settings) as rig, rig.watcher() as watcher, rig.carrier() as socket:
        view = await watcher.until(lambda: (view := watcher.stream("s-1")) and view.ringing and view)
        assert (view.health, view.health_text) == ("error", "The agent is gone: the caller waits for an operator.")
        assert json.loads(await socket.recv())["event"] == "playAudio"
        await watcher.link.request(StepIn(stream_id="s-1", mode="takeover"))
        while json.loads(await socket.recv())["event"] != "clearAudio":
            pass
        await watcher.until(lambda: not watcher.stream("s-1").ringing and watcher.stream("s-1").operator == "watcher")


async def test_a_one_way_caller_whose_bot_is_gone_hears_no_ringing(tmp_path: Path) -> None:
    settings = {"agent": "ws://127.0.0.1:9/ws", "when_lost": "ring"}
    async with running(tmp_path, **settings) as rig, rig.watcher() as watcher:
        async with rig.carrier(tracks=["inbound", "outbound"]) as socket:
            await watcher.until(lambda: (v := watcher.stream("s-1")) and v.agent.state == "failed")
            for number in range(2, 12):
                await socket.send(media(sequence=number))
                await watcher.until(lambda came=number - 1: watcher.stream("s-1").frames_in == came)
            assert not watcher.stream("s-1").ringing
        await watcher.state("s-1", "ended")


async def test_a_flood_of_ten_thousand_frames_is_all_there(rig: Rig, bot: Bot, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        for n in range(2, 10_002):
            await socket.send(media(sequence=n))
        await bot.event("media", 1)
        await bot.until(lambda: len(bot.frames) == 10_001, 20)
        await watcher.until(lambda: watcher.stream("s-1").frames_in == 10_000)
        assert watcher.stream("s-1").gaps == 0


async def test_clears_and_checkpoints_of_the_bot_are_in_the_ledger(rig: Rig, bot: Bot, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        await bot.event("start")
        await bot.say(play_audio_command(TONE * 50, MULAW_8K), checkpoint_command("s-1", "one"))
        await bot.say(clear_audio_command("s-1"), checkpoint_command("s-1", "two"))
        for _ in range(4):
            await socket.recv()
        await socket.send(cleared_audio_frame(ClearedAudio(stream_id="s-1", sequence=2)))
        await socket.send(played_stream_frame(PlayedStream(stream_id="s-1", sequence=3, name="two")))
        await bot.event("playedStream")
        view = await watcher.until(
            lambda: (v := watcher.stream("s-1")) and len(v.checkpoints) == 2 and v.checkpoints[1].played_at and v
        )
        assert [(c.name, c.cleared, c.by) for c in view.checkpoints] == [
            ("one", True, "agent"),
            ("two", False, "agent"),
        ]
        assert view.clears[0].acknowledged_at is not None


async def test_a_bot_that_breaks_off_breaks_plivos_connection(rig: Rig, bot: Bot, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        await watcher.state("s-1", "live")
        await bot.event("start")
        bot.sockets[0].transport.abort()
        await socket.wait_closed()
        assert socket.close_code == 1006
    ended = await watcher.state("s-1", "ended")
    assert (ended.closed_by, ended.close_code, ended.agent.state) == ("agent", 1006, "failed")


async def test_a_start_in_pieces_reaches_a_bot_that_it_chose(tmp_path: Path, bot: Bot) -> None:
    async with running(tmp_path, route=[{"header": {"team": "blue"}, "agent": bot.url}]) as rig, rig.socket() as socket:
        start = start_frame(Start(stream_id="s-1", call_id="c-1", sequence=1, extra_headers={"team": "blue"}))
        await socket.send([start[:30], start[30:60], start[60:]])
        await bot.event("start")
        assert bot.frames == [start]


async def test_the_next_bot_is_not_given_the_end_of_a_message_without_its_beginning(tmp_path: Path, bot: Bot) -> None:
    async with (
        a_bot() as first,
        running(tmp_path, route=[{"agent": [first.url, bot.url]}]) as rig,
        rig.watcher() as watcher,
        rig.carrier() as socket,
    ):
        await first.event("start")
        in_pieces, whole = media(sequence=2).encode(), media(sequence=3)
        socket.transport.write(Frame(Opcode.TEXT, in_pieces[:30], fin=False).serialize(mask=True))
        await (await socket.ping())
        first.sockets[0].transport.abort()
        start = await bot.event("start")
        socket.transport.write(Frame(Opcode.CONT, in_pieces[30:]).serialize(mask=True))
        await socket.send(whole)
        await bot.event("media")
        assert [json.loads(frame) for frame in bot.frames] == [start, json.loads(whole)]
        await watcher.until(lambda: (view := watcher.stream("s-1")) and view.frames_in == 2)
        assert bot.closes == []


async def test_a_message_that_the_bot_began_before_start_may_end_after_it(rig: Rig, bot: Bot, watcher: Watcher) -> None:
    async with rig.socket() as socket:
        await bot.connected()
        command = play_audio_command(TONE, MULAW_8K).encode()
        bot.sockets[0].transport.write(Frame(Opcode.TEXT, command[:30], fin=False).serialize(mask=False))
        pieces = socket.recv_streaming(decode=False)
        said = await anext(pieces)
        await socket.send(start_frame(Start(stream_id="s-1", call_id="c-1", sequence=1)))
        await bot.event("start")
        bot.sockets[0].transport.write(Frame(Opcode.CONT, command[30:]).serialize(mask=False))
        assert b"".join([said, *[piece async for piece in pieces]]) == command
        await watcher.until(lambda: (view := watcher.stream("s-1")) and view.frames_out == 1)
        await socket.send(media(sequence=2))
        await bot.event("media")
        assert bot.closes == []


async def test_the_next_bot_is_not_told_of_the_checkpoints_of_the_one_before(tmp_path: Path, bot: Bot) -> None:
    async with (
        a_bot() as first,
        running(tmp_path, route=[{"agent": [first.url, bot.url]}]) as rig,
        rig.carrier() as socket,
    ):
        await first.event("start")
        await first.say(play_audio_command(TONE, MULAW_8K), checkpoint_command("s-1", "first's"))
        for _ in range(2):
            await socket.recv()
        first.sockets[0].transport.abort()
        await bot.event("start")
        await socket.send(played_stream_frame(PlayedStream(stream_id="s-1", sequence=2, name="first's")))
        await socket.send(media(sequence=3))
        await bot.event("media")
        assert not bot.events("playedStream")


async def test_what_the_bot_does_wrong_is_found_told_and_passed_on(rig: Rig, bot: Bot, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        await bot.event("start")
        nameless = '{"event":"checkpoint","streamId":"s-1"}'
        await bot.say(nameless)
        assert await socket.recv() == nameless
        event = await watcher.event("A checkpoint has no name")
        assert (event.source, event.event, event.data["code"]) == ("agent", "finding", "checkpoint-no-name")
        view = await watcher.until(lambda: (v := watcher.stream("s-1")) and v.findings and v.health == "error" and v)
        assert [finding.code for finding in view.findings] == ["checkpoint-no-name"]
