"""What the screens with a stream in hand have in common: the phone, the commands on the stream, the status line."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.widgets import Footer

from bridge.wire.link.audio import Leg
from bridge.wire.views import StreamView
from tui.commands import FOOTER_WHEN_NARROW, NOT_READ_ONLY, Context, bindings
from tui.screens.devices import DevicesScreen
from tui.screens.dialog import hang_up_question
from tui.screens.stepping import SteppingScreen
from tui.session import Session
from tui.widgets.glyphs import plain
from tui.widgets.phone_bar import PhoneBar
from tui.widgets.status_line import StatusLine
from tui.widgets.top_bar import TopBar

_ROOMY = 110
"""From this width on, the footer need not save space."""


class InHandScreen(SteppingScreen):
    """A screen on which one stream is `selected`. Ten times a second it is told to `tick`."""

    BINDINGS = bindings(Context.IN_HAND)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._top_bar = TopBar(session.store)
        self._phone_bar = PhoneBar()
        self._status_line = StatusLine()

    @property
    def dialled(self) -> StreamView | None:
        """The stream that digits go to: the one that is heard."""
        return self.session.store.by_id(self.session.phone.stream_id) if self.session.phone.listening else None

    @property
    def paused(self) -> bool:
        """Whether the picture is frozen."""
        return False

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """For the footer: without what the bridge would refuse, in a narrow terminal only what there is room for."""
        active = super().active_bindings
        if self.session.feed.state.read_only:
            active = {key: found for key, found in active.items() if found.binding.action not in NOT_READ_ONLY}
        if self.size.width >= _ROOMY:
            return active
        return {key: found for key, found in active.items() if found.binding.action in FOOTER_WHEN_NARROW}

    def compose(self) -> ComposeResult:
        """The top line, the screen's own part, and the phone, status and keys below."""
        yield self._top_bar
        yield from self.compose_body()
        yield self._phone_bar
        yield self._status_line
        yield Footer(show_command_palette=False)

    def compose_body(self) -> ComposeResult:
        """What is between the top line and the phone."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Draw at once, not with the first tick."""
        self.tick(set())

    def on_resize(self) -> None:
        """Give the keys in the footer more room where there is some."""
        self.query_one(Footer).compact = self.size.width < _ROOMY
        self.refresh_bindings()

    def on_screen_resume(self) -> None:
        """Draw anew what changed while another screen was on top."""
        self.call_after_refresh(self.tick, set(self.session.store.streams))

    def tick(self, touched: set[int]) -> None:
        """Show what changed, a new error as a toast, too; `touched` are the handles of streams that did."""
        session = self.session
        self.set_class(not session.feed.state.connected, "stale")
        self._top_bar.show(session.feed.state, session.phone, paused=self.paused, others=session.others)
        self._show_phone()
        self._status_line.show(session.status, session.soundboard.progress, session.clock())
        if error := session.take_error():
            self.notify(plain(error), severity="error", markup=False)

    def _show_phone(self) -> None:
        session = self.session
        stream = session.store.by_id(session.phone.stream_id)
        self._phone_bar.show(session.phone, stream, session.store.now(), read_only=session.feed.state.read_only)

    def action_volume(self, leg: str, step_db: int) -> None:
        """Hear one leg louder, or quieter."""
        self.run_command(self.session.change_volume(Leg[leg.upper()], step_db), "volume")

    def action_clear(self) -> None:
        """Drop what waits to be played."""
        if stream := self._known():
            self.run_command(self.session.clear(stream), "clear")

    def action_checkpoint(self) -> None:
        """Set a checkpoint."""
        if stream := self._known():
            self.run_command(self.session.checkpoint(stream), "checkpoint")

    def action_dtmf(self, key: str) -> None:
        """Send a digit to the stream that is heard."""
        digit = {"asterisk": "*", "number_sign": "#"}.get(key, key)
        if stream := self.dialled:
            self.run_command(self.session.send_digit(stream, digit), "dtmf")
        else:
            self.session.say("Digits go to the stream that is listened to (l), or open (enter).", "warning")

    def action_sound(self, key: str) -> None:
        """Play the sound of a key, or stop it."""
        if name := self.session.soundboard.on_key(key):
            self.play_sound(name)
        else:
            self.session.say(f"{key.upper()} has no sound: give it one in [sounds] of offhook.toml.", "warning")

    def play_sound(self, name: str) -> None:
        """Play a sound to the caller, or stop it."""
        if stream := self._known():
            self.session.soundboard.toggle(name, stream)

    def action_stop_sound(self) -> None:
        """Stop the sound that is being played."""
        self.session.soundboard.stop()

    def action_record(self) -> None:
        """Record both legs, or stop recording."""
        if stream := self._known():
            self.run_command(self.session.record(stream), "record")

    def action_hang_up(self) -> None:
        """Ask, then end the stream."""
        if self._may_act() and (stream := self._known()) and not self._has_ended(stream):
            self.app.push_screen(hang_up_question(stream), lambda answer: self._hang_up(stream, answer))

    def action_devices(self) -> None:
        """Choose microphone and speakers."""
        self.app.push_screen(DevicesScreen(self.session))

    def _hang_up(self, stream: StreamView, answer: str | None) -> None:
        if answer == "hang_up":
            self.run_command(self.session.hang_up(stream), "hang up")
