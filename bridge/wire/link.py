"""The operators' link: what a terminal, a phone or a script says to the bridge and hears from it.

One WebSocket on the private port, opened with `Authorization: Bearer TOKEN`. Text frames are JSON messages,
each an object with a `type`; binary frames are audio (`pack_audio`). The bridge greets with `Welcome`.
Every request carries an `id` of the client's choosing and is answered once, by `Failed` or one of `Granted` with
the same id; requests may be answered out of order (a checkpoint is answered when it was played).
After `Subscribe` the bridge pushes `Changes` at most ten times a second.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from datetime import datetime
from enum import IntEnum
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from bridge.wire.findings import Finding
from bridge.wire.level import Level as Level
from bridge.wire.recordings import RecordingView, What
from bridge.wire.turns import TurnsView

LINK_VERSION = 1
CHANGES_HZ = 10
"""How many times a second the bridge tells its operators what changed."""

MAX_MESSAGE_BYTES = 8 * 1024 * 1024

READ_ONLY = "This is read-only: streams can be seen and listened to, and nothing else."
"""Why a bridge refuses a link that is for reading alone anything else."""

PAGE_BYTES = 2 * 1024 * 1024
"""Rows or events in one message of pushes, as JSON: what is more comes with the next."""

State = Literal["asked", "connecting", "live", "ended"]
"""`asked`: the answer URL was fetched; `connecting`: a socket or a callback came, `start` has not; `live`; `ended`."""

Source = Literal["callback", "carrier", "agent", "operator", "bridge"]
"""Who an event comes from: an HTTP request of Plivo's, Plivo's socket, the bot, a person or script, the bridge."""

Mode = Literal["direct", "agent", "whisper", "talk", "takeover"]
"""Who hears whom on a stream:

| mode | the caller hears | the agent hears |
|---|---|---|
| `direct` | the operator who talks, or nobody | (there is no agent) |
| `agent` | the agent | the caller |
| `whisper` | the agent | the caller and the operator |
| `talk` | the agent and the operator | the caller |
| `takeover` | the operator | silence, or the caller (a setting) |
"""

SteppedIn = Literal["whisper", "talk", "takeover"]
"""What an operator may ask for. On a `direct` stream there is only `talk`, and it stays `direct`."""

AgentState = Literal["connecting", "open", "closed", "failed"]
"""`failed`: it refused the connection, could not be reached, or its connection broke; `closed`: with a close."""


class Event(Struct, kw_only=True, omit_defaults=False):
    """One thing that happened, as the log shows it and the journal keeps it."""

    id: int
    """Ascending over the life of the journal, across restarts."""
    at: datetime
    """UTC."""
    source: Source
    event: str
    """Its name: Plivo's own for callbacks and frames (`StartStream`, `playedStream`), else ours (`talk`)."""
    level: Level = "info"
    stream_id: str = ""
    call_uuid: str = ""
    text: str = ""
    """One sentence for people."""
    data: dict[str, Any] = {}
    """The fields that came with it."""
    raw: str = ""
    """As it came over the wire, cut at 16 KB; empty for the bridge's own events."""


class CheckpointView(Struct, kw_only=True):
    """One checkpoint of the playback ledger; `played_at` and `cleared` tell how it ended, if it did."""

    name: str
    sent_at: datetime
    due_at: datetime | None = None
    """When the audio before it should have been played, by the bridge's clock."""
    played_at: datetime | None = None
    cleared: bool = False
    """True when a clear dropped it before it was played."""
    by: str = ""
    """`agent`, or the operator who set it; empty: an agent that is gone."""
    held: bool = False
    """True while, or because, the bridge answers it in Plivo's place: the agent was not to be heard."""
    overdue: bool = False
    """True when it is two seconds past due and neither played nor cleared."""


class ClearView(Struct, kw_only=True):
    """One `clearAudio`: when it was sent and when Plivo said `clearedAudio`."""

    sent_at: datetime
    by: str = ""
    """`agent`, or the operator who sent it; empty: an agent that is gone."""
    acknowledged_at: datetime | None = None


