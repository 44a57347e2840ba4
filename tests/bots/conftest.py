"""Bots of other people, unchanged, each in a process of its own: the dependency group `bots` has their packages."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

PACKAGES = {
    "plivo_sdk_echo": "plivo_stream",
    "pipecat_echo": "pipecat",
    "agent_transport_echo": "agent_transport",
}
"""The bots' programs, and what they need. Where it is missing they are skipped, unless OFFHOOK_REQUIRE_BOTS is 1."""


@contextmanager
def running_bot(program: str, package: str) -> Iterator[str]:
    """Run a bot of this folder until the end of the block; yields its address."""
    if find_spec(package) is None and os.environ.get("OFFHOOK_REQUIRE_BOTS") != "1":
        pytest.skip(f"{package} is not installed (dependency group bots)")
    command = [sys.executable, str(Path(__file__).with_name(f"{program}.py"))]
    quietly = {**os.environ, "LOGURU_LEVEL": "WARNING"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=quietly) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address, "the bot ended before it listened"
            yield address
        finally:
            process.kill()


@pytest.fixture(scope="session", params=PACKAGES)
def bot(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a running bot."""
    with running_bot(request.param, PACKAGES[request.param]) as address:
        yield address
