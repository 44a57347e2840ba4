"""One recording: fetched, drawn like a live stream, and played through the operator's speakers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from textual import on
from textual.app import ComposeResult

from bridge.operator.client import LinkError, RefusedError
from bridge.operator.levels import Levels
from bridge.operator.recorded import timeline_of
from bridge.operator.recordings import fetch, parts
from bridge.operator.timeline import Timeline
from bridge.wire.link.audio import Leg
from bridge.wire.notes import RecordingNotes, read_notes
from bridge.wire.recordings import RecordingView
from tui.commands import Context, bindings
from tui.palette import palette
from tui.playhead import Playhead, is_silent
from tui.screens.apart import ApartScreen
from tui.screens.raw_event import RawEventScreen
from tui.session import Session
from tui.widgets import glyphs
from tui.widgets.instant import Words, so_far
from tui.widgets.section import SectionTitle
from tui.widgets.timeline import NO_EVENT, TimelinePicture

_SEEK_S = 5.0


class RecordingPicture(TimelinePicture):
    """The cursor is where the sound is: it moves by seconds."""

    def action_cursor(self, steps: int) -> None:
        """Move by five seconds."""
        self.move_to(self.cursor + steps * _SEEK_S)

    def action_follow(self) -> None:
        """To the end."""
        self.move_to(self.now)


class PlayerScreen(ApartScreen):
    """Fetches the recording when it opens; leaves nothing of it on this machine when it closes."""

    DEFAULT_CSS = """
    PlayerScreen #so-far { height: 9; max-height: 25%; background: $surface; }
    """
    BINDINGS = bindings(Context.PLAYER)
    AUTO_FOCUS = "RecordingPicture"

    def __init__(self, session: Session, recording: RecordingView) -> None:
        super().__init__(session)
        self._recording = recording
        self._folder = TemporaryDirectory(prefix="offhook-")
        self._wav = Path(self._folder.name) / "recording.wav"
        self._playhead = Playhead(0.0, session.clock)
        self._state = "fetching"
        self._title = SectionTitle()
        self._picture = RecordingPicture(Timeline(recording.started_at or session.store.now()))
        self._picture.following = False
        self._so_far = Words(id="so-far")

    def compose_body(self) -> ComposeResult:
        """The picture, and below it what has happened up to the cursor."""
        yield self._title
        yield self._picture
        yield self._so_far

    def on_mount(self) -> None:
        """Fetch the recording."""
        self.run_worker(self._open(), name="fetch a recording", exit_on_error=False)

    def on_unmount(self) -> None:
        """Leave nothing behind."""
        self._folder.cleanup()

    def tick(self, touched: set[int]) -> None:
        """Move along."""
        super().tick(touched)
        was_playing = self._playhead.playing
        self._playhead.tick(self.session.phone)
        if was_playing:
            self._picture.put_cursor(self._playhead.at)
        if was_playing and not self._playhead.playing:
            self._fall_silent()
        self._show_words()

    def action_play(self) -> None:
        """Play from the cursor on, or pause."""
        if self._playhead.playing:
            self._playhead.pause()
            self._fall_silent()
        elif not self._state:
            self._playhead.play()
            self._sound()

    def action_back(self) -> None:
        """Stop, and back to the list."""
        if self._playhead.playing:
            self.action_play()
        super().action_back()

    @on(TimelinePicture.Moved)
    def seek(self) -> None:
        """Go on from where the cursor was moved to."""
        self._playhead.move(self._picture.cursor)
        if self._playhead.playing:
            self._sound()
        self._show_words()

    @on(TimelinePicture.Opened)
    def open_event(self) -> None:
        """Show the event under the cursor."""
        if event := self._picture.timeline.event_near(self._picture.cursor, self._picture.axis.width):
            self.app.push_screen(RawEventScreen(event))
        else:
            self.session.say(NO_EVENT)

    def _sound(self) -> None:
        self.run_command(self.session.handset.play(self._wav, self._playhead.at), "play a recording")

    def _fall_silent(self) -> None:
        self.run_command(self.session.handset.pause(), "pause a recording")

    def _show_words(self) -> None:
        recording = self._recording
        whose = f"{recording.from_ or '?'} → {recording.to or '?'}"
        state = self._state or f"{self._playing()} · {glyphs.duration(round(self._picture.now))}"
        self._title.show(f"RECORDING {glyphs.plain(whose)}", state, bright=bool(self._state))
        self._so_far.show(so_far(self._picture, palette(self.app.theme), self._so_far.size))

    def _playing(self) -> str:
        if not self._playhead.playing:
            return "space plays"
        if self._playhead.heard:
            return "▶ playing"
        return "▶ without sound" if is_silent(self.session.phone) else "▶ the phone starts"

    async def _open(self) -> None:
        try:
            notes = read_notes(await fetch(self.session.feed, self._recording.name, "json"))
            await self._fetch_sound()
            self._show(notes, await _levels(self._wav, notes))
        except (RefusedError, LinkError, ValueError, OSError) as error:
            self._state = "not to be had"
            self.session.say(str(error), "error")

    async def _fetch_sound(self) -> None:
        here = 0
        with self._wav.open("wb") as file:
            async for part in parts(self.session.feed, self._recording.name, "wav"):
                file.write(part.data)
                here += len(part.data)
                self._state = f"fetching {here * 100 // max(1, part.total)} %"

    def _show(self, notes: RecordingNotes, levels: dict[Leg, Levels]) -> None:
        seconds = levels[Leg.CALLER].seconds
        self._playhead = Playhead(seconds, self.session.clock)
        self._picture.timeline = timeline_of(notes)
        self._picture.axis.fit(seconds)
        self._picture.show(levels, seconds)
        self._state = ""


async def _levels(wav: Path, notes: RecordingNotes) -> dict[Leg, Levels]:
    # Not above: numpy would keep the terminal's start waiting, and is mostly not needed.
    from bridge.operator.sound_levels import levels_of

    return await asyncio.to_thread(levels_of, wav, notes.began_at)
