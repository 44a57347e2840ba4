"""A call from ringing to hangup, with the HTTP requests around it."""

import asyncio

import pytest
from plivo.utils import validate_v3_signature

from bridge.carrier.outcome import Ending
from bridge.carrier.trouble import Trouble
from bridge.wire.commands import checkpoint_command, clear_audio_command
from bridge.wire.document import write_document


async def test_the_answer_url_is_asked_as_plivo_asks_and_its_stream_is_opened(far_end, ring):
    plan = far_end.plan(f"{far_end.http}/answer")
    call = ring(plan)
    await far_end.until_frames("media")
    await call.hang_up()
    asked = far_end.requests[0]
    assert (asked.method, asked.path) == ("POST", "/answer")
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert asked.fields == {
        "CallUUID": plan.parties.call_uuid,
        "From": "+447700900123",
        "To": "+14155550100",
        "CallerName": "Alex",
        "Direction": "inbound",
        "CallStatus": "ringing",
        "Event": "StartApp",
    }


async def test_callbacks_tell_the_streams_life_in_order_and_the_calls_end_last(far_end, ring):
    plan = far_end.plan(far_end.stream(extra_headers={"customer": "c1"}))
    call = ring(plan)
    await far_end.until_frames("media")
    await far_end.send(checkpoint_command("", "hello"))
    await far_end.until_frames("playedStream")
    await far_end.send(clear_audio_command(""))
    await far_end.until_frames("clearedAudio")
    await call.hang_up()

    events = [request.fields["Event"] for request in far_end.requests]
    assert events == ["StartStream", "PlayedStream", "ClearedAudio", "Hangup"], "a hangup is no StopStream"
    fields = far_end.requests[1].fields
    timestamp = fields.pop("Timestamp")
    assert len(timestamp) == len("2026-01-31 12:00:00")
    assert fields == {
        "Event": "PlayedStream",
        "Error": "",
        "Name": "hello",
        "CallUUID": plan.parties.call_uuid,
        "StreamID": plan.parties.stream_id,
        "From": "+447700900123",
        "To": "+14155550100",
        "Direction": "inbound",
        "ServiceURL": far_end.stream().url,
        "ExtraHeaders": "customer=c1",
    }


async def test_a_caller_who_hangs_up_closes_the_socket_and_says_so(far_end, ring):
    plan = far_end.plan(seconds=0.2)
    call = ring(plan)
    outcome = await call.over()
    await far_end.until(lambda: far_end.close_codes)
    assert far_end.close_codes == [1000]
    assert outcome.ending is Ending.CALLER
    assert outcome.seconds >= 0.2
    hangup = far_end.requests[-1]
    assert (hangup.method, hangup.path) == ("POST", "/hangup")
    assert hangup.fields == {
        "Event": "Hangup",
        "CallUUID": plan.parties.call_uuid,
        "From": "+447700900123",
        "To": "+14155550100",
        "Direction": "inbound",
        "CallStatus": "completed",
        "HangupCause": "NORMAL_CLEARING",
        "HangupCauseCode": "4000",
        "HangupCauseName": "Normal Hangup",
        "HangupSource": "Caller",
        "Duration": "0",
    }


@pytest.mark.parametrize(
    ("code", "event", "error"),
    [(1000, "StopStream", ""), (1011, "DroppedStream", "Connection disconnected with the remote service")],
)
async def test_a_far_end_that_closes_ends_the_call(far_end, ring, code, event, error):
    call = ring(far_end.plan())
    await far_end.until_frames("media")
    await far_end.sockets[0].close(code, "the bot's reason")
    outcome = await call.over()
    assert (outcome.ending, outcome.close_code, outcome.close_reason) == (Ending.FAR_END, code, "the bot's reason")
    assert far_end.callbacks() == ["StartStream", event]
    last = far_end.requests[-2].fields
    assert (last["Event"], last["Error"]) == (event, error)
    assert far_end.requests[-1].fields["HangupCauseName"] == "End Of XML Instructions"


async def test_a_far_end_that_vanishes_drops_the_stream(far_end, ring):
    call = ring(far_end.plan())
    await far_end.until_frames("media")
    far_end.sockets[0].vanish()
    outcome = await call.over()
    assert (outcome.ending, outcome.close_code) == (Ending.FAR_END, 1006)
    assert far_end.callbacks() == ["StartStream", "DroppedStream"]


async def test_a_connection_that_breaks_is_cut_without_a_close(far_end, ring):
    outcome = await ring(far_end.plan(seconds=0.1, drops=True)).over()
    await far_end.until(lambda: far_end.close_codes)
    assert far_end.close_codes == [1006]
    assert outcome.ending is Ending.DROP
    assert far_end.callbacks() == ["StartStream", "DroppedStream"]


async def test_a_stream_stops_at_its_timeout(far_end, ring):
    outcome = await ring(far_end.plan(far_end.stream(stream_timeout=1))).over()
    await far_end.until(lambda: far_end.close_codes)
    assert outcome.ending is Ending.TIMEOUT
    assert len(far_end.named("media")) == pytest.approx(50, abs=2)
    assert far_end.callbacks() == ["StartStream", "StopStream"]


