import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.wire.callbacks import (
    StreamCallback,
    callback_fields,
    read_answer_request,
    read_callback,
    read_hangup,
)

CALL = "3c0a1d1f-52c7-4f8e-9cf9-6ec3a9bd2d2f"
STREAM = "20170ada-f610-433b-8758-c02a2aab3662"
COMMON = {
    "CallUUID": CALL,
    "StreamID": STREAM,
    "From": "+4930231250",
    "To": "+12025550100",
    "ServiceURL": "wss://calls.example.com/stream",
    "ExtraHeaders": "a=b",
    "Timestamp": "2026-01-02 03:04:05",
}
NO_SOCKET = "Could not establish connection with the remote service"
CUT_OFF = "Connection disconnected with the remote service"


@pytest.mark.parametrize(
    ("fields", "event", "sentence"),
    [
        ({"Event": "StartStream", "Error": ""}, "StartStream", "Plivo has connected, and audio begins to stream."),
        ({"Event": "StopStream"}, "StopStream", "The stream was stopped."),
        (
            {"Event": "DroppedStream", "Error": NO_SOCKET},
            "DroppedStream",
            f"The stream was dropped: {NO_SOCKET}.",
        ),
        ({"Event": "DroppedStream", "Error": CUT_OFF}, "DroppedStream", f"The stream was dropped: {CUT_OFF}."),
        ({"Event": "ClearedAudio"}, "ClearedAudio", "Plivo dropped the audio that was queued."),
        (
            {"Event": "PlayedStream", "Name": "greeting"},
            "PlayedStream",
            "Everything queued before checkpoint greeting was played to the caller.",
        ),
        ({"Event": "PlayedStream"}, "PlayedStream", "Everything queued before a checkpoint was played to the caller."),
        ({"Event": "DegradedStream"}, "DegradedStream", "Plivo's playback buffer is filling up."),
        ({"Event": "started"}, "StartStream", "Plivo has connected, and audio begins to stream."),
        ({"Event": "stopped", "StatusReason": "timeout"}, "StopStream", "The stream was stopped: timeout."),
        ({"Event": "failed", "StatusReason": "no answer"}, "DroppedStream", "The stream was dropped: no answer."),
        ({"Event": "Tomorrow"}, "Tomorrow", "A status callback with an unknown event came: Tomorrow."),
    ],
)
def test_every_callback_has_its_event_and_sentence(fields: dict[str, str], event: str, sentence: str) -> None:
    callback = read_callback(COMMON | fields)
    assert (callback.event, callback.text, callback.missing) == (event, sentence, [])
    assert callback.fields == COMMON | fields


def test_the_fields_are_read() -> None:
    callback = read_callback(
        COMMON | {"Event": "PlayedStream", "Direction": "inbound", "Name": "n", "Duration": "7", "Error": "e"}
    )
    assert (callback.call_uuid, callback.stream_id) == (CALL, STREAM)
    assert (callback.from_, callback.to, callback.direction) == ("+4930231250", "+12025550100", "inbound")
    assert (callback.service_url, callback.extra_headers) == ("wss://calls.example.com/stream", {"a": "b"})
    assert (callback.name, callback.duration, callback.error) == ("n", "7", "e")
    assert callback.timestamp == "2026-01-02 03:04:05"


@pytest.mark.parametrize("stream_id", ["StreamID", "StreamId", "streamId", "stream_id", "STREAM_ID"])
@pytest.mark.parametrize("call_uuid", ["CallUUID", "CallUuid", "call_uuid", "callId"])
def test_names_are_taken_in_every_spelling(stream_id: str, call_uuid: str) -> None:
    callback = read_callback({stream_id: STREAM, call_uuid: CALL, "event": "STARTED", "timestamp": "t"})
    assert (callback.stream_id, callback.call_uuid) == (STREAM, CALL)
    assert (callback.event, callback.missing) == ("StartStream", [])


@pytest.mark.parametrize("name", ["Event", "CallUUID", "StreamID", "Timestamp"])
def test_a_field_that_should_be_there_is_missed(name: str) -> None:
    fields = COMMON | {"Event": "StartStream"}
    del fields[name]
    assert read_callback(fields).missing == [name]
    assert read_callback(fields | {name: ""}).missing == [name]


def test_a_callback_without_anything_is_still_one() -> None:
    callback = read_callback({})
    assert callback.missing == ["Event", "CallUUID", "StreamID", "Timestamp"]
    assert callback.text == "A status callback came without an event name."


def test_a_repetition_has_the_same_identity_and_another_callback_has_not() -> None:
    first = COMMON | {"Event": "PlayedStream", "Name": "a"}
    assert read_callback(first).identity == read_callback({**first, "Retry": "1"}).identity
    for name in ("CallUUID", "StreamID", "Event", "Timestamp", "Name"):
        assert read_callback(first).identity != read_callback(first | {name: "other"}).identity


def test_fields_are_bounded_in_number_and_length() -> None:
    callback = read_callback({f"{n}": "x" * 100_000 for n in range(1000)})
    assert len(callback.fields) == 64
    assert {len(value) for value in callback.fields.values()} == {4096}


@given(st.dictionaries(st.text(), st.text()))
def test_no_field_makes_a_reader_raise(fields: dict[str, str]) -> None:
    assert read_callback(fields).text
    assert read_answer_request(fields).text
    assert read_hangup(fields).text


def test_the_emulators_callback_reads_back() -> None:
    sent = StreamCallback(
        event="PlayedStream",
        call_uuid=CALL,
        stream_id=STREAM,
        from_="+1",
        to="+2",
        direction="inbound",
        service_url="wss://a/b",
        extra_headers={"a": "b", "c": "d"},
        name="greeting",
        timestamp="2026-01-02 03:04:05",
    )
    fields = callback_fields(sent)
    received = read_callback(fields)
    assert received.fields == fields
    received.fields = {}
    assert received == sent


def test_a_callback_names_a_checkpoint_only_where_there_is_one() -> None:
    assert set(callback_fields(StreamCallback(event="StartStream"))) == {
        *("Event", "Error", "CallUUID", "From", "To", "Direction"),
        *("ServiceURL", "ExtraHeaders", "StreamID", "Timestamp"),
    }


def test_a_request_for_an_answer_is_read() -> None:
    fields = {"CallUUID": CALL, "From": "+1", "To": "+2", "Direction": "inbound", "CallStatus": "ringing"}
    request = read_answer_request({**fields, "Event": "StartApp"})
    assert (request.call_uuid, request.from_, request.to) == (CALL, "+1", "+2")
    assert (request.direction, request.status, request.missing) == ("inbound", "ringing", [])
    assert request.text == "Plivo asks what to do with a call from +1 to +2."
    assert read_answer_request({}).missing == ["CallUUID", "From", "To"]


def test_a_hangup_is_read() -> None:
    fields = {"CallUUID": CALL, "HangupCause": "NORMAL_CLEARING", "Duration": "42", "CallStatus": "completed"}
    hangup = read_hangup(fields)
    assert (hangup.call_uuid, hangup.status, hangup.missing) == (CALL, "completed", [])
    assert hangup.text == "The call was hung up after 42 s: NORMAL_CLEARING."
    assert read_hangup(fields | {"HangupCauseName": "Normal Hangup"}).cause == "Normal Hangup"
    assert read_hangup({}).text == "The call was hung up."
