"""The handset, the phone's process and its line: what goes wrong is told, and nothing is worse for it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from bridge.operator.client import Address
from bridge.phone.handset import Handset
from bridge.phone.pipe import PhoneState
from bridge.wire.views import AgentView
from tests.phone.conftest import TestHandset
from tests.phone.fake_bridge import FakeBridge, until

with_sound = pytest.mark.usefixtures("sound_rig")
without_sound = pytest.mark.usefixtures("no_sound")


@pytest.fixture
def no_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without PortAudio: sounddevice cannot be imported. Returns what stands in for sounddevice."""
    folder = tmp_path / "instead"
    folder.mkdir()
    module = folder / "sounddevice.py"
    module.write_text("raise OSError('PortAudio library not found')")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return module


@without_sound
async def test_without_portaudio_a_sentence_says_what_to_install_and_the_line_works(
    bridge: FakeBridge, handset: TestHandset
):
    await handset.listen("stream-1", True)
    state = await handset.until(lambda state: state.problem and state.listening)
    assert "PortAudio is not installed: run `" in state.problem
    assert state.outputs == []
    assert bridge.requests == ["listen on"]


@without_sound
async def test_without_a_microphone_nobody_goes_on_the_air(bridge: FakeBridge, handset: TestHandset):
    await handset.listen("stream-1", True)
    await handset.step("talk")
    await handset.until(lambda state: state.problem and state.listening)
    await handset.step("talk")
    state = await handset.until(lambda state: state.refused)
    assert "PortAudio is not installed" in state.refused
    await until(lambda: bridge.requests[-1] == "step out" or bridge.requests == ["listen on"])
    assert not state.on_air
    assert bridge.voice == []


@with_sound
async def test_nobody_talks_to_no_stream(handset: TestHandset):
    await handset.step("talk")
    state = await handset.until(lambda state: state.refused)
    assert "listen to a stream first" in state.refused
    await handset.step("talk")
    assert (await handset.until(lambda state: state.refusals == 2)).refused == state.refused


@with_sound
async def test_a_wish_to_talk_that_came_too_early_is_dropped(bridge: FakeBridge, handset: TestHandset, tmp_path: Path):
    await bridge.stop()
    await handset.listen("stream-1", True)
    await handset.step("talk")
    await handset.until(lambda state: "No bridge answers" in state.problem)
    await handset.step("talk")
    await handset.until(lambda state: "No bridge answers" in state.refused)
    await bridge.start()
    await handset.until(lambda state: state.listening)
    assert bridge.requests == ["listen on"]
    assert not any(state.on_air for state in handset.states)


@with_sound
async def test_listening_goes_from_one_stream_to_another_and_ends(bridge: FakeBridge, handset: TestHandset):
    await handset.listen("stream-1", True)
    await handset.step("talk")
    await handset.until(lambda state: state.on_air)
    bridge.view.stream_id, bridge.view.handle = "stream-2", 8
    await handset.listen("stream-2", True)
    await handset.until(lambda state: state.listening and state.stream_id == "stream-2" and not state.on_air)
    await handset.listen("stream-2", False)
    await handset.until(lambda state: not state.listening)
    await until(lambda: len(bridge.requests) == 6)
    assert bridge.requests == ["listen on", "step talk", "step out", "listen off", "listen on", "listen off"]


@with_sound
async def test_a_refusal_is_told_until_the_next_wish(bridge: FakeBridge, handset: TestHandset):
    await handset.listen("stream-1", True)
    await handset.until(lambda state: state.listening)
    bridge.refusal = "Somebody else holds the microphone."
    await handset.step("talk")
    state = await handset.until(lambda state: state.refused)
    assert state.refused == bridge.refusal
    assert state.listening
    assert not state.on_air
    bridge.refusal = ""
    await handset.step("talk")
    assert (await handset.until(lambda state: state.on_air)).refused == ""


@without_sound
async def test_a_stream_that_cannot_be_heard_is_not_in_hand(bridge: FakeBridge, handset: TestHandset):
    bridge.refusal = "The stream has ended."
    await handset.listen("stream-1", True)
    state = await handset.until(lambda state: state.refused)
    assert state.refused == bridge.refusal
    assert state.stream_id == ""


@with_sound
async def test_talking_and_listening_end_with_the_stream(bridge: FakeBridge, handset: TestHandset):
    await handset.listen("stream-1", True)
    await handset.step("talk")
    await handset.until(lambda state: state.on_air)
    await bridge.end_stream()
    state = await handset.until(lambda state: not state.on_air)
    assert (state.listening, state.stream_id) == (False, "")
    assert state.muted_because == "the stream ended"


@with_sound
async def test_a_call_is_taken_over_muted_kept_and_handed_back(bridge: FakeBridge, handset: TestHandset):
    bridge.view.agent = AgentView(url="ws://127.0.0.1:1", state="open")
    await handset.listen("stream-1", True)
    await handset.step("whisper")
    await handset.until(lambda state: state.mode == "whisper" and state.on_air)
    await handset.step("takeover", seize=True)
    state = await handset.until(lambda state: state.mode == "takeover" and state.on_air)
    assert state.taken_over_ms == 84.0
    await handset.mute(True)
    await handset.until(lambda state: state.mode == "takeover" and not state.on_air)
    await handset.mute(False)
    await handset.until(lambda state: state.on_air)
    await handset.step(None)
    state = await handset.until(lambda state: state.mode is None)
    assert state.listening
    await until(lambda: bridge.requests == ["listen on", "step whisper", "seize takeover", "step out"])