async def test_a_socket_that_cannot_be_opened_drops_the_stream(far_end, ring):
    refused = far_end.stream(url=f"{far_end.stream().url}/nothing-speaks-websocket-here")
    outcome = await ring(far_end.plan(refused)).over()
    assert outcome.ending is Ending.NO_SOCKET
    assert "could not be opened" in outcome.error
    assert [request.path for request in far_end.requests] == ["/stream/nothing-speaks-websocket-here"] * 3 + [
        "/status",
        "/hangup",
    ], "the first try and two more"
    dropped = far_end.requests[-2].fields
    assert (dropped["Event"], dropped["Error"]) == (
        "DroppedStream",
        "Could not establish connection with the remote service",
    )


@pytest.mark.parametrize(
    ("status", "document", "ending", "code", "error"),
    [
        (404, None, Ending.NO_ANSWER, "7011", "answered 404"),
        (200, "<Response/>", Ending.NO_STREAM, "4010", "without a <Stream>"),
        (200, "<Answer/>", Ending.BAD_DOCUMENT, "8011", "8011 (Invalid Answer XML)"),
        (200, "hello", Ending.BAD_DOCUMENT, "8011", "XML"),
    ],
)
async def test_an_answer_without_a_stream_ends_the_call_with_a_sentence(
    far_end, ring, status, document, ending, code, error
):
    far_end.answer_status = status
    far_end.document = document if document is not None else far_end.document
    outcome = await ring(far_end.plan(f"{far_end.http}/answer")).over()
    assert outcome.ending is ending
    assert error in outcome.error
    assert not far_end.sockets
    assert far_end.requests[-1].fields["HangupCauseCode"] == code


async def test_an_answer_url_that_nobody_serves_ends_the_call_with_a_sentence(ring, far_end, unused_tcp_port):
    outcome = await ring(far_end.plan(f"http://127.0.0.1:{unused_tcp_port}/answer")).over()
    assert outcome.ending is Ending.NO_ANSWER
    assert "/answer could not be reached: Connection refused. Plivo would" in outcome.error


async def test_a_socket_that_nobody_serves_ends_the_call_with_a_sentence(ring, far_end, unused_tcp_port):
    outcome = await ring(far_end.plan(far_end.stream(url=f"ws://127.0.0.1:{unused_tcp_port}/ws"))).over()
    assert outcome.ending is Ending.NO_SOCKET
    assert outcome.error.endswith("/ws could not be opened: Connection refused.")


async def test_a_call_that_is_cancelled_is_hung_up(far_end, ring):
    call = ring(far_end.plan())
    await far_end.until_frames("media")
    call.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call.over()
    await far_end.until(lambda: far_end.close_codes)
    assert far_end.close_codes == [1000]
    assert far_end.requests[-1].fields["HangupCauseName"] == "Normal Hangup"


async def test_a_status_callback_is_sent_again_until_it_is_acknowledged(far_end, ring):
    far_end.statuses = [500, 200]
    call = ring(far_end.plan(seconds=0.1))
    await call.over()
    first, second = (request for request in far_end.requests if request.path == "/status")
    assert first.fields == second.fields
    assert first.fields["Event"] == "StartStream"


async def test_callbacks_can_be_repeated(far_end, ring):
    await ring(far_end.plan(seconds=0.1, drops=True, trouble=Trouble(callbacks_doubled=1.0))).over()
    assert far_end.callbacks() == ["StartStream", "StartStream", "DroppedStream", "DroppedStream"]


async def test_callbacks_come_by_get_where_the_document_says_so(far_end, ring):
    await ring(far_end.plan(far_end.stream(status_callback_method="GET", stream_timeout=1))).over()
    gotten = [request for request in far_end.requests if request.path == "/status"]
    assert [(request.method, request.fields["Event"]) for request in gotten] == [
        ("GET", "StartStream"),
        ("GET", "StopStream"),
    ]


async def test_without_a_callback_url_none_are_sent(far_end, ring):
    await ring(far_end.plan(far_end.stream(status_callback_url=""), seconds=0.1, hangup_url="")).over()
    assert far_end.requests == []


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_every_request_and_the_upgrade_are_signed_as_plivos_sdk_checks_it(far_end, ring, method):
    status_url = f"{far_end.http}/status?a=b%20c"
    far_end.document = write_document(
        far_end.stream(status_callback_url=status_url, status_callback_method=method, url=f"{far_end.stream().url}?d=e")
    )
    call = ring(far_end.plan(f"{far_end.http}/answer?line=1", auth_token="secret", seconds=0.1))
    await call.over()
    assert [request.path for request in far_end.requests] == ["/answer", "/status", "/hangup"]
    for request in far_end.requests:
        assert is_signed(request.method, request.url, request.headers, request.fields)
        assert not is_signed(request.method, f"{request.url}x", request.headers, request.fields)
    upgrade = far_end.sockets[0].upgrade
    assert is_signed("GET", str(upgrade.url), upgrade.headers, {})


def is_signed(method, url, headers, fields) -> bool:
    return validate_v3_signature(
        method,
        url,
        headers["X-Plivo-Signature-V3-Nonce"],
        "secret",
        headers["X-Plivo-Signature-V3"],
        fields if method == "POST" else {},
    )


async def test_without_an_auth_token_nothing_is_signed(far_end, ring):
    await ring(far_end.plan(f"{far_end.http}/answer", seconds=0.1)).over()
    headers = [request.headers for request in far_end.requests] + [dict(far_end.sockets[0].upgrade.headers)]
    assert not any("signature" in name.lower() for header in headers for name in header)
