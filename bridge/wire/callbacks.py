"""Plivo's HTTP requests to us: status callbacks of a stream, the request for an answer, the hangup callback.

Readers never raise: what is missing is empty and named in `missing`, what is unknown is kept in `fields`. Names are
taken in any case and spelling (`StreamID`, `StreamId`, `stream_id`), events in both of Plivo's naming schemes.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from bridge.wire.headers import read_extra_headers, write_extra_headers

_MAX_FIELDS = 64
_MAX_VALUE_LENGTH = 4096

_EVENTS = {
    "startstream": "StartStream",
    "started": "StartStream",
    "stopstream": "StopStream",
    "stopped": "StopStream",
    "droppedstream": "DroppedStream",
    "failed": "DroppedStream",
    "clearedaudio": "ClearedAudio",
    "playedstream": "PlayedStream",
    "degradedstream": "DegradedStream",
}


class StreamCallback(Struct, kw_only=True):
    """A status callback of a stream."""

    event: str = ""
    """By Plivo's first naming scheme (`StartStream` …); an event that is in neither scheme as it came."""
    call_uuid: str = ""
    stream_id: str = ""
    from_: str = ""
    to: str = ""
    direction: str = ""
    service_url: str = ""
    extra_headers: dict[str, str] = {}
    error: str = ""
    """Why the stream was dropped."""
    name: str = ""
    """The checkpoint that was played."""
    timestamp: str = ""
    """As it came: without a zone, or ISO 8601."""
    reason: str = ""
    """`StatusReason` of the second naming scheme."""
    duration: str = ""
    fields: dict[str, str] = {}
    """Everything, as it came."""
    missing: list[str] = []
    """Plivo's names of the fields that every status callback should have and this one has not."""

    @property
    def identity(self) -> tuple[str, str, str, str, str]:
        """Equal for repetitions of one callback, which Plivo sends when an answer was late or lost."""
        return (self.call_uuid, self.stream_id, self.event, self.timestamp, self.name)

    @property
    def text(self) -> str:
        """What it says, as a sentence for people."""
        because = f": {self.error or self.reason}" if self.error or self.reason else ""
        match self.event:
            case "StartStream":
                return "Plivo has connected, and audio begins to stream."
            case "StopStream":
                return f"The stream was stopped{because}."
            case "DroppedStream":
                return f"The stream was dropped{because}."
            case "ClearedAudio":
                return "Plivo dropped the audio that was queued."
            case "PlayedStream":
                checkpoint = f"checkpoint {self.name}" if self.name else "a checkpoint"
                return f"Everything queued before {checkpoint} was played to the caller."
            case "DegradedStream":
                return f"Plivo's playback buffer is filling up{because}."
            case "":
                return "A status callback came without an event name."
            case _:
                return f"A status callback with an unknown event came: {self.event}{because}."


class AnswerRequest(Struct, kw_only=True):
    """Plivo asks the answer URL what to do with a call."""

    call_uuid: str = ""
    from_: str = ""
    to: str = ""
    direction: str = ""
    status: str = ""
    """`CallStatus`: `ringing`, `in-progress` …"""
    fields: dict[str, str] = {}
    missing: list[str] = []

    @property
    def text(self) -> str:
        """What it says, as a sentence for people."""
        return f"Plivo asks what to do with a call from {self.from_ or 'nobody'} to {self.to or 'nowhere'}."


class HangupCallback(Struct, kw_only=True):
    """Plivo reports that a call is over."""

    call_uuid: str = ""
    from_: str = ""
    to: str = ""
    direction: str = ""
    status: str = ""
    cause: str = ""
    """`HangupCauseName`, or `HangupCause` where there is no name."""
    duration: str = ""
    """Seconds, as it came."""
    fields: dict[str, str] = {}
    missing: list[str] = []

    @property
    def text(self) -> str:
        """What it says, as a sentence for people."""
        after = f" after {self.duration} s" if self.duration else ""
        return f"The call was hung up{after}{f': {self.cause}' if self.cause else ''}."


def read_callback(fields: Mapping[str, str]) -> StreamCallback:
    """Read a status callback's query or form."""
    request = _Request(fields)
    event = request.get("Event")[:80]
    return StreamCallback(
        event=_EVENTS.get(event.strip().lower(), event),
        call_uuid=request.get("CallUUID"),
        stream_id=request.get("StreamID"),
        from_=request.get("From"),
        to=request.get("To"),
        direction=request.get("Direction"),
        service_url=request.get("ServiceURL"),
        extra_headers=read_extra_headers(request.get("ExtraHeaders")),
        error=request.get("Error"),
        name=request.get("Name"),
        timestamp=request.get("Timestamp"),
        reason=request.get("StatusReason", "Reason"),
        duration=request.get("Duration"),
        fields=request.fields,
        missing=request.missing("Event", "CallUUID", "StreamID", "Timestamp"),
    )


def read_answer_request(fields: Mapping[str, str]) -> AnswerRequest:
    """Read the query or form with which Plivo asks the answer URL."""
    request = _Request(fields)
    return AnswerRequest(
        call_uuid=request.get("CallUUID"),
        from_=request.get("From"),
        to=request.get("To"),
        direction=request.get("Direction"),
        status=request.get("CallStatus"),
        fields=request.fields,
        missing=request.missing("CallUUID", "From", "To"),
    )


def read_hangup(fields: Mapping[str, str]) -> HangupCallback:
    """Read a hangup callback's query or form."""
    request = _Request(fields)
    return HangupCallback(
        call_uuid=request.get("CallUUID"),
        from_=request.get("From"),
        to=request.get("To"),
        direction=request.get("Direction"),
        status=request.get("CallStatus"),
        cause=request.get("HangupCauseName", "HangupCause"),
        duration=request.get("Duration"),
        fields=request.fields,
        missing=request.missing("CallUUID"),
    )


def callback_fields(callback: StreamCallback) -> dict[str, str]:
    """The form of a status callback as Plivo sends it; for the emulator."""
    fields = {
        "Event": callback.event,
        "Error": callback.error,
        "CallUUID": callback.call_uuid,
        "From": callback.from_,
        "To": callback.to,
        "Direction": callback.direction,
        "ServiceURL": callback.service_url,
        "ExtraHeaders": write_extra_headers(callback.extra_headers),
        "StreamID": callback.stream_id,
        "Timestamp": callback.timestamp,
    }
    if callback.name:
        fields["Name"] = callback.name
    return fields


class _Request:
    """The fields of a request, found whatever their spelling, and bounded in number and length."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        kept = list(fields.items())[:_MAX_FIELDS]
        self.fields = {str(name)[:80]: str(value)[:_MAX_VALUE_LENGTH] for name, value in kept}
        self._by_key = {_key(name): value for name, value in reversed(self.fields.items())}

    def get(self, *names: str) -> str:
        return next((value for name in names if (value := self._by_key.get(_key(name), ""))), "")

    def missing(self, *names: str) -> list[str]:
        return [name for name in names if not self.get(name)]


def _key(name: str) -> str:
    key = name.lower().replace("_", "").replace("-", "")
    return "calluuid" if key == "callid" else key
