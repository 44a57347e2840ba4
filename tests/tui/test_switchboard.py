from __future__ import annotations

import pytest
from textual.events import Key
from textual.widgets import Input

from bridge.wire.link.answers import Changes
from bridge.wire.link.requests import ListEvents, ListStreams, Subscribe
from tests.operator.fake_bridge import NOW, FakeBridge, a_stream, an_event
from tests.tui.rig import Rig, running
from tui.screens.raw_event import RawEventScreen
from tui.screens.stream import StreamScreen
from tui.screens.switchboard import Switchboard
from tui.widgets.event_log import EventLog
from tui.widgets.stream_list import StreamList


def board(rig: Rig) -> Switchboard:
    assert isinstance(rig.app.screen, Switchboard)
    return rig.app.screen


async def test_a_row_says_what_matters_of_its_stream(rig: Rig) -> None:
    row = rig.text("#streams").splitlines()[0]
    for word in ("live", "00000001", "+493023125001", "+14155550100", "0:01", "▸ agent", "8.4s", "!"):
        assert word in row


async def test_everything_that_matters_fits_80_columns(bridge: FakeBridge) -> None:
    async with running(bridge, (80, 24)) as rig:
        row = rig.text("#streams").splitlines()[0]
        assert all(word in row for word in ("live", "00000001", "0:01", "8.4s", "!", "+14155550100"))
        assert max(len(line) for line in rig.text().splitlines()) <= 80


async def test_a_bridge_that_has_not_told_its_streams_yet_is_not_said_to_have_none(bridge: FakeBridge) -> None:
    bridge.streams = []
    bridge.held.add(Subscribe)
    async with running(bridge) as rig:
        await rig.until(lambda: "Waiting for the bridge" in rig.text())
        assert "No call yet" not in rig.text()
        assert "0 live" not in rig.text()
        rig.session.store.apply(Changes(at=NOW, full=True))
        await rig.until(lambda: "No call yet" in rig.text() and "0 live" in rig.text())


async def test_a_new_stream_appears_and_the_cursor_stays_on_its_own(rig: Rig) -> None:
    await rig.press("down")
    assert board(rig).selected.handle == 2
    await rig.bridge.push(streams=[a_stream(9, started_at=NOW)])
    await rig.until(lambda: len(board(rig).view.rows) == 4)
    assert board(rig).selected.handle == 2


async def test_cursor_keys_move_in_the_list(rig: Rig) -> None:
    seen = []
    for key in ("down", "j", "K", "up", "end", "home", "G", "g", "pagedown", "pageup"):
        await rig.press(key)
        seen.append(board(rig).view.index)
    assert seen == [1, 2, 1, 0, 2, 0, 2, 0, 2, 0]


async def test_the_cursor_stays_in_sight_of_a_list_longer_than_the_screen(bridge: FakeBridge) -> None:
    bridge.streams = [a_stream(number) for number in range(1, 41)]
    async with running(bridge, (80, 24)) as rig:
        await rig.press("end")
        await rig.until(lambda: "00000028" in rig.text("#streams"))
        await rig.press("up")
        await rig.bridge.push(streams=[a_stream(50, started_at=NOW)])
        await rig.until(lambda: len(board(rig).view.rows) == 41)
        assert board(rig).selected.handle == 39
        assert "00000027" in rig.text("#streams")
        await rig.press("home")
        await rig.until(lambda: "00000032" in rig.text("#streams"))


async def test_a_click_puts_the_cursor_on_a_line(rig: Rig) -> None:
    await rig.pilot.click(StreamList, offset=(10, 2))
    assert board(rig).view.index == 2


async def test_a_double_click_opens_the_stream(rig: Rig) -> None:
    await rig.pilot.click(StreamList, offset=(10, 1), times=2)
    await rig.until(lambda: isinstance(rig.app.screen, StreamScreen))


async def test_enter_opens_the_stream_and_escape_comes_back(rig: Rig) -> None:
    await rig.press("enter")
    assert isinstance(rig.app.screen, StreamScreen)
    await rig.press("escape")
    assert isinstance(rig.app.screen, Switchboard)
    await rig.press("escape")
    assert isinstance(rig.app.screen, Switchboard)


