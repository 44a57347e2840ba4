"""Recordings as operators see them: a list, and their files, fetched over the link in parts."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal

from msgspec import Struct

PART_BYTES = 1024 * 1024
"""Most bytes of a file in one answer."""

What = Literal["wav", "json"]
"""The sound (stereo, caller left, far end right), or what is known of it (`bridge.wire.notes.RecordingNotes`)."""

NAME = re.compile(r"[0-9]{8}T[0-9]{6}\.[0-9]{3}Z-[A-Za-z0-9-]{1,8}")
"""A recording's name: when it began (UTC), so that names sort by time, and the beginning of the StreamID."""


class RecordingView(Struct, kw_only=True, rename={"from_": "from"}):
    """One recording. Where its JSON file is lost or broken, only its name and sizes are known."""

    name: str
    stream_id: str = ""
    call_uuid: str = ""
    from_: str = ""
    to: str = ""
    started_at: datetime | None = None
    """When its first sample was heard."""
    seconds: float = 0.0
    bytes: int = 0
    """Size of the WAV file."""
    open: bool = False
    """True while it is being made."""
    format: str = ""
    """The stream's own format, e.g. `mu-law 8k`; the file is 16-bit PCM at the same rate."""
