"""Drives the real application on the demo's calls, and draws what it shows: `python -m screenshots.make`.

Each picture is written here as SVG and as PNG. Where PulseAudio is installed, the phone has a sound server of its own
without hardware; elsewhere it uses what the machine has.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cairosvg
import numpy as np
from textual.pilot import Pilot

from bridge import carrier
from bridge.audio.codec import Samples
from bridge.audio.resample import resample
from bridge.audio.wav import read_wav
from bridge.cli.background import start
from bridge.operator.client import Address
from bridge.operator.feed import Feed
from bridge.operator.home import local_address
from bridge.operator.store import Store
from bridge.phone.handset import Handset
from bridge.wire.views import StreamView
from tests.sound_rig import RATE, SoundRig
from tui.app import OffhookApp
from tui.palette import DARK, LIGHT
from tui.screens.switchboard import Switchboard
from tui.session import Session

FOLDER = Path(__file__).parent
FONT = "DejaVu Sans Mono"
"""The renderer of the PNGs has no web fonts, and this one has every glyph in its cell."""
OPERATOR = "alex"
CALLS = 6
"""Live calls to wait for, so that there is something to see."""
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Picture:
    """What is shown after these keys; mostly on the stream of the demo's caller who says back what he hears."""

    name: str
    size: tuple[int, int]
    theme: str
    keys: tuple[str, ...] = ()
    until: Callable[[Session], bool] = lambda _: True
    whose: Callable[[StreamView], bool] = lambda stream: stream.bidirectional is True
    """Of the live streams, the oldest of which this is so is in hand."""
    pause: float = 0.5
    """Seconds after each key."""


def listening(session: Session) -> bool:
    return session.phone.listening or bool(session.phone.problem)


def on_air(session: Session) -> bool:
    return session.phone.on_air or bool(session.phone.problem)


def devices_known(session: Session) -> bool:
    return listening(session) and bool(session.phone.inputs or session.phone.problem)


def with_agent(stream: StreamView) -> bool:
    return stream.agent is not None and stream.agent.state == "open"


PICTURES = (
    Picture("switchboard", (120, 36), DARK.name, ("k",)),
    Picture("small", (80, 24), LIGHT.name),
    Picture("wide", (200, 60), LIGHT.name, ("k", "a")),
    Picture("stream", (120, 36), DARK.name, ("enter", "k", "5", "c")),
    Picture("stream-light", (120, 36), LIGHT.name, ("enter", "k", "c")),
    Picture("listening", (120, 36), DARK.name, ("l",), listening),
    Picture("on-air", (120, 36), DARK.name, ("t", "y"), on_air),
    Picture("sound", (120, 36), DARK.name, ("l", "d"), devices_known),
    Picture("timeline", (120, 36), DARK.name, ("enter", "i", "T", "y", "H"), whose=with_agent, pause=6),
    Picture("ladder", (120, 36), LIGHT.name, ("enter", "v", "5"), whose=with_agent, pause=4),
    Picture("recording", (120, 36), DARK.name, ("r", "k", "R", "enter", "space"), whose=with_agent, pause=5),
    Picture("filter", (120, 36), DARK.name, ("slash", *"state:live !from:+49")),
    Picture("event", (120, 36), DARK.name, ("tab", "enter")),
    Picture("help", (120, 36), DARK.name, ("question_mark",)),
    Picture("hang-up", (80, 24), DARK.name, ("x",)),
)


def main() -> None:
    """Draw all pictures."""
    os.environ["LOGNAME"] = OPERATOR  # the phone goes by the user's name
    with _sound() as rig, _demo() as address:
        asyncio.run(_draw_all(address, rig))


async def _draw_all(address: Address, rig: SoundRig | None) -> None:
    async with contextlib.AsyncExitStack() as stack:
        if rig is not None:
            await stack.enter_async_context(rig.speak(_speech()))
        for picture in PICTURES:
            await _draw(picture, address)
            print(picture.name)


def _speech() -> Samples:
    """What the microphone hears: minutes of somebody speaking, at 48 kHz."""
    wav = read_wav((Path(carrier.__file__).parent / "speech" / "emma-1.wav").read_bytes())
    return np.tile(resample(wav.samples, wav.rate, RATE), 60)


async def _draw(picture: Picture, address: Address) -> None:
    store = Store()
    feed = Feed(address, store, OPERATOR)
    await feed.open()
    session = Session(feed, store, partial(Handset, address, Path(os.devnull)), sounds={})
    app = OffhookApp(session)
    app.theme = picture.theme
    try:
        async with app.run_test(size=picture.size) as pilot:
            await _until(pilot, lambda: store.count("live") >= CALLS and _in_hand(app, picture) is not None)
            await _select(pilot, app, picture)
            for key in picture.keys:
                await pilot.press(key)
                await pilot.pause(picture.pause)
            await _until(pilot, lambda: picture.until(session))
            await pilot.pause(0.3)
            _write(picture.name, app.export_screenshot())
    finally:
        await session.close()
        await feed.close()


async def _select(pilot: Pilot[int], app: OffhookApp, picture: Picture) -> None:
    """Row by row: a call that comes in meanwhile moves all of them."""
    assert isinstance(app.screen, Switchboard)
    await pilot.press("home")
    while app.screen.selected is None or app.screen.selected.handle != _in_hand(app, picture):
        await pilot.press("down")


def _in_hand(app: OffhookApp, picture: Picture) -> int | None:
    """The handle of the stream that is to be in hand."""
    assert isinstance(app.screen, Switchboard)
    live = [stream.handle for stream in app.screen.view.rows if stream.state == "live" and picture.whose(stream)]
    return live[-1] if live else None


async def _until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await pilot.pause(0.05)


def _write(name: str, svg: str) -> None:
    (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
    cairosvg.svg2png(bytestring=svg.replace("Fira Code", FONT).encode(), write_to=str(FOLDER / f"{name}.png"))


@contextlib.contextmanager
def _demo() -> Iterator[Address]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        world, _ = start(["demo-world", folder], data / "demo.log", stdin=subprocess.PIPE)
        try:
            yield local_address(data)
        finally:
            world.communicate()


@contextlib.contextmanager
def _sound() -> Iterator[SoundRig | None]:
    if shutil.which("pulseaudio") is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        rig = SoundRig(Path(folder))
        rig.start()
        os.environ.update(rig.environment)
        try:
            yield rig
        finally:
            rig.stop()


if __name__ == "__main__":
    main()
