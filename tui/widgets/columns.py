"""The columns of the stream list: what each shows, and which of them a width has room for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from rich.style import Style

from bridge.operator.view import age_seconds
from bridge.wire.formats import UnknownFormatError, parse_format
from bridge.wire.views import StreamView
from tui.palette import Palette
from tui.widgets import glyphs
from tui.widgets.holding import mode_cell, mode_of, short_mode_cell
from tui.widgets.lines import Cell

Drawn = Iterator[Cell]

_TIMED, _NUMBERED, _MODE_NAMED = 20, 10, 10
"""Cells from which a checkpoint says how long it took, a meter its level in dBFS, and a mode its name."""
_SHOWN_MS = 50
"""What a tenth of a second does not show is no queue."""
_DEGRADED_MS = 12_000
"""Of Plivo's queue of 40 s: from here on it calls a stream degraded (PROTOCOL.md, 5)."""


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
    short_title: str
    """Where the title does not fit."""
    draw: Callable[[StreamView, int, Look], Drawn]
    """What the column says of a stream, in so many cells."""


def _state(stream: StreamView, width: int, look: Look) -> Drawn:
    word = stream.end_reason or stream.state
    if len(word) > width - 2:
        word = {"asked": "ask", "connecting": "conn", "live": "live", "ended": "end"}[stream.state]
    yield glyphs.fit(f"{glyphs.STATE_MARKS[stream.state]} {word}", width), look.colours.state(stream)


def _stream(stream: StreamView, width: int, look: Look) -> Drawn:
    name = stream.stream_id if width > glyphs.SHORT_ID else glyphs.short_id(stream.stream_id)
    yield glyphs.fit(name or "unknown", width), look.colours.key if stream.stream_id else look.colours.dim


def _route(stream: StreamView, width: int, look: Look) -> Drawn:
    caller = (width - 3) // 2
    text = f"{glyphs.number(stream.from_, caller)} → {glyphs.number(stream.to, width - caller - 3)}"
    yield text, _faded_when_ended(stream, look)


def _mode(stream: StreamView, width: int, look: Look) -> Drawn:
    """Where there is no room for both, who has stepped in is told instead of the mode's name."""
    text = glyphs.fit(mode_cell(stream) if width >= _MODE_NAMED else short_mode_cell(stream), width)
    if stream.state == "ended":
        yield " " * width, look.colours.dim
    elif stream.ringing:
        yield text, look.colours.alarm
    else:
        yield text, look.colours.mode(mode_of(stream))


def _operator(stream: StreamView, width: int, look: Look) -> Drawn:
    yield glyphs.fit(stream.operator, width), look.colours.strong


def _recording(stream: StreamView, width: int, look: Look) -> Drawn:
    yield (glyphs.RECORDING if stream.recording else "").ljust(width), look.colours.recording


def _age(stream: StreamView, width: int, look: Look) -> Drawn:
    yield glyphs.duration(age_seconds(stream, look.now)).rjust(width), _faded_when_ended(stream, look)


def _format(stream: StreamView, width: int, look: Look) -> Drawn:
    yield glyphs.fit(format_label(stream), width), look.colours.dim


def _caller(stream: StreamView, width: int, look: Look) -> Drawn:
    return _meter(stream, stream.caller_dbfs, width, look)


def _agent(stream: StreamView, width: int, look: Look) -> Drawn:
    return _meter(stream, stream.agent_dbfs, width, look)


def _meter(stream: StreamView, dbfs: float | None, width: int, look: Look) -> Drawn:
    if stream.state != "live":
        yield " " * width, look.colours.dim
        return
    number = f" {glyphs.decibels(dbfs)}" if width >= _NUMBERED else ""
    filled, rest = glyphs.bar(glyphs.loudness(dbfs), width - len(number))
    if filled:
        yield filled, look.colours.meter(dbfs)
    yield rest, look.colours.track
    if number:
        yield number, look.colours.dim


