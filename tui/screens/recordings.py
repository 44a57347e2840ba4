"""The recordings on the bridge's machine; enter plays one."""

from __future__ import annotations

import asyncio

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from bridge.operator.client import LinkError, RefusedError
from bridge.operator.recordings import recordings
from tui.palette import palette
from tui.screens.apart import ApartScreen
from tui.screens.player import PlayerScreen
from tui.session import Session
from tui.widgets import glyphs
from tui.widgets.lines import Lines
from tui.widgets.recording_list import RecordingList
from tui.widgets.section import SectionTitle

_EVERY_S = 2.0
_NONE = "Nothing was recorded yet: r records the stream under the cursor, `offhook bridge --record` all of them."


class RecordingsScreen(ApartScreen):
    """Brought up to date every two seconds: a recording that is being made grows."""

    DEFAULT_CSS = """
    RecordingsScreen #titles { height: 1; background: $panel; }
    RecordingsScreen #none { display: none; height: 1fr; padding: 1 3; }
    RecordingsScreen.-none #none { display: block; }
    RecordingsScreen.-none RecordingList { display: none; }
    """
    AUTO_FOCUS = "RecordingList"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._title = SectionTitle("RECORDINGS")
        self._titles = Static(id="titles")
        self._list = RecordingList()
        self._why_none = Static(id="none")

    def compose_body(self) -> ComposeResult:
        """The list under its titles."""
        with Vertical():
            yield self._title
            yield self._titles
            yield self._list
            yield self._why_none

    def on_mount(self) -> None:
        """Ask for them as long as the screen is there."""
        self.run_worker(self._keep_listed(), name="list of recordings", exit_on_error=False)

    def tick(self, touched: set[int]) -> None:
        """Show what changed."""
        super().tick(touched)
        titles = glyphs.fit(self._list.titles(self.size.width), self.size.width)
        self._titles.update(Text(titles, palette(self.app.theme).header))

    @on(Lines.Opened)
    def play(self) -> None:
        """Open the recording under the cursor."""
        if recording := self._list.selected:
            self.app.push_screen(PlayerScreen(self.session, recording))

    async def _keep_listed(self) -> None:
        while True:
            await self._list_them()
            await asyncio.sleep(_EVERY_S)

    async def _list_them(self) -> None:
        try:
            self._list.show(await recordings(self.session.feed))
            why = "" if self._list.total else _NONE
        except (RefusedError, LinkError) as error:
            why = "" if self._list.total else str(error)
        self._why_none.update(Text(why))
        self.set_class(bool(why), "-none")
        known = not why or why == _NONE
        self._title.show("RECORDINGS", f"{self._list.total} on the bridge's machine" if known else "")
