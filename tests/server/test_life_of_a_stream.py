"""Answer, callbacks and socket meet in one row, whichever comes first."""

from __future__ import annotations

import asyncio
from xml.etree import ElementTree

from bridge.wire.formats import L16_16K
from tests.server.rig import Rig, Watcher, media

CALL = {"CallUUID": "c-1", "From": "+4930231250", "To": "+4930231251", "Direction": "inbound"}


def status(event: str, **fields: str) -> dict[str, str]:
    return {"CallUUID": "c-1", "StreamID": "s-1", "Event": event, "Timestamp": "2026-01-01 10:00:00", **fields}


async def test_the_answer_is_a_document_with_the_urls_of_the_bridge(rig: Rig) -> None:
    for request in (rig.post, rig.get):
        code, body = await request("/answer", **CALL)
        stream = ElementTree.fromstring(body)[0]
        assert code == 200
        assert stream.tag == "Stream"
        assert stream.text == rig.ready.public.replace("http", "ws") + "/stream"
        assert stream.get("statusCallbackUrl") == rig.ready.public + "/status"
        assert stream.get("bidirectional") == "true"


async def test_an_answered_call_its_callback_and_its_socket_are_one_row(rig: Rig, watcher: Watcher) -> None:
    await rig.post("/answer", **CALL)
    asked = await watcher.until(lambda: list(watcher.streams.values()))
    assert [(view.state, view.from_) for view in asked] == [("asked", "+4930231250")]
    async with rig.carrier(audio_format=L16_16K, tracks=["inbound"], extra_headers={"a": "b"}) as socket:
        live = await watcher.state("s-1", "live")
        assert live.handle == asked[0].handle
        assert (live.content_type, live.extra_headers) == ("audio/x-l16;rate=16000", {"a": "b"})
        await rig.post("/status", **status("StartStream"))
        await socket.send(media())
        await watcher.until(lambda: live.frames_in == 1 or watcher.streams[live.handle].frames_in == 1)
    ended = await watcher.state("s-1", "ended")
    assert (ended.end_reason, ended.closed_by, ended.close_code) == ("closed", "carrier", 1000)
    assert ended.callbacks == {"StartStream": 1}
    assert list(watcher.streams) == [live.handle]


async def test_a_callback_that_comes_before_the_socket_makes_the_row(rig: Rig, watcher: Watcher) -> None:
    await rig.post("/status", **status("StartStream", From="+1", To="+2"))
    before = await watcher.state("s-1", "connecting")
    async with rig.carrier():
        live = await watcher.state("s-1", "live")
        assert live.handle == before.handle
        assert (live.from_, live.to) == ("+1", "+2")


async def test_a_socket_without_an_answer_is_a_row_of_its_own(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier(call_id="c-9", stream_id="s-9"):
        view = await watcher.state("s-9", "live")
        assert view.bidirectional is None
        assert view.service_url.endswith("/stream")


async def test_a_repeated_callback_is_counted_and_logged_once(rig: Rig, watcher: Watcher) -> None:
    for _ in range(3):
        assert (await rig.post("/status", **status("StartStream")))[0] == 200
    view = await watcher.until(lambda: next((v for v in watcher.streams.values() if v.callbacks), None))
    await watcher.until(lambda: watcher.streams[view.handle].callbacks == {"StartStream": 3})
    assert [event.event for event in watcher.events if event.source == "callback"] == ["StartStream"]


async def test_callbacks_after_the_close_say_why_it_ended(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier():
        await watcher.state("s-1", "live")
    await watcher.state("s-1", "ended")
    await rig.post("/status", **status("StopStream"))
    await watcher.until(lambda: watcher.stream("s-1").end_reason == "stopped")


async def test_a_connection_lost_without_a_close_is_dropped(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier() as socket:
        await watcher.state("s-1", "live")
        socket.transport.abort()
        ended = await watcher.state("s-1", "ended")
    assert (ended.end_reason, ended.close_code, ended.health) == ("dropped", 1006, "error")
    assert ended.problems == {}


async def test_a_hangup_ends_the_call_that_was_only_asked_for(rig: Rig, watcher: Watcher) -> None:
    await rig.post("/answer", **CALL)
    await rig.post("/hangup", CallUUID="c-1", HangupCauseName="Rejected", Duration="0")
    await watcher.until(lambda: [view.end_reason for view in watcher.streams.values()] == ["hangup"])
    assert (await watcher.event("hung up")).call_uuid == "c-1"


async def test_a_dropped_callback_for_an_unknown_stream_makes_an_ended_row(rig: Rig, watcher: Watcher) -> None:
    error = "Could not establish connection with the remote service"
    await rig.post("/status", **status("DroppedStream", Error=error))
    ended = await watcher.state("s-1", "ended")
    assert (ended.end_reason, ended.health) == ("dropped", "error")


async def test_the_second_naming_scheme_means_the_same(rig: Rig, watcher: Watcher) -> None:
    await rig.post("/status", **status("started"))
    await rig.post("/status", **status("stopped", StatusReason="timeout"))
    ended = await watcher.state("s-1", "ended")
    assert ended.end_reason == "stopped"
    assert list(ended.callbacks) == ["StartStream", "StopStream"]


async def test_a_one_way_stream_has_the_far_end_on_its_outbound_track(rig: Rig, watcher: Watcher) -> None:
    async with rig.carrier(tracks=["inbound", "outbound"]) as socket:
        view = await watcher.state("s-1", "live")
        assert view.bidirectional is False
        await socket.send(media(track="outbound"))
        await watcher.until(lambda: watcher.streams[view.handle].agent_dbfs is not None)
        assert watcher.streams[view.handle].caller_dbfs is None


async def test_the_bridge_closes_its_sockets_when_it_ends(rig: Rig, watcher: Watcher) -> None:
    from bridge.wire.link.requests import Shutdown

    async with rig.carrier() as socket:
        await watcher.state("s-1", "live")
        await watcher.link.request(Shutdown())
        async with asyncio.timeout(5):
            await socket.wait_closed()
        assert (socket.close_code, socket.close_reason) == (1001, "the bridge stops")
