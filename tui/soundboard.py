"""Sounds on keys: recordings that are played into the stream in hand, one at a time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from bridge.operator.client import Address, LinkError, OperatorLink, RefusedError, user_name
from bridge.wire.level import Level
from bridge.wire.link.requests import StepIn
from bridge.wire.views import StreamView
from tui.widgets.glyphs import plain, short_id

_A_KEY = re.compile(r"[fF]\d+")


class Soundboard:
    """Plays `sounds`, files by key or name, over links of its own; what comes of it is said, not raised."""

    def __init__(self, address: Address, sounds: Mapping[str, Path], say: Callable[[str, Level], None]) -> None:
        self.sounds = sounds
        self._address = address
        self._say = say
        self._task: asyncio.Task[None] | None = None
        self.playing = ""
        """Key or name of the sound that is being played."""
        self.progress = ""
        """How far it is, for the status line."""

    def on_key(self, key: str) -> str | None:
        """Key or name, as the settings have it, of the sound that a key plays."""
        return next((name for name in self.sounds if name.lower() == key), None)

    def title(self, name: str) -> str:
        """What a sound is called: its name, that of its file if it has a key instead."""
        return plain(self.sounds[name].stem if _A_KEY.fullmatch(name) else name)

    def toggle(self, name: str, stream: StreamView) -> None:
        """Play a sound into a stream instead of what is being played, or stop it if that is the one."""
        if name == self.playing:
            self.stop()
            return
        before = self._task
        self.stop()
        self.playing = name
        self._task = asyncio.create_task(self._play(name, stream, before), name=f"sound {name}")

    def stop(self) -> None:
        """Stop what is being played."""
        if self._task is not None and self.playing:
            self._say(f"{self.title(self.playing)} was stopped.", "info")
            self._task.cancel()
            self._over()

    async def close(self) -> None:
        """Stop, and wait until the microphone is free."""
        self.stop()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _play(self, name: str, stream: StreamView, before: asyncio.Task[None] | None) -> None:
        # It needs numpy, which would make every start slower for a sound that is seldom played.
        from bridge.phone.recording import RecordingError, play, read_recording, stepped_in

        title, whom = self.title(name), short_id(stream.stream_id)

        def show(sent: float, total: float) -> None:
            self.progress = f"{title} → {whom} {sent:.1f} of {total:.1f} s · s stops"

        if before is not None:
            await asyncio.gather(before, return_exceptions=True)
        try:
            recording = await asyncio.to_thread(read_recording, self.sounds[name])
            step_in = StepIn(stream_id=stream.stream_id)
            async with OperatorLink(self._address, user_name()) as link, stepped_in(link, step_in) as done:
                seconds = await play(link, done.stream or stream, recording, show, wait=False)
            self._say(f"Played {title} to {whom}: {seconds:.1f} s.", "info")
        except (RecordingError, RefusedError, LinkError) as error:
            self._say(str(error), "error")
        finally:
            if self._task is asyncio.current_task():
                self._over()

    def _over(self) -> None:
        self.playing = self.progress = ""
