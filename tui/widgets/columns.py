"""The columns of the stream list: what each shows, and which of them a width has room for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from bridge.operator.view import age_seconds
from bridge.wire.formats import UnknownFormatError, parse_format
from bridge.wire.link import StreamView
from tui.palette import Palette
from tui.widgets import glyphs
from tui.widgets.lines import Cell


@dataclass(frozen=True, slots=True)
class Look:
    """What a cell needs to know besides its stream."""

    colours: Palette
    now: datetime
    """The bridge's time, UTC."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `name` is also that of its sort order (bridge.operator.view.SORTS)."""

    name: str
    title: str
    cell: Callable[[StreamView, int, Look], Cell]
    """The stream's cell, drawn into so many cells."""


def _state(stream: StreamView, width: int, look: Look) -> Cell:
    short = {"asked": "ask", "connecting": "conn", "live": "live", "ended": "end"}
    word = short[stream.state] if width < 12 else stream.end_reason or stream.state
    return glyphs.fit(f"{glyphs.STATE_MARKS[stream.state]} {word}", width), look.colours.state(stream)


def _stream(stream: StreamView, width: int, look: Look) -> Cell:
    name = stream.stream_id if width > 8 else glyphs.short_id(stream.stream_id)
    return glyphs.fit(name or "unknown", width), look.colours.key if stream.stream_id else look.colours.dim


def _route(stream: StreamView, width: int, look: Look) -> Cell:
    caller = (width - 3) // 2
    text = f"{glyphs.fit_end(stream.from_ or '?', caller)} → {glyphs.fit_end(stream.to or '?', width - caller - 3)}"
    return text, look.colours.dim if stream.state == "ended" else look.colours.text


def _age(stream: StreamView, width: int, look: Look) -> Cell:
    style = look.colours.dim if stream.state == "ended" else look.colours.text
    return glyphs.duration(age_seconds(stream, look.now)).rjust(width), style


def _format(stream: StreamView, width: int, look: Look) -> Cell:
    return glyphs.fit(format_label(stream), width), look.colours.dim


def _meter(dbfs: float | None, width: int, look: Look) -> Cell:
    if width < 10:
        return glyphs.bar(glyphs.loudness(dbfs), width), look.colours.meter(dbfs)
    bar = glyphs.bar(glyphs.loudness(dbfs), width - 5)
    return f"{bar} {glyphs.decibels(dbfs)}", look.colours.meter(dbfs)


def _caller(stream: StreamView, width: int, look: Look) -> Cell:
    return _meter(stream.caller_dbfs, width, look) if stream.state == "live" else (" " * width, look.colours.dim)


def _agent(stream: StreamView, width: int, look: Look) -> Cell:
    return _meter(stream.agent_dbfs, width, look) if stream.state == "live" else (" " * width, look.colours.dim)


def _queued(stream: StreamView, width: int, look: Look) -> Cell:
    if not stream.queued_ms:
        return glyphs.NOTHING.rjust(width), look.colours.dim
    return f"{stream.queued_ms / 1000:.1f}s".rjust(width), look.colours.warning if (
        stream.queued_ms > 12_000
    ) else look.colours.text


def _checkpoint(stream: StreamView, width: int, look: Look) -> Cell:
    if not stream.checkpoints:
        return glyphs.fit(glyphs.NOTHING, width), look.colours.dim
    last = stream.checkpoints[-1]
    text = f"{glyphs.checkpoint_mark(last)} {last.name}"
    if width >= 18:
        word = glyphs.checkpoint_word(last)
        text = f"{glyphs.fit(text, width - len(word) - 1)} {word}"
    if last.overdue:
        return glyphs.fit(text, width), look.colours.warning
    return glyphs.fit(text, width), look.colours.good if last.played_at else look.colours.dim


def _health(stream: StreamView, width: int, look: Look) -> Cell:
    text = glyphs.HEALTH_MARKS[stream.health]
    if width > 1:
        text = f"{text} {stream.health_text or 'good'}"
    return glyphs.fit(text, width), look.colours.dim if stream.health == "info" else look.colours.level(stream.health)


def format_label(stream: StreamView) -> str:
    """`mu-law 8k`, or the content type as it came when no stream has it."""
    if not stream.content_type:
        return glyphs.NOTHING
    try:
        return parse_format(stream.content_type, stream.sample_rate).label
    except UnknownFormatError:
        return stream.content_type


COLUMNS = (
    Column("state", "STATE", _state),
    Column("stream", "STREAM", _stream),
    Column("from", "FROM → TO", _route),
    Column("age", "AGE", _age),
    Column("format", "FORMAT", _format),
    Column("caller", "CALLER", _caller),
    Column("agent", "AGENT", _agent),
    Column("queued", "QUEUE", _queued),
    Column("checkpoint", "CHECKPOINT", _checkpoint),
    Column("health", "HEALTH", _health),
)
"""As they stand from left to right."""

RIGHT_ALIGNED = frozenset({"age", "queued"})

_GROWTH = (
    *(("state", 6), ("stream", 8), ("from", 27), ("age", 5), ("health", 1), ("queued", 5)),
    *(("caller", 6), ("agent", 6), ("checkpoint", 7)),
    *(("format", 9), ("from", 31), ("checkpoint", 12), ("state", 12), ("health", 12), ("caller", 10), ("agent", 10)),
    *(("checkpoint", 22), ("stream", 36), ("caller", 14), ("agent", 14), ("health", 20), ("health", 32)),
)
"""What room is given to, in this order: a column first appears, and later widens, where the next step still fits."""


@lru_cache(maxsize=8)
def layout(width: int) -> tuple[tuple[Column, int], ...]:
    """The columns that fit into so many cells, each with its own cells; one cell stays free between two."""
    given: dict[str, int] = {}
    for name, cells in _GROWTH:
        grown = {**given, name: cells}
        if sum(grown.values()) + len(grown) - 1 <= width:
            given = grown
    return tuple((column, given[column.name]) for column in COLUMNS if column.name in given)
