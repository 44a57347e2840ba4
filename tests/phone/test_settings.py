"""Settings of the phone, and what the person chose: found again, and never a reason to fail."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from bridge.operator.client import Address
from bridge.phone.handset import Handset
from bridge.phone.pipe import PhoneState
from bridge.phone.settings import Memory, PhoneSettings
from bridge.wire.link.audio import Leg


@pytest.mark.parametrize(
    "table",
    [{"caller_volume_db": 13}, {"agent_volume_db": -41}, {"profile": "fast"}, {"mute_after": -1}, {"speaker": "x"}],
)
def test_settings_that_make_no_sense_are_refused(table: dict[str, object]):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(table, PhoneSettings)


def test_what_was_chosen_goes_before_the_settings_file_and_the_rest_follows_it(tmp_path: Path):
    memory = Memory(tmp_path / "folder" / "phone.json")
    before = PhoneSettings(input="desk microphone", output="speakers")
    memory.note(before, replace(before, output="", caller_volume_db=-6, gain=False))
    applied = Memory(tmp_path / "folder" / "phone.json").applied_to(
        PhoneSettings(input="another microphone", output="speakers", profile="smooth")
    )
    assert applied == PhoneSettings(
        input="another microphone", output="", profile="smooth", caller_volume_db=-6, gain=False
    )
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["phone.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"caller_volume_db":99}', b"\xff\xfe", b'{"input":3}'])
def test_a_broken_file_is_ignored_and_written_anew(tmp_path: Path, content: bytes):
    path = tmp_path / "phone.json"
    path.write_bytes(content)
    settings = PhoneSettings(output="speakers")
    assert Memory(path).applied_to(settings) == settings
    Memory(path).note(settings, replace(settings, output="headset"))
    assert Memory(path).applied_to(settings).output == "headset"


def test_a_folder_that_cannot_be_written_costs_nothing(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    memory = Memory(tmp_path / "file" / "phone.json")
    settings = PhoneSettings()
    memory.note(settings, replace(settings, input="headset"))
    assert memory.applied_to(settings) == settings


async def test_volumes_go_by_steps_within_their_limits_and_are_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sys.executable", "/bin/cat")
    handset = Handset(Address("ws://127.0.0.1:1", "a-token"), tmp_path / "log", lambda _: None)
    try:
        for _ in range(5):
            await handset.volume(Leg.CALLER, 3)
        await handset.volume(Leg.AGENT, -100)
    finally:
        await handset.stop()
    assert (handset.settings.caller_volume_db, handset.settings.agent_volume_db) == (12, -40)
    again = Handset(Address("ws://127.0.0.1:1", "a-token"), tmp_path / "log", lambda _: None)
    assert again.settings == handset.settings
    assert handset.state == PhoneState()
