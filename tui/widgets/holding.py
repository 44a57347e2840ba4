"""Who has stepped in on a stream, in marks and in words."""

from __future__ import annotations

from datetime import datetime

from bridge.wire.modes import Mode
from bridge.wire.views import StreamView
from tui.widgets import glyphs

MODE_MARKS: dict[Mode, str] = {"direct": "·", "agent": "▸", "whisper": "»", "talk": "◇", "takeover": "◆"}
_DOES: dict[Mode, str] = {"whisper": "whispers to the agent", "takeover": "has taken over"}


def holding(stream: StreamView, now: datetime) -> str:
    """`anna has taken over, 0:42`; empty while nobody has stepped in."""
    if not stream.operator:
        return ""
    words = f"{stream.operator} {_DOES.get(stream.mode, 'talks')}"
    if stream.mode_since is not None:
        words += f", {glyphs.duration(max(0.0, (now - stream.mode_since).total_seconds()))}"
    return glyphs.plain(words)


def mode_of(stream: StreamView) -> Mode:
    """The mode as it is shown: without an agent, too, an operator who has stepped in talks."""
    return "talk" if stream.mode == "direct" and stream.operator else stream.mode


def mode_cell(stream: StreamView) -> str:
    """The mark and the mode, or that the caller waits."""
    mode = mode_of(stream)
    return "RINGING" if stream.ringing else f"{MODE_MARKS[mode]} {mode}"


def short_mode_cell(stream: StreamView) -> str:
    """In seven cells, as far as names are short: the mark tells the mode, and the word who has stepped in."""
    if stream.ringing or stream.mode == "agent":
        return mode_cell(stream)
    return f"{MODE_MARKS[mode_of(stream)]} {stream.operator}"
