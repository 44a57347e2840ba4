"""What a client of the link asks of the bridge."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from bridge.wire.modes import SteppedIn
from bridge.wire.recordings import What


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
