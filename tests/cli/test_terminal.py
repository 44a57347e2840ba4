"""Processes that `offhook` and `offhook demo` start: that they come, and that they end."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from bridge.operator.client import OperatorLink
from bridge.operator.home import RunningBridge, local_address
from bridge.wire.link.answers import Streams
from bridge.wire.link.requests import ListStreams, Shutdown
from tests.cli.conftest import Offhook

FREE_PORTS = {"OFFHOOK_LISTEN": "127.0.0.1:0", "OFFHOOK_CONTROL_LISTEN": "127.0.0.1:0"}
DRAWN = b"EVENTS"


class Screen:
    """A terminal of 120x36 that a command runs on."""

    def __init__(self, process: Process, terminal: int) -> None:
        self.process = process
        self._terminal = terminal
        self._shown = b""
        self._more = asyncio.Event()
        os.set_blocking(terminal, False)
        asyncio.get_running_loop().add_reader(terminal, self._read)

    async def shows(self, text: bytes) -> None:
        async with asyncio.timeout(15):
            while text not in self._shown:
                self._more.clear()
                await self._more.wait()

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    async def left(self) -> int:
        return await asyncio.wait_for(self.process.wait(), 20)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._terminal)
        os.close(self._terminal)

    def _read(self) -> None:
        try:
            self._shown += os.read(self._terminal, 65_536)
        except OSError:
            asyncio.get_running_loop().remove_reader(self._terminal)
        self._more.set()


@asynccontextmanager
async def on_screen(offhook: Offhook, *arguments: str, **environment: str) -> AsyncIterator[Screen]:
    ours, theirs = pty.openpty()
    os.set_inheritable(theirs, True)
    size = {"COLUMNS": "120", "LINES": "36", "TERM": "xterm-256color", "TMPDIR": str(offhook.folder)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bridge", *arguments),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=offhook.folder,
        env={**offhook.environment, **size, **FREE_PORTS, **environment},
        start_new_session=True,
    )
    os.close(theirs)
    screen = Screen(process, ours)
    try:
        yield screen
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        screen.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that another process does; there is nothing to be told by."""
    async with asyncio.timeout(15):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return b"\nState:\tZ" not in Path(f"/proc/{pid}/status").read_bytes() if Path("/proc").exists() else True


def bridge_of(data: Path) -> RunningBridge:
    return msgspec.json.decode((data / "bridge.json").read_bytes(), type=RunningBridge)


async def shut_down(data: Path) -> None:
    pid = bridge_of(data).pid
    async with OperatorLink(local_address(data)) as link:
        await link.request(Shutdown())
    await until(lambda: not runs(pid))


@pytest.fixture(autouse=True)
async def _no_bridge_is_left(offhook: Offhook) -> AsyncIterator[None]:
    """Also when a test fails. Only this test's bridge takes this folder's token."""
    yield
    data = offhook.folder / "data"
    if (data / "bridge.json").exists():
        await shut_down(data)


async def test_offhook_starts_a_bridge_and_ends_it_when_no_call_is_live(offhook: Offhook) -> None:
    data = offhook.folder / "data"
    async with on_screen(offhook) as screen:
        await screen.shows(DRAWN)
        pid = bridge_of(data).pid
        assert runs(pid)
        screen.type("q")
        assert await screen.left() == 0
    await until(lambda: not runs(pid))
    assert not (data / "bridge.json").exists()


async def test_with_keep_the_bridge_stays_and_is_found_again(offhook: Offhook) -> None:
    data = offhook.folder / "data"
    pids = []
    for _ in range(2):
        async with on_screen(offhook, "--keep") as screen:
            await screen.shows(DRAWN)
            pids.append(bridge_of(data).pid)
            screen.type("q")
            assert await screen.left() == 0
    assert pids[0] == pids[1]
    assert runs(pids[0])
    await shut_down(data)


async def test_a_killed_terminal_ui_leaves_the_bridge_and_a_killed_bridge_is_replaced(offhook: Offhook) -> None:
    data = offhook.folder / "data"
    async with on_screen(offhook) as screen:
        await screen.shows(DRAWN)
        first = bridge_of(data).pid
        screen.process.kill()
        await screen.left()
    assert runs(first)
    os.kill(first, signal.SIGKILL)
    await until(lambda: not runs(first))
    async with on_screen(offhook) as screen:
        await screen.shows(DRAWN)
        second = bridge_of(data).pid
        assert second != first
        screen.type("q")
        await screen.left()
    await until(lambda: not runs(second))


async def test_a_bridge_that_cannot_start_says_why(offhook: Offhook) -> None:
    async with on_screen(offhook, OFFHOOK_LISTEN="nowhere") as screen:
        await screen.shows(b"Error: An address is HOST:PORT, like 127.0.0.1:7480, not 'nowhere'.")
        assert await screen.left() == 1


async def test_attach_shows_a_bridge_and_leaves_it_running(offhook: Offhook) -> None:
    data = offhook.folder / "data"
    async with on_screen(offhook, "--keep") as screen:
        await screen.shows(DRAWN)
        screen.type("q")
        await screen.left()
    async with on_screen(offhook, "attach", bridge_of(data).control) as screen:
        await screen.shows(DRAWN)
        screen.type("q")
        await screen.left()
    await shut_down(data)


async def demo_bridge(offhook: Offhook) -> RunningBridge:
    """The demo's bridge, once a call is on it."""

    def folders() -> list[Path]:
        return [path.parent for path in offhook.folder.glob("offhook-demo-*/bridge.json")]

    await until(lambda: bool(folders()))
    async with OperatorLink(local_address(folders()[0])) as link:
        async with asyncio.timeout(15):
            streams = await link.request(ListStreams())
            while isinstance(streams, Streams) and not streams.streams:
                await asyncio.sleep(0.1)
                streams = await link.request(ListStreams())
    return bridge_of(folders()[0])


async def test_the_demo_has_calls_and_leaves_nothing_behind(offhook: Offhook) -> None:
    poison = {"PLIVO_AUTH_TOKEN": "secret", "OFFHOOK_DATA": "/nonexistent", "OFFHOOK_TOKEN": "wrong"}
    async with on_screen(offhook, "demo", **poison) as screen:
        await screen.shows(DRAWN)
        pid = (await demo_bridge(offhook)).pid
        screen.type("q")
        assert await screen.left() == 0
    assert not runs(pid)
    assert list(offhook.folder.iterdir()) == []


async def test_the_demo_ends_with_its_terminal_ui_even_when_that_is_killed(offhook: Offhook) -> None:
    async with on_screen(offhook, "demo") as screen:
        await screen.shows(DRAWN)
        pid = (await demo_bridge(offhook)).pid
        screen.process.kill()
        await screen.left()
    await until(lambda: not runs(pid))
