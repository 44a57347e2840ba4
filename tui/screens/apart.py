"""Screens that no stream is in hand on: the keys of a call are not offered there, though the phone goes on."""

from __future__ import annotations

from textual.binding import ActiveBinding

from tui.commands import COMMANDS, Context, bindings
from tui.screens.in_hand import InHandScreen
from tui.session import Session
from tui.widgets.phone_bar import PhoneBar


class ApartScreen(InHandScreen):
    """The phone and the status line are there; escape goes back."""

    BINDINGS = bindings(Context.DETAIL)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._phone_bar = PhoneBar(apart=True)

    @property
    def selected(self) -> None:
        """None: there is no stream in hand."""
        return None

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """For the footer: without the keys that are about a stream."""
        of_streams = {command.id for command in COMMANDS[Context.IN_HAND]}
        return {key: found for key, found in super().active_bindings.items() if found.binding.action not in of_streams}

    def action_back(self) -> None:
        """Back to the screen below."""
        self.dismiss()