async def test_slash_filters_the_streams_while_it_is_typed(rig: Rig) -> None:
    await rig.press("slash", *"from:+44")
    assert [stream.handle for stream in board(rig).view.rows] == [2]
    await rig.press("enter")
    assert board(rig).streams.has_focus
    assert "from:+44" in rig.text()
    await rig.press("slash", "escape")
    assert len(board(rig).view.rows) == 3
    assert board(rig).streams.has_focus


async def test_the_footer_of_a_typed_filter_has_only_its_own_key(rig: Rig) -> None:
    await rig.press("slash", "x")
    await rig.until(lambda: "Remove" in rig.text("Footer"))
    assert not any(word in rig.text("Footer") for word in ("Listen", "Hang up", "Filter", "Quit"))
    await rig.press("escape")
    await rig.until(lambda: "Listen" in rig.text("Footer"))


async def test_a_filter_that_nothing_matches_says_so(rig: Rig) -> None:
    await rig.press("slash", *"nobody", "enter")
    assert "No stream matches 'nobody'" in rig.text()


async def test_slash_on_the_log_filters_the_events(rig: Rig) -> None:
    await rig.press("tab", "slash", *"pressed", "space", *"3.", "enter")
    assert [event.id for event in board(rig).log_lines.view.lines] == [3, 13, 23, 33]
    assert board(rig).log_lines.has_focus


async def test_tab_goes_to_the_log_and_back(rig: Rig) -> None:
    await rig.press("tab")
    assert board(rig).log_lines.has_focus
    await rig.press("tab")
    assert board(rig).streams.has_focus


async def test_the_sort_keys_change_column_and_order(rig: Rig) -> None:
    await rig.press("greater_than_sign")
    assert board(rig).view.sort == "mode"
    await rig.press("less_than_sign", "less_than_sign")
    assert board(rig).view.sort == "from"
    assert "FROM → TO▾" in rig.text()
    before = [stream.handle for stream in board(rig).view.rows]
    await rig.press("o")
    assert [stream.handle for stream in board(rig).view.rows] == before[::-1]
    assert "FROM → TO▴" in rig.text()


async def test_a_click_on_a_title_sorts_by_it(rig: Rig) -> None:
    await rig.pilot.click("ColumnTitles", offset=(17, 0))
    await rig.until(lambda: board(rig).view.sort == "stream")
    await rig.pilot.click("ColumnTitles", offset=(17, 0))
    await rig.until(lambda: board(rig).view.reverse)


async def test_a_shows_streams_of_the_past_and_hides_them(rig: Rig) -> None:
    rig.bridge.past = [a_stream(77, state="ended", end_reason="stopped", ended_at=NOW.replace(hour=1))]
    await rig.press("a")
    await rig.bridge.was_asked(ListStreams)
    await rig.until(lambda: len(board(rig).view.rows) == 4)
    assert "stopped" in rig.text("#streams")
    await rig.press("a")
    assert len(board(rig).view.rows) == 3


async def test_p_freezes_the_picture_and_lets_it_run(rig: Rig) -> None:
    await rig.press("p")
    assert "PAUSED" in rig.text()
    await rig.bridge.push(streams=[a_stream(8)], events=[an_event(41)])
    await rig.until(lambda: rig.session.store.log.last_id == 41)
    await rig.pilot.pause(0.25)
    assert len(board(rig).view.rows) == 3
    assert board(rig).log_lines.view.lines[-1].id == 40
    await rig.press("p")
    await rig.until(lambda: len(board(rig).view.rows) == 4 and board(rig).log_lines.view.lines[-1].id == 41)


async def test_e_shows_events_of_one_stream_or_all(rig: Rig) -> None:
    await rig.bridge.push(events=[an_event(41, stream_id=a_stream(2).stream_id, text="Another stream's.")])
    await rig.until(lambda: "Another stream's." in rig.text("#log"))
    await rig.press("e")
    assert {event.stream_id for event in board(rig).log_lines.view.lines} == {a_stream(1).stream_id}
    assert "stream 00000001" in rig.text()
    await rig.press("e")
    assert "all streams" in rig.text()
    assert "Another stream's." in rig.text("#log")


