"""Commands: what may be sent to Plivo on a bidirectional stream; read tolerantly, written strictly.

Source: Plivo's Audio Streaming pages, and what real bots were seen to send.
"""

from __future__ import annotations

import base64
from typing import Literal

import msgspec
from msgspec import Struct

from bridge.wire.fields import FrameError, base64_field, dump, json_object, number_field, text_field
from bridge.wire.formats import AudioFormat

MAX_COMMAND_BYTES = 1024 * 1024
"""A command that is longer is none (40 s of audio in one piece is 2.6 MB: refused)."""

DTMF_DIGITS = "0123456789*#ABCD"


class PlayAudio(Struct, kw_only=True):
    """Queue audio; `content_type` and `rate` as the sender gave them, None where it gave none."""

    payload: bytes
    content_type: str | None = None
    rate: int | None = None
    stream_id: str = ""
    """Which Plivo does not ask for, and some send."""


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


class PlayBody(Struct, gc=False):
    """The body of `UsualPlay`."""

    payload: bytes
    contentType: str | None = None  # noqa: N815 - Plivo's names
    sampleRate: int | None = None  # noqa: N815


class UsualPlay(Struct, gc=False):
    """A `playAudio` in the form in which bots send fifty a second."""

    event: Literal["playAudio"]
    media: PlayBody
    streamId: str = ""  # noqa: N815


Said = tuple[str | None, int | None, str]
"""What a `playAudio` says of itself: contentType, sampleRate (Hz), streamId."""

_decode_usual_play = msgspec.json.Decoder(UsualPlay).decode

Command = PlayAudio | SetCheckpoint | ClearAudio | SendDtmf | OtherCommand


def read_command(text: str | bytes) -> Command:
    """Read a command that a bot or a bridge sent to Plivo. Raises FrameError with a sentence."""
    play = usual_play(text)
    if play is None:
        return _read_slowly(text)
    body = play.media
    return PlayAudio(payload=body.payload, content_type=body.contentType, rate=body.sampleRate, stream_id=play.streamId)


def usual_play(text: str | bytes) -> UsualPlay | None:
    """Read a frame if it is a `playAudio` in its usual form, and nothing of it twice; None: ask `read_command`."""
    try:
        return _decode_usual_play(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def said_of(play: UsualPlay) -> Said:
    """What a piece says of itself."""
    return play.media.contentType, play.media.sampleRate, play.streamId


def _read_slowly(text: str | bytes) -> Command:
    fields = json_object(text)
    match fields.get("event"):
        case "playAudio":
            return _play_audio(fields.get("media"))
        case "checkpoint":
            name = text_field(fields, {}, "name")
            if not name:
                raise FrameError("The checkpoint has no name.")
            return SetCheckpoint(name=name, stream_id=text_field(fields, {}, "streamId", "stream_id"))
        case "clearAudio":
            return ClearAudio(stream_id=text_field(fields, {}, "streamId", "stream_id"))
        case "sendDTMF":
            return SendDtmf(digits=checked_digits(text_field(fields, {}, "dtmf", "digits")))
        case str(event) if event:
            return OtherCommand(event=event[:80])
        case _:
            raise FrameError("The command has no event name.")


def _play_audio(media: object) -> PlayAudio:
    if not isinstance(media, dict) or not isinstance(media.get("payload"), str):
        raise FrameError("The playAudio has no payload.")
    content_type = media.get("contentType")
    return PlayAudio(
        payload=base64_field(media["payload"], "playAudio"),
        content_type=content_type if isinstance(content_type, str) else None,
        rate=number_field(media.get("sampleRate")),
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
    return dump(
        event="playAudio",
        media={
            "contentType": audio_format.encoding,
            "sampleRate": audio_format.rate,
            "payload": base64.b64encode(payload).decode(),
        },
    )


def checkpoint_command(stream_id: str, name: str) -> str:
    """A `checkpoint`."""
    return dump(event="checkpoint", streamId=stream_id, name=name)


def clear_audio_command(stream_id: str) -> str:
    """A `clearAudio`."""
    return dump(event="clearAudio", streamId=stream_id)


def send_dtmf_command(digits: str) -> str:
    """A `sendDTMF`. Raises FrameError for other digits than 0-9 * # A-D."""
    return dump(event="sendDTMF", dtmf=checked_digits(digits))
