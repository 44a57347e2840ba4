"""Whatever comes from outside: one visible event with a sentence, and no harm to any other call."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import suppress

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from bridge.server import public, websocket
from bridge.server import socket as carrier_socket
from bridge.streams import ledger
from bridge.wire.frames import Start, start_frame
from bridge.wire.link.audio import Audio, Leg
from bridge.wire.link.requests import StepIn
from tests.server.rig import Rig, Watcher, media

SECOND_START = start_frame(Start(stream_id="s-1", call_id="c-1", sequence=2))
DEEP = "[" * 50_000

FORM = (
    b"POST /status HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 100000\r\n\r\n"
)

AFTER_START = [
    ("{nonsense", "not JSON"),
    (DEEP, "not JSON"),
    ("[1, 2]", "not a JSON object"),
    ('{"no": "event"}', "no event name"),
    (SECOND_START, "A second start came"),
    (json.dumps({"event": "media", "media": {"payload": "%%%"}}), "not Base64"),
    (json.dumps({"event": "media", "media": {}}), "no payload"),
    (json.dumps({"event": "media", "streamId": "s-2", "media": {"payload": "AAAA"}}), "for another stream"),
    (json.dumps({"event": "teleport", "streamId": "s-1"}), "teleport, which this version does not know"),
    (json.dumps({"event": "dtmf", "dtmf": {}}), "no digit"),
    (json.dumps({"event": "playedStream", "name": "never set"}), "not open here"),
    (json.dumps({"event": "clearedAudio"}), "not sent from here"),
    (json.dumps({"event": "playFailed", "reason": "bad audio"}), "Plivo reports playFailed: bad audio"),
    (b"\x00\x01binary", "A binary frame came"),
]


@pytest.mark.parametrize(("frame", "sentence"), AFTER_START, ids=[sentence for _, sentence in AFTER_START])
async def test_a_bad_frame_is_one_event_and_the_call_goes_on(
    rig: Rig, watcher: Watcher, frame: str | bytes, sentence: str
) -> None:
    async with rig.carrier() as socket:
        view = await watcher.state("s-1", "live")
        for _ in range(3):
            await socket.send(frame)
        await watcher.event(sentence)
        await socket.send(media())
        await watcher.until(lambda: watcher.streams[view.handle].frames_in == 1)
        found = [event for event in watcher.events if sentence in event.text]
        assert len(found) == 1
        assert 3 in watcher.streams[view.handle].problems.values()
        assert watcher.streams[view.handle].state == "live"


async def test_a_frame_before_start_is_ignored_and_told(rig: Rig, watcher: Watcher) -> None:
    async with rig.socket() as socket:
        await socket.send(media())
        await watcher.event("before start")
        await socket.send(start_frame(Start(stream_id="s-1", call_id="c-1", sequence=1)))
        live = await watcher.state("s-1", "live")
        assert list(live.problems) == ["A frame came before start and was ignored."]


async def test_ten_megabytes_close_that_socket_and_no_other(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier("s-1", "c-1") as good, rig.carrier("s-2", "c-2") as bad:
        await watcher.state("s-1", "live")
        await watcher.state("s-2", "live")
        with suppress(ConnectionClosed):
            await bad.send(json.dumps({"event": "media", "media": {"payload": "A" * 10_000_000}}))
        await watcher.event("broke the protocol")
        ended = await watcher.state("s-2", "ended")
        assert (ended.closed_by, ended.close_code) == ("bridge", 1009)
        await good.send(media())
        await watcher.until(lambda: watcher.stream("s-1").frames_in == 1)


async def test_a_second_socket_cannot_take_a_live_stream(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier("s-1", "c-1") as first:
        await watcher.state("s-1", "live")
        async with rig.carrier("s-1", "c-1") as second:
            await asyncio.wait_for(second.wait_closed(), 5)
            assert second.close_code == 1008
        await watcher.event("A second socket claimed stream s-1")
        await first.send(media())
        await watcher.until(lambda: watcher.stream("s-1").frames_in == 1)


@pytest.mark.parametrize(
    "fields",
    [{}, {"Event": "StartStream"}, {"Foo": "bar"}, {"StreamID": "", "CallUUID": "", "Event": "x" * 3000}],
)
async def test_a_callback_about_nothing_is_an_event_without_a_row(
    rig: Rig, watcher: Watcher, fields: dict[str, str]
) -> None:
    assert (await rig.post("/status", **fields))[0] == 200
    await watcher.event("names neither a stream nor a call")
    assert watcher.streams == {}


async def test_a_callback_with_missing_and_unknown_fields_is_kept_and_shown(rig: Rig, watcher: Watcher) -> None:
    await rig.post("/status", StreamID="s-1", Event="Teleported", Shoe="42")
    event = await watcher.event("Teleported")
    assert event.data == {"StreamID": "s-1", "Event": "Teleported", "Shoe": "42"}
    assert watcher.stream("s-1") is not None


async def raw(rig: Rig, *pieces: bytes) -> bytes:
    """Say something on a bare connection and read until it is closed."""
    port = int(rig.ready.public.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
    await writer.drain()
    async with asyncio.timeout(15):
        answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize(
    ("request_bytes", "status", "sentence"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b" 400 ", "was not HTTP"),
        (b"GET / HTTP/1.1\r\nX: ".ljust(16 * 1024, b"a"), b" 431 ", "longer than 16 KB"),
        (FORM + b"a=" + b"a" * 99_998, b" 400 ", "too long"),
        (FORM.replace(b"urlencoded", b"urlencoded; charset=klingon") + b"a" * 100_000, b" 400 ", "could not be read"),
        (FORM.replace(b"Host: x", b"Content-Encoding: gzip") + b"a" * 100, b" 400 ", "could not be read"),
        (b"GET /status HTTP/1.1\r\nno colon\r\n\r\n", b" 400 ", "invalid header token"),
        (b"GET /anwser HTTP/1.1\r\nHost: x\r\n\r\n", b" 404 ", "GET /anwser was refused with 404"),
    ],
    ids=["not HTTP", "a long head", "a long body", "a charset", "an encoding", "a header", "a path"],
)
async def test_a_request_that_is_none_is_refused(
    rig: Rig, watcher: Watcher, request_bytes: bytes, status: bytes, sentence: str
) -> None:
    answer = await raw(rig, request_bytes)
    assert status in answer.partition(b"\r\n")[0] + b" "
    await watcher.event(sentence)


async def test_a_client_that_dribbles_its_request_is_cut_off(
    rig: Rig, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "_HEAD_WITHIN", 0.1)
    assert b" 408 " in await raw(rig, b"GET /answer HTT")
    await watcher.event("did not come within")


async def test_those_who_wait_without_a_request_keep_nobody_out(
    rig: Rig, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "_MAX_WAITING", 3)
    port = int(rig.ready.public.rpartition(":")[2])
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
    assert (await rig.get("/healthz"))[0] == 200
    assert b" 503 " in await asyncio.wait_for(idle[0][0].readline(), 5)
    await watcher.event("Too many connections wait")
    for _, writer in idle:
        writer.close()


@pytest.mark.parametrize(
    ("head", "status", "sentence"),
    [
        (
            b"GET /elsewhere HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
            b" 404 ",
            "not /stream",
        ),
        (b"GET /stream HTTP/1.1\r\nHost: x\r\n", b" 400 ", "Sec-WebSocket-Key"),
        (b"POST /stream HTTP/1.1\r\nHost: x\r\n", b" 405 ", "POST"),
        (b"GET /stream HTTP/1.1\r\nno colon\r\n", b"", "valid HTTP request"),
    ],
    ids=["another path", "no key", "POST", "not HTTP"],
)
async def test_an_upgrade_that_is_none_is_refused_and_told(
    rig: Rig, watcher: Watcher, head: bytes, status: bytes, sentence: str
) -> None:
    answer = await raw(rig, head + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n")
    assert status in answer.partition(b"\r\n")[0]
    assert sentence in (await watcher.event("A socket was refused")).text


async def test_a_flood_of_empty_frames_does_not_hold_up_others(rig: Rig, watcher: Watcher) -> None:
    empty_frame = b"\x81\x80\x00\x00\x00\x00"
    async with rig.carrier() as socket:
        await watcher.state("s-1", "live")
        for _ in range(20):
            socket.transport.write(empty_frame * 40_000)
        await watcher.event("not JSON")
        async with asyncio.timeout(1):
            assert (await rig.get("/healthz"))[0] == 200
        socket.transport.abort()


async def test_pings_from_a_carrier_that_does_not_read_are_given_up(
    rig: Rig, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier_socket, "_UNREAD_LIMIT", 10_000)
    ping = b"\x89\xfd\x00\x00\x00\x00" + bytes(125)
    async with rig.carrier() as socket:
        await watcher.state("s-1", "live")
        socket.transport.pause_reading()
        socket.transport.write(ping * 100_000)
        ended = await watcher.state("s-1", "ended")
        assert list(ended.problems) == ["Plivo stopped reading: the connection was given up."]


async def test_a_carrier_that_closes_but_does_not_read_ends_its_stream(
    rig: Rig, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "_CLOSE_WITHIN", 0.2)
    monkeypatch.setattr(ledger, "_MOST_BEHIND_S", float("inf"))  # a voice alone does not fill a socket
    async with rig.carrier() as socket:
        view = await watcher.state("s-1", "live")
        socket.transport.pause_reading()
        await watcher.link.request(StepIn(stream_id="s-1"))
        for _ in range(300):
            await watcher.link.send_audio(Audio(Leg.OPERATOR, view.handle, 0, bytes(48_000)))
        await watcher.event("reads too slowly")
        socket.transport.write(b"\x88\x82\x00\x00\x00\x00\x03\xe8")
        ended = await watcher.state("s-1", "ended")
        assert (ended.closed_by, ended.close_code) == ("carrier", 1000)
        socket.transport.abort()


async def test_random_frames_never_end_a_call(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        view = await watcher.state("s-1", "live")
        for _ in range(200):
            await socket.send(os.urandom(60).decode("latin-1"))
        await fragments_of_nothing(socket)
        await socket.send(media())
        await watcher.until(lambda: watcher.streams[view.handle].frames_in == 1)


async def fragments_of_nothing(socket: ClientConnection) -> None:
    async def pieces():
        for _ in range(50):
            yield ""

    await socket.send(pieces())
