"""The line in which a filter is typed; it stays in sight while the filter holds."""

from __future__ import annotations

from textual.message import Message
from textual.widgets import Input

from tui.commands import Context, bindings


class FilterBar(Input):
    """Hidden while empty and unused. Enter keeps the filter, escape removes it."""

    DEFAULT_CSS = """
    FilterBar { display: none; background: $surface; border: none; height: 1; padding: 0 2 !important; }
    FilterBar.-used, FilterBar:focus { display: block; border: none; }
    """
    BINDINGS = bindings(Context.FILTER)

    class Closed(Message):
        """The keyboard goes back to the list."""

        def __init__(self, bar: FilterBar) -> None:
            super().__init__()
            self.bar = bar

    def __init__(self, *, hint: str, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, placeholder=hint, compact=True, select_on_focus=False)

    def open(self) -> None:
        """Take the keyboard."""
        self.add_class("-used")
        self.focus()

    def action_remove(self) -> None:
        """Filter no more."""
        self.value = ""
        self._close()

    def on_input_submitted(self) -> None:
        """Keep the filter."""
        self._close()

    def _close(self) -> None:
        self.post_message(self.Closed(self))
        self.set_class(bool(self.value), "-used")
