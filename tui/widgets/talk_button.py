"""The button that talks while the mouse holds it."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

_LEFT_BUTTON = 1


class TalkButton(Widget):
    """Held down until the mouse lets go, wherever that is, or the terminal loses the keyboard."""

    DEFAULT_CSS = """
    TalkButton { width: auto; height: 1; padding: 0 1; background: $primary; color: $background; text-style: bold; }
    TalkButton:hover { background: $primary-lighten-1; }
    TalkButton.-held { background: $foreground; }
    """

    class Held(Message):
        """The mouse holds the button."""

    class Released(Message):
        """The mouse no longer holds it."""

    held = reactive(False)

    def render(self) -> str:
        """What to do next, for Textual."""
        return "LET GO TO MUTE" if self.held else "HOLD TO TALK"

    def on_mount(self) -> None:
        """A terminal in the background may not be told that the mouse let go."""
        self.watch(self.app, "app_focus", self._let_go, init=False)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Hold, and follow the mouse wherever it goes."""
        if event.button == _LEFT_BUTTON:
            self.capture_mouse()
            self.held = True
            self.post_message(self.Held())

    def on_mouse_up(self) -> None:
        """Let go."""
        self._let_go()

    def on_mouse_release(self) -> None:
        """Let go: somebody else has the mouse."""
        self._let_go()

    def watch_held(self, held: bool) -> None:
        """Look like it."""
        self.set_class(held, "-held")

    def _let_go(self) -> None:
        if self.held:
            self.held = False
            self.release_mouse()
            self.post_message(self.Released())
