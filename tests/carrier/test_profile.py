"""Calls of a Plivo that is not the documented one."""

import asyncio
from dataclasses import dataclass

import pytest

from bridge.carrier.outcome import Ending
from bridge.carrier.profile import PROFILES, CallbackSpelling, Profile, Spelling
from bridge.wire.callbacks import read_callback
from bridge.wire.commands import checkpoint_command, clear_audio_command, play_audio_command
from bridge.wire.formats import MULAW_8K

SECOND = bytes(8000)


async def clear_behind_a_checkpoint(far_end):
    await far_end.until_frames("media")
    await far_end.send(
        play_audio_command(SECOND[:4000], MULAW_8K), checkpoint_command("", "mark"), clear_audio_command("x")
    )
    await far_end.until_frames("clearedAudio")


@pytest.mark.parametrize(("at_clear", "earliest"), [("returned", 0.0), ("late", 0.4)])
async def test_a_checkpoint_may_be_returned_though_its_audio_was_cleared(far_end, ring, at_clear, earliest):
    call = ring(far_end.plan(profile=Profile(at_clear=at_clear)))
    await clear_behind_a_checkpoint(far_end)
    await far_end.until_frames("playedStream")
    outcome = await call.hang_up()
    assert far_end.at("playedStream")[0] - far_end.at("clearedAudio")[0] >= earliest - 0.03
    assert (outcome.played, outcome.dropped) == (["mark"], [])


@pytest.mark.parametrize(("profile", "events"), [(Profile(), []), (Profile(stop=True), ["stop"])])
async def test_a_stop_comes_before_the_end_where_the_profile_has_it(far_end, ring, profile, events):
    call = ring(far_end.plan(profile=profile))
    await far_end.until_frames("media")
    await call.hang_up()
    await far_end.until(lambda: far_end.close_codes)
    assert [frame["event"] for _, frame in far_end.frames if frame["event"] not in ("start", "media")] == events


async def test_the_socket_may_end_without_a_close(far_end, ring):
    call = ring(far_end.plan(profile=Profile(closes=False)))
    await far_end.until_frames("media")
    outcome = await call.hang_up()
    await far_end.until(lambda: far_end.close_codes)
    assert far_end.close_codes == [1006]
    assert outcome.ending is Ending.CALLER


async def test_a_second_socket_claims_the_same_stream_and_is_told_apart_in_the_outcome(far_end, ring):
    call = ring(far_end.plan(profile=Profile(second_socket_after=0.05)))
    await far_end.until_frames("start", 2)
    assert len({frame["start"]["streamId"] for frame in far_end.named("start")}) == 1
    await far_end.sockets[1].close(1008, "taken")
    await far_end.until(lambda: call.call.outcome.second_socket == "closed with 1008")
    await call.hang_up()


async def test_a_second_socket_that_is_taken_ends_with_the_call(far_end, ring):
    call = ring(far_end.plan(profile=Profile(second_socket_after=0.05)))
    await far_end.until_frames("start", 2)
    outcome = await call.hang_up()
    await far_end.until(lambda: len(far_end.close_codes) == 2)
    assert outcome.second_socket == "taken"


async def test_connections_that_break_off_are_tried_again(far_end, ring):
    call = ring(far_end.plan(profile=Profile(failed_connects=2)))
    await far_end.until_frames("media")
    assert (await call.hang_up()).ending is Ending.CALLER
    outcome = await ring(far_end.plan(profile=Profile(failed_connects=3))).over()
    assert outcome.ending is Ending.NO_SOCKET
    assert "broke it off" in outcome.error


async def test_rare_events_come_where_the_profile_has_them(far_end, ring):
    call = ring(far_end.plan(profile=Profile(rare_events=True, frames=Spelling(numbers="string"))))
    await far_end.until_frames("media")
    await far_end.send(*[play_audio_command(SECOND, MULAW_8K)] * 41)
    await far_end.until_frames("playFailed")
    await far_end.until_frames("muteStream")
    await call.hang_up()
    assert far_end.named("playFailed")[0]["reason"] == "buffer_overflow"
    numbers = [frame["sequenceNumber"] for _, frame in far_end.frames]
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]


async def test_callbacks_may_have_the_second_naming_scheme(far_end, ring):
    profile = Profile(callbacks=CallbackSpelling(names="started", times="iso", newer_fields=False))
    await ring(far_end.plan(far_end.stream(stream_timeout=1), profile=profile)).over()
    requests = [request for request in far_end.requests if request.path == "/status"]
    assert [request.fields["Event"] for request in requests] == ["started", "stopped"]
    assert requests[1].fields["Duration"] == "1"
    assert "Direction" not in requests[1].fields
    assert "T" in requests[1].fields["Timestamp"]
    read = [read_callback(request.fields) for request in requests]
    assert [callback.event for callback in read] == ["StartStream", "StopStream"]
    assert not any(callback.missing for callback in read)


@dataclass
class Deaf:
    """A far end that takes the socket and then reads nothing."""

    url: str
    connections: list[asyncio.StreamWriter]


@pytest.fixture
async def deaf():
    import base64
    import hashlib
    import socket

    connections = []

    async def refuse_to_read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        key = next(
            line.split(b": ")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")
        )
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
        writer.write(b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        writer.transport.pause_reading()
        connections.append(writer)

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(refuse_to_read, sock=listener)
    yield Deaf(f"ws://127.0.0.1:{listener.getsockname()[1]}/stream", connections)
    for writer in connections:
        writer.transport.abort()
    server.close()


async def test_a_far_end_that_does_not_read_degrades_and_drops_the_stream_and_stalls_no_beat(far_end, ring, deaf):
    profile = Profile(send_buffer=1.0)
    stream = far_end.stream(url=deaf.url, content_type="audio/x-l16;rate=24000")
    outcome = await ring(far_end.plan(stream, profile=profile)).over()
    assert outcome.ending is Ending.TOO_SLOW
    assert outcome.closed_by == "carrier"
    assert outcome.worst_lateness < 0.5, "the clock did not wait for the far end"
    assert far_end.callbacks() == ["StartStream", "DegradedStream", "DegradedStream", "DegradedStream", "DroppedStream"]


def test_every_named_profile_differs_from_the_default():
    names = [name for name, profile in PROFILES.items() if profile == Profile()]
    assert names == ["default"]
