"""Pictures of timelines and recordings, compared as SVG; made anew as those of test_snapshots.py are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from tests.tui.scene import still_scene, the_recording, the_stream
from tests.tui.test_snapshots import MIDDLE, SMALL, SnapCompare, _pinned_textual  # noqa: F401
from tui.app import OffhookApp
from tui.screens.player import PlayerScreen, RecordingPicture
from tui.screens.recordings import RecordingsScreen
from tui.screens.timeline import TimelineScreen
from tui.widgets.recording_list import RecordingList

pytestmark = pytest.mark.usefixtures("_pinned_textual")
SOME_CHECKPOINT = ["home", *["full_stop"] * 3]
SPEAKERS = {"running": True, "output_device": "Headset"}


def scene(theme: str = "offhook-dark", **phone: object) -> OffhookApp:
    app = still_scene(**phone)
    app.theme = theme
    return app


def timeline(*keys: str) -> Callable[[Pilot[int]], Awaitable[None]]:
    async def show(pilot: Pilot[int]) -> None:
        assert isinstance(pilot.app, OffhookApp)
        screen = TimelineScreen(pilot.app.session, the_stream())
        await pilot.app.push_screen(screen)
        await until(pilot, lambda: screen.timeline.turns and screen.timeline.events)
        await settle(pilot, *keys)

    return show


def ladder(*keys: str) -> Callable[[Pilot[int]], Awaitable[None]]:
    async def show(pilot: Pilot[int]) -> None:
        await settle(pilot, "enter", "v", *keys)

    return show


def recordings(*keys: str) -> Callable[[Pilot[int]], Awaitable[None]]:
    async def show(pilot: Pilot[int]) -> None:
        await pilot.press("R")
        assert isinstance(pilot.app.screen, RecordingsScreen)
        listed = pilot.app.screen.query_one(RecordingList)
        await until(pilot, lambda: listed.total)
        await settle(pilot, *keys)

    return show


def player(*keys: str) -> Callable[[Pilot[int]], Awaitable[None]]:
    async def show(pilot: Pilot[int]) -> None:
        assert isinstance(pilot.app, OffhookApp)
        await pilot.app.push_screen(PlayerScreen(pilot.app.session, the_recording()))
        picture = pilot.app.screen.query_one(RecordingPicture)
        await until(pilot, lambda: picture.now)
        await settle(pilot, *keys)

    return show


async def until(pilot: Pilot[int], condition: Callable[[], object]) -> None:
    for _ in range(250):
        if condition():
            return
        await pilot.pause(0.02)
    pytest.fail("not in 5 s")


async def settle(pilot: Pilot[int], *keys: str) -> None:
    """Press the keys, and have what they changed drawn."""
    assert isinstance(pilot.app, OffhookApp)
    await pilot.press(*keys)
    pilot.app.tick()
    await pilot.pause()


def test_timeline_120_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(scene(), terminal_size=MIDDLE, run_before=timeline("minus", "minus"))


def test_timeline_cursor_120_light(snap_compare: SnapCompare) -> None:
    keys = ["minus", *SOME_CHECKPOINT]
    assert snap_compare(scene("offhook-light"), terminal_size=MIDDLE, run_before=timeline(*keys))


def test_timeline_80_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(scene(), terminal_size=SMALL, run_before=timeline("minus", "minus"))


def test_timeline_without_colour(snap_compare: SnapCompare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(scene(), terminal_size=SMALL, run_before=timeline("minus", "minus", *SOME_CHECKPOINT))


def test_ladder_120_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(scene(), terminal_size=MIDDLE, run_before=ladder())


def test_ladder_80_light(snap_compare: SnapCompare) -> None:
    assert snap_compare(scene("offhook-light"), terminal_size=SMALL, run_before=ladder("home"))


def test_recordings_120_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(scene(), terminal_size=MIDDLE, run_before=recordings("down"))


def test_recordings_80_light(snap_compare: SnapCompare) -> None:
    assert snap_compare(scene("offhook-light"), terminal_size=SMALL, run_before=recordings())


def test_player_120_dark(snap_compare: SnapCompare) -> None:
    playing = player(*["right"] * 3, "space")
    assert snap_compare(scene(**SPEAKERS, played_s=15.0), terminal_size=MIDDLE, run_before=playing)


def test_player_80_dark(snap_compare: SnapCompare) -> None:
    assert snap_compare(scene(), terminal_size=SMALL, run_before=player("right"))
