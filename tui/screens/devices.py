"""Microphone and speakers: which there are, which are used, whether they are alive, and what is done to the sound."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.commands import Context, bindings
from tui.palette import palette
from tui.screens.sound_choices import CHOICES
from tui.session import Session
from tui.widgets import glyphs

_DEFAULT = "the system's default"
_METER_CELLS = 20
_REFRESH_S = 0.1
_LOOK_S = 1.5


class DevicesScreen(ModalScreen[None]):
    """Three lists; enter takes what is under the cursor at once."""

    DEFAULT_CSS = """
    DevicesScreen { align: center middle; background: $background 60%; }
    DevicesScreen > Vertical {
        width: 76; max-width: 96%; height: auto; max-height: 96%; padding: 1 2;
        background: $surface; border: round $border;
    }
    DevicesScreen Horizontal { height: auto; max-height: 12; }
    DevicesScreen Horizontal Vertical { width: 1fr; height: auto; margin-right: 1; }
    DevicesScreen OptionList { height: auto; max-height: 6; border: none; background: $panel; padding: 0; }
    DevicesScreen OptionList:focus { border: none; }
    DevicesScreen #choices, DevicesScreen #in-effect { margin-top: 1; }
    """
    BINDINGS = bindings(Context.DIALOG)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._listed: dict[str, tuple[Sequence[str], str]] = {}

    def compose(self) -> ComposeResult:
        """Inputs on the left, outputs on the right; below them the other choices, and what comes of it all."""
        with Vertical() as window:
            window.border_title = "Sound"
            window.border_subtitle = "enter takes or changes · tab goes on · esc closes"
            with Horizontal():
                with Vertical():
                    yield Static(id="microphone")
                    yield OptionList(id="inputs")
                with Vertical():
                    yield Static(id="speakers")
                    yield OptionList(id="outputs")
            yield OptionList(id="choices")
            yield Static(id="in-effect")

    def on_mount(self) -> None:
        """Ask the phone which devices there are, and follow its levels."""
        self.app.run_worker(self._session.find_devices(), name="find devices", group="commands", exit_on_error=False)
        self.set_interval(_LOOK_S, self._session.look_for_devices)
        self.set_interval(_REFRESH_S, self._refresh)
        self._refresh()

    def action_close(self) -> None:
        """Back to the screen below."""
        self.dismiss()

    @on(OptionList.OptionSelected, "#inputs")
    def choose_input(self, event: OptionList.OptionSelected) -> None:
        """Use this microphone."""
        self._change(input=event.option.id or "")

    @on(OptionList.OptionSelected, "#outputs")
    def choose_output(self, event: OptionList.OptionSelected) -> None:
        """Use these speakers."""
        self._change(output=event.option.id or "")

    @on(OptionList.OptionSelected, "#choices")
    def change_choice(self, event: OptionList.OptionSelected) -> None:
        """Go on to the next value of a choice."""
        choice = CHOICES[event.option_index]
        self._change(**{choice.field: choice.after(self._session.handset.settings)})

    def _change(self, **settings: str | bool) -> None:
        command = self._session.change_sound(**settings)
        self.app.run_worker(command, name="change sound", group="commands", exit_on_error=False)

    def _refresh(self) -> None:
        phone, settings = self._session.phone, self._session.handset.settings
        self._list("#inputs", phone.inputs, phone.input_device if settings.input else "")
        self._list("#outputs", phone.outputs, phone.output_device if settings.output else "")
        self._list_choices([choice.line(settings) for choice in CHOICES])
        self._meter("#microphone", "Microphone", phone.microphone_dbfs)
        self._meter("#speakers", "Speakers", phone.speaker_dbfs)
        self.query_one("#in-effect", Static).update(self._in_effect())

    def _list(self, selector: str, names: Sequence[str], used: str) -> None:
        if self._listed.get(selector) == (names, used):
            return
        self._listed[selector] = (names, used)
        options = self.query_one(selector, OptionList)
        options.clear_options()
        options.add_options([Option(_DEFAULT), *(Option(Text(glyphs.plain(name)), id=name) for name in names)])
        options.highlighted = names.index(used) + 1 if used in names else 0

    def _list_choices(self, lines: Sequence[str]) -> None:
        if self._listed.get("#choices") == (lines, ""):
            return
        self._listed["#choices"] = (lines, "")
        options = self.query_one("#choices", OptionList)
        highlighted = options.highlighted or 0
        options.clear_options()
        options.add_options(lines)
        options.highlighted = highlighted

    def _in_effect(self) -> Text:
        """What is wrong, or what comes of the choices."""
        phone, colours = self._session.phone, palette(self.app.theme)
        problem = phone.problem or ("" if phone.running else "Looking for devices ...")
        if problem:
            return Text(glyphs.plain(problem), colours.warning)
        echo = f"Echo is {phone.echo}. {phone.echo_because}".rstrip()
        latency = (
            f"The devices add {phone.input_latency_ms:.0f} ms on the way in, {phone.output_latency_ms:.0f} ms out."
        )
        kept = "What you choose is remembered, and goes before [phone] in offhook.toml."
        return Text(f"{echo}\n{latency}\n{kept}", colours.dim)

    def _meter(self, selector: str, label: str, dbfs: float | None) -> None:
        colours = palette(self.app.theme)
        filled, rest = glyphs.bar(glyphs.loudness(dbfs), _METER_CELLS - len(label))
        line = Text.assemble((f"{label} ", colours.dim), (filled, colours.meter(dbfs)), (rest, colours.track))
        self.query_one(selector, Static).update(line)
