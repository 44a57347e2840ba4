"""The timeline of a live stream, or of one that ended: waveforms, and all that happened, on one time axis."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from textual import on
from textual.app import ComposeResult

from bridge.operator.client import LinkError, RefusedError
from bridge.operator.timeline import Timeline
from bridge.operator.view import began
from bridge.wire.events import Event
from bridge.wire.link.answers import TurnsAnswer
from bridge.wire.link.audio import Leg
from bridge.wire.link.requests import ListTurns
from bridge.wire.views import StreamView
from tui.palette import palette
from tui.screens.one_stream import OneStreamScreen
from tui.screens.raw_event import RawEventScreen
from tui.session import Session
from tui.widgets import glyphs
from tui.widgets.instant import Words, instant
from tui.widgets.section import SectionTitle
from tui.widgets.timeline import NO_EVENT, TimelinePicture

_TURNS_EVERY_S = 1.0


class TimelineScreen(OneStreamScreen):
    """Follows a live stream until somebody moves the cursor."""

    DEFAULT_CSS = """
    TimelineScreen #instant { height: 6; max-height: 20%; background: $surface; }
    """
    AUTO_FOCUS = "TimelinePicture"

    def __init__(self, session: Session, stream: StreamView) -> None:
        super().__init__(session, stream)
        self.timeline = Timeline(began(stream) or session.store.now())
        self._title = SectionTitle()
        self._picture = TimelinePicture(self.timeline)
        self._instant = Words(id="instant")

    def compose_body(self) -> ComposeResult:
        """The picture, and below it what the cursor is on."""
        yield self._title
        yield self._picture
        yield self._instant

    def on_mount(self) -> None:
        """Ask for the turns as long as the screen is there."""
        self.run_worker(self._follow_turns(), name="turns of the stream", exit_on_error=False)

    def tick(self, touched: set[int]) -> None:
        """Show what changed."""
        super().tick(touched)
        stream = self.selected
        self._count_from(began(stream))
        history = self.session.store.histories.get(stream.handle)
        self.timeline.take_ledger(stream.checkpoints, stream.clears)
        levels = {leg: history.levels(leg) for leg in (Leg.CALLER, Leg.AGENT)} if history else {}
        self._picture.show(levels, self.timeline.seconds(self._now(stream)))
        whose = f"{glyphs.short_id(stream.stream_id)}  {stream.from_ or '?'} → {stream.to or '?'}"
        self._title.show(f"TIMELINE {glyphs.plain(whose)}", f"{self._picture.axis.width:g} s a column · {self._state}")
        self._tell_instant()

    @property
    def _state(self) -> str:
        if self.selected.state == "ended":
            return "ended"
        return "following" if self._picture.following else "F follows"

    def _count_from(self, origin: datetime | None) -> None:
        """Second 0 is the stream's start, as soon as it is known."""
        if origin is not None and origin != self.timeline.origin:
            self.timeline = self._picture.timeline = Timeline(origin)
            self.timeline.take_events(self.events.events)

    async def _follow_turns(self) -> None:
        while self.selected.state != "ended":
            await self._ask_turns()
            await asyncio.sleep(_TURNS_EVERY_S)
        await self._ask_turns()

    async def _ask_turns(self) -> None:
        # A stream whose turns are not measured, or not yet, is shown without.
        stream_id = self.selected.stream_id
        with suppress(RefusedError, LinkError):
            answer = await self.session.feed.request(ListTurns(stream_id=stream_id)) if stream_id else None
            if isinstance(answer, TurnsAnswer):
                self.timeline.take_turns(answer.turns)

    def take_events(self, events: Sequence[Event]) -> None:
        """Put them on the axis."""
        self.timeline.take_events(events)

    @on(TimelinePicture.Moved)
    def tell_instant(self) -> None:
        """Tell what the cursor is on now."""
        self._tell_instant()

    @on(TimelinePicture.Opened)
    def open_event(self) -> None:
        """Show the event under the cursor."""
        if event := self.timeline.event_near(self._picture.cursor, self._picture.axis.width):
            self.app.push_screen(RawEventScreen(event))
        else:
            self.session.say(NO_EVENT)

    def _tell_instant(self) -> None:
        self._instant.show(instant(self._picture, palette(self.app.theme), self._instant.size))

    def _now(self, stream: StreamView) -> datetime:
        return stream.ended_at or self.session.store.now()
