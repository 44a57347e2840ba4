"""Frames on a stream's socket, both ways: read tolerantly, written strictly.

What Plivo sends (`read_frame`, and `…_frame` writers for the emulator) and what may be sent to Plivo
(`read_command` and the command writers). Source: Plivo's Audio Streaming pages and SDKs; where they disagree,
the reader takes every form that was seen, and the writer uses the one that every known consumer takes.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from bridge.wire.formats import MULAW_8K, AudioFormat, UnknownFormatError, parse_format

MAX_FRAME_BYTES = 64 * 1024
"""A text frame of Plivo's that is longer is none: it sends 20 ms of audio at a time, 1.3 KB at most."""

MAX_COMMAND_BYTES = 1024 * 1024
"""A command to Plivo that is longer is none (40 s of audio in one piece is 2.6 MB: refused)."""

_MAX_TEXT_LENGTH = 512
"""Characters kept of any name, id or header: more is nobody's."""

_MAX_HEADERS = 64

DTMF_DIGITS = "0123456789*#ABCD"


class FrameError(ValueError):
    """A frame that cannot be read; the message is a sentence for the log."""


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
        stream_id=frame.streamId[:_MAX_TEXT_LENGTH],
        sequence=_number(frame.sequenceNumber),
        track=body.track[:32],
        timestamp=str(body.timestamp)[:32],
        chunk=_number(body.chunk),
        payload=body.payload,
    )


def _read_slowly(text: str | bytes) -> CarrierFrame:
    fields = _json_object(text)
    event = fields.get("event")
    if not isinstance(event, str) or not event:
        raise FrameError("The frame has no event name.")
    body = fields.get(event)
    body = body if isinstance(body, dict) else {}
    common: dict[str, Any] = {
        "stream_id": _text(fields, body, "streamId", "stream_id", "streamID"),
        "sequence": _number(fields.get("sequenceNumber")),
    }
    match event:
        case "start":
            return _start(fields, body, common)
        case "media":
            return _slow_media(body, common)
        case "dtmf":
            return _dtmf(fields, body, common)
        case "playedStream":
            return PlayedStream(name=_text(fields, body, "name"), **common)
        case "clearedAudio":
            return ClearedAudio(**common)
        case "stop":
            return Stop(**common)
        case "playFailed" | "error":
            return Failure(event=event, reason=_text(fields, body, "reason", "message", "error"), **common)
        case _:
            return Other(event=event[:80], **common)


def _start(fields: dict[str, Any], body: dict[str, Any], common: dict[str, Any]) -> Start:
    if not common["stream_id"]:
        raise FrameError("The start frame names no streamId.")
    described = body.get("mediaFormat")
    described = described if isinstance(described, dict) else {}
    encoding = str(described.get("encoding") or MULAW_8K.encoding)
    rate = _number(described.get("sampleRate"))
    try:
        audio_format = parse_format(encoding, rate)
    except UnknownFormatError as error:
        raise FrameError(f"The start frame's mediaFormat cannot be played: {error}.") from error
    tracks = body.get("tracks")
    return Start(
        call_id=_text(fields, body, "callId", "callUUID", "call_uuid", "callUuid"),
        account_id=_text(fields, body, "accountId"),
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
        chunk=_number(body.get("chunk")),
        payload=_unbase64(encoded, "media"),
        **common,
    )


def _dtmf(fields: dict[str, Any], body: dict[str, Any], common: dict[str, Any]) -> Dtmf:
    digit = _text(fields, body, "digit", "digits")
    if not digit:
        raise FrameError("The dtmf frame has no digit.")
    return Dtmf(digit=digit[:32], track=_track(body), **common)


def _track(body: Mapping[str, Any]) -> str:
    return str(body.get("track") or "inbound")[:32]


def read_extra_headers(value: object) -> dict[str, str]:
    """Read extra headers in any form seen: a JSON object (also in a string), `a=b;c=d`, `a=b,c=d`, or nothing."""
    if isinstance(value, str):
        value = _headers_in_text(value.strip())
    if not isinstance(value, dict):
        return {}
    kept = list(value.items())[:_MAX_HEADERS]
    return {str(name)[:_MAX_TEXT_LENGTH]: str(content)[:_MAX_TEXT_LENGTH] for name, content in kept}


