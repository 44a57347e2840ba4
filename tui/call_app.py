"""`offhook call` on a terminal, as an application."""

from __future__ import annotations

from textual.app import App

from tui.call_view import OwnCall
from tui.palette import DARK, LIGHT
from tui.screens.call import CallScreen


class CallApp(App[None], inherit_bindings=False):
    """Shows one call until it is over."""

    TITLE = "offhook call"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, call: OwnCall) -> None:
        super().__init__()
        self._call = call
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name

    def get_default_screen(self) -> CallScreen:
        """The call's."""
        return CallScreen(self._call)
