"""What an emulated call is to be: who calls whom, what it asks, what the people on it say and press."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bridge.carrier.lateness import Lateness
from bridge.carrier.profile import Profile
from bridge.carrier.trouble import Trouble
from bridge.carrier.voice import VoiceOf, silence
from bridge.wire.document import StreamElement


def _new_uuid() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, kw_only=True)
class Parties:
    """Who calls whom, and the ids that Plivo gives to the call and its stream."""

    from_: str
    to: str
    caller_name: str = ""
    direction: str = "inbound"
    account_id: str = "MAOFFHOOKEMULATED000"
    sip_headers: Mapping[str, str] = field(default_factory=dict)
    """Headers `X-PH-…` of the caller's SIP call: they come with every request around the call."""
    call_uuid: str = field(default_factory=_new_uuid)
    stream_id: str = field(default_factory=_new_uuid)


@dataclass(frozen=True, kw_only=True)
class CallPlan:
    """One call. Times are seconds since the stream's `start`."""

    parties: Parties
    target: str | StreamElement
    """The answer URL to ask, or the stream itself, as if another server had returned its document."""
    answer_method: Literal["GET", "POST"] = "POST"
    hangup_url: str = ""
    auth_token: str = ""
    """Requests and the socket's upgrade are signed with it; empty: not signed."""
    caller: VoiceOf = silence
    far_end: VoiceOf = silence
    """Who the caller talks to on a stream that is not bidirectional."""
    digits: tuple[tuple[float, str], ...] = ()
    """What the caller presses, and when, in the order of time."""
    seconds: float | None = None
    """The caller hangs up after this time; None: when told to."""
    drops: bool = False
    """At that time the connection is cut without a close, instead of a hangup."""
    profile: Profile = field(default_factory=Profile)
    """Which Plivo it is."""
    trouble: Trouble = field(default_factory=Trouble)
    """What goes wrong on the way."""
    lateness: Lateness = field(default_factory=Lateness)
    """Counts how late this emulator is; one for all calls that are made at once."""
    keep_seconds: float = 600.0
    """How much of both legs is kept for the outcome, from the start."""