def _headers_in_text(text: str) -> object:
    if text.startswith("{"):
        try:
            return msgspec.json.decode(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return {"": text}
    pairs = (pair.partition("=") for pair in text.replace(";", ",").split(",") if pair.strip())
    return {name.strip(): content.strip() for name, _, content in pairs}


def write_extra_headers(headers: Mapping[str, str]) -> str:
    """Extra headers as `<Stream extraHeaders>` has them: `a=b,c=d`."""
    return ",".join(f"{name}={value}" for name, value in headers.items())


def _json_object(text: str | bytes) -> dict[str, Any]:
    try:
        fields = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise FrameError("The frame is not JSON.") from error
    if not isinstance(fields, dict):
        raise FrameError("The frame is not a JSON object.")
    return fields


def _unbase64(encoded: str, event: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FrameError(f"The {event} frame's payload is not Base64.") from error


def _number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 2**63 else None
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:
        return int(value)
    return None


def _text(fields: Mapping[str, Any], body: Mapping[str, Any], *names: str) -> str:
    for name in names:
        for where in (fields, body):
            value = where.get(name)
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                return str(value)[:_MAX_TEXT_LENGTH]
    return ""


# What Plivo writes: for the emulator, in the exact form that every known consumer takes.


def start_frame(start: Start) -> str:
    """The `start` frame of a stream, number `start.sequence` on its socket."""
    return _dump(
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
    return _dump(
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
    return _dump(
        event="dtmf",
        sequenceNumber=dtmf.sequence,
        streamId=dtmf.stream_id,
        dtmf={"track": dtmf.track, "digit": dtmf.digit, "timestamp": timestamp},
        extra_headers="{}",
    )


def played_stream_frame(played: PlayedStream) -> str:
    """A `playedStream` frame."""
    return _dump(event="playedStream", sequenceNumber=played.sequence, streamId=played.stream_id, name=played.name)


def cleared_audio_frame(cleared: ClearedAudio) -> str:
    """A `clearedAudio` frame."""
    return _dump(event="clearedAudio", sequenceNumber=cleared.sequence, streamId=cleared.stream_id)


# Commands: what may be sent to Plivo on a bidirectional stream.


class PlayAudio(Struct, kw_only=True):
    """Queue audio; `content_type` and `rate` as the sender gave them, None where it gave none."""

    payload: bytes
    content_type: str | None = None
    rate: int | None = None


class SetCheckpoint(Struct, kw_only=True):
    """Ask to be told (`playedStream`) when everything queued so far has been played."""

    name: str
    stream_id: str = ""


class ClearAudio(Struct, kw_only=True):
    """Drop everything queued; answered by `clearedAudio`."""

    stream_id: str = ""


class SendDtmf(Struct, kw_only=True):
    """Press digits (0-9 * # A-D) towards the caller."""

    digits: str


class OtherCommand(Struct, kw_only=True):
    """A command that this version does not know."""

    event: str


Command = PlayAudio | SetCheckpoint | ClearAudio | SendDtmf | OtherCommand


def read_command(text: str | bytes) -> Command:
    """Read a command that a bot or a bridge sent to Plivo. Raises FrameError with a sentence."""
    fields = _json_object(text)
    match fields.get("event"):
        case "playAudio":
            return _play_audio(fields.get("media"))
        case "checkpoint":
            name = _text(fields, {}, "name")
            if not name:
                raise FrameError("The checkpoint has no name.")
            return SetCheckpoint(name=name, stream_id=_text(fields, {}, "streamId", "stream_id"))
        case "clearAudio":
            return ClearAudio(stream_id=_text(fields, {}, "streamId", "stream_id"))
        case "sendDTMF":
            return SendDtmf(digits=checked_digits(_text(fields, {}, "dtmf", "digits")))
        case str(event) if event:
            return OtherCommand(event=event[:80])
        case _:
            raise FrameError("The command has no event name.")


def _play_audio(media: object) -> PlayAudio:
    if not isinstance(media, dict) or not isinstance(media.get("payload"), str):
        raise FrameError("The playAudio has no payload.")
    content_type = media.get("contentType")
    return PlayAudio(
        payload=_unbase64(media["payload"], "playAudio"),
        content_type=content_type if isinstance(content_type, str) else None,
        rate=_number(media.get("sampleRate")),
    )


def checked_digits(digits: str) -> str:
    """The digits in upper case. Raises FrameError where there are none, or others than 0-9 * # A-D."""
    digits = digits.upper()
    wrong = "".join(sorted(set(digits) - set(DTMF_DIGITS)))
    if wrong or not digits:
        raise FrameError(f"DTMF digits are 0-9 * # A-D, not {wrong or 'empty'}.")
    return digits


def play_audio_command(payload: bytes, audio_format: AudioFormat) -> str:
    """A `playAudio` with a payload in the stream's format; its contentType comes without `;rate=`."""
    return _dump(
        event="playAudio",
        media={
            "contentType": audio_format.encoding,
            "sampleRate": audio_format.rate,
            "payload": base64.b64encode(payload).decode(),
        },
    )


def checkpoint_command(stream_id: str, name: str) -> str:
    """A `checkpoint`."""
    return _dump(event="checkpoint", streamId=stream_id, name=name)


def clear_audio_command(stream_id: str) -> str:
    """A `clearAudio`."""
    return _dump(event="clearAudio", streamId=stream_id)


def send_dtmf_command(digits: str) -> str:
    """A `sendDTMF`. Raises FrameError for other digits than 0-9 * # A-D."""
    return _dump(event="sendDTMF", dtmf=checked_digits(digits))


def _dump(**fields: object) -> str:
    return msgspec.json.encode(fields).decode()
