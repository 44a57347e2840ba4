from datetime import UTC, datetime

import msgspec

from bridge.wire.link.messages import encode
from bridge.wire.views import StreamView


def test_a_stream_has_the_names_that_scripts_know() -> None:
    view = StreamView(handle=1, from_="+1", started_at=datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC))
    fields = msgspec.json.decode(encode(view))
    assert {
        *("stream_id", "call_uuid", "from", "to", "state", "end_reason", "bidirectional", "content_type"),
        *("sample_rate", "extra_headers", "service_url", "started_at", "ended_at", "frames_in", "frames_out"),
        *("gaps", "caller_dbfs", "agent_dbfs", "queued_ms", "checkpoints"),
    } <= fields.keys()
    assert (fields["from"], fields["started_at"]) == ("+1", "2026-01-02T03:04:05.678000Z")
