"""What operators do to a stream, seen from both ends of the bridge."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.client import ClientConnection

from bridge.operator.client import OperatorLink, RefusedError
from bridge.wire.commands import ClearAudio, Command, PlayAudio, SendDtmf, SetCheckpoint, read_command
from bridge.wire.formats import L16_8K, L16_16K, MULAW_8K, AudioFormat
from bridge.wire.frames import ClearedAudio, PlayedStream, cleared_audio_frame, played_stream_frame
from bridge.wire.link.audio import Audio, Leg
from bridge.wire.link.requests import Checkpoint, Clear, Dtmf, Hangup, Listen, StepIn, StepOut
from tests.server.rig import TONE, Rig, Watcher, media


async def command(socket: ClientConnection) -> Command:
    async with asyncio.timeout(5):
        return read_command(await socket.recv())


async def talk(watcher: Watcher, stream_id: str = "s-1") -> int:
    done = await watcher.link.request(StepIn(stream_id=stream_id))
    return done.stream.handle


async def test_clear_is_done_when_plivo_acknowledges(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        await watcher.state("s-1", "live")
        asked = asyncio.create_task(watcher.link.request(Clear(stream_id="s-1")))
        assert await command(socket) == ClearAudio(stream_id="s-1")
        assert not asked.done()
        await socket.send(cleared_audio_frame(ClearedAudio(stream_id="s-1", sequence=2)))
        done = await asked
        assert done.took_ms is not None
        await watcher.until(lambda: [c.acknowledged_at for c in watcher.stream("s-1").clears if c.acknowledged_at])


async def test_a_clear_that_nobody_acknowledges_fails_in_time(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier():
        await watcher.state("s-1", "live")
        with pytest.raises(RefusedError, match=r"did not acknowledge the clear within 0\.1 s"):
            await watcher.link.request(Clear(stream_id="s-1", timeout=0.1))


async def test_checkpoint_is_done_when_it_was_played(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        await watcher.state("s-1", "live")
        asked = asyncio.create_task(watcher.link.request(Checkpoint(stream_id="s-1", name="menu")))
        assert await command(socket) == SetCheckpoint(stream_id="s-1", name="menu")
        await socket.send(played_stream_frame(PlayedStream(stream_id="s-1", name="menu", sequence=2)))
        assert "Checkpoint menu was played" in (await asked).text
        checkpoint = await watcher.until(lambda: [c for c in watcher.stream("s-1").checkpoints if c.played_at])
        assert (checkpoint[0].name, checkpoint[0].cleared) == ("menu", False)


async def test_a_checkpoint_that_a_clear_drops_is_refused_with_that_reason(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        await watcher.state("s-1", "live")
        handle = await talk(watcher)
        await watcher.link.send_audio(Audio(Leg.OPERATOR, handle, 0, TONE * 50))
        assert isinstance(await command(socket), PlayAudio)
        checkpoint = asyncio.create_task(watcher.link.request(Checkpoint(stream_id="s-1", name="end")))
        await command(socket)
        clear = asyncio.create_task(watcher.link.request(Clear(stream_id="s-1")))
        await command(socket)
        await socket.send(cleared_audio_frame(ClearedAudio(stream_id="s-1", sequence=2)))
        await clear
        with pytest.raises(RefusedError, match="end was cleared before it was played"):
            await checkpoint


async def test_commands_that_wait_fail_when_the_stream_ends(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        await watcher.state("s-1", "live")
        asked = asyncio.create_task(watcher.link.request(Checkpoint(stream_id="s-1", name="menu")))
        await command(socket)
    with pytest.raises(RefusedError, match="The stream ended before checkpoint menu was played"):
        await asked


async def test_digits_are_sent_and_others_refused(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        await watcher.state("s-1", "live")
        await watcher.link.request(Dtmf(stream_id="s-1", digits="12#a"))
        assert await command(socket) == SendDtmf(digits="12#A")
        with pytest.raises(RefusedError, match="DTMF digits are"):
            await watcher.link.request(Dtmf(stream_id="s-1", digits="5x"))


async def test_hangup_closes_the_socket_and_says_who_did(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        await watcher.state("s-1", "live")
        await watcher.link.request(Hangup(stream_id="s-1"))
        assert socket.close_code == 1000
    ended = await watcher.state("s-1", "ended")
    assert (ended.end_reason, ended.closed_by) == ("closed", "operator")


async def test_a_stream_that_is_closing_takes_no_more_commands(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        await watcher.state("s-1", "live")
        socket.transport.pause_reading()
        hangup = asyncio.create_task(watcher.link.request(Hangup(stream_id="s-1")))
        await watcher.event("watcher hung up")
        with pytest.raises(RefusedError, match="is closing"):
            await watcher.link.request(Dtmf(stream_id="s-1", digits="1"))
        socket.transport.resume_reading()
        await hangup


@pytest.mark.parametrize("audio_format", [MULAW_8K, L16_8K, L16_16K], ids=lambda f: f.content_type)
async def test_a_microphone_reaches_the_caller_in_the_streams_format(
    rig: Rig, watcher: Watcher, audio_format: AudioFormat
) -> None:
    payload = (TONE * 4)[: audio_format.frame_bytes]
    async with rig.carrier(audio_format=audio_format) as socket:
        await watcher.state("s-1", "live")
        handle = await talk(watcher)
        await watcher.link.send_audio(Audio(Leg.OPERATOR, handle, 0, payload))
        played = await command(socket)
        assert played == PlayAudio(payload=payload, content_type=audio_format.encoding, rate=audio_format.rate)
        await watcher.until(lambda: watcher.stream("s-1").agent_dbfs is not None)


async def test_only_one_operator_holds_the_microphone(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        view = await watcher.state("s-1", "live")
        await talk(watcher)
        async with OperatorLink(rig.address, "second") as second:
            with pytest.raises(RefusedError, match="watcher has the microphone"):
                await second.request(StepIn(stream_id="s-1"))
            await second.send_audio(Audio(Leg.OPERATOR, view.handle, 0, TONE))
            await watcher.link.send_audio(Audio(Leg.OPERATOR, view.handle, 0, bytes(160)))
            assert (await command(socket)).payload == bytes(160)
            await watcher.link.request(StepOut(stream_id="s-1"))
            await second.request(StepIn(stream_id="s-1"))
        await watcher.event("second is off the air")


async def test_a_listener_hears_the_caller_and_other_operators_but_not_itself(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier() as socket, OperatorLink(rig.address, "talker") as talker:
        view = await watcher.state("s-1", "live")
        await watcher.link.request(Listen(stream_id="s-1"))
        await talker.request(Listen(stream_id="s-1"))
        await talker.request(StepIn(stream_id="s-1"))
        for _ in range(5):
            await talker.send_audio(Audio(Leg.OPERATOR, view.handle, 0, TONE))
        await socket.send(media(payload=bytes(160)))
        await watcher.until(lambda: sum(len(a.payload) for a in watcher.audio if a.leg is Leg.AGENT) == 5 * 160)
        assert [a.payload for a in watcher.audio if a.leg is Leg.CALLER] == [bytes(160)]
        heard = await anext(talker.pushes())
        assert isinstance(heard, Audio)
        assert heard.leg is Leg.CALLER


async def test_a_clear_is_heard_by_listeners_as_an_empty_piece(rig: Rig, watcher: Watcher) -> None:
    """So that they drop what they hold of the far end's leg, as Plivo does."""
    async with rig.carrier():
        view = await watcher.state("s-1", "live")
        await watcher.link.request(Listen(stream_id="s-1"))
        with pytest.raises(RefusedError):
            await watcher.link.request(Clear(stream_id="s-1", timeout=0.01))
        await watcher.until(lambda: watcher.audio == [Audio(Leg.AGENT, view.handle, 0, b"")])