@with_sound
async def test_who_loses_the_microphone_to_somebody_else_is_told(bridge: FakeBridge, handset: TestHandset):
    await handset.listen("stream-1", True)
    await handset.step("talk")
    await handset.until(lambda state: state.on_air)
    await bridge.change(operator="bert")
    state = await handset.until(lambda state: not state.on_air)
    assert (state.mode, state.muted_because) == (None, "bert has the microphone now")
    assert state.listening


@with_sound
async def test_when_the_link_is_lost_it_is_told_and_listening_comes_back_but_not_talking(
    bridge: FakeBridge, handset: TestHandset
):
    await handset.listen("stream-1", True)
    await handset.step("talk")
    await handset.until(lambda state: state.on_air)
    await bridge.stop()
    lost = await handset.until(lambda state: not state.listening)
    assert not lost.on_air
    assert lost.muted_because == "the link was lost"
    await handset.until(lambda state: "bridge" in state.problem)
    await bridge.start()
    back = await handset.until(lambda state: state.listening)
    assert not back.on_air
    assert "bridge" not in back.problem
    assert bridge.requests == ["listen on", "step talk", "listen on"]


@without_sound
async def test_a_stream_can_be_asked_for_by_its_call(bridge: FakeBridge, handset: TestHandset):
    await handset.listen("the-call-of-stream-1", True)
    state = await handset.until(lambda state: state.listening)
    assert state.stream_id == "stream-1"


@without_sound
async def test_a_bridge_that_does_not_answer_is_left_and_tried_again(bridge: FakeBridge, handset: TestHandset):
    bridge.silent = True
    await handset.listen("stream-1", True)
    await handset.until(lambda state: "does not answer" in state.problem)
    bridge.silent = False
    await handset.until(lambda state: state.listening)


@without_sound
async def test_no_bridge_at_all_is_told(tmp_path: Path):
    states: list[PhoneState] = []
    handset = Handset(Address("ws://127.0.0.1:1", "a-token"), tmp_path / "log", states.append)
    await handset.listen("stream-1", True)
    await until(lambda: "No bridge answers at ws://127.0.0.1:1" in handset.state.problem)
    await handset.stop()


@without_sound
async def test_the_token_is_on_no_command_line(bridge: FakeBridge, handset: TestHandset):
    await handset.listen("stream-1", True)
    await handset.until(lambda state: state.listening)
    commands = Path(f"/proc/{phone_pid(handset)}/cmdline")
    if not commands.exists():
        pytest.skip("this system shows no command lines in /proc")
    assert b"bridge.phone" in commands.read_bytes()
    assert bridge.address.token.encode() not in commands.read_bytes()


@without_sound
async def test_a_phone_that_dies_is_told_and_can_be_started_again(bridge: FakeBridge, handset: TestHandset):
    await handset.listen("stream-1", True)
    await handset.until(lambda state: state.listening)
    os.kill(phone_pid(handset), signal.SIGKILL)
    state = await handset.until(lambda state: not state.listening)
    assert "stopped unexpectedly" in state.problem
    await handset.listen("stream-1", True)
    await handset.until(lambda state: state.listening)


@without_sound
async def test_a_phone_that_stands_still_is_killed(
    bridge: FakeBridge, handset: TestHandset, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bridge.phone.handset._PATIENCE", 2)
    await handset.listen("stream-1", True)
    await handset.until(lambda state: state.listening)
    pid = phone_pid(handset)
    os.kill(pid, signal.SIGSTOP)
    await handset.until(lambda state: not state.listening)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_sound_server_that_hangs_at_the_start_is_told(handset: TestHandset, no_sound: Path):
    no_sound.write_text("import time; time.sleep(3600)")
    await handset.start()
    pid = phone_pid(handset)
    state = await handset.until(lambda state: state.problem, 12)
    assert "The sound server does not answer" in state.problem
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_what_libraries_print_goes_to_the_log(handset: TestHandset, no_sound: Path, tmp_path: Path):
    no_sound.write_text("import os\nos.write(1, b'from one\\n')\nos.write(2, b'from two\\n')\nraise OSError")
    await handset.start()
    await handset.until(lambda state: state.problem)
    log = (tmp_path / "phone.log").read_text()
    assert "from one" in log
    assert "from two" in log


@with_sound
async def test_stopping_ends_the_process(bridge: FakeBridge, handset: TestHandset):
    await handset.listen("stream-1", True)
    await handset.step("talk")
    await handset.until(lambda state: state.on_air)
    pid = phone_pid(handset)
    await handset.stop()
    assert handset.state == PhoneState()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    await until(lambda: not bridge.links)


async def test_what_never_started_is_not_started_to_let_go_of_something(handset: TestHandset):
    await handset.mute(True)
    await handset.step(None)
    await handset.stop()
    assert handset.states == []


def phone_pid(handset: TestHandset) -> int:
    assert handset._process is not None
    return handset._process.pid
