"""The application on a fake bridge and with a phone that only notes what it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import structs
from textual.pilot import Pilot
from textual.widget import Widget

from bridge.operator.client import Address
from bridge.operator.feed import Feed, LinkState
from bridge.operator.store import Store
from bridge.phone.handset import Handset
from bridge.phone.pipe import PhoneState
from bridge.phone.settings import PhoneSettings
from bridge.wire.events import Event
from bridge.wire.link.answers import Changes, Done, Events, Granted
from bridge.wire.link.requests import ClientMessage, ListEvents
from bridge.wire.modes import SteppedIn
from bridge.wire.views import StreamView
from tests.operator.fake_bridge import NOW, TOKEN, FakeBridge, a_bridge
from tui.app import OffhookApp
from tui.session import Session


class FakeHandset(Handset):
    """Does at once what it is told; there is no process and no sound behind it."""

    def __init__(self, on_state: Callable[[PhoneState], None]) -> None:
        self.state = PhoneState()
        self.settings = PhoneSettings()
        self.told: list[str] = []
        self.looks = 0
        self._on_state = on_state

    def become(self, **fields: Any) -> None:
        self.state = structs.replace(self.state, **fields)
        self._on_state(self.state)

    async def start(self) -> None:
        self.told.append("start")
        self.become(running=True)

    async def listen(self, stream_id: str, on: bool) -> None:
        self.told.append(f"listen {stream_id[:8]} {'on' if on else 'off'}")
        self.become(running=True, listening=on, stream_id=stream_id if on else "", mode=None, on_air=False)

    async def step(self, mode: SteppedIn | None, *, seize: bool = False) -> None:
        self.told.append(f"{'seize' if seize else 'step'} {mode or 'out'}")
        self.become(mode=mode, on_air=mode is not None)

    async def mute(self, on: bool) -> None:
        self.told.append("mute" if on else "unmute")
        keeps = self.state.mode == "takeover"
        self.become(mode=self.state.mode if keeps else None, on_air=keeps and not on)

    async def look(self) -> None:
        self.looks += 1  # again and again: what was told last is not that

    async def change(self, settings: PhoneSettings) -> None:
        before, self.settings = structs.asdict(self.settings), settings
        changed = {name: value for name, value in structs.asdict(settings).items() if value != before[name]}
        self.told.append(f"change {changed}")

    async def tones(self, digits: str) -> None:
        self.told.append(f"tones {digits}")

    async def play(self, path: Path, at_s: float) -> None:
        self.told.append(f"play {path.name} {at_s:g}")
        self.become(running=True)

    async def pause(self) -> None:
        self.told.append("pause")

    async def stop(self) -> None:
        self.told.append("stop")


@dataclass
class Rig:
    app: OffhookApp
    pilot: Pilot[int]
    bridge: FakeBridge
    handset: FakeHandset

    @property
    def session(self) -> Session:
        return self.app.session

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until(self, condition: Callable[[], object]) -> None:
        """Let the application run until something is so."""
        for _ in range(250):
            if condition():
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"not in 5 s; the screen says:\n{self.text()}")

    async def says(self, words: str) -> None:
        """Wait for a sentence on the status line."""
        await self.until(lambda: words in self.session.status.text)

    def text(self, selector: str | None = None) -> str:
        """What is on the screen, or in one widget of it."""
        widget: Widget = self.app.screen.query_one(selector) if selector else self.app.screen
        region = widget.region
        strips = self.app.screen._compositor.render_strips()
        lines = [strip.crop(region.x, region.right) for strip in strips[region.y : region.bottom]]
        return "\n".join("".join(segment.text for segment in line).rstrip() for line in lines)


@asynccontextmanager
async def running(
    bridge: FakeBridge,
    size: tuple[int, int] = (120, 36),
    *,
    keep: bool = False,
    sounds: Mapping[str, Path] | None = None,
) -> AsyncIterator[Rig]:
    store = Store()
    feed = Feed(bridge.address, store, "test")
    await feed.open()
    session = Session(feed, store, FakeHandset, sounds=sounds or {}, keep=keep)
    app = OffhookApp(session)
    async with app.run_test(size=size, notifications=True) as pilot:
        rig = Rig(app, pilot, bridge, session.handset)
        await rig.until(lambda: store.bridge is not None and set(store.streams) == {s.handle for s in bridge.streams})
        await rig.until(lambda: app.screen.view.rows or not bridge.streams)
        yield rig
    await session.close()
    await feed.close()


class StillFeed(Feed):
    """A feed without a bridge: it answers from the store, and else as a test says."""

    def answer(self, message: ClientMessage) -> Granted:
        return Done(id=0)

    async def request(self, message: ClientMessage) -> Granted:
        if isinstance(message, ListEvents):
            return Events(id=0, events=[e for e in self.store.log.events if e.stream_id == message.stream_id])
        return self.answer(message)


def still_app(streams: list[StreamView], events: list[Event], **phone: Any) -> OffhookApp:
    """The application with a frozen clock and a store that nothing feeds: pictures of it are always the same."""
    store = Store(lambda: 0.0)
    store.apply(Changes(at=NOW, full=True, streams=streams, events=events, bridge=a_bridge()))
    feed = StillFeed(Address("ws://127.0.0.1:1", TOKEN), store)
    feed.state = LinkState(connected=True)
    session = Session(feed, store, FakeHandset, sounds={}, clock=lambda: 0.0)
    session.handset.become(**phone)
    return OffhookApp(session)
