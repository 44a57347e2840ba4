from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server.rig import Rig, running


@dataclass
class Result:
    code: int
    out: str
    err: str


class Offhook:
    """The command line as a process of its own, in an environment that says nothing but what the test gives."""

    def __init__(self, folder: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OFFHOOK_", "PLIVO_"))}
        self.environment = {
            **kept,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "OFFHOOK_DATA": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
        }
        self.folder = folder

    async def start(self, *arguments: str, **environment: str) -> Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bridge", *arguments),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            cwd=self.folder,
            env={**self.environment, **environment},
        )

    async def __call__(self, *arguments: str, **environment: str) -> Result:
        process = await self.start(*arguments, **environment)
        out, err = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode is not None
        return Result(process.returncode, out.decode(), err.decode())


@pytest.fixture
def offhook(tmp_path: Path) -> Offhook:
    return Offhook(tmp_path)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """A bridge in the data folder that the commands look into."""
    async with running(tmp_path / "data") as rig:
        yield rig
