"""`offhook replay`: yesterday's caller calls again."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from bridge.audio.codec import decode, encode
from bridge.audio.tones import dtmf
from bridge.carrier.keeping import keep
from bridge.carrier.outcome import Outcome
from bridge.carrier.plan import Parties
from bridge.cli.main import offhook as offhook_command
from bridge.wire.formats import L16_16K
from tests.cli.conftest import Offhook
from tests.server.bot import Bot, a_bot
from tests.server.rig import Rig

SECONDS = 0.6


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with a_bot() as bot:
        yield bot


def recorded(folder: Path) -> Path:
    """A call in L16 at 16 kHz whose caller is a tone, presses 5 after 0.2 s, and hangs up after 0.6 s."""
    tone = np.resize(dtmf("1", L16_16K.rate), round(SECONDS * L16_16K.rate))
    said = encode(tone, L16_16K)
    outcome = Outcome(stream_id="20170ada-f610", started=0.0, started_at=datetime.now(UTC), format=L16_16K)
    outcome.said, outcome.heard, outcome.pressed = bytearray(said), bytearray(len(said)), [(0.2, "5")]
    return keep(outcome, Parties(from_="+12025550111", to="+12025550122"), None, folder)


async def test_the_caller_of_a_file_says_and_presses_the_same_at_the_same_times(offhook: Offhook, bot: Bot) -> None:
    path = recorded(offhook.folder)
    result = await offhook("replay", path.name, "--to", bot.url, "--json")
    told = json.loads(result.out)
    assert (result.code, result.err, told["ending"]) == (0, "", "caller")
    start = bot.events("start")[0]
    assert start["start"]["mediaFormat"] == {"encoding": L16_16K.encoding, "sampleRate": L16_16K.rate}
    said = b"".join(b64decode(frame["media"]["payload"]) for frame in bot.events("media"))
    original = np.resize(dtmf("1", L16_16K.rate), round(SECONDS * L16_16K.rate))
    samples = min(len(original), len(said) // 2)
    assert samples >= 0.5 * L16_16K.rate
    assert np.abs(decode(said, L16_16K)[:samples] - original[:samples]).max() < 0.001
    names = [json.loads(frame)["event"] for frame in bot.frames]
    assert names[1:].index("dtmf") == pytest.approx(10, abs=2)


async def test_a_recording_on_the_bridge_is_called_with_by_its_name(offhook: Offhook, rig: Rig, bot: Bot) -> None:
    name = recorded(rig.data / "recordings").stem
    result = await offhook("replay", name, "--to", bot.url)
    assert (result.code, result.err) == (0, "")
    assert len(bot.events("dtmf")) == 1
    missing = await offhook("replay", "20200101T000000.000Z-none", "--to", bot.url)
    assert (missing.code, missing.out) == (1, "")
    assert "Traceback" not in missing.err


def test_what_is_no_recording_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("noise.wav").write_bytes(b"noise")
    for name, told in (
        ("noise.wav", "noise.wav is no recording: it ends too soon."),
        ("missing.wav", "There is no file missing.wav: give a recording's WAV file, or a name that"),
    ):
        result = CliRunner().invoke(offhook_command, ["replay", name, "--to", "ws://127.0.0.1:1"])
        assert result.exit_code == 1
        assert result.output.startswith(f"Error: {told}")
