"""The line in which a filter is typed; it stays in sight while the filter holds."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label

from tui.commands import Context, bindings


class FilterBar(Horizontal):
    """Hidden while empty and unused. Enter keeps the filter, escape removes it."""

    DEFAULT_CSS = """
    FilterBar { display: none; height: 1; background: $surface; }
    FilterBar Label { width: auto; padding: 0 1 0 2; color: $primary; text-style: bold; }
    FilterBar Input { width: 1fr; background: $surface; }
    FilterBar Input:focus { background: $surface; }
    """
    BINDINGS = bindings(Context.FILTER)

    class Changed(Message):
        """The filter as it is typed now."""

        def __init__(self, bar: FilterBar, text: str) -> None:
            super().__init__()
            self.bar = bar
            self.text = text

        @property
        def control(self) -> FilterBar:
            """The line that sent it."""
            return self.bar

    class Closed(Message):
        """The keyboard goes back to the list."""

        def __init__(self, bar: FilterBar) -> None:
            super().__init__()
            self.bar = bar

        @property
        def control(self) -> FilterBar:
            """The line that sent it."""
            return self.bar

    def __init__(self, *, hint: str, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._input = Input(placeholder=hint, compact=True, select_on_focus=False)

    def compose(self) -> ComposeResult:
        """The mark and the text."""
        yield Label("/")
        yield self._input

    def open(self) -> None:
        """Take the keyboard, before the next key: it may be a letter, and in a list `t` opens the microphone."""
        self.display = True
        self.screen.set_focus(self._input)

    def action_remove(self) -> None:
        """Filter no more."""
        self._input.value = ""
        self._close()

    @on(Input.Changed)
    def tell(self, event: Input.Changed) -> None:
        """Pass on what is typed."""
        event.stop()
        self.post_message(self.Changed(self, event.value))

    @on(Input.Submitted)
    def keep(self, event: Input.Submitted) -> None:
        """Keep the filter."""
        event.stop()
        self._close()

    def _close(self) -> None:
        self.post_message(self.Closed(self))
        self.display = bool(self._input.value)
