from datetime import UTC, datetime

import msgspec
import pytest

from bridge.wire.events import Event
from bridge.wire.link.answers import Changes, Failed
from bridge.wire.link.messages import decode_client, decode_server, encode
from bridge.wire.link.requests import Checkpoint, ListEvents, Subscribe
from bridge.wire.views import Meter, StreamView

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


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
