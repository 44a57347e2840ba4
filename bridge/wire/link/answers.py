"""What the bridge says on the link: its greeting, an answer to each request, and the changes that it pushes."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from bridge.wire.events import Event
from bridge.wire.recordings import RecordingView
from bridge.wire.turns import TurnsView
from bridge.wire.views import BridgeView, Meter, StreamView

CHANGES_HZ = 10
"""How many times a second the bridge tells its operators what changed."""

READ_ONLY = "This is read-only: streams can be seen and listened to, and nothing else."
"""Why a bridge refuses a link that is for reading alone anything else."""


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


Granted = Done | Streams | Events | Recordings | RecordingPart | TurnsAnswer
Answer = Granted | Failed
ServerMessage = Welcome | Answer | Changes
