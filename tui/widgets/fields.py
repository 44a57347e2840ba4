"""Everything known of one stream, as a table of names and values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rich.table import Table
from rich.text import Text

from bridge.wire.modes import Mode
from bridge.wire.views import AgentView, StreamView
from tui.palette import Palette
from tui.widgets import glyphs
from tui.widgets.columns import format_label
from tui.widgets.holding import MODE_MARKS, holding, mode_of

_METER_CELLS = 8
_HELD_BY_NOBODY: dict[Mode, str] = {"agent": "the agent has the call", "direct": "direct, no agent"}


def fields(stream: StreamView, now: datetime, colours: Palette) -> Table:
    """The table; what is not known of the stream is left out. `now` is the bridge's time."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=9)
    table.add_column(overflow="fold")
    for name, value in _rows(stream, now, colours):
        if value:
            table.add_row(Text(name, colours.dim), value)
    return table


def _rows(stream: StreamView, now: datetime, colours: Palette) -> Iterable[tuple[str, Text]]:
    def text(value: object) -> Text:
        return Text(glyphs.plain(str(value or "")), colours.text)

    yield "state", Text(_state(stream), colours.state(stream))
    yield "mode", _mode(stream, now, colours)
    yield "recording", Text(f"{glyphs.RECORDING} {stream.recording}" if stream.recording else "", colours.recording)
    yield "health", Text(glyphs.plain(stream.health_text or "good"), colours.level(stream.health))
    yield "from, to", text(f"{stream.from_ or '?'} → {stream.to or '?'}")
    yield "call", text(stream.call_uuid)
    yield "format", text(_format(stream))
    gaps = f", missing {stream.gaps}x" if stream.gaps else ""
    yield "caller", _leg(stream.caller_dbfs, f"{stream.frames_in} frames{gaps}", colours)
    yield "agent", _leg(stream.agent_dbfs, f"{stream.frames_out} frames", colours)
    yield "digits", text(_digits(stream))
    yield "bot", _bot(stream.agent, colours) if stream.agent is not None else Text()
    yield "callbacks", text(_counts(stream.callbacks))
    yield "headers", text(", ".join(f"{name}={value}" for name, value in stream.extra_headers.items()))
    yield "service", text(stream.service_url)
    yield "carrier", text(" ".join(part for part in (stream.remote, stream.account_id) if part))
    for finding in stream.findings:
        often = f" ({finding.count}x)" if finding.count > 1 else ""
        words = f"{finding.code}{often}: {finding.text} {finding.remedy}"
        yield "finding", Text(glyphs.plain(words), colours.level(finding.level))
    for sentence, times in stream.problems.items():
        yield "problem", Text(glyphs.plain(f"{sentence} ({times}x)" if times > 1 else sentence), colours.warning)


def _state(stream: StreamView) -> str:
    words = [f"{glyphs.STATE_MARKS[stream.state]} {stream.state}"]
    if stream.direction:
        words.append(stream.direction)
    if stream.end_reason:
        words.append(stream.end_reason)
    if stream.closed_by:
        words.append(f"closed first by the {stream.closed_by}")
    if stream.close_code:
        words.append(f"close {stream.close_code} {stream.close_reason}".strip())
    if stream.started_at:
        words.append(f"started {glyphs.clock(stream.started_at, millis=False)}")
    if stream.ended_at:
        words.append(f"ended {glyphs.clock(stream.ended_at, millis=False)}")
    return glyphs.plain(", ".join(words))


def _format(stream: StreamView) -> str:
    ways = {True: "bidirectional", False: "one way", None: ""}[stream.bidirectional]
    tracks = f"tracks {' '.join(stream.tracks)}" if stream.tracks else ""
    return ", ".join(part for part in (format_label(stream), ways, tracks) if part)


def _leg(dbfs: float | None, frames: str, colours: Palette) -> Text:
    filled, rest = glyphs.bar(glyphs.loudness(dbfs), _METER_CELLS)
    return Text.assemble(
        (filled, colours.meter(dbfs)),
        (rest, colours.track),
        (" silent" if dbfs is None else f" {dbfs:.0f} dBFS", colours.text),
        (f" · {frames}", colours.dim),
    )


def _mode(stream: StreamView, now: datetime, colours: Palette) -> Text:
    if stream.state == "ended":
        return Text()
    if stream.ringing:
        return Text.assemble((" RINGING ", colours.alarm), (" the agent is gone: T takes the call", colours.text))
    words = holding(stream, now) or _HELD_BY_NOBODY.get(stream.mode, stream.mode)
    listening = f", {stream.listeners} listening" if stream.listeners else ""
    mode = mode_of(stream)
    return Text.assemble((f"{MODE_MARKS[mode]} {words}", colours.mode(mode)), (listening, colours.text))


def _bot(agent: AgentView, colours: Palette) -> Text:
    words = [f"{agent.url} {agent.state}"]
    if agent.close_code is not None:
        words.append(f"{agent.close_code} {agent.close_reason}".strip())
    words += [f"tried {url} before" for url in agent.tried]
    style = colours.error if agent.state == "failed" else colours.text
    return Text(glyphs.plain(", ".join(words)), style)


def _digits(stream: StreamView) -> str:
    pressed = f"caller pressed {stream.dtmf_in}" if stream.dtmf_in else ""
    sent = f"sent {stream.dtmf_out}" if stream.dtmf_out else ""
    return ", ".join(part for part in (pressed, sent) if part)


def _counts(callbacks: dict[str, int]) -> str:
    return ", ".join(f"{name} {times}x" if times > 1 else name for name, times in callbacks.items())
