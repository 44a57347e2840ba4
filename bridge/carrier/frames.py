"""Plivo's frames of one stream: numbered without a gap, and spelt as a profile has it."""

from __future__ import annotations

import time

from bridge.carrier.plan import Parties
from bridge.carrier.profile import Spelling
from bridge.carrier.spelling import spelt
from bridge.wire.document import StreamElement
from bridge.wire.fields import dump
from bridge.wire.formats import FRAME_MS, parse_format
from bridge.wire.frames import (
    ClearedAudio,
    Dtmf,
    Media,
    PlayedStream,
    Start,
    cleared_audio_frame,
    dtmf_frame,
    media_frame,
    played_stream_frame,
    start_frame,
)

TRACKS = {"inbound": ["inbound"], "outbound": ["outbound"], "both": ["inbound", "outbound"]}


class Frames:
    """Each method makes the next frame."""

    def __init__(self, parties: Parties, stream: StreamElement, spelling: Spelling) -> None:
        self._parties = parties
        self._stream_id = parties.stream_id
        self._stream = stream
        self._spelling = spelling
        self._sequence = 0
        self._created_ms = _epoch_ms()
        self._first_ms = self._created_ms if spelling.timestamps == "epoch" else 0

    def start(self) -> str:
        """The first one."""
        frame = Start(
            stream_id=self._stream_id,
            sequence=self._next(),
            call_id=self._parties.call_uuid,
            account_id=self._parties.account_id,
            tracks=TRACKS[self._stream.audio_track],
            format=parse_format(self._stream.content_type),
            extra_headers=self._stream.extra_headers,
        )
        return spelt(start_frame(frame), self._spelling)

    def media(self, track: str, chunk: int, payload: bytes) -> str:
        """Audio of a track; `chunk` counts from 1, one for each 20 ms."""
        frame = Media(
            stream_id=self._stream_id,
            sequence=self._next(),
            track=track,
            timestamp=str(self._first_ms + (chunk - 1) * FRAME_MS),
            chunk=chunk,
            payload=payload,
        )
        return spelt(media_frame(frame), self._spelling)

    def dtmf(self, digit: str) -> str:
        """A digit that the caller presses now."""
        frame = Dtmf(stream_id=self._stream_id, sequence=self._next(), digit=digit)
        now = str(self._first_ms + _epoch_ms() - self._created_ms)
        return spelt(dtmf_frame(frame, now), self._spelling)

    def played(self, name: str) -> str:
        """A checkpoint was reached."""
        frame = PlayedStream(stream_id=self._stream_id, sequence=self._next(), name=name)
        return spelt(played_stream_frame(frame), self._spelling)

    def cleared(self) -> str:
        """The queue was cleared."""
        frame = ClearedAudio(stream_id=self._stream_id, sequence=self._next())
        return spelt(cleared_audio_frame(frame), self._spelling)

    def rare(self, event: str, **fields: str) -> str:
        """A frame that is seldom seen, or unknown: `stop`, `playFailed`, `error`, `muteStream` …"""
        frame = dump(event=event, sequenceNumber=self._next(), streamId=self._stream_id, **fields)
        return spelt(frame, self._spelling)

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence


def _epoch_ms() -> int:
    return time.time_ns() // 1_000_000
