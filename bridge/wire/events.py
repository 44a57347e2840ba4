"""What happened, as operators see it in the log and the journal keeps it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from bridge.wire.level import Level

Source = Literal["callback", "carrier", "agent", "operator", "bridge"]
"""Who an event comes from: an HTTP request of Plivo's, Plivo's socket, the bot, a person or script, the bridge."""


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
