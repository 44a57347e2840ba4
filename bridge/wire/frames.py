"""Frames from Plivo on a stream's socket: read tolerantly, and written strictly for the emulator.

Source: Plivo's Audio Streaming pages and SDKs; where they disagree, the reader takes every form that was seen, and
the writer uses the one that every known consumer takes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from bridge.wire.fields import MAX_TEXT_LENGTH, FrameError, base64_field, dump, json_object, number_field, text_field
from bridge.wire.formats import MULAW_8K, AudioFormat, UnknownFormatError, parse_format
from bridge.wire.headers import read_extra_headers

MAX_FRAME_BYTES = 64 * 1024
"""A text frame of Plivo's that is longer is none: it sends 20 ms of audio at a time, 1.3 KB at most."""


class Frame(Struct, kw_only=True):
    """What all of Plivo's frames have."""

    stream_id: str = ""
    sequence: int | None = None


class Start(Frame):
    """The first frame: which stream and call this is, and its format. Raises nothing; unknown formats are kept."""

    call_id: str = ""
    account_id: str = ""
    tracks: list[str] = []
    format: AudioFormat = MULAW_8K
    extra_headers: dict[str, str] = {}


class Media(Frame):
    """A piece of a track's audio (`inbound` is the caller, `outbound` the far end)."""

    track: str = "inbound"
    timestamp: str = ""
    chunk: int | None = None
    payload: bytes = b""


class Dtmf(Frame):
    """A digit that the caller pressed."""

    digit: str
    track: str = "inbound"


class PlayedStream(Frame):
    """Everything queued before the checkpoint `name` has been played."""

    name: str = ""


class ClearedAudio(Frame):
    """The queue was dropped, as asked with `clearAudio`."""


class Stop(Frame):
    """The stream ends."""


class Failure(Frame):
    """`playFailed` or `error`, with Plivo's reason."""

    event: str
    reason: str = ""


class Other(Frame):
    """An event that this version does not know: shown, never fatal."""

    event: str


CarrierFrame = Start | Media | Dtmf | PlayedStream | ClearedAudio | Stop | Failure | Other


class _MediaBody(Struct):
    payload: bytes
    track: str = "inbound"
    timestamp: str | int | float = ""
    chunk: int | str | None = None


class _MediaFrame(Struct):
    event: str
    media: _MediaBody
    streamId: str = ""  # noqa: N815 - Plivo's name
    sequenceNumber: int | str | None = None  # noqa: N815


_decode_media = msgspec.json.Decoder(_MediaFrame).decode


class UsualBody(Struct, gc=False):
    """The body of `UsualMedia`."""

    payload: bytes
    track: Literal["inbound", "outbound"] = "inbound"


class UsualMedia(Struct, gc=False):
    """A `media` frame as Plivo sends fifty a second, with what a stream needs of it."""

    event: Literal["media"]
    media: UsualBody
    streamId: str  # noqa: N815 - Plivo's names
    sequenceNumber: int  # noqa: N815


_decode_usual_media = msgspec.json.Decoder(UsualMedia).decode


