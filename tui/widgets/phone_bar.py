"""The phone at the foot of the screen: the stream in hand, ON AIR, the button to talk, levels, what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from bridge.phone.pipe import PhoneState
from bridge.wire.views import StreamView
from tui.palette import palette
from tui.widgets.phone_lines import below, headline, step_keys
from tui.widgets.talk_button import TalkButton


class PhoneBar(Vertical):
    """A line for the call, and below it what is heard; of one colour all along while on air.

    `apart`: no stream is in hand, so that only what the phone does already can be gone on with.
    """

    DEFAULT_CSS = """
    PhoneBar { height: auto; background: $surface; }
    PhoneBar Horizontal { height: 1; }
    PhoneBar #headline { width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    PhoneBar #below { height: auto; min-height: 1; max-height: 3; text-overflow: ellipsis; }
    PhoneBar.-on-air Horizontal { background: #d1242f; }
    PhoneBar.-whisper Horizontal { background: #6639ba; }
    PhoneBar.-on-air TalkButton, PhoneBar.-read-only TalkButton, PhoneBar.-apart TalkButton { display: none; }
    PhoneBar.-on-air TalkButton.-held { display: block; }
    """

    def __init__(self, *, apart: bool = False) -> None:
        super().__init__()
        self._apart = apart
        self._phone = PhoneState()
        self._stream: StreamView | None = None
        self._now = datetime.now(UTC)
        self._read_only = False
        self._headline = Static(id="headline")
        self._below = Static(id="below")

    def compose(self) -> ComposeResult:
        """The button beside the headline."""
        with Horizontal():
            yield self._headline
            yield TalkButton()
        yield self._below

    def on_mount(self) -> None:
        """Draw at once, and follow the theme."""
        self._redraw()
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._redraw())

    def on_resize(self) -> None:
        """Say what there is room for."""
        self._redraw()

    def show(self, phone: PhoneState, stream: StreamView | None, now: datetime, *, read_only: bool) -> None:
        """Show the phone's state; `stream` is the one in its hand, `now` the bridge's time."""
        before = self._phone, self._stream, int(self._now.timestamp()), self._read_only
        self._phone, self._stream, self._now, self._read_only = phone, stream, now, read_only
        if (phone, stream, int(now.timestamp()), read_only) != before:
            self._redraw()

    def _redraw(self) -> None:
        colours = palette(self.app.theme)
        self.set_class(self._phone.on_air, "-on-air")
        self.set_class(self._phone.on_air and self._phone.mode == "whisper", "-whisper")
        self.set_class(self._read_only, "-read-only")
        self.set_class(self._apart and not self._phone.mode, "-apart")
        hint = "no stream in hand" if self._apart else step_keys(read_only=self._read_only)
        self._headline.update(headline(self._phone, self._stream, self._now, colours, hint))
        may_steer = not (self._apart or self._read_only)
        self._below.update(below(self._phone, self.app.size.width, colours, may_steer=may_steer))
