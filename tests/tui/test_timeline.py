from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bridge.wire.link import Failed, ListTurns, Meter, TurnsAnswer
from tests.operator.fake_bridge import FakeBridge
from tests.tui.rig import Rig, running
from tests.tui.scene import BEGAN, SECONDS, remember_levels, the_events, the_stream, the_turns
from tui.screens.raw_event import RawEventScreen
from tui.screens.stream import StreamScreen
from tui.screens.timeline import TimelineScreen
from tui.widgets.timeline import TimelinePicture

BARS = set("▁▂▃▄▅▆▇█")


@pytest.fixture
async def rig(bridge: FakeBridge) -> AsyncIterator[Rig]:
    bridge.streams = [the_stream()]
    bridge.events = the_events()
    bridge.answers[ListTurns] = TurnsAnswer(id=0, turns=the_turns())
    async with running(bridge) as rig:
        remember_levels(rig.session.store, rig.session.store.streams[SECONDS], since=20)
        await rig.press("enter", "i")
        assert isinstance(rig.app.screen, TimelineScreen)
        await rig.until(lambda: picture(rig).timeline.turns)
        yield rig


def picture(rig: Rig) -> TimelinePicture:
    return rig.app.screen.query_one(TimelinePicture)


def lane(rig: Rig, name: str) -> str:
    return next(line for line in rig.text("TimelinePicture").splitlines() if line.strip().startswith(name))


def words(rig: Rig) -> str:
    return rig.text("#instant")


async def test_it_follows_a_live_stream_and_shows_both_legs(rig: Rig) -> None:
    await rig.until(lambda: BARS & set(lane(rig, "caller")) or BARS & set(rig.text("TimelinePicture")))
    assert picture(rig).following
    now = rig.session.store.now().timestamp()
    handle = the_stream().handle
    before = picture(rig).now
    await rig.bridge.push(meters=[Meter(handle, 1, 1, 0, -10, -10, 0)])
    await rig.until(lambda: picture(rig).now > before)
    assert now > BEGAN.timestamp()
    assert "following" in rig.text()


async def test_every_lane_has_what_belongs_there(rig: Rig) -> None:
    await rig.press("minus", "minus")
    assert "820 ms" in lane(rig, "turns")
    assert "✓" in lane(rig, "playout")
    assert "greeting" in lane(rig, "playout")
    assert "✗menu" in lane(rig, "playout")
    assert "⌫" in lane(rig, "playout")
    assert "takeover alex" in lane(rig, "operators")
    assert "4" in lane(rig, "events")
    assert "◇" in lane(rig, "events")


async def test_what_nobody_heard_is_not_drawn_as_silence(rig: Rig) -> None:
    await rig.press("minus", "minus", "home")
    foot = rig.text("TimelinePicture").splitlines()[8:12]
    assert any("┈┈┈┈" in line for line in foot)


async def test_the_cursor_tells_what_is_under_it(rig: Rig) -> None:
    await rig.press("minus", "minus", "home")
    assert "0:00.0" in words(rig)
    assert "not known" in words(rig)
    assert "Stream started" in words(rig)
    while "Checkpoint greeting" not in words(rig):
        await rig.press("full_stop")
    assert "played 3500 ms after it was sent" in words(rig)
    assert "F follows" in rig.text()


async def test_the_figures_of_the_turns_are_told(rig: Rig) -> None:
    assert "dead air" not in words(rig)
    assert "response 820 ms (median of 2, last 1410)" in words(rig)


async def test_zooming_keeps_the_instant_and_changes_what_is_in_sight(rig: Rig) -> None:
    await rig.press("home", *["full_stop"] * 4)
    cursor, width = picture(rig).cursor, picture(rig).axis.width
    await rig.press("minus")
    assert picture(rig).axis.width > width
    await rig.press("plus", "plus")
    assert picture(rig).axis.width < width
    assert picture(rig).cursor == cursor


async def test_panning_moves_by_half_of_what_is_in_sight_and_not_before_the_beginning(rig: Rig) -> None:
    first = picture(rig).axis.first
    assert first > 0
    await rig.press("pageup")
    assert picture(rig).axis.first < first
    await rig.press(*["shift+left"] * 20)
    assert picture(rig).axis.first == 0
    assert picture(rig).cursor == 0


async def test_end_follows_again(rig: Rig) -> None:
    await rig.press("home")
    assert not picture(rig).following
    await rig.press("end")
    assert picture(rig).following


async def test_enter_shows_the_event_under_the_cursor_and_escape_goes_back_one_level(rig: Rig) -> None:
    await rig.press("home", "enter")
    assert isinstance(rig.app.screen, RawEventScreen)
    await rig.press("escape", "escape")
    assert isinstance(rig.app.screen, StreamScreen)


async def test_enter_where_nothing_happened_says_how_to_get_to_something(rig: Rig) -> None:
    await rig.press("home", *["right"] * 15, "enter")
    await rig.says("There is no event under the cursor")


async def test_a_stream_without_turns_is_shown_all_the_same(bridge: FakeBridge) -> None:
    bridge.streams = [the_stream()]
    bridge.events = the_events()
    bridge.answers[ListTurns] = Failed(id=0, error="Turns are not measured.")
    async with running(bridge) as rig:
        await rig.press("enter", "i")
        await bridge.was_asked(ListTurns)
        await rig.until(lambda: "takeover alex" in rig.text())
        assert "not measured" not in rig.text()


async def test_a_stream_that_ended_stays_in_sight(rig: Rig) -> None:
    ended = the_stream(state="ended", ended_at=the_events()[-1].at)
    await rig.bridge.push(streams=[ended])
    await rig.until(lambda: picture(rig).now == pytest.approx(35.2))
    assert "takeover alex" in rig.text()


async def test_the_mouse_puts_the_cursor(rig: Rig) -> None:
    await rig.pilot.click(TimelinePicture, offset=(30, 3))
    assert picture(rig).axis.column(picture(rig).cursor) == 20
