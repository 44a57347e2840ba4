"""The phone at the foot of the screen: the stream in hand, ON AIR, levels, and what is wrong with the sound."""

from __future__ import annotations

from rich.text import Text
from textual.widget import Widget

from bridge.phone.pipe import PhoneState
from bridge.wire.link import StreamView
from tui.palette import Palette, palette
from tui.widgets import glyphs

_METERS = 4
_LABELS = len("mic  out  caller  agent  ") + 2


class PhoneBar(Widget):
    """Two lines: whose call the phone is on, and what is heard; a third where a problem takes more room."""

    DEFAULT_CSS = "PhoneBar { height: auto; min-height: 2; max-height: 3; background: $surface; }"

    def __init__(self) -> None:
        super().__init__()
        self._phone = PhoneState()
        self._stream: StreamView | None = None

    def show(self, phone: PhoneState, stream: StreamView | None) -> None:
        """Show the phone's state; `stream` is the one in its hand."""
        if phone != self._phone or stream is not self._stream:
            longer = phone.problem != self._phone.problem
            self._phone, self._stream = phone, stream
            self.refresh(layout=longer)

    def render(self) -> Text:
        """Both lines, for Textual."""
        colours = palette(self.app.theme)
        width = self.size.width
        headline = self._headline(colours, width)
        headline.truncate(width, overflow="ellipsis", pad=True)
        return Text("\n").join([headline, self._levels(colours, width)])

    def _headline(self, colours: Palette, width: int) -> Text:
        phone = self._phone
        if phone.on_air:
            text = f" ▌▌▌ ON AIR ▐▐▐  the caller hears you · m mutes · {self._call()}"
            return Text(glyphs.fit(text, width), colours.loud)
        if phone.listening:
            return Text.assemble(
                (f" {glyphs.LISTENING} LISTENING ", colours.badge), (f" {self._call()}", colours.text), self._devices()
            )
        hint = "l listens to the stream under the cursor · t talks to it"
        return Text.assemble((" PHONE ", colours.header), (f" {hint}", colours.dim), self._devices())

    def _call(self) -> str:
        name = glyphs.short_id(self._phone.stream_id)
        if self._stream is None:
            return name
        return glyphs.plain(f"{name}  {self._stream.from_ or '?'} → {self._stream.to or '?'}")

    def _devices(self) -> tuple[str, str]:
        phone = self._phone
        if not phone.input_device and not phone.output_device:
            return "", ""
        return glyphs.plain(f" · {phone.input_device or 'no microphone'} / {phone.output_device or 'no speakers'}"), ""

    def _levels(self, colours: Palette, width: int) -> Text:
        phone = self._phone
        if phone.problem:
            return Text.assemble(
                (" NO SOUND ", colours.warning + colours.strong), (f" {glyphs.plain(phone.problem)}", colours.warning)
            )
        if not phone.listening:
            return Text(" d chooses microphone and speakers · digits are DTMF while listening", colours.dim)
        tail = f" delay {phone.depth_ms} ms"
        if phone.underruns and width >= 100:
            tail += f" · {phone.underruns} gaps"
        cells = max(4, min(20, (width - _LABELS - len(tail)) // _METERS))
        line = Text()
        for label, dbfs in (
            (" mic ", phone.microphone_dbfs),
            (" out ", phone.speaker_dbfs),
            (" caller ", phone.caller_dbfs),
            (" agent ", phone.agent_dbfs),
        ):
            line.append(label, colours.dim)
            filled, rest = glyphs.bar(glyphs.loudness(dbfs), cells)
            line.append(filled, colours.meter(dbfs)).append(rest, colours.track)
        return line.append(f" {tail}", colours.dim)