def _queued(stream: StreamView, width: int, look: Look) -> Drawn:
    full = stream.queued_ms > _DEGRADED_MS
    text = f"{stream.queued_ms / 1000:.1f}s" if stream.queued_ms >= _SHOWN_MS else ""
    yield text.rjust(width), look.colours.warning if full else look.colours.text


def _checkpoint(stream: StreamView, width: int, look: Look) -> Drawn:
    if not stream.checkpoints:
        yield " " * width, look.colours.dim
        return
    last = stream.checkpoints[-1]
    word = f" {glyphs.checkpoint_word(last)}" if width >= _TIMED else ""
    style = look.colours.warning if last.overdue else look.colours.good if last.played_at else look.colours.dim
    yield f"{glyphs.checkpoint_mark(last)} ", style
    yield glyphs.fit(last.name, width - len(word) - 2), look.colours.text
    yield word, look.colours.dim


def _health(stream: StreamView, width: int, look: Look) -> Drawn:
    text = glyphs.HEALTH_MARKS[stream.health]
    if stream.health == "info" and stream.state == "ended":
        text = ""
    elif width > 1:
        text = f"{text} {stream.health_text or 'good'}"
    yield glyphs.fit(text, width), look.colours.dim if stream.health == "info" else look.colours.level(stream.health)


def _faded_when_ended(stream: StreamView, look: Look) -> Style:
    return look.colours.dim if stream.state == "ended" else look.colours.text


def format_label(stream: StreamView) -> str:
    """`mu-law 8k`, or the content type as it came when no stream has it; empty while it is not known."""
    if not stream.content_type:
        return ""
    try:
        return parse_format(stream.content_type, stream.sample_rate).label
    except UnknownFormatError:
        return stream.content_type


COLUMNS = (
    Column("state", "STATE", "STATE", _state),
    Column("stream", "STREAM", "STREAM", _stream),
    Column("from", "FROM → TO", "FROM → TO", _route),
    Column("age", "AGE", "AGE", _age),
    Column("mode", "MODE", "MODE", _mode),
    Column("operator", "OPERATOR", "OPER", _operator),
    Column("recording", "REC", "R", _recording),
    Column("format", "FORMAT", "FORMAT", _format),
    Column("caller", "CALLER", "CALL", _caller),
    Column("agent", "AGENT", "AGNT", _agent),
    Column("queued", "QUEUE", "QUEUE", _queued),
    Column("checkpoint", "CHECKPOINT", "CHKPT", _checkpoint),
    Column("health", "HEALTH", "", _health),
)
"""As they stand from left to right."""

RIGHT_ALIGNED = frozenset({"age", "queued"})

_GROWTH = (
    *(("state", 6), ("stream", 8), ("from", 27), ("age", 5), ("mode", 7), ("recording", 1), ("health", 1)),
    *(("queued", 5), ("caller", 4), ("agent", 4), ("checkpoint", 6), ("mode", 10), ("operator", 8)),
    *(("caller", 6), ("agent", 6), ("state", 9), ("format", 9), ("from", 29)),
    *(("checkpoint", 10), ("health", 8), ("state", 12), ("caller", 10), ("agent", 10), ("checkpoint", 24)),
    *(("stream", 36), ("operator", 12), ("caller", 17), ("agent", 17), ("health", 20)),
)
"""What room is given to, in this order: a column first appears, and later widens, where the next step still fits."""
_WIDE = 110
"""From this width on, two cells stay free between columns instead of one."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that a width has room for, each with its own cells, and the cells between two."""

    columns: tuple[tuple[Column, int], ...]
    gap: int


@lru_cache(maxsize=8)
def layout(width: int) -> Layout:
    """The columns for so many cells; the last one takes what the others leave."""
    gap = 2 if width >= _WIDE else 1
    given: dict[str, int] = {}
    for name, cells in _GROWTH:
        grown = {**given, name: cells}
        if sum(grown.values()) + gap * (len(grown) - 1) <= width:
            given = grown
    if given.get("health", 0) > 1:
        given["health"] += width - sum(given.values()) - gap * (len(given) - 1)
    return Layout(tuple((column, given[column.name]) for column in COLUMNS if column.name in given), gap)
