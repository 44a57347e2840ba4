"""What stands beside the live figures of sound: processes without a phone, that end when they are told to."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bench.sound_bare import beside
from tests.sound_rig import SoundRig

pytestmark = pytest.mark.realtime


async def test_wake_ups_and_lost_blocks_are_counted_while_it_lasts(sound_rig: SoundRig):
    async with beside("clock") as late, beside("duplex") as lost, sound_rig.recording() as recording:
        await recording.next(1.0)
    assert 80 < len(late) < 300, "one each 10 ms"
    assert 0 <= np.median(late) < 0.01
    assert len(lost) == 1
    assert 0 <= lost[0] < 100


async def test_the_beep_is_heard_until_it_is_over(sound_rig: SoundRig):
    async with sound_rig.recording() as recording:
        async with beside("beep") as noted:
            while np.abs(await recording.next(0.01)).max() < 0.1:
                pass
        await recording.discard()
        while np.abs(await recording.next(0.05)).max() > 0.001:
            pass
    assert noted == []
