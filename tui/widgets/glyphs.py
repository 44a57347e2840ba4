"""Text in cells: fitting, meters and marks, with glyphs that every terminal font has."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from functools import lru_cache

from rich.cells import cell_len, set_cell_size

from bridge.wire.level import Level
from bridge.wire.views import CheckpointView, State

STATE_MARKS: dict[State, str] = {"asked": "○", "connecting": "◐", "live": "●", "ended": "◦"}
HEALTH_MARKS: dict[Level, str] = {"info": "·", "warning": "!", "error": "✗"}
SHORT_ID = 8
"""Characters of a StreamID that are enough to know a stream by."""
LISTENING, ON_AIR, RECORDING = "♪", "◉", "●"

QUIETEST_DBFS = -60.0
"""The level at which a meter is empty; 0 dBFS fills it."""


def plain(text: str) -> str:
    """Text from outside without what steers a terminal or turns the writing round."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} else c for c in text)


@lru_cache(maxsize=8192)
def fit(text: str, width: int) -> str:
    """Plain text of exactly so many cells: padded, or cut with an ellipsis."""
    text = plain(text)
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + "…" if width > 1 else "…"[:width]


def number(address: str, width: int) -> str:
    """A telephone number or SIP address: of a number the end is kept, as its last digits tell it from another."""
    address = plain(address).removeprefix("sip:") or "?"
    if address.startswith("+") and len(address) > width:
        return "…" + address[len(address) - width + 1 :]
    return fit(address, width)


def bar(share: float, cells: int) -> tuple[str, str]:
    """A horizontal bar in half cells, filled to a share of 0 to 1: what is filled, and the rest of so many cells."""
    full, half = divmod(round(max(0.0, min(1.0, share)) * cells * 2), 2)
    filled = "━" * full + "╸" * half
    return filled, "─" * (cells - len(filled))


def loudness(dbfs: float | None) -> float:
    """A level as the share of a meter that it fills."""
    return 0.0 if dbfs is None else max(0.0, min(1.0, 1 - dbfs / QUIETEST_DBFS))


def decibels(dbfs: float | None) -> str:
    """A level in four cells."""
    return "   ·" if dbfs is None else f"{max(-99, round(dbfs)):4d}"


def duration(seconds: float) -> str:
    """Minutes and seconds, from an hour on with hours: at most five cells up to 99 hours."""
    minutes, second = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{second:02d}"
    hours, minute = divmod(minutes, 60)
    return f"{hours}h{minute:02d}"


def clock(at: datetime, millis: bool = True) -> str:
    """A time of day on this machine's clock."""
    local = at.astimezone()
    return f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}" if millis else f"{local:%H:%M:%S}"


def short_id(stream_id: str) -> str:
    """The beginning of a StreamID."""
    return stream_id[:SHORT_ID]


def played_ms(checkpoint: CheckpointView) -> int | None:
    """How long a checkpoint took from being sent to being played, in ms."""
    if checkpoint.played_at is None:
        return None
    return round((checkpoint.played_at - checkpoint.sent_at).total_seconds() * 1000)


def checkpoint_mark(checkpoint: CheckpointView) -> str:
    """Played, cleared, overdue, or still waiting."""
    if checkpoint.played_at:
        return "✓"
    if checkpoint.cleared:
        return "✗"
    return "!" if checkpoint.overdue else "○"


def checkpoint_word(checkpoint: CheckpointView) -> str:
    """How a checkpoint stands, in a word or with its time."""
    took = played_ms(checkpoint)
    if took is not None:
        return f"{took} ms"
    if checkpoint.cleared:
        return "cleared"
    return "overdue" if checkpoint.overdue else "waiting"
