"""The fields of a stream's status callback, as a profile spells them."""

from __future__ import annotations

from datetime import UTC, datetime

from bridge.carrier.plan import CallPlan
from bridge.wire.callbacks import StreamCallback, callback_fields
from bridge.wire.document import StreamElement

_SECOND_SCHEME = {"StartStream": "started", "StopStream": "stopped", "DroppedStream": "failed"}
_NEWER_FIELDS = ("Direction", "Name")


def status_fields(
    plan: CallPlan, stream: StreamElement, event: str, *, name: str, error: str, after: float
) -> dict[str, str]:
    """What is posted for an event that happens now, `after` so many seconds of the stream."""
    now = datetime.now(UTC)
    spelling = plan.profile.callbacks
    callback = StreamCallback(
        event=event,
        name=name,
        error=error,
        call_uuid=plan.parties.call_uuid,
        stream_id=plan.parties.stream_id,
        from_=plan.parties.from_,
        to=plan.parties.to,
        direction=plan.parties.direction,
        service_url=stream.url,
        extra_headers=stream.extra_headers,
        timestamp=now.isoformat() if spelling.times == "iso" else f"{now:%Y-%m-%d %H:%M:%S}",
    )
    fields = callback_fields(callback)
    if spelling.names == "started" and event in _SECOND_SCHEME:
        reason = fields.pop("Error")
        fields |= {"Event": _SECOND_SCHEME[event], "StatusReason": reason, "Duration": f"{after:.0f}"}
    if not spelling.newer_fields:
        fields = {key: value for key, value in fields.items() if key not in _NEWER_FIELDS}
    return fields
