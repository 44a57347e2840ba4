from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bridge.server.loop import new_event_loop
from tests.server.bot import Bot, a_bot
from tests.server.rig import Rig, Watcher, running


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """A bridge runs in its own kind of loop; its relay is tried in the one that Windows has, too."""
    loops = {"bridge": new_event_loop}
    return loops | {"standard": asyncio.new_event_loop} if item.path.stem == "test_relay" else loops


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
