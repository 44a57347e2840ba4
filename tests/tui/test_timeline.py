from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bridge.wire.link.answers import Failed, TurnsAnswer
from bridge.wire.link.requests import ListTurns
from bridge.wire.views import Meter
from tests.operator.fake_bridge import FakeBridge
from tests.tui.rig import Rig, running
from tests.tui.scene import BEGAN, SECONDS, remember_levels, the_events, the_stream, the_turns
from tui.screens.raw_event import RawEventScreen
from tui.screens.stream import StreamScreen
from tui.screens.timeline import TimelineScreen
from tui.widgets.timeline import TimelinePicture


@pytest.fixture
async def rig(bridge: FakeBridge) -> AsyncIterator[Rig]:
    bridge.streams = [the_stream()]
    bridge.events = the_events()
    bridge.answers[ListTurns] = TurnsAnswer(id=0, turns=the_turns())
    async with running(bridge) as rig:
        stream = rig.session.store.streams[SECONDS]
        remember_levels(rig.session.store, stream, since=20)
        await rig.app.push_screen(TimelineScreen(rig.session, stream))
        await rig.until(lambda: picture(rig).timeline.turns and picture(rig).timeline.events)
        yield rig


def picture(rig: Rig) -> TimelinePicture:
    return rig.app.screen.query_one(TimelinePicture)


def lane(rig: Rig, name: str) -> str:
    return next(line for line in rig.text("TimelinePicture").splitlines() if line.strip().startswith(name))


def words(rig: Rig) -> str:
    return rig.text("#instant")


async def test_it_follows_a_live_stream_until_somebody_moves_the_cursor_and_again_from_its_end(rig: Rig) -> None:
    assert "█" in rig.text("TimelinePicture")
    before = picture(rig).now
    await rig.bridge.push(meters=[Meter(SECONDS, 1, 1, 0, -10, -10, 0)])
    await rig.until(lambda: picture(rig).now > before)
    assert picture(rig).axis.column(picture(rig).now) == picture(rig).axis.columns - 1
    assert "following" in rig.text()
    await rig.press("home")
    await rig.until(lambda: "F follows" in rig.text())
    await rig.press("end")
    await rig.until(lambda: "following" in rig.text())


async def test_a_long_name_leaves_its_room_to_the_zoom(bridge: FakeBridge) -> None:
    bridge.streams = [the_stream(to="sip:" + "very-long-name" * 9)]
    async with running(bridge, (80, 24)) as rig:
        await rig.app.push_screen(TimelineScreen(rig.session, bridge.streams[0]))
        await rig.until(lambda: "0.2 s a column · following" in rig.text("SectionTitle"))
        assert "…" in rig.text("SectionTitle")


async def test_every_lane_has_what_belongs_there(rig: Rig) -> None:
    await rig.press("minus", "minus")
    assert "820 ms" in lane(rig, "turns")
    assert "greeting" in lane(rig, "playout")
    assert "✗menu" in lane(rig, "playout")
    assert "⌫" in lane(rig, "playout")
    assert "takeover alex" in lane(rig, "operators")
    assert "4" in lane(rig, "events")
    assert "◇" in lane(rig, "events")
    assert "not seen by this terminal" in rig.text("TimelinePicture")
    await rig.until(lambda: "response 820 ms (median of 2, last 1410)" in words(rig))
    assert "dead air" not in words(rig)


async def test_the_cursor_tells_what_is_under_it_and_enter_shows_it(rig: Rig) -> None:
    await rig.press("minus", "minus", "home")
    await rig.until(lambda: "Stream started" in words(rig))
    assert "0:00.0" in words(rig)
    assert "not known" in words(rig)
    await rig.press("full_stop", "full_stop")
    await rig.until(lambda: "Checkpoint greeting: played 3500 ms after it was sent" in words(rig))
    await rig.press("enter")
    assert isinstance(rig.app.screen, RawEventScreen)
    await rig.press("escape", *["right"] * 3, "enter")
    await rig.says("There is no event under the cursor")


async def test_zoom_and_pan_keep_to_the_call_and_the_mouse_puts_the_cursor(rig: Rig) -> None:
    axis = picture(rig).axis
    first = axis.first
    assert first > 0
    await rig.press("pageup")
    assert axis.first < first
    await rig.press(*["shift+left"] * 4)
    assert axis.first == 0
    assert picture(rig).cursor == 0
    await rig.pilot.click(TimelinePicture, offset=(30, 3))
    assert axis.column(picture(rig).cursor) == 20
    cursor, width = picture(rig).cursor, axis.width
    await rig.press("minus")
    assert axis.width > width
    await rig.press("plus", "plus")
    assert axis.width < width
    assert picture(rig).cursor == cursor


async def test_a_stream_that_ended_stays_in_sight(rig: Rig) -> None:
    ended = the_stream(state="ended", ended_at=the_events()[-1].at)
    await rig.bridge.push(streams=[ended])
    await rig.until(lambda: picture(rig).now == pytest.approx(35.2))
    assert "a column · ended" in rig.text("SectionTitle")
    assert "takeover alex" in rig.text()


async def test_a_stream_without_turns_is_shown_all_the_same(bridge: FakeBridge) -> None:
    bridge.streams = [the_stream()]
    bridge.events = the_events()
    bridge.answers[ListTurns] = Failed(id=0, error="Turns are not measured.")
    async with running(bridge) as rig:
        await rig.press("enter", "i")
        await bridge.was_asked(ListTurns)
        await rig.until(lambda: "takeover alex" in rig.text())
        assert "not measured" not in rig.text()
        await rig.press("escape")
        assert isinstance(rig.app.screen, StreamScreen)


async def test_a_stream_that_is_not_live_yet_begins_at_0_when_it_is(bridge: FakeBridge) -> None:
    early = the_stream(state="connecting", started_at=None, asked_at=the_stream().started_at - timedelta(seconds=9))
    bridge.streams = [early]
    bridge.events = the_events()
    async with running(bridge) as rig:
        await rig.press("enter", "i")
        await rig.until(lambda: picture(rig).now == pytest.approx(SECONDS + 9, abs=5))
        await rig.bridge.push(streams=[the_stream()])
        await rig.until(lambda: picture(rig).timeline.origin == BEGAN)
        await rig.press("home")
        await rig.until(lambda: "Stream started" in words(rig))
        assert "0:00.0" in words(rig)
