"""What the phone bar says: whose call it is on, the levels, and how the sound does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from rich.style import Style
from rich.text import Text

from bridge.phone.pipe import PhoneState
from bridge.wire.views import StreamView
from tui.palette import Palette
from tui.widgets import glyphs
from tui.widgets.holding import holding

ROOMY = 110
"""Cells from which a line of figures goes below the levels."""
_METERS = 4
_LONGEST_METER = 20
_GAIN_SHOWN_DB = 0.5


def step_keys(*, read_only: bool) -> str:
    """The keys that begin something with the stream in hand."""
    return "l listens" if read_only else "l listens · w whispers · t talks · T takes over"


def headline(phone: PhoneState, stream: StreamView | None, now: datetime, colours: Palette, hint: str) -> Text:
    """Whose call the phone is on, and who hears the operator; `stream` is the one in its hand, `now` the bridge's.

    `hint` is what an idle phone says.
    """
    call = _call(phone, stream)
    if phone.on_air:
        return Text(f" ▌▌▌ {badge(phone)} ▐▐▐  {_who_hears(phone)} · {call}", live_style(phone, colours))
    because = f": {glyphs.plain(phone.muted_because)}" if phone.muted_because else ""
    if phone.mode:
        keys = f" m speaks again · H hands back · {call}"
        return Text.assemble((f" {badge(phone)}{because} ", colours.alarm), (keys, colours.text))
    muted = f" MUTED{because} " if because else ""
    if phone.listening:
        mark = (f" {glyphs.LISTENING} LISTENING ", colours.badge)
        others = holding(stream, now) if stream is not None else ""
        others = f" · {others}" if others else ""
        return Text.assemble(
            mark,
            (muted, colours.alarm),
            (f" {call}", colours.text),
            (others, colours.warning),
            _devices(phone, colours),
        )
    return Text.assemble(
        (" PHONE ", colours.header), (muted, colours.alarm), (f" {hint}", colours.dim), _devices(phone, colours)
    )


def badge(phone: PhoneState) -> str:
    """What the microphone does to the call, in capitals; the phone has stepped in."""
    if phone.mode == "whisper":
        return "WHISPER"
    if phone.mode == "takeover":
        return "ON AIR · TAKEN OVER" if phone.on_air else "TAKEN OVER · MUTED"
    return "ON AIR"


def live_style(phone: PhoneState, colours: Palette) -> Style:
    """The style of that: loud for what the caller hears, and for a caller who hears nobody."""
    if not phone.on_air:
        return colours.alarm
    return colours.quiet if phone.mode == "whisper" else colours.loud


def _who_hears(phone: PhoneState) -> str:
    if phone.mode == "whisper":
        return "the agent hears you, the caller does not · w stops"
    if phone.mode == "takeover":
        took = f"taken over in {phone.taken_over_ms:.0f} ms · " if phone.taken_over_ms is not None else ""
        return f"{took}H hands back, m mutes"
    return "the caller hears you · m mutes"


def below(phone: PhoneState, width: int, colours: Palette, *, may_steer: bool) -> Text:
    """The levels, with the most important figures in them or all of them below; or what is wrong with the sound.

    `may_steer`: there is a stream in hand that more can be done with than to see and hear it.
    """
    if phone.problem:
        return Text.assemble(
            (" NO SOUND ", colours.warning + colours.strong), (f" {glyphs.plain(phone.problem)}", colours.warning)
        )
    roomy = width >= ROOMY
    if not phone.listening:
        return Text("\n".join(_hints(roomy, may_steer)), colours.dim)
    if not roomy:
        return _levels(phone, width, colours, _delay(phone))
    return Text("\n").join([_levels(phone, width, colours, ""), _figures(phone, colours)])


def _hints(roomy: bool, may_steer: bool) -> Iterator[str]:
    digits, steers = (
        " · digits are DTMF while listening",
        " · r records · c clears what is queued · k sets a checkpoint",
    )
    yield f" d chooses microphone, speakers and sound{digits if may_steer else ''}"
    if roomy:
        yield f" [ ] the caller's volume · {{ }} the agent's{steers if may_steer else ''}"


def _call(phone: PhoneState, stream: StreamView | None) -> str:
    name = glyphs.short_id(phone.stream_id)
    if stream is None:
        return name
    return glyphs.plain(f"{name}  {stream.from_ or '?'} → {stream.to or '?'}")


def _devices(phone: PhoneState, colours: Palette) -> tuple[str, Style]:
    if not phone.input_device and not phone.output_device:
        return "", colours.dim
    devices = f" · {phone.input_device or 'no microphone'} / {phone.output_device or 'no speakers'}"
    return glyphs.plain(devices), colours.dim


def _levels(phone: PhoneState, width: int, colours: Palette, tail: str) -> Text:
    """Four meters; where there is room, each with the gain or the volume that is not 0."""
    labels = [(f" {name} ", dbfs) for name, dbfs in _meters(phone, with_gains=width >= ROOMY)]
    room = width - sum(len(label) for label, _ in labels) - len(tail) - 3
    cells = max(4, min(_LONGEST_METER, room // _METERS))
    line = Text()
    for label, dbfs in labels:
        filled, rest = glyphs.bar(glyphs.loudness(dbfs), cells)
        line.append(label, colours.dim).append(filled, colours.meter(dbfs)).append(rest, colours.track)
    return line.append(f"  {tail}", colours.dim)


def _meters(phone: PhoneState, *, with_gains: bool) -> Iterator[tuple[str, float | None]]:
    for name, dbfs, gain in (
        ("mic", phone.microphone_dbfs, phone.gain_db),
        ("out", phone.speaker_dbfs, 0.0),
        ("caller", phone.caller_dbfs, phone.caller_volume_db),
        ("agent", phone.agent_dbfs, phone.agent_volume_db),
    ):
        yield f"{name} {gain:+.0f} dB" if with_gains and abs(gain) > _GAIN_SHOWN_DB else name, dbfs


def _delay(phone: PhoneState) -> str:
    concealed = f" · {phone.concealed_percent:.1f} %" if phone.concealed_percent else ""
    return f"{phone.depth_ms}/{phone.target_ms} ms{concealed}"


def _figures(phone: PhoneState, colours: Palette) -> Text:
    """How the sound does, in words."""
    return Text(" · ", colours.dim).join(Text(text, style) for text, style in _figures_apart(phone, colours))


def _figures_apart(phone: PhoneState, colours: Palette) -> Iterable[tuple[str, Style]]:
    calm = colours.dim
    yield f" delay {phone.depth_ms} ms (target {phone.target_ms})", calm
    yield (
        f"concealed {phone.concealed_percent:.1f} % ({phone.concealed_ms} ms)",
        (colours.warning if phone.concealed_percent else calm),
    )
    yield f"cut {phone.shortened_ms} ms, added {phone.lengthened_ms} ms", calm
    yield f"{phone.underruns} underruns", colours.warning if phone.underruns else calm
    yield f"echo {phone.echo}", calm
    if phone.headset:
        yield "headset", calm
    yield "stereo" if phone.stereo else "mono", calm