def usual_media(text: bytes) -> UsualMedia | None:
    """Read a frame if it is media in its usual form, in a third of the time of `read_frame`; None: ask that."""
    try:
        return _decode_usual_media(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def read_frame(text: str | bytes) -> CarrierFrame:
    """Read a frame from Plivo. Raises FrameError with a sentence that says what is wrong."""
    try:
        frame = _decode_media(text)
        if frame.event == "media" and frame.streamId:
            return _media(frame)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        pass
    return _read_slowly(text)


def _media(frame: _MediaFrame) -> Media:
    body = frame.media
    return Media(
        stream_id=frame.streamId[:MAX_TEXT_LENGTH],
        sequence=number_field(frame.sequenceNumber),
        track=body.track[:32],
        timestamp=str(body.timestamp)[:32],
        chunk=number_field(body.chunk),
        payload=body.payload,
    )


def _read_slowly(text: str | bytes) -> CarrierFrame:
    fields = json_object(text)
    event = fields.get("event")
    if not isinstance(event, str) or not event:
        raise FrameError("The frame has no event name.")
    body = fields.get(event)
    body = body if isinstance(body, dict) else {}
    common: dict[str, Any] = {
        "stream_id": text_field(fields, body, "streamId", "stream_id", "streamID"),
        "sequence": number_field(fields.get("sequenceNumber")),
    }
    match event:
        case "start":
            return _start(fields, body, common)
        case "media":
            return _slow_media(body, common)
        case "dtmf":
            return _dtmf(fields, body, common)
        case "playedStream":
            return PlayedStream(name=text_field(fields, body, "name"), **common)
        case "clearedAudio":
            return ClearedAudio(**common)
        case "stop":
            return Stop(**common)
        case "playFailed" | "error":
            return Failure(event=event, reason=text_field(fields, body, "reason", "message", "error"), **common)
        case _:
            return Other(event=event[:80], **common)


def _start(fields: dict[str, Any], body: dict[str, Any], common: dict[str, Any]) -> Start:
    if not common["stream_id"]:
        raise FrameError("The start frame names no streamId.")
    described = body.get("mediaFormat")
    described = described if isinstance(described, dict) else {}
    encoding = str(described.get("encoding") or MULAW_8K.encoding)
    rate = number_field(described.get("sampleRate"))
    try:
        audio_format = parse_format(encoding, rate)
    except UnknownFormatError as error:
        raise FrameError(f"The start frame's mediaFormat cannot be played: {error}.") from error
    tracks = body.get("tracks")
    return Start(
        call_id=text_field(fields, body, "callId", "callUUID", "call_uuid", "callUuid"),
        account_id=text_field(fields, body, "accountId"),
        tracks=[str(track)[:32] for track in tracks[:8]] if isinstance(tracks, list) else [],
        format=audio_format,
        extra_headers=read_extra_headers(fields.get("extra_headers", body.get("extra_headers"))),
        **common,
    )


def _slow_media(body: dict[str, Any], common: dict[str, Any]) -> Media:
    encoded = body.get("payload")
    if not isinstance(encoded, str):
        raise FrameError("The media frame has no payload.")
    return Media(
        track=_track(body),
        timestamp=str(body.get("timestamp", ""))[:32],
        chunk=number_field(body.get("chunk")),
        payload=base64_field(encoded, "media"),
        **common,
    )


def _dtmf(fields: dict[str, Any], body: dict[str, Any], common: dict[str, Any]) -> Dtmf:
    digit = text_field(fields, body, "digit", "digits")
    if not digit:
        raise FrameError("The dtmf frame has no digit.")
    return Dtmf(digit=digit[:32], track=_track(body), **common)


def _track(body: Mapping[str, Any]) -> str:
    return str(body.get("track") or "inbound")[:32]


def start_frame(start: Start) -> str:
    """The `start` frame of a stream, number `start.sequence` on its socket."""
    return dump(
        event="start",
        sequenceNumber=start.sequence,
        start={
            "callId": start.call_id,
            "streamId": start.stream_id,
            "accountId": start.account_id,
            "tracks": start.tracks,
            "mediaFormat": {"encoding": start.format.encoding, "sampleRate": start.format.rate},
        },
        extra_headers=json.dumps(start.extra_headers),
    )


def media_frame(media: Media) -> str:
    """A `media` frame; the payload is in the stream's format."""
    return dump(
        event="media",
        sequenceNumber=media.sequence,
        streamId=media.stream_id,
        media={
            "track": media.track,
            "timestamp": media.timestamp,
            "chunk": media.chunk,
            "payload": base64.b64encode(media.payload).decode(),
        },
        extra_headers="{}",
    )


def dtmf_frame(dtmf: Dtmf, timestamp: str) -> str:
    """A `dtmf` frame: the caller pressed a digit at `timestamp` (epoch ms)."""
    return dump(
        event="dtmf",
        sequenceNumber=dtmf.sequence,
        streamId=dtmf.stream_id,
        dtmf={"track": dtmf.track, "digit": dtmf.digit, "timestamp": timestamp},
        extra_headers="{}",
    )


def played_stream_frame(played: PlayedStream) -> str:
    """A `playedStream` frame."""
    return dump(event="playedStream", sequenceNumber=played.sequence, streamId=played.stream_id, name=played.name)


def cleared_audio_frame(cleared: ClearedAudio) -> str:
    """A `clearedAudio` frame."""
    return dump(event="clearedAudio", sequenceNumber=cleared.sequence, streamId=cleared.stream_id)