class AgentView(Struct, kw_only=True):
    """The bot behind a stream."""

    url: str
    state: AgentState = "connecting"
    close_code: int | None = None
    """Of its close frame, or the HTTP status with which it refused."""
    close_reason: str = ""
    tried: list[str] = []
    """Upstreams of the route that failed before this one."""


class StreamView(Struct, kw_only=True, rename={"from_": "from"}):
    """Everything that is known of one stream. Levels are dBFS (0 is full scale), None where nothing was heard."""

    handle: int
    """The bridge's own number for the row: unique, kept over restarts, known before the StreamID is."""
    stream_id: str = ""
    """Plivo's StreamID; empty until `start` or a callback told it."""
    call_uuid: str = ""
    from_: str = ""
    to: str = ""
    direction: str = ""
    account_id: str = ""
    state: State = "asked"
    end_reason: str = ""
    """Empty while alive; else `stopped`, `dropped`, `closed`, `hangup`, `expired` or `lost`."""
    closed_by: str = ""
    """Who closed first: `carrier`, `agent`, `operator` or `bridge`."""
    close_code: int | None = None
    close_reason: str = ""
    bidirectional: bool | None = None
    """None: the document was somebody else's and nobody told us."""
    tracks: list[str] = []
    content_type: str = ""
    sample_rate: int | None = None
    extra_headers: dict[str, str] = {}
    service_url: str = ""
    remote: str = ""
    """Address of the carrier's end of the socket."""
    asked_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    frames_in: int = 0
    frames_out: int = 0
    gaps: int = 0
    """Times that something was missing: a jump in the frames' numbers, or 100 ms and more without media."""
    caller_dbfs: float | None = None
    agent_dbfs: float | None = None
    queued_ms: int = 0
    """What Plivo still has to play."""
    checkpoints: list[CheckpointView] = []
    clears: list[ClearView] = []
    dtmf_in: str = ""
    dtmf_out: str = ""
    callbacks: dict[str, int] = {}
    """Status callbacks by event name, repetitions counted in."""
    problems: dict[str, int] = {}
    """Sentences of what went wrong on this stream, with how often."""
    findings: list[Finding] = []
    """What the protocol check found of the agent's commands; the codes are in `docs/findings.md`."""
    health: Level = "info"
    """`info` is good."""
    health_text: str = ""
    mode: Mode = "direct"
    operator: str = ""
    """Name of the operator who holds the microphone of this stream: whispers, talks or has taken over."""
    mode_since: datetime | None = None
    """When somebody stepped in."""
    listeners: int = 0
    agent: AgentView | None = None
    """None: there is no agent behind this stream."""
    ringing: bool = False
    """The agent is gone, and the caller waits for an operator."""
    recording: str = ""
    """Name of the recording that is being made; empty: none is."""


class Meter(Struct, array_like=True):
    """What changes all the time on a live stream; fields as in StreamView."""

    handle: int
    frames_in: int
    frames_out: int
    gaps: int
    caller_dbfs: float | None
    agent_dbfs: float | None
    queued_ms: int


class BridgeView(Struct, kw_only=True):
    """The bridge itself."""

    version: str
    pid: int
    public_url: str
    control_url: str
    started_at: datetime
    started_by_offhook: bool = False
    """True when a terminal UI started it in the background, so that the last one to leave may end it."""
    signed: bool = False
    """True when an auth token is set and signatures are checked."""
    operators: int = 0
    """Links that watch all streams: people at terminal UIs, and scripts that follow."""


# Requests


class Request(Struct, kw_only=True, tag_field="type"):
    """A question or a command; answered once under the same `id`."""

    id: Annotated[int, Meta(ge=0, le=2**53)] = 0


class Subscribe(Request, tag="subscribe"):
    """Send `Changes` from now on: first every stream in memory and the events after `events_after`, by the page."""

    events_after: int | None = None
    """None: the last 1,000 events."""


class ListStreams(Request, tag="list_streams"):
    """Answered by `Streams`: those not ended, or with `all` also the newest of the ended ones."""

    all: bool = False


