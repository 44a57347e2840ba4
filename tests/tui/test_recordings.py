from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.wire.link import Failed, ListRecordings, Recordings
from tests.operator.fake_bridge import FakeBridge
from tests.tui.rig import Rig, running
from tests.tui.scene import NAME, SECONDS, the_notes, the_recording, the_recordings, the_sound
from tui.screens.player import PlayerScreen, RecordingPicture
from tui.screens.raw_event import RawEventScreen
from tui.screens.recordings import RecordingsScreen
from tui.widgets.recording_list import RecordingList

SILENT = {"running": True, "problem": "PortAudio is not installed."}


@pytest.fixture
async def rig(bridge: FakeBridge) -> AsyncIterator[Rig]:
    bridge.answers[ListRecordings] = Recordings(id=0, recordings=[the_recording()])
    bridge.files = {(NAME, "wav"): the_sound(), (NAME, "json"): the_notes()}
    bridge.part_bytes = 300_000
    async with running(bridge) as rig:
        await rig.press("R")
        assert isinstance(rig.app.screen, RecordingsScreen)
        await rig.until(lambda: the_list(rig).total)
        yield rig


def the_list(rig: Rig) -> RecordingList:
    return rig.app.screen.query_one(RecordingList)


def picture(rig: Rig) -> RecordingPicture:
    return rig.app.screen.query_one(RecordingPicture)


async def opened(rig: Rig) -> PlayerScreen:
    await rig.press("enter")
    screen = rig.app.screen
    assert isinstance(screen, PlayerScreen)
    await rig.until(lambda: picture(rig).now)
    return screen


def files_of(screen: PlayerScreen) -> Path:
    return screen._wav.parent


async def test_the_newest_is_on_top_and_one_that_is_being_made_is_marked(rig: Rig) -> None:
    rig.bridge.answers[ListRecordings] = Recordings(id=0, recordings=the_recordings())
    await rig.until(lambda: the_list(rig).total == 5)
    lines = rig.text("RecordingList").splitlines()
    assert "●" in lines[0]
    assert "0:40" in lines[1]
    assert "+447700900121" in lines[4]
    assert "1:37" in lines[4]


async def test_the_cursor_stays_on_its_recording_when_a_new_one_comes(rig: Rig) -> None:
    rig.bridge.answers[ListRecordings] = Recordings(id=0, recordings=the_recordings())
    await rig.until(lambda: the_list(rig).total == 5)
    assert the_list(rig).selected == the_recording()


async def test_no_recordings_and_no_answer_are_told_in_a_sentence(rig: Rig) -> None:
    rig.bridge.answers[ListRecordings] = Recordings(id=0, recordings=[])
    await rig.until(lambda: "Nothing was recorded yet" in rig.text())
    rig.bridge.answers[ListRecordings] = Failed(id=0, error="The folder of recordings cannot be read.")
    await rig.until(lambda: "cannot be read" in rig.text())


async def test_a_recording_is_drawn_from_its_sound_with_all_that_happened(rig: Rig) -> None:
    await opened(rig)
    shown = rig.text("RecordingPicture")
    assert "█" in shown
    assert "820 ms" in shown
    assert "takeover" in shown
    assert "✗menu" in shown
    assert picture(rig).now == pytest.approx(SECONDS)
    await rig.press("right")
    assert "caller -20 dBFS · far end silent" in rig.text("#so-far")


async def test_the_cursor_moves_by_seconds_and_what_has_happened_is_told_along(rig: Rig) -> None:
    await opened(rig)
    assert "Stream started" in rig.text("#so-far")
    await rig.press("right")
    assert picture(rig).cursor == 5
    assert "Checkpoint greeting was played" in rig.text("#so-far")
    assert "pressed" not in rig.text("#so-far")
    await rig.press("left", "end")
    assert picture(rig).cursor == pytest.approx(SECONDS)
    assert "handed back" in rig.text("#so-far")
    await rig.press("home")
    assert picture(rig).cursor == 0


async def test_space_plays_from_the_cursor_on_and_pauses(rig: Rig) -> None:
    await opened(rig)
    await rig.press("right", "space")
    await rig.until(lambda: rig.handset.told[-1:] == ["play recording.wav 5"])
    rig.handset.become(output_device="Headset", played_s=7.5)
    await rig.until(lambda: picture(rig).cursor == 7.5)
    assert "▶ playing" in rig.text()
    assert "The caller pressed 4." in rig.text("#so-far")
    await rig.press("space")
    await rig.until(lambda: rig.handset.told[-1] == "pause")
    assert "space plays" in rig.text()


async def test_while_it_plays_it_goes_on_from_where_the_cursor_is_moved_to(rig: Rig) -> None:
    await opened(rig)
    await rig.press("space")
    rig.handset.become(output_device="Headset", played_s=1.0)
    await rig.until(lambda: picture(rig).cursor == 1.0)
    await rig.press("right")
    await rig.until(lambda: rig.handset.told[-1] == "play recording.wav 6")


async def test_without_sound_it_moves_all_the_same_and_says_so(rig: Rig) -> None:
    rig.handset.become(**SILENT)
    await opened(rig)
    await rig.press("space")
    await rig.until(lambda: picture(rig).cursor > 0.3)
    assert "without sound" in rig.text()
    assert "PortAudio is not installed" in rig.text()


async def test_leaving_stops_the_sound_and_leaves_no_file(rig: Rig) -> None:
    screen = await opened(rig)
    assert files_of(screen).exists()
    await rig.press("space", "escape")
    assert isinstance(rig.app.screen, RecordingsScreen)
    await rig.until(lambda: rig.handset.told[-1] == "pause")
    await rig.until(lambda: not files_of(screen).exists())


async def test_who_only_looks_wakes_no_phone(rig: Rig) -> None:
    await opened(rig)
    await rig.press("right", "escape")
    assert isinstance(rig.app.screen, RecordingsScreen)
    assert not rig.handset.told


async def test_enter_shows_the_event_under_the_cursor(rig: Rig) -> None:
    await opened(rig)
    await rig.press("full_stop", "enter")
    assert isinstance(rig.app.screen, RawEventScreen)


@pytest.mark.parametrize(
    ("what", "content", "words"),
    [("json", b"{", "not a recording's JSON file"), ("wav", b"RIFF", "sound cannot be read"), ("wav", b"", "sound")],
)
async def test_a_recording_that_is_broken_is_told_in_a_sentence(
    rig: Rig, what: str, content: bytes, words: str
) -> None:
    rig.bridge.files[NAME, what] = content
    await rig.press("enter")
    await rig.says(words)
    assert "not to be had" in rig.text()


async def test_the_keys_of_a_call_are_not_offered(rig: Rig) -> None:
    footer = rig.text("Footer")
    assert "Back" in footer
    assert "Hang up" not in footer
    assert "Talk" not in footer
