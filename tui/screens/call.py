"""An own call: levels, figures, turns and findings as they come, and the phone."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Key
from textual.screen import Screen
from textual.widgets import Static

from tui.call_view import CallView, OwnCall
from tui.palette import palette
from tui.widgets.call_lines import figures, finding_text, headline, levels, phone_line, turn_lines
from tui.widgets.section import SectionTitle

_TICK_S = 0.1
_DIGITS = {
    **{digit: digit for digit in "0123456789"},
    "asterisk": "*",
    "number_sign": "#",
    **{digit: digit for digit in "ABCD"},
}
_SEVEREST_FIRST = ("error", "warning", "info")
_KEYS = " m mutes · r records · 0-9 * # A-D press digits · x hangs up"


class CallScreen(Screen[None]):
    """Leaves the application when the call is over."""

    DEFAULT_CSS = """
    CallScreen #headline { height: 1; background: $panel; }
    CallScreen #levels { height: 2; margin-top: 1; }
    CallScreen #figures { height: 2; margin-top: 1; }
    CallScreen #columns { height: 1fr; }
    CallScreen #turns-side { width: 2fr; }
    CallScreen #findings-side { width: 3fr; }
    CallScreen #turns { height: 1fr; }
    CallScreen #findings { height: 1fr; padding: 0 1; }
    CallScreen #phone { height: 1; background: $panel; }
    CallScreen #keys { height: 1; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "mute"),
        Binding("r", "record"),
        Binding("x,q,ctrl+c,ctrl+q", "hang_up"),
    ]

    def __init__(self, call: OwnCall) -> None:
        super().__init__()
        self._call = call
        self._written: dict[str, Text] = {}

    def compose(self) -> ComposeResult:
        """From the call's name at the top to the phone at the bottom."""
        yield Static(id="headline")
        yield Static(id="levels")
        yield Static(id="figures")
        with Horizontal(id="columns"):
            with Vertical(id="turns-side"):
                yield SectionTitle("TURNS")
                yield Static(id="turns")
            with Vertical(id="findings-side"):
                yield SectionTitle("FINDINGS")
                yield Static(id="findings")
        yield Static(id="phone")
        yield Static(_KEYS, id="keys")

    def on_mount(self) -> None:
        """Begin the call when the screen is there, which takes longer than 20 ms, and show it ten times a second."""
        self.call_after_refresh(self._call.begin)
        self.set_interval(_TICK_S, self._show, name="tick")

    def on_key(self, event: Key) -> None:
        """Digits go into the call."""
        if event.key in _DIGITS:
            self._call.press(_DIGITS[event.key])

    def action_hang_up(self) -> None:
        """End the call."""
        self._call.hang_up()

    def action_record(self) -> None:
        """Have the call kept, or not."""
        self._call.record()

    async def action_mute(self) -> None:
        """Close the microphone, or open it again."""
        await self._call.mute()

    def _show(self) -> None:
        call, colours = self._call.view, palette(self.app.theme)
        if call.over:
            self.app.exit()
        width = self.size.width
        self._write("headline", headline(call, width, colours))
        self._write("levels", levels(call, colours))
        self._write("figures", figures(call, colours))
        self._write("turns", self._turns(call))
        self._write("findings", self._findings(call))
        self._write("phone", phone_line(call.phone, live=call.seconds is not None, colours=colours))

    def _write(self, name: str, text: Text) -> None:
        """Draw what is new: to draw all of it ten times a second would cost the call its pace."""
        if text != self._written.get(name):
            self._written[name] = text
            self.query_one(f"#{name}", Static).update(text, layout=False)

    def _turns(self, call: CallView) -> Text:
        """The newest turns that there is room for; before the first, what the document has had done."""
        colours = palette(self.app.theme)
        turns = call.turns.turns if call.turns else []
        if not turns:
            return Text("\n").join(Text(f" {step}", colours.dim) for step in call.steps)
        room = max(1, self.query_one("#turns").size.height)
        return Text("\n").join(turn_lines(turns[-room:], colours))

    def _findings(self, call: CallView) -> Text:
        colours = palette(self.app.theme)
        if not call.findings:
            return Text("Nothing was found so far.", colours.dim)
        worst_first = sorted(call.findings, key=lambda finding: _SEVEREST_FIRST.index(finding.level))
        return Text("\n").join(finding_text(finding, colours) for finding in worst_first)