class ListEvents(Request, tag="list_events"):
    """Answered by `Events`: at most `limit`, ascending; the newest of those that match, unless `after` is given."""

    stream_id: str = ""
    after: int | None = None
    before: int | None = None
    limit: int = 1000


class ListRecordings(Request, tag="list_recordings"):
    """Answered by `Recordings`: the newest ones, oldest first."""


class FetchRecording(Request, tag="fetch_recording"):
    """Answered by `RecordingPart`: a file of a recording from byte `offset` on, as much as one answer holds."""

    name: str
    what: What = "wav"
    offset: Annotated[int, Meta(ge=0, le=2**53)] = 0


class ListTurns(Request, tag="list_turns"):
    """Answered by `TurnsAnswer`: the turns of a stream up to now, or of one that is over and was recorded."""

    stream_id: str


class Listen(Request, tag="listen"):
    """Start or stop sending this link the audio of a stream, both legs."""

    stream_id: str
    on: bool = True


class StepIn(Request, tag="step_in"):
    """Take the microphone of a stream, or change what it does; audio sent on this link goes where `mode` says.

    Answered when it is so: a takeover when Plivo acknowledged that what it had queued of the agent is dropped
    (`took_ms`). Refused while another person holds the microphone (unless `seize`), or when the stream cannot take
    audio. Several links of one person (a phone, a script) may hold it together: their voices are mixed.
    """

    stream_id: str
    mode: SteppedIn | None = None
    """None: what this person's other links have chosen, else `talk`."""
    seize: bool = False
    """Take the microphone from whoever has it."""


class StepOut(Request, tag="step_out"):
    """Let go of the microphone; when no link of that person holds it any more, the call is the agent's again.

    A link that does not hold it itself ends what the same person's other links hold. No error when nobody does.
    """

    stream_id: str
    seize: bool = False
    """End the step of another person as well."""


class Record(Request, tag="record"):
    """Start or stop recording a stream, both legs."""

    stream_id: str
    on: bool = True


class Clear(Request, tag="clear"):
    """Drop what Plivo has queued; answered when Plivo acknowledged, at the latest after `timeout` seconds."""

    stream_id: str
    timeout: float = 5.0


class Checkpoint(Request, tag="checkpoint"):
    """Set a checkpoint; answered when it was played or cleared, at the latest after `timeout` seconds."""

    stream_id: str
    name: str = ""
    """Empty: the bridge makes one up."""
    timeout: float = 60.0


class Dtmf(Request, tag="dtmf"):
    """Send digits (0-9 * # A-D) into the call."""

    stream_id: str
    digits: str


class Hangup(Request, tag="hangup"):
    """Close the stream's socket, which ends a stream that keeps its call alive, and so mostly the call."""

    stream_id: str


class Shutdown(Request, tag="shutdown"):
    """End the bridge and every stream on it."""


# Answers and pushes


class Welcome(Struct, kw_only=True, tag_field="type", tag="welcome"):
    """The first message on every link."""

    link_version: int
    operator: str
    """The name under which others see this link."""
    read_only: bool = False
    """True when streams can be seen and listened to on this link, and nothing else."""
    bridge: BridgeView


class Done(Struct, kw_only=True, tag_field="type", tag="done"):
    """The command was carried out."""

    id: int
    text: str = ""
    """What happened, as a sentence."""
    took_ms: float | None = None
    """From the frame's sending to Plivo's acknowledgement, where there is one."""
    stream: StreamView | None = None
    """The stream it was about, for all requests that name one."""
    recording: str = ""
    """The recording's name, for Record."""


class Failed(Struct, kw_only=True, tag_field="type", tag="failed"):
    """The command was not carried out."""

    id: int
    error: str
    """Why, and what to do, as a sentence."""


class Streams(Struct, kw_only=True, tag_field="type", tag="streams"):
    """Answer to ListStreams."""

    id: int
    streams: list[StreamView]


class Events(Struct, kw_only=True, tag_field="type", tag="events"):
    """Answer to ListEvents, ascending by id."""

    id: int
    events: list[Event]
    more: bool = False
    """True when the limit left older (or, with `after`, newer) ones out."""


