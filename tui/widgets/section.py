"""A ruled line with a title on the left and a state on the right."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual.widget import Widget

from tui.palette import palette
from tui.widgets.glyphs import fit


class SectionTitle(Widget):
    """Heads a part of a screen."""

    DEFAULT_CSS = "SectionTitle { height: 1; background: $panel; }"

    def __init__(self, title: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._shown = (title, "", False)

    def show(self, title: str, state: str = "", *, bright: bool = False) -> None:
        """Show other words; `bright` has the state stand out."""
        if (title, state, bright) != self._shown:
            self._shown = (title, state, bright)
            self.refresh()

    def render(self) -> Text:
        """The line, for Textual."""
        colours = palette(self.app.theme)
        title, state, bright = self._shown
        left = fit(f"  {title}", max(0, self.size.width - cell_len(state) - 2))
        return Text.assemble((f"{left} ", colours.header), (f"{state} ", colours.sorted if bright else colours.header))
