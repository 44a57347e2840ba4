"""A caller who is heard over open speakers does not hear themselves: echo through the air of the sound rig."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bridge.audio.codec import decode
from bridge.audio.echo import why_not
from bridge.audio.resample import resample
from bridge.audio.wav import read_wav
from bridge.phone.settings import PhoneSettings
from tests.phone.conftest import running_handset
from tests.phone.fake_bridge import FakeBridge
from tests.phone.test_sound import on_air
from tests.sound_rig import SoundRig

SPEECH = Path("bridge/carrier/speech")
NO_CANCELLER = "import bridge.audio.echo\nbridge.audio.echo._PACKAGE = 'no_such_package'\n"


@pytest.fixture
def air(sound_rig: SoundRig) -> Iterator[None]:
    """What the speaker plays is heard by the microphone 60 ms later."""
    module = sound_rig.pactl("load-module", "module-loopback", "source=spk.monitor", "sink=mic", "latency_msec=60")
    yield
    sound_rig.pactl("unload-module", module.strip())


def caller(seconds: float) -> np.ndarray:
    recordings = [read_wav((SPEECH / name).read_bytes()) for name in ("emma-1.wav", "sam-2.wav", "ruth-1.wav")]
    speech = np.concatenate([resample(wav.samples, wav.rate, 8000) for wav in recordings])
    return np.tile(speech, 10)[: int(seconds * 8000)]


async def echo_dbfs(bridge: FakeBridge, folder: Path, headset: str, how: str, seconds: float) -> float:
    """Level of what the caller hears of themselves in the last 2 s of so many."""
    settings = PhoneSettings(headset=headset, gain=False, noise_suppression=False, side_tone=False)  # type: ignore[arg-type]
    bridge.voice.clear()
    async with running_handset(bridge, folder / f"log-{headset}", settings) as handset:
        await on_air(handset)
        assert handset.state.echo == how
        await bridge.play(caller(seconds))
        heard = np.concatenate([decode(audio.payload, bridge.format) for _, audio in bridge.voice])[-2 * 8000 :]
    return float(10 * np.log10(np.mean(heard**2) + 1e-9))


@pytest.mark.usefixtures("air")
@pytest.mark.skipif(
    bool(why_not()) and os.environ.get("OFFHOOK_REQUIRE_SOUND") != "1", reason="the extra [aec] is not installed"
)
async def test_echo_is_20_db_weaker_with_the_canceller(sound_rig: SoundRig, bridge: FakeBridge, tmp_path: Path):
    plain = await echo_dbfs(bridge, tmp_path, "on", "off", 2.5)
    cancelled = await echo_dbfs(bridge, tmp_path, "off", "cancelled", 4)
    assert plain > -40, "there is an echo to cancel"
    assert plain - cancelled > 20


@pytest.mark.usefixtures("air")
async def test_without_the_canceller_the_microphone_is_turned_down(
    sound_rig: SoundRig, bridge: FakeBridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "sitecustomize.py").write_text(NO_CANCELLER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert await echo_dbfs(bridge, tmp_path, "off", "ducked", 3) < -45, "-28 without it"
