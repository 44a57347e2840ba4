"""Microphone and speakers: which there are, which are used, and whether they are alive."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.commands import Context, bindings
from tui.palette import palette
from tui.session import Session
from tui.widgets import glyphs

_DEFAULT = "the system's default"
_METER_CELLS = 20
_REFRESH_S = 0.1


class DevicesScreen(ModalScreen[None]):
    """Two lists; enter takes the device under the cursor at once."""

    DEFAULT_CSS = """
    DevicesScreen { align: center middle; background: $background 60%; }
    DevicesScreen > Vertical {
        width: 76; max-width: 96%; height: auto; max-height: 90%; padding: 1 2;
        background: $surface; border: round $border;
    }
    DevicesScreen Horizontal { height: auto; max-height: 12; }
    DevicesScreen Horizontal Vertical { width: 1fr; height: auto; margin-right: 1; }
    DevicesScreen OptionList { height: auto; max-height: 8; border: none; background: $panel; padding: 0; }
    DevicesScreen OptionList:focus { border: none; }
    DevicesScreen #problem { margin-top: 1; }
    """
    BINDINGS = bindings(Context.DIALOG)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._listed: tuple[list[str], list[str]] = ([], [])

    def compose(self) -> ComposeResult:
        """Inputs on the left, outputs on the right, and what is wrong below."""
        with Vertical() as window:
            window.border_title = "Sound devices"
            window.border_subtitle = "enter takes a device · tab changes lists · esc closes"
            with Horizontal():
                with Vertical():
                    yield Static(id="microphone")
                    yield OptionList(_DEFAULT, id="inputs")
                with Vertical():
                    yield Static(id="speakers")
                    yield OptionList(_DEFAULT, id="outputs")
            yield Static(id="problem")

    def on_mount(self) -> None:
        """Ask the phone which devices there are, and follow its levels."""
        self.app.run_worker(self._session.find_devices(), name="find devices", group="commands", exit_on_error=False)
        self.set_interval(_REFRESH_S, self._refresh)
        self._refresh()

    def action_close(self) -> None:
        """Back to the screen below."""
        self.dismiss()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Use the chosen device."""
        phone, chosen = self._session.phone, event.option.id
        is_input = event.option_list.id == "inputs"
        command = self._session.choose_devices(
            chosen if is_input else phone.input_device or None, phone.output_device or None if is_input else chosen
        )
        self.app.run_worker(command, name="choose devices", group="commands", exit_on_error=False)

    def _refresh(self) -> None:
        phone = self._session.phone
        if self._listed != (phone.inputs, phone.outputs):
            self._listed = (phone.inputs, phone.outputs)
            self._list("#inputs", phone.inputs, phone.input_device)
            self._list("#outputs", phone.outputs, phone.output_device)
        self._meter("#microphone", "Microphone", phone.microphone_dbfs)
        self._meter("#speakers", "Speakers", phone.speaker_dbfs)
        problem = phone.problem or ("" if phone.running else "Looking for devices ...")
        self.query_one("#problem", Static).update(Text(glyphs.plain(problem), palette(self.app.theme).warning))

    def _list(self, selector: str, names: list[str], used: str) -> None:
        options = self.query_one(selector, OptionList)
        options.clear_options()
        options.add_options([Option(_DEFAULT), *(Option(Text(glyphs.plain(name)), id=name) for name in names)])
        options.highlighted = names.index(used) + 1 if used in names else 0

    def _meter(self, selector: str, label: str, dbfs: float | None) -> None:
        colours = palette(self.app.theme)
        filled, rest = glyphs.bar(glyphs.loudness(dbfs), _METER_CELLS - len(label))
        line = Text.assemble((f"{label} ", colours.dim), (filled, colours.meter(dbfs)), (rest, colours.track))
        self.query_one(selector, Static).update(line)
