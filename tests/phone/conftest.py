"""A phone process and the fake bridge it is linked to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bridge.phone.handset import Handset
from bridge.phone.pipe import PhoneState
from bridge.phone.settings import PhoneSettings
from bridge.wire.formats import MULAW_8K
from tests.phone.fake_bridge import FakeBridge, fake_bridge

AS_IT_IS = PhoneSettings(headset="on", gain=False, noise_suppression=False, side_tone=False)
"""The microphone's sound is left alone: tones are no voices."""


class TestHandset(Handset):
    """A handset that can be waited for."""

    __test__ = False

    def __init__(self, bridge: FakeBridge, log_path: Path, settings: PhoneSettings) -> None:
        super().__init__(bridge.address, log_path, self._note, settings)
        self.states: list[PhoneState] = []
        self._changed = asyncio.Event()

    def _note(self, state: PhoneState) -> None:
        self.states.append(state)
        self._changed.set()

    async def until(self, condition: Callable[[PhoneState], object], seconds: float = 8.0) -> PhoneState:
        """Wait for a state that is as it should be."""
        try:
            async with asyncio.timeout(seconds):
                while not condition(self.state):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pytest.fail(f"the phone did not get there in {seconds} s: {self.state}")
        return self.state


@asynccontextmanager
async def running_handset(
    bridge: FakeBridge, log_path: Path, settings: PhoneSettings = AS_IT_IS
) -> AsyncIterator[TestHandset]:
    handset = TestHandset(bridge, log_path, settings)
    try:
        yield handset
    finally:
        await handset.stop()


@pytest.fixture
async def bridge() -> AsyncIterator[FakeBridge]:
    """A bridge with one stream of mu-law at 8 kHz."""
    async with fake_bridge(MULAW_8K) as bridge:
        yield bridge


@pytest.fixture
async def handset(bridge: FakeBridge, tmp_path: Path) -> AsyncIterator[TestHandset]:
    """A handset on that bridge; its process is not started yet."""
    async with running_handset(bridge, tmp_path / "phone.log") as handset:
        yield handset
