"""How Plivo may be: every point on which its pages, its SDKs and what was seen disagree, as a field with a default.

The defaults satisfy every consumer that is known. `docs/emulator.md` says what each of the others is good for.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from bridge.streams.check.fullness import CAPACITY

AtClear = Literal["dropped", "returned", "late"]


class Spelling(Struct, frozen=True, kw_only=True):
    """How frames are written."""

    extra_headers: Literal["json", "semicolons", "commas", "missing"] = "json"
    """`{"a":"b"}`, `a=b;c=d`, `a=b,c=d`, or not at all."""
    timestamps: Literal["epoch", "start"] = "epoch"
    """Milliseconds since 1970 or since the stream's start."""
    numbers: Literal["number", "string"] = "number"
    """How `sequenceNumber` and `chunk` come."""
    stream_id: Literal["top", "nested"] = "top"
    call_id: Literal["callId", "callUUID"] = "callId"
    sparse: bool = False
    """True: without `sequenceNumber`, `accountId` and `tracks`."""
    unknown_fields: bool = False
    """True: each frame has a field that nobody knows."""
    short_played: bool = False
    """True: a `playedStream` has its name and nothing else."""


class CallbackSpelling(Struct, frozen=True, kw_only=True):
    """How status callbacks are written."""

    names: Literal["StartStream", "started"] = "StartStream"
    """`started`: the second naming scheme, `started`, `stopped` and `failed` with `StatusReason` and `Duration`."""
    times: Literal["plain", "iso"] = "plain"
    """`YYYY-MM-DD HH:MM:SS` without a zone, or ISO 8601."""
    newer_fields: bool = True
    """`Direction` and a checkpoint's `Name`."""


class Profile(Struct, frozen=True, kw_only=True):
    """One Plivo. Times are seconds."""

    frames: Spelling = Spelling()
    callbacks: CallbackSpelling = CallbackSpelling()
    stop: bool = False
    """True: a `stop` frame before the end."""
    closes: bool = True
    """False: the socket's end is an abort without a close frame."""
    at_clear: AtClear = "dropped"
    """What becomes of checkpoints that a clear takes the audio of: dropped, returned at once, or returned late."""
    rare_events: bool = False
    """True: `muteStream`, `unmuteStream`, `error` and an unknown event in between, `playFailed` at an overflow."""
    second_socket_after: float | None = None
    """When a second socket opens that claims to be the same stream."""
    failed_connects: int = 0
    """How many connections break off before the one that works; after three, Plivo gives up."""
    send_buffer: float = CAPACITY
    """Seconds of audio that wait for a far end that reads too slowly, before the stream is dropped."""


PROFILES: dict[str, Profile] = {
    "default": Profile(),
    "strings": Profile(frames=Spelling(numbers="string", timestamps="start", extra_headers="semicolons")),
    "sparse": Profile(
        frames=Spelling(sparse=True, extra_headers="missing", short_played=True),
        callbacks=CallbackSpelling(newer_fields=False),
    ),
    "nested": Profile(
        frames=Spelling(stream_id="nested", call_id="callUUID", extra_headers="commas"),
        callbacks=CallbackSpelling(names="started", times="iso"),
    ),
    "returns-checkpoints": Profile(at_clear="returned", stop=True),
    "late-checkpoints": Profile(at_clear="late"),
    "rare": Profile(frames=Spelling(unknown_fields=True), rare_events=True, stop=True),
    "rough": Profile(closes=False, second_socket_after=2.0, failed_connects=2),
}
"""Profiles by name, for the command line."""
