from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.operator.fake_bridge import FakeBridge, a_busy_stream, a_stream, an_agent, an_event, fake_bridge
from tests.tui.rig import Rig, running


@pytest.fixture(autouse=True)
def _local_time_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
async def bridge() -> AsyncIterator[FakeBridge]:
    async with fake_bridge() as bridge:
        busy = a_busy_stream(1, mode="agent", operator="", recording="", agent=an_agent())
        bridge.streams = [busy, a_stream(2, from_="+447700900123"), a_stream(3)]
        bridge.events = [an_event(number) for number in range(1, 41)]
        yield bridge


@pytest.fixture
async def rig(bridge: FakeBridge) -> AsyncIterator[Rig]:
    async with running(bridge) as rig:
        yield rig
