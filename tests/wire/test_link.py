from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.wire.link import (
    MAX_AUDIO_BYTES,
    Audio,
    Changes,
    Checkpoint,
    Event,
    Failed,
    Leg,
    ListEvents,
    Meter,
    StreamView,
    Subscribe,
    decode_client,
    decode_server,
    encode,
    pack_audio,
    unpack_audio,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


@given(
    st.sampled_from(Leg),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**64 - 1),
    st.binary(max_size=2000),
)
def test_audio_unpacks_as_packed(leg: Leg, handle: int, position: int, payload: bytes) -> None:
    audio = Audio(leg, handle, position, payload)
    assert unpack_audio(pack_audio(audio)) == audio


@given(st.binary(max_size=64))
def test_any_bytes_are_audio_or_a_value_error(frame: bytes) -> None:
    try:
        assert unpack_audio(frame).payload == frame[16:]
    except ValueError:
        assert len(frame) < 16 or frame[0] not in list(Leg)


def test_audio_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes"):
        unpack_audio(b"\x01" + bytes(MAX_AUDIO_BYTES))


def test_the_audio_frame_has_its_documented_layout() -> None:
    packed = pack_audio(Audio(Leg.OPERATOR, 0x01020304, 5, b"ab"))
    assert packed == b"\x03\0\0\0\x04\x03\x02\x01\x05\0\0\0\0\0\0\0ab"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"type": "subscribe", "id": 1}', Subscribe(id=1)),
        ('{"type": "subscribe", "id": 1, "events_after": 7, "later": {}}', Subscribe(id=1, events_after=7)),
        ('{"type": "list_events"}', ListEvents()),
        ('{"type": "checkpoint", "stream_id": "a", "timeout": 2}', Checkpoint(stream_id="a", timeout=2)),
    ],
)
def test_a_client_message_is_read(text: str, message: object) -> None:
    assert decode_client(text) == message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "5",
        '{"type": "explode"}',
        '{"type": "talk"}',
        '{"type": "talk", "stream_id": 5}',
        '{"type": "subscribe", "id": -1}',
        '{"type": "subscribe", "id": 1' + "0" * 400 + "}",
        '{"type": "subscribe", "x": ' + "[" * 100_000,
        "\ud800",
        b"\xff",
    ],
)
def test_what_is_no_client_message_is_one_kind_of_error(text: str | bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode_client(text)


def test_a_stream_has_the_names_that_scripts_know() -> None:
    view = StreamView(handle=1, from_="+1", started_at=NOW)
    fields = msgspec.json.decode(encode(view))
    assert {
        *("stream_id", "call_uuid", "from", "to", "state", "end_reason", "bidirectional", "content_type"),
        *("sample_rate", "extra_headers", "service_url", "started_at", "ended_at", "frames_in", "frames_out"),
        *("gaps", "caller_dbfs", "agent_dbfs", "queued_ms", "checkpoints"),
    } <= fields.keys()
    assert (fields["from"], fields["started_at"]) == ("+1", "2026-01-02T03:04:05.678000Z")


def test_changes_read_back_as_sent() -> None:
    changes = Changes(
        at=NOW,
        full=True,
        streams=[StreamView(handle=1, from_="+1")],
        removed=[2],
        meters=[Meter(1, 50, 40, 0, -20.5, None, 1200)],
        events=[Event(id=3, at=NOW, source="callback", event="StartStream", data={"a": 1})],
    )
    assert decode_server.decode(encode(changes)) == changes


def test_a_refusal_reads_back_as_sent() -> None:
    refusal = Failed(id=4, error="No.")
    assert decode_server.decode(encode(refusal)) == refusal
