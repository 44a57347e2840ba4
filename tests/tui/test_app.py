from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bridge.operator.client import Address, LinkError
from bridge.phone.settings import PhoneSettings
from bridge.wire.link.answers import Failed
from bridge.wire.link.requests import Shutdown
from tests.operator.fake_bridge import TOKEN, FakeBridge, a_bridge, a_stream
from tests.tui.rig import Rig, running
from tui.app import run
from tui.palette import THEMES, palette
from tui.screens.help import HelpScreen
from tui.terminal import stderr_in_log


def shut_down(bridge: FakeBridge) -> bool:
    return any(isinstance(message, Shutdown) for message in bridge.asked)


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
async def test_a_bridge_started_by_hand_is_just_left(rig: Rig, key: str) -> None:
    await rig.press(key)
    assert rig.app.return_code == 0
    assert not rig.app.is_running
    assert not shut_down(rig.bridge)


async def test_an_idle_bridge_of_ours_ends_with_the_terminal(bridge: FakeBridge) -> None:
    bridge.view, bridge.streams = a_bridge(started_by_offhook=True), []
    async with running(bridge) as rig:
        await rig.press("q")
        await bridge.was_asked(Shutdown)
        await rig.until(lambda: not rig.app.is_running)


async def test_keep_leaves_an_idle_bridge_running(bridge: FakeBridge) -> None:
    bridge.view, bridge.streams = a_bridge(started_by_offhook=True), []
    async with running(bridge, keep=True) as rig:
        await rig.press("q")
        assert not rig.app.is_running
        assert not shut_down(bridge)


async def test_a_bridge_on_which_others_work_is_left_running(bridge: FakeBridge) -> None:
    bridge.view = a_bridge(started_by_offhook=True, operators=2)
    async with running(bridge) as rig:
        assert "1 more at work" in rig.text("TopBar")
        await rig.press("q")
        assert not rig.app.is_running
        assert not shut_down(bridge)


@pytest.mark.parametrize(("answer", "leaves", "ends"), [("l", True, False), ("e", True, True), ("n", False, False)])
async def test_with_live_calls_it_is_asked_what_becomes_of_them(
    bridge: FakeBridge, answer: str, leaves: bool, ends: bool
) -> None:
    bridge.view = a_bridge(started_by_offhook=True)
    async with running(bridge) as rig:
        await rig.press("q")
        assert "3 calls are live" in rig.text()
        await rig.press(answer)
        if ends:
            await bridge.was_asked(Shutdown)
        if leaves:
            await rig.until(lambda: not rig.app.is_running)
        assert rig.app.is_running is not leaves
        assert shut_down(bridge) is ends


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_every_answer_of_that_question_can_be_read(bridge: FakeBridge, size: tuple[int, int]) -> None:
    bridge.view = a_bridge(started_by_offhook=True)
    bridge.streams = [a_stream(number) for number in range(1, 201)]
    async with running(bridge, size) as rig:
        await rig.press("q")
        for label in ("l  Leave running", "e  End bridge and 200 calls", "n  Cancel"):
            assert label in rig.text("Dialog Horizontal")


async def test_a_refused_end_still_leaves(bridge: FakeBridge) -> None:
    bridge.view, bridge.streams = a_bridge(started_by_offhook=True), []
    bridge.answers[Shutdown] = Failed(id=0, error="Not now.")
    async with running(bridge) as rig:
        await rig.press("q")
        await rig.until(lambda: not rig.app.is_running)


async def test_question_mark_shows_the_help(rig: Rig) -> None:
    await rig.press("question_mark")
    assert isinstance(rig.app.screen, HelpScreen)
    assert "The stream in hand" in rig.text()
    await rig.press("escape")
    assert not isinstance(rig.app.screen, HelpScreen)


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_a_command_can_be_found_by_its_name(rig: Rig, key: str) -> None:
    await rig.press(key, *"pause")
    await rig.until(lambda: "Freeze the picture" in rig.text())
    await rig.press("enter")
    await rig.until(lambda: "PAUSED" in rig.text("TopBar"))


async def test_a_theme_can_be_chosen_and_all_is_drawn_in_it(rig: Rig) -> None:
    assert rig.app.theme == "offhook-dark"
    rig.app.theme = "offhook-light"
    await rig.pilot.pause(0.2)
    background = palette("offhook-light").page.bgcolor
    line = rig.app.screen.streams.render_line(1)
    assert all(segment.style is not None and segment.style.bgcolor == background for segment in line)


@pytest.mark.parametrize("name", THEMES)
def test_every_theme_has_a_palette(name: str) -> None:
    colours = palette(name)
    assert len({colours.good, colours.error, colours.dim}) == 3
    assert colours.loud.bold


async def test_a_link_that_is_read_only_is_marked(bridge: FakeBridge) -> None:
    bridge.read_only = True
    async with running(bridge) as rig:
        await rig.until(lambda: "read-only" in rig.text("TopBar"))


async def test_without_colour_on_air_is_still_seen(bridge: FakeBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(bridge) as rig:
        rig.handset.become(listening=True, mode="talk", on_air=True, stream_id=bridge.streams[0].stream_id)
        await rig.until(lambda: "▌▌▌ ON AIR ▐▐▐" in rig.text("PhoneBar"))
        assert rig.app.no_color


def test_no_bridge_is_said_before_the_terminal_is_touched(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(LinkError, match="No bridge answers"):
        run(Address("ws://127.0.0.1:1", TOKEN), log_path=tmp_path / "log", phone=PhoneSettings(), sounds={})
    assert capfd.readouterr() == ("", "")


def test_what_libraries_print_goes_to_the_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "new" / "log"
    original = sys.__stderr__
    with stderr_in_log(log):
        os.write(2, b"ALSA lib: no such device\n")
        assert sys.__stderr__ is not None
        sys.__stderr__.write("a picture\n")
    os.write(2, b"after\n")
    assert log.read_text() == "ALSA lib: no such device\n"
    assert capfd.readouterr().err == "a picture\nafter\n"
    assert sys.__stderr__ is original


async def test_a_toast_never_covers_the_phone(rig: Rig) -> None:
    rig.session.say("The bridge refused it.", "error")
    await rig.until(lambda: rig.text().count("The bridge refused it.") == 2)
    rows = [row for row, line in enumerate(rig.text().splitlines()) if "The bridge refused it." in line]
    phone = rig.app.screen.query_one("PhoneBar").region
    assert rows[0] < phone.y
    assert rows[1] == phone.bottom
