"""What operators are told of a stream, of the agent behind it and of the bridge."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from bridge.wire.findings import Finding
from bridge.wire.level import Level
from bridge.wire.modes import Mode

State = Literal["asked", "connecting", "live", "ended"]
"""`asked`: the answer URL was fetched; `connecting`: a socket or a callback came, `start` has not; `live`; `ended`."""

AgentState = Literal["connecting", "open", "closed", "failed"]
"""`failed`: it refused the connection, could not be reached, or its connection broke; `closed`: with a close."""


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