@pytest.mark.parametrize(
    "request_",
    [Clear(stream_id="s-1"), Checkpoint(stream_id="s-1"), Dtmf(stream_id="s-1", digits="1"), StepIn(stream_id="s-1")],
    ids=lambda r: type(r).__name__,
)
async def test_a_stream_that_cannot_take_a_command_says_so(rig: Rig, watcher: Watcher, request_: object) -> None:
    with pytest.raises(RefusedError, match="No stream s-1 is known here"):
        await watcher.link.request(request_)
    async with rig.carrier(tracks=["inbound", "outbound"]):
        await watcher.state("s-1", "live")
        with pytest.raises(RefusedError, match="one-way"):
            await watcher.link.request(request_)
    await watcher.state("s-1", "ended")
    with pytest.raises(RefusedError, match="has ended"):
        await watcher.link.request(request_)


async def test_a_stream_is_found_by_its_call_and_by_the_beginning_of_its_id(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier("abcd-1", "call-1") as socket, rig.carrier("abce-2", "call-2"):
        await watcher.state("abcd-1", "live")
        await watcher.state("abce-2", "live")
        for reference in ("abcd-1", "call-1", "abcd"):
            await watcher.link.request(Dtmf(stream_id=reference, digits="1"))
            await command(socket)
        with pytest.raises(RefusedError, match="No stream abc is known"):
            await watcher.link.request(Dtmf(stream_id="abc", digits="1"))
