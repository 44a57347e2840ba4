"""What one terminal works with, and what it can do: the store, the link, the phone, and the last outcome."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from bridge.operator.client import LinkError, RefusedError
from bridge.operator.feed import Feed
from bridge.operator.store import Store
from bridge.phone.handset import Handset
from bridge.phone.pipe import PhoneState
from bridge.wire.events import Event
from bridge.wire.level import Level
from bridge.wire.link.answers import Events, Streams
from bridge.wire.link.audio import Leg
from bridge.wire.link.requests import (
    Checkpoint,
    Clear,
    ClientMessage,
    Dtmf,
    Hangup,
    ListEvents,
    ListStreams,
    Record,
    Shutdown,
    StepOut,
)
from bridge.wire.modes import SteppedIn
from bridge.wire.views import StreamView
from tui.phone_news import news
from tui.soundboard import Soundboard
from tui.widgets.glyphs import short_id


@dataclass(frozen=True, slots=True)
class Status:
    """The last outcome, for the status line; `at` is monotonic seconds."""

    text: str = ""
    level: Level = "info"
    at: float = 0.0


class Session:
    """One terminal's work on one bridge. What a bridge or a phone refuses is said, not raised.

    `make_handset` makes the phone, given what is to be called with each of its states; `sounds` are files by key or
    name.
    """

    def __init__(
        self,
        feed: Feed,
        store: Store,
        make_handset: Callable[[Callable[[PhoneState], None]], Handset],
        *,
        sounds: Mapping[str, Path],
        keep: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.feed = feed
        self.store = store
        self.keep = keep
        self.clock = clock
        self.status = self._taken = Status()
        self.may_talk = False
        """The first live audio from the microphone in this run has been confirmed."""
        self.phone = PhoneState()
        self._in_turn = asyncio.Lock()
        """Off air is said after on air, however long the phone takes to start."""
        self.handset = make_handset(self._phone_changed)
        self.soundboard = Soundboard(feed.address, sounds, self.say)
        self._checkpoints = itertools.count(1)

    def say(self, text: str, level: Level = "info") -> None:
        """Put a sentence on the status line."""
        self.status = Status(text, level, self.clock())

    def take_error(self) -> str:
        """The last outcome if it is an error, once: empty when it was taken already."""
        new = self.status.level == "error" and self.status is not self._taken
        self._taken = self.status
        return self.status.text if new else ""

    @property
    def others(self) -> int:
        """How many others watch the bridge."""
        return max(0, self.store.bridge.operators - 1) if self.store.bridge else 0

    async def close(self) -> None:
        """Hang the phone up; the bridge and its calls are not touched."""
        await self.soundboard.close()
        await self.handset.stop()

    def is_listening_to(self, stream: StreamView) -> bool:
        """Whether this stream is the one that the phone hears."""
        return self.phone.listening and self.phone.stream_id == stream.stream_id

    async def listen(self, stream: StreamView) -> None:
        """Hear a stream, or stop hearing it when it is the one that is heard."""
        async with self._in_turn:
            await self.handset.listen(stream.stream_id, not self.is_listening_to(stream))

    def holds(self, stream: StreamView) -> SteppedIn | None:
        """How the phone has stepped in on this stream."""
        return self.phone.mode if self.phone.stream_id == stream.stream_id else None

    def other_holder(self, stream: StreamView) -> str:
        """Who has stepped in on a stream, when it is another person; else empty."""
        mine = self.holds(stream) or stream.operator == self.feed.person
        return "" if mine else stream.operator

    async def step_in(self, stream: StreamView, mode: SteppedIn, *, seize: bool = False) -> None:
        """Whisper, talk or take over, listening too; with `seize` in place of who has the microphone."""
        async with self._in_turn:
            what = "waiting for the bridge" if self.phone.running else "the phone starts"
            self.say(f"Stepping in on {name_of(stream)}: {what}.")
            if not self.is_listening_to(stream):
                await self.handset.listen(stream.stream_id, True)
            await self.handset.step(mode, seize=seize)

    async def step_out(self) -> None:
        """Let go of the microphone, and hand the call back."""
        async with self._in_turn:
            await self.handset.step(None)

    async def hand_back(self, stream: StreamView, *, seize: bool = False) -> None:
        """End what this person's other links hold of a stream, with `seize` what anybody holds."""
        await self._command(StepOut(stream_id=stream.stream_id, seize=seize))

    async def mute(self, on: bool) -> None:
        """Close the microphone, or open it again in a call that was taken over."""
        async with self._in_turn:
            await self.handset.mute(on)

    async def record(self, stream: StreamView) -> None:
        """Record a stream, or stop recording it."""
        await self._command(Record(stream_id=stream.stream_id, on=not stream.recording))

    async def find_devices(self) -> None:
        """Start the phone, so that it says which devices there are."""
        await self.handset.start()

    async def look_for_devices(self) -> None:
        """Have the phone, if it runs, find out which devices there are by now."""
        await self.handset.look()

    async def change_sound(self, **settings: str | bool) -> None:
        """Go by other settings of the phone (fields of PhoneSettings): devices and all the rest."""
        await self.handset.change(replace(self.handset.settings, **settings))

    async def change_volume(self, leg: Leg, step_db: float) -> None:
        """Hear a leg louder, or quieter."""
        await self.handset.volume(leg, step_db)
        settings = self.handset.settings
        who, volume = (
            ("caller", settings.caller_volume_db) if leg is Leg.CALLER else ("agent", settings.agent_volume_db)
        )
        self.say(f"The {who}'s volume is {volume:+.0f} dB.")

    async def clear(self, stream: StreamView) -> None:
        """Drop what waits to be played to the caller."""
        await self._command(Clear(stream_id=stream.stream_id))

    async def checkpoint(self, stream: StreamView) -> None:
        """Set a checkpoint and say when it was played."""
        taken = {checkpoint.name for checkpoint in stream.checkpoints}
        name = next(name for number in self._checkpoints if (name := f"op-{number}") not in taken)
        self.say(f"Checkpoint {name} set on {name_of(stream)}; waiting until it is played.")
        await self._command(Checkpoint(stream_id=stream.stream_id, name=name))

    async def send_digit(self, stream: StreamView, digit: str) -> None:
        """Send one DTMF digit into the call, and let the operator hear that it was sent."""
        sent = await self._command(
            Dtmf(stream_id=stream.stream_id, digits=digit), f"Sent {digit} to {name_of(stream)}."
        )
        if sent and self.phone.running:
            await self.handset.tones(digit)

    async def hang_up(self, stream: StreamView) -> None:
        """End a stream."""
        await self._command(Hangup(stream_id=stream.stream_id))

    async def end_bridge(self) -> None:
        """End the bridge and all that is on it."""
        await self._command(Shutdown())

    async def load_past(self) -> None:
        """Take the streams that ended long ago from the journal into the store."""
        answer = await self._ask(ListStreams(all=True))
        if isinstance(answer, Streams):
            self.store.add_past(answer.streams)

    async def load_older_events(self) -> None:
        """Take the events before the oldest here from the journal into the store."""
        held = self.store.log.events
        older = await self.events(ListEvents(before=held[0].id if held else None))
        self.store.log.prepend(older)
        if not older:
            self.say("These are the oldest events that the bridge has.")

    async def events(self, question: ListEvents) -> list[Event]:
        """Events from the journal; none where the bridge does not answer."""
        answer = await self._ask(question)
        return answer.events if isinstance(answer, Events) else []

    async def _command(self, message: ClientMessage, said: str = "") -> bool:
        answer = await self._ask(message)
        if answer is not None:
            self.say(said or getattr(answer, "text", ""))
        return answer is not None

    async def _ask(self, message: ClientMessage) -> object:
        try:
            return await self.feed.request(message)
        except (RefusedError, LinkError) as error:
            self.say(str(error), "error")
            return None

    def _phone_changed(self, phone: PhoneState) -> None:
        before, self.phone = self.phone, phone
        if told := news(before, phone, read_only=self.feed.state.read_only):
            self.say(*told)


def name_of(stream: StreamView) -> str:
    """A stream as a sentence names it."""
    return f"{short_id(stream.stream_id)} ({stream.from_})" if stream.from_ else short_id(stream.stream_id)
