from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.wire.link.answers import Failed, Recordings
from bridge.wire.link.messages import encode
from bridge.wire.link.requests import ListRecordings
from bridge.wire.notes import read_notes
from tests.operator.fake_bridge import NOW, FakeBridge, an_event
from tests.tui.rig import Rig, running
from tests.tui.scene import NAME, SECONDS, the_notes, the_recording, the_recordings, the_sound
from tui.screens.player import PlayerScreen, RecordingPicture
from tui.screens.raw_event import RawEventScreen
from tui.screens.recordings import RecordingsScreen
from tui.screens.switchboard import Switchboard
from tui.widgets.recording_list import RecordingList

SILENT = {"running": True, "problem": "PortAudio is not installed."}


@pytest.fixture
async def rig(bridge: FakeBridge, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr("tui.screens.recordings._EVERY_S", 0.05)
    bridge.answers[ListRecordings] = Recordings(id=0, recordings=[the_recording()])
    bridge.files = {(NAME, "wav"): the_sound(), (NAME, "json"): the_notes()}
    bridge.part_bytes = 300_000
    async with running(bridge) as rig:
        yield rig


async def listed(rig: Rig) -> RecordingList:
    await rig.press("R")
    assert isinstance(rig.app.screen, RecordingsScreen)
    the_list = rig.app.screen.query_one(RecordingList)
    await rig.until(lambda: the_list.total)
    return the_list


def picture(rig: Rig) -> RecordingPicture:
    return rig.app.screen.query_one(RecordingPicture)


async def opened(rig: Rig) -> PlayerScreen:
    screen = PlayerScreen(rig.session, the_recording())
    await rig.app.push_screen(screen)
    await rig.until(lambda: "space plays" in rig.text())
    return screen


def files_of(screen: PlayerScreen) -> Path:
    return screen._wav.parent


async def test_the_list_is_kept_up_to_date_newest_first_with_the_cursor_on_its_recording(rig: Rig) -> None:
    the_list = await listed(rig)
    rig.bridge.answers[ListRecordings] = Recordings(id=0, recordings=the_recordings())
    await rig.until(lambda: the_list.total == 5)
    lines = rig.text("RecordingList").splitlines()
    assert "●" in lines[0]
    assert "0:40" in lines[1]
    assert "+447700900121" in lines[4]
    assert "1:37" in lines[4]
    assert the_list.selected == the_recording()
    footer = rig.text("Footer")
    assert "Back" in footer
    assert "Hang up" not in footer
    assert "Talk" not in footer


async def test_the_phone_offers_nothing_that_needs_a_stream_in_hand(rig: Rig) -> None:
    await listed(rig)
    assert "PHONE" in rig.text("PhoneBar")
    for offer in ("HOLD TO TALK", "listens", "takes over", "DTMF", "records"):
        assert offer not in rig.text("PhoneBar")
    rig.handset.become(running=True, listening=True, stream_id="1", mode="takeover")
    await rig.until(lambda: "HOLD TO TALK" in rig.text("PhoneBar"))


async def test_no_recordings_and_no_answer_are_told_in_a_sentence(rig: Rig) -> None:
    await listed(rig)
    rig.bridge.answers[ListRecordings] = Recordings(id=0, recordings=[])
    await rig.until(lambda: "Nothing was recorded yet" in rig.text())
    assert "0 on the bridge's machine" in rig.text()
    rig.bridge.answers[ListRecordings] = Failed(id=0, error="The folder of recordings cannot be read.")
    await rig.until(lambda: "cannot be read" in rig.text())
    assert "on the bridge's machine" not in rig.text()


async def test_a_recording_is_drawn_from_its_sound_and_what_happened_is_told_along(rig: Rig) -> None:
    await opened(rig)
    shown = rig.text("RecordingPicture")
    assert "█" in shown
    assert "820 ms" in shown
    assert "takeover" in shown
    assert "✗menu" in shown
    assert picture(rig).now == pytest.approx(SECONDS)
    await rig.until(lambda: "Stream started" in rig.text("#so-far"))
    await rig.press("right")
    assert picture(rig).cursor == 5
    await rig.until(lambda: "caller -20 dBFS · far end silent" in rig.text("#so-far"))
    assert "Checkpoint greeting was played" in rig.text("#so-far")
    assert "pressed" not in rig.text("#so-far")
    await rig.press("left", "end")
    assert picture(rig).cursor == pytest.approx(SECONDS)
    await rig.until(lambda: "handed back" in rig.text("#so-far"))
    await rig.press("home", "full_stop", "enter")
    assert isinstance(rig.app.screen, RawEventScreen)
    await rig.press("escape", *["right"] * 6, "enter")
    await rig.says("There is no event under the cursor")


async def test_the_end_of_the_call_is_told_at_the_end_of_its_sound(rig: Rig) -> None:
    notes = read_notes(the_notes())
    notes.events.append(an_event(900, at=NOW + timedelta(milliseconds=4), text="The carrier closed the socket."))
    rig.bridge.files[NAME, "json"] = encode(notes)
    await opened(rig)
    await rig.until(lambda: "Stream started" in rig.text("#so-far"))
    assert "closed the socket" not in rig.text("#so-far")
    await rig.press("end")
    await rig.until(lambda: "closed the socket" in rig.text("#so-far"))


async def test_space_plays_from_the_cursor_on_follows_it_and_pauses(rig: Rig) -> None:
    await opened(rig)
    await rig.press("right", "space")
    await rig.until(lambda: rig.handset.told[-1:] == ["play recording.wav 5"])
    rig.handset.become(output_device="Headset", played_s=7.5)
    await rig.until(lambda: picture(rig).cursor == 7.5)
    await rig.until(lambda: "▶ playing" in rig.text() and "The caller pressed 4." in rig.text("#so-far"))
    await rig.press("right")
    await rig.until(lambda: rig.handset.told[-1] == "play recording.wav 12.5")
    await rig.press("space")
    await rig.until(lambda: rig.handset.told[-1] == "pause")
    await rig.until(lambda: "space plays" in rig.text())


async def test_at_the_end_the_phone_is_told_to_stop(rig: Rig) -> None:
    """One without speakers would begin as soon as it has some."""
    await opened(rig)
    await rig.press("space")
    rig.handset.become(output_device="Headset", played_s=SECONDS - 0.1)
    await rig.until(lambda: picture(rig).cursor == pytest.approx(SECONDS - 0.1))
    rig.handset.become(played_s=None)
    await rig.until(lambda: rig.handset.told[-1] == "pause")
    assert picture(rig).cursor == pytest.approx(SECONDS)
    await rig.until(lambda: "space plays" in rig.text())


async def test_without_sound_it_moves_all_the_same_and_says_so(rig: Rig) -> None:
    rig.handset.become(**SILENT)
    await opened(rig)
    await rig.press("space")
    await rig.until(lambda: picture(rig).cursor > 0.3)
    await rig.until(lambda: "without sound" in rig.text())
    assert "PortAudio is not installed" in rig.text()


async def test_leaving_stops_the_sound_and_leaves_no_file_and_who_only_looked_woke_no_phone(rig: Rig) -> None:
    first = await opened(rig)
    await rig.press("right", "escape")
    assert not rig.handset.told
    screen = await opened(rig)
    assert files_of(screen).exists()
    await rig.press("space", "escape")
    assert isinstance(rig.app.screen, Switchboard)
    await rig.until(lambda: rig.handset.told[-1:] == ["pause"])
    await rig.until(lambda: not files_of(screen).exists() and not files_of(first).exists())


async def test_a_recording_that_is_broken_is_told_in_a_sentence(rig: Rig) -> None:
    rig.bridge.files[NAME, "wav"] = b"RIFF"
    await listed(rig)
    await rig.press("enter")
    await rig.says("sound cannot be read")
    await rig.until(lambda: "not to be had" in rig.text())
    rig.bridge.files[NAME, "json"] = b"{"
    await rig.press("escape", "enter")
    await rig.says("not a recording's JSON file")
