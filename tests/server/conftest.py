from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.rig import Rig, Watcher, running


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with running(tmp_path) as rig:
        yield rig


@pytest.fixture
async def watcher(rig: Rig) -> AsyncIterator[Watcher]:
    async with rig.watcher() as watcher:
        yield watcher
