from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.bot import Bot, a_bot
from tests.server.rig import Rig, Watcher, running


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with running(tmp_path) as rig:
        yield rig


@pytest.fixture
async def watcher(rig: Rig) -> AsyncIterator[Watcher]:
    async with rig.watcher() as watcher:
        yield watcher


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with a_bot() as bot:
        yield bot


@pytest.fixture
async def tapped(tmp_path: Path, bot: Bot) -> AsyncIterator[Rig]:
    """A bridge with the bot behind it."""
    async with running(tmp_path, agent=bot.url) as rig:
        yield rig
