"""Messages over the pipe, and the one that starts them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bridge.phone.pipe import (
    Change,
    Command,
    Connect,
    Listen,
    Look,
    Mute,
    PhoneState,
    Step,
    Tones,
    decode_command,
    decode_state,
    encode,
)
from bridge.phone.settings import PhoneSettings


@pytest.mark.parametrize(
    "command",
    [
        Connect(url="ws://127.0.0.1:1", token="a-token"),
        Listen(stream_id="stream-1", on=True),
        Step(mode="takeover", seize=True),
        Step(mode=None),
        Mute(on=True),
        Look(),
        Change(settings=PhoneSettings(output="a headset\nwith two lines", caller_volume_db=-6)),
        Tones(digits="1*#D"),
    ],
)
def test_a_command_is_one_line_and_comes_back_as_it_went(command: Command):
    line = encode(command)
    assert b"\n" not in line
    assert decode_command.decode(line) == command


def test_a_state_comes_back_as_it_went():
    state = PhoneState(running=True, caller_dbfs=-12.5, inputs=["default"])
    assert decode_state(encode(state)) == state


@pytest.mark.parametrize("line", [b"", b"listen", b"{}", b'{"type":"sing"}', b'{"type":"step","mode":"agent"}'])
def test_what_is_no_command_is_refused(line: bytes):
    with pytest.raises(msgspec.MsgspecError):
        decode_command.decode(line)


@pytest.mark.parametrize("said", [b"", b"hello\n", encode(Step(mode="talk")) + b"\n"])
def test_a_process_that_is_told_no_bridge_first_ends_with_a_sentence_even_if_sound_hangs(
    said: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "sounddevice.py").write_text("import time; time.sleep(3600)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    phone = subprocess.run([sys.executable, "-m", "bridge.phone"], input=said, capture_output=True, timeout=20)
    assert phone.returncode == 1
    assert b"started by offhook" in phone.stderr
    assert phone.stdout == b""