class Recordings(Struct, kw_only=True, tag_field="type", tag="recordings"):
    """Answer to ListRecordings."""

    id: int
    recordings: list[RecordingView]


class RecordingPart(Struct, kw_only=True, tag_field="type", tag="recording_part"):
    """Answer to FetchRecording."""

    id: int
    name: str
    offset: int
    data: bytes
    """Base64 in the JSON; empty at the file's end."""
    total: int
    """Bytes that the file has by now; one that is being made grows."""


class TurnsAnswer(Struct, kw_only=True, tag_field="type", tag="turns"):
    """Answer to ListTurns."""

    id: int
    turns: TurnsView


class Changes(Struct, kw_only=True, tag_field="type", tag="changes"):
    """What changed since the last one; the first after Subscribe (`full`) replaces all that the client had."""

    at: datetime
    full: bool = False
    streams: list[StreamView] = []
    removed: list[int] = []
    """Handles of rows that are gone from the bridge's memory."""
    meters: list[Meter] = []
    events: list[Event] = []
    missed_events: bool = False
    """True when events between the client's last and these are only in the journal (ListEvents has them)."""
    bridge: BridgeView | None = None


ClientMessage = (
    Subscribe
    | ListStreams
    | ListEvents
    | ListRecordings
    | FetchRecording
    | ListTurns
    | Listen
    | StepIn
    | StepOut
    | Record
    | Clear
    | Checkpoint
    | Dtmf
    | Hangup
    | Shutdown
)
Granted = Done | Streams | Events | Recordings | RecordingPart | TurnsAnswer
Answer = Granted | Failed
ServerMessage = Welcome | Answer | Changes

encode = msgspec.json.Encoder().encode
"""Any message or view to JSON bytes; datetimes become RFC 3339 in UTC."""
_client_messages: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
decode_server: msgspec.json.Decoder[ServerMessage] = msgspec.json.Decoder(ServerMessage)


_T = TypeVar("_T", bound=Struct)


def fitting(items: Iterable[_T], max_bytes: int) -> list[_T]:
    """The first of these (one at least) whose JSON takes no more than `max_bytes`."""
    fit: list[_T] = []
    size = 0
    for item in items:
        size += len(encode(item)) + 1
        if fit and size > max_bytes:
            break
        fit.append(item)
    return fit


def decode_client(text: str | bytes) -> ClientMessage:
    """Read a client's message. Raises msgspec.MsgspecError for what is none."""
    try:
        return _client_messages.decode(text)
    except (UnicodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error


# Audio


class Leg(IntEnum):
    """Whose voice a piece of audio is."""

    CALLER = 1
    AGENT = 2
    """The far end as the caller hears it: operators, the bot, or a one-way stream's outbound track."""
    OPERATOR = 3
    """From an operator's microphone (or file) to the bridge."""


class Audio(Struct, frozen=True):
    """A piece of one leg, in the stream's own coding."""

    leg: Leg
    handle: int
    position: int
    """Samples of this leg before this piece; it jumps where media was lost or nothing was played."""
    payload: bytes
    """Empty: what is held of this leg was cleared, and is not to be heard any more."""


_AUDIO_HEAD = struct.Struct("<BxxxIQ")
MAX_AUDIO_BYTES = 64 * 1024


def pack_audio(audio: Audio) -> bytes:
    """Binary frame: leg (1 byte), 3 zero bytes, handle (uint32), position (uint64), payload; little-endian."""
    return _AUDIO_HEAD.pack(audio.leg, audio.handle, audio.position) + audio.payload


def unpack_audio(frame: bytes) -> Audio:
    """Read a binary frame. Raises ValueError when it is none."""
    if not _AUDIO_HEAD.size <= len(frame) <= MAX_AUDIO_BYTES:
        raise ValueError(f"an audio frame of {len(frame)} bytes")
    leg, handle, position = _AUDIO_HEAD.unpack_from(frame)
    return Audio(Leg(leg), handle, position, frame[_AUDIO_HEAD.size :])