async def test_the_log_follows_until_somebody_scrolls_up(rig: Rig) -> None:
    log = rig.app.screen.query_one(EventLog)
    assert log.selected.id == 40
    await rig.press("tab", "up", "up")
    assert not log.following
    await rig.bridge.push(events=[an_event(41), an_event(42)])
    await rig.until(lambda: "+2 new" in rig.text())
    assert log.selected.id == 38
    await rig.press("F")
    assert log.following
    assert log.selected.id == 42
    await rig.press("F")
    assert not log.following
    await rig.press("end")
    assert log.following


async def test_the_oldest_line_asks_for_older_events(rig: Rig) -> None:
    rig.bridge.journal = [an_event(number) for number in range(-9, 41)]
    log = rig.app.screen.query_one(EventLog)
    await rig.press("tab", "home")
    assert log.selected.id == 1
    await rig.press("home")
    question = await rig.bridge.was_asked(ListEvents)
    assert question.before == 1
    await rig.until(lambda: log.total == 50)
    assert log.selected.id == 1, "the cursor stays on its event"


async def test_enter_on_an_event_shows_its_raw_form(rig: Rig) -> None:
    await rig.press("tab", "enter")
    assert isinstance(rig.app.screen, RawEventScreen)
    shown = rig.text()
    assert '"event": "dtmf"' in shown
    assert "The caller pressed 0." in shown
    await rig.press("y")
    assert rig.app.clipboard == an_event(40).raw
    await rig.press("escape")
    assert isinstance(rig.app.screen, Switchboard)


async def test_an_event_that_is_not_json_is_shown_as_it_came(rig: Rig) -> None:
    await rig.bridge.push(events=[an_event(41, event="bad", raw="{not json\x1b[2J")])
    await rig.until(lambda: rig.session.store.log.last_id == 41)
    await rig.until(lambda: board(rig).log_lines.selected.id == 41)
    await rig.press("tab", "enter")
    assert "{not json" in rig.text()
    assert "\x1b" not in rig.text()


async def test_text_from_outside_cannot_steer_the_terminal(rig: Rig) -> None:
    hostile = "\x1b[31mred\x07\u202etxt\n[bold]"
    await rig.bridge.push(
        streams=[a_stream(1, from_=hostile, health="error", health_text=hostile)],
        events=[an_event(41, text=hostile, event=hostile)],
    )
    await rig.until(lambda: rig.session.store.log.last_id == 41)
    await rig.press("enter")
    await rig.until(lambda: "[bold]" in rig.text())
    assert not any(mark in rig.text() for mark in "\x1b\x07\u202e")


async def test_an_empty_bridge_says_what_to_do(bridge: FakeBridge) -> None:
    bridge.streams = []
    async with running(bridge) as rig:
        assert "https://calls.example.com/answer" in rig.text()
        assert "offhook demo" in rig.text()


async def test_a_lost_link_leaves_the_last_picture_and_says_so(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    port = rig.bridge.port
    await rig.bridge.close()
    await rig.until(lambda: "LINK LOST" in rig.text())
    assert "00000001" in rig.text("#streams")
    assert rig.app.screen.has_class("stale")
    await rig.press("c")
    await rig.says("no link to the bridge")
    rig.bridge.events = [an_event(1, at=NOW, text="A new journal begins.")]
    await rig.bridge.open(port)
    await rig.until(lambda: "LINK LOST" not in rig.text())
    await rig.until(lambda: "A new journal begins." in rig.text("#log"))
    assert not rig.app.screen.has_class("stale")


async def test_what_is_typed_at_once_after_the_slash_is_no_command(rig: Rig) -> None:
    rig.session.may_talk = True
    for key, character in (("slash", "/"), ("t", "t"), ("x", "x")):
        rig.app.post_message(Key(key, character))
    await rig.until(lambda: isinstance(rig.app.focused, Input))
    await rig.press("a")
    assert "a" in rig.app.focused.value
    assert board(rig)
    assert rig.handset.told == []
