"""The lines of an own call's screen."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from bridge.operator.turn_words import seconds
from bridge.phone.pipe import PhoneState
from bridge.wire.findings import Finding
from bridge.wire.turns import Figure, Turn
from tui.call_view import CallView
from tui.palette import Palette
from tui.widgets import glyphs

_METER_CELLS = 24
_LABEL_CELLS = 7


def headline(call: CallView, width: int, colours: Palette) -> Text:
    """Who is called, since when, and whether the call is kept."""
    state = "ringing" if call.seconds is None else f"{glyphs.STATE_MARKS['live']} {glyphs.duration(call.seconds)}"
    recording = f"  {glyphs.RECORDING} recording" if call.recording else ""
    room = width - len(state) - len(recording) - 9
    return Text.assemble(
        (" CALL ", colours.badge),
        (f" {glyphs.fit(call.target, room)} ", colours.header),
        (state, colours.sorted),
        (recording, colours.recording + colours.header),
        (" ", colours.header),
    )


def levels(call: CallView, colours: Palette) -> Text:
    """Both meters, and what goes over the socket."""
    got = f"{call.frames_got} commands got, {call.audio_got_seconds:.1f} s audio, cleared {call.clears}x"
    digits = f" · you pressed {call.pressed}" if call.pressed else ""
    digits += f" · the bot pressed {call.digits}" if call.digits else ""
    return Text("\n").join(
        [
            _meter("you", call.said_dbfs, f"{call.frames_sent} frames sent{digits}", colours),
            _meter("bot", call.heard_dbfs, got, colours),
        ]
    )


def _meter(name: str, dbfs: float | None, figures: str, colours: Palette) -> Text:
    filled, rest = glyphs.bar(glyphs.loudness(dbfs), _METER_CELLS)
    return Text.assemble(
        (f" {name:<{_LABEL_CELLS}}", colours.dim),
        (filled, colours.meter(dbfs)),
        (rest, colours.track),
        (f" {glyphs.decibels(dbfs)}  ", colours.text),
        (glyphs.plain(figures), colours.dim),
    )


def figures(call: CallView, colours: Palette) -> Text:
    """How fast the bot is."""
    turns = call.turns
    if turns is None:
        return Text(" Nobody has spoken yet.", colours.dim)
    values = (
        ("greeting", seconds(turns.greeting_ms)),
        ("response", _figure(turns.response)),
        ("barge-in stop", _figure(turns.barge_in_stop)),
        ("talk-over", seconds(turns.talk_over_ms)),
    )
    parts = [Text.assemble((f"{name} ", colours.dim), (value, colours.text)) for name, value in values]
    return Text(" ") + Text(" · ", colours.dim).join(parts)


def turn_lines(turns: list[Turn], colours: Palette) -> Iterator[Text]:
    """A line for each turn."""
    for turn in turns:
        length = "speaking" if turn.end_ms is None else seconds(turn.end_ms - turn.start_ms)
        who = "you" if turn.speaker == "caller" else "bot"
        yield Text.assemble(
            (f" {seconds(turn.start_ms):>9}  ", colours.dim),
            (f"{who}  ", colours.key if who == "you" else colours.good),
            (f"{length:>8}", colours.text),
            (_remark(turn), colours.dim),
        )


def _remark(turn: Turn) -> str:
    if turn.response_ms is not None:
        return f"  after {seconds(turn.response_ms)}"
    if not turn.barge_in:
        return ""
    return "  barge-in" if turn.stop_ms is None else f"  barge-in, bot silent after {seconds(turn.stop_ms)}"


def finding_text(finding: Finding, colours: Palette) -> Text:
    """A finding with its remedy, to be wrapped."""
    mark = glyphs.HEALTH_MARKS[finding.level]
    times = f" {finding.count}x" if finding.count > 1 else ""
    return Text.assemble(
        (f"{mark} {finding.code}{times}\n", colours.level(finding.level)),
        (f"{glyphs.plain(finding.text)} ", colours.text),
        (finding.remedy, colours.dim),
    )


def phone_line(phone: PhoneState, *, live: bool, colours: Palette) -> Text:
    """Whether the bot hears the person, or what is wrong with the sound."""
    if phone.problem or phone.refused:
        lacking = " NO MICROPHONE " if phone.output_device else " NO SOUND "
        return Text.assemble(
            (lacking, colours.alarm), (f" {glyphs.plain(phone.problem or phone.refused)}", colours.warning)
        )
    if not phone.on_air:
        because = f": {glyphs.plain(phone.muted_because)}" if phone.muted_because else ""
        if phone.mode is not None:
            return Text.assemble((f" MUTED{because} ", colours.alarm), (" m speaks again", colours.dim))
        waiting = "The phone is made ready ..." if live else "The phone rings at the bot ..."
        return Text(f" {waiting}", colours.dim)
    devices = f"{phone.input_device} / {phone.output_device} · echo {phone.echo} · delay {phone.depth_ms} ms"
    return Text.assemble((" ON AIR ", colours.loud), (f" {glyphs.plain(devices)}", colours.dim))


def _figure(values: Figure | None) -> str:
    if values is None:
        return "-"
    if values.count == 1:
        return seconds(values.last_ms)
    p95 = f", p95 {seconds(values.p95_ms)}" if values.p95_ms is not None else ""
    return f"{seconds(values.last_ms)} (median {seconds(values.median_ms)}{p95} of {values.count})"
